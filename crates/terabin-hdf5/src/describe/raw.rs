//! Values in external raw files: which bytes of which files.

use std::ffi::c_char;

use hdf5_metno_sys::h5f::H5F_UNLIMITED;
use hdf5_metno_sys::h5p::{H5Pget_external, H5Pget_external_count};

use super::Describer;
use crate::description::Segment;
use crate::library::{Id, status};

/// The longest name of a raw file.
const LONGEST: usize = 4096;

/// The segments of a dataset of `bytes` bytes, or why they cannot be had.
///
/// As in the library, a missing file is an error, and what lies beyond the end of a file
/// is zeros. Only at the end of the dataset: a file in the middle that is too short is
/// cut short, not unwritten.
pub(super) fn segments(
    describer: &mut Describer,
    host: usize,
    list: &Id,
    bytes: u64,
) -> Result<Vec<Segment>, String> {
    // SAFETY: `list` is a dataset creation list.
    let count = unsafe { H5Pget_external_count(list.raw()) };
    let mut left = bytes;
    let mut segments = Vec::new();
    for i in 0..u32::try_from(count).unwrap_or(0) {
        if left == 0 || !describer.budget.object() {
            break;
        }
        let part = part(list, i)?;
        let wanted = part.bytes.min(left);
        left -= wanted;
        let name = String::from_utf8_lossy(&part.name).into_owned();
        let raw = describer.files.resolve(host, &part.name);
        let raw = raw.map_err(|e| format!("keeps its values in {name}, which {e}"))?;
        let file = describer.files.get(raw).map_err(|c| c.0)?;
        let there = file.stamp.size.saturating_sub(part.offset).min(wanted);
        if there < wanted && left > 0 {
            return Err(format!(
                "keeps its values in {}, which ends {} bytes early; restore that file",
                file.path.display(),
                wanted - there
            ));
        }
        if there > 0 {
            segments.push(Segment {
                host: raw,
                address: part.offset,
                bytes: there,
            });
        }
    }
    if left > 0 {
        return Err(format!(
            "keeps its values in raw files that have {left} of {bytes} bytes too few; the file is damaged: restore it"
        ));
    }
    Ok(segments)
}

struct Part {
    name: Vec<u8>,
    offset: u64,
    bytes: u64,
}

fn part(list: &Id, index: u32) -> Result<Part, String> {
    let mut name = vec![0_u8; LONGEST];
    let (mut offset, mut bytes) = (0, 0);
    // SAFETY: the library writes at most `LONGEST` characters of the name.
    status(unsafe {
        H5Pget_external(
            list.raw(),
            index,
            name.len(),
            name.as_mut_ptr().cast::<c_char>(),
            &raw mut offset,
            &raw mut bytes,
        )
    })
    .map_err(|c| c.0)?;
    let end = name.iter().position(|&b| b == 0);
    let offset = u64::try_from(offset).ok();
    match (end.and_then(|e| name.get(..e)), offset) {
        (Some(name), Some(offset)) => Ok(Part {
            name: name.to_vec(),
            offset,
            bytes: if bytes == H5F_UNLIMITED {
                u64::MAX
            } else {
                bytes
            },
        }),
        _ => Err("names a raw file that cannot be; the file is damaged: restore it".into()),
    }
}
