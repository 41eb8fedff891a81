//! Small attributes of groups and datasets.

use std::ffi::{CStr, c_char, c_void};

use hdf5_metno_sys::h5::{H5_index_t, H5_iter_order_t, herr_t};
use hdf5_metno_sys::h5a::{H5A_info_t, H5Aget_space, H5Aget_type, H5Aiterate2, H5Aopen, H5Aread};
use hdf5_metno_sys::h5i::hid_t;
use hdf5_metno_sys::h5p::H5P_DEFAULT;
use hdf5_metno_sys::h5t::{
    H5T_C_S1, H5T_NATIVE_DOUBLE, H5T_NATIVE_INT8, H5T_NATIVE_INT64, H5T_NATIVE_UINT64,
    H5T_VARIABLE, H5Tcopy, H5Tget_cset, H5Tget_size, H5Tis_variable_str, H5Treclaim, H5Tset_cset,
    H5Tset_size,
};

use super::{element, extent};
use crate::description::{Attribute, AttributeData, ElementClass};
use crate::library::{Cause, Id, c_text, status, text_at};

/// Larger ones are data, not a description.
const LARGEST: usize = 1 << 20;

/// The attributes that can be read; damaged, large and unusual ones are left out.
pub(super) fn attributes(object: &Id) -> Vec<Attribute> {
    names(object)
        .iter()
        .filter_map(|name| attribute(object, name).ok().flatten())
        .collect()
}

fn names(object: &Id) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    // SAFETY: the callback is called during this call only, with this very list.
    unsafe {
        H5Aiterate2(
            object.raw(),
            H5_index_t::H5_INDEX_NAME,
            H5_iter_order_t::H5_ITER_INC,
            std::ptr::null_mut(),
            Some(collect),
            (&raw mut names).cast::<c_void>(),
        )
    };
    names
}

unsafe extern "C" fn collect(
    _object: hid_t,
    name: *const c_char,
    _info: *const H5A_info_t,
    data: *mut c_void,
) -> herr_t {
    // SAFETY: `names` passed its list; the name is a text of the library.
    unsafe {
        if let Ok(name) = CStr::from_ptr(name).to_str() {
            (*data.cast::<Vec<String>>()).push(name.to_owned());
        }
    }
    0
}

fn attribute(object: &Id, name: &str) -> Result<Option<Attribute>, Cause> {
    let text = c_text(name)?;
    // SAFETY: an open object, and an open attribute in the two calls that follow.
    let (id, space, kind) = unsafe {
        let id = Id::new(H5Aopen(object.raw(), text.as_ptr(), H5P_DEFAULT))?;
        let space = Id::new(H5Aget_space(id.raw()))?;
        let kind = Id::new(H5Aget_type(id.raw()))?;
        (id, space, kind)
    };
    let Some(shape) = extent(&space)? else {
        return Ok(None);
    };
    let count = shape
        .iter()
        .try_fold(1_usize, |n, &s| n.checked_mul(usize::try_from(s).ok()?))
        .filter(|&n| n <= LARGEST / 8);
    let Some(count) = count else {
        return Ok(None);
    };
    Ok(value(&id, &kind, &space, count)?.map(|value| Attribute {
        name: name.to_owned(),
        shape,
        value,
    }))
}

fn value(id: &Id, kind: &Id, space: &Id, count: usize) -> Result<Option<AttributeData>, Cause> {
    let (element, _) = element::element(kind)?;
    let value = match element.class {
        ElementClass::Signed => AttributeData::Signed(numbers(id, *H5T_NATIVE_INT64, count)?),
        ElementClass::Unsigned => AttributeData::Unsigned(numbers(id, *H5T_NATIVE_UINT64, count)?),
        ElementClass::Float => AttributeData::Floats(numbers(id, *H5T_NATIVE_DOUBLE, count)?),
        ElementClass::Bool => {
            let bytes: Vec<i8> = numbers(id, *H5T_NATIVE_INT8, count)?;
            AttributeData::Bools(bytes.iter().map(|&b| b != 0).collect())
        }
        ElementClass::Text => AttributeData::Texts(texts(id, kind, space, count)?),
        ElementClass::Other(_) => return Ok(None),
    };
    Ok(Some(value))
}

fn numbers<T: bytemuck::Pod>(id: &Id, memory: hid_t, count: usize) -> Result<Vec<T>, Cause> {
    let mut values = vec![T::zeroed(); count];
    // SAFETY: `memory` is the library's name for `T`, and there is room for every element.
    status(unsafe { H5Aread(id.raw(), memory, values.as_mut_ptr().cast()) })?;
    Ok(values)
}

fn texts(id: &Id, kind: &Id, space: &Id, count: usize) -> Result<Vec<String>, Cause> {
    // SAFETY: `kind` is a string datatype.
    if unsafe { H5Tis_variable_str(kind.raw()) } > 0 {
        variable_texts(id, kind, space, count)
    } else {
        fixed_texts(id, kind, count)
    }
}

fn fixed_texts(id: &Id, kind: &Id, count: usize) -> Result<Vec<String>, Cause> {
    // SAFETY: `kind` is a string datatype of fixed size.
    let size = unsafe { H5Tget_size(kind.raw()) };
    let bytes = size.checked_mul(count).filter(|&n| n <= LARGEST);
    let bytes = bytes.ok_or_else(|| Cause("it is too large".into()))?;
    let mut buffer = vec![0_u8; bytes];
    // SAFETY: read as it is stored, with room for every element.
    status(unsafe { H5Aread(id.raw(), kind.raw(), buffer.as_mut_ptr().cast()) })?;
    Ok(buffer.chunks(size.max(1)).map(trimmed).collect())
}

fn trimmed(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|&b| b == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).trim_end().to_owned()
}

fn variable_texts(id: &Id, kind: &Id, space: &Id, count: usize) -> Result<Vec<String>, Cause> {
    let mut pointers: Vec<*mut c_char> = vec![std::ptr::null_mut(); count];
    // SAFETY: a copy of the C string type, made variable, takes one pointer for each
    // element; the texts are the library's until it reclaims them.
    unsafe {
        let memory = Id::new(H5Tcopy(*H5T_C_S1))?;
        status(H5Tset_size(memory.raw(), H5T_VARIABLE))?;
        status(H5Tset_cset(memory.raw(), H5Tget_cset(kind.raw())))?;
        status(H5Aread(
            id.raw(),
            memory.raw(),
            pointers.as_mut_ptr().cast(),
        ))?;
        let texts = pointers
            .iter()
            .map(|&p| {
                if p.is_null() {
                    String::new()
                } else {
                    text_at(p)
                }
            })
            .collect();
        H5Treclaim(
            memory.raw(),
            space.raw(),
            H5P_DEFAULT,
            pointers.as_mut_ptr().cast(),
        );
        Ok(texts)
    }
}
