//! One case: its files, its request and what it expects.

use std::path::Path;

use serde::Deserialize;
use terabin::{Options, Spec};

use crate::data::File;

/// A case whose files are on disk; `{dir}` in its text stands for their folder.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The bound on memory, as `--memory` takes it.
    #[serde(default)]
    memory: Option<String>,
    #[serde(default, rename = "file")]
    pub files: Vec<File>,
    /// The request, in the words of a spec file.
    #[serde(default)]
    spec: toml::Table,
    #[serde(default)]
    expect: Expect,
}

/// Numbers are compared as text; only the words of an error are looked at here.
#[derive(Default, Deserialize)]
struct Expect {
    error: Option<ExpectedError>,
}

#[derive(Deserialize)]
struct ExpectedError {
    words: Vec<String>,
}

impl Case {
    /// Reads the case and writes its files into `folder`.
    pub fn prepare(text: &str, folder: &Path) -> Result<Self, String> {
        let here = folder.to_str().ok_or("the folder's name is no text")?;
        let (head, expected) = crate::split(text);
        let text = format!("{}{expected}", head.replace("{dir}", here));
        let mut case: Self = toml::from_str(&text).map_err(|e| e.to_string())?;
        for file in &case.files {
            file.write(folder)
                .map_err(|e| format!("{}: {e}", file.name))?;
        }
        if !case.spec.contains_key("data") {
            let data = case.files.iter().filter(|f| f.is_data());
            let data = data.map(|f| format!("{here}/{}", f.name).into()).collect();
            case.spec.insert("data".into(), toml::Value::Array(data));
        }
        Ok(case)
    }

    /// The request as a spec file holds it.
    pub fn spec_text(&self) -> String {
        toml::to_string(&self.spec).expect("it was TOML before")
    }

    pub fn spec(&self) -> terabin::Result<Spec> {
        Spec::from_toml(&self.spec_text())
    }

    pub fn memory(&self) -> Option<&str> {
        self.memory.as_deref()
    }

    /// Options of a run of the library.
    pub fn options(&self, threads: usize, split_rows: u64) -> Options {
        let memory = self.memory.as_deref();
        Options {
            threads: Some(threads),
            memory: memory.map(|m| m.parse::<terabin::ByteSize>().expect("a size").0),
            split_rows: Some(split_rows),
        }
    }

    /// The words that the expected error has, if one is expected.
    pub fn error_words(&self) -> Option<&[String]> {
        self.expect.error.as_ref().map(|e| e.words.as_slice())
    }
}
