//! Rows per cell whose value is not NaN.

use std::any::Any;

use super::count::Count;
use super::number::{Number, with_numbers};
use super::{Content, Quantity, State, same};
use crate::batch::Column;
use crate::exact::{Pages, Scratch};
use crate::kernel::InstructionSet;

/// The number of rows of each cell with a value that is a number: all but those few
/// with NaN.
pub struct Valid {
    value: usize,
    rows: Count,
    nan: Pages<u64>,
}

impl Valid {
    pub fn new(cells: usize, value: usize, set: InstructionSet) -> Self {
        Self {
            value,
            rows: Count::new(cells, set),
            nan: Pages::new(cells),
        }
    }

    fn count_nan<T: Number>(&mut self, cells: &[u32], values: &[T]) {
        if !values.iter().fold(false, |any, value| any | value.is_nan()) {
            return;
        }
        for (&cell, _) in cells.iter().zip(values).filter(|(_, v)| v.is_nan()) {
            *self.nan.get_mut(cell as usize) += 1;
        }
    }
}

impl State for Valid {
    fn fill(&mut self, _scratch: &mut Scratch, cells: &[u32], values: &[Column<'_>]) {
        self.rows.add(cells);
        with_numbers!(values[self.value], |v| self.count_nan(cells, v));
    }

    fn merge(&mut self, other: Box<dyn State>) {
        let other = same::<Self>(other);
        self.rows.join(other.rows);
        self.nan.add(&other.nan);
    }

    fn exact(&self, cell: usize) -> Content {
        Content::Count(self.rows.get(cell) - self.nan.get(cell))
    }

    fn count(&self, quantity: &Quantity, cell: usize) -> Option<u64> {
        let rows = self.rows.get(cell);
        Some(match quantity {
            Quantity::Count => rows,
            _ => rows - self.nan.get(cell),
        })
    }

    fn bytes(&self) -> usize {
        self.rows.bytes() + self.nan.bytes()
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
