//! Powers and roots of two numbers or one, and changes of angular units.

use super::double::{Double, exponent, scale, two_to};
use super::exponential;
use super::logarithm;
use super::tables::{DEGREE, RADIAN};

/// x to the power of y, with the special values of IEEE 754 (and NumPy).
///
/// The square, the inverse and the root are those of `*`, `/` and `sqrt`.
pub(crate) fn pow(x: f64, y: f64) -> f64 {
    if y == 2.0 {
        return x * x;
    }
    if y == 1.0 {
        return x;
    }
    if y == -1.0 {
        return 1.0 / x;
    }
    if y == 0.0 || x == 1.0 {
        return 1.0;
    }
    if y == 0.5 && x > 0.0 {
        return x.sqrt();
    }
    if x.is_nan() || y.is_nan() {
        return f64::NAN;
    }
    let whole = y.trunc() == y;
    let odd = whole && y.abs() < 9_007_199_254_740_992.0 && (y * 0.5).trunc() != y * 0.5;
    let sign = if odd && x.is_sign_negative() {
        -1.0
    } else {
        1.0
    };
    if x == 0.0 || x.is_infinite() || y.is_infinite() {
        return sign * limit(x.abs(), y);
    }
    if x < 0.0 && !whole {
        return f64::NAN;
    }
    sign * finite(x.abs(), y)
}

/// The power where x is 0 or infinite, or y is infinite.
fn limit(x: f64, y: f64) -> f64 {
    if x == 1.0 {
        1.0
    } else if (x > 1.0) == (y > 0.0) {
        f64::INFINITY
    } else {
        0.0
    }
}

/// The power of finite numbers, x positive.
fn finite(x: f64, y: f64) -> f64 {
    // Beyond, the power of the number next to 1 is out of range as well.
    if y.abs() > 1e20 {
        return limit(x, y);
    }
    if y.abs() <= 16.0 && y.trunc() == y && exponent(x).abs() <= 60 {
        return whole(x, y);
    }
    let logarithm = logarithm::of_sum(Double::from(x));
    exponential::of_sum(logarithm * y)
}

/// The power of a small whole number: no product leaves the range.
fn whole(x: f64, y: f64) -> f64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole, at most 16"
    )]
    let mut left = y.abs() as u32;
    let (mut power, mut square) = (Double::from(1.0), Double::from(x));
    while left > 0 {
        if left & 1 == 1 {
            power = power * square;
        }
        square = square * square;
        left >>= 1;
    }
    if y < 0.0 {
        power = Double::from(1.0) / power;
    }
    power.round()
}

/// The length of the hypotenuse; infinite if a side is, even beside NaN.
pub(crate) fn hypot(x: f64, y: f64) -> f64 {
    let (x, y) = (x.abs(), y.abs());
    if x.is_infinite() || y.is_infinite() {
        return f64::INFINITY;
    }
    if x.is_nan() || y.is_nan() {
        return f64::NAN;
    }
    let (long, short) = if x < y { (y, x) } else { (x, y) };
    // The short side does not count beyond; a zero has no exponent.
    if short <= long * two_to(-60) {
        return long + short;
    }
    let shift = exponent(long).clamp(-1022, 1022);
    let (long, short) = (scale(long, -shift), scale(short, -shift));
    let square = Double::product(long, long) + Double::product(short, short);
    scale(square.sqrt().round(), shift)
}

/// The real cube root.
pub(crate) fn cbrt(x: f64) -> f64 {
    if x == 0.0 || !x.is_finite() {
        return x;
    }
    let subnormal = x.abs() < f64::MIN_POSITIVE;
    let wide = if subnormal {
        scale(x.abs(), 54)
    } else {
        x.abs()
    };
    let third = exponent(wide).div_euclid(3);
    let z = scale(wide, -3 * third);
    // z from 1 to 8: the line is at most 9 % off, and Newton's iteration squares that.
    let mut root = 0.9 + z * 0.15;
    for _ in 0..4 {
        root -= (root * root * root - z) / (3.0 * root * root);
    }
    let cube = Double::product(root, root) * root;
    let rest = Double::from(z) - cube;
    let root = Double::ordered_sum(root, rest.hi / (3.0 * root * root)).round();
    scale(root, third - if subnormal { 18 } else { 0 }).copysign(x)
}

/// Degrees to radians.
pub(crate) fn radians(x: f64) -> f64 {
    times(x, DEGREE)
}

/// Radians to degrees.
pub(crate) fn degrees(x: f64) -> f64 {
    times(x, RADIAN)
}

/// The product with a constant, rounded once.
fn times(x: f64, constant: Double) -> f64 {
    if x == 0.0 || !x.is_finite() {
        return x;
    }
    let size = x.abs();
    if size > 1e-200 && size < 1e200 {
        return (constant * x).round();
    }
    let shift = if size > 1.0 { -600 } else { 600 };
    scale((constant * (x * two_to(shift))).round(), -shift)
}
