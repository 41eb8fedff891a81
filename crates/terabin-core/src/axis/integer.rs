//! One bin per integer.

use serde::{Deserialize, Serialize};

use super::edges::check_bins;
use super::{AxisError, NAN, UNDERFLOW, as_f64, overflow};
use crate::batch::Column;

/// A bin for each integer from `low` to `high`, both ends counted.
///
/// A float falls into the bin of its floor; `high + 1` and above are overflow.
/// Integers are compared exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "(i64, i64)", into = "(i64, i64)")]
pub struct Integer {
    low: i64,
    high: i64,
}

impl TryFrom<(i64, i64)> for Integer {
    type Error = AxisError;

    fn try_from((low, high): (i64, i64)) -> Result<Self, AxisError> {
        Self::new(low, high)
    }
}

impl From<Integer> for (i64, i64) {
    fn from(axis: Integer) -> Self {
        (axis.low, axis.high)
    }
}

/// Up to here every integer is a double.
const EXACT: i64 = 1 << 53;

impl Integer {
    /// Bins for `low..=high`.
    ///
    /// # Errors
    /// Limits in the wrong order, beyond 2^53, or too far apart.
    pub fn new(low: i64, high: i64) -> Result<Self, AxisError> {
        #[allow(clippy::cast_precision_loss)] // only shown
        let (l, h) = (low as f64, high as f64);
        if low < -EXACT || high >= EXACT {
            return Err(AxisError::NotInteger(l, h));
        }
        if low > high {
            return Err(AxisError::EmptyRange(l, h));
        }
        check_bins((high - low + 1).unsigned_abs())?;
        Ok(Self { low, high })
    }

    /// Bins for limits that were written as floats.
    ///
    /// # Errors
    /// Limits that are no integers, and as [`Integer::new`].
    pub fn from_limits(low: f64, high: f64) -> Result<Self, AxisError> {
        if !low.is_finite() || !high.is_finite() {
            return Err(AxisError::NotFinite(low, high));
        }
        #[allow(clippy::cast_precision_loss)] // 2^53 is a double
        let limit = EXACT as f64;
        if low.fract() != 0.0 || high.fract() != 0.0 || low.abs() > limit || high.abs() > limit {
            return Err(AxisError::NotInteger(low, high));
        }
        #[allow(clippy::cast_possible_truncation)] // checked above
        Self::new(low as i64, high as i64)
    }

    /// The number of bins.
    #[must_use]
    pub fn bins(&self) -> usize {
        // Checked when made.
        usize::try_from(self.high - self.low + 1).unwrap_or(usize::MAX)
    }

    /// The edges `low, low + 1, ..., high + 1`.
    #[must_use]
    #[allow(clippy::cast_precision_loss)] // limits are at most 2^53
    pub fn edges(&self) -> Vec<f64> {
        (self.low..=self.high + 1).map(|e| e as f64).collect()
    }

    pub(super) fn index(self, column: Column<'_>, scratch: &mut Vec<f64>, out: &mut [i32]) {
        match column {
            Column::I64(v) => self.index_integers(v.iter().map(|&x| Some(x)), out),
            Column::U64(v) => self.index_integers(v.iter().map(|&x| i64::try_from(x).ok()), out),
            other => self.index_floats(as_f64(other, scratch), out),
        }
    }

    /// None stands for an integer above every limit.
    fn index_integers(self, values: impl Iterator<Item = Option<i64>>, out: &mut [i32]) {
        let above = overflow(self.bins());
        for (x, k) in values.zip(out) {
            *k = match x {
                Some(x) if x < self.low => UNDERFLOW,
                // The difference is below the number of bins.
                Some(x) if x <= self.high => i32::try_from(x - self.low).unwrap_or(above),
                _ => above,
            };
        }
    }

    // Limits are at most 2^53, and a bin is below the number of bins.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)]
    fn index_floats(self, values: &[f64], out: &mut [i32]) {
        let (low, end) = (self.low as f64, (self.high + 1) as f64);
        let above = overflow(self.bins());
        for (&x, k) in values.iter().zip(out) {
            *k = if x >= low && x < end {
                (x.floor() - low) as i32
            } else if x < low {
                UNDERFLOW
            } else if x.is_nan() {
                NAN
            } else {
                above
            };
        }
    }
}
