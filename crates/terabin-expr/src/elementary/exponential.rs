//! e to the power of x, and its kin.
//!
//! x = n ln(2)/64 + r: the power is 2^(n/64) from a table times e^r, |r| < 0.0055
//! (P. T. P. Tang, Table-driven implementation of the exponential function, 1989).

use super::double::{Double, nearest, polynomial, scale, two_to};
use super::tables::{INV_LN2_64, LN2, LN2_64, POWERS};

/// Beyond these, e^x is larger or smaller than any double.
const LARGEST: f64 = 709.782_712_893_384;
const SMALLEST: f64 = -745.133_219_101_941_2;

/// e^x.
pub(crate) fn exp(x: f64) -> f64 {
    of_sum(Double::from(x))
}

/// e^x for a sum of two doubles.
pub(super) fn of_sum(x: Double) -> f64 {
    if x.hi.is_nan() {
        return x.hi;
    }
    if x.hi > LARGEST {
        return f64::INFINITY;
    }
    if x.hi < SMALLEST {
        return 0.0;
    }
    let (n, rest) = reduced(x);
    rounded(n, rest)
}

/// 2^x.
pub(crate) fn exp2(x: f64) -> f64 {
    if x.is_nan() {
        return x;
    }
    if x >= 1024.0 {
        return f64::INFINITY;
    }
    if x < -1075.0 {
        return 0.0;
    }
    let n = nearest(x * 64.0);
    let rest = x - n / 64.0;
    rounded(n, LN2 * rest)
}

/// e^x - 1, without loss near 0.
pub(crate) fn expm1(x: f64) -> f64 {
    const TERMS: [f64; 7] = [
        1.0 / 2.0,
        1.0 / 6.0,
        1.0 / 24.0,
        1.0 / 120.0,
        1.0 / 720.0,
        1.0 / 5040.0,
        1.0 / 40320.0,
    ];
    if x.abs() < 1e-18 {
        return x;
    }
    if x.abs() < 0.007_812_5 {
        return x + x * x * polynomial(x, &TERMS);
    }
    if x < -40.0 {
        return -1.0;
    }
    if x.is_nan() || x > 40.0 {
        return exp(x);
    }
    let (power, exponent) = power_of_e(Double::from(x));
    (power.times_two_to(exponent) - Double::from(1.0)).round()
}

/// e^x as a number near 1 times a power of two, for x from [`SMALLEST`] to [`LARGEST`].
pub(super) fn power_of_e(x: Double) -> (Double, i32) {
    let (n, rest) = reduced(x);
    let curved = curved(rest.hi);
    let less_one = Double::ordered_sum(rest.hi, curved);
    let low = less_one.lo + (rest.lo + rest.hi * rest.lo);
    let (base, exponent) = tabulated(n);
    let product = base * Double::new(less_one.hi, low);
    let sum = Double::ordered_sum(base.hi, product.hi);
    let low = sum.lo + (product.lo + base.lo);
    (Double::ordered_sum(sum.hi, low), exponent)
}

/// 2^(n/64) e^rest, rounded: 60 bits are enough.
#[inline]
fn rounded(n: f64, rest: Double) -> f64 {
    let less_one = rest.hi + (rest.lo + curved(rest.hi));
    let (base, exponent) = tabulated(n);
    let power = base.hi + (base.lo + base.hi * less_one);
    if (-1000..1000).contains(&exponent) {
        return power * two_to(exponent);
    }
    scale(power, exponent)
}

/// `x` as n 64ths of log(2) and a rest.
#[inline]
fn reduced(x: Double) -> (f64, Double) {
    let n = nearest(x.hi * INV_LN2_64);
    // The high part of the constant has 36 bits: its product and the difference are exact.
    let rest = Double::ordered_sum(x.hi - n * LN2_64.hi, x.lo - n * LN2_64.lo);
    (n, rest)
}

/// e^x - 1 - x for a small x.
#[inline]
fn curved(x: f64) -> f64 {
    const TERMS: [f64; 6] = [
        1.0 / 2.0,
        1.0 / 6.0,
        1.0 / 24.0,
        1.0 / 120.0,
        1.0 / 720.0,
        1.0 / 5040.0,
    ];
    x * x * polynomial(x, &TERMS)
}

/// 2^(n/64) as a number from 1 to 2 and an exponent.
#[inline]
fn tabulated(n: f64) -> (Double, i32) {
    #[expect(clippy::cast_possible_truncation, reason = "whole, below 2^17")]
    let n = n as i32;
    let power = POWERS[(n & 63).cast_unsigned() as usize];
    (Double::from_bits(power), n >> 6)
}
