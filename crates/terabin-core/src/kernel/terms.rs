//! Exact sums in 128 bits a cell: doubles to integers, integers to cells.
//!
//! A term is an integer below 2^[`TERM_BITS`] in size, in two parts of its sign: `low` and
//! `high * 2^LOW_BITS`. A cell is the sum of each in a word of its own, the second one plus the
//! number of rows times 2^`COUNT_AT`. No carry goes from one to the other, so a row is one
//! addition of vectors; the first bit says when a cell must be emptied, after 2^10 rows or so.

use super::cell_numbers::{assert_within, is_clustered};
use super::prefetch::{self, STEP, next_block};
use super::{InstructionSet, multiversion};

/// A cell: the sums of the lower parts, and of the higher ones with the rows.
pub type Cell = [u64; 2];

/// The bit of the second word from which a cell counts its rows.
const COUNT_AT: u32 = 53;
/// The sizes of lower parts are below 2 to this power: the sum of 2^11 of them is an i64.
pub const LOW_BITS: u32 = 52;
/// The sizes of terms are below 2 to this power: the higher parts of 2^11 stay below half a
/// count.
pub const TERM_BITS: u32 = LOW_BITS + COUNT_AT - 12;

/// One row in the second word of a term.
const ROW: u64 = 1 << COUNT_AT;
/// Cells are looked at after so many rows; those with this bit of the second word are emptied.
const GROUP: usize = 64;
const FULL: u64 = 1 << 63;
const FRACTION: u64 = (1 << 52) - 1;

/// Where the doubles lie that become terms: those from 2^(base - 1023) up have a shift
/// of `0..=reach`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The biased exponent whose numbers are not shifted; at least 1.
    pub base: u32,
    /// The largest shift; for sums of terms at most [`TERM_BITS`] less the significand, and at
    /// most [`LOW_BITS`].
    pub reach: u32,
    /// Low bits of the significand that are always zero, and left out.
    pub spare: u32,
}

/// The terms of a block of rows, each as the cell of its row alone.
#[derive(Debug, Default)]
pub struct Terms {
    terms: Vec<Cell>,
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

    /// The shift of a double, and its significand; 0 if the window does not hold it.
    ///
    /// With `NORMAL` the window holds no subnormal numbers.
    #[inline(always)]
    fn significand<T: Real, const NORMAL: bool>(&self, x: f64) -> (u64, u64) {
        let bits = x.to_bits();
        let biased = (bits >> 52) & 0x7ff;
        let subnormal = !NORMAL && biased == 0;
        let implicit = if subnormal { 0 } else { FRACTION + 1 };
        let exponent = if subnormal { 1 } else { biased };
        let shift = exponent.wrapping_sub(self.base.into());
        let spare = if T::SPARE == 0 { 0 } else { self.spare };
        let significand = ((bits & FRACTION) | implicit) >> spare;
        let inside = shift <= self.reach.into();
        (shift, if inside { significand } else { 0 })
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
        self.terms.resize(values.len(), [0; 2]);
        from_reals(set, window, values, &mut self.terms)
    }

    /// Signed integers of at most 64 bits and a sign, each its own term.
    pub fn set_integers(&mut self, values: impl Iterator<Item = i128>) {
        self.terms.clear();
        #[allow(clippy::cast_possible_truncation)] // the lower bits of a size
        let parts = values.map(|value| {
            let size = value.unsigned_abs();
            let low = size as u64 & ((1 << LOW_BITS) - 1);
            let sign = if value < 0 { u64::MAX } else { 0 };
            term(low, (size >> LOW_BITS) as u64, sign)
        });
        self.terms.extend(parts);
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
        sums: &mut [Cell],
        full: &mut Vec<(u32, Cell)>,
    ) {
        let terms = &self.terms[..cells.len()];
        add(set, cells, terms, sums, full);
    }
}

/// The term of two parts of a size; all bits of `sign` are set where it is negative.
#[inline(always)]
fn term(low: u64, high: u64, sign: u64) -> Cell {
    let signed = |size: u64| (size ^ sign).wrapping_sub(sign);
    [signed(low), signed(high).wrapping_add(ROW)]
}

multiversion! {
    fn from_reals<T: Real>(window: Window, values: &[T], terms: &mut [Cell]) -> bool
        = from_reals_body;
}

#[inline(always)]
fn from_reals_body<T: Real>(window: Window, values: &[T], terms: &mut [Cell]) -> bool {
    // Above the first exponent no window holds a subnormal number.
    let farthest = if window.base > 1 {
        split_all::<T, true>(window, values, terms)
    } else {
        split_all::<T, false>(window, values, terms)
    };
    // Zeros are no farther than others, but look so.
    let holds = |value: &T| window.holds(value.double());
    farthest > window.reach.into() && !values.iter().all(holds)
}

/// Splits numbers into terms, those that the window does not hold into rows of 0; returns the
/// largest shift.
#[inline(always)]
fn split_all<T: Real, const NORMAL: bool>(window: Window, values: &[T], terms: &mut [Cell]) -> u64 {
    let all = values;
    let mut farthest = 0;
    let steps = values.chunks(STEP).zip(terms.chunks_mut(STEP));
    for (step, (values, terms)) in steps.enumerate() {
        next_block(all, step * STEP);
        for (&x, place) in values.iter().zip(terms) {
            let x = x.double();
            let (shift, significand) = window.significand::<T, NORMAL>(x);
            farthest = shift.max(farthest);
            let low = (significand << (shift & 63)) & ((1 << LOW_BITS) - 1);
            // A number that the window does not hold has no bits to shift.
            let high = significand >> (u64::from(LOW_BITS).wrapping_sub(shift) & 63);
            let sign = (x.to_bits().cast_signed() >> 63).cast_unsigned();
            *place = term(low, high, sign);
        }
    }
    farthest
}

multiversion! {
    fn add(numbers: &[u32], terms: &[Cell], sums: &mut [Cell], full: &mut Vec<(u32, Cell)>)
        = add_body;
}

#[inline(always)]
fn add_body(numbers: &[u32], terms: &[Cell], sums: &mut [Cell], full: &mut Vec<(u32, Cell)>) {
    assert_within(numbers, sums.len());
    let clustered = is_clustered(numbers);
    let far = size_of_val(sums) > FIRST_CACHE;
    let (groups, last) = numbers.as_chunks::<GROUP>();
    let (term_groups, last_terms) = terms.as_chunks::<GROUP>();
    for (i, (numbers, terms)) in groups.iter().zip(term_groups).enumerate() {
        let seen = match groups.get(i + 1) {
            _ if clustered => add_runs(numbers, terms, sums),
            Some(later) if far => add_group::<true>(numbers, terms, later, sums),
            _ => add_group::<false>(numbers, terms, numbers, sums),
        };
        if seen & FULL != 0 {
            empty(numbers, sums, full);
        }
    }
    if add_runs(last, last_terms, sums) & FULL != 0 {
        empty(last, sums, full);
    }
}

/// Bytes of cells that need not be asked for.
const FIRST_CACHE: usize = 16 << 10;

/// Adds terms to their cells, and may ask for those of later rows; returns all bits that second
/// words had.
#[inline(always)]
fn add_group<const ASK: bool>(
    numbers: &[u32; GROUP],
    terms: &[Cell; GROUP],
    later: &[u32; GROUP],
    sums: &mut [Cell],
) -> u64 {
    let mut seen = [0; 2];
    for ((&cell, &term), &later) in numbers.iter().zip(terms).zip(later) {
        if ASK {
            prefetch::cell(sums, later as usize);
        }
        add_row(cell, term, sums, &mut seen);
    }
    // Both words are wanted: else each row's second one is taken out of its vector.
    std::hint::black_box(seen)[1]
}

#[inline(always)]
#[allow(unsafe_code)]
fn add_row(cell: u32, term: Cell, sums: &mut [Cell], seen: &mut Cell) {
    // SAFETY: `add_body` has compared every number with the length.
    let sum = unsafe { sums.get_unchecked_mut(cell as usize) };
    *sum = plus(*sum, term);
    *seen = [seen[0] | sum[0], seen[1] | sum[1]];
}

#[inline(always)]
fn plus(a: Cell, b: Cell) -> Cell {
    [a[0].wrapping_add(b[0]), a[1].wrapping_add(b[1])]
}

/// Neighbours of one cell are added in registers: a cell in memory takes a row only
/// every five cycles.
#[inline(always)]
fn add_runs(numbers: &[u32], terms: &[Cell], sums: &mut [Cell]) -> u64 {
    let (mut seen, mut rest) = ([0; 2], terms);
    for run in numbers.chunk_by(|a, b| a == b) {
        let (terms, behind) = rest.split_at(run.len());
        let sum = terms.iter().fold([0; 2], |sum, &term| plus(sum, term));
        add_row(run[0], sum, sums, &mut seen);
        rest = behind;
    }
    seen[1]
}

/// Empties the cells that may not take another group of rows.
#[cold]
#[inline(never)]
fn empty(numbers: &[u32], sums: &mut [Cell], full: &mut Vec<(u32, Cell)>) {
    for &cell in numbers {
        let sum = &mut sums[cell as usize];
        if is_full(*sum) {
            full.push((cell, std::mem::take(sum)));
        }
    }
}

/// Whether a cell must be emptied before the next group of rows.
#[must_use]
pub fn is_full(cell: Cell) -> bool {
    cell[1] & FULL != 0
}

/// The sum of two cells that are not full.
#[must_use]
pub fn join(a: Cell, b: Cell) -> Cell {
    plus(a, b)
}

/// The rows and the sum of terms in a cell.
#[inline]
#[must_use]
pub fn decode(cell: Cell) -> (u64, i128) {
    // The higher parts are below half a count in size, so the nearest count is the number of
    // rows; no cell has as many as 2^11.
    let [low, high] = cell;
    let rows = high.wrapping_add(ROW / 2) >> COUNT_AT;
    let high = high.wrapping_sub(rows << COUNT_AT).cast_signed();
    let low = low.cast_signed();
    (rows, (i128::from(high) << LOW_BITS) + i128::from(low))
}

const _: () = assert!(
    LOW_BITS + 11 <= 63 && TERM_BITS - LOW_BITS + 12 <= COUNT_AT,
    "no part of 2^11 rows reaches another"
);
