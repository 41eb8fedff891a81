//! Datasets that only the HDF5 library can read, under its lock.
#![allow(unsafe_code, reason = "the HDF5 library is a C library")]

use std::ops::Range;

use hdf5_metno_sys::h5d::H5Dread;
use hdf5_metno_sys::h5i::hid_t;
use hdf5_metno_sys::h5o::H5Oopen;
use hdf5_metno_sys::h5p::H5P_DEFAULT;
use hdf5_metno_sys::h5s::{H5S_seloper_t, H5Screate_simple, H5Sselect_hyperslab};
use hdf5_metno_sys::h5t::{
    H5T_NATIVE_DOUBLE, H5T_NATIVE_FLOAT, H5T_NATIVE_INT8, H5T_NATIVE_INT64, H5T_NATIVE_UINT64,
};
use terabin_core::batch::DataType;

use crate::column::ColumnBuffer;
use crate::contiguous::pieces;
use crate::description::ElementType;
use crate::error::Result;
use crate::library::{Cause, Id, c_text, link_access, locked, open, status};
use crate::site::{Component, Shared, Site, append_rows};

/// Reads rows through the library, which converts them to the type in memory.
pub(crate) struct LibraryReader<'a> {
    site: Site<'a>,
    element: ElementType,
    memory: DataType,
    opened: Option<Opened>,
    raw: Vec<u8>,
}

/// Dropped in this order: the dataset before its file.
struct Opened {
    dataset: Id,
    _file: Id,
}

impl<'a> LibraryReader<'a> {
    pub(crate) fn new(site: Site<'a>) -> Option<Self> {
        let memory = site.dataset.element.data_type()?;
        Some(Self {
            site,
            element: ElementType {
                class: site.dataset.element.class.clone(),
                size: memory.size(),
                big_endian: cfg!(target_endian = "big"),
            },
            memory,
            opened: None,
            raw: Vec::new(),
        })
    }

    /// Appends `rows` to the columns.
    pub(crate) fn rows(
        &mut self,
        shared: &mut Shared,
        rows: Range<u64>,
        components: &[Component],
        columns: &mut [ColumnBuffer],
    ) -> Result<()> {
        let row_bytes = (self.element.size as u64).checked_mul(self.site.dataset.width());
        let row_bytes = row_bytes.ok_or_else(|| self.site.no_memory(u64::MAX))?;
        for piece in pieces(rows, row_bytes) {
            let bytes = (piece.end - piece.start)
                .checked_mul(row_bytes)
                .and_then(|b| usize::try_from(b).ok())
                .ok_or_else(|| self.site.no_memory(u64::MAX))?;
            self.site.grow(&mut self.raw, bytes)?;
            locked(|| self.read(&piece))
                .map_err(|Cause(cause)| self.site.failed(piece.clone(), 0, cause))?;
            shared.counters.bytes_read += bytes as u64;
            shared.counters.bytes_decoded += bytes as u64;
            let raw = &self.raw[..bytes];
            append_rows(&self.site, &self.element, raw, piece, components, columns)?;
        }
        Ok(())
    }

    fn read(&mut self, rows: &Range<u64>) -> Result<(), Cause> {
        let memory_type = memory_type(self.memory);
        let dimensions = self.site.dataset.shape.len();
        let opened = match self.opened.take() {
            Some(opened) => opened,
            None => opened(&self.site)?,
        };
        let mut start = vec![rows.start];
        let mut count = vec![rows.end - rows.start];
        if dimensions == 2 {
            start.push(0);
            count.push(self.site.dataset.width());
        }
        let rank = i32::try_from(dimensions).map_err(|e| Cause(e.to_string()))?;
        let shape = self.site.dataset.shape.as_ptr();
        // SAFETY: the extents have `rank` entries each; the spaces select rows times
        // width elements, for which `grow` made room, and the type has their size.
        unsafe {
            let stored = Id::new(H5Screate_simple(rank, shape, std::ptr::null()))?;
            let none = std::ptr::null();
            status(H5Sselect_hyperslab(
                stored.raw(),
                H5S_seloper_t::H5S_SELECT_SET,
                start.as_ptr(),
                none,
                count.as_ptr(),
                none,
            ))?;
            let wanted = Id::new(H5Screate_simple(rank, count.as_ptr(), none))?;
            status(H5Dread(
                opened.dataset.raw(),
                memory_type,
                wanted.raw(),
                stored.raw(),
                H5P_DEFAULT,
                self.raw.as_mut_ptr().cast(),
            ))?;
        }
        self.opened = Some(opened);
        Ok(())
    }
}

fn opened(site: &Site<'_>) -> Result<Opened, Cause> {
    let file = open(&site.file.path)?;
    let name = c_text(&site.dataset.path)?;
    let access = link_access()?;
    // SAFETY: the file is open, and the list refuses links into other files.
    let dataset = Id::new(unsafe { H5Oopen(file.raw(), name.as_ptr(), access.raw()) })?;
    Ok(Opened {
        dataset,
        _file: file,
    })
}

fn memory_type(memory: DataType) -> hid_t {
    match memory {
        DataType::I64 => *H5T_NATIVE_INT64,
        DataType::U64 => *H5T_NATIVE_UINT64,
        DataType::F32 => *H5T_NATIVE_FLOAT,
        DataType::F64 => *H5T_NATIVE_DOUBLE,
        DataType::Bool => *H5T_NATIVE_INT8,
    }
}
