//! A column of a batch, owned by a reader and filled piece by piece.

use terabin_core::batch::{Column, DataType, Texts};

use crate::element::{ElementClass, ElementType};
use crate::meaning::Number;
use crate::read::convert::{
    Strided, convert_bool, convert_f32, convert_f64, convert_i64, convert_u64,
};
use crate::row_space::{RowBox, product};

/// Room for the values of one batch.
pub(crate) enum ColumnBuffer {
    I64(Vec<i64>),
    U64(Vec<u64>),
    F32(Vec<f32>),
    F64(Vec<f64>),
    Bool(Vec<bool>),
    Datetime(Vec<i64>),
    Text(TextBuffer),
}

/// Texts come in any order and are laid one after the other when all are there.
#[derive(Default)]
pub(crate) struct TextBuffer {
    values: Vec<Vec<u8>>,
    ends: Vec<u32>,
    bytes: Vec<u8>,
}

/// What a text takes besides its bytes, roughly.
pub(crate) const TEXT_BYTES: u64 = 64;

impl ColumnBuffer {
    /// Room for `rows` values, unless memory is short.
    pub(crate) fn new(data_type: DataType, rows: usize) -> Option<Self> {
        Some(match data_type {
            DataType::I64 => Self::I64(zeros(rows)?),
            DataType::U64 => Self::U64(zeros(rows)?),
            DataType::F32 => Self::F32(zeros(rows)?),
            DataType::F64 => Self::F64(zeros(rows)?),
            DataType::Bool => Self::Bool(zeros(rows)?),
            DataType::Datetime => Self::Datetime(zeros(rows)?),
            DataType::Text => Self::Text(TextBuffer {
                values: zeros(rows)?,
                ..TextBuffer::default()
            }),
        })
    }

    /// The type of the values.
    pub(crate) fn data_type(&self) -> DataType {
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

    /// Gives every row one number; says whether the column holds such numbers.
    #[must_use]
    pub(crate) fn fill(&mut self, value: Number) -> bool {
        match (self, value) {
            (Self::I64(v), Number::Signed(x)) => v.fill(x),
            (Self::U64(v), Number::Unsigned(x)) => v.fill(x),
            (Self::F64(v), Number::Float(x)) => v.fill(x),
            _ => return false,
        }
        true
    }

    /// Gives every row of a box its place along one dimension; says whether they fit.
    #[must_use]
    pub(crate) fn index(&mut self, dim: usize, rows: &RowBox) -> bool {
        let (Self::I64(v), Some(&start), Some(&count)) =
            (self, rows.start.get(dim), rows.count.get(dim))
        else {
            return false;
        };
        let inner = product(rows.count.get(dim + 1..).unwrap_or(&[]));
        let (Ok(inner), Ok(start), Ok(count)) = (
            usize::try_from(inner),
            i64::try_from(start),
            i64::try_from(count),
        ) else {
            return false;
        };
        let places = (start..start.saturating_add(count)).cycle();
        for (run, place) in v.chunks_mut(inner.max(1)).zip(places) {
            run.fill(place);
        }
        true
    }

    /// The first `rows` values. Texts must have been sealed.
    pub(crate) fn column(&self, rows: usize) -> Option<Column<'_>> {
        Some(match self {
            Self::I64(v) => Column::I64(v.get(..rows)?),
            Self::U64(v) => Column::U64(v.get(..rows)?),
            Self::F32(v) => Column::F32(v.get(..rows)?),
            Self::F64(v) => Column::F64(v.get(..rows)?),
            Self::Bool(v) => Column::Bool(v.get(..rows)?),
            Self::Datetime(v) => Column::Datetime(v.get(..rows)?),
            Self::Text(t) => Column::Text(Texts::new(t.ends.get(..rows)?, &t.bytes)),
        })
    }

    /// Lays the first `rows` texts one after the other; says whether they have room.
    #[must_use]
    pub(crate) fn seal(&mut self, rows: usize) -> bool {
        let Self::Text(t) = self else {
            return true;
        };
        t.ends.clear();
        t.bytes.clear();
        for value in t.values.iter().take(rows) {
            t.bytes.extend_from_slice(value);
            match u32::try_from(t.bytes.len()) {
                Ok(end) => t.ends.push(end),
                Err(_) => return false,
            }
        }
        true
    }

    /// Writes `count` stored elements from `at` on, each `stride` bytes after the one
    /// before; says whether all of them were there and fitted.
    #[must_use]
    pub(crate) fn write(
        &mut self,
        element: &ElementType,
        bytes: &[u8],
        stride: usize,
        at: usize,
        count: usize,
    ) -> bool {
        let place = at..at.saturating_add(count);
        let from = Strided { bytes, stride };
        let done = match self {
            Self::I64(v) => v
                .get_mut(place)
                .and_then(|to| convert_i64(element, &from, to)),
            Self::U64(v) => v
                .get_mut(place)
                .and_then(|to| convert_u64(element, &from, to)),
            Self::F32(v) => v
                .get_mut(place)
                .and_then(|to| convert_f32(element, &from, to)),
            Self::F64(v) => v
                .get_mut(place)
                .and_then(|to| convert_f64(element, &from, to)),
            Self::Bool(v) => v
                .get_mut(place)
                .and_then(|to| convert_bool(element, &from, to)),
            Self::Text(t) => t
                .values
                .get_mut(place)
                .and_then(|to| copy_texts(element, &from, to)),
            Self::Datetime(_) => None,
        };
        done == Some(count)
    }

    /// Sets the text of one row; says whether there is such a row.
    #[must_use]
    pub(crate) fn set_text(&mut self, row: usize, text: &[u8]) -> bool {
        let Self::Text(t) = self else {
            return false;
        };
        let Some(value) = t.values.get_mut(row) else {
            return false;
        };
        value.clear();
        value.extend_from_slice(text);
        true
    }

    /// The bytes of `count` values from `at` on, where they are stored just as they are
    /// in memory: reading into them needs no conversion.
    pub(crate) fn native(
        &mut self,
        element: &ElementType,
        at: usize,
        count: usize,
    ) -> Option<&mut [u8]> {
        if element.big_endian != cfg!(target_endian = "big") || element.bits.is_some() {
            return None;
        }
        let place = at..at.checked_add(count)?;
        Some(match (self, &element.class, element.size) {
            (Self::I64(v), ElementClass::Signed, 8) => bytemuck::cast_slice_mut(v.get_mut(place)?),
            (Self::U64(v), ElementClass::Unsigned, 8) => {
                bytemuck::cast_slice_mut(v.get_mut(place)?)
            }
            (Self::F32(v), ElementClass::Float, 4) => bytemuck::cast_slice_mut(v.get_mut(place)?),
            (Self::F64(v), ElementClass::Float, 8) => bytemuck::cast_slice_mut(v.get_mut(place)?),
            _ => return None,
        })
    }
}

fn copy_texts(element: &ElementType, from: &Strided<'_>, to: &mut [Vec<u8>]) -> Option<usize> {
    let ElementClass::Text(padding) = element.class else {
        return None;
    };
    for (i, to) in to.iter_mut().enumerate() {
        let start = i.checked_mul(from.stride)?;
        let stored = from.bytes.get(start..start.checked_add(element.size)?)?;
        to.clear();
        to.extend_from_slice(padding.strip(stored));
    }
    Some(to.len())
}

fn zeros<T: Default + Clone>(rows: usize) -> Option<Vec<T>> {
    let mut values = Vec::new();
    values.try_reserve_exact(rows).ok()?;
    values.resize(rows, T::default());
    Some(values)
}
