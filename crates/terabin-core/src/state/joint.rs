//! Several values of a row together: rows that have them all, exact sums of their products.

use std::any::Any;

use serde::{Deserialize, Serialize};

use super::count::Count;
use super::number::{Number, with_numbers};
use super::{Content, Quantity, State, same};
use crate::batch::Column;
use crate::exact::{Exact, ExactSums, Scratch, Short, Term};
use crate::kernel::InstructionSet;

/// Up to three different values of a row, by their positions: rows count in which none of
/// them is NaN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Joint([Option<usize>; 3]);

impl Joint {
    /// These values, each once; those beyond the third are left out.
    #[must_use]
    pub fn of(values: &[usize]) -> Self {
        let mut sorted = values.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        Self(std::array::from_fn(|i| sorted.get(i).copied()))
    }

    /// The values, in ascending order.
    pub fn values(self) -> impl Iterator<Item = usize> {
        self.0.into_iter().flatten()
    }

    /// What counts the rows that have all values.
    #[must_use]
    pub fn rows(self) -> Quantity {
        match self.0 {
            [Some(v), None, None] => Quantity::Valid(v),
            _ => Quantity::Joint(self),
        }
    }

    /// The sum of the product of `factors`, up to three of the values, over those rows.
    #[must_use]
    pub fn product(self, factors: &[usize]) -> Quantity {
        let power = |v: Option<usize>| factors.iter().filter(|&&f| Some(f) == v).count();
        let powers = Powers(self.0.map(|v| u8::try_from(power(v)).unwrap_or(u8::MAX)));
        match (self.0, powers) {
            ([Some(v), None, None], Powers([1, ..])) => Quantity::Sum(v),
            ([Some(v), None, None], Powers([2, ..])) => Quantity::Squares(v),
            _ => Quantity::Product(self, powers),
        }
    }
}

/// How often each value of a [`Joint`] is a factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Powers([u8; 3]);

impl Powers {
    pub(super) fn bytes(self) -> [u8; 3] {
        self.0
    }
}

/// The rows of each cell in which no value of a [`Joint`] is NaN.
pub struct JointRows {
    values: Joint,
    rows: Count,
    trash: u32,
    kept: Vec<u32>,
}

impl JointRows {
    pub fn new(cells: usize, values: Joint, set: InstructionSet) -> Self {
        Self {
            values,
            rows: Count::new(cells, set),
            trash: trash(cells),
            kept: Vec::new(),
        }
    }
}

impl State for JointRows {
    fn fill(&mut self, _scratch: &mut Scratch, cells: &[u32], values: &[Column<'_>]) {
        self.kept.clear();
        self.kept.extend_from_slice(cells);
        for column in self.values.values().filter_map(|v| values.get(v)) {
            with_numbers!(*column, |v| for (cell, _) in
                self.kept.iter_mut().zip(v).filter(|(_, v)| v.is_nan())
            {
                *cell = self.trash;
            });
        }
        self.rows.add(&self.kept);
    }

    fn merge(&mut self, other: Box<dyn State>) {
        self.rows.join(same::<Self>(other).rows);
    }

    fn exact(&self, cell: usize) -> Content {
        Content::Count(self.rows.get(cell))
    }

    fn count(&self, _quantity: &Quantity, cell: usize) -> Option<u64> {
        Some(self.rows.get(cell))
    }

    fn bytes(&self) -> usize {
        State::bytes(&self.rows)
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

/// The exact sum of a product of values of each cell.
pub struct Product {
    values: Joint,
    /// Which value each factor is, counted within the joint ones.
    factors: Vec<usize>,
    sums: ExactSums<WORDS>,
    trash: u32,
    /// The values of a block taken apart.
    parts: [Vec<Factor>; 3],
}

/// Three doubles span 159 bits: as many are left for their different sizes.
const WORDS: usize = 5;

/// Bits of a window that stay free for sums of many terms.
const HEADROOM: i32 = 40;

impl Product {
    pub fn new(cells: usize, values: Joint, powers: Powers) -> Self {
        let each = powers.0.iter().enumerate();
        let factors = each.flat_map(|(i, &power)| std::iter::repeat_n(i, power.into()));
        Self {
            values,
            factors: factors.take(3).collect(),
            sums: ExactSums::new(cells),
            trash: trash(cells),
            parts: Default::default(),
        }
    }

    /// Places the window around the first terms that are not zero.
    fn anchor(&mut self, cells: &[u32]) {
        if self.sums.is_anchored() {
            return;
        }
        let finite = |row: usize| match self.row(row) {
            Some(Addend::Terms(terms)) if cells[row] != self.trash => Some(terms),
            _ => None,
        };
        let terms = (0..cells.len()).filter_map(finite).flatten();
        let terms = terms.filter(|t| t.magnitude != 0);
        let range = terms.fold(None, |range: Option<(i32, i32)>, t| {
            let (low, high) = range.unwrap_or((t.exponent, t.top()));
            Some((low.min(t.exponent), high.max(t.top())))
        });
        if let Some((low, high)) = range {
            let bits = i32::try_from(WORDS * 64).unwrap_or(i32::MAX);
            let spare = (bits - HEADROOM - (high - low)).max(0);
            self.sums.anchor(low - spare / 2);
        }
    }

    /// What a row adds; None where a value is NaN.
    fn row(&self, row: usize) -> Option<Addend> {
        let part = |value: usize| self.parts[value].get(row).copied();
        for value in 0..self.values.values().count() {
            if part(value)?.class == Class::Nan {
                return None;
            }
        }
        let mut factors = [Factor::ONE; 3];
        for (factor, &value) in factors.iter_mut().zip(&self.factors) {
            *factor = part(value)?;
        }
        let [a, b, c] = factors;
        let negative = a.negative ^ b.negative ^ c.negative;
        if factors.iter().any(|f| f.class == Class::Infinite) {
            // Infinity times zero is no number, as both infinities together are none.
            let zero = factors.iter().any(|f| f.magnitude == 0);
            return Some(Addend::Infinite(negative || zero, !negative || zero));
        }
        let two = u128::from(a.magnitude) * u128::from(b.magnitude);
        let term = |half: u128, up: i32| Term {
            negative,
            magnitude: half * u128::from(c.magnitude),
            exponent: a.exponent + b.exponent + c.exponent + up,
        };
        let low = two & u128::from(u64::MAX);
        Some(Addend::Terms([term(low, 0), term(two >> 64, 64)]))
    }
}

/// What one row adds to a sum.
enum Addend {
    Terms([Term; 2]),
    /// Whether the negative and the positive infinity go in.
    Infinite(bool, bool),
}

impl State for Product {
    fn fill(&mut self, _scratch: &mut Scratch, cells: &[u32], values: &[Column<'_>]) {
        let columns = self.values.values().filter_map(|v| values.get(v));
        for (column, parts) in columns.zip(&mut self.parts) {
            parts.clear();
            with_numbers!(*column, |v| parts.extend(v.iter().map(|&x| Factor::of(x))));
        }
        self.anchor(cells);
        for (row, &cell) in cells.iter().enumerate().filter(|(_, c)| **c != self.trash) {
            match self.row(row) {
                Some(Addend::Terms(terms)) => {
                    for term in terms {
                        self.sums.add(cell as usize, term);
                    }
                }
                Some(Addend::Infinite(negative, positive)) => {
                    for negative in [(negative, true), (positive, false)]
                        .into_iter()
                        .filter_map(|(goes_in, negative)| goes_in.then_some(negative))
                    {
                        self.sums.add_infinity(cell as usize, negative);
                    }
                }
                None => {}
            }
        }
    }

    fn merge(&mut self, other: Box<dyn State>) {
        self.sums.merge(same::<Self>(other).sums);
    }

    fn exact(&self, cell: usize) -> Content {
        let sum: Exact = self.sums.exact(cell);
        Content::Sum(sum)
    }

    fn short(&self, cell: usize) -> Option<Short> {
        self.sums.short_with(cell, &[])
    }

    fn bytes(&self) -> usize {
        self.sums.bytes()
    }

    fn side_bytes(&self) -> usize {
        self.sums.side_bytes()
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

/// A value taken apart.
#[derive(Clone, Copy)]
struct Factor {
    magnitude: u64,
    exponent: i32,
    negative: bool,
    class: Class,
}

#[derive(Clone, Copy, PartialEq)]
enum Class {
    Finite,
    Infinite,
    Nan,
}

impl Factor {
    const ONE: Self = Self {
        magnitude: 1,
        exponent: 0,
        negative: false,
        class: Class::Finite,
    };

    fn of(value: impl Number) -> Self {
        if value.is_nan() {
            return Self {
                class: Class::Nan,
                ..Self::ONE
            };
        }
        match value.term() {
            Some(term) => Self {
                // Numbers have at most 64 bits.
                magnitude: u64::try_from(term.magnitude).unwrap_or(u64::MAX),
                exponent: term.exponent,
                negative: term.negative,
                class: Class::Finite,
            },
            None => Self {
                negative: value.is_negative(),
                class: Class::Infinite,
                ..Self::ONE
            },
        }
    }
}

/// The last cell, which nobody reads.
pub(super) fn trash(cells: usize) -> u32 {
    u32::try_from(cells.saturating_sub(1)).unwrap_or(u32::MAX)
}
