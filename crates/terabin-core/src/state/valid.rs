//! Rows per cell whose value is not NaN.

use std::any::Any;

use super::count::add_counts;
use super::number::{Number, with_numbers};
use super::{Content, State, same};
use crate::batch::Column;

/// The number of rows of each cell with a value that is a number.
pub struct Valid {
    value: usize,
    cells: Vec<u64>,
}

impl Valid {
    pub fn new(cells: usize, value: usize) -> Self {
        Self {
            value,
            cells: vec![0; cells],
        }
    }

    fn add<T: Number>(&mut self, cells: &[u32], values: &[T]) {
        for (&cell, value) in cells.iter().zip(values) {
            self.cells[cell as usize] += u64::from(!value.is_nan());
        }
    }
}

impl State for Valid {
    fn fill(&mut self, cells: &[u32], values: &[Column<'_>]) {
        with_numbers!(values[self.value], |v| self.add(cells, v));
    }

    fn merge(&mut self, other: Box<dyn State>) {
        add_counts(&mut self.cells, &same::<Self>(other).cells);
    }

    fn exact(&self, cell: usize) -> Content {
        Content::Count(self.cells[cell])
    }

    fn bytes(&self) -> usize {
        self.cells.capacity() * 8
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
