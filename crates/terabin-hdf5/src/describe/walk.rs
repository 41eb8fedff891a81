//! From link to link through a file and those it names, never in circles.

use std::collections::{HashMap, HashSet};
use std::ffi::{CStr, c_char, c_void};
use std::mem::MaybeUninit;
use std::rc::Rc;

use hdf5_metno_sys::h5::{H5_index_t, H5_iter_order_t, herr_t};
use hdf5_metno_sys::h5i::hid_t;
use hdf5_metno_sys::h5l::{H5L_info2_t, H5Literate2};
use hdf5_metno_sys::h5o::{H5O_INFO_BASIC, H5O_info2_t, H5O_type_t, H5Oget_info3};

use super::dataset::{Place, dataset, refused};
use super::files::{OpenFile, Unreached};
use super::locate::{EXTERNAL, HARD, Located, SOFT, locate, object};
use super::{Describer, attribute, scales, values};
use crate::description::{
    Alias, DatasetDescription, FileDescription, GroupDescription, Layout, Unread,
};
use crate::element::{ElementClass, ElementType};
use crate::library::{Cause, Id, status};

/// Groups nested deeper than this are noted and not entered.
const DEEPEST: usize = 64;

/// The 16 bytes that tell an object from every other of its file.
pub(super) type Token = [u8; 16];

/// Describes everything that hard links reach, then what other links add.
pub(super) fn walk(describer: &mut Describer, found: &mut FileDescription) -> Result<(), Cause> {
    let file = describer.files.open(0)?;
    let mut walk = Walk {
        describer,
        found,
        groups: HashMap::new(),
        datasets: HashMap::new(),
        pandas: HashSet::new(),
        scales: Vec::new(),
        later: Vec::new(),
    };
    let root = Place {
        host: 0,
        host_path: "/".into(),
        path: "/".into(),
    };
    walk.object(&file, &object(&file.id, "/")?, &root, 0)?;
    // Hard links first: a group goes by the path that needs no other link.
    while !walk.later.is_empty() {
        for later in std::mem::take(&mut walk.later) {
            if walk.describer.budget.exceeded().is_none() {
                walk.follow(later);
            }
        }
    }
    walk.name_scales();
    Ok(())
}

struct Walk<'a> {
    describer: &'a mut Describer,
    found: &'a mut FileDescription,
    groups: HashMap<(usize, Token), String>,
    datasets: HashMap<(usize, Token), usize>,
    /// Groups that pandas wrote.
    pandas: HashSet<String>,
    /// Datasets and the scales of their dimensions.
    scales: Vec<(usize, Vec<Option<Token>>)>,
    later: Vec<Later>,
}

/// A link that is followed when all hard links are.
struct Later {
    place: Place,
    external: bool,
    depth: usize,
}

impl Walk<'_> {
    fn note(&mut self, path: &str, cause: &str) {
        self.found.notes.push(format!("{path}: {cause}"));
    }

    /// Notes an object of which something may be missing from the description.
    fn unread(&mut self, path: &str, reason: String, damaged: bool) {
        self.note(path, &reason);
        self.found.unread.push(Unread {
            path: path.to_owned(),
            reason,
            damaged,
        });
    }

    /// Lists a dataset, or what may be one, as damaged.
    fn damaged(&mut self, place: &Place, cause: String) {
        let reason = format!("cannot be described: {cause}; the file is damaged: restore it");
        self.unread(&place.path, cause, true);
        self.found.datasets.push(unread(place, "damaged", &reason));
    }

    fn object(
        &mut self,
        file: &Rc<OpenFile>,
        id: &Id,
        place: &Place,
        depth: usize,
    ) -> Result<(), Cause> {
        let (kind, token) = identity(id)?;
        match kind {
            H5O_type_t::H5O_TYPE_GROUP => self.group(file, id, place, token, depth),
            H5O_type_t::H5O_TYPE_DATASET => {
                self.dataset(file, id, place, token);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn dataset(&mut self, file: &OpenFile, id: &Id, place: &Place, token: Token) {
        let number = self.found.datasets.len();
        let key = (place.host, token);
        let known = self.datasets.get(&key);
        if let Some(known) = known.and_then(|&k| self.found.datasets.get(k)) {
            let again = DatasetDescription {
                path: place.path.clone(),
                host_path: place.host_path.clone(),
                ..known.clone()
            };
            if let Layout::Chunked(table) = &again.layout {
                self.describer.budget.chunks(table.entries.len());
            }
            return self.found.datasets.push(again);
        }
        match self.described(file, id, place) {
            Ok((dataset, scales)) => {
                if !scales.is_empty() {
                    self.scales.push((number, scales));
                }
                self.datasets.insert(key, number);
                self.found.datasets.push(dataset);
            }
            Err(Cause(cause)) => self.damaged(place, cause),
        }
    }

    fn described(
        &mut self,
        file: &OpenFile,
        id: &Id,
        place: &Place,
    ) -> Result<(DatasetDescription, Vec<Option<Token>>), Cause> {
        let mut found = dataset(self.describer, place, file, id)?;
        if let Some(cause) = self.describer.damage.take() {
            self.unread(&place.path, cause, true);
        }
        let (attributes, damage) = attribute::attributes(id, &mut self.describer.budget);
        found.attributes = attributes;
        match damage {
            // Values may mean another thing without: they have a scale, a unit, a fill value.
            Some(damage) if !self.describer.raw_values => return Err(damage),
            Some(Cause(cause)) => self.note(&place.path, &cause),
            None => {}
        }
        let scales = scales::scales(id, found.shape.len())?;
        let name = found.name();
        let listed = name.ends_with("_items") || matches!(name, "axis0" | "axis1");
        let readable = !matches!(found.layout, Layout::Refused { .. } | Layout::Virtual(_));
        if readable && (listed || self.pandas.contains(found.group())) {
            match values::texts(id, &found) {
                Ok(texts) => found.texts = texts,
                Err(Cause(cause)) => self.unread(&place.path, cause, true),
            }
            let bytes = found.texts.iter().map(String::len).sum();
            self.describer.budget.bytes(bytes);
        }
        Ok((found, scales))
    }

    fn group(
        &mut self,
        file: &Rc<OpenFile>,
        id: &Id,
        place: &Place,
        token: Token,
        depth: usize,
    ) -> Result<(), Cause> {
        let path = place.path.clone();
        if let Some(target) = self.groups.get(&(place.host, token)).cloned() {
            self.found.aliases.push(Alias { path, target });
            return Ok(());
        }
        if depth >= DEEPEST {
            let cause = format!("it is nested deeper than {DEEPEST} groups and was not entered");
            self.note(&path, &cause);
            return Ok(());
        }
        self.groups.insert((place.host, token), path.clone());
        let (attributes, damage) = attribute::attributes(id, &mut self.describer.budget);
        if let Some(Cause(cause)) = damage {
            self.unread(&path, cause, true);
        }
        if attributes.iter().any(|a| a.name == "pandas_type") {
            self.pandas.insert(path.clone());
        }
        self.found
            .groups
            .push(GroupDescription { path, attributes });
        let (links, done) = links(id);
        for link in links {
            if !self.describer.budget.object() {
                break;
            }
            self.link(file, id, place, link, depth + 1);
        }
        match done {
            Err(Cause(cause)) if depth > 0 => self.unread(&place.path, cause, true),
            done => return done,
        }
        Ok(())
    }

    fn link(&mut self, file: &Rc<OpenFile>, group: &Id, parent: &Place, link: Link, depth: usize) {
        let name = match String::from_utf8(link.name) {
            Ok(name) => name,
            Err(e) => {
                let cause = format!("a link has a name that is not UTF-8 ({e})");
                return self.note(&parent.path, &cause);
            }
        };
        let place = Place {
            host: parent.host,
            host_path: below(&parent.host_path, &name),
            path: below(&parent.path, &name),
        };
        match link.kind {
            HARD => {
                let done =
                    object(group, &name).and_then(|id| self.object(file, &id, &place, depth));
                if let Err(Cause(cause)) = done {
                    self.damaged(&place, cause);
                }
            }
            SOFT | EXTERNAL => self.later.push(Later {
                place,
                external: link.kind == EXTERNAL,
                depth,
            }),
            kind => {
                let cause = format!("is a link of the unknown kind {kind}");
                self.unread(&place.path, cause, true);
            }
        }
    }

    fn follow(&mut self, later: Later) {
        let place = later.place;
        let located = locate(&mut self.describer.files, place.host, &place.host_path);
        let done = located.and_then(|to| {
            let place = arrived(&place, &to);
            Ok(self.object(&to.file, &to.id, &place, later.depth)?)
        });
        let Err(unreached) = done else {
            return;
        };
        let reason = format!("is a link that {unreached}");
        let damaged = matches!(unreached, Unreached::Damaged(_));
        // A soft link to nothing is as good as none: it may be written before its target.
        if damaged || later.external || matches!(unreached, Unreached::Outside { .. }) {
            self.found.datasets.push(unread(&place, "link", &reason));
            self.unread(&place.path, reason, damaged);
        } else {
            self.note(&place.path, &unreached.to_string());
        }
    }

    /// Puts the paths of scales where their tokens stood.
    fn name_scales(&mut self) {
        for (number, tokens) in std::mem::take(&mut self.scales) {
            let datasets = &mut self.found.datasets;
            let Some(host) = datasets.get(number).map(|d| d.host) else {
                continue;
            };
            let path = |token: Option<Token>| {
                let known = self.datasets.get(&(host, token?))?;
                Some(datasets.get(*known)?.path.clone())
            };
            let paths = tokens.into_iter().map(path).collect();
            if let Some(dataset) = datasets.get_mut(number) {
                dataset.scales = paths;
            }
        }
    }
}

/// The place of a link, in the file where it leads.
fn arrived(link: &Place, to: &Located) -> Place {
    Place {
        host: to.host,
        host_path: to.path.clone(),
        path: link.path.clone(),
    }
}

fn below(group: &str, name: &str) -> String {
    match group {
        "/" => format!("/{name}"),
        _ => format!("{group}/{name}"),
    }
}

struct Link {
    name: Vec<u8>,
    kind: i32,
}

/// The links of a group, as far as they can be read.
fn links(group: &Id) -> (Vec<Link>, Result<(), Cause>) {
    let mut links: Vec<Link> = Vec::new();
    // SAFETY: the callback is called during this call only, with this very list.
    let done = status(unsafe {
        H5Literate2(
            group.raw(),
            H5_index_t::H5_INDEX_NAME,
            H5_iter_order_t::H5_ITER_INC,
            std::ptr::null_mut(),
            Some(collect),
            (&raw mut links).cast::<c_void>(),
        )
    });
    (links, done)
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

/// Whether an object is a dataset.
pub(super) fn is_dataset(id: &Id) -> Result<bool, Cause> {
    Ok(identity(id)?.0 == H5O_type_t::H5O_TYPE_DATASET)
}

/// What an object is, and its token.
fn identity(id: &Id) -> Result<(H5O_type_t, Token), Cause> {
    let mut info = MaybeUninit::<H5O_info2_t>::zeroed();
    // SAFETY: all zeros is a valid value; a token is 16 bytes of plain data.
    unsafe {
        status(H5Oget_info3(id.raw(), info.as_mut_ptr(), H5O_INFO_BASIC))?;
        let info = info.assume_init();
        let token = (&raw const info.token).cast::<Token>().read();
        Ok((info.type_, token))
    }
}

/// What is listed in place of a dataset that cannot be described, and refused.
fn unread(place: &Place, kind: &str, reason: &str) -> DatasetDescription {
    DatasetDescription {
        path: place.path.clone(),
        host: place.host,
        host_path: place.host_path.clone(),
        shape: Vec::new(),
        element: ElementType {
            class: ElementClass::Other(kind.to_owned()),
            size: 0,
            big_endian: false,
            bits: None,
        },
        layout: refused(reason),
        fill: Vec::new(),
        filters: Vec::new(),
        stored_bytes: 0,
        attributes: Vec::new(),
        texts: Vec::new(),
        scales: Vec::new(),
    }
}
