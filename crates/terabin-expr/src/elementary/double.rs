//! Sums of two doubles: about 106 bits.
//!
//! T. J. Dekker, A floating-point technique for extending the available precision,
//! Numer. Math. 18 (1971); D. E. Knuth, The Art of Computer Programming 2, 4.2.2.

use std::ops::{Add, Div, Mul, Neg, Sub};

/// The exact value `hi + lo`, where `hi` is the sum rounded to nearest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Double {
    pub(super) hi: f64,
    pub(super) lo: f64,
}

impl Double {
    pub(super) const fn new(hi: f64, lo: f64) -> Self {
        Self { hi, lo }
    }

    /// The sum of two doubles of these bits, the high part first.
    pub(super) const fn from_bits([hi, lo]: [u64; 2]) -> Self {
        Self::new(f64::from_bits(hi), f64::from_bits(lo))
    }

    /// The exact sum.
    #[inline]
    pub(super) fn sum(a: f64, b: f64) -> Self {
        let hi = a + b;
        let of_b = hi - a;
        let lo = (a - (hi - of_b)) + (b - of_b);
        Self { hi, lo }
    }

    /// The exact sum of `a` and a smaller `b` (or zero).
    #[inline]
    pub(super) fn ordered_sum(a: f64, b: f64) -> Self {
        let hi = a + b;
        Self {
            hi,
            lo: b - (hi - a),
        }
    }

    /// The exact product, unless it leaves the range in which halves of it are normal.
    #[inline]
    pub(super) fn product(a: f64, b: f64) -> Self {
        let hi = a * b;
        let (a1, a2) = halves(a);
        let (b1, b2) = halves(b);
        let lo = ((a1 * b1 - hi) + a1 * b2 + a2 * b1) + a2 * b2;
        Self { hi, lo }
    }

    /// The square root of a positive number.
    #[inline]
    pub(super) fn sqrt(self) -> Self {
        let root = self.hi.sqrt();
        let rest = self - Self::product(root, root);
        Self::ordered_sum(root, rest.hi / (2.0 * root))
    }

    /// The nearest double.
    #[inline]
    pub(super) fn round(self) -> f64 {
        self.hi + self.lo
    }

    /// The product with 2 to the power of `exponent`, which must be a normal double.
    #[inline]
    pub(super) fn times_two_to(self, exponent: i32) -> Self {
        let scale = two_to(exponent);
        Self::new(self.hi * scale, self.lo * scale)
    }
}

impl From<f64> for Double {
    fn from(hi: f64) -> Self {
        Self { hi, lo: 0.0 }
    }
}

impl Add for Double {
    type Output = Self;
    #[inline]
    fn add(self, other: Self) -> Self {
        let high = Self::sum(self.hi, other.hi);
        let low = Self::sum(self.lo, other.lo);
        let middle = Self::ordered_sum(high.hi, high.lo + low.hi);
        Self::ordered_sum(middle.hi, middle.lo + low.lo)
    }
}

impl Sub for Double {
    type Output = Self;
    #[inline]
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Neg for Double {
    type Output = Self;
    #[inline]
    fn neg(self) -> Self {
        Self::new(-self.hi, -self.lo)
    }
}

impl Mul for Double {
    type Output = Self;
    #[inline]
    fn mul(self, other: Self) -> Self {
        let high = Self::product(self.hi, other.hi);
        let cross = self.hi * other.lo + self.lo * other.hi;
        Self::ordered_sum(high.hi, high.lo + cross)
    }
}

impl Mul<f64> for Double {
    type Output = Self;
    #[inline]
    fn mul(self, other: f64) -> Self {
        let high = Self::product(self.hi, other);
        Self::ordered_sum(high.hi, high.lo + self.lo * other)
    }
}

impl Div for Double {
    type Output = Self;
    #[inline]
    fn div(self, other: Self) -> Self {
        let first = self.hi / other.hi;
        let rest = self - other * first;
        Self::ordered_sum(first, rest.hi / other.hi)
    }
}

/// `x` as the sum of two numbers of 26 bits, whose products are exact.
#[inline]
fn halves(x: f64) -> (f64, f64) {
    // 2^27 + 1, Veltkamp's split.
    let scaled = 134_217_729.0 * x;
    let high = scaled - (scaled - x);
    (high, x - high)
}

/// 2 to the power of `exponent`, from -1022 to 1023.
#[inline]
pub(super) fn two_to(exponent: i32) -> f64 {
    f64::from_bits(u64::from((1023 + exponent).cast_unsigned()) << 52)
}

/// `x` times 2 to the power of `exponent`, rounded once; any exponent from -2100 to 2000.
#[inline]
pub(super) fn scale(x: f64, exponent: i32) -> f64 {
    let half = exponent / 2;
    x * two_to(half) * two_to(exponent - half)
}

/// The exponent of a normal number: 0 for those from 1 to 2.
#[inline]
pub(super) fn exponent(x: f64) -> i32 {
    // 11 bits, after the sign is cut off.
    (((x.to_bits() >> 52) & 0x7ff) as i32) - 1023
}

/// The nearest integer, for magnitudes below 2^51.
#[inline]
pub(super) fn nearest(x: f64) -> f64 {
    const SHIFT: f64 = 6_755_399_441_055_744.0;
    (x + SHIFT) - SHIFT
}

/// The polynomial with these coefficients, the constant one first.
#[inline]
pub(super) fn polynomial<const N: usize>(x: f64, coefficients: &[f64; N]) -> f64 {
    let mut sum = 0.0;
    for c in coefficients.iter().rev() {
        sum = sum * x + c;
    }
    sum
}
