//! Where rows come from: the traits that files and arrays implement.
//!
//! A [`Source`] has a schema and rows. It cuts its rows into [`Split`]s, which a
//! queue hands to workers; each worker owns one [`Reader`] with its own buffers.
//! Which columns are read was decided when the source was made: the schema *is*
//! the projection.

use std::fmt;
use std::ops::{ControlFlow, Range};

use serde::{Deserialize, Serialize};

use crate::batch::{Batch, DataType};

/// Something that has a schema and rows.
pub trait Source: Sync {
    /// The columns that every batch has, in this order.
    fn schema(&self) -> &Schema;

    /// The number of rows.
    fn rows(&self) -> u64;

    /// Cuts all rows into units of work of about `target_rows`, in row order.
    ///
    /// Each row lies in exactly one split. Cuts follow the storage (chunks), so a
    /// split may be larger or smaller than asked for; none is empty.
    fn splits(&self, target_rows: u64) -> Vec<Split>;

    /// A reader for one worker.
    fn reader(&self) -> Box<dyn Reader + '_>;

    /// The most rows of one batch.
    fn batch_rows(&self) -> usize;

    /// The most bytes one reader holds at a time: batch, chunk and codec buffers.
    fn reader_bytes(&self) -> u64;
}

/// Reads splits for one worker; owns its buffers and file handles.
pub trait Reader {
    /// Hands the rows of `split` to `sink` in order, batch by batch, until it breaks.
    ///
    /// Every row is either handed on, and not unselected, or counted in
    /// [`ReadCounters::masked`] or [`ReadCounters::skipped`].
    ///
    /// # Errors
    /// What could not be read, with file, dataset and rows.
    fn read(
        &mut self,
        split: &Split,
        sink: &mut dyn FnMut(&Batch<'_>) -> ControlFlow<()>,
    ) -> Result<(), SourceError>;

    /// What this reader has moved so far.
    fn counters(&self) -> ReadCounters;

    /// Takes what could not be read since the last call, where the source leaves such
    /// rows out. Damage may be reported more than once, and in pieces.
    fn damages(&mut self) -> Vec<Damage> {
        Vec::new()
    }
}

/// Rows of a dataset that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The file, as messages name it.
    pub file: String,
    /// The path of the dataset.
    pub dataset: String,
    /// The rows, counted within the input.
    pub rows: Range<u64>,
    /// What is wrong, without file, dataset and rows.
    pub cause: String,
}

/// A unit of work: a range of rows of one input.
///
/// Plain data: a queue hands it out, a checkpoint records it, a cluster ships it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// Which input (file and table) of the source.
    pub input: u32,
    /// First row within the input.
    pub start: u64,
    /// One past the last row within the input.
    pub end: u64,
    /// The number that the first row has in the whole source.
    pub first_row: u64,
}

impl Split {
    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.end - self.start
    }
}

/// The columns of a source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    /// One per column.
    pub fields: Vec<Field>,
}

impl Schema {
    /// The position of the column called `name`.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|f| f.name == name)
    }
}

/// Name, type and description of a column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// The name that expressions use.
    pub name: String,
    /// Type in memory.
    pub data_type: DataType,
    /// The attribute `units`, as it stands in the file; nothing is converted.
    pub units: Option<String>,
    /// The attribute `long_name`.
    pub long_name: Option<String>,
}

/// What a reader has moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadCounters {
    /// Bytes taken from storage.
    pub bytes_read: u64,
    /// Bytes after decompression; a chunk that is decoded twice counts twice.
    pub bytes_decoded: u64,
    /// Rows of chunks that were never written: some column had its fill value.
    pub fill_rows: u64,
    /// Rows left out because some column holds its fill value.
    pub masked: u64,
    /// Rows left out because they could not be read.
    pub skipped: u64,
}

impl ReadCounters {
    /// Adds another reader's counters.
    pub fn add(&mut self, other: &Self) {
        self.bytes_read += other.bytes_read;
        self.bytes_decoded += other.bytes_decoded;
        self.fill_rows += other.fill_rows;
        self.masked += other.masked;
        self.skipped += other.skipped;
    }
}

/// An error of a source: opaque here, it says what failed and where.
pub struct SourceError(Box<dyn std::error::Error + Send + Sync>);

impl SourceError {
    /// Wraps the error of a particular source.
    pub fn new(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(error.into())
    }
}

impl fmt::Debug for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl std::error::Error for SourceError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}
