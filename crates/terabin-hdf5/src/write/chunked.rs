//! Chunked datasets and their filters.

use hdf5_metno_sys::h5p::{
    H5P_CLS_DATASET_CREATE, H5Pcreate, H5Pset_chunk, H5Pset_deflate, H5Pset_filter, H5Pset_shuffle,
};
use hdf5_metno_sys::h5z::H5Z_FLAG_OPTIONAL;

use super::StoredType;
use crate::decode::{LZ4, ZSTD};
use crate::encode::Codec;
use crate::library::{Cause, Id, status};

/// How a chunked dataset is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChunkedLayout {
    /// The type of an element.
    pub element: StoredType,
    /// The extent of each dimension.
    pub shape: Vec<u64>,
    /// The extent of a chunk, no dimension larger than that of the shape: an empty
    /// dataset cannot be chunked.
    pub chunk: Vec<u64>,
    /// How chunks are compressed; every codec but none goes behind a shuffle.
    pub codec: Codec,
}

/// The creation list of a chunked dataset.
pub(super) fn creation_list(layout: &ChunkedLayout) -> Result<Id, Cause> {
    if layout.chunk.len() != layout.shape.len() || layout.chunk.is_empty() {
        let (chunk, shape) = (&layout.chunk, &layout.shape);
        return Err(Cause(format!("chunks of {chunk:?} do not tile {shape:?}")));
    }
    let rank = i32::try_from(layout.chunk.len()).map_err(|e| Cause(e.to_string()))?;
    // SAFETY: a new dataset creation list; the chunk has `rank` extents.
    unsafe {
        let list = Id::new(H5Pcreate(*H5P_CLS_DATASET_CREATE))?;
        status(H5Pset_chunk(list.raw(), rank, layout.chunk.as_ptr()))?;
        if layout.codec != Codec::None {
            status(H5Pset_shuffle(list.raw()))?;
        }
        match layout.codec {
            Codec::None => {}
            // The format knows levels up to 9; they say nothing to a reader.
            Codec::Gzip(level) => status(H5Pset_deflate(list.raw(), level.min(9)))?,
            Codec::Zstd(level) => foreign(&list, ZSTD, level.unsigned_abs())?,
            Codec::Lz4 => foreign(&list, LZ4, 0)?,
        }
        Ok(list)
    }
}

/// A filter that the library does not have, which it accepts as optional only.
fn foreign(list: &Id, id: i32, value: u32) -> Result<(), Cause> {
    // SAFETY: a dataset creation list, and one parameter.
    status(unsafe { H5Pset_filter(list.raw(), id, H5Z_FLAG_OPTIONAL, 1, &raw const value) })
}
