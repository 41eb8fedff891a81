//! Smallest and largest double per cell.

use super::cell_numbers::assert_within;
use super::multiversion;
use super::prefetch;
use super::terms::Real;

/// The largest of `-x` and of `x`: one comparison of two doubles does both.
pub type Pair = [f64; 2];

/// A cell without a number.
pub const EMPTY: Pair = [f64::NEG_INFINITY; 2];

multiversion! {
    /// Compares the value of row i with the cell `cells[i]`; NaN changes nothing, -0.0
    /// counts as +0.0.
    ///
    /// # Panics
    /// A number beyond the cells: a defect of the caller.
    pub fn widen<T: Real>(cells: &[u32], values: &[T], pairs: &mut [Pair]) = widen_body;
}

#[inline(always)]
fn widen_body<T: Real>(cells: &[u32], values: &[T], pairs: &mut [Pair]) {
    assert_within(cells, pairs.len());
    let (asked, later) = prefetch::ahead(cells);
    let (first, last) = cells.split_at(asked);
    let (values, last_values) = values.split_at(asked);
    for ((&cell, &value), &later) in first.iter().zip(values).zip(later) {
        prefetch::cell(pairs, later as usize);
        widen_cell(cell, value, pairs);
    }
    for (&cell, &value) in last.iter().zip(last_values) {
        widen_cell(cell, value, pairs);
    }
}

#[inline(always)]
#[allow(unsafe_code)]
fn widen_cell<T: Real>(cell: u32, value: T, pairs: &mut [Pair]) {
    let x = value.double() + 0.0;
    // SAFETY: `widen_body` has compared every number with the length.
    let pair = unsafe { pairs.get_unchecked_mut(cell as usize) };
    // Written so that NaN keeps the pair, as the processor's maximum does.
    *pair = [larger(-x, pair[0]), larger(x, pair[1])];
}

#[inline(always)]
fn larger(x: f64, so_far: f64) -> f64 {
    if x > so_far { x } else { so_far }
}

/// Smallest and largest number; None of an empty cell.
#[must_use]
pub fn decode(pair: Pair) -> Option<(f64, f64)> {
    (pair != EMPTY).then(|| (0.0 - pair[0], pair[1]))
}
