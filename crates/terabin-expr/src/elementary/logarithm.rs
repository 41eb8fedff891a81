//! Logarithms.
//!
//! x = 2^k z with z near 1; z c = 1 + r for a c of ten bits from a table, so that r is
//! exact; log(x) = k log(2) - log(c) + log(1 + r) (P. T. P. Tang, Table-driven
//! implementation of the logarithm function, 1990).

use super::double::{Double, nearest, polynomial, scale};
use super::tables::{FIRST_INVERSE, INV_LN2, INV_LN10, INVERSES, LN2_42};

/// The natural logarithm.
pub(crate) fn log(x: f64) -> f64 {
    special(x).unwrap_or_else(|| of(x).round())
}

/// The logarithm to base 2; exact for powers of two.
pub(crate) fn log2(x: f64) -> f64 {
    special(x).unwrap_or_else(|| (of(x) * INV_LN2).round())
}

/// The logarithm to base 10; exact for powers of ten.
pub(crate) fn log10(x: f64) -> f64 {
    special(x).unwrap_or_else(|| (of(x) * INV_LN10).round())
}

/// log(1 + x), without loss near 0.
pub(crate) fn log1p(x: f64) -> f64 {
    if x == 0.0 {
        return x;
    }
    if x == f64::INFINITY || x <= -1.0 {
        return special(1.0 + x).unwrap_or(f64::NAN);
    }
    if x.is_nan() {
        return x;
    }
    of_one_plus(Double::from(x)).round()
}

/// The values at 0, infinity, NaN and below 0.
fn special(x: f64) -> Option<f64> {
    if x > 0.0 && x < f64::INFINITY {
        None
    } else if x == 0.0 {
        Some(f64::NEG_INFINITY)
    } else if x == f64::INFINITY {
        Some(x)
    } else {
        Some(f64::NAN)
    }
}

/// log(1 + x) of a finite sum above -1.
pub(super) fn of_one_plus(x: Double) -> Double {
    let sum = Double::sum(1.0, x.hi);
    of_sum(Double::new(sum.hi, sum.lo + x.lo))
}

/// The natural logarithm of a positive finite number, to 60 bits.
#[inline]
fn of(x: f64) -> Double {
    let (k, z, low) = near_one(Double::from(x));
    let (inverse, minus_log) = tabulated(z);
    let r = less_one(z, low, inverse);
    // Both high parts are multiples of 2^-42: their sum is exact.
    let sum = Double::sum(k * LN2_42.hi + minus_log.hi, r.hi);
    let curved = r.hi * r.hi * (r.hi * polynomial(r.hi, &TERMS) - 0.5);
    let small = (k * LN2_42.lo + minus_log.lo) + r.lo;
    Double::ordered_sum(sum.hi, sum.lo + (small + curved))
}

/// The natural logarithm of a positive finite number, to 68 bits.
pub(super) fn of_sum(x: Double) -> Double {
    let (k, z, low) = near_one(x);
    let (inverse, minus_log) = tabulated(z);
    let r = less_one(z, low, inverse);
    let square = Double::product(r.hi, r.hi) * -0.5;
    let tail = r.hi * r.hi * r.hi * polynomial(r.hi, &TERMS);
    let first = Double::sum(k * LN2_42.hi + minus_log.hi, r.hi);
    let second = Double::sum(first.hi, square.hi);
    let small = (k * LN2_42.lo + minus_log.lo) + (square.lo - r.hi * r.lo);
    let rest = (first.lo + second.lo) + (small + (r.lo + tail));
    Double::ordered_sum(second.hi, rest)
}

/// log(1 + r) is r - r²/2 and these times the powers of r from the third.
const TERMS: [f64; 9] = [
    1.0 / 3.0,
    -1.0 / 4.0,
    1.0 / 5.0,
    -1.0 / 6.0,
    1.0 / 7.0,
    -1.0 / 8.0,
    1.0 / 9.0,
    -1.0 / 10.0,
    1.0 / 11.0,
];

/// The number whose product with z is near 1, and minus its logarithm.
#[inline]
fn tabulated(z: f64) -> (f64, Double) {
    let at = nearest(z * 64.0) - FIRST_INVERSE;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "z from 0.7 to 1.42"
    )]
    let at = at as usize;
    let [inverse, hi, lo] = *INVERSES.get(at).unwrap_or(&INVERSES[0]);
    (f64::from_bits(inverse), Double::from_bits([hi, lo]))
}

/// `x` as 2^k times `z + low`, where z lies between the roots of 1/2 and 2.
#[inline]
fn near_one(x: Double) -> (f64, f64, f64) {
    const ROOT_OF_HALF: i64 = 0x3fe6_a09e_667f_3bcd;
    let subnormal = x.hi < f64::MIN_POSITIVE;
    let hi = if subnormal {
        x.hi * 18_014_398_509_481_984.0 // 2^54
    } else {
        x.hi
    };
    let bits = hi.to_bits().cast_signed();
    let k = (bits - ROOT_OF_HALF) >> 52;
    let z = f64::from_bits((bits - (k << 52)).cast_unsigned());
    #[allow(clippy::cast_possible_truncation, reason = "at most 1024")]
    let k = k as i32;
    let low = if x.lo == 0.0 { 0.0 } else { scale(x.lo, -k) };
    (f64::from(k - if subnormal { 54 } else { 0 }), z, low)
}

/// `(z + low) inverse - 1`, exact but for the product of `low`.
#[inline]
fn less_one(z: f64, low: f64, inverse: f64) -> Double {
    let high = f64::from_bits(z.to_bits() & !0x7ff_ffff);
    let sum = Double::sum(high * inverse - 1.0, (z - high) * inverse);
    Double::ordered_sum(sum.hi, sum.lo + low * inverse)
}
