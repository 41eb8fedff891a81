//! The one place that reads metadata through the HDF5 library.
//!
//! What it gives is plain data ([`crate::description`]); no other module of the
//! reading side knows the library, except the fallback reader.
#![allow(unsafe_code, reason = "the HDF5 library is a C library")]

mod attribute;
mod chunks;
mod element;
mod walk;

use std::ffi::{c_char, c_uint};
use std::path::Path;

use hdf5_metno_sys::h5::{HADDR_UNDEF, hsize_t};
use hdf5_metno_sys::h5d::{
    H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS, H5D_fill_value_t, H5D_layout_t, H5Dget_create_plist,
    H5Dget_offset, H5Dget_space, H5Dget_storage_size, H5Dget_type,
};
use hdf5_metno_sys::h5p::{
    H5Pfill_value_defined, H5Pget_chunk, H5Pget_chunk_opts, H5Pget_external_count,
    H5Pget_fill_value, H5Pget_filter2, H5Pget_layout, H5Pget_nfilters, H5Pget_virtual_count,
    H5Pget_virtual_vspace,
};
use hdf5_metno_sys::h5s::{
    H5S_class_t, H5Sget_simple_extent_dims, H5Sget_simple_extent_ndims, H5Sget_simple_extent_type,
};

use crate::decode;
use crate::description::{ChunkTable, DatasetDescription, FileDescription, Filter, Layout};
use crate::error::{Error, Result};
use crate::library::{Cause, Id, locked, open, status, text_at};

/// Describes a file: every group and dataset that links within the file reach.
///
/// Links into other files are noted and not followed, and no other file is opened.
///
/// # Errors
/// When the file cannot be opened, or its structure is damaged where it matters.
pub fn describe(path: &Path) -> Result<FileDescription> {
    let meta = std::fs::metadata(path).map_err(|source| Error::Path {
        path: path.to_owned(),
        source,
    })?;
    let mut description = FileDescription {
        path: path.to_owned(),
        size: meta.len(),
        ..FileDescription::default()
    };
    locked(|| open(path).and_then(|file| walk::walk(&file, &mut description))).map_err(
        |Cause(cause)| Error::Describe {
            path: path.to_owned(),
            what: "cannot be opened as HDF5".into(),
            cause,
        },
    )?;
    Ok(description)
}

/// Describes the open dataset `id` of a file of `file_size` bytes.
fn dataset(id: &Id, path: &str, file_size: u64) -> Result<DatasetDescription, Cause> {
    // SAFETY: `id` is an open dataset, here and in the calls below.
    let (list, kind) = unsafe {
        (
            Id::new(H5Dget_create_plist(id.raw()))?,
            Id::new(H5Dget_type(id.raw()))?,
        )
    };
    // SAFETY: `list` is a dataset creation list.
    let stored_as = unsafe { H5Pget_layout(list.raw()) };
    let (element, odd) = element::element(&kind)?;
    let shape = match stored_as {
        // Asking a virtual dataset itself would open its sources.
        H5D_layout_t::H5D_VIRTUAL => virtual_shape(&list)?,
        _ => dataset_shape(id)?,
    };
    let filters = filters(&list)?;
    let fill = match element.data_type() {
        Some(_) => fill(&list, &kind, element.size)?,
        None => Vec::new(),
    };
    let known = shape.as_deref();
    let extent = known.unwrap_or(&[]);
    let mut layout = match stored_as {
        H5D_layout_t::H5D_CHUNKED => chunked(id, &list, extent, &filters, file_size)?,
        _ => unchunked(id, &list, stored_as),
    };
    if let (Some(reason), Layout::Contiguous { .. } | Layout::Chunked(_)) = (odd, &layout) {
        layout = Layout::Library { reason };
    }
    if known.is_none() {
        layout = refused("has no values: its dataspace is null; choose another dataset");
    }
    Ok(DatasetDescription {
        path: path.to_owned(),
        stored_bytes: stored_bytes(id, stored_as),
        shape: shape.unwrap_or_default(),
        element,
        layout,
        fill,
        filters,
        attributes: attribute::attributes(id),
    })
}

fn stored_bytes(id: &Id, stored_as: H5D_layout_t) -> u64 {
    if stored_as == H5D_layout_t::H5D_VIRTUAL {
        return 0;
    }
    // SAFETY: `id` is an open dataset.
    unsafe { H5Dget_storage_size(id.raw()) }
}

fn dataset_shape(id: &Id) -> Result<Option<Vec<u64>>, Cause> {
    // SAFETY: `id` is an open dataset.
    let space = Id::new(unsafe { H5Dget_space(id.raw()) })?;
    extent(&space)
}

fn virtual_shape(list: &Id) -> Result<Option<Vec<u64>>, Cause> {
    let mut count = 0;
    // SAFETY: `list` is the creation list of a virtual dataset.
    status(unsafe { H5Pget_virtual_count(list.raw(), &raw mut count) })?;
    if count == 0 {
        return Ok(None);
    }
    // SAFETY: there is a mapping 0.
    extent(&Id::new(unsafe { H5Pget_virtual_vspace(list.raw(), 0) })?)
}

/// The extent of a dataspace; `None` for the null dataspace.
fn extent(space: &Id) -> Result<Option<Vec<u64>>, Cause> {
    // SAFETY: `space` is a dataspace.
    let (class, rank) = unsafe {
        (
            H5Sget_simple_extent_type(space.raw()),
            H5Sget_simple_extent_ndims(space.raw()),
        )
    };
    if class == H5S_class_t::H5S_NULL {
        return Ok(None);
    }
    let rank = usize::try_from(rank).map_err(|_| Cause("its dataspace has no rank".into()))?;
    let mut shape = vec![0; rank];
    // SAFETY: `shape` has room for every dimension; the maxima are not asked for.
    status(unsafe {
        H5Sget_simple_extent_dims(space.raw(), shape.as_mut_ptr(), std::ptr::null_mut())
    })?;
    Ok(Some(shape))
}

fn filters(list: &Id) -> Result<Vec<Filter>, Cause> {
    // SAFETY: `list` is a dataset creation list.
    let count = unsafe { H5Pget_nfilters(list.raw()) };
    status(count)?;
    (0..c_uint::try_from(count).unwrap_or(0))
        .map(|i| filter(list, i))
        .collect()
}

fn filter(list: &Id, index: c_uint) -> Result<Filter, Cause> {
    let mut values = vec![0 as c_uint; 256];
    let mut count = values.len();
    let mut name: [c_char; 64] = [0; 64];
    let (mut flags, mut config) = (0, 0);
    // SAFETY: the library writes at most `count` values and 63 characters with a NUL.
    let id = unsafe {
        H5Pget_filter2(
            list.raw(),
            index,
            &raw mut flags,
            &raw mut count,
            values.as_mut_ptr(),
            name.len() - 1,
            name.as_mut_ptr(),
            &raw mut config,
        )
    };
    status(id)?;
    values.truncate(count);
    Ok(Filter {
        id,
        // SAFETY: the last character was left 0.
        name: unsafe { text_at(name.as_ptr()) },
        values,
    })
}

/// The fill value as the file stores elements; zeros where it is undefined.
fn fill(list: &Id, kind: &Id, size: usize) -> Result<Vec<u8>, Cause> {
    let mut value = vec![0; size];
    let mut defined = H5D_fill_value_t::H5D_FILL_VALUE_UNDEFINED;
    // SAFETY: `value` has room for one element of `kind`.
    unsafe {
        status(H5Pfill_value_defined(list.raw(), &raw mut defined))?;
        if defined == H5D_fill_value_t::H5D_FILL_VALUE_USER_DEFINED {
            status(H5Pget_fill_value(
                list.raw(),
                kind.raw(),
                value.as_mut_ptr().cast(),
            ))?;
        }
    }
    Ok(value)
}

fn unchunked(id: &Id, list: &Id, stored_as: H5D_layout_t) -> Layout {
    match stored_as {
        H5D_layout_t::H5D_VIRTUAL => refused(
            "is a virtual dataset, which is not read yet; name the files that it is made of",
        ),
        H5D_layout_t::H5D_COMPACT => Layout::Library {
            reason: "compact layout".into(),
        },
        H5D_layout_t::H5D_CONTIGUOUS => contiguous(id, list),
        _ => refused("has a layout that is not known; rewrite the file with h5repack"),
    }
}

fn contiguous(id: &Id, list: &Id) -> Layout {
    // SAFETY: a dataset creation list and an open dataset.
    let (external, address) =
        unsafe { (H5Pget_external_count(list.raw()), H5Dget_offset(id.raw())) };
    if external != 0 {
        return refused(
            "keeps its values in external raw files, which are not read yet; copy it into the file with h5repack",
        );
    }
    Layout::Contiguous {
        address: (address != HADDR_UNDEF).then_some(address),
    }
}

fn chunked(
    id: &Id,
    list: &Id,
    shape: &[u64],
    filters: &[Filter],
    file_size: u64,
) -> Result<Layout, Cause> {
    if let Some(layout) = not_ours(filters) {
        return Ok(layout);
    }
    let (mut chunk, mut options): (Vec<hsize_t>, c_uint) = (vec![0; shape.len()], 0);
    let rank = i32::try_from(shape.len()).map_err(|e| Cause(e.to_string()))?;
    // SAFETY: `chunk` has room for `rank` extents.
    unsafe {
        status(H5Pget_chunk(list.raw(), rank, chunk.as_mut_ptr()))?;
        status(H5Pget_chunk_opts(list.raw(), &raw mut options))?;
    }
    let entries = chunks::entries(id, shape, &chunk, file_size)?;
    Ok(Layout::Chunked(ChunkTable {
        shape: chunk,
        unfiltered_edges: options & H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS != 0,
        entries,
    }))
}

/// What becomes of a dataset with a filter that this crate does not undo.
fn not_ours(filters: &[Filter]) -> Option<Layout> {
    let first = filters.iter().find(|f| !decode::supported(f.id))?;
    let library = |f: &Filter| matches!(f.id, 1..=3) || decode::LIBRARY_ONLY.contains(&f.id);
    let foreign = |f: &&Filter| !library(f) && !decode::supported(f.id);
    if filters.iter().all(library) {
        return Some(Layout::Library {
            reason: format!("filter {} ({first})", first.id),
        });
    }
    let f = filters.iter().find(foreign).unwrap_or(first);
    Some(refused(&format!(
        "is compressed with filter {} ({f}), which cannot be decoded; rewrite the file with `h5repack -f GZIP=4`",
        f.id
    )))
}

fn refused(reason: &str) -> Layout {
    Layout::Refused {
        reason: reason.to_owned(),
    }
}
