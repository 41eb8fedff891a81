//! Values that are read with the description: compact ones, and short lists of texts.

use std::ffi::c_void;

use hdf5_metno_sys::h5d::{H5Dget_space, H5Dget_type, H5Dread};
use hdf5_metno_sys::h5p::H5P_DEFAULT;
use hdf5_metno_sys::h5s::H5S_ALL;

use crate::description::DatasetDescription;
use crate::element::{ElementClass, Padding};
use crate::library::{Cause, Id, status};
use crate::variable_texts::{VariableTexts, variable_texts};

/// Compact values are never larger, and longer lists of texts are data.
const LARGEST: u64 = 64 << 10;
/// The most texts of a list.
const MOST: u64 = 4096;

/// All values of a dataset whose type has no pointers, as the file stores them.
pub(super) fn raw(id: &Id, kind: &Id, bytes: u64) -> Result<Vec<u8>, Cause> {
    let bytes = usize::try_from(bytes).ok().filter(|&b| b as u64 <= LARGEST);
    let bytes = bytes.ok_or_else(|| Cause("it is too large for its layout".into()))?;
    let mut values = vec![0_u8; bytes];
    if bytes > 0 {
        // SAFETY: `kind` is the dataset's own type: nothing is converted, and there is room
        // for every element.
        status(unsafe {
            H5Dread(
                id.raw(),
                kind.raw(),
                H5S_ALL,
                H5S_ALL,
                H5P_DEFAULT,
                values.as_mut_ptr().cast(),
            )
        })?;
    }
    Ok(values)
}

/// The values of a short list of texts; none where it is something else.
pub(super) fn texts(id: &Id, found: &DatasetDescription) -> Result<Vec<String>, Cause> {
    let count = found.shape.first().copied().unwrap_or(1);
    if found.shape.len() > 1 || count > MOST {
        return Ok(Vec::new());
    }
    // SAFETY: `id` is an open dataset.
    let kind = Id::new(unsafe { H5Dget_type(id.raw()) })?;
    match found.element.class {
        ElementClass::Text(padding) => {
            let bytes = count.saturating_mul(found.element.size as u64);
            if bytes > LARGEST {
                return Ok(Vec::new());
            }
            let values = raw(id, &kind, bytes)?;
            let texts = values.chunks(found.element.size.max(1));
            Ok(texts.map(|t| text(t, padding)).collect())
        }
        ElementClass::VariableText => variable(id, &kind, usize::try_from(count).unwrap_or(0)),
        _ => Ok(Vec::new()),
    }
}

/// A fixed text without its padding.
pub(super) fn text(bytes: &[u8], padding: Padding) -> String {
    lossy(padding.strip(bytes))
}

fn variable(id: &Id, kind: &Id, count: usize) -> Result<Vec<String>, Cause> {
    // SAFETY: an open dataset.
    let space = Id::new(unsafe { H5Dget_space(id.raw()) })?;
    // SAFETY: `place` has room for what `memory` is, once for each element, in both calls.
    let read = |memory: &Id, place: *mut c_void| unsafe {
        H5Dread(id.raw(), memory.raw(), H5S_ALL, H5S_ALL, H5P_DEFAULT, place)
    };
    Ok(match variable_texts(kind, &space, count, LARGEST, read)? {
        VariableTexts::Read(texts) => texts.iter().map(|t| lossy(t)).collect(),
        VariableTexts::TooLong(_) => Vec::new(),
    })
}

/// Words for people and programs: what is not UTF-8 is replaced.
pub(super) fn lossy(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_texts_end_where_their_padding_begins() {
        assert_eq!(text(b"a b\0c ", Padding::NulTerminated), "a b");
        assert_eq!(text(b"a\0b \0\0", Padding::Nuls), "a\0b ");
        assert_eq!(text(b" a b  ", Padding::Spaces), " a b");
        assert_eq!(text(b"\0\0", Padding::Nuls), "");
        assert_eq!(text(b"abc", Padding::NulTerminated), "abc");
    }
}
