//! Writing HDF5 files that release 1.10 and all later ones read.
#![allow(unsafe_code, reason = "the HDF5 library is a C library")]

mod chunked;
mod stream;
mod values;
mod values_stream;

use std::path::{Path, PathBuf};

use hdf5_metno_sys::h5a::{H5Acreate2, H5Awrite};
use hdf5_metno_sys::h5d::{H5Dcreate2, H5Dwrite, H5Dwrite_chunk};
use hdf5_metno_sys::h5f::{H5F_ACC_TRUNC, H5F_libver_t, H5F_scope_t, H5Fcreate, H5Fflush};
use hdf5_metno_sys::h5g::H5Gcreate2;
use hdf5_metno_sys::h5i::hid_t;
use hdf5_metno_sys::h5l::H5Lexists;
use hdf5_metno_sys::h5o::H5Oopen;
use hdf5_metno_sys::h5p::{
    H5P_CLS_LINK_CREATE, H5P_DEFAULT, H5Pcreate, H5Pset_create_intermediate_group,
    H5Pset_libver_bounds, H5Pset_sieve_buf_size,
};
use hdf5_metno_sys::h5r::{H5R_type_t, H5Rcreate, hobj_ref_t};
use hdf5_metno_sys::h5s::{H5S_ALL, H5S_class_t, H5Screate, H5Screate_simple};
use hdf5_metno_sys::h5t::H5T_STD_REF_OBJ;

pub use chunked::ChunkedLayout;
pub use stream::ByteStream;
pub use values::{AttributeValue, StoredType, Values};
pub use values_stream::ValueStream;

use values_stream::write_box;

use crate::error::{Error, Result};
use crate::library::{Cause, Id, c_path, c_text, file_access, locked, status};

/// Writes one file; intermediate groups are made as they are needed.
///
/// Nothing is certain to be on disk before [`FileWriter::close`].
pub struct FileWriter {
    path: PathBuf,
    /// Before the file, so that they are released before it.
    datasets: Vec<Open>,
    file: Id,
}

struct Open {
    id: Id,
    path: String,
    stored: StoredType,
    shape: Vec<u64>,
}

/// A dataset of a [`FileWriter`] whose values come piece by piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DatasetHandle(usize);

impl FileWriter {
    /// Makes a new file, in place of one that is there.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn create(path: &Path) -> Result<Self> {
        let file = locked(|| create(path)).map_err(|c| failed(path, "/", c))?;
        Ok(Self {
            path: path.to_owned(),
            datasets: Vec::new(),
            file,
        })
    }

    /// Makes a group, unless it is there.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn group(&mut self, path: &str) -> Result<()> {
        let path = path.trim_matches('/');
        let ends = path.match_indices('/').map(|(i, _)| i).chain([path.len()]);
        let make = || {
            for end in ends.filter(|&end| end > 0) {
                self.one_group(&path[..end])?;
            }
            Ok(())
        };
        locked(make).map_err(|c| failed(&self.path, path, c))
    }

    fn one_group(&self, path: &str) -> Result<(), Cause> {
        let name = c_text(path)?;
        // SAFETY: the file is open; default property lists.
        unsafe {
            if H5Lexists(self.file.raw(), name.as_ptr(), H5P_DEFAULT) <= 0 {
                Id::new(H5Gcreate2(
                    self.file.raw(),
                    name.as_ptr(),
                    H5P_DEFAULT,
                    H5P_DEFAULT,
                    H5P_DEFAULT,
                ))?;
            }
        }
        Ok(())
    }

    /// Writes an attribute of the group or dataset `object`.
    ///
    /// # Errors
    /// When there is no such object, or it has the attribute.
    pub fn attribute(
        &mut self,
        object: &str,
        name: &str,
        value: impl Into<AttributeValue>,
    ) -> Result<()> {
        let value = value.into();
        locked(|| self.write_attribute(object, name, &value))
            .map_err(|c| failed(&self.path, &format!("{object}, attribute {name}"), c))
    }

    fn write_attribute(
        &self,
        object: &str,
        name: &str,
        value: &AttributeValue,
    ) -> Result<(), Cause> {
        let (object, name) = (c_text(object)?, c_text(name)?);
        value.stored(&|kind, memory, shape, data| {
            let space = dataspace(shape)?;
            // SAFETY: the file is open, and `data` has the elements of `memory` that
            // `shape` asks for.
            unsafe {
                let object = Id::new(H5Oopen(self.file.raw(), object.as_ptr(), H5P_DEFAULT))?;
                let id = Id::new(H5Acreate2(
                    object.raw(),
                    name.as_ptr(),
                    kind,
                    space.raw(),
                    H5P_DEFAULT,
                    H5P_DEFAULT,
                ))?;
                status(H5Awrite(id.raw(), memory, data))
            }
        })
    }

    /// Writes a whole dataset as one block; an empty shape is a scalar.
    ///
    /// # Errors
    /// When the number of values is not that of the shape, or writing fails.
    pub fn dataset(&mut self, path: &str, shape: &[u64], values: Values<'_>) -> Result<()> {
        let stored = values.stored_type();
        let write = || {
            if element_count(shape) != Some(values.len() as u64) {
                let count = values.len();
                return Err(Cause(format!("{count} values do not fill {shape:?}")));
            }
            let id = self.new_dataset(path, stored.file_type().raw(), shape, H5P_DEFAULT)?;
            write_all(
                id,
                stored.memory_type().raw(),
                values.bytes().as_ptr().cast(),
            )
        };
        locked(write).map_err(|c| failed(&self.path, path, c))
    }

    /// Writes one UTF-8 string.
    ///
    /// # Errors
    /// When the text has a NUL character, or writing fails.
    pub fn string(&mut self, path: &str, text: &str) -> Result<()> {
        self.attribute_like(path, &AttributeValue::Text(text.to_owned()))
    }

    /// Writes a list of UTF-8 strings of any length.
    ///
    /// # Errors
    /// When a text has a NUL character, or writing fails.
    pub fn strings(&mut self, path: &str, texts: &[String]) -> Result<()> {
        self.attribute_like(path, &AttributeValue::Texts(texts.to_vec()))
    }

    fn attribute_like(&mut self, path: &str, value: &AttributeValue) -> Result<()> {
        let write = || {
            value.stored(&|kind, memory, shape, data| {
                let id = self.new_dataset(path, kind, shape, H5P_DEFAULT)?;
                write_all(id, memory, data)
            })
        };
        locked(write).map_err(|c| failed(&self.path, path, c))
    }

    /// Writes a list of object references to groups or datasets of this file.
    ///
    /// # Errors
    /// When a target is not there, or writing fails.
    pub fn references(&mut self, path: &str, targets: &[String]) -> Result<()> {
        let write = || {
            let mut references: Vec<hobj_ref_t> = vec![0; targets.len()];
            for (place, target) in references.iter_mut().zip(targets) {
                let name = c_text(target)?;
                let place: *mut hobj_ref_t = place;
                // SAFETY: `place` has the size of an object reference.
                status(unsafe {
                    let kind = H5R_type_t::H5R_OBJECT1;
                    H5Rcreate(place.cast(), self.file.raw(), name.as_ptr(), kind, -1)
                })?;
            }
            let shape = [targets.len() as u64];
            let id = self.new_dataset(path, *H5T_STD_REF_OBJ, &shape, H5P_DEFAULT)?;
            write_all(id, *H5T_STD_REF_OBJ, references.as_ptr().cast())
        };
        locked(write).map_err(|c| failed(&self.path, path, c))
    }

    /// Makes a chunked dataset, to be written with [`FileWriter::write_chunk`].
    ///
    /// # Errors
    /// When the layout is impossible, or the dataset cannot be made.
    pub fn create_chunked(&mut self, path: &str, layout: &ChunkedLayout) -> Result<DatasetHandle> {
        let kind = layout.element.file_type();
        locked(|| {
            let list = chunked::creation_list(layout)?;
            self.new_dataset(path, kind.raw(), &layout.shape, list.raw())
        })
        .map_err(|c| failed(&self.path, path, c))
        .map(|id| self.keep(id, path, layout.element, &layout.shape))
    }

    /// Writes one chunk that [`encode`](crate::encode()) made, at a multiple of the chunk shape.
    ///
    /// # Errors
    /// When the offset is no chunk's, or writing fails.
    pub fn write_chunk(
        &mut self,
        handle: DatasetHandle,
        offset: &[u64],
        encoded: &[u8],
    ) -> Result<()> {
        let open = self.opened(handle)?;
        let write = || {
            if offset.len() != open.shape.len() {
                return Err(Cause(format!("{offset:?} is no offset of a chunk")));
            }
            // SAFETY: the offset has the rank of the dataset; mask 0: every filter ran.
            status(unsafe {
                H5Dwrite_chunk(
                    open.id.raw(),
                    H5P_DEFAULT,
                    0,
                    offset.as_ptr(),
                    encoded.len(),
                    encoded.as_ptr().cast(),
                )
            })
        };
        locked(write).map_err(|c| failed(&self.path, &open.path, c))
    }

    /// Makes a dataset of one block, to be written with [`FileWriter::write_rows`].
    ///
    /// # Errors
    /// When the dataset cannot be made.
    pub fn create_contiguous(
        &mut self,
        path: &str,
        element: StoredType,
        shape: &[u64],
    ) -> Result<DatasetHandle> {
        let kind = element.file_type();
        locked(|| self.new_dataset(path, kind.raw(), shape, H5P_DEFAULT))
            .map_err(|c| failed(&self.path, path, c))
            .map(|id| self.keep(id, path, element, shape))
    }

    /// Writes whole rows, from `start_row` on, in the machine's byte order.
    ///
    /// # Errors
    /// When the bytes are not whole rows within the shape, or writing fails.
    pub fn write_rows(
        &mut self,
        handle: DatasetHandle,
        start_row: u64,
        bytes: &[u8],
    ) -> Result<()> {
        let open = self.opened(handle)?;
        locked(|| write_rows(open, start_row, bytes)).map_err(|c| failed(&self.path, &open.path, c))
    }

    /// Makes a dataset of one block whose values come piece by piece.
    ///
    /// # Errors
    /// When the dataset cannot be made.
    pub fn value_stream(
        &mut self,
        path: &str,
        element: StoredType,
        shape: &[u64],
    ) -> Result<ValueStream> {
        let kind = element.file_type();
        locked(|| self.new_dataset(path, kind.raw(), shape, H5P_DEFAULT))
            .map_err(|c| failed(&self.path, path, c))
            .map(|id| ValueStream::new(id, self.path.clone(), path, element, shape))
    }

    /// Makes an empty list of bytes that grows with every write.
    ///
    /// # Errors
    /// When the dataset cannot be made.
    pub fn byte_stream(&mut self, path: &str) -> Result<ByteStream> {
        self.group(path.rsplit_once('/').map_or("", |(group, _)| group))?;
        let make = || stream::create(&self.file, path);
        let id = locked(make).map_err(|c| failed(&self.path, path, c))?;
        Ok(ByteStream::new(id, self.path.clone(), path.to_owned()))
    }

    /// Writes everything to disk and closes the file.
    ///
    /// # Errors
    /// When the last bytes cannot be written.
    pub fn close(self) -> Result<()> {
        let Self {
            path,
            datasets,
            file,
        } = self;
        let finish = || {
            for open in datasets {
                open.id.close()?;
            }
            // SAFETY: the file is open.
            status(unsafe { H5Fflush(file.raw(), H5F_scope_t::H5F_SCOPE_GLOBAL) })?;
            file.close()
        };
        locked(finish).map_err(|c| failed(&path, "/", c))
    }

    fn new_dataset(
        &self,
        path: &str,
        kind: hid_t,
        shape: &[u64],
        list: hid_t,
    ) -> Result<Id, Cause> {
        let name = c_text(path)?;
        let space = dataspace(shape)?;
        // SAFETY: the file is open, and all identifiers live through the calls.
        unsafe {
            let links = Id::new(H5Pcreate(*H5P_CLS_LINK_CREATE))?;
            status(H5Pset_create_intermediate_group(links.raw(), 1))?;
            Id::new(H5Dcreate2(
                self.file.raw(),
                name.as_ptr(),
                kind,
                space.raw(),
                links.raw(),
                list,
                H5P_DEFAULT,
            ))
        }
    }

    fn keep(&mut self, id: Id, path: &str, stored: StoredType, shape: &[u64]) -> DatasetHandle {
        self.datasets.push(Open {
            id,
            path: path.to_owned(),
            stored,
            shape: shape.to_vec(),
        });
        DatasetHandle(self.datasets.len() - 1)
    }

    fn opened(&self, handle: DatasetHandle) -> Result<&Open> {
        let other = || {
            failed(
                &self.path,
                "/",
                Cause("the handle is of another file".into()),
            )
        };
        self.datasets.get(handle.0).ok_or_else(other)
    }
}

fn create(path: &Path) -> Result<Id, Cause> {
    let name = c_path(path)?;
    let access = file_access()?;
    let v110 = H5F_libver_t::H5F_LIBVER_V110;
    // SAFETY: `access` is a file access list; both arguments live through the calls.
    unsafe {
        status(H5Pset_libver_bounds(access.raw(), v110, v110))?;
        // Failed writes show where they happen, not in a buffer's last breath.
        status(H5Pset_sieve_buf_size(access.raw(), 0))?;
        Id::new(H5Fcreate(
            name.as_ptr(),
            H5F_ACC_TRUNC,
            H5P_DEFAULT,
            access.raw(),
        ))
    }
}

fn failed(path: &Path, object: &str, Cause(cause): Cause) -> Error {
    Error::Write {
        path: path.to_owned(),
        object: object.to_owned(),
        cause,
    }
}

fn element_count(shape: &[u64]) -> Option<u64> {
    shape.iter().try_fold(1_u64, |n, &s| n.checked_mul(s))
}

fn dataspace(shape: &[u64]) -> Result<Id, Cause> {
    let rank = i32::try_from(shape.len()).map_err(|e| Cause(e.to_string()))?;
    // SAFETY: `shape` has `rank` extents.
    Id::new(unsafe {
        match rank {
            0 => H5Screate(H5S_class_t::H5S_SCALAR),
            _ => H5Screate_simple(rank, shape.as_ptr(), std::ptr::null()),
        }
    })
}

/// Writes a whole dataset and closes it: only then is it known to have gone out.
fn write_all(id: Id, memory: hid_t, data: *const std::ffi::c_void) -> Result<(), Cause> {
    // SAFETY: the callers pass as many elements of `memory` as the dataset has.
    status(unsafe { H5Dwrite(id.raw(), memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) })?;
    id.close()
}

fn write_rows(open: &Open, start_row: u64, bytes: &[u8]) -> Result<(), Cause> {
    let row = open.shape.get(1..).and_then(element_count);
    let row = row.and_then(|n| n.checked_mul(open.stored.size() as u64));
    let rows = row.and_then(|row| (bytes.len() as u64).checked_div(row));
    let end = rows.and_then(|rows| start_row.checked_add(rows));
    let (Some(row), Some(rows), Some(end)) = (row, rows, end) else {
        return Err(Cause("a scalar or empty rows take no bytes".into()));
    };
    if rows * row != bytes.len() as u64 || open.shape.first().is_none_or(|&all| end > all) {
        let count = bytes.len();
        return Err(Cause(format!(
            "{count} bytes from row {start_row} on are not whole rows of {:?}",
            open.shape
        )));
    }
    let (mut start, mut count) = (vec![0; open.shape.len()], open.shape.clone());
    (start[0], count[0]) = (start_row, rows);
    write_box(&open.id, open.stored, &open.shape, (&start, &count), bytes)
}
