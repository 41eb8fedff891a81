//! Exact sums per cell.

use std::any::Any;

use super::number::{Negative, Number, top, with_numbers};
use super::{Content, State, same};
use crate::batch::Column;
use crate::exact::ExactSums;

/// The exact sum of the values of each cell, NaN left out.
pub struct Sum {
    value: usize,
    sums: ExactSums<2>,
    trash: usize,
}

impl Sum {
    pub fn new(cells: usize, value: usize, float: bool) -> Self {
        Self {
            value,
            sums: if float {
                ExactSums::new(cells)
            } else {
                ExactSums::of_integers(cells)
            },
            trash: cells.saturating_sub(1),
        }
    }

    fn add<T: Number>(&mut self, cells: &[u32], values: &[T]) {
        if !self.sums.is_anchored()
            && let Some(top) = top(values)
        {
            self.sums.anchor(top);
        }
        for (&cell, &value) in cells.iter().zip(values) {
            let cell = cell as usize;
            if cell == self.trash || value.is_nan() {
                continue;
            }
            match value.term() {
                Ok(term) => self.sums.add(cell, term),
                Err(Negative(negative)) => self.sums.add_infinity(cell, negative),
            }
        }
    }
}

impl State for Sum {
    fn fill(&mut self, cells: &[u32], values: &[Column<'_>]) {
        with_numbers!(values[self.value], |v| self.add(cells, v));
    }

    fn merge(&mut self, other: Box<dyn State>) {
        self.sums.merge(same::<Self>(other).sums);
    }

    fn exact(&self, cell: usize) -> Content {
        Content::Sum(self.sums.exact(cell))
    }

    fn bytes(&self) -> usize {
        self.sums.bytes()
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
