//! A folder of results: locked, and replaced as a whole.

use std::fs::{self, File, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempPath;
use terabin_hdf5::TEMPORARY;

use crate::error::{Error, Result};

/// A results folder that this run has to itself.
///
/// Files are written under temporary names; [`Folder::publish`] syncs and renames them
/// all. Until then nothing of an earlier result is touched, and what was not published
/// is removed.
pub struct Folder {
    path: PathBuf,
    /// Holds the advisory lock for as long as it is open.
    lock: File,
    written: Vec<(TempPath, PathBuf)>,
    /// Folders that this run made, the outermost first; removed if nothing is published.
    made: Vec<PathBuf>,
}

impl Folder {
    /// Creates the folder where it is missing and locks it.
    ///
    /// # Errors
    /// A folder that cannot be made, or that another run writes to.
    pub fn open(path: &Path) -> Result<Self> {
        let missing = path
            .ancestors()
            .take_while(|p| !p.as_os_str().is_empty() && !p.exists());
        let mut made: Vec<PathBuf> = missing.map(Path::to_owned).collect();
        made.reverse();
        fs::create_dir_all(path).map_err(|e| Error::write(path, e))?;
        let lock = File::open(path).map_err(|e| Error::write(path, e))?;
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => {
                return Err(Error::request(format!(
                    "{}: another run writes its results there; wait for it or choose another --output",
                    path.display()
                )));
            }
            Ok(()) => remove_leftovers(path),
            // Some network file systems cannot lock a folder: the lock is advisory. What
            // lies there may be another run's.
            Err(TryLockError::Error(_)) => {}
        }
        Ok(Self {
            path: path.to_owned(),
            lock,
            written: Vec::new(),
            made,
        })
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Has `write` fill a file that will be called `name`.
    ///
    /// # Errors
    /// Those of `write`, and of making the file.
    pub fn add(&mut self, name: &str, write: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
        let temporary = tempfile::Builder::new()
            .prefix(TEMPORARY)
            .suffix(SUFFIX)
            // The user's umask decides, as for any file.
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(&self.path)
            .map_err(|e| Error::write(&self.path, e))?
            .into_temp_path();
        write(&temporary)?;
        self.written.push((temporary, self.path.join(name)));
        Ok(())
    }

    /// The names of the files added so far.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let names = self.written.iter().filter_map(|(_, to)| to.file_name());
        names.map(|n| n.to_string_lossy().into_owned()).collect()
    }

    /// Syncs all files, gives them their names and syncs the folder; returns the paths.
    ///
    /// # Errors
    /// The first failed sync or rename; nothing is retried.
    pub fn publish(mut self) -> Result<Vec<PathBuf>> {
        for (temporary, to) in &self.written {
            if to.is_dir() {
                let error = io::Error::from(io::ErrorKind::IsADirectory);
                return Err(Error::write(to, error));
            }
            File::open(temporary)
                .and_then(|f| f.sync_all())
                .map_err(|e| Error::write(to, e))?;
        }
        let mut paths = Vec::new();
        self.made.clear();
        for (temporary, to) in self.written.drain(..) {
            let renamed = temporary.persist(&to);
            renamed.map_err(|e| Error::write(&to, e.error))?;
            paths.push(to);
        }
        match self.lock.sync_all() {
            // Some file systems cannot sync a folder, and need not.
            Err(e) if e.kind() != io::ErrorKind::InvalidInput => Err(Error::write(&self.path, e)),
            _ => Ok(paths),
        }
    }
}

/// Removes what a killed run left; under the lock, so that no other run needs it.
fn remove_leftovers(path: &Path) {
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(TEMPORARY) && name.ends_with(SUFFIX) {
            // If it stays, it is in nobody's way.
            let _ = fs::remove_file(entry.path());
        }
    }
}

const SUFFIX: &str = ".tmp";

impl Drop for Folder {
    fn drop(&mut self) {
        self.written.clear();
        for folder in self.made.iter().rev() {
            // Somebody else's file in it keeps it.
            let _ = fs::remove_dir(folder);
        }
    }
}
