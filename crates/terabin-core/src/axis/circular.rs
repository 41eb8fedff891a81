//! Bins of equal width on a circle.

use serde::{Deserialize, Serialize};

use super::edges::Edges;
use super::{AxisError, NAN, as_f64, overflow, times};
use crate::batch::Column;

/// `numpy.linspace` edges over one period; every finite value has a bin.
///
/// A value within the limits is used as it is; others are brought there by an exact
/// remainder and a period more or less. The upper limit is the lower one.
/// Infinities have no angle: they lie outside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Circular {
    edges: Edges,
}

impl Circular {
    /// `bins` bins from `low` to `high`, one period.
    ///
    /// # Errors
    /// As [`super::Regular::new`].
    pub fn new(bins: u64, low: f64, high: f64) -> Result<Self, AxisError> {
        Ok(Self {
            edges: Edges::regular(bins, low, high)?,
        })
    }

    /// The edges of one period.
    #[must_use]
    pub fn edges(&self) -> &[f64] {
        self.edges.as_slice()
    }

    pub(super) fn index(&self, column: Column<'_>, scratch: &mut Vec<f64>, out: &mut [i32]) {
        let (low, high) = (self.edges.first(), self.edges.last());
        match column {
            Column::Datetime(times) => {
                times::wrapped(times, low, high, scratch);
                self.index_doubles(scratch, out);
            }
            other => self.index_doubles(as_f64(other, scratch), out),
        }
    }

    #[allow(clippy::cast_precision_loss)] // bins are far below 2^53
    fn index_doubles(&self, values: &[f64], out: &mut [i32]) {
        let (low, high) = (self.edges.first(), self.edges.last());
        let per_width = self.edges.bins() as f64 / (high - low);
        for (&x, k) in values.iter().zip(out) {
            *k = if x.is_finite() {
                let x = wrap(x, low, high);
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a guess
                let guess = ((x - low) * per_width) as usize;
                overflow(self.edges.settle(x, guess))
            } else if x.is_nan() {
                NAN
            } else {
                overflow(self.edges.bins())
            };
        }
    }
}

/// Brings a finite value into low..high, high left out.
#[inline]
fn wrap(x: f64, low: f64, high: f64) -> f64 {
    if x >= low && x < high {
        return x;
    }
    let period = high - low;
    // `%` on doubles is exact: around zero one period more or less rounds at most once.
    let rest = x % period;
    let near = [rest, rest + period, rest - period];
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
