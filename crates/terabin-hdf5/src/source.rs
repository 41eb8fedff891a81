//! The rows of a selection: cut into splits, read by one reader per worker.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use terabin_core::source::{Reader, Schema, Source, Split};

use crate::band::BandShape;
use crate::contiguous::PIECE;
use crate::description::{DatasetDescription, FileDescription, Layout};
use crate::read::TableReader;
use crate::site::{Component, Site};

/// The selected columns of the selected tables of all files, as one run of rows.
///
/// Its inputs are (file, table) in the order of the files; the rows of an input keep
/// their number in the whole source where the selection takes only a part of them.
#[derive(Clone, Debug)]
pub struct TableSource {
    schema: Schema,
    inputs: Vec<Input>,
    batch_rows: usize,
    files_without_table: Vec<PathBuf>,
    table: String,
}

/// One table of one file.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    pub(crate) file: Arc<FileDescription>,
    pub(crate) table: String,
    pub(crate) needs: Vec<Need>,
    /// All its rows.
    pub(crate) rows: u64,
    /// Those of them that are selected.
    pub(crate) range: Range<u64>,
    /// The number of row 0 in the whole source.
    pub(crate) first_row: u64,
}

/// One dataset of an input and what is wanted of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Need {
    pub(crate) dataset: usize,
    pub(crate) components: Vec<Component>,
}

impl Input {
    pub(crate) fn dataset(&self, need: &Need) -> &DatasetDescription {
        &self.file.datasets[need.dataset]
    }

    fn datasets(&self) -> impl Iterator<Item = (&DatasetDescription, &Need)> {
        self.needs.iter().map(|need| (self.dataset(need), need))
    }

    /// The coarsest chunk grid of the columns along the rows.
    fn grid(&self) -> u64 {
        let rows = |(dataset, _): (&DatasetDescription, _)| match &dataset.layout {
            Layout::Chunked(table) => table.shape.first().copied(),
            _ => None,
        };
        self.datasets().filter_map(rows).max().unwrap_or(1).max(1)
    }

    fn splits(&self, number: u32, target_rows: u64, out: &mut Vec<Split>) {
        let grid = self.grid();
        let step = target_rows.max(1).div_ceil(grid).saturating_mul(grid);
        let mut start = self.range.start;
        while start < self.range.end {
            let next = (start / step).saturating_add(1).saturating_mul(step);
            let end = next.min(self.range.end);
            out.push(Split {
                input: number,
                start,
                end,
                first_row: self.first_row.saturating_add(start),
            });
            start = end;
        }
    }

    /// Bytes that a reader keeps of every dataset, and those of its decoder's buffers.
    fn reader_bytes(&self, number: u32) -> (u64, u64) {
        let (mut held, mut largest) = (0_u64, 0_u64);
        for (dataset, need) in self.datasets() {
            let site = Site {
                input: number,
                file: &self.file,
                dataset,
            };
            if let Layout::Chunked(table) = &dataset.layout {
                let shape = BandShape::new(&site, table);
                let chunk = shape.map_or(0, |s| s.chunk_bytes as u64);
                let tiles = shape.map_or(0, |s| s.columns(&need.components).len() as u64);
                let stored = table.entries.iter().map(|e| e.stored).max().unwrap_or(0);
                held = held.saturating_add(chunk.saturating_mul(tiles));
                // The decoder works between two buffers.
                largest = largest.max(chunk.max(stored).saturating_mul(2));
            } else {
                let row = dataset.width().saturating_mul(8);
                held = held.saturating_add(PIECE.max(row));
            }
        }
        (held, largest)
    }
}

impl TableSource {
    pub(crate) fn new(
        schema: Schema,
        inputs: Vec<Input>,
        batch_rows: usize,
        files_without_table: Vec<PathBuf>,
        table: String,
    ) -> Self {
        Self {
            schema,
            inputs,
            batch_rows,
            files_without_table,
            table,
        }
    }

    pub(crate) fn inputs(&self) -> &[Input] {
        &self.inputs
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
        Some((&input.file, &input.table, input.rows))
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

    /// Bytes that the selected datasets take in the files.
    #[must_use]
    pub fn stored_bytes(&self) -> u64 {
        self.sum(|d| d.stored_bytes)
    }

    /// Bytes that the chunk tables of the selected datasets take in memory.
    #[must_use]
    pub fn chunk_table_bytes(&self) -> u64 {
        self.sum(|d| match &d.layout {
            Layout::Chunked(table) => table.memory(),
            _ => 0,
        })
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
        let row: u64 = self
            .schema
            .fields
            .iter()
            .map(|f| f.data_type.size() as u64)
            .sum();
        let inputs = self.inputs.iter().zip(0..);
        // The decoder's buffers stay from input to input, so that the largest of each
        // come together.
        let (held, largest) = inputs
            .map(|(i, n)| i.reader_bytes(n))
            .fold((0, 0), |(held, largest): (u64, u64), (h, l)| {
                (held.max(h), largest.max(l))
            });
        row.saturating_mul(self.batch_rows as u64)
            .saturating_add(held)
            .saturating_add(largest)
    }

    fn batch_rows(&self) -> usize {
        self.batch_rows
    }
}
