//! HDF5 files as a table.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::OnceLock;

use terabin_core::source::Source;
use terabin_hdf5::{Catalog, DEFAULT_BATCH_ROWS, Layout, Selection, TableChoice};

use crate::error::Result;
use crate::spec::Spec;
use crate::table::Table;

/// The files of a spec, described once, with its choice of table and rows.
pub struct FileTable {
    catalog: Catalog,
    table: Option<String>,
    rows: Option<Range<u64>>,
    chosen: OnceLock<TableChoice>,
    /// Columns of the table that `numeric_columns` left out, and why.
    left_out: OnceLock<Vec<String>>,
    /// Files that have no rows, as they lack the table.
    without: OnceLock<Vec<PathBuf>>,
}

impl FileTable {
    /// Opens and describes the files that `spec` names.
    ///
    /// # Errors
    /// No data named, files that are missing, not HDF5, given twice or damaged.
    pub fn open(spec: &Spec) -> Result<Self> {
        if spec.data.is_empty() {
            return Err(crate::Error::request(
                "no data: name files, folders or globs with --data",
            ));
        }
        let paths = terabin_hdf5::expand(&spec.data)?;
        Ok(Self {
            catalog: Catalog::open(&paths)?,
            table: spec.table.clone(),
            rows: spec.row_range()?,
            chosen: OnceLock::new(),
            left_out: OnceLock::new(),
            without: OnceLock::new(),
        })
    }

    /// What is in the files.
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// What the user should know of the choices made: other tables, files without rows.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if let Some(choice) = self.chosen.get()
            && !choice.others.is_empty()
        {
            let others: Vec<_> = choice
                .others
                .iter()
                .map(|(table, rows)| format!("{table} ({rows} rows)"))
                .collect();
            notes.push(format!(
                "took the table {} with most rows ({}); others: {}; choose with --table",
                choice.table,
                choice.rows,
                others.join(", ")
            ));
        }
        notes.extend(self.left_out.get().into_iter().flatten().cloned());
        let without = self.without.get().into_iter().flatten();
        notes.extend(without.map(|path| {
            format!(
                "{}: the table is not there, so it has no rows",
                path.display()
            )
        }));
        notes
    }

    /// Why the columns of a table that are not among `names` cannot be binned.
    fn left_out_of(&self, table: &str, names: &[String]) -> Vec<String> {
        let tables = self.catalog.tables();
        let columns = tables.iter().filter(|t| t.path == table);
        let taken = |last: &str| {
            let components = format!("{last}[:,");
            let mut names = names.iter();
            names.any(|n| n == last || n.starts_with(&components))
        };
        columns
            .flat_map(|t| &t.columns)
            .filter(|c| !taken(&c.last))
            .map(|c| {
                let reason = match &c.usable {
                    Err(reason) => reason.split(';').next().unwrap_or_default(),
                    Ok(_) => "has another length than the table",
                };
                format!("left out: {} {reason}", c.name)
            })
            .collect()
    }

    fn wanted_table(&self) -> Option<String> {
        let chosen = || self.chosen.get().map(|c| c.table.clone());
        self.table.clone().or_else(chosen)
    }

    fn selection(&self, columns: &[String]) -> Selection {
        Selection {
            table: self.wanted_table(),
            columns: columns.to_vec(),
            rows: self.rows.clone(),
            batch_rows: DEFAULT_BATCH_ROWS,
        }
    }
}

/// What the description of a dataset takes besides its chunk table, roughly.
const DESCRIPTION_BYTES: u64 = 1 << 10;

impl Table for FileTable {
    fn numeric_columns(&self, beside: &[String]) -> Result<Vec<String>> {
        let table = match self.wanted_table() {
            Some(table) => table,
            None if beside.is_empty() => {
                let choice = self.catalog.default_table()?;
                self.chosen.get_or_init(|| choice).table.clone()
            }
            None => {
                let source = self.catalog.select(&self.selection(beside))?;
                source.table().to_owned()
            }
        };
        let names = self.catalog.numeric_columns(&table)?;
        self.left_out
            .get_or_init(|| self.left_out_of(&table, &names));
        Ok(names)
    }

    fn has_column(&self, name: &str) -> bool {
        self.catalog.has_column(name)
    }

    fn stored_bytes(&self, columns: &[String]) -> Result<u64> {
        Ok(self
            .catalog
            .select(&self.selection(columns))?
            .stored_bytes())
    }

    fn select(&self, columns: &[String], request: &[String]) -> Result<Box<dyn Source + '_>> {
        let mut selection = self.selection(columns);
        if selection.table.is_none() && columns != request {
            let all = self.catalog.select(&self.selection(request))?;
            selection.table = Some(all.table().to_owned());
        }
        let source = self.catalog.select(&selection)?;
        self.without
            .get_or_init(|| source.files_without_table().to_vec());
        Ok(Box::new(source))
    }

    fn bytes(&self) -> u64 {
        let datasets = self.catalog.files().flat_map(|f| &f.datasets);
        datasets
            .map(|d| match &d.layout {
                Layout::Chunked(table) => table.memory() + DESCRIPTION_BYTES,
                _ => DESCRIPTION_BYTES,
            })
            .sum()
    }
}
