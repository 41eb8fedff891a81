//! One dataset: its shape, type, fill value, filters and layout.

use std::ffi::{c_char, c_uint};

use hdf5_metno_sys::h5::{HADDR_UNDEF, hsize_t};
use hdf5_metno_sys::h5d::{
    H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS, H5D_fill_value_t, H5D_layout_t, H5Dget_create_plist,
    H5Dget_offset, H5Dget_space, H5Dget_storage_size, H5Dget_type,
};
use hdf5_metno_sys::h5p::{
    H5Pfill_value_defined, H5Pget_chunk, H5Pget_chunk_opts, H5Pget_external_count,
    H5Pget_fill_value, H5Pget_filter2, H5Pget_layout, H5Pget_nfilters,
};
use hdf5_metno_sys::h5s::{
    H5S_class_t, H5Sget_simple_extent_dims, H5Sget_simple_extent_ndims, H5Sget_simple_extent_type,
};

use super::element::{self, Stored};
use super::files::OpenFile;
use super::{Describer, chunks, raw, values, virtuals};
use crate::decode;
use crate::description::{ChunkTable, DatasetDescription, Filter, Layout, Segment};
use crate::element::{ElementClass, ElementType};
use crate::library::{Cause, Id, status, text_at};

/// Where a dataset is.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) host: usize,
    pub(super) host_path: String,
    pub(super) path: String,
}

/// Describes an open dataset, without its attributes.
pub(super) fn dataset(
    describer: &mut Describer,
    place: &Place,
    file: &OpenFile,
    id: &Id,
) -> Result<DatasetDescription, Cause> {
    // SAFETY: `id` is an open dataset, here and in the calls below.
    let (list, kind) = unsafe {
        (
            Id::new(H5Dget_create_plist(id.raw()))?,
            Id::new(H5Dget_type(id.raw()))?,
        )
    };
    // SAFETY: `list` is a dataset creation list.
    let stored_as = unsafe { H5Pget_layout(list.raw()) };
    let stored = element::element(&kind, file.address_bytes)?;
    let opened = Opened {
        id,
        list,
        kind,
        stored,
        base: file.base,
    };
    let is_virtual = stored_as == H5D_layout_t::H5D_VIRTUAL;
    let shape = if is_virtual {
        virtuals::shape(id, &opened.list)?
    } else {
        shape(id)?
    };
    let mut found = DatasetDescription {
        path: place.path.clone(),
        host: place.host,
        host_path: place.host_path.clone(),
        // SAFETY: as above; a virtual dataset would open its sources.
        stored_bytes: if is_virtual {
            0
        } else {
            unsafe { H5Dget_storage_size(id.raw()) }
        },
        element: opened.stored.element.clone(),
        layout: refused("has no values: its dataspace is null; choose another dataset"),
        fill: opened.fill(describer)?,
        filters: filters(&opened.list)?,
        attributes: Vec::new(),
        texts: Vec::new(),
        scales: Vec::new(),
        shape: Vec::new(),
    };
    if let Some(shape) = shape {
        found.shape = shape;
        if !is_endless(&found) {
            opened.layout(describer, stored_as, &mut found)?;
        }
        // A virtual dataset goes as far as its sources.
        if is_endless(&found) {
            found.layout = refused(&endless(&found));
        }
    }
    Ok(found)
}

/// Rows that were never written have the fill value: a shape costs a file nothing, and
/// the rows of this many bytes would be counted for years.
const ENDLESS: u64 = 1 << 60;

fn is_endless(found: &DatasetDescription) -> bool {
    size(&found.shape, found.element.size.max(1)).is_none_or(|bytes| bytes >= ENDLESS)
}

fn endless(found: &DatasetDescription) -> String {
    let (shape, size) = (&found.shape, found.element.size);
    format!(
        "declares the shape {shape:?} of elements of {size} bytes, 2^60 bytes or more in all, which no file can hold; restore the file or choose another dataset"
    )
}

/// An open dataset and its properties.
struct Opened<'a> {
    id: &'a Id,
    list: Id,
    kind: Id,
    stored: Stored,
    /// Bytes before the file's address 0.
    base: u64,
}

impl Opened<'_> {
    fn layout(
        &self,
        describer: &mut Describer,
        stored_as: H5D_layout_t,
        found: &mut DatasetDescription,
    ) -> Result<(), Cause> {
        found.layout = match stored_as {
            H5D_layout_t::H5D_VIRTUAL => {
                return virtuals::layout(describer, &self.list, found);
            }
            _ if found.element.class == ElementClass::VariableText => Layout::Library {
                reason: "texts of variable length".into(),
            },
            H5D_layout_t::H5D_COMPACT => self.compact(describer, found)?,
            H5D_layout_t::H5D_CONTIGUOUS => self.contiguous(describer, found)?,
            H5D_layout_t::H5D_CHUNKED => self.chunked(describer, found)?,
            _ => refused("has a layout that is not known; rewrite the file with h5repack"),
        };
        Ok(())
    }

    fn compact(
        &self,
        describer: &mut Describer,
        found: &DatasetDescription,
    ) -> Result<Layout, Cause> {
        if self.stored.pointers {
            return Ok(Layout::Refused {
                reason: "has values of variable length in the compact layout, which are not read; rewrite the file with `h5repack -l CONTI`".into(),
            });
        }
        let bytes = size(&found.shape, found.element.size).ok_or_else(impossible)?;
        let values = values::raw(self.id, &self.kind, bytes)?;
        describer.budget.bytes(values.len());
        Ok(Layout::Inline(values.into()))
    }

    fn contiguous(
        &self,
        describer: &mut Describer,
        found: &mut DatasetDescription,
    ) -> Result<Layout, Cause> {
        let bytes = size(&found.shape, found.element.size).ok_or_else(impossible)?;
        // SAFETY: a dataset creation list and an open dataset.
        let (external, address) = unsafe {
            (
                H5Pget_external_count(self.list.raw()),
                H5Dget_offset(self.id.raw()),
            )
        };
        if external != 0 {
            // Where a raw file ends early there are zeros, whatever the fill value.
            found.fill.fill(0);
            let raw = raw::segments(describer, found.host, &self.list, bytes);
            return Ok(match raw {
                Ok(segments) => Layout::Contiguous { segments },
                Err(reason) => refused(&reason),
            });
        }
        let mut segments = Vec::new();
        // The library adds the user block to the address of what was never written, too.
        let written = address != HADDR_UNDEF && address != HADDR_UNDEF.wrapping_add(self.base);
        if written && bytes > 0 {
            if found.stored_bytes != bytes {
                let stored = found.stored_bytes;
                return Err(Cause(format!("it has {stored} bytes instead of {bytes}")));
            }
            segments.push(Segment {
                host: found.host,
                address,
                bytes,
            });
        }
        Ok(Layout::Contiguous { segments })
    }

    fn chunked(
        &self,
        describer: &mut Describer,
        found: &DatasetDescription,
    ) -> Result<Layout, Cause> {
        if let Some(f) = found.filters.iter().find(|f| !decode::supported(f.id)) {
            return Ok(unknown(f));
        }
        let shape = &found.shape;
        let (mut chunk, mut options): (Vec<hsize_t>, c_uint) = (vec![0; shape.len()], 0);
        let rank = i32::try_from(shape.len()).map_err(|e| Cause(e.to_string()))?;
        // SAFETY: `chunk` has room for `rank` extents.
        unsafe {
            status(H5Pget_chunk(self.list.raw(), rank, chunk.as_mut_ptr()))?;
            status(H5Pget_chunk_opts(self.list.raw(), &raw mut options))?;
        }
        let limits = chunks::Limits {
            file_size: describer.files.get(found.host)?.stamp.size,
            chunks: describer.budget.chunks_left(),
        };
        let entries = chunks::entries(self.id, shape, &chunk, &limits)?;
        describer.budget.chunks(entries.len());
        Ok(Layout::Chunked(ChunkTable {
            shape: chunk,
            unfiltered_edges: options & H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS != 0,
            entries,
        }))
    }

    /// The fill value as the file stores elements; zeros where it is undefined.
    fn fill(&self, describer: &mut Describer) -> Result<Vec<u8>, Cause> {
        let element: &ElementType = &self.stored.element;
        let without = matches!(
            element.class,
            ElementClass::VariableText | ElementClass::Other(_)
        );
        if without || !describer.budget.bytes(element.size) {
            return Ok(Vec::new());
        }
        let mut value = vec![0; element.size];
        let mut defined = H5D_fill_value_t::H5D_FILL_VALUE_UNDEFINED;
        // SAFETY: `value` has room for one element of `kind`: without pointers, its form in
        // memory is the form in the file.
        unsafe {
            status(H5Pfill_value_defined(self.list.raw(), &raw mut defined))?;
            if defined == H5D_fill_value_t::H5D_FILL_VALUE_USER_DEFINED {
                if self.stored.pointers {
                    return Err(Cause("its fill value has parts of variable length".into()));
                }
                status(H5Pget_fill_value(
                    self.list.raw(),
                    self.kind.raw(),
                    value.as_mut_ptr().cast(),
                ))?;
            }
        }
        Ok(value)
    }
}

/// Bytes of all elements.
fn size(shape: &[u64], element: usize) -> Option<u64> {
    // An empty shape is empty however large its other dimensions are.
    if shape.contains(&0) {
        return Some(0);
    }
    shape
        .iter()
        .try_fold(element as u64, |n, &s| n.checked_mul(s))
}

fn impossible() -> Cause {
    Cause("its shape is impossible".into())
}

fn shape(id: &Id) -> Result<Option<Vec<u64>>, Cause> {
    // SAFETY: `id` is an open dataset.
    let space = Id::new(unsafe { H5Dget_space(id.raw()) })?;
    extent(&space)
}

/// The extent of a dataspace; `None` for the null dataspace.
pub(super) fn extent(space: &Id) -> Result<Option<Vec<u64>>, Cause> {
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
        .map(|i| filter(list, i, 64))
        .collect()
}

/// A filter with room for so many parameters, or for as many as it has.
fn filter(list: &Id, index: c_uint, room: usize) -> Result<Filter, Cause> {
    let mut values = vec![0 as c_uint; room];
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
    if count > room {
        // A filter message has 16 bits for their number.
        return match count {
            0..=0xffff => filter(list, index, count),
            _ => Err(Cause(format!("its filter {id} has {count} parameters"))),
        };
    }
    values.truncate(count);
    Ok(Filter {
        id,
        // SAFETY: the last character was left 0.
        name: unsafe { text_at(name.as_ptr()) },
        values,
    })
}

fn unknown(filter: &Filter) -> Layout {
    let known = decode::filter_name(filter.id);
    let name = match known.unwrap_or(filter.name.as_str()) {
        "" => "without a name",
        name => name,
    };
    refused(&format!(
        "is compressed with filter {} ({name}), which cannot be decoded; rewrite the file with `h5repack -f GZIP=4`",
        filter.id
    ))
}

pub(super) fn refused(reason: &str) -> Layout {
    Layout::Refused {
        reason: reason.to_owned(),
    }
}
