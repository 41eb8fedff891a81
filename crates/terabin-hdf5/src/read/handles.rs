//! A worker's open files and its positioned reads.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::description::{Host, Stamp};

/// A worker never holds more files open.
const MOST: usize = 256;

/// Open files, the one used last at the end.
#[derive(Default)]
pub(crate) struct Handles {
    open: Vec<Handle>,
}

struct Handle {
    host: Arc<Host>,
    file: File,
    /// Read since it was last compared with its stamp.
    used: bool,
}

/// Why bytes cannot be had.
#[derive(Debug)]
pub(crate) enum ReadFailure {
    /// The system says so.
    Io(io::Error),
    /// The file is not what it was when it was described.
    Changed(PathBuf),
}

impl From<io::Error> for ReadFailure {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Handles {
    /// Fills `buffer` with the bytes from `offset` on.
    pub(crate) fn read(
        &mut self,
        host: &Arc<Host>,
        buffer: &mut [u8],
        offset: u64,
    ) -> Result<(), ReadFailure> {
        Ok(self.file(host)?.read_exact_at(buffer, offset)?)
    }

    /// Compares a file that is read by other means with its stamp, now and at the next
    /// [`Handles::verify`].
    pub(crate) fn touch(&mut self, host: &Arc<Host>) -> Result<(), ReadFailure> {
        same(host, &self.file(host)?.metadata()?)
    }

    /// Compares what stands at a file's path with its stamp: whoever opens the path anew
    /// may open another file.
    pub(crate) fn at_path(host: &Host) -> Result<(), ReadFailure> {
        same(host, &std::fs::metadata(&host.path)?)
    }

    /// Compares every file that was read since the last time with its stamp.
    pub(crate) fn verify(&mut self) -> Result<(), ReadFailure> {
        for handle in self.open.iter_mut().filter(|h| h.used) {
            same(&handle.host, &handle.file.metadata()?)?;
            handle.used = false;
        }
        Ok(())
    }

    fn file(&mut self, host: &Arc<Host>) -> Result<&File, ReadFailure> {
        match self.open.iter().rposition(|h| Arc::ptr_eq(&h.host, host)) {
            Some(at) if at + 1 == self.open.len() => {}
            Some(at) => self.open[at..].rotate_left(1),
            None => {
                let file = self.opened(host)?;
                same(host, &file.metadata()?)?;
                let host = Arc::clone(host);
                self.open.push(Handle {
                    host,
                    file,
                    used: true,
                });
            }
        }
        let last = self.open.last_mut();
        let last = last.ok_or_else(|| io::Error::other("no file is open"))?;
        last.used = true;
        Ok(&last.file)
    }

    /// Where the process may open no more files, the one used longest ago makes room.
    fn opened(&mut self, host: &Host) -> Result<File, ReadFailure> {
        if self.open.len() >= MOST {
            self.close_oldest()?;
        }
        loop {
            match File::open(&host.path) {
                Err(e) if e.raw_os_error() == Some(EMFILE) && !self.open.is_empty() => {
                    self.close_oldest()?;
                }
                result => return Ok(result?),
            }
        }
    }

    fn close_oldest(&mut self) -> Result<(), ReadFailure> {
        let oldest = self.open.remove(0);
        if oldest.used {
            same(&oldest.host, &oldest.file.metadata()?)?;
        }
        Ok(())
    }
}

/// Too many open files of this process.
const EMFILE: i32 = 24;

fn same(host: &Host, meta: &Metadata) -> Result<(), ReadFailure> {
    if Stamp::of(meta) == host.stamp {
        Ok(())
    } else {
        Err(ReadFailure::Changed(host.path.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(path: PathBuf) -> Arc<Host> {
        let stamp = Stamp::of(&std::fs::metadata(&path).unwrap());
        Arc::new(Host { path, stamp })
    }

    #[test]
    fn more_files_than_handles_stay_readable() {
        let folder = tempfile::tempdir().unwrap();
        let count = MOST + 10;
        let hosts: Vec<_> = (0..count)
            .map(|i| {
                let path = folder.path().join(i.to_string());
                std::fs::write(&path, i.to_le_bytes()).unwrap();
                host(path)
            })
            .collect();
        let mut handles = Handles::default();
        for i in (0..count).chain([0, 5, 5, count - 1]) {
            let mut bytes = [0; 8];
            handles.read(&hosts[i], &mut bytes, 0).unwrap();
            assert_eq!(usize::from_le_bytes(bytes), i);
            assert!(handles.open.len() <= MOST);
        }
    }

    #[test]
    fn a_file_that_changes_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        std::fs::write(&path, [1, 2, 3]).unwrap();
        let host = host(path.clone());
        let mut handles = Handles::default();
        handles.read(&host, &mut [0; 2], 0).unwrap();
        handles.verify().unwrap();
        std::fs::write(&path, [1, 2, 3, 4]).unwrap();
        // Nothing was read since.
        handles.verify().unwrap();
        handles.read(&host, &mut [0; 2], 0).unwrap();
        assert!(matches!(handles.verify(), Err(ReadFailure::Changed(p)) if p == path));
        let fresh = Handles::default().read(&host, &mut [0; 2], 0);
        assert!(matches!(fresh, Err(ReadFailure::Changed(_))));
    }
}
