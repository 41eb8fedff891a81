//! Rows per cell.

use std::any::Any;

use super::{Content, State, same};
use crate::batch::Column;

/// The number of rows of each cell.
pub struct Count {
    cells: Vec<u64>,
}

impl Count {
    pub fn new(cells: usize) -> Self {
        Self {
            cells: vec![0; cells],
        }
    }
}

impl State for Count {
    fn fill(&mut self, cells: &[u32], _values: &[Column<'_>]) {
        for &cell in cells {
            self.cells[cell as usize] += 1;
        }
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

/// Adds counts cell by cell.
pub fn add_counts(mine: &mut [u64], theirs: &[u64]) {
    for (a, b) in mine.iter_mut().zip(theirs) {
        *a += b;
    }
}
