//! The range of the finite values: what an automatic axis asks.

use std::any::Any;

use super::number::{Number, Time, with_numbers};
use super::{Content, State, same};
use crate::batch::Column;
use crate::datetime;
use crate::exact::Scratch;

/// The finite extremes of one cell, as doubles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FiniteRange {
    /// Smallest finite value.
    pub min: f64,
    /// Smallest value above zero; infinite if there is none.
    pub min_positive: f64,
    /// Largest finite value.
    pub max: f64,
}

// NaN never gets in: equality is total.
impl Eq for FiniteRange {}

impl FiniteRange {
    const EMPTY: Self = Self {
        min: f64::INFINITY,
        min_positive: f64::INFINITY,
        max: f64::NEG_INFINITY,
    };

    pub(super) fn canonical(&self, out: &mut Vec<u8>) {
        out.push(3);
        for value in [self.min, self.min_positive, self.max] {
            out.extend_from_slice(&value.to_le_bytes());
        }
    }

    #[inline]
    fn join(&mut self, other: Self) {
        self.min = self.min.min(other.min);
        self.min_positive = self.min_positive.min(other.min_positive);
        self.max = self.max.max(other.max);
    }
}

/// The finite range of each cell.
pub struct FiniteRangeState {
    value: usize,
    cells: Vec<FiniteRange>,
    trash: usize,
}

impl FiniteRangeState {
    pub fn new(cells: usize, value: usize) -> Self {
        Self {
            value,
            cells: vec![FiniteRange::EMPTY; cells],
            trash: cells.saturating_sub(1),
        }
    }

    fn add<T: Number + AsF64>(&mut self, cells: &[u32], values: &[T]) {
        for (&cell, value) in cells.iter().zip(values) {
            let x = value.as_f64() + 0.0;
            let cell = cell as usize;
            if x.is_finite() && cell != self.trash {
                self.cells[cell].join(FiniteRange {
                    min: x,
                    min_positive: if x > 0.0 { x } else { f64::INFINITY },
                    max: value.above() + 0.0,
                });
            }
        }
    }
}

impl State for FiniteRangeState {
    fn fill(&mut self, _scratch: &mut Scratch, cells: &[u32], values: &[Column<'_>]) {
        with_numbers!(values[self.value], |v| self.add(cells, v));
    }

    fn merge(&mut self, other: Box<dyn State>) {
        for (mine, theirs) in self.cells.iter_mut().zip(same::<Self>(other).cells) {
            mine.join(theirs);
        }
    }

    fn exact(&self, cell: usize) -> Content {
        let range = self.cells[cell];
        Content::FiniteRange((range.min <= range.max).then_some(range))
    }

    fn bytes(&self) -> usize {
        self.cells.capacity() * size_of::<FiniteRange>()
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

/// The nearest double: edges are doubles.
trait AsF64 {
    fn as_f64(&self) -> f64;

    /// What the end of a range must reach to have the value in it.
    fn above(&self) -> f64 {
        self.as_f64()
    }
}

/// Times are compared exactly with edges, so that a range reaches around them.
impl AsF64 for Time {
    fn as_f64(&self) -> f64 {
        datetime::floor(self.0)
    }

    fn above(&self) -> f64 {
        datetime::ceil(self.0)
    }
}

impl AsF64 for f64 {
    fn as_f64(&self) -> f64 {
        *self
    }
}

impl AsF64 for f32 {
    fn as_f64(&self) -> f64 {
        f64::from(*self)
    }
}

#[allow(clippy::cast_precision_loss)] // rounding to the nearest edge is what is asked
impl AsF64 for i64 {
    fn as_f64(&self) -> f64 {
        *self as f64
    }
}

#[allow(clippy::cast_precision_loss)] // as above
impl AsF64 for u64 {
    fn as_f64(&self) -> f64 {
        *self as f64
    }
}

impl AsF64 for bool {
    fn as_f64(&self) -> f64 {
        f64::from(u8::from(*self))
    }
}
