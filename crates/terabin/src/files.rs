//! HDF5 files as a table.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::OnceLock;

use terabin_core::batch::DataType;
use terabin_core::source::Source;
use terabin_hdf5::{Catalog, DatasetDescription, OpenOptions, Selection, TableChoice};

use crate::error::Result;
use crate::spec::{OnError, Spec};
use crate::table::Table;

/// The files of a spec, described once, with its choice of table and rows.
pub struct FileTable {
    catalog: Catalog,
    table: Option<String>,
    rows: Option<Range<u64>>,
    row_dims: Option<usize>,
    along: Vec<(String, usize)>,
    skip_damaged: bool,
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
    /// No data named, files that are missing, not HDF5, given twice or damaged; rows,
    /// dimensions and folders that are none.
    pub fn open(spec: &Spec) -> Result<Self> {
        if spec.data.is_empty() {
            return Err(crate::Error::request(
                "no data: name files, folders or globs with --data",
            ));
        }
        let options = OpenOptions {
            allow_external: spec.external_folders()?,
            raw_values: spec.raw_values,
        };
        let (rows, row_dims, along) = (
            spec.row_range()?,
            spec.row_dimensions()?,
            spec.lying_along()?,
        );
        let paths = terabin_hdf5::expand(&spec.data)?;
        Ok(Self {
            catalog: Catalog::open_with(&paths, &options)?,
            table: spec.table.clone(),
            rows,
            row_dims,
            along,
            skip_damaged: spec.on_error == OnError::Skip,
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
                    Ok(DataType::Text) => "is text, not a number",
                    Ok(DataType::Datetime) => "holds datetimes, not numbers",
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
            row_dims: self.row_dims,
            along: self.along.clone(),
            skip_damaged: self.skip_damaged,
            ..Selection::default()
        }
    }
}

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
        let beside = request.iter().filter(|name| !columns.contains(name));
        let selection = Selection {
            beside: beside.cloned().collect(),
            ..self.selection(columns)
        };
        let mut source = self.catalog.select(&selection)?;
        if !selection.beside.is_empty() {
            // Rows that a column of the fill masks, or loses to damage, count in no pass.
            let all = self.catalog.select(&self.selection(request))?;
            if all.has_masks() || self.skip_damaged {
                source = all;
            }
        }
        self.without
            .get_or_init(|| source.files_without_table().to_vec());
        Ok(Box::new(source))
    }

    fn bytes(&self) -> u64 {
        let datasets = self.catalog.files().flat_map(|f| &f.datasets);
        datasets
            .map(DatasetDescription::memory)
            .fold(0, u64::saturating_add)
    }
}
