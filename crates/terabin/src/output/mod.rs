//! Results on disk: `result.h5`, `summary.json`, CSV and pictures.

mod csv;
mod folder;
pub mod json;
mod pictures;
mod result_file;
mod statistic_dataset;
pub mod text_table;
mod uhi;

use std::fs;
use std::io::Write;
use std::path::Path;

pub use folder::Folder;
pub(crate) use statistic_dataset::PIECE;

use crate::bin::Report;
use crate::error::{Error, Result};
use crate::run::{Control, check};
use crate::spec::Spec;

/// What is written besides the numbers.
#[derive(Clone, Copy, Debug)]
pub struct OutputOptions {
    /// The exact state, so that results can be merged and rebinned later.
    pub state: bool,
}

/// What [`write()`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The files, in the order of writing.
    pub files: Vec<String>,
    /// What the user should know: files left out.
    pub notes: Vec<String>,
}

/// Writes the results of a run into a folder, in place of an earlier run's.
///
/// All files are made under temporary names and renamed together at the end.
///
/// # Errors
/// Failed writes; nothing of an earlier result is touched then.
pub fn write(
    mut folder: Folder,
    report: &Report,
    spec: &Spec,
    options: OutputOptions,
    control: &mut dyn Control,
) -> Result<Written> {
    let mut written = Written::default();
    // Plain data with texts and numbers only: it always serialises.
    let spec = serde_json::to_value(spec).map_err(|e| Error::Value(e.to_string()))?;
    folder.add(RESULT, |path| {
        result_file::write(path, report, &spec.to_string(), options, control)
    })?;
    write_tables(&mut folder, report, &mut written.notes, control)?;
    pictures::write(&mut folder, report, &mut written.notes, control)?;
    let mut names = folder.names();
    names.insert(1, SUMMARY.to_owned());
    let summary = json::summary(report, &spec, &names);
    folder.add(SUMMARY, |path| {
        let text = format!("{summary:#}\n");
        fs::write(path, text).map_err(|e| Error::write(path, e))
    })?;
    let stale = stale_files(folder.path(), &names);
    let path = folder.path().to_owned();
    written.files = folder
        .publish()?
        .iter()
        .map(|p| p.display().to_string())
        .collect();
    for name in stale {
        // A file that will not go is no reason to fail a finished run.
        let _ = fs::remove_file(path.join(name));
    }
    Ok(written)
}

const RESULT: &str = "result.h5";
const SUMMARY: &str = "summary.json";

fn write_tables(
    folder: &mut Folder,
    report: &Report,
    notes: &mut Vec<String>,
    control: &mut dyn Control,
) -> Result<()> {
    for result in &report.results {
        check(control)?;
        let cells = result.histogram.cells();
        if cells > csv::MAX_CELLS {
            notes.push(format!(
                "no CSV of {}: {cells} cells are more than {}",
                result.plan.name,
                csv::MAX_CELLS
            ));
            continue;
        }
        let name = format!("{}.csv", file_name(&result.plan.name));
        folder.add(&name, |path| {
            let write = || {
                let mut file = std::io::BufWriter::new(fs::File::create(path)?);
                csv::write(result, &mut file)?;
                file.flush()
            };
            write().map_err(|e| Error::write(path, e))
        })?;
    }
    Ok(())
}

/// Whether a result file could have this name.
#[must_use]
pub fn is_result_name(name: &str) -> bool {
    let ending = Path::new(name).extension();
    let ours = |e: &std::ffi::OsStr| e == "csv" || e == "png";
    name == RESULT || name == SUMMARY || ending.is_some_and(ours)
}

/// A name that a file and an HDF5 group can have.
pub(crate) fn file_name(name: &str) -> String {
    name.replace('/', "%2F")
}

/// Files that the summary of an earlier run lists and this run did not write again.
fn stale_files(folder: &Path, names: &[String]) -> Vec<String> {
    let Ok(text) = fs::read_to_string(folder.join(SUMMARY)) else {
        return Vec::new();
    };
    let summary: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    let listed = summary["outputs"].as_array();
    let listed = listed.into_iter().flatten().filter_map(|v| v.as_str());
    listed
        .filter(|name| !names.iter().any(|n| n == name))
        // The file was ours, but it may have been edited: only plain names are believed.
        .filter(|name| !name.contains('/') && !name.starts_with('.'))
        .map(str::to_owned)
        .collect()
}
