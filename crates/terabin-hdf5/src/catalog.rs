//! What a set of files has: their descriptions, and the tables made of them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use terabin_core::batch::DataType;

use crate::damage::explained;
use crate::describe::describe;
use crate::description::{DatasetDescription, FileDescription, Layout};
use crate::dialect::{Table, TableColumn, tables};
use crate::error::{Error, Result};
use crate::inputs::{natural, refuse_shared};
use crate::open_options::OpenOptions;
use crate::resolve;

/// The descriptions of all files of a request; no value has been read.
#[derive(Clone, Debug)]
pub struct Catalog {
    entries: Vec<Entry>,
}

/// One file and its tables.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) file: Arc<FileDescription>,
    pub(crate) tables: Vec<Table>,
}

/// The table that is taken where a request names no column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableChoice {
    /// The table with most rows over all files.
    pub table: String,
    /// Its rows.
    pub rows: u64,
    /// The other tables with their rows, most first.
    pub others: Vec<(String, u64)>,
}

/// A table over all files.
#[derive(Clone, Debug, PartialEq)]
pub struct TableSummary {
    /// The path of its group.
    pub path: String,
    /// Its rows over all files; 0 where no dataset can be a column.
    pub rows: u64,
    /// How many files have it.
    pub files: usize,
    /// Its datasets.
    pub columns: Vec<ColumnSummary>,
}

/// A dataset of a table, as the first file that has it describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnSummary {
    /// The full name, such as `PartType0.Masses`.
    pub name: String,
    /// The last part of the name.
    pub last: String,
    /// The type of an element in the file.
    pub element: String,
    /// The type in memory, or why the dataset cannot be a column.
    pub usable: std::result::Result<DataType, String>,
    /// Why only the HDF5 library can read it, where that is so.
    pub through_library: Option<String>,
    /// The attribute `units`.
    pub units: Option<String>,
    /// The attribute `long_name`.
    pub long_name: Option<String>,
    /// What its stored values stand for, in a few words; empty where they stand for
    /// themselves.
    pub meaning: String,
    /// The extent of each dimension, in that file.
    pub shape: Vec<u64>,
    /// How many of the dimensions are rows by themselves; the others are components.
    pub row_dims: usize,
    /// How it is stored: one entry per way that some file has.
    pub storage: Vec<Storage>,
    /// Bytes in all files.
    pub stored_bytes: u64,
}

/// One way in which a dataset is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Storage {
    /// The shape of a chunk; None without chunks.
    pub chunk: Option<Vec<u64>>,
    /// The layout in words.
    pub layout: String,
    /// The filters, joined by `+`; empty without any.
    pub filters: String,
}

impl Catalog {
    /// Describes all files, in order.
    ///
    /// # Errors
    /// The first file that cannot be described.
    pub fn open(paths: &[PathBuf]) -> Result<Self> {
        Self::open_with(paths, &OpenOptions::default())
    }

    /// Describes all files, in order, as `options` say.
    ///
    /// # Errors
    /// As [`Catalog::open`].
    pub fn open_with(paths: &[PathBuf], options: &OpenOptions) -> Result<Self> {
        let entry = |path: &PathBuf| {
            let file = describe(path, options)?;
            let tables = tables(&file, options.raw_values);
            let file = Arc::new(file);
            Ok(Entry { file, tables })
        };
        let entries: Vec<Entry> = paths.iter().map(entry).collect::<Result<_>>()?;
        let files: Vec<&FileDescription> = entries.iter().map(|e| &*e.file).collect();
        refuse_shared(&files)?;
        Ok(Self { entries })
    }

    /// The descriptions, in the order of the files.
    pub fn files(&self) -> impl Iterator<Item = &FileDescription> {
        self.entries.iter().map(|e| &*e.file)
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Every table of the files, in natural order of their paths.
    #[must_use]
    pub fn tables(&self) -> Vec<TableSummary> {
        let mut found: BTreeMap<&str, TableSummary> = BTreeMap::new();
        for entry in &self.entries {
            for table in &entry.tables {
                let summary = found.entry(&table.path).or_insert_with(|| TableSummary {
                    path: table.path.clone(),
                    rows: 0,
                    files: 0,
                    columns: Vec::new(),
                });
                summary.add(&entry.file, table);
            }
        }
        let mut tables: Vec<_> = found.into_values().collect();
        tables.sort_by(|a, b| natural(&a.path, &b.path));
        tables
    }

    /// The table with most rows; of two, the first by path.
    ///
    /// # Errors
    /// When no file has a table with a usable column.
    pub fn default_table(&self) -> Result<TableChoice> {
        self.largest_table().map_err(|e| explained(self, e))
    }

    fn largest_table(&self) -> Result<TableChoice> {
        let number = |c: &ColumnSummary| matches!(c.usable, Ok(kind) if kind.is_number());
        let usable = |t: &TableSummary| t.columns.iter().any(number);
        let mut tables: Vec<_> = self
            .tables()
            .into_iter()
            .filter(usable)
            .map(|t| (t.path, t.rows))
            .collect();
        tables.sort_by_key(|(_, rows)| std::cmp::Reverse(*rows));
        if tables.is_empty() {
            return Err(Error::NoTables);
        }
        let (table, rows) = tables.remove(0);
        Ok(TableChoice {
            table,
            rows,
            others: tables,
        })
    }

    /// The names of all numeric columns of a table that have its length, components
    /// one by one (`data[:,0]`).
    ///
    /// # Errors
    /// When no file has the table.
    pub fn numeric_columns(&self, table: &str) -> Result<Vec<String>> {
        let request = resolve::request(self, table).map_err(|e| explained(self, e))?;
        for entry in &self.entries {
            if let Some(table) = request.tables(entry).first() {
                return Ok(numeric(&entry.file, table));
            }
        }
        Ok(Vec::new())
    }

    /// Whether some table has a column of this name, full or last part, with or
    /// without a component.
    #[must_use]
    pub fn has_column(&self, name: &str) -> bool {
        let name = resolve::unaliased(self, name);
        let (base, _) = resolve::split_component(&name);
        self.columns().any(|c| c.is_called(base))
    }

    pub(crate) fn columns(&self) -> impl Iterator<Item = &TableColumn> {
        let tables = self.entries.iter().flat_map(|e| &e.tables);
        tables.flat_map(|t| &t.columns)
    }
}

fn numeric(file: &FileDescription, table: &Table) -> Vec<String> {
    let rows = table.row_shape(file);
    let mut names = Vec::new();
    for column in &table.columns {
        let Some(dataset) = file.datasets.get(column.dataset) else {
            continue;
        };
        let number = column.usable(dataset).is_ok_and(DataType::is_number);
        if !number || Some(column.row_shape(dataset)) != rows {
            continue;
        }
        let shape = column.shape(dataset);
        match shape.get(column.row_shape(dataset).len()..) {
            None | Some([]) => names.push(column.last.clone()),
            // As many components as anybody would want by default.
            Some(&[width]) if width <= MOST_COMPONENTS => {
                names.extend((0..width).map(|k| format!("{}[:,{k}]", column.last)));
            }
            Some(_) => {}
        }
    }
    names
}

/// A column with more components than this takes part in a default request by name only.
const MOST_COMPONENTS: u64 = 4096;

impl TableSummary {
    fn add(&mut self, file: &FileDescription, table: &Table) {
        self.files += 1;
        self.rows = self.rows.saturating_add(table.rows(file).unwrap_or(0));
        for column in &table.columns {
            let Some(dataset) = file.datasets.get(column.dataset) else {
                continue;
            };
            match self.columns.iter_mut().find(|c| c.name == column.name) {
                Some(known) => {
                    known.stored_bytes = known.stored_bytes.saturating_add(dataset.stored_bytes);
                    let storage = storage(dataset);
                    if !known.storage.contains(&storage) {
                        known.storage.push(storage);
                    }
                }
                None => self.columns.push(summary(column, dataset)),
            }
        }
    }
}

fn summary(column: &TableColumn, dataset: &DatasetDescription) -> ColumnSummary {
    ColumnSummary {
        name: column.name.clone(),
        last: column.last.clone(),
        element: column.leaf.element.to_string(),
        usable: column.usable(dataset),
        through_library: match &dataset.layout {
            Layout::Library { reason } => Some(reason.clone()),
            _ => None,
        },
        units: dataset.text("units").map(str::to_owned),
        long_name: dataset.text("long_name").map(str::to_owned),
        meaning: column.meaning.to_string(),
        shape: column.shape(dataset),
        row_dims: column.row_shape(dataset).len(),
        storage: vec![storage(dataset)],
        stored_bytes: dataset.stored_bytes,
    }
}

fn storage(dataset: &DatasetDescription) -> Storage {
    let filters: Vec<_> = dataset.filters.iter().map(ToString::to_string).collect();
    Storage {
        layout: match &dataset.layout {
            Layout::Contiguous { segments } if segments.iter().any(|s| s.host != dataset.host) => {
                "external".into()
            }
            Layout::Contiguous { .. } => "contiguous".into(),
            Layout::Chunked(_) => "chunked".into(),
            Layout::Inline(_) => "compact".into(),
            Layout::Virtual(table) => format!("virtual, of {} datasets", table.sources.len()),
            Layout::Library { .. } => "through the library".into(),
            Layout::Refused { .. } => "not read".into(),
        },
        chunk: match &dataset.layout {
            Layout::Chunked(table) => Some(table.shape.clone()),
            _ => None,
        },
        filters: filters.join("+"),
    }
}
