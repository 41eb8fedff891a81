//! A private folder for each test, and columns read whole.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use terabin_core::batch::Column;
use terabin_core::source::{Source, SourceError};
use terabin_hdf5::{Catalog, Selection, TableSource};

/// A folder that goes away with the test.
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }
}

/// A column's values, owned.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    I64(Vec<i64>),
    U64(Vec<u64>),
    F32(Vec<f32>),
    F64(Vec<f64>),
    Bool(Vec<bool>),
}

impl Values {
    fn extend(&mut self, column: &Column<'_>) {
        match (self, column) {
            (Self::I64(a), Column::I64(b)) => a.extend(*b),
            (Self::U64(a), Column::U64(b)) => a.extend(*b),
            (Self::F32(a), Column::F32(b)) => a.extend(*b),
            (Self::F64(a), Column::F64(b)) => a.extend(*b),
            (Self::Bool(a), Column::Bool(b)) => a.extend(*b),
            (a, b) => panic!("{a:?} goes on as {b:?}"),
        }
    }

    fn empty(column: &Column<'_>) -> Self {
        match column {
            Column::I64(_) => Self::I64(Vec::new()),
            Column::U64(_) => Self::U64(Vec::new()),
            Column::F32(_) => Self::F32(Vec::new()),
            Column::F64(_) => Self::F64(Vec::new()),
            Column::Bool(_) => Self::Bool(Vec::new()),
            Column::Datetime(_) | Column::Text(_) => {
                unreachable!("no dataset is described as these")
            }
        }
    }
}

pub fn open(paths: &[&Path]) -> Catalog {
    let paths: Vec<PathBuf> = paths.iter().map(|p| p.to_path_buf()).collect();
    Catalog::open(&paths).unwrap()
}

pub fn selection(columns: &[&str], batch_rows: usize) -> Selection {
    Selection {
        columns: columns.iter().map(ToString::to_string).collect(),
        batch_rows,
        ..Selection::default()
    }
}

pub fn read_all(path: &Path, columns: &[&str], batch_rows: usize) -> Vec<Values> {
    let source = open(&[path])
        .select(&selection(columns, batch_rows))
        .unwrap();
    read(&source, 50)
}

pub fn read(source: &TableSource, target_rows: u64) -> Vec<Values> {
    try_read(source, target_rows).unwrap()
}

/// Reads every split with one reader, checking that row numbers and batches fit.
pub fn try_read(source: &TableSource, target_rows: u64) -> Result<Vec<Values>, SourceError> {
    let mut all: Vec<Values> = Vec::new();
    let mut reader = source.reader();
    for split in source.splits(target_rows) {
        let mut next = split.first_row;
        reader.read(&split, &mut |batch| {
            assert_eq!(batch.first_row(), next);
            assert!(batch.rows() > 0 && batch.rows() <= source.batch_rows());
            next += batch.rows() as u64;
            if all.is_empty() {
                all = batch.columns().iter().map(Values::empty).collect();
            }
            for (values, column) in all.iter_mut().zip(batch.columns()) {
                values.extend(column);
            }
            ControlFlow::Continue(())
        })?;
        assert_eq!(next - split.first_row, split.rows());
    }
    Ok(all)
}
