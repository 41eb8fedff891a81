//! Bins of equal width on a circle.

use serde::{Deserialize, Serialize};

use super::{AxisError, Regular, as_f64, overflow, times};
use crate::batch::Column;
use crate::kernel::InstructionSet;

/// `numpy.linspace` edges over one period; every finite value has a bin.
///
/// A value within the limits is used as it is; others are brought there by an exact
/// remainder and a period more or less. The upper limit is the lower one. Where the
/// difference of the limits is no double, or they lie more than a period from zero, values
/// beyond them are brought there as well as doubles can tell.
/// Infinities have no angle: they lie outside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Circular {
    bins: Regular,
}

impl Circular {
    /// `bins` bins from `low` to `high`, one period.
    ///
    /// # Errors
    /// As [`super::Regular::new`].
    pub fn new(bins: u64, low: f64, high: f64) -> Result<Self, AxisError> {
        Ok(Self {
            bins: Regular::new(bins, low, high)?,
        })
    }

    /// The edges of one period.
    #[must_use]
    pub fn edges(&self) -> &[f64] {
        self.bins.edges()
    }

    pub(super) fn index(
        &self,
        set: InstructionSet,
        column: Column<'_>,
        scratch: &mut Vec<f64>,
        out: &mut [i32],
    ) {
        let (Some(&low), Some(&high)) = (self.edges().first(), self.edges().last()) else {
            return;
        };
        match column {
            Column::Datetime(times) => times::wrapped(times, low, high, scratch),
            Column::F64(values) => {
                scratch.clear();
                scratch.extend_from_slice(values);
            }
            other => {
                as_f64(other, scratch);
            }
        }
        for x in scratch.iter_mut().filter(|x| x.is_finite()) {
            *x = wrap(*x, low, high);
        }
        self.bins.index(set, scratch, out);
        let bins = overflow(self.edges().len() - 1);
        for (k, x) in out.iter_mut().zip(scratch) {
            // Negative infinity has no angle either.
            if x.is_infinite() {
                *k = bins;
            }
        }
    }
}

/// The largest double that is not above the exact sum: it lies among doubles as the sum
/// does. (Knuth's two-sum.)
#[inline]
fn floor_sum(a: f64, b: f64) -> f64 {
    let sum = a + b;
    let part = sum - a;
    let error = (a - (sum - part)) + (b - part);
    if error < 0.0 { sum.next_down() } else { sum }
}

/// Brings a finite value into low..high, high left out.
#[inline]
fn wrap(x: f64, low: f64, high: f64) -> f64 {
    if x >= low && x < high {
        return x;
    }
    let period = high - low;
    // `%` on doubles is exact, and so is the place of a sum among the edges.
    let rest = x % period;
    let near = [rest, floor_sum(rest, period), floor_sum(rest, -period)];
    if let Some(&found) = near.iter().find(|&&y| y >= low && y < high) {
        return found;
    }
    // Limits far from zero: distances on the circle, each in 0..period, cannot overflow.
    let around = |y: f64| if y < 0.0 { y + period } else { y };
    let distance = around(around(rest) - around(low % period));
    let wrapped = low + distance;
    // Rounding may reach the upper limit, which is the lower one.
    if wrapped < high && wrapped >= low {
        wrapped
    } else {
        low
    }
}
