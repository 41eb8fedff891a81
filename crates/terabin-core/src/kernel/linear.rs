//! Bins of equal width, by arithmetic alone.

use super::fixed::Fixed;
use super::multiversion;
use super::prefetch::{STEP, next_block};
use super::product::Multiplied;
use crate::axis::{MAX_BINS, NAN, UNDERFLOW};

/// Equal bins whose edges are `k * step + low` with two roundings, those of `numpy.linspace`;
/// `high` is the largest value of the last one.
///
/// A multiplication guesses the bin. Where it comes near a whole number, the edges decide.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Linear {
    low: f64,
    high: f64,
    step: f64,
    per_width: f64,
    last: i32,
    /// Guesses farther than this from a whole number are right: no edge need be asked.
    margin: f64,
}

impl Linear {
    /// The rule for increasing `edges` from `numpy.linspace`; None where a guess could miss by more
    /// than one bin or an edge is not `k * step + low`: bins of a few ulps, steps that
    /// underflow.
    #[must_use]
    pub fn new(edges: &[f64]) -> Option<Self> {
        let (&low, &high) = (edges.first()?, edges.last()?);
        let last = i32::try_from(edges.len().checked_sub(2)?).ok()?;
        let bins = f64::from(last) + 1.0;
        let step = (high - low) / bins;
        // Each edge is off its place by at most three roundings of this size, and a
        // guess by at most six of its own.
        let largest = low.abs().max(high.abs());
        let spacing = largest.next_up() - largest;
        let rule = Self {
            low,
            high,
            step,
            per_width: bins / (high - low),
            last,
            margin: 4.0 * spacing / step + 8.0 * bins * f64::EPSILON,
        };
        let wide = step > 0.0 && step.is_normal() && rule.per_width.is_normal();
        let wide = wide && rule.margin < 0.25 && u64::from(last.unsigned_abs()) < MAX_BINS;
        let formula = |(k, &edge): (i32, &f64)| k > last || rule.edge(k) == edge;
        (wide && (0..).zip(edges).all(formula)).then_some(rule)
    }

    /// The same, but that the last bin ends with `end`: the double before the last edge, or
    /// any at or above that edge for which a guess is an i32. None for others.
    #[must_use]
    pub fn closed_at(self, end: f64) -> Option<Self> {
        let guess = (end - self.low) * self.per_width;
        let allowed = end >= self.high.next_down() && guess <= f64::from(i32::MAX);
        allowed.then_some(Self { high: end, ..self })
    }

    /// Multiplies the axis in for steps of rows that lie clear of the edges, and marks the others;
    /// false for more bins than fixed point has room for.
    pub(crate) fn multiply(
        &self,
        set: super::InstructionSet,
        values: &[f64],
        rows: &mut Multiplied<'_>,
    ) -> bool {
        let bins = self.last.unsigned_abs() + 1;
        let fixed = Fixed::new(self.low, self.per_width, bins, self.margin);
        if let Some(fixed) = fixed {
            fixed.multiply(set, values, rows);
        }
        fixed.is_some()
    }

    #[inline(always)]
    fn edge(&self, k: i32) -> f64 {
        f64::from(k) * self.step + self.low
    }

    /// The bin of each value, as [`super::reference::bin`] has it.
    pub fn index(&self, set: super::InstructionSet, values: &[f64], bins: &mut [i32]) {
        if !guess(set, self, values, bins) {
            index(set, self, values, bins);
        }
    }
}

multiversion! {
    fn guess(rule: &Linear, values: &[f64], bins: &mut [i32]) -> bool = guess_body;
}

/// The bins by multiplication alone; false if a value lies near an edge or outside.
#[inline(always)]
#[allow(unsafe_code)]
fn guess_body(rule: &Linear, values: &[f64], bins: &mut [i32]) -> bool {
    let all = values;
    let (least, most) = (rule.margin, f64::from(rule.last) + 1.0 - rule.margin);
    let steps = values.chunks(STEP).zip(bins.chunks_mut(STEP)).enumerate();
    for (step, (values, bins)) in steps {
        next_block(all, step * STEP);
        let mut sure = true;
        for (&x, bin) in values.iter().zip(bins) {
            let place = (x - rule.low) * rule.per_width;
            let inside = (place >= least) & (place <= most);
            let place = if inside { place } else { 0.0 };
            // SAFETY: the place lies between 0 and the number of bins.
            let guess: i32 = unsafe { place.to_int_unchecked() };
            let beyond = place - f64::from(guess);
            sure &= inside & (beyond >= least) & (beyond <= 1.0 - least);
            *bin = guess;
        }
        if !sure {
            return false;
        }
    }
    true
}

multiversion! {
    fn index(rule: &Linear, values: &[f64], bins: &mut [i32]) = index_body;
}

/// The two edges about a guess, computed as the array of edges was, decide: no table is
/// read and no branch taken.
#[inline(always)]
#[allow(unsafe_code)]
fn index_body(rule: &Linear, values: &[f64], bins: &mut [i32]) {
    let (low, high, last) = (rule.low, rule.high, rule.last);
    for (&x, bin) in values.iter().zip(bins) {
        let inside = (x >= low) & (x <= high);
        let within = if inside { x } else { low };
        let guess = (within - low) * rule.per_width;
        // SAFETY: `within` lies in low..=high, so the guess is not negative and at most
        // that for `high`: the number of bins and a rounding, or what `closed_at` checked.
        let guess: i32 = unsafe { guess.to_int_unchecked() };
        let guess = guess.min(last);
        let below = within < rule.edge(guess);
        let above = (within >= rule.edge(guess + 1)) & (guess < last);
        let found = guess - i32::from(below) + i32::from(above);
        let outside = if x < low { UNDERFLOW } else { last + 1 };
        let outside = if x.is_nan() { NAN } else { outside };
        *bin = if inside { found } else { outside };
    }
}
