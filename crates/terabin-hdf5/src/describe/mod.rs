//! The one place that reads metadata through the HDF5 library.
//!
//! What it gives is plain data ([`crate::description`]); no other module of the
//! reading side knows the library, except the fallback reader.
#![allow(unsafe_code, reason = "the HDF5 library is a C library")]

mod attribute;
mod blocks;
mod budget;
mod chunks;
mod dataset;
mod element;
mod files;
mod locate;
mod nested;
mod raw;
mod scales;
mod selection;
mod swizzle;
#[cfg(test)]
mod tests;
mod values;
mod virtuals;
mod walk;

use std::collections::HashSet;
use std::path::Path;

use crate::description::FileDescription;
use crate::error::{Error, Result};
use crate::inputs::at;
use crate::library::{Cause, locked};
use crate::open_options::OpenOptions;

/// Describes a file: every group and dataset that its links reach.
///
/// External links, external raw files and virtual sources are resolved against the folder
/// of the file that names them, and followed where they lie in it, below it or in a folder
/// of [`OpenOptions::allow_external`]; others are not opened, and what needs them is listed
/// as refused. The library's environment variables have no say.
///
/// # Errors
/// When the file cannot be opened, its structure is damaged where it matters, or it
/// declares more than a description may hold.
pub fn describe(path: &Path, options: &OpenOptions) -> Result<FileDescription> {
    let files = files::Files::new(path, options).map_err(|e| at(path, e))?;
    locked(|| described(path, files, options.raw_values))
}

fn described(path: &Path, files: files::Files, raw_values: bool) -> Result<FileDescription> {
    let mut found = FileDescription {
        path: path.to_owned(),
        ..FileDescription::default()
    };
    let mut describer = Describer {
        files,
        budget: budget::Budget::default(),
        within: Vec::new(),
        damage: None,
        raw_values,
        notes: Vec::new(),
    };
    let done = walk::walk(&mut describer, &mut found);
    if let Some(what) = describer.budget.exceeded() {
        return Err(Error::Metadata {
            path: path.to_owned(),
            what,
        });
    }
    done.map_err(|Cause(cause)| Error::Describe {
        path: path.to_owned(),
        what: "cannot be opened as HDF5".into(),
        cause,
    })?;
    let mut seen = HashSet::new();
    found.notes.append(&mut describer.notes);
    found.notes.retain(|note| seen.insert(note.clone()));
    found.hosts = describer.files.into_hosts();
    found.size = found.hosts.first().map_or(0, |h| h.stamp.size);
    Ok(found)
}

/// What all parts of one description share.
struct Describer {
    files: files::Files,
    budget: budget::Budget,
    /// The virtual datasets on the way to the one that is being described.
    within: Vec<(usize, String)>,
    /// What is damaged of the sources of the dataset that is being described.
    damage: Option<String>,
    /// Whether attributes have no say in what values are.
    raw_values: bool,
    notes: Vec<String>,
}
