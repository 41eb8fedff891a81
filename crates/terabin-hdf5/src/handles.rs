//! A worker's open files and its positioned reads.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// A worker never holds more files open.
const MOST: usize = 256;

/// Open files, the one used last at the end.
#[derive(Default)]
pub(crate) struct Handles {
    open: Vec<(u32, File)>,
}

impl Handles {
    /// Fills `buffer` with the bytes from `offset` on of the file known as `input`.
    pub(crate) fn read(
        &mut self,
        input: u32,
        path: &Path,
        buffer: &mut [u8],
        offset: u64,
    ) -> io::Result<()> {
        self.file(input, path)?.read_exact_at(buffer, offset)
    }

    fn file(&mut self, input: u32, path: &Path) -> io::Result<&File> {
        match self.open.iter().rposition(|(i, _)| *i == input) {
            Some(at) if at + 1 == self.open.len() => {}
            Some(at) => self.open[at..].rotate_left(1),
            None => {
                let file = File::open(path)?;
                if self.open.len() >= MOST {
                    self.open.remove(0);
                }
                self.open.push((input, file));
            }
        }
        self.open
            .last()
            .map(|(_, file)| file)
            .ok_or_else(|| io::Error::other("no file is open"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_files_than_handles_stay_readable() {
        let folder = tempfile::tempdir().unwrap();
        let path = |i: u32| folder.path().join(i.to_string());
        let count = u32::try_from(MOST).unwrap() + 10;
        for i in 0..count {
            std::fs::write(path(i), i.to_le_bytes()).unwrap();
        }
        let mut handles = Handles::default();
        for i in (0..count).chain([0, 5, 5, count - 1]) {
            let mut bytes = [0; 4];
            handles.read(i, &path(i), &mut bytes, 0).unwrap();
            assert_eq!(u32::from_le_bytes(bytes), i);
            assert!(handles.open.len() <= MOST);
        }
    }
}
