//! The rows of a selection: cut into splits, read by one reader per worker.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use terabin_core::batch::DataType;
use terabin_core::source::{Reader, Schema, Source, Split};

use crate::cuts::{Cut, next_cut};
use crate::description::{DatasetDescription, FileDescription, Layout};
use crate::error::Error;
use crate::meaning::{Meaning, Number};
use crate::need::Need;
use crate::read::{ReadFailure, TableReader, reader_bytes};
use crate::row_space::{RowBox, RowSpace, bounds};

/// The selected columns of the selected tables of all files, as one run of rows.
///
/// Its inputs are (file, table) in the order of the files; the rows of an input keep
/// their number in the whole source where the selection takes only a part of them.
/// Where every element of a grid of several dimensions is a row, the rows of an input
/// come chunk by chunk, in the order of the chunks.
#[derive(Clone, Debug)]
pub struct TableSource {
    pub(crate) schema: Schema,
    pub(crate) inputs: Vec<Input>,
    pub(crate) batch_rows: usize,
    pub(crate) files_without_table: Vec<PathBuf>,
    pub(crate) table: String,
    pub(crate) skip_damaged: bool,
}

/// One table of one file.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    pub(crate) file: Arc<FileDescription>,
    pub(crate) table: String,
    pub(crate) needs: Vec<Need>,
    /// Where each column comes from.
    pub(crate) origins: Vec<Origin>,
    /// All its rows, and the order in which they are read.
    pub(crate) space: RowSpace,
    /// Those of them that are selected.
    pub(crate) range: Range<u64>,
    /// The number of row 0 in the whole source.
    pub(crate) first_row: u64,
    /// The box of rows whose chunks a reader keeps; for one dimension of rows the last.
    pub(crate) kept: Option<Vec<u64>>,
    /// Where splits are cut along a single dimension of rows.
    pub(crate) cuts: Vec<Cut>,
}

/// Where a column comes from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Origin {
    /// Values that are stored.
    Stored {
        /// What they stand for.
        meaning: Meaning,
        /// Their type before they are converted to what they stand for; none where
        /// they stand for themselves.
        stored: Option<DataType>,
    },
    /// The place along a dimension of the rows.
    Index(usize),
    /// One number for the whole file.
    Attribute(Number),
}

impl Input {
    pub(crate) fn dataset(&self, need: &Need) -> &DatasetDescription {
        &self.file.datasets[need.dataset]
    }

    pub(crate) fn datasets(&self) -> impl Iterator<Item = (&DatasetDescription, &Need)> {
        self.needs.iter().map(|need| (self.dataset(need), need))
    }

    fn splits(&self, number: u32, target_rows: u64, out: &mut Vec<Split>) {
        let mut start = self.range.start;
        while start < self.range.end {
            let end = self.next_cut(start, target_rows.max(1)).min(self.range.end);
            out.push(Split {
                input: number,
                start,
                end,
                first_row: self.first_row.saturating_add(start),
            });
            start = end;
        }
    }

    fn next_cut(&self, start: u64, target_rows: u64) -> u64 {
        let last = start.saturating_add(target_rows - 1);
        match (&self.space.shape[..], &self.space.tile) {
            ([_], _) => next_cut(&self.cuts, start, target_rows),
            (_, Some(_)) => self.space.tile_end(last.min(self.range.end - 1)),
            (shape, None) => {
                // Whole steps of the outermost dimension, where they are small enough.
                let step = shape
                    .iter()
                    .skip(1)
                    .fold(1_u64, |n, &e| n.saturating_mul(e));
                let end = last.saturating_add(1);
                let whole = end - end.checked_rem(step).unwrap_or(0);
                if whole > start { whole } else { end }
            }
        }
    }

    /// A file that cannot be looked at, or that has changed.
    pub(crate) fn failed(&self, failure: ReadFailure) -> Error {
        match failure {
            ReadFailure::Changed(path) => Error::Changed { path },
            ReadFailure::Io(source) => Error::Path {
                path: self.file.path.clone(),
                source,
            },
        }
    }

    /// Columns that did not get a value for every row.
    pub(crate) fn incomplete(&self, part: &RowBox) -> Error {
        Error::Read {
            path: self.file.path.clone(),
            dataset: self.table.clone(),
            rows: bounds(&self.space.shape, part),
            offset: 0,
            cause: "its columns do not fit together".into(),
        }
    }
}

impl TableSource {
    pub(crate) fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    pub(crate) fn skip_damaged(&self) -> bool {
        self.skip_damaged
    }

    /// The table or pattern that is read.
    #[must_use]
    pub fn table(&self) -> &str {
        &self.table
    }

    /// The rows of the selection, the same as [`Source::rows`].
    #[must_use]
    pub fn row_count(&self) -> u64 {
        self.inputs
            .iter()
            .map(|i| i.range.end - i.range.start)
            .fold(0, u64::saturating_add)
    }

    /// The file and the table of an input, with all rows that it has there.
    #[must_use]
    pub fn input(&self, number: u32) -> Option<(&FileDescription, &str, u64)> {
        let input = self.inputs.get(usize::try_from(number).ok()?)?;
        Some((&input.file, &input.table, input.space.rows()))
    }

    /// The number of inputs.
    #[must_use]
    pub fn input_count(&self) -> usize {
        self.inputs.len()
    }

    /// Files that do not have the table: they have no rows.
    #[must_use]
    pub fn files_without_table(&self) -> &[PathBuf] {
        &self.files_without_table
    }

    /// Whether a row can be masked because a column has its fill value there.
    #[must_use]
    pub fn has_masks(&self) -> bool {
        let masks =
            |o: &Origin| matches!(o, Origin::Stored { meaning, .. } if !meaning.masks.is_empty());
        self.inputs.iter().flat_map(|i| &i.origins).any(masks)
    }

    /// Bytes that the selected datasets take in the files.
    #[must_use]
    pub fn stored_bytes(&self) -> u64 {
        self.sum(|d| d.stored_bytes)
    }

    /// Datasets that only the HDF5 library reads, one at a time, with the reasons.
    #[must_use]
    pub fn through_library(&self) -> Vec<(PathBuf, String, String)> {
        let slow = |(input, dataset): (&Input, &DatasetDescription)| match &dataset.layout {
            Layout::Library { reason } => Some((
                input.file.path.clone(),
                dataset.path.clone(),
                reason.clone(),
            )),
            _ => None,
        };
        self.inputs
            .iter()
            .flat_map(|i| i.datasets().map(move |(d, _)| (i, d)))
            .filter_map(slow)
            .collect()
    }

    fn sum(&self, bytes: impl Fn(&DatasetDescription) -> u64) -> u64 {
        self.inputs
            .iter()
            .flat_map(Input::datasets)
            .fold(0, |sum, (d, _)| sum.saturating_add(bytes(d)))
    }
}

/// About the most splits of a source: 8 MB of them, whatever the rows.
const MAX_SPLITS: u64 = 1 << 18;

impl Source for TableSource {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn rows(&self) -> u64 {
        self.row_count()
    }

    fn splits(&self, target_rows: u64) -> Vec<Split> {
        let mut splits = Vec::new();
        let target_rows = target_rows.max(self.row_count() / MAX_SPLITS);
        for (input, number) in self.inputs.iter().zip(0..) {
            input.splits(number, target_rows, &mut splits);
        }
        splits
    }

    fn reader(&self) -> Box<dyn Reader + '_> {
        Box::new(TableReader::new(self))
    }

    fn reader_bytes(&self) -> u64 {
        reader_bytes(self)
    }

    fn batch_rows(&self) -> usize {
        self.batch_rows
    }
}
