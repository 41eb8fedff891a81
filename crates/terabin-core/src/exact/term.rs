//! One addend, taken apart.

/// A finite number `±magnitude * 2^exponent`, exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// Whether the number is below zero.
    pub negative: bool,
    /// The integer factor; a product of two 64-bit integers still fits.
    pub magnitude: u128,
    /// The power of two.
    pub exponent: i32,
}

impl Term {
    /// Takes a finite float apart; the caller has dealt with NaN and infinities.
    #[inline]
    #[must_use]
    pub fn from_f64(x: f64) -> Self {
        let bits = x.to_bits();
        let biased = ((bits >> 52) & 0x7ff) as i32;
        let fraction = bits & ((1 << 52) - 1);
        let magnitude = if biased == 0 {
            fraction
        } else {
            fraction | (1 << 52)
        };
        Self {
            negative: x.is_sign_negative(),
            magnitude: u128::from(magnitude),
            exponent: biased.max(1) - 1075,
        }
    }

    /// A signed integer.
    #[inline]
    #[must_use]
    pub fn from_i64(x: i64) -> Self {
        Self {
            negative: x < 0,
            magnitude: u128::from(x.unsigned_abs()),
            exponent: 0,
        }
    }

    /// An unsigned integer.
    #[inline]
    #[must_use]
    pub fn from_u64(x: u64) -> Self {
        Self {
            negative: false,
            magnitude: u128::from(x),
            exponent: 0,
        }
    }

    /// The exact product; both magnitudes must be below 2^64.
    #[inline]
    #[must_use]
    pub fn times(self, other: Self) -> Self {
        Self {
            negative: self.negative != other.negative,
            magnitude: self.magnitude * other.magnitude,
            exponent: self.exponent + other.exponent,
        }
    }

    /// One past the position of the highest set bit: the number is below 2^top.
    #[inline]
    #[must_use]
    pub fn top(&self) -> i32 {
        // A bit count of at most 128 always fits.
        self.exponent + (128 - self.magnitude.leading_zeros()).cast_signed()
    }
}
