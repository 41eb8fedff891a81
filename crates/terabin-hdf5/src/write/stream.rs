//! A dataset of bytes that grows.

use std::path::PathBuf;

use hdf5_metno_sys::h5d::{H5Dcreate2, H5Dset_extent, H5Dwrite};
use hdf5_metno_sys::h5p::{H5P_CLS_DATASET_CREATE, H5P_DEFAULT, H5Pcreate, H5Pset_chunk};
use hdf5_metno_sys::h5s::{H5S_UNLIMITED, H5S_seloper_t, H5Screate_simple, H5Sselect_hyperslab};
use hdf5_metno_sys::h5t::{H5T_NATIVE_UINT8, H5T_STD_U8LE};

use super::failed;
use crate::error::Result;
use crate::library::{Cause, Id, c_text, locked, status};

/// Bytes of one chunk: small streams stay small, and long ones have few chunks.
const CHUNK: u64 = 64 * 1024;

/// A list of bytes in a file, longer with every write.
pub struct ByteStream {
    id: Id,
    file: PathBuf,
    path: String,
    length: u64,
}

impl ByteStream {
    pub(super) fn new(id: Id, file: PathBuf, path: String) -> Self {
        Self {
            id,
            file,
            path,
            length: 0,
        }
    }

    /// Bytes written so far.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Whether nothing was written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Appends bytes.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let end = self.length.saturating_add(bytes.len() as u64);
        locked(|| self.append(bytes, end)).map_err(|c| failed(&self.file, &self.path, c))?;
        self.length = end;
        Ok(())
    }

    /// Closes the list: its last bytes are written only then.
    ///
    /// # Errors
    /// When they cannot be.
    pub fn close(self) -> Result<()> {
        let Self { id, file, path, .. } = self;
        id.close().map_err(|c| failed(&file, &path, c))
    }

    fn append(&self, bytes: &[u8], end: u64) -> Result<(), Cause> {
        let (start, count) = (self.length, bytes.len() as u64);
        let none = std::ptr::null();
        // SAFETY: one dimension everywhere; the selection has as many elements as `bytes`.
        unsafe {
            status(H5Dset_extent(self.id.raw(), &raw const end))?;
            let stored = Id::new(H5Screate_simple(1, &raw const end, none))?;
            let set = H5S_seloper_t::H5S_SELECT_SET;
            let (from, size) = (&raw const start, &raw const count);
            status(H5Sselect_hyperslab(
                stored.raw(),
                set,
                from,
                none,
                size,
                none,
            ))?;
            let wanted = Id::new(H5Screate_simple(1, size, none))?;
            status(H5Dwrite(
                self.id.raw(),
                *H5T_NATIVE_UINT8,
                wanted.raw(),
                stored.raw(),
                H5P_DEFAULT,
                bytes.as_ptr().cast(),
            ))
        }
    }
}

/// Makes the empty dataset.
pub(super) fn create(file: &Id, path: &str) -> Result<Id, Cause> {
    let name = c_text(path)?;
    let (empty, endless, chunk) = (0, H5S_UNLIMITED, CHUNK);
    // SAFETY: one dimension everywhere; the file is open.
    unsafe {
        let space = Id::new(H5Screate_simple(1, &raw const empty, &raw const endless))?;
        let list = Id::new(H5Pcreate(*H5P_CLS_DATASET_CREATE))?;
        status(H5Pset_chunk(list.raw(), 1, &raw const chunk))?;
        Id::new(H5Dcreate2(
            file.raw(),
            name.as_ptr(),
            *H5T_STD_U8LE,
            space.raw(),
            H5P_DEFAULT,
            list.raw(),
            H5P_DEFAULT,
        ))
    }
}
