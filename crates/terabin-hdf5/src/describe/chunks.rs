//! The table of a dataset's chunks, in one pass over its index.

use std::ffi::{c_int, c_uint, c_void};

use hdf5_metno_sys::h5::{HADDR_UNDEF, haddr_t, hsize_t};
use hdf5_metno_sys::h5d::H5Dchunk_iter;
use hdf5_metno_sys::h5p::H5P_DEFAULT;

use super::swizzle::Swizzle;
use crate::description::ChunkEntry;
use crate::library::{Cause, Id, status};

/// The chunks within `shape`, sorted by their index in the grid.
///
/// A dataset that was shrunk may keep chunks outside its shape: they are left out.
///
/// One kind of index lists every chunk of the extent without storing a list: that
/// the chunks fit into the file keeps a small file from making a large table. There is
/// one chunk too many where there are more than the limit.
pub(super) fn entries(
    id: &Id,
    shape: &[u64],
    chunk: &[u64],
    limits: &Limits,
) -> Result<Vec<ChunkEntry>, Cause> {
    let mut visit = Visit {
        shape,
        chunk,
        grid: grid(shape, chunk)?,
        swizzle: Swizzle::of(id, chunk)?,
        room: limits.file_size,
        most: limits.chunks,
        entries: Vec::new(),
    };
    if !visit.grid.contains(&0) {
        // SAFETY: the callback is called during this call only, with this very `visit`
        // and as many offsets as the dataset has dimensions.
        status(unsafe {
            H5Dchunk_iter(
                id.raw(),
                H5P_DEFAULT,
                Some(each),
                (&raw mut visit).cast::<c_void>(),
            )
        })?;
    }
    let mut entries = visit.entries;
    entries.shrink_to_fit();
    entries.sort_unstable_by_key(|e| e.index);
    if entries.is_sorted_by(|a, b| a.index < b.index) {
        Ok(entries)
    } else {
        Err(Cause("its chunk index has one chunk twice".into()))
    }
}

/// What bounds the table of chunks.
pub(super) struct Limits {
    /// Bytes of the file.
    pub(super) file_size: u64,
    /// The most chunks.
    pub(super) chunks: u64,
}

struct Visit<'a> {
    shape: &'a [u64],
    chunk: &'a [u64],
    grid: Vec<u64>,
    swizzle: Option<Swizzle>,
    /// Bytes of the file that no chunk has taken yet.
    room: u64,
    /// Chunks beyond these are not listed.
    most: u64,
    entries: Vec<ChunkEntry>,
}

impl Visit<'_> {
    /// The number of the chunk that is reported at an offset; none outside the shape.
    fn index(&self, offset: &[u64]) -> Option<u64> {
        let places = offset.iter().zip(self.chunk);
        let places = places.map(|(at, chunk)| at.checked_div(*chunk));
        match &self.swizzle {
            None => self.number(places),
            Some(swizzle) => {
                let places: Option<Vec<u64>> = places.collect();
                self.number(swizzle.place(&places?)?.into_iter().map(Some))
            }
        }
    }

    fn number(&self, places: impl Iterator<Item = Option<u64>>) -> Option<u64> {
        let mut index = 0_u64;
        for (at, &count) in places.zip(&self.grid) {
            let at = at.filter(|&at| at < count)?;
            index = index.checked_mul(count)?.checked_add(at)?;
        }
        Some(index)
    }
}

unsafe extern "C" fn each(
    offset: *const hsize_t,
    filter_mask: c_uint,
    address: haddr_t,
    stored: hsize_t,
    data: *mut c_void,
) -> c_int {
    // SAFETY: `entries` passed its `Visit`, and the dataset has `shape.len()` dimensions.
    let (visit, offset) = unsafe {
        let visit = &mut *data.cast::<Visit<'_>>();
        let offset = std::slice::from_raw_parts(offset, visit.shape.len());
        (visit, offset)
    };
    match visit.room.checked_sub(stored.max(1)) {
        Some(room) => visit.room = room,
        None => return -1,
    }
    if let (Some(index), true) = (visit.index(offset), address != HADDR_UNDEF) {
        visit.entries.push(ChunkEntry {
            index,
            address,
            stored,
            filter_mask,
        });
    }
    // A positive number ends the visits without an error.
    c_int::from(visit.entries.len() as u64 > visit.most)
}

fn grid(shape: &[u64], chunk: &[u64]) -> Result<Vec<u64>, Cause> {
    let bad = || Cause("its chunk shape is impossible".into());
    if chunk.contains(&0) || chunk.len() != shape.len() {
        return Err(bad());
    }
    let grid: Vec<u64> = shape
        .iter()
        .zip(chunk)
        .map(|(s, c)| s.div_ceil(*c))
        .collect();
    grid.iter()
        .try_fold(1_u64, |n, &g| n.checked_mul(g))
        .ok_or_else(bad)?;
    Ok(grid)
}
