//! Hyperbolic functions and their inverses.

use super::double::{Double, polynomial, scale};
use super::exponential::{exp, power_of_e};
use super::logarithm;
use super::tables::LN2;

/// Beyond, the smaller of e^x and e^-x does not count.
const LARGE: f64 = 40.0;

/// (e^x - e^-x) / 2.
pub(crate) fn sinh(x: f64) -> f64 {
    let size = x.abs();
    if x.is_nan() || size < 1e-9 {
        return x;
    }
    if size > LARGE {
        return half_power(size).copysign(x);
    }
    sine(size).round().copysign(x)
}

/// (e^x + e^-x) / 2.
pub(crate) fn cosh(x: f64) -> f64 {
    let size = x.abs();
    if x.is_nan() || size > LARGE {
        return half_power(size);
    }
    cosine(size).round()
}

/// sinh(x) / cosh(x).
pub(crate) fn tanh(x: f64) -> f64 {
    let size = x.abs();
    if x.is_nan() || size < 1e-9 {
        return x;
    }
    if size > LARGE {
        return 1.0_f64.copysign(x);
    }
    (sine(size) / cosine(size)).round().copysign(x)
}

/// The inverse of sinh.
pub(crate) fn asinh(x: f64) -> f64 {
    let size = x.abs();
    if !x.is_finite() || size < 1e-9 {
        return x;
    }
    if size > 1e10 {
        return log_of_twice(size).copysign(x);
    }
    let one = Double::from(1.0);
    let square = Double::product(size, size);
    let root = (square + one).sqrt();
    let less_one = Double::from(size) + square / (root + one);
    logarithm::of_one_plus(less_one).round().copysign(x)
}

/// The inverse of cosh, not negative; NaN below 1.
pub(crate) fn acosh(x: f64) -> f64 {
    if x.is_nan() || x < 1.0 {
        return f64::NAN;
    }
    if x == 1.0 {
        return 0.0;
    }
    if x > 1e10 {
        return if x.is_finite() { log_of_twice(x) } else { x };
    }
    let above = Double::sum(x, -1.0);
    let root = (above * (above + Double::from(2.0))).sqrt();
    logarithm::of_one_plus(above + root).round()
}

/// The inverse of tanh; NaN beyond 1, infinite at it.
pub(crate) fn atanh(x: f64) -> f64 {
    let size = x.abs();
    if x.is_nan() || size < 1e-9 {
        return x;
    }
    if size > 1.0 {
        return f64::NAN;
    }
    if size == 1.0 {
        return f64::INFINITY.copysign(x);
    }
    let quotient = Double::from(2.0 * size) / Double::sum(1.0, -size);
    (logarithm::of_one_plus(quotient) * 0.5).round().copysign(x)
}

/// log(2 x), which asinh and acosh are for large x.
fn log_of_twice(x: f64) -> f64 {
    (logarithm::of_sum(Double::from(x)) + LN2).round()
}

/// e^x / 2, which sinh and cosh are for large x.
fn half_power(x: f64) -> f64 {
    // Twice the largest double is the last whose half counts.
    if x.is_nan() || x > 710.5 {
        return exp(x);
    }
    let (power, exponent) = power_of_e(Double::from(x));
    scale(power.round(), exponent - 1)
}

/// sinh of a positive number that is not large.
fn sine(x: f64) -> Double {
    const TERMS: [f64; 4] = [1.0 / 6.0, 1.0 / 120.0, 1.0 / 5040.0, 1.0 / 362_880.0];
    if x < 0.015_625 {
        let square = x * x;
        return Double::ordered_sum(x, x * square * polynomial(square, &TERMS));
    }
    let (up, down) = both_powers(x);
    (up - down) * 0.5
}

/// cosh of a number that is not negative and not large.
fn cosine(x: f64) -> Double {
    let (up, down) = both_powers(x);
    (up + down) * 0.5
}

/// e^x and e^-x.
fn both_powers(x: f64) -> (Double, Double) {
    let (power, exponent) = power_of_e(Double::from(x));
    let up = power.times_two_to(exponent);
    (up, Double::from(1.0) / up)
}
