//! Typed values on their way through an expression.

use terabin_core::batch::{Column, DataType};

use crate::text::TextLane;

/// The values of one operand: a slice with one per row, or one for all rows.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Lane<'a, T> {
    Rows(&'a [T]),
    Constant(T),
}

/// A lane whose type is known when the program runs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Values<'a> {
    I64(Lane<'a, i64>),
    U64(Lane<'a, u64>),
    F32(Lane<'a, f32>),
    F64(Lane<'a, f64>),
    Bool(Lane<'a, bool>),
    /// Nanoseconds since 1970.
    Datetime(Lane<'a, i64>),
    Text(TextLane<'a>),
}

impl<'a> Values<'a> {
    pub(crate) fn of(column: Column<'a>) -> Self {
        match column {
            Column::I64(v) => Self::I64(Lane::Rows(v)),
            Column::U64(v) => Self::U64(Lane::Rows(v)),
            Column::F32(v) => Self::F32(Lane::Rows(v)),
            Column::F64(v) => Self::F64(Lane::Rows(v)),
            Column::Bool(v) => Self::Bool(Lane::Rows(v)),
            Column::Datetime(v) => Self::Datetime(Lane::Rows(v)),
            Column::Text(v) => Self::Text(TextLane::Rows(v)),
        }
    }
}

/// One value for all rows.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Constant {
    I64(i64),
    U64(u64),
    F32(f32),
    F64(f64),
    Bool(bool),
    Datetime(i64),
}

impl Constant {
    pub(crate) fn data_type(self) -> DataType {
        match self {
            Self::I64(_) => DataType::I64,
            Self::U64(_) => DataType::U64,
            Self::F32(_) => DataType::F32,
            Self::F64(_) => DataType::F64,
            Self::Bool(_) => DataType::Bool,
            Self::Datetime(_) => DataType::Datetime,
        }
    }

    /// Its bits: of two constants of a type, they tell whether the two are one.
    pub(crate) fn bits(self) -> u64 {
        match self {
            Self::I64(v) | Self::Datetime(v) => v.cast_unsigned(),
            Self::U64(v) => v,
            Self::F32(v) => v.to_bits().into(),
            Self::F64(v) => v.to_bits(),
            Self::Bool(v) => v.into(),
        }
    }

    pub(crate) fn values(self) -> Values<'static> {
        match self {
            Self::I64(v) => Values::I64(Lane::Constant(v)),
            Self::U64(v) => Values::U64(Lane::Constant(v)),
            Self::F32(v) => Values::F32(Lane::Constant(v)),
            Self::F64(v) => Values::F64(Lane::Constant(v)),
            Self::Bool(v) => Values::Bool(Lane::Constant(v)),
            Self::Datetime(v) => Values::Datetime(Lane::Constant(v)),
        }
    }
}

/// Memory for the values of one operation, reused from block to block.
#[derive(Clone, Debug)]
pub(crate) enum Buffer {
    I64(Vec<i64>),
    U64(Vec<u64>),
    F32(Vec<f32>),
    F64(Vec<f64>),
    Bool(Vec<bool>),
    Datetime(Vec<i64>),
}

impl Default for Buffer {
    fn default() -> Self {
        Self::F64(Vec::new())
    }
}

impl Buffer {
    pub(crate) fn new(data_type: DataType) -> Self {
        match data_type {
            DataType::I64 => Self::I64(Vec::new()),
            DataType::U64 => Self::U64(Vec::new()),
            DataType::F32 => Self::F32(Vec::new()),
            DataType::F64 => Self::F64(Vec::new()),
            DataType::Datetime => Self::Datetime(Vec::new()),
            // No operation gives texts: only bare columns have them.
            DataType::Bool | DataType::Text => Self::Bool(Vec::new()),
        }
    }

    /// Makes this a buffer of `data_type` for at least `rows` values.
    ///
    /// It never shrinks: batches of changing size would clear memory again and again.
    pub(crate) fn prepare(&mut self, data_type: DataType, rows: usize) {
        if self.column(0).data_type() != data_type {
            *self = Self::new(data_type);
        }
        match self {
            Self::I64(v) | Self::Datetime(v) => v.resize(rows.max(v.len()), 0),
            Self::U64(v) => v.resize(rows.max(v.len()), 0),
            Self::F32(v) => v.resize(rows.max(v.len()), 0.0),
            Self::F64(v) => v.resize(rows.max(v.len()), 0.0),
            Self::Bool(v) => v.resize(rows.max(v.len()), false),
        }
    }

    /// The first `rows` values, of those that were prepared.
    pub(crate) fn column(&self, rows: usize) -> Column<'_> {
        match self {
            Self::I64(v) => Column::I64(&v[..rows]),
            Self::U64(v) => Column::U64(&v[..rows]),
            Self::F32(v) => Column::F32(&v[..rows]),
            Self::F64(v) => Column::F64(&v[..rows]),
            Self::Bool(v) => Column::Bool(&v[..rows]),
            Self::Datetime(v) => Column::Datetime(&v[..rows]),
        }
    }

    /// The values of prepared rows, to be written.
    pub(crate) fn target(&mut self, rows: std::ops::Range<usize>) -> Target<'_> {
        match self {
            Self::I64(v) => Target::I64(&mut v[rows]),
            Self::U64(v) => Target::U64(&mut v[rows]),
            Self::F32(v) => Target::F32(&mut v[rows]),
            Self::F64(v) => Target::F64(&mut v[rows]),
            Self::Bool(v) => Target::Bool(&mut v[rows]),
            Self::Datetime(v) => Target::Datetime(&mut v[rows]),
        }
    }

    /// The value of the first row, if there is one.
    pub(crate) fn first(&self) -> Option<Constant> {
        Some(match self {
            Self::I64(v) => Constant::I64(*v.first()?),
            Self::U64(v) => Constant::U64(*v.first()?),
            Self::F32(v) => Constant::F32(*v.first()?),
            Self::F64(v) => Constant::F64(*v.first()?),
            Self::Bool(v) => Constant::Bool(*v.first()?),
            Self::Datetime(v) => Constant::Datetime(*v.first()?),
        })
    }
}

/// Where an operation writes.
#[derive(Debug)]
pub(crate) enum Target<'a> {
    I64(&'a mut [i64]),
    U64(&'a mut [u64]),
    F32(&'a mut [f32]),
    F64(&'a mut [f64]),
    Bool(&'a mut [bool]),
    Datetime(&'a mut [i64]),
}

/// A type that lanes and targets can have; `None` where they have another.
///
/// Datetimes are no int64 here: nothing takes them for numbers by mistake.
pub(crate) trait Element: Copy {
    fn lane(values: Values<'_>) -> Option<Lane<'_, Self>>;
    fn target(target: Target<'_>) -> Option<&mut [Self]>;
}

macro_rules! element {
    ($type:ty, $variant:ident) => {
        impl Element for $type {
            fn lane(values: Values<'_>) -> Option<Lane<'_, Self>> {
                match values {
                    Values::$variant(lane) => Some(lane),
                    _ => None,
                }
            }
            fn target(target: Target<'_>) -> Option<&mut [Self]> {
                match target {
                    Target::$variant(slice) => Some(slice),
                    _ => None,
                }
            }
        }
    };
}

element!(i64, I64);
element!(u64, U64);
element!(f32, F32);
element!(f64, F64);
element!(bool, Bool);
