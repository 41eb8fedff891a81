//! Rows in memory: typed columns that borrow from a reader's buffers.

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

pub use crate::texts::Texts;

/// A few thousand to 64 Ki rows in memory, one slice per column.
///
/// All columns have [`Batch::rows`] elements. `first_row` is the number that the
/// first row has in the whole source, counted from 0 in file and row order. Rows that
/// a selection leaves out take part in nothing; the reader counts them.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    columns: &'a [Column<'a>],
    rows: usize,
    first_row: u64,
    selection: Option<&'a [bool]>,
}

impl<'a> Batch<'a> {
    /// A batch of `rows` rows; `rows` matters where there are no columns.
    ///
    /// # Panics
    /// When a column has another length than `rows`: a defect of the reader.
    #[must_use]
    pub fn new(columns: &'a [Column<'a>], rows: usize, first_row: u64) -> Self {
        assert!(
            columns.iter().all(|c| c.len() == rows),
            "every column of a batch has its number of rows"
        );
        Self {
            columns,
            rows,
            first_row,
            selection: None,
        }
    }

    /// The same rows, of which only those count whose mark is true.
    ///
    /// # Panics
    /// When there is not a mark per row: a defect of the reader.
    #[must_use]
    pub fn with_selection(self, selection: &'a [bool]) -> Self {
        assert!(
            selection.len() == self.rows,
            "a selection has a mark for every row of its batch"
        );
        let selection = Some(selection);
        Self { selection, ..self }
    }

    /// The columns, in the order of the source's schema.
    #[must_use]
    pub fn columns(&self) -> &'a [Column<'a>] {
        self.columns
    }

    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of the first row in the whole source.
    #[must_use]
    pub fn first_row(&self) -> u64 {
        self.first_row
    }

    /// A mark per row, true where the row counts; None if all rows do.
    #[must_use]
    pub fn selection(&self) -> Option<&'a [bool]> {
        self.selection
    }
}

/// The values of one variable for consecutive rows.
///
/// Narrow integers arrive widened (i8 to i64, u16 to u64), f16 as f32: every
/// conversion on the way in is exact.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Column<'a> {
    /// Signed integers.
    I64(&'a [i64]),
    /// Unsigned integers.
    U64(&'a [u64]),
    /// Single precision; arithmetic on it is done in f64.
    F32(&'a [f32]),
    /// Double precision.
    F64(&'a [f64]),
    /// Truth values.
    Bool(&'a [bool]),
    /// Nanoseconds since 1970-01-01T00:00:00 UTC; [`crate::datetime::NAT`] is NaN.
    Datetime(&'a [i64]),
    /// Texts.
    Text(Texts<'a>),
}

impl<'a> Column<'a> {
    /// The number of values.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::I64(v) | Self::Datetime(v) => v.len(),
            Self::U64(v) => v.len(),
            Self::F32(v) => v.len(),
            Self::F64(v) => v.len(),
            Self::Bool(v) => v.len(),
            Self::Text(v) => v.len(),
        }
    }

    /// Whether there are no values.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The type of the values.
    #[must_use]
    pub fn data_type(&self) -> DataType {
        match self {
            Self::I64(_) => DataType::I64,
            Self::U64(_) => DataType::U64,
            Self::F32(_) => DataType::F32,
            Self::F64(_) => DataType::F64,
            Self::Bool(_) => DataType::Bool,
            Self::Datetime(_) => DataType::Datetime,
            Self::Text(_) => DataType::Text,
        }
    }

    /// The values of the rows in `rows`, which must lie within the column.
    #[must_use]
    pub fn slice(&self, rows: Range<usize>) -> Column<'a> {
        match *self {
            Self::I64(v) => Self::I64(&v[rows]),
            Self::U64(v) => Self::U64(&v[rows]),
            Self::F32(v) => Self::F32(&v[rows]),
            Self::F64(v) => Self::F64(&v[rows]),
            Self::Bool(v) => Self::Bool(&v[rows]),
            Self::Datetime(v) => Self::Datetime(&v[rows]),
            Self::Text(v) => Self::Text(v.slice(rows)),
        }
    }
}

/// The type of a column's values in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DataType {
    /// Signed 64-bit integer.
    I64,
    /// Unsigned 64-bit integer.
    U64,
    /// IEEE single precision.
    F32,
    /// IEEE double precision.
    F64,
    /// Truth value.
    Bool,
    /// Nanoseconds since 1970-01-01T00:00:00 UTC in a signed 64-bit integer.
    Datetime,
    /// Bytes, UTF-8 or not.
    Text,
}

impl DataType {
    /// Whether values can be NaN or infinite.
    #[must_use]
    pub fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F64)
    }

    /// Whether sums and means have a meaning.
    #[must_use]
    pub fn is_number(self) -> bool {
        !matches!(self, Self::Datetime | Self::Text)
    }

    /// Whether a value may be missing where there is a row: NaN, or no time.
    #[must_use]
    pub fn has_nan(self) -> bool {
        self.is_float() || self == Self::Datetime
    }

    /// Bytes of one value in memory; a text has its own bytes besides.
    #[must_use]
    pub fn size(self) -> usize {
        match self {
            Self::I64 | Self::U64 | Self::F64 | Self::Datetime => 8,
            Self::F32 | Self::Text => 4,
            Self::Bool => 1,
        }
    }

    /// The smallest type that holds every value of both, if there is one.
    ///
    /// Signed with unsigned, and integers of 64 bits with floats, have none:
    /// a value would change.
    #[must_use]
    pub fn common(self, other: Self) -> Option<Self> {
        match (self, other) {
            (a, b) if a == b => Some(a),
            (Self::F32, Self::F64) | (Self::F64, Self::F32) => Some(Self::F64),
            _ => None,
        }
    }
}

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::I64 => "int64",
            Self::U64 => "uint64",
            Self::F32 => "float32",
            Self::F64 => "float64",
            Self::Bool => "bool",
            Self::Datetime => "datetime64[ns]",
            Self::Text => "string",
        })
    }
}
