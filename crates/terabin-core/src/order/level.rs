//! Which quantile.

use serde::{Deserialize, Serialize};

use crate::statistic::Number;

/// The level of a quantile, from 0 to 1.
///
/// Quantiles are those of `numpy.quantile(method="linear")` of the values as float64, to
/// the bit. Next to an infinite
/// value, where NumPy has NaN at times, they are that value, and NaN between both. The median of an even number of values is
/// the double nearest to the mean of the middle two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Level {
    bits: u64,
    middle: bool,
}

impl Level {
    /// The median.
    pub const MEDIAN: Self = Self {
        bits: 0.5_f64.to_bits(),
        middle: true,
    };

    /// The quantile of level 1/2.
    pub const HALF: Self = Self {
        bits: 0.5_f64.to_bits(),
        middle: false,
    };

    /// The quantile of this level; None unless it is from 0 to 1.
    #[must_use]
    pub fn quantile(level: f64) -> Option<Self> {
        (0.0..=1.0).contains(&level).then(|| Self {
            bits: (level + 0.0).to_bits(),
            middle: false,
        })
    }

    /// From 0 to 1.
    #[must_use]
    pub fn level(self) -> f64 {
        f64::from_bits(self.bits)
    }

    /// Whether this is the median.
    #[must_use]
    pub fn is_median(self) -> bool {
        self.middle
    }

    /// The ranks of the two values, counted from 0, that the quantile of `n` values lies
    /// between.
    #[must_use]
    pub fn ranks(self, n: u64) -> [u64; 2] {
        let last = n.saturating_sub(1);
        if self.middle {
            return [last / 2, n / 2];
        }
        let low = self.place(n).0;
        [low, (low + 1).min(last)]
    }

    /// The quantile, from the values at those ranks.
    #[must_use]
    pub fn between(self, n: u64, [low, high]: [Number; 2]) -> f64 {
        if self.middle {
            return middle(low, high);
        }
        interpolate(low, high, self.place(n).1)
    }

    /// The rank below, and how far the quantile lies from there to the next.
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "as NumPy does; the result is from 0 to n - 1"
    )]
    fn place(self, n: u64) -> (u64, f64) {
        let last = n.saturating_sub(1);
        let at = last as f64 * self.level();
        let low = at.floor();
        if low >= last as f64 {
            return (last, 0.0);
        }
        (low as u64, at - low)
    }
}

/// `(low + high) / 2`, rounded once.
fn middle(low: Number, high: Number) -> f64 {
    match (low, high) {
        (Number::I64(a), Number::I64(b)) => half(i128::from(a) + i128::from(b)),
        (Number::U64(a), Number::U64(b)) => half(i128::from(a) + i128::from(b)),
        _ => {
            let (a, b) = (low.as_f64(), high.as_f64());
            let sum = a + b;
            // Halves of large numbers are exact, and halves of small ones need not be.
            if sum.is_finite() {
                sum / 2.0
            } else {
                a / 2.0 + b / 2.0
            }
        }
    }
}

/// Half of a sum of two integers of 64 bits.
#[allow(
    clippy::cast_precision_loss,
    reason = "the nearest double is what is asked"
)]
fn half(sum: i128) -> f64 {
    sum as f64 / 2.0
}

/// As `numpy.quantile`: from the nearer end.
fn interpolate(low: Number, high: Number, share: f64) -> f64 {
    let (a, b) = (low.as_f64(), high.as_f64());
    if share == 0.0 || low == high {
        return a;
    }
    if a.is_infinite() || b.is_infinite() {
        return a + b;
    }
    let difference = high.minus(low);
    if share >= 0.5 {
        b - difference * (1.0 - share)
    } else {
        a + difference * share
    }
}
