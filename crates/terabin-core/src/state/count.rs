//! Rows per cell.

use std::any::Any;

use super::{Content, Quantity, State, same};
use crate::batch::Column;
use crate::exact::Scratch;
use crate::kernel::InstructionSet;
use crate::kernel::counts::Counters;

/// The number of rows of each cell.
pub struct Count {
    recent: Counters,
    /// What the 32-bit counters held before; empty until they are full once.
    earlier: Vec<u64>,
    cells: usize,
    set: InstructionSet,
}

impl Count {
    pub fn new(cells: usize, set: InstructionSet) -> Self {
        Self {
            recent: Counters::new(cells),
            earlier: Vec::new(),
            cells,
            set,
        }
    }

    pub fn add(&mut self, cells: &[u32]) {
        if !self.recent.has_room(cells.len()) {
            self.settle();
        }
        self.recent.add(self.set, cells);
    }

    pub fn get(&self, cell: usize) -> u64 {
        self.recent.get(cell) + self.earlier.get(cell).copied().unwrap_or(0)
    }

    pub fn join(&mut self, mut other: Self) {
        self.settle();
        other.settle();
        add_counts(&mut self.earlier, &other.earlier);
    }

    fn settle(&mut self) {
        self.earlier.resize(self.cells, 0);
        for (cell, count) in self.earlier.iter_mut().enumerate() {
            *count += self.recent.get(cell);
        }
        self.recent.clear();
    }
}

impl State for Count {
    fn fill(&mut self, _scratch: &mut Scratch, cells: &[u32], _values: &[Column<'_>]) {
        self.add(cells);
    }

    fn merge(&mut self, other: Box<dyn State>) {
        self.join(same::<Self>(other));
    }

    fn exact(&self, cell: usize) -> Content {
        Content::Count(self.get(cell))
    }

    fn count(&self, _quantity: &Quantity, cell: usize) -> Option<u64> {
        Some(self.get(cell))
    }

    fn bytes(&self) -> usize {
        self.recent.bytes() + self.earlier.capacity() * 8
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
