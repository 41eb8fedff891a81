//! Bins of equal width in fixed point, for rows that lie clear of all edges.

use super::multiversion;
use super::prefetch::{STEP, next_block};
use super::product::Multiplied;

/// Places on an axis of equal bins in units of 2^-32 bins: the bin is the upper half of
/// 64 bits, and what lies beyond it the lower half.
///
/// Adding 1.5 * 2^20 rounds the place to that unit. What is no place on the axis, NaN
/// and infinities among it, has bits that are larger once `first` is taken off them, wrapped.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fixed {
    low: f64,
    per_width: f64,
    /// The bits of a place as far above the first edge as a value must lie to be clear of it.
    first: u64,
    /// Both halves of the largest place above `first` that is clear of the next edge.
    most: u64,
}

/// Between doubles of this size lie 2^-32.
const ONE_AND_A_HALF: f64 = 1.5 * MOST_PLACES;
const MOST_PLACES: f64 = 1_048_576.0;
/// Units of a bin.
const UNIT: f64 = 4_294_967_296.0;

impl Fixed {
    /// The places of `(x - low) * per_width` up to `bins`; a place farther than `margin` from a
    /// whole number tells the bin. None for more bins than there is room for.
    #[must_use]
    pub fn new(low: f64, per_width: f64, bins: u32, margin: f64) -> Option<Self> {
        if f64::from(bins) * 2.0 > MOST_PLACES || !(0.0..0.25).contains(&margin) {
            return None;
        }
        // Rounding to units may have taken a place half a unit closer to an edge.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // below 2^30
        let margin = (margin * UNIT).ceil() as u64 + 1;
        let last = u64::from(bins.checked_sub(1)?);
        Some(Self {
            low,
            per_width,
            first: ONE_AND_A_HALF.to_bits() + margin,
            most: (last << 32) + (1 << 32) - 2 * margin,
        })
    }

    /// Multiplies the axis in for steps of rows that all lie in its bins and clear of its edges,
    /// and marks the others.
    pub(crate) fn multiply(
        &self,
        set: super::InstructionSet,
        values: &[f64],
        rows: &mut Multiplied<'_>,
    ) {
        multiply(set, self, values, rows);
    }
}

multiversion! {
    fn multiply(rule: &Fixed, values: &[f64], rows: &mut Multiplied<'_>) = multiply_body;
}

#[inline(always)]
fn multiply_body(rule: &Fixed, values: &[f64], rows: &mut Multiplied<'_>) {
    let factor = rows.factor;
    let steps = values.as_chunks::<STEP>().0.iter();
    let steps = steps.zip(rows.cells.as_chunks_mut::<STEP>().0);
    let steps = steps.zip(rows.unclear.iter_mut());
    for (step, ((step_values, cells), unclear)) in steps.enumerate() {
        next_block(values, step * STEP);
        let mut places = [0u64; STEP];
        for (place, &x) in places.iter_mut().zip(step_values) {
            let shifted = (x - rule.low) * rule.per_width + ONE_AND_A_HALF;
            *place = shifted.to_bits().wrapping_sub(rule.first);
        }
        *unclear |= beyond(&places, rule.most);
        for (cell, place) in cells.iter_mut().zip(places) {
            *cell = factor.cell(*cell, (place >> 32) as u32);
        }
    }
}

/// Words of the largest vectors.
const LANES: usize = 16;

/// Whether a half of any place is above that half of `most`.
///
/// One comparison of 32-bit numbers does both halves: taken out of their words first, cells of
/// rows take a fifth longer (0.34 ns a row and axis for 0.27, 2026-11-22).
#[inline(always)]
fn beyond(places: &[u64; STEP], most: u64) -> bool {
    let halves: &[[u32; LANES]; 2 * STEP / LANES] = as_halves(places);
    let mut largest = [0; LANES];
    for halves in halves {
        for (largest, &half) in largest.iter_mut().zip(halves) {
            *largest = half.max(*largest);
        }
    }
    let most = [most; LANES / 2];
    let most: &[[u32; LANES]; 1] = as_halves(&most);
    let above = largest.iter().zip(&most[0]);
    above.fold(false, |any, (largest, most)| any | (largest > most))
}

/// The same memory; `N * LANES` halves are those of `M` places.
#[inline(always)]
#[allow(unsafe_code)]
fn as_halves<const M: usize, const N: usize>(places: &[u64; M]) -> &[[u32; LANES]; N] {
    const { assert!(2 * M == N * LANES) };
    // SAFETY: both are arrays of integers without padding, of one size as just checked, and the
    // one with the smaller alignment is borrowed from the other.
    unsafe { &*(&raw const *places).cast() }
}
