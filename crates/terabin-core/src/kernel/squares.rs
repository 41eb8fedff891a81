//! Exact sums of squares in 192 bits a cell.
//!
//! Squares are integer products: a fused multiply-add would lose bits below 1e-146 and
//! above 1e154.

use super::cell_numbers::assert_within;
use super::multiversion;
use super::terms::{Real, Window};

/// An unsigned integer, least significant word first.
pub type Words = [u64; 3];

/// The largest shift of a number: squares are shifted by twice as much, within a word.
pub const REACH: u32 = 31;

multiversion! {
    /// Adds the square of the value of row i to the cell `cells[i]`.
    ///
    /// Values that the window does not hold are left out; returns whether there are
    /// any. A cell that cannot take a row is emptied into `full`.
    ///
    /// # Panics
    /// A number beyond the cells: a defect of the caller.
    pub fn add_reals<T: Real>(
        window: Window, cells: &[u32], values: &[T],
        sums: &mut [Words], full: &mut Vec<(u32, Words)>,
    ) -> bool = add_reals_body;
}

#[inline(always)]
#[allow(unsafe_code)]
fn add_reals_body<T: Real>(
    window: Window,
    cells: &[u32],
    values: &[T],
    sums: &mut [Words],
    full: &mut Vec<(u32, Words)>,
) -> bool {
    assert_within(cells, sums.len());
    let (base, reach) = (u64::from(window.base), u64::from(window.reach.min(REACH)));
    let mut left_out = false;
    for (&cell, value) in cells.iter().zip(values) {
        let bits = value.double().to_bits();
        let biased = (bits >> 52) & 0x7ff;
        let implicit = u64::from(biased != 0) << 52;
        let shift = biased.max(1).wrapping_sub(base);
        if shift > reach {
            left_out |= bits << 1 != 0;
            continue;
        }
        let magnitude = ((bits & ((1 << 52) - 1)) | implicit) >> window.spare;
        let square = u128::from(magnitude) * u128::from(magnitude);
        // SAFETY: every number is below the length. The check in the loop takes a tenth
        // of it (2026-11-22).
        let sum = unsafe { sums.get_unchecked_mut(cell as usize) };
        let term = shifted(square, 2 * (shift as u32 & 31));
        *sum = match add(*sum, term) {
            Some(total) => total,
            None => restart(full, cell, *sum, term),
        };
    }
    left_out
}

#[cold]
#[inline(never)]
fn restart(full: &mut Vec<(u32, Words)>, cell: u32, sum: Words, term: Words) -> Words {
    full.push((cell, sum));
    term
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
        let square = shifted(u128::from(size) * u128::from(size), 0);
        let sum = &mut sums[cell as usize];
        *sum = match add(*sum, square) {
            Some(total) => total,
            None => restart(full, cell, *sum, square),
        };
    }
}

/// The sum; None where 192 bits do not hold it.
#[inline(always)]
#[must_use]
pub fn add(a: Words, b: Words) -> Option<Words> {
    let (w0, c0) = a[0].overflowing_add(b[0]);
    let (w1, c1) = a[1].overflowing_add(b[1]);
    let (w1, c2) = w1.overflowing_add(u64::from(c0));
    let (w2, c3) = a[2].overflowing_add(b[2]);
    let (w2, c4) = w2.overflowing_add(u64::from(c1 | c2));
    (!(c3 | c4)).then_some([w0, w1, w2])
}

/// A product of two significands times 2^shift, for shifts below 63.
#[inline(always)]
#[allow(clippy::cast_possible_truncation)] // the words of a wide integer
fn shifted(product: u128, shift: u32) -> Words {
    let low = product << shift;
    let high = ((product >> 64) as u64 >> 1) >> (63 - shift);
    [low as u64, (low >> 64) as u64, high]
}
