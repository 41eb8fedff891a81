//! The files of one description: found, checked, and only then opened.
//!
//! The library never opens a file on behalf of another: what a file names is resolved
//! here. Environment variables have no say in where.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use hdf5_metno_sys::h5f::H5Fget_create_plist;
use hdf5_metno_sys::h5p::{H5Pget_sizes, H5Pget_userblock};

use crate::description::{Host, Stamp};
use crate::library::{Cause, Id, open, status};
use crate::open_options::OpenOptions;

/// No more files are open at once, beside the input.
const MOST: usize = 128;

/// An open file.
pub(super) struct OpenFile {
    pub(super) id: Id,
    /// Bytes of an address in it.
    pub(super) address_bytes: usize,
    /// Bytes before its address 0: those of a user block.
    pub(super) base: u64,
}

/// Why a file or object that another names cannot be had, to follow "which".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unreached {
    /// It does not exist.
    #[error("leads to {0}, which does not exist")]
    Missing(String),
    /// It lies where it may not be read.
    #[error(
        "lies in {}, outside the folder of the file that names it, {}; allow it with --allow-external {}",
        target.display(), folder.display(), allow.display()
    )]
    Outside {
        target: PathBuf,
        folder: PathBuf,
        allow: PathBuf,
    },
    /// It is not what it should be.
    #[error("{0}")]
    Broken(String),
    /// It cannot be read.
    #[error("cannot be opened: {0}")]
    Damaged(String),
}

impl From<Cause> for Unreached {
    fn from(Cause(cause): Cause) -> Self {
        Self::Damaged(cause)
    }
}

/// The hosts of a description, and those that are open.
pub(super) struct Files {
    allowed: Vec<PathBuf>,
    hosts: Vec<Arc<Host>>,
    numbers: HashMap<(u64, u64), usize>,
    open: Vec<(usize, Rc<OpenFile>)>,
}

impl Files {
    /// The input is host 0.
    pub(super) fn new(path: &Path, options: &OpenOptions) -> io::Result<Self> {
        let folders = options.allow_external.iter();
        let mut files = Self {
            allowed: folders.filter_map(|f| fs::canonicalize(f).ok()).collect(),
            hosts: Vec::new(),
            numbers: HashMap::new(),
            open: Vec::new(),
        };
        files.host(path.to_owned(), &fs::metadata(path)?);
        Ok(files)
    }

    pub(super) fn into_hosts(self) -> Vec<Arc<Host>> {
        self.hosts
    }

    pub(super) fn get(&self, host: usize) -> Result<&Host, Cause> {
        let host = self.hosts.get(host);
        host.map(|h| &**h)
            .ok_or_else(|| Cause("it names no file".into()))
    }

    /// The file that `naming` calls `name`: relative to the folder of `naming`, as it is
    /// written or where links lead; there, below it or in an allowed folder; a regular
    /// file.
    pub(super) fn resolve(&mut self, naming: usize, name: &[u8]) -> Result<usize, Unreached> {
        let from = self.get(naming)?.path.clone();
        let name = Path::new(OsStr::from_bytes(name));
        let written = from.parent().unwrap_or(Path::new(""));
        let real = fs::canonicalize(&from).unwrap_or_else(|_| from.clone());
        let real = real.parent().unwrap_or(Path::new("/"));
        let target = fs::canonicalize(here(written).join(name))
            .or_else(|first| fs::canonicalize(real.join(name)).map_err(|e| [first, e]))
            .map_err(|errors| unfound(&written.join(name), errors))?;
        let folder = fs::canonicalize(here(written)).ok();
        let inside = |f: &Path| target.starts_with(f);
        if !folder.as_deref().is_some_and(inside)
            && !inside(real)
            && !self.allowed.iter().any(|f| inside(f))
        {
            return Err(outside(&target, real));
        }
        let meta = fs::metadata(&target)
            .map_err(|e| broken(&target, &format!("cannot be looked at: {e}")))?;
        if !meta.is_file() {
            return Err(broken(&target, "is not a regular file"));
        }
        Ok(self.host(target, &meta))
    }

    fn host(&mut self, path: PathBuf, meta: &fs::Metadata) -> usize {
        let stamp = Stamp::of(meta);
        let hosts = &mut self.hosts;
        *self.numbers.entry(stamp.identity).or_insert_with(|| {
            hosts.push(Arc::new(Host { path, stamp }));
            hosts.len() - 1
        })
    }

    /// Opens a host, unless it is open.
    pub(super) fn open(&mut self, host: usize) -> Result<Rc<OpenFile>, Cause> {
        if let Some((_, file)) = self.open.iter().find(|(h, _)| *h == host) {
            return Ok(Rc::clone(file));
        }
        let path = &self.get(host)?.path;
        let id = open(path).map_err(|Cause(c)| Cause(format!("{}: {c}", path.display())))?;
        let (address_bytes, base) = addresses(&id)?;
        let file = Rc::new(OpenFile {
            id,
            address_bytes,
            base,
        });
        if self.open.len() > MOST {
            // The input stays open.
            self.open.remove(1);
        }
        self.open.push((host, Rc::clone(&file)));
        Ok(file)
    }
}

/// The folder of a bare name.
fn here(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    }
}

/// Only what is known not to exist is missing: that may stand for fill values.
fn unfound(path: &Path, errors: [io::Error; 2]) -> Unreached {
    use io::ErrorKind as Kind;
    let other = errors.into_iter().find(|e| {
        !matches!(
            e.kind(),
            Kind::NotFound | Kind::NotADirectory | Kind::InvalidInput | Kind::InvalidFilename
        )
    });
    match other {
        None => Unreached::Missing(path.display().to_string()),
        Some(error) => broken(path, &format!("cannot be looked at: {error}")),
    }
}

fn outside(target: &Path, folder: &Path) -> Unreached {
    Unreached::Outside {
        target: target.to_owned(),
        folder: folder.to_owned(),
        allow: target.parent().unwrap_or(Path::new("/")).to_owned(),
    }
}

fn broken(path: &Path, what: &str) -> Unreached {
    Unreached::Broken(format!("leads to {}, which {what}", path.display()))
}

/// Bytes of an address, and bytes before the first one.
fn addresses(file: &Id) -> Result<(usize, u64), Cause> {
    let (mut address, mut size, mut base) = (0, 0, 0);
    // SAFETY: an open file and its creation list.
    unsafe {
        let list = Id::new(H5Fget_create_plist(file.raw()))?;
        status(H5Pget_sizes(list.raw(), &raw mut address, &raw mut size))?;
        status(H5Pget_userblock(list.raw(), &raw mut base))?;
    }
    if (1..=16).contains(&address) {
        Ok((address, base))
    } else {
        Err(Cause(format!("its addresses have {address} bytes")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(path: &Path, allow: &[&Path]) -> Files {
        let allow_external = allow.iter().map(|p| p.to_path_buf()).collect();
        let options = OpenOptions {
            allow_external,
            ..OpenOptions::default()
        };
        Files::new(path, &options).unwrap()
    }

    #[test]
    fn only_the_folder_of_a_file_and_allowed_ones_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("in/below")).unwrap();
        fs::create_dir_all(at("in-other")).unwrap();
        for name in ["in/a", "in/below/b", "in-other/c", "d"] {
            fs::write(at(name), name).unwrap();
        }
        std::os::unix::fs::symlink(at("d"), at("in/link")).unwrap();
        std::os::unix::fs::symlink(at("in/a"), at("in-other/a")).unwrap();

        let mut strict = files(&at("in/a"), &[]);
        assert_eq!(strict.resolve(0, b"below/b"), Ok(1));
        assert_eq!(
            strict.resolve(0, at("in/below/b").as_os_str().as_bytes()),
            Ok(1)
        );
        assert_eq!(
            strict
                .resolve(1, b"../a")
                .map_err(|e| matches!(e, Unreached::Outside { .. })),
            Err(true)
        );
        assert_eq!(strict.resolve(0, b"a"), Ok(0));
        for name in ["../d", "../in-other/c", "link", "below/../../d"] {
            let reason = strict.resolve(0, name.as_bytes()).unwrap_err();
            assert!(
                matches!(reason, Unreached::Outside { .. }),
                "{name}: {reason:?}"
            );
            assert!(reason.to_string().contains("--allow-external"));
        }
        assert!(matches!(
            strict.resolve(0, b"none"),
            Err(Unreached::Missing(_))
        ));
        assert!(matches!(
            strict.resolve(0, b"below"),
            Err(Unreached::Broken(_))
        ));
        assert!(matches!(
            strict.resolve(0, b"a\0b"),
            Err(Unreached::Missing(_))
        ));

        let mut open = files(&at("in/a"), &[&at("in-other")]);
        assert_eq!(open.resolve(0, b"../in-other/c"), Ok(1));
        assert!(matches!(
            open.resolve(0, b"../d"),
            Err(Unreached::Outside { .. })
        ));

        // An input that is a link: what lies beside it, and beside the file itself.
        let mut linked = files(&at("in-other/a"), &[]);
        assert_eq!(linked.resolve(0, b"c"), Ok(1));
        assert_eq!(linked.resolve(0, b"below/b"), Ok(2));
    }
}
