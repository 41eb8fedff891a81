//! Texts of variable length, which only the HDF5 library can read, under its lock.
#![allow(unsafe_code, reason = "the HDF5 library is a C library")]

use std::ffi::c_void;

use hdf5_metno_sys::h5d::{H5Dget_type, H5Dread};
use hdf5_metno_sys::h5o::H5Oopen;
use hdf5_metno_sys::h5p::H5P_DEFAULT;
use hdf5_metno_sys::h5s::{H5S_seloper_t, H5Screate_simple, H5Sselect_hyperslab};

use crate::error::Result;
use crate::library::{Cause, Id, c_text, locked, open, status};
use crate::need::{DimUse, Need, shifted};
use crate::read::block::Block;
use crate::read::handles::Handles;
use crate::read::site::{Shared, Site, UNCONVERTED};
use crate::read::target::Target;
use crate::row_space::{RowBox, product};
use crate::variable_texts::{VariableTexts, variable_texts};

/// Reads texts of variable length through the library.
pub(crate) struct LibraryReader<'a> {
    site: Site<'a>,
    opened: Option<Opened>,
}

/// Dropped in this order: the dataset before its file.
struct Opened {
    kind: Id,
    dataset: Id,
    _file: Id,
}

/// A box of the dataset.
struct Slab {
    start: Vec<u64>,
    count: Vec<u64>,
}

/// The most bytes of texts of one batch.
pub(crate) const MOST_TEXT: u64 = 64 << 20;

impl<'a> LibraryReader<'a> {
    pub(crate) fn new(site: Site<'a>) -> Self {
        Self { site, opened: None }
    }

    /// Reads the rows in `part`.
    pub(crate) fn rows(
        &mut self,
        shared: &mut Shared,
        need: &Need,
        part: &RowBox,
        target: &mut Target<'_>,
    ) -> Result<()> {
        let host = self.site.host(self.site.dataset.host);
        if let Some(host) = host {
            let touched = shared.handles.touch(host);
            touched.map_err(|e| self.site.unread(part, 0, e))?;
        }
        let slab = slab(&self.site, need, part)
            .ok_or_else(|| self.site.failed(part, 0, "its rows lie beyond its shape"))?;
        let elements = usize::try_from(product(&slab.count));
        let elements = elements.map_err(|_| self.site.no_memory(u64::MAX))?;
        self.open(part)?;
        let texts = locked(|| self.texts(&slab, elements));
        let texts = texts.map_err(|Cause(cause)| self.site.failed(part, 0, cause))?;
        let bytes: u64 = texts.iter().map(|t| t.len() as u64).sum();
        shared.counters.bytes_read += bytes;
        shared.counters.bytes_decoded += bytes;
        if write_texts(&slab, &texts, need, part, target) {
            Ok(())
        } else {
            Err(self.site.failed(part, 0, UNCONVERTED))
        }
    }

    /// Opens the dataset, unless it is: the library takes what stands at the path by then.
    fn open(&mut self, part: &RowBox) -> Result<()> {
        if self.opened.is_some() {
            return Ok(());
        }
        let opened = locked(|| opened(&self.site));
        let opened = opened.map_err(|Cause(cause)| self.site.failed(part, 0, cause))?;
        if let Some(host) = self.site.host(self.site.dataset.host) {
            let found = Handles::at_path(host);
            found.map_err(|e| self.site.unread(part, 0, e))?;
        }
        self.opened = Some(opened);
        Ok(())
    }

    fn texts(&mut self, slab: &Slab, elements: usize) -> Result<Vec<Vec<u8>>, Cause> {
        let (stored, wanted) = slab.spaces(&self.site.dataset.shape)?;
        let opened = self.opened.as_ref();
        let opened = opened.ok_or_else(|| Cause("it is not open".into()))?;
        // SAFETY: `place` has room for what `memory` is, once for each element of the box.
        let read = |memory: &Id, place: *mut c_void| unsafe {
            H5Dread(
                opened.dataset.raw(),
                memory.raw(),
                wanted.raw(),
                stored.raw(),
                H5P_DEFAULT,
                place,
            )
        };
        match variable_texts(&opened.kind, &wanted, elements, MOST_TEXT, read)? {
            VariableTexts::Read(texts) => Ok(texts),
            VariableTexts::TooLong(bytes) => Err(Cause(format!(
                "its texts take {bytes} bytes in one batch of rows, more than {MOST_TEXT}"
            ))),
        }
    }
}

fn slab(site: &Site<'_>, need: &Need, part: &RowBox) -> Option<Slab> {
    let dims = need.dims.iter().zip(&site.dataset.shape).enumerate();
    let ranges = dims.map(|(dim, (d, &extent))| match *d {
        // One place, where all outputs take the same.
        DimUse::Place => {
            let mut places = need.outputs.iter().map(|o| o.at.get(dim).copied());
            let first = places.next()??;
            let same = places.all(|p| p == Some(first));
            Some(if same { (first, 1) } else { (0, extent) })
        }
        DimUse::Row { row, shift } => Some((
            shifted(*part.start.get(row)?, shift)?,
            *part.count.get(row)?,
        )),
    });
    let (start, count) = ranges.collect::<Option<Vec<_>>>()?.into_iter().unzip();
    Some(Slab { start, count })
}

fn write_texts(
    slab: &Slab,
    texts: &[Vec<u8>],
    need: &Need,
    part: &RowBox,
    target: &mut Target<'_>,
) -> bool {
    let block = Block {
        origin: &slab.start,
        extent: &slab.count,
        size: 1,
    };
    need.outputs.iter().all(|output| {
        block.each(need, output, part, target.rows, |from, to| {
            let column = target.columns.get_mut(output.column);
            let text = texts.get(from);
            text.zip(column)
                .is_some_and(|(text, column)| column.set_text(to, text))
        })
    })
}

impl Slab {
    /// The box in the file's space, and a space of its own.
    fn spaces(&self, shape: &[u64]) -> Result<(Id, Id), Cause> {
        if shape.len() != self.start.len() || shape.len() != self.count.len() {
            return Err(Cause("its rank is not what it was described as".into()));
        }
        let rank = i32::try_from(shape.len()).map_err(|e| Cause(e.to_string()))?;
        let none = std::ptr::null();
        // SAFETY: all three lists have `rank` entries.
        unsafe {
            let stored = Id::new(H5Screate_simple(rank, shape.as_ptr(), none))?;
            status(H5Sselect_hyperslab(
                stored.raw(),
                H5S_seloper_t::H5S_SELECT_SET,
                self.start.as_ptr(),
                none,
                self.count.as_ptr(),
                none,
            ))?;
            let wanted = Id::new(H5Screate_simple(rank, self.count.as_ptr(), none))?;
            Ok((stored, wanted))
        }
    }
}

fn opened(site: &Site<'_>) -> Result<Opened, Cause> {
    let host = site.host(site.dataset.host);
    let host = host.ok_or_else(|| Cause("its file is not described".into()))?;
    let file = open(&host.path)?;
    let name = c_text(&site.dataset.host_path)?;
    // SAFETY: the file is open.
    let dataset = Id::new(unsafe { H5Oopen(file.raw(), name.as_ptr(), H5P_DEFAULT) })?;
    // SAFETY: an open dataset.
    let kind = Id::new(unsafe { H5Dget_type(dataset.raw()) })?;
    Ok(Opened {
        kind,
        dataset,
        _file: file,
    })
}
