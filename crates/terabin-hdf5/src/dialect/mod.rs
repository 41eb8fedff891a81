//! How the datasets of a file become tables of columns, one file for each dialect.
//!
//! A dialect is a pure function from a file's description to tables.

mod attributes;
mod cf_time;
mod matlab;
mod netcdf;
mod nexus;
mod pandas;
mod pickled_texts;
mod plain;
mod pytables;
#[cfg(test)]
mod samples;
mod vaex;

use terabin_core::batch::DataType;

use crate::description::{DatasetDescription, FileDescription, Layout};
use crate::element::{ElementClass, Leaf};
use crate::meaning::Meaning;
use crate::row_space::product;

/// The tables of a file, by path: those of the first dialect that recognises it.
///
/// `raw_values` leaves out what attributes say of the values: fill values, packing and
/// units of time.
pub(crate) fn tables(file: &FileDescription, raw_values: bool) -> Vec<Table> {
    let mut tables = DIALECTS
        .iter()
        .find_map(|dialect| dialect(file))
        .unwrap_or_else(|| plain::tables(file));
    if raw_values {
        let columns = tables.iter_mut().flat_map(|t| &mut t.columns);
        // What a type says stays, as the dialect has it: PyTables has a time in two halves.
        columns.for_each(|c| {
            let time = Meaning::of(&c.leaf.element).time.and(c.meaning.time);
            c.meaning = Meaning {
                time,
                ..Meaning::default()
            };
        });
    }
    tables
}

type Dialect = fn(&FileDescription) -> Option<Vec<Table>>;

/// The dialects; one that is written by means of another, or besides it, comes first:
/// pandas writes through PyTables, and NeXus may have the dimension scales of netCDF-4.
const DIALECTS: [Dialect; 6] = [
    pandas::tables,
    pytables::tables,
    vaex::tables,
    matlab::tables,
    nexus::tables,
    netcdf::tables,
];

/// A table of one file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Table {
    /// The path of its group, or of its one dataset.
    pub(crate) path: String,
    /// Its columns, usable or not. Their datasets may lie anywhere in the file.
    pub(crate) columns: Vec<TableColumn>,
}

/// A column, or several where its values have components.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TableColumn {
    /// The path with dots, such as `PartType0.Masses`.
    pub(crate) name: String,
    /// The last part of the path.
    pub(crate) last: String,
    /// Which dataset of the file it is in.
    pub(crate) dataset: usize,
    /// Which part of an element.
    pub(crate) leaf: Leaf,
    /// The dimensions of the dataset that run, in the order in which users count them:
    /// rows first, then components.
    pub(crate) axes: Vec<ColumnAxis>,
    /// For each dimension of the dataset, the place that is taken where it does not run.
    pub(crate) at: Vec<u64>,
    /// What the stored values stand for.
    pub(crate) meaning: Meaning,
    /// Why the values cannot be had, and what to do, where the file says so.
    pub(crate) refused: Option<String>,
}

/// A dimension of a dataset along which a column runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ColumnAxis {
    /// Which dimension of the dataset.
    pub(crate) dim: usize,
    /// Its name, where the file has one (netCDF-4 dimensions, NeXus axes). A column whose
    /// axes all have names has no components: each of its elements is a row.
    pub(crate) name: Option<String>,
}

impl TableColumn {
    /// A column whose dimensions run in the order in which they are stored, without names.
    pub(crate) fn plain(number: usize, dataset: &DatasetDescription, leaf: Leaf) -> Self {
        let base = dotted(&dataset.path);
        let dot = if leaf.name.is_empty() { "" } else { "." };
        let axis = |dim| ColumnAxis { dim, name: None };
        Self {
            name: format!("{base}{dot}{}", leaf.name),
            last: match leaf.name.rsplit('.').next() {
                Some(field) if !field.is_empty() => field.to_owned(),
                _ => dataset.name().to_owned(),
            },
            dataset: number,
            axes: (0..dataset.shape.len()).map(axis).collect(),
            at: vec![0; dataset.shape.len()],
            meaning: attributes::meaning_of_attributes(dataset, &leaf),
            refused: None,
            leaf,
        }
    }

    /// The column with another name in the table `path`: its full name is both, with dots.
    pub(crate) fn named(self, path: &str, last: &str) -> Self {
        let base = dotted(path);
        let dot = if base.is_empty() { "" } else { "." };
        Self {
            name: format!("{base}{dot}{last}"),
            last: last.to_owned(),
            ..self
        }
    }

    /// The path of the dataset, behind the name of the column where the two differ.
    pub(crate) fn whereabouts(&self, dataset: &DatasetDescription) -> String {
        if self.name == dotted(&dataset.path) {
            dataset.path.clone()
        } else {
            format!("{} ({})", self.name, dataset.path)
        }
    }

    /// The column, of which nothing can be read, and why.
    pub(crate) fn refused(self, reason: &str) -> Self {
        Self {
            refused: Some(reason.to_owned()),
            ..self
        }
    }

    /// The extents of the dimensions that run, in the order of [`TableColumn::axes`],
    /// followed by those of the arrays in an element.
    pub(crate) fn shape(&self, dataset: &DatasetDescription) -> Vec<u64> {
        let extent = |a: &ColumnAxis| dataset.shape.get(a.dim).copied().unwrap_or(0);
        let stored = self.axes.iter().map(extent);
        stored.chain(self.leaf.shape.iter().copied()).collect()
    }

    /// The extents of the rows where nothing else is said: of three dimensions or more,
    /// and of dimensions with names, every element is a row.
    pub(crate) fn row_shape(&self, dataset: &DatasetDescription) -> Vec<u64> {
        let mut shape = self.shape(dataset);
        if !(self.is_named() || shape.len() >= 3) {
            shape.truncate(1);
        }
        shape
    }

    /// Whether every dimension has a name: then there are no components.
    pub(crate) fn is_named(&self) -> bool {
        !self.axes.is_empty()
            && self.leaf.shape.is_empty()
            && self.axes.iter().all(|a| a.name.is_some())
    }

    /// Whether `text` names this column.
    pub(crate) fn is_called(&self, text: &str) -> bool {
        self.name == text || self.last == text
    }

    /// The type that the values have as a column, or why there is none.
    pub(crate) fn usable(&self, dataset: &DatasetDescription) -> Result<DataType, String> {
        if let Layout::Refused { reason } = &dataset.layout {
            return Err(reason.clone());
        }
        if let Some(reason) = &self.refused {
            return Err(reason.clone());
        }
        let element = &self.leaf.element;
        let within = dataset.element.class != ElementClass::VariableText;
        if element.class == ElementClass::VariableText && within {
            return Err("is a text of variable length inside of a compound, which is not read; store it as a dataset of its own, or with a fixed length".into());
        }
        let stored = match &element.class {
            ElementClass::Text(_) | ElementClass::VariableText => Some(DataType::Text),
            _ => element.data_type(),
        };
        let Some(data_type) = self.meaning.data_type(stored) else {
            return Err(format!(
                "holds {element}, not a number; name a numeric column"
            ));
        };
        if self.axes.is_empty() {
            return Err("is a scalar, not a column of rows; name a dataset with rows".into());
        }
        Ok(data_type)
    }
}

/// A path with dots in place of slashes.
pub(crate) fn dotted(path: &str) -> String {
    path.trim_start_matches('/').replace('/', ".")
}

impl Table {
    /// The length that most of the usable columns have; of two, the larger.
    pub(crate) fn rows(&self, file: &FileDescription) -> Option<u64> {
        self.row_shape(file).map(|shape| product(&shape))
    }

    /// The extents of the rows of most of the usable columns; of two, the larger. Where
    /// dimensions have names, those of the largest.
    pub(crate) fn row_shape(&self, file: &FileDescription) -> Option<Vec<u64>> {
        let shape = |c: &TableColumn| {
            let dataset = file.datasets.get(c.dataset)?;
            c.usable(dataset).ok()?;
            Some(c.row_shape(dataset))
        };
        let mut shapes: Vec<Vec<u64>> = self.columns.iter().filter_map(shape).collect();
        shapes.sort_unstable_by(|a, b| (product(a), a).cmp(&(product(b), b)));
        if self.columns.iter().any(TableColumn::is_named) {
            // Coordinates are many and short; what lies along all of them is the data.
            return shapes.pop();
        }
        shapes
            .chunk_by(PartialEq::eq)
            .max_by_key(|equal| equal.len())
            .and_then(|equal| equal.first().cloned())
    }
}
