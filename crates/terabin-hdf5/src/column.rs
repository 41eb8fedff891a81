//! A column of a batch, owned by a reader and filled piece by piece.

use terabin_core::batch::{Column, DataType};

use crate::convert::{Strided, convert_bool, convert_f32, convert_f64, convert_i64, convert_u64};
use crate::description::{ElementClass, ElementType};

/// Room for the values of one batch.
pub(crate) struct ColumnBuffer {
    data: Data,
    length: usize,
}

enum Data {
    I64(Vec<i64>),
    U64(Vec<u64>),
    F32(Vec<f32>),
    F64(Vec<f64>),
    Bool(Vec<bool>),
}

impl ColumnBuffer {
    /// Room for `rows` values, unless memory is short.
    pub(crate) fn new(data_type: DataType, rows: usize) -> Option<Self> {
        let data = match data_type {
            DataType::I64 => Data::I64(zeros(rows)?),
            DataType::U64 => Data::U64(zeros(rows)?),
            DataType::F32 => Data::F32(zeros(rows)?),
            DataType::F64 => Data::F64(zeros(rows)?),
            DataType::Bool => Data::Bool(zeros(rows)?),
        };
        Some(Self { data, length: 0 })
    }

    /// Forgets the values and keeps the room.
    pub(crate) fn clear(&mut self) {
        self.length = 0;
    }

    /// The values so far.
    pub(crate) fn column(&self) -> Column<'_> {
        match &self.data {
            Data::I64(v) => Column::I64(&v[..self.length]),
            Data::U64(v) => Column::U64(&v[..self.length]),
            Data::F32(v) => Column::F32(&v[..self.length]),
            Data::F64(v) => Column::F64(&v[..self.length]),
            Data::Bool(v) => Column::Bool(&v[..self.length]),
        }
    }

    /// Appends `count` stored elements; says whether all of them were there and fitted.
    #[must_use]
    pub(crate) fn append(
        &mut self,
        element: &ElementType,
        from: &Strided<'_>,
        count: usize,
    ) -> bool {
        let place = self.length..self.length.saturating_add(count);
        self.length = place.end.min(self.capacity());
        let done = match &mut self.data {
            Data::I64(v) => v
                .get_mut(place)
                .and_then(|to| convert_i64(element, from, to)),
            Data::U64(v) => v
                .get_mut(place)
                .and_then(|to| convert_u64(element, from, to)),
            Data::F32(v) => v
                .get_mut(place)
                .and_then(|to| convert_f32(element, from, to)),
            Data::F64(v) => v
                .get_mut(place)
                .and_then(|to| convert_f64(element, from, to)),
            Data::Bool(v) => v
                .get_mut(place)
                .and_then(|to| convert_bool(element, from, to)),
        };
        done == Some(count)
    }

    /// The bytes of the next `count` values, where they are stored just as they are
    /// in memory: reading into them needs no conversion.
    pub(crate) fn native(&mut self, element: &ElementType, count: usize) -> Option<&mut [u8]> {
        if element.big_endian != cfg!(target_endian = "big") {
            return None;
        }
        let place = self.length..self.length.checked_add(count)?;
        let bytes = match (&mut self.data, &element.class, element.size) {
            (Data::I64(v), ElementClass::Signed, 8) => bytemuck::cast_slice_mut(v.get_mut(place)?),
            (Data::U64(v), ElementClass::Unsigned, 8) => {
                bytemuck::cast_slice_mut(v.get_mut(place)?)
            }
            (Data::F32(v), ElementClass::Float, 4) => bytemuck::cast_slice_mut(v.get_mut(place)?),
            (Data::F64(v), ElementClass::Float, 8) => bytemuck::cast_slice_mut(v.get_mut(place)?),
            _ => return None,
        };
        self.length += count;
        Some(bytes)
    }

    fn capacity(&self) -> usize {
        match &self.data {
            Data::I64(v) => v.len(),
            Data::U64(v) => v.len(),
            Data::F32(v) => v.len(),
            Data::F64(v) => v.len(),
            Data::Bool(v) => v.len(),
        }
    }
}

fn zeros<T: Default + Clone>(rows: usize) -> Option<Vec<T>> {
    let mut values = Vec::new();
    values.try_reserve_exact(rows).ok()?;
    values.resize(rows, T::default());
    Some(values)
}
