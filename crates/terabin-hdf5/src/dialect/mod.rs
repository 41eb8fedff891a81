//! How the datasets of a file become tables of columns, one file for each dialect.
//!
//! A dialect is a pure function from a file's description to tables.

mod plain;

use terabin_core::batch::DataType;

use crate::description::{DatasetDescription, ElementClass, FileDescription, Layout};

pub(crate) use plain::tables;

/// A table of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Table {
    /// The path of its group, or of its one dataset.
    pub(crate) path: String,
    /// Its columns, usable or not.
    pub(crate) columns: Vec<TableColumn>,
}

/// A column, or several where its dataset has components.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TableColumn {
    /// The path with dots, such as `PartType0.Masses`.
    pub(crate) name: String,
    /// The last part of the path.
    pub(crate) last: String,
    /// Which dataset of the file it is.
    pub(crate) dataset: usize,
}

impl TableColumn {
    /// Whether `text` names this column.
    pub(crate) fn is_called(&self, text: &str) -> bool {
        self.name == text || self.last == text
    }
}

impl Table {
    /// The length that most of the usable columns have; of two, the larger.
    pub(crate) fn rows(&self, file: &FileDescription) -> Option<u64> {
        let mut lengths: Vec<u64> = self
            .columns
            .iter()
            .filter_map(|c| file.datasets.get(c.dataset))
            .filter(|d| usable(d).is_ok())
            .map(DatasetDescription::rows)
            .collect();
        lengths.sort_unstable();
        lengths
            .chunk_by(PartialEq::eq)
            .max_by_key(|equal| equal.len())
            .and_then(|equal| equal.first().copied())
    }
}

/// The type that a dataset's values have as a column, or why it cannot be one.
pub(crate) fn usable(dataset: &DatasetDescription) -> Result<DataType, String> {
    if let Layout::Refused { reason } = &dataset.layout {
        return Err(reason.clone());
    }
    let data_type = match (&dataset.element.class, dataset.element.data_type()) {
        (ElementClass::Text, _) => {
            return Err("is text, not a number; name a numeric column".into());
        }
        (_, None) => {
            let kind = &dataset.element;
            return Err(format!("holds {kind}, not a number; name a numeric column"));
        }
        (_, Some(data_type)) => data_type,
    };
    match dataset.shape.len() {
        1 | 2 => Ok(data_type),
        0 => Err("is a scalar, not a column of rows; name a dataset of rank 1 or 2".into()),
        n => Err(format!(
            "has rank {n}, which is not read yet; name a dataset of rank 1 or 2"
        )),
    }
}
