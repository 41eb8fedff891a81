//! Small attributes of groups and datasets.

use std::ffi::{CStr, c_char, c_void};

use hdf5_metno_sys::h5::{H5_index_t, H5_iter_order_t, herr_t};
use hdf5_metno_sys::h5a::{H5A_info_t, H5Aget_space, H5Aget_type, H5Aiterate2, H5Aopen, H5Aread};
use hdf5_metno_sys::h5f::H5Fget_filesize;
use hdf5_metno_sys::h5i::{H5Iget_file_id, hid_t};
use hdf5_metno_sys::h5p::H5P_DEFAULT;
use hdf5_metno_sys::h5t::{
    H5T_NATIVE_B64, H5T_NATIVE_DOUBLE, H5T_NATIVE_INT8, H5T_NATIVE_INT64, H5T_NATIVE_UINT64,
    H5Tget_size,
};

use super::budget::Budget;
use super::dataset::extent;
use super::{element, values};
use crate::description::{Attribute, AttributeData};
use crate::element::{ElementClass, Padding};
use crate::library::{Cause, Id, c_text, status};
use crate::variable_texts::{VariableTexts, variable_texts};

/// Larger ones are data, not a description.
const LARGEST: usize = 1 << 20;
/// The most texts of variable length.
const MOST_TEXTS: usize = 4096;

/// The attributes of an object, and what is damaged of them; large and unusual ones are
/// left out.
pub(super) fn attributes(object: &Id, budget: &mut Budget) -> (Vec<Attribute>, Option<Cause>) {
    let (names, done) = names(object);
    let mut damage = done.err().map(|Cause(c)| format!("its attributes: {c}"));
    let mut found = Vec::new();
    for name in names {
        if !budget.object() {
            break;
        }
        match attribute(object, &name) {
            Ok(None) => {}
            Ok(Some(attribute)) if budget.bytes(memory(&attribute)) => found.push(attribute),
            Ok(Some(_)) => break,
            Err(Cause(cause)) => {
                damage.get_or_insert(format!("its attribute {name}: {cause}"));
            }
        }
    }
    (found, damage.map(Cause))
}

fn memory(attribute: &Attribute) -> usize {
    let values = match &attribute.value {
        AttributeData::Texts(v) => v.iter().map(|t| t.len() + size_of::<String>()).sum(),
        AttributeData::Signed(v) => size_of_val(v.as_slice()),
        AttributeData::Unsigned(v) => size_of_val(v.as_slice()),
        AttributeData::Floats(v) => size_of_val(v.as_slice()),
        AttributeData::Bools(v) => v.len(),
    };
    attribute.name.len() + values
}

fn names(object: &Id) -> (Vec<String>, Result<(), Cause>) {
    let mut names: Vec<String> = Vec::new();
    // SAFETY: the callback is called during this call only, with this very list.
    let done = status(unsafe {
        H5Aiterate2(
            object.raw(),
            H5_index_t::H5_INDEX_NAME,
            H5_iter_order_t::H5_ITER_INC,
            std::ptr::null_mut(),
            Some(collect),
            (&raw mut names).cast::<c_void>(),
        )
    });
    (names, done)
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

/// An open attribute.
pub(super) struct Opened {
    pub(super) id: Id,
    pub(super) space: Id,
    pub(super) kind: Id,
}

/// Opens the attribute `name` of an object.
pub(super) fn open(object: &Id, name: &str) -> Result<Opened, Cause> {
    let text = c_text(name)?;
    // SAFETY: an open object, and an open attribute in the two calls that follow.
    unsafe {
        let id = Id::new(H5Aopen(object.raw(), text.as_ptr(), H5P_DEFAULT))?;
        let space = Id::new(H5Aget_space(id.raw()))?;
        let kind = Id::new(H5Aget_type(id.raw()))?;
        Ok(Opened { id, space, kind })
    }
}

fn attribute(object: &Id, name: &str) -> Result<Option<Attribute>, Cause> {
    let opened = open(object, name)?;
    let Some(shape) = extent(&opened.space)? else {
        return Ok(None);
    };
    let count = shape
        .iter()
        .try_fold(1_usize, |n, &s| n.checked_mul(usize::try_from(s).ok()?))
        .filter(|&n| n <= LARGEST / 8);
    let Some(count) = count else {
        return Ok(None);
    };
    Ok(value(&opened, count)?.map(|value| Attribute {
        name: name.to_owned(),
        shape,
        value,
    }))
}

/// The values; none where they are unusual. They come from the file when an attribute is
/// opened, all but texts of variable length: what cannot be read then is not damaged, but
/// of a type that cannot be converted.
fn value(opened: &Opened, count: usize) -> Result<Option<AttributeData>, Cause> {
    // The size of addresses matters for no class that is read.
    let element = element::element(&opened.kind, 8)?.element;
    let id = &opened.id;
    Ok(match element.class {
        ElementClass::Signed => numbers(id, *H5T_NATIVE_INT64, count).map(AttributeData::Signed),
        // The library converts no bit field to an integer.
        ElementClass::Unsigned if element.bits.is_some() => numbers(id, *H5T_NATIVE_B64, count)
            .or_else(|| numbers(id, *H5T_NATIVE_UINT64, count))
            .map(AttributeData::Unsigned),
        ElementClass::Unsigned => {
            numbers(id, *H5T_NATIVE_UINT64, count).map(AttributeData::Unsigned)
        }
        ElementClass::Float => numbers(id, *H5T_NATIVE_DOUBLE, count).map(AttributeData::Floats),
        ElementClass::Bool => numbers(id, *H5T_NATIVE_INT8, count)
            .map(|bytes: Vec<i8>| AttributeData::Bools(bytes.iter().map(|&b| b != 0).collect())),
        ElementClass::Text(padding) => fixed(opened, count, padding).map(AttributeData::Texts),
        ElementClass::VariableText if count <= MOST_TEXTS => {
            variable(opened, count)?.map(AttributeData::Texts)
        }
        _ => None,
    })
}

fn numbers<T: bytemuck::Pod>(id: &Id, memory: hid_t, count: usize) -> Option<Vec<T>> {
    let mut values = vec![T::zeroed(); count];
    // SAFETY: `memory` is the library's name for `T`, and there is room for every element.
    let read = unsafe { H5Aread(id.raw(), memory, values.as_mut_ptr().cast()) };
    (read >= 0).then_some(values)
}

fn fixed(opened: &Opened, count: usize, padding: Padding) -> Option<Vec<String>> {
    // SAFETY: `kind` is a string datatype of fixed size.
    let size = unsafe { H5Tget_size(opened.kind.raw()) };
    let bytes = size.checked_mul(count).filter(|&n| n <= LARGEST)?;
    let mut buffer = vec![0_u8; bytes];
    let place = buffer.as_mut_ptr().cast();
    // SAFETY: read as it is stored, with room for every element.
    let read = unsafe { H5Aread(opened.id.raw(), opened.kind.raw(), place) };
    // Words for people and programs: nothing hangs on spaces at their end.
    let text = |t: &[u8]| values::text(t, padding).trim_end().to_owned();
    (read >= 0).then(|| buffer.chunks(size.max(1)).map(text).collect())
}

fn variable(opened: &Opened, count: usize) -> Result<Option<Vec<String>>, Cause> {
    // SAFETY: `place` has room for what `memory` is, once for each element, in both calls.
    let read =
        |memory: &Id, place: *mut c_void| unsafe { H5Aread(opened.id.raw(), memory.raw(), place) };
    let (kind, space) = (&opened.kind, &opened.space);
    match variable_texts(kind, space, count, LARGEST as u64, read)? {
        VariableTexts::Read(texts) => Ok(Some(texts.iter().map(|t| values::lossy(t)).collect())),
        VariableTexts::TooLong(bytes) if bytes <= file_size(&opened.id)? => Ok(None),
        VariableTexts::TooLong(bytes) => {
            Err(Cause(format!("its texts claim to have {bytes} bytes")))
        }
    }
}

fn file_size(attribute: &Id) -> Result<u64, Cause> {
    let mut bytes = 0;
    // SAFETY: an open attribute, and its file.
    unsafe {
        let file = Id::new(H5Iget_file_id(attribute.raw()))?;
        status(H5Fget_filesize(file.raw(), &raw mut bytes))?;
    }
    Ok(bytes)
}
