//! Exact sums of values and of their squares per cell.

use std::any::Any;
use std::ops::Range;

use super::{Content, Quantity, State, same};
use crate::batch::Column;
use crate::datetime::NAT;
use crate::exact::{First, Packed, Pages, Power, Scratch, Second, Short};
use crate::kernel::InstructionSet;
use crate::kernel::terms::Real;

/// The exact sum of the values of each cell, NaN left out.
///
/// It knows the rows of each cell, and those whose value is not NaN, as well.
pub type Sum = Moment<First>;

/// The exact sum of the squared values of each cell, NaN left out.
pub type Squares = Moment<Second>;

/// Sums of the values to a power.
pub struct Moment<P: Power> {
    value: usize,
    sums: Packed<P>,
    nan: Pages<u64>,
}

impl<P: Power> Moment<P> {
    pub fn new(cells: usize, value: usize, set: InstructionSet) -> Self {
        Self {
            value,
            sums: Packed::new(cells, set),
            nan: Pages::new(cells),
        }
    }

    fn add_reals<T: Real>(&mut self, scratch: &mut Scratch, cells: &[u32], values: &[T]) {
        let mut infinite = Vec::new();
        self.sums.add_reals(scratch, cells, values, |row, x| {
            let cell = cells[row] as usize;
            if !x.is_nan() {
                infinite.push((cell, P::is_negative(x)));
            } else if P::COUNTS {
                *self.nan.get_mut(cell) += 1;
            }
        });
        for (cell, negative) in infinite {
            self.sums.add_infinity(cell, negative);
        }
    }

    fn add_times(&mut self, scratch: &mut Scratch, cells: &[u32], times: &[i64]) {
        for (&cell, _) in cells.iter().zip(times).filter(|(_, t)| **t == NAT) {
            *self.nan.get_mut(cell as usize) += 1;
        }
        let numbers = times.iter().map(|&t| if t == NAT { 0 } else { t });
        self.sums
            .add_integers(scratch, cells, numbers.map(i128::from));
    }
}

impl<P: Power> State for Moment<P> {
    fn fill(&mut self, scratch: &mut Scratch, cells: &[u32], values: &[Column<'_>]) {
        match values[self.value] {
            Column::F64(v) => self.add_reals(scratch, cells, v),
            Column::F32(v) => self.add_reals(scratch, cells, v),
            Column::I64(v) => self
                .sums
                .add_integers(scratch, cells, v.iter().map(|&x| x.into())),
            Column::U64(v) => self
                .sums
                .add_integers(scratch, cells, v.iter().map(|&x| x.into())),
            Column::Bool(v) => self
                .sums
                .add_integers(scratch, cells, v.iter().map(|&x| x.into())),
            Column::Datetime(v) => self.add_times(scratch, cells, v),
            // Texts are no numbers: nothing is added.
            Column::Text(_) => {}
        }
    }

    fn merge(&mut self, other: Box<dyn State>) {
        let other = same::<Self>(other);
        self.sums.merge(other.sums);
        self.nan.add(&other.nan);
    }

    fn exact(&self, cell: usize) -> Content {
        Content::Sum(self.sums.exact(cell))
    }

    fn side_bytes(&self) -> usize {
        self.sums.side_bytes()
    }

    fn prefetch(&self, cell: usize) {
        self.sums.prefetch(cell);
    }

    #[inline]
    fn count(&self, quantity: &Quantity, cell: usize) -> Option<u64> {
        match *quantity {
            Quantity::Count => self.sums.rows(cell),
            Quantity::Valid(v) if v == self.value => {
                Some(self.sums.rows(cell)? - self.nan.get(cell))
            }
            _ => None,
        }
    }

    #[inline]
    fn short(&self, cell: usize) -> Option<Short> {
        self.sums.short(cell)
    }

    fn counts(&self, quantity: &Quantity, cells: Range<usize>, out: &mut Vec<u64>) {
        let valid = *quantity == Quantity::Valid(self.value);
        if !P::COUNTS || !(valid || *quantity == Quantity::Count) {
            return out.extend(cells.map(|_| 0));
        }
        let start = out.len();
        self.sums.counts(cells.clone(), out);
        if valid && !self.nan.is_blank(&cells) {
            for (rows, cell) in out.iter_mut().skip(start).zip(cells) {
                *rows -= self.nan.get(cell);
            }
        }
    }

    fn shorts(&self, cells: Range<usize>, out: &mut Vec<Option<Short>>) {
        self.sums.shorts(cells, out);
    }

    fn bytes(&self) -> usize {
        self.sums.bytes() + self.nan.bytes()
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
