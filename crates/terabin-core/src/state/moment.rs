//! Exact sums of values and of their squares per cell.

use std::any::Any;

use super::number::{Negative, Number, with_numbers};
use super::{Content, State, same};
use crate::batch::Column;
use crate::exact::{ExactSums, Term};

/// The exact sum of the values of each cell, NaN left out.
pub type Sum = Moment<2, false>;

/// The exact sum of the squared values of each cell, NaN left out.
///
/// Squares are integer products: a fused multiply-add would lose bits below 1e-146
/// and above 1e154.
pub type Squares = Moment<4, true>;

/// Sums of N words, of the values or of their squares.
pub struct Moment<const N: usize, const SQUARED: bool> {
    value: usize,
    sums: ExactSums<N>,
    trash: usize,
}

impl<const N: usize, const SQUARED: bool> Moment<N, SQUARED> {
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
            && let Some(top) = self.usual_top(cells, values)
        {
            self.sums.anchor(top);
        }
        for (&cell, &value) in cells.iter().zip(values) {
            let cell = cell as usize;
            if cell == self.trash || value.is_nan() {
                continue;
            }
            match value.term() {
                Ok(term) => self.sums.add(cell, Self::power(term)),
                Err(Negative(negative)) => self.sums.add_infinity(cell, negative && !SQUARED),
            }
        }
    }

    #[inline]
    fn power(term: Term) -> Term {
        if SQUARED { term.times(term) } else { term }
    }

    /// The size of the block's numbers but for the largest few: one fill value of 1e30
    /// among them must not push the others out of the window.
    fn usual_top<T: Number>(&self, cells: &[u32], values: &[T]) -> Option<i32> {
        let rows = cells.iter().zip(values);
        let inside = rows.filter(|(cell, value)| **cell as usize != self.trash && !value.is_nan());
        let terms = inside.filter_map(|(_, value)| value.term().ok());
        let mut tops: Vec<i32> = terms
            .filter(|t| t.magnitude != 0)
            .map(|t| Self::power(t).top())
            .collect();
        let usual = tops.len().checked_sub(1 + tops.len() / 512)?;
        Some(*tops.select_nth_unstable(usual).1)
    }
}

impl<const N: usize, const SQUARED: bool> State for Moment<N, SQUARED> {
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
