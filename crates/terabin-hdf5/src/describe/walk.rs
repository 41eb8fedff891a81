//! From link to link through one file, never out of it and never in circles.

use std::collections::HashMap;
use std::ffi::{CStr, c_char, c_void};
use std::mem::MaybeUninit;

use hdf5_metno_sys::h5::{H5_index_t, H5_iter_order_t, herr_t};
use hdf5_metno_sys::h5i::hid_t;
use hdf5_metno_sys::h5l::{H5L_info2_t, H5L_type_t, H5Literate2};
use hdf5_metno_sys::h5o::{H5O_INFO_BASIC, H5O_info2_t, H5O_type_t, H5Oget_info3, H5Oopen};

use super::{attribute, dataset};
use crate::description::{
    Alias, DatasetDescription, ElementClass, ElementType, FileDescription, GroupDescription, Layout,
};
use crate::library::{Cause, Id, c_text, link_access, status};

/// Groups nested deeper than this are noted and not entered.
const DEEPEST: usize = 64;

/// Describes everything that hard links reach, then what soft links add.
pub(super) fn walk(file: &Id, found: &mut FileDescription) -> Result<(), Cause> {
    let mut walk = Walk {
        file,
        access: link_access()?,
        found,
        groups: HashMap::new(),
        soft: Vec::new(),
    };
    walk.object("/".into(), 0)?;
    // Hard links first: a group goes by the path that needs no other link.
    while !walk.soft.is_empty() {
        for (path, depth) in std::mem::take(&mut walk.soft) {
            walk.noted(&path, depth);
        }
    }
    Ok(())
}

struct Walk<'a> {
    file: &'a Id,
    access: Id,
    found: &'a mut FileDescription,
    groups: HashMap<[u8; 16], String>,
    soft: Vec<(String, usize)>,
}

impl Walk<'_> {
    fn noted(&mut self, path: &str, depth: usize) {
        if let Err(Cause(cause)) = self.object(path.to_owned(), depth) {
            self.found.notes.push(format!("{path}: {cause}"));
        }
    }

    fn object(&mut self, path: String, depth: usize) -> Result<(), Cause> {
        let name = c_text(&path)?;
        // SAFETY: the file is open, and the list refuses links into other files.
        let id = Id::new(unsafe { H5Oopen(self.file.raw(), name.as_ptr(), self.access.raw()) })?;
        let (kind, token) = identity(&id)?;
        match kind {
            H5O_type_t::H5O_TYPE_GROUP => self.group(&id, path, token, depth),
            H5O_type_t::H5O_TYPE_DATASET => {
                self.dataset(&id, &path);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn dataset(&mut self, id: &Id, path: &str) {
        match dataset(id, path, self.found.size) {
            Ok(dataset) => self.found.datasets.push(dataset),
            Err(Cause(cause)) => {
                self.found.notes.push(format!("{path}: {cause}"));
                let reason =
                    format!("cannot be described: {cause}; the file is damaged: restore it");
                self.found.datasets.push(unread(path, "damaged", &reason));
            }
        }
    }

    fn group(&mut self, id: &Id, path: String, token: [u8; 16], depth: usize) -> Result<(), Cause> {
        if let Some(target) = self.groups.get(&token).cloned() {
            self.found.aliases.push(Alias { path, target });
            return Ok(());
        }
        if depth >= DEEPEST {
            return Err(Cause(format!(
                "it is nested deeper than {DEEPEST} groups and was not entered"
            )));
        }
        self.groups.insert(token, path.clone());
        self.found.groups.push(GroupDescription {
            path: path.clone(),
            attributes: attribute::attributes(id),
        });
        for link in links(id)? {
            self.link(&path, link, depth);
        }
        Ok(())
    }

    fn link(&mut self, group: &str, link: Link, depth: usize) {
        let path = match String::from_utf8(link.name) {
            Ok(name) if group == "/" => format!("/{name}"),
            Ok(name) => format!("{group}/{name}"),
            Err(e) => {
                let name = e.to_string();
                let note = format!("{group}: a link has a name that is not UTF-8 ({name})");
                return self.found.notes.push(note);
            }
        };
        match link.kind {
            HARD => self.noted(&path, depth + 1),
            SOFT => self.soft.push((path, depth + 1)),
            _ => {
                let reason = "is a link into another file, which is not followed; name that file";
                self.found.notes.push(format!("{path} {reason}"));
                self.found.datasets.push(unread(&path, "link", reason));
            }
        }
    }
}

const HARD: i32 = H5L_type_t::H5L_TYPE_HARD as i32;
const SOFT: i32 = H5L_type_t::H5L_TYPE_SOFT as i32;

struct Link {
    name: Vec<u8>,
    kind: i32,
}

fn links(group: &Id) -> Result<Vec<Link>, Cause> {
    let mut links: Vec<Link> = Vec::new();
    // SAFETY: the callback is called during this call only, with this very list.
    status(unsafe {
        H5Literate2(
            group.raw(),
            H5_index_t::H5_INDEX_NAME,
            H5_iter_order_t::H5_ITER_INC,
            std::ptr::null_mut(),
            Some(collect),
            (&raw mut links).cast::<c_void>(),
        )
    })?;
    Ok(links)
}

unsafe extern "C" fn collect(
    _group: hid_t,
    name: *const c_char,
    info: *const H5L_info2_t,
    data: *mut c_void,
) -> herr_t {
    // SAFETY: `links` passed its list. The type is read as a number because a file
    // may hold one that the enumeration does not list.
    unsafe {
        let kind = (&raw const (*info).type_).cast::<i32>().read();
        let name = CStr::from_ptr(name).to_bytes().to_vec();
        (*data.cast::<Vec<Link>>()).push(Link { name, kind });
    }
    0
}

/// What an object is, and the 16 bytes that tell it from every other in the file.
fn identity(id: &Id) -> Result<(H5O_type_t, [u8; 16]), Cause> {
    let mut info = MaybeUninit::<H5O_info2_t>::zeroed();
    // SAFETY: all zeros is a valid value; a token is 16 bytes of plain data.
    unsafe {
        status(H5Oget_info3(id.raw(), info.as_mut_ptr(), H5O_INFO_BASIC))?;
        let info = info.assume_init();
        let token = (&raw const info.token).cast::<[u8; 16]>().read();
        Ok((info.type_, token))
    }
}

/// What is listed in place of a dataset that cannot be described, and refused.
fn unread(path: &str, kind: &str, reason: &str) -> DatasetDescription {
    DatasetDescription {
        path: path.to_owned(),
        shape: Vec::new(),
        element: ElementType {
            class: ElementClass::Other(kind.to_owned()),
            size: 0,
            big_endian: false,
        },
        layout: Layout::Refused {
            reason: reason.to_owned(),
        },
        fill: Vec::new(),
        filters: Vec::new(),
        stored_bytes: 0,
        attributes: Vec::new(),
    }
}
