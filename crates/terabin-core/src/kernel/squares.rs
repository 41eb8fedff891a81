//! Exact sums of squares in 192 bits a cell.
//!
//! Squares are integer products: a fused multiply-add would lose bits below 1e-146 and
//! above 1e154.

use super::cell_numbers::assert_within;
use super::prefetch;
use super::terms::{Real, Window};
use super::{InstructionSet, multiversion};

/// An unsigned integer, least significant word first.
pub type Words = [u64; 3];

/// The largest shift of a number: squares are shifted by twice as much, within a word.
pub const REACH: u32 = 31;

/// Doubles taken apart: significands, and by how much their squares are shifted.
#[derive(Debug, Default)]
pub struct Significands {
    sizes: Vec<u64>,
    shifts: Vec<u64>,
}

impl Significands {
    /// Takes doubles apart; those that the window does not hold become 0.
    ///
    /// Returns whether there are any of those.
    pub fn set<T: Real>(&mut self, set: InstructionSet, window: Window, values: &[T]) -> bool {
        self.sizes.resize(values.len(), 0);
        self.shifts.resize(values.len(), 0);
        take_apart(set, window, values, &mut self.sizes, &mut self.shifts)
    }

    /// Adds the square of row i to the cell `cells[i]`.
    ///
    /// A cell that cannot take a row is emptied into `full`.
    ///
    /// # Panics
    /// A number beyond the cells: a defect of the caller.
    pub fn add_to(
        &self,
        set: InstructionSet,
        cells: &[u32],
        sums: &mut [Words],
        full: &mut Vec<(u32, Words)>,
    ) {
        add_squares(set, cells, self, sums, full);
    }
}

multiversion! {
    fn take_apart<T: Real>(
        window: Window, values: &[T], sizes: &mut [u64], shifts: &mut [u64],
    ) -> bool = take_apart_body;
}

#[inline(always)]
fn take_apart_body<T: Real>(
    window: Window,
    values: &[T],
    sizes: &mut [u64],
    shifts: &mut [u64],
) -> bool {
    let window = Window {
        reach: window.reach.min(REACH),
        ..window
    };
    let mut left_out = 0;
    for ((value, size), shift) in values.iter().zip(sizes).zip(shifts) {
        let (significand, by, out) = window.take_apart(value.double());
        left_out |= out;
        *size = significand;
        *shift = (by << 1) & 63;
    }
    left_out != 0
}

multiversion! {
    fn add_squares(
        cells: &[u32], rows: &Significands, sums: &mut [Words], full: &mut Vec<(u32, Words)>,
    ) = add_squares_body;
}

#[inline(always)]
fn add_squares_body(
    cells: &[u32],
    rows: &Significands,
    sums: &mut [Words],
    full: &mut Vec<(u32, Words)>,
) {
    assert_within(cells, sums.len());
    let (asked, later) = prefetch::ahead(cells);
    let (first, last) = cells.split_at(asked);
    let (sizes, last_sizes) = rows.sizes.split_at(asked);
    let (shifts, last_shifts) = rows.shifts.split_at(asked);
    let squares = sizes.iter().zip(shifts);
    for ((&cell, (&size, &shift)), &later) in first.iter().zip(squares).zip(later) {
        prefetch::cell(sums, later as usize);
        add_row(cell, size, shift, sums, full);
    }
    let squares = last_sizes.iter().zip(last_shifts);
    for (&cell, (&size, &shift)) in last.iter().zip(squares) {
        add_row(cell, size, shift, sums, full);
    }
}

#[inline(always)]
#[allow(unsafe_code)]
fn add_row(cell: u32, size: u64, shift: u64, sums: &mut [Words], full: &mut Vec<(u32, Words)>) {
    let square = square(size, shift);
    // SAFETY: `add_squares_body` has compared every number with the length.
    let sum = unsafe { sums.get_unchecked_mut(cell as usize) };
    let (total, carry) = add(*sum, square);
    *sum = total;
    if carry {
        restart(full, cell, sum, size, shift);
    }
}

/// Empties a cell that an addition has taken beyond its words, and adds again.
#[cold]
#[inline(never)]
fn restart(full: &mut Vec<(u32, Words)>, cell: u32, sum: &mut Words, size: u64, shift: u64) {
    let ([w0, w1, w2], [s0, s1, s2]) = (*sum, square(size, shift));
    let (w0, b0) = w0.overflowing_sub(s0);
    let (w1, b1) = w1.overflowing_sub(s1);
    let (w1, b2) = w1.overflowing_sub(u64::from(b0));
    let w2 = w2.wrapping_sub(s2).wrapping_sub(u64::from(b1 | b2));
    full.push((cell, [w0, w1, w2]));
    *sum = [s0, s1, s2];
}

/// Adds the squares of integers, each given as its size.
///
/// # Panics
/// A number beyond the cells: a defect of the caller.
pub fn add_integers(
    cells: &[u32],
    sizes: impl Iterator<Item = u64>,
    sums: &mut [Words],
    full: &mut Vec<(u32, Words)>,
) {
    for (&cell, size) in cells.iter().zip(sizes) {
        let sum = &mut sums[cell as usize];
        let (total, carry) = add(*sum, square(size, 0));
        *sum = total;
        if carry {
            restart(full, cell, sum, size, 0);
        }
    }
}

/// The sum, and whether it does not fit 192 bits.
#[inline(always)]
#[must_use]
pub fn add(a: Words, b: Words) -> (Words, bool) {
    let (w0, c0) = a[0].overflowing_add(b[0]);
    let (w1, c1) = a[1].overflowing_add(b[1]);
    let (w1, c2) = w1.overflowing_add(u64::from(c0));
    let (w2, c3) = a[2].overflowing_add(b[2]);
    let (w2, c4) = w2.overflowing_add(u64::from(c1 | c2));
    ([w0, w1, w2], c3 | c4)
}

/// The square of a significand times 2^shift, for shifts below 63.
#[inline(always)]
#[allow(clippy::cast_possible_truncation)] // the words of a wide integer
fn square(size: u64, shift: u64) -> Words {
    let (product, shift) = (u128::from(size) * u128::from(size), shift & 63);
    let low = product << shift;
    let high = ((product >> 64) as u64 >> 1) >> (63 - shift);
    [low as u64, (low >> 64) as u64, high]
}
