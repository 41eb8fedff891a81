//! From the paths of a command line to the list of files.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

use crate::description::{DatasetDescription, FileDescription, Host, Layout};
use crate::error::{Error, Result};

const SIGNATURE: [u8; 8] = *b"\x89HDF\r\n\x1a\n";

/// The files that `paths` stand for, in the order of the arguments.
///
/// A folder stands for the HDF5 files directly in it, whatever their names; a text
/// that is no path but has `*`, `?` or `[` is a glob. Both give their files in
/// natural order: `snap.2` before `snap.10`.
///
/// # Errors
/// A file that is missing, unreadable or not HDF5; a folder or glob without HDF5
/// files; a file that is reached twice.
pub fn expand(paths: &[String]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        expand_one(path, &mut files)?;
    }
    if files.is_empty() {
        let what = "an empty list of paths".to_owned();
        return Err(Error::NoFiles { what });
    }
    refuse_twins(&files)?;
    Ok(files)
}

fn expand_one(text: &str, files: &mut Vec<PathBuf>) -> Result<()> {
    let path = Path::new(text);
    match fs::metadata(path) {
        Ok(m) if m.is_dir() => files.extend(folder(text)?),
        Ok(_) => files.push(named(path)?),
        Err(e) if e.kind() == io::ErrorKind::NotFound && text.contains(['*', '?', '[']) => {
            files.extend(matches(text)?);
        }
        Err(e) => return Err(at(path, e)),
    }
    Ok(())
}

fn named(path: &Path) -> Result<PathBuf> {
    refuse_special(path).map_err(|e| at(path, e))?;
    if has_signature(path).map_err(|e| at(path, e))? {
        Ok(path.to_owned())
    } else {
        let path = path.to_owned();
        Err(Error::NotHdf5 { path })
    }
}

fn folder(text: &str) -> Result<Vec<PathBuf>> {
    let path = Path::new(text);
    let mut found = Vec::new();
    for entry in fs::read_dir(path).map_err(|e| at(path, e))? {
        let file = entry.map_err(|e| at(path, e))?.path();
        let is_file = fs::metadata(&file).is_ok_and(|m| m.is_file());
        if is_file && !is_temporary(&file) && has_signature(&file).map_err(|e| at(&file, e))? {
            found.push(file);
        }
    }
    sorted(found, text)
}

/// An output that is being written, or was when its writer died.
fn is_temporary(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    name.starts_with(TEMPORARY.as_bytes())
}

/// How the names of outputs begin until they are whole.
pub const TEMPORARY: &str = ".terabin-";

fn matches(pattern: &str) -> Result<Vec<PathBuf>> {
    let paths = glob::glob(pattern).map_err(|e| Error::Pattern {
        pattern: pattern.to_owned(),
        reason: e.msg.to_owned(),
    })?;
    let mut found = Vec::new();
    for path in paths {
        let path = path.map_err(|e| {
            let path = e.path().to_owned();
            at(&path, e.into())
        })?;
        if !path.is_dir() {
            found.push(named(&path)?);
        }
    }
    sorted(found, pattern)
}

fn sorted(mut found: Vec<PathBuf>, what: &str) -> Result<Vec<PathBuf>> {
    if found.is_empty() {
        let what = what.to_owned();
        return Err(Error::NoFiles { what });
    }
    found.sort_by(|a, b| natural(&a.to_string_lossy(), &b.to_string_lossy()));
    Ok(found)
}

fn refuse_twins(files: &[PathBuf]) -> Result<()> {
    let mut seen: HashMap<(u64, u64), &PathBuf> = HashMap::new();
    for file in files {
        let meta = fs::metadata(file).map_err(|e| at(file, e))?;
        if let Some(first) = seen.insert((meta.dev(), meta.ino()), file) {
            return Err(Error::SameFile {
                first: first.clone(),
                second: file.clone(),
            });
        }
    }
    Ok(())
}

/// Refuses files whose rows would count twice: one that is read on behalf of another, or
/// whose datasets two of them take from the same file.
///
/// # Errors
/// The first file that is reached twice, with the inputs that reach it.
pub(crate) fn refuse_shared(files: &[&FileDescription]) -> Result<()> {
    let mut inputs: HashMap<(u64, u64), &PathBuf> = HashMap::new();
    for file in files {
        inputs.extend(file.hosts.first().map(|h| (h.stamp.identity, &file.path)));
    }
    let mut taken: HashMap<Taken<'_>, &PathBuf> = HashMap::new();
    for file in files {
        let others = file.hosts.iter().skip(1);
        if let Some(shared) = others
            .clone()
            .find(|h| inputs.contains_key(&h.stamp.identity))
        {
            let first = inputs.get(&shared.stamp.identity).copied();
            return Err(reached_twice(
                first.unwrap_or(&shared.path),
                &file.path,
                shared,
            ));
        }
        for (host, part) in file.datasets.iter().flat_map(foreign) {
            let Some(host) = file.hosts.get(host) else {
                continue;
            };
            match taken.insert((host.stamp.identity, part), &file.path) {
                Some(first) if first != &file.path => {
                    return Err(reached_twice(first, &file.path, host));
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// A file and the dataset there, or none for a raw file.
type Taken<'a> = ((u64, u64), Option<&'a str>);

fn reached_twice(first: &Path, second: &Path, shared: &Host) -> Error {
    Error::SharedFile {
        first: first.to_owned(),
        second: second.to_owned(),
        shared: shared.path.clone(),
    }
}

/// What a dataset takes from other files: their hosts and datasets.
fn foreign(dataset: &DatasetDescription) -> Vec<(usize, Option<&str>)> {
    match &dataset.layout {
        Layout::Virtual(table) => {
            let sources = table.sources.iter().flatten();
            sources.flat_map(foreign).collect()
        }
        Layout::Contiguous { segments } if segments.iter().any(|s| s.host != dataset.host) => {
            segments.iter().map(|s| (s.host, None)).collect()
        }
        Layout::Refused { .. } => Vec::new(),
        _ if dataset.host == 0 => Vec::new(),
        _ => vec![(dataset.host, Some(dataset.host_path.as_str()))],
    }
}

/// Opening a pipe would wait for its other end.
fn refuse_special(path: &Path) -> io::Result<()> {
    if fs::metadata(path)?.is_file() {
        Ok(())
    } else {
        Err(io::Error::other("it is not a regular file"))
    }
}

/// The signature stands at 0, or behind a user block at 512, 1024, 2048 …
fn has_signature(path: &Path) -> io::Result<bool> {
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    let mut offset = 0_u64;
    while offset.saturating_add(SIGNATURE.len() as u64) <= size {
        let mut found = [0; 8];
        file.read_exact_at(&mut found, offset)?;
        if found == SIGNATURE {
            return Ok(true);
        }
        offset = offset.saturating_mul(2).max(512);
    }
    Ok(false)
}

/// The error of the system about a path: a wrong path, or a file that cannot be read.
pub(crate) fn at(path: &Path, source: io::Error) -> Error {
    use io::ErrorKind as Kind;
    let path = path.to_owned();
    match source.kind() {
        Kind::NotFound
        | Kind::PermissionDenied
        | Kind::IsADirectory
        | Kind::NotADirectory
        | Kind::InvalidInput
        | Kind::InvalidFilename
        | Kind::Other => Error::Path { path, source },
        _ => Error::Unreadable { path, source },
    }
}

/// Runs of digits compare as numbers, everything else byte by byte.
pub(crate) fn natural(left: &str, right: &str) -> Ordering {
    let (mut a, mut b) = (left.as_bytes(), right.as_bytes());
    loop {
        let order = match (a.split_first(), b.split_first()) {
            (None, _) | (_, None) => {
                return a.len().cmp(&b.len()).then_with(|| left.cmp(right));
            }
            (Some((x, _)), Some((y, _))) if x.is_ascii_digit() && y.is_ascii_digit() => {
                compare_numbers(digits(&mut a), digits(&mut b))
            }
            (Some((x, rest_a)), Some((y, rest_b))) => {
                (a, b) = (rest_a, rest_b);
                x.cmp(y)
            }
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

fn digits<'a>(text: &mut &'a [u8]) -> &'a [u8] {
    let end = text.iter().position(|b| !b.is_ascii_digit());
    let (run, rest) = text.split_at(end.unwrap_or(text.len()));
    *text = rest;
    let zeros = run.iter().take_while(|b| **b == b'0').count();
    &run[zeros..]
}

fn compare_numbers(a: &[u8], b: &[u8]) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_count_as_numbers() {
        let mut names = [
            "s.10",
            "s.2",
            "s.02",
            "s",
            "s.2.b",
            "t.1",
            "s.100000000000000000000",
        ];
        names.sort_by(|a, b| natural(a, b));
        let expected = [
            "s",
            "s.02",
            "s.2",
            "s.2.b",
            "s.10",
            "s.100000000000000000000",
            "t.1",
        ];
        assert_eq!(names, expected);
    }
}
