//! Behaviour as text: each file below `cases/` says what is asked of which data, and
//! what comes out. Library and program must both say the same, to the bit.
//!
//! A case without an expectation fails. `UPDATE_CASES=1 cargo test -p terabin-cli`
//! writes what comes out in the place of what is expected; everything above `[expect]`
//! stays. `tests/python/test_cases.py` checks the numbers against rational arithmetic.

mod case;
mod data;
mod library;
mod outcome;
mod program;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use case::Case;
use outcome::{Failed, Outcome};

#[test]
fn every_case_gives_what_it_says() {
    let update = env::var_os("UPDATE_CASES").is_some();
    let paths = case_files();
    assert!(!paths.is_empty(), "no cases were found");
    let check = |path: &PathBuf| {
        let told = check(path, update);
        told.map_err(|said| format!("== {}\n{said}", path.display()))
    };
    let failures: Vec<String> = paths.iter().filter_map(|p| check(p).err()).collect();
    assert!(
        failures.is_empty(),
        "{} of {} cases fail; if they are right, UPDATE_CASES=1 takes them over\n\n{}",
        failures.len(),
        paths.len(),
        failures.join("\n\n")
    );
}

/// `cases/<topic>/<name>.toml`, in order.
fn case_files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../cases");
    let entries = |folder: &Path| -> Vec<PathBuf> {
        let found = fs::read_dir(folder).expect("a folder of cases");
        found.map(|e| e.expect("an entry").path()).collect()
    };
    let topics = entries(&root).into_iter().filter(|p| p.is_dir());
    let mut files: Vec<PathBuf> = topics.flat_map(|t| entries(&t)).collect();
    files.retain(|p| p.extension().is_some_and(|e| e == "toml"));
    files.sort();
    files
}

fn check(path: &Path, update: bool) -> Result<(), String> {
    let text = fs::read_to_string(path).map_err(|e| e.to_string())?;
    let (head, expected) = split(&text);
    if !head.starts_with("# ") {
        return Err("a case begins with a comment that says what it shows".into());
    }
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let case = Case::prepare(&text, folder.path())?;
    let outcome = outcome(&case, folder.path())?;
    let got = outcome.text(case.error_words());
    if let (Outcome::Done(_), Some(_)) = (&outcome, case.error_words()) {
        return Err(format!("an error is expected, but it gave\n{got}"));
    }
    if update {
        let new = format!("{}\n\n{got}", head.trim_end());
        return fs::write(path, new).map_err(|e| e.to_string());
    }
    if expected.is_empty() {
        return Err(format!("nothing is expected yet; it gave\n{got}"));
    }
    same("expected", expected, "got", &got)
}

/// What the case says, and what it expects.
fn split(text: &str) -> (&str, &str) {
    let at = text.find("\n[expect").map_or(text.len(), |at| at + 1);
    text.split_at(at)
}

/// What library and program agree on.
fn outcome(case: &Case, folder: &Path) -> Result<Outcome, String> {
    let mut outcome = library::outcome(case)?;
    if let Outcome::Failed(failed) = &mut outcome {
        failed.hide(folder);
    }
    program::check(case, folder, &mut outcome)?;
    if let (Outcome::Failed(failed), Some(words)) = (&outcome, case.error_words()) {
        words_in(failed, words)?;
    }
    Ok(outcome)
}

fn words_in(failed: &Failed, words: &[String]) -> Result<(), String> {
    let missing: Vec<_> = words
        .iter()
        .filter(|w| !failed.message.contains(*w))
        .collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(format!("the message lacks {missing:?}: {}", failed.message))
    }
}

/// Equal texts; else both, the lines that they share at either end shown once.
fn same(left_name: &str, left: &str, right_name: &str, right: &str) -> Result<(), String> {
    if left.trim_end() == right.trim_end() {
        return Ok(());
    }
    let (left, right): (Vec<_>, Vec<_>) = (left.lines().collect(), right.lines().collect());
    let equal =
        |pairs: &mut dyn Iterator<Item = (&&str, &&str)>| pairs.take_while(|(a, b)| a == b).count();
    let start = equal(&mut left.iter().zip(&right));
    let longest = left.len().min(right.len()) - start;
    let end = equal(&mut left.iter().rev().zip(right.iter().rev())).min(longest);
    let mut lines = vec![format!("- {left_name}"), format!("+ {right_name}")];
    let part = |sign: &str, lines: &[&str]| -> Vec<String> {
        lines.iter().map(|l| format!("{sign} {l}")).collect()
    };
    lines.extend(part(" ", &left[start.saturating_sub(3)..start]));
    lines.extend(part("-", &left[start..left.len() - end]));
    lines.extend(part("+", &right[start..right.len() - end]));
    lines.extend(part(
        " ",
        &left[left.len() - end..]
            .iter()
            .take(3)
            .copied()
            .collect::<Vec<_>>(),
    ));
    Err(lines.join("\n"))
}
