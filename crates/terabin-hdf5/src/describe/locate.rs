//! From a path to the object there, through links of every kind.

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::rc::Rc;

use hdf5_metno_sys::h5l::{H5L_info2_t, H5L_type_t, H5Lexists, H5Lget_info2, H5Lget_val};
use hdf5_metno_sys::h5o::H5Oopen;
use hdf5_metno_sys::h5p::H5P_DEFAULT;

use super::files::{Files, OpenFile, Unreached};
use crate::library::{Cause, Id, c_text, status};

/// As many links are followed one after the other as the library follows.
const HOPS: usize = 16;
/// The longest text of a link.
const LONGEST: usize = 1 << 16;

pub(super) const HARD: i32 = H5L_type_t::H5L_TYPE_HARD as i32;
pub(super) const SOFT: i32 = H5L_type_t::H5L_TYPE_SOFT as i32;
pub(super) const EXTERNAL: i32 = H5L_type_t::H5L_TYPE_EXTERNAL as i32;

/// An open object and where it is.
pub(super) struct Located {
    pub(super) host: usize,
    pub(super) path: String,
    /// Before the file, so that it is released before it.
    pub(super) id: Id,
    pub(super) file: Rc<OpenFile>,
}

/// The object that `path` of a host leads to, in that file or another.
pub(super) fn locate(files: &mut Files, host: usize, path: &str) -> Result<Located, Unreached> {
    let (mut host, mut path) = (host, path.to_owned());
    for _ in 0..=HOPS {
        path = joined(&[&path]);
        let file = files.open(host)?;
        match object(&file.id, &path) {
            Ok(id) => {
                return Ok(Located {
                    host,
                    path,
                    id,
                    file,
                });
            }
            Err(cause) => (host, path) = next(files, &file, host, &path, cause)?,
        }
    }
    let reason = format!("leads through more than {HOPS} links");
    Err(Unreached::Broken(reason))
}

/// Opens an object; never one of another file.
pub(super) fn object(place: &Id, path: &str) -> Result<Id, Cause> {
    let name = c_text(path)?;
    // SAFETY: an open file or group.
    Id::new(unsafe { H5Oopen(place.raw(), name.as_ptr(), H5P_DEFAULT) })
}

/// Where the first link on the way leads that is not a hard one.
fn next(
    files: &mut Files,
    file: &OpenFile,
    host: usize,
    path: &str,
    cause: Cause,
) -> Result<(usize, String), Unreached> {
    let mut known = String::new();
    for (at, part) in path.match_indices('/').zip(path.split('/').skip(1)) {
        let here = format!("{known}/{part}");
        let rest = path.get(at.0 + 1 + part.len()..).unwrap_or_default();
        match link(file, &here)? {
            Link::Hard => known = here,
            Link::Soft(target) if target.starts_with('/') => {
                return Ok((host, joined(&[&target, rest])));
            }
            Link::Soft(target) => return Ok((host, joined(&[&known, &target, rest]))),
            Link::External { name, path } => {
                let host = files.resolve(host, &name)?;
                return Ok((host, joined(&[&path, rest])));
            }
        }
    }
    Err(cause.into())
}

/// One path from the root, without empty parts.
fn joined(paths: &[&str]) -> String {
    let parts = paths.iter().flat_map(|p| p.split('/'));
    let parts = parts.filter(|p| !p.is_empty() && *p != ".");
    let path = parts.fold(String::new(), |path, part| path + "/" + part);
    if path.is_empty() { "/".into() } else { path }
}

enum Link {
    Hard,
    Soft(String),
    External { name: Vec<u8>, path: String },
}

/// The link at a path whose groups are all there.
fn link(file: &OpenFile, path: &str) -> Result<Link, Unreached> {
    let name = c_text(path)?;
    let mut info = MaybeUninit::<H5L_info2_t>::zeroed();
    // SAFETY: the file is open; all zeros is a valid value. The type is read as a number
    // because a file may hold one that the enumeration does not list, and the length only
    // for links that have one.
    let (kind, length) = unsafe {
        match H5Lexists(file.id.raw(), name.as_ptr(), H5P_DEFAULT) {
            0 => return Err(Unreached::Missing(path.to_owned())),
            found => status(found)?,
        }
        let place = info.as_mut_ptr();
        status(H5Lget_info2(
            file.id.raw(),
            name.as_ptr(),
            place,
            H5P_DEFAULT,
        ))?;
        let kind = (&raw const (*place).type_).cast::<i32>().read();
        (
            kind,
            if kind == HARD {
                0
            } else {
                (&raw const (*place).u).cast::<usize>().read()
            },
        )
    };
    if kind == HARD {
        return Ok(Link::Hard);
    }
    if length == 0 || length > LONGEST {
        return Err(Unreached::Broken(format!(
            "leads to {path}, which is a damaged link"
        )));
    }
    let mut value = vec![0_u8; length];
    let place = value.as_mut_ptr().cast::<c_void>();
    // SAFETY: `value` has `length` bytes.
    status(unsafe { H5Lget_val(file.id.raw(), name.as_ptr(), place, length, H5P_DEFAULT) })?;
    match kind {
        SOFT => Ok(Link::Soft(utf8(value.split(|&b| b == 0).next())?)),
        EXTERNAL => external(&value),
        _ => Err(Unreached::Broken(format!(
            "leads to {path}, which is a link of a kind that is not known"
        ))),
    }
}

/// A byte of version and flags, which are all 0, the name of the file, and the path there,
/// both ended by a NUL.
fn external(value: &[u8]) -> Result<Link, Unreached> {
    let damaged = || Unreached::Broken("is a damaged external link".into());
    let texts = value.strip_prefix(&[0]).ok_or_else(damaged)?;
    let mut texts = texts.split(|&b| b == 0);
    match (texts.next(), texts.next(), texts.next()) {
        (Some(name), path @ Some(_), Some(_)) => Ok(Link::External {
            name: name.to_vec(),
            path: utf8(path)?,
        }),
        _ => Err(damaged()),
    }
}

fn utf8(text: Option<&[u8]>) -> Result<String, Unreached> {
    let text = text.unwrap_or_default().to_vec();
    String::from_utf8(text)
        .map_err(|e| Unreached::Broken(format!("has a path that is not UTF-8: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_have_one_form() {
        assert_eq!(joined(&["/a//b/./c", "d/"]), "/a/b/c/d");
        assert_eq!(joined(&["", "x"]), "/x");
        assert_eq!(joined(&["/", "."]), "/");
    }

    #[test]
    fn external_links_are_two_texts() {
        let link = external(b"\0file.h5\0/a/b\0");
        assert!(
            matches!(link, Ok(Link::External { name, path }) if name == b"file.h5" && path == "/a/b")
        );
        for damaged in [
            &b""[..],
            b"\0",
            b"\0a\0",
            b"\0a\0b",
            b"\x01a\0b\0",
            b"\0a\0\xff\0",
        ] {
            assert!(external(damaged).is_err(), "{damaged:?}");
        }
    }
}
