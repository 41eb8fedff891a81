//! Exact sums in 128 bits a cell: doubles to integers, integers to cells.
//!
//! A cell is one unsigned integer: the number of rows times 2^[`COUNT_AT`] plus the sum
//! of their terms, each below 2^[`TERM_BITS`] in size. So a row is one addition, and its
//! carry says when a cell must be emptied, every 2^14 rows at most.

use super::cell_numbers::{assert_within, is_clustered};
use super::prefetch::{self, STEP, next_block};
use super::{InstructionSet, multiversion};

/// The bit from which a cell counts its rows.
pub const COUNT_AT: u32 = 114;
/// The sizes of terms are below 2 to this power: 2^14 + 1 of them stay below half a
/// count.
pub const TERM_BITS: u32 = 98;

/// One row in the high word of a term.
const ROW: u64 = 1 << (COUNT_AT - 64);
const FRACTION: u64 = (1 << 52) - 1;

/// Where the doubles lie that become terms: those from 2^(base - 1023) up have a shift
/// of `0..=reach`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The biased exponent whose numbers are not shifted; at least 1.
    pub base: u32,
    /// The largest shift.
    pub reach: u32,
    /// Low bits of the significand that are always zero, and left out.
    pub spare: u32,
}

/// The terms of a block of rows, in two words each.
#[derive(Debug, Default)]
pub struct Terms {
    low: Vec<u64>,
    high: Vec<u64>,
}

/// Numbers that become terms of a window: doubles and single floats.
pub trait Real: Copy + Send + sealed::Real {
    /// The low bits of a double's significand that are zero for every number of the type.
    const SPARE: u32;

    /// The same number as a double.
    fn double(self) -> f64;
}

mod sealed {
    pub trait Real {}
    impl Real for f32 {}
    impl Real for f64 {}
}

impl Real for f64 {
    const SPARE: u32 = 0;

    #[inline(always)]
    fn double(self) -> f64 {
        self
    }
}

impl Real for f32 {
    const SPARE: u32 = f64::MANTISSA_DIGITS - Self::MANTISSA_DIGITS;

    #[inline(always)]
    fn double(self) -> f64 {
        self.into()
    }
}

impl Window {
    /// The significand and the shift of a double; 0 if the window does not hold it, and
    /// then 1 at the end.
    #[inline(always)]
    pub(super) fn take_apart(&self, x: f64) -> (u64, u64, u64) {
        let (base, reach) = (u64::from(self.base), u64::from(self.reach.min(63)));
        let bits = x.to_bits();
        let biased = (bits >> 52) & 0x7ff;
        let implicit = if biased == 0 { 0 } else { FRACTION + 1 };
        let shift = biased.max(1).wrapping_sub(base);
        let inside = shift <= reach;
        let left_out = u64::from(!inside & (bits << 1 != 0));
        let significand = ((bits & FRACTION) | implicit) >> self.spare;
        let significand = if inside { significand } else { 0 };
        (significand, shift & 63, left_out)
    }

    /// Whether a double is a term of the window: finite, and zero or within reach.
    #[inline(always)]
    #[must_use]
    pub fn holds(&self, x: f64) -> bool {
        let bits = x.to_bits();
        let biased = (bits >> 52) & 0x7ff;
        let shift = biased.max(1).wrapping_sub(self.base.into());
        (shift <= self.reach.into()) | (bits << 1 == 0)
    }
}

impl Terms {
    /// Takes doubles apart; those that the window does not hold count as rows of 0.
    ///
    /// Returns whether there are any of those.
    pub fn set_reals<T: Real>(
        &mut self,
        set: InstructionSet,
        window: Window,
        values: &[T],
    ) -> bool {
        self.low.resize(values.len(), 0);
        self.high.resize(values.len(), 0);
        from_reals(set, window, values, &mut self.low, &mut self.high)
    }

    /// Signed integers, each its own term.
    pub fn set_integers(&mut self, values: impl Iterator<Item = i128>) {
        self.low.clear();
        self.high.clear();
        #[allow(clippy::cast_possible_truncation)] // the two words
        for term in values.map(i128::cast_unsigned) {
            self.low.push(term as u64);
            self.high.push(((term >> 64) as u64).wrapping_add(ROW));
        }
    }

    /// Adds the term of row i to the cell `cells[i]`.
    ///
    /// A cell that cannot take a row is emptied into `full`: its number, its content.
    ///
    /// # Panics
    /// A number beyond the cells: a defect of the caller.
    pub fn add_to(
        &self,
        set: InstructionSet,
        cells: &[u32],
        sums: &mut [u128],
        full: &mut Vec<(u32, u128)>,
    ) {
        let rows = Rows {
            cells,
            low: &self.low[..cells.len()],
            high: &self.high[..cells.len()],
        };
        add(set, rows, sums, full);
    }
}

multiversion! {
    fn from_reals<T: Real>(window: Window, values: &[T], low: &mut [u64], high: &mut [u64]) -> bool
        = from_reals_body;
}

#[inline(always)]
fn from_reals_body<T: Real>(
    window: Window,
    values: &[T],
    low: &mut [u64],
    high: &mut [u64],
) -> bool {
    let mut left_out = 0;
    let all = values;
    let steps = values
        .chunks(STEP)
        .zip(low.chunks_mut(STEP))
        .zip(high.chunks_mut(STEP))
        .enumerate();
    for (step, ((values, low), high)) in steps {
        next_block(all, step * STEP);
        for ((&x, low), high) in values.iter().zip(low).zip(high) {
            let x = x.double();
            let (magnitude, shift, out) = window.take_apart(x);
            left_out |= out;
            let (l, h) = (magnitude << shift, (magnitude >> 1) >> (63 - shift));
            // Two's complement of both words where the number is negative.
            let sign = (x.to_bits().cast_signed() >> 63).cast_unsigned();
            let borrow = if l == 0 { sign } else { 0 };
            *low = (l ^ sign).wrapping_sub(sign);
            *high = (h ^ sign).wrapping_sub(borrow).wrapping_add(ROW);
        }
    }
    left_out != 0
}

/// Rows with their terms: slices of one length.
#[derive(Clone, Copy)]
struct Rows<'a> {
    cells: &'a [u32],
    low: &'a [u64],
    high: &'a [u64],
}

impl<'a> Rows<'a> {
    #[inline(always)]
    fn split_at(self, row: usize) -> (Self, Self) {
        let (cells, low, high) = (
            self.cells.split_at(row),
            self.low.split_at(row),
            self.high.split_at(row),
        );
        let part = |cells, low, high| Self { cells, low, high };
        (part(cells.0, low.0, high.0), part(cells.1, low.1, high.1))
    }

    #[inline(always)]
    fn each(self) -> impl Iterator<Item = (u32, u128)> + use<'a> {
        let words = self.low.iter().zip(self.high);
        let words = words.map(|(&low, &high)| (u128::from(high) << 64) | u128::from(low));
        self.cells.iter().copied().zip(words)
    }

    #[inline(always)]
    fn term(&self, row: usize) -> u128 {
        (u128::from(self.high[row]) << 64) | u128::from(self.low[row])
    }
}

multiversion! {
    fn add(rows: Rows<'_>, sums: &mut [u128], full: &mut Vec<(u32, u128)>) = add_body;
}

#[inline(always)]
fn add_body(rows: Rows<'_>, sums: &mut [u128], full: &mut Vec<(u32, u128)>) {
    assert_within(rows.cells, sums.len());
    if is_clustered(rows.cells) {
        add_runs(rows, sums, full);
    } else {
        add_scattered(rows, sums, full);
    }
}

#[inline(always)]
fn add_scattered(rows: Rows<'_>, sums: &mut [u128], full: &mut Vec<(u32, u128)>) {
    let (asked, later) = prefetch::ahead(rows.cells);
    let (first, last) = rows.split_at(asked);
    for ((cell, term), &later) in first.each().zip(later) {
        prefetch::cell(sums, later);
        add_row(cell, term, sums, full);
    }
    for (cell, term) in last.each() {
        add_row(cell, term, sums, full);
    }
}

#[inline(always)]
#[allow(unsafe_code)]
fn add_row(cell: u32, term: u128, sums: &mut [u128], full: &mut Vec<(u32, u128)>) {
    // SAFETY: `add_body` has compared every number with the length.
    let sum = unsafe { sums.get_unchecked_mut(cell as usize) };
    let (total, carry) = sum.overflowing_add(term);
    *sum = total;
    if carry {
        restart(full, cell, sum, term);
    }
}

/// Neighbours of one cell are added in registers: a cell in memory takes a row only
/// every five cycles.
#[inline(always)]
fn add_runs(rows: Rows<'_>, sums: &mut [u128], full: &mut Vec<(u32, u128)>) {
    let mut row = 0;
    while row < rows.cells.len() {
        let cell = rows.cells[row];
        let end = (row + RUN_ROWS).min(rows.cells.len());
        let mut term = rows.term(row);
        row += 1;
        while row < end && rows.cells[row] == cell {
            // At most 2^13 rows: their count cannot overflow.
            term = term.wrapping_add(rows.term(row));
            row += 1;
        }
        add_row(cell, term, sums, full);
    }
}

/// Empties a cell that an addition has taken beyond its bits, and adds again.
#[cold]
#[inline(never)]
fn restart(full: &mut Vec<(u32, u128)>, cell: u32, sum: &mut u128, term: u128) {
    full.push((cell, sum.wrapping_sub(term)));
    *sum = term;
}

const RUN_ROWS: usize = 1 << 13;

/// The rows and the sum of terms in a cell.
#[inline]
#[must_use]
pub fn decode(cell: u128) -> (u64, i128) {
    // The sum is below half a count in size, so the nearest count is the number of rows.
    let half = 1 << (COUNT_AT - 1);
    let (carried, over) = cell.overflowing_add(half);
    let rows = (carried >> COUNT_AT) + (u128::from(over) << (128 - COUNT_AT));
    let sum = cell.wrapping_sub(rows << COUNT_AT).cast_signed();
    // At most 2^14 rows.
    (u64::try_from(rows).unwrap_or(u64::MAX), sum)
}
