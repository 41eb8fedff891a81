//! Angles from their sine, cosine and tangent.
//!
//! All are the angle of a point (x, y): the tabulated angle whose tangent is near y/x,
//! and a rest whose tangent is (y - c x)/(x + c y).

use super::double::{Double, exponent, nearest, polynomial, scale};
use super::tables::{ANGLES, HALF_PI, PI};

/// The angle whose sine is x.
pub(crate) fn asin(x: f64) -> f64 {
    let size = x.abs();
    if size < 1e-9 {
        return x;
    }
    if size < 1.0 {
        return angle(Double::from(size), other_leg(size))
            .round()
            .copysign(x);
    }
    if size == 1.0 {
        return HALF_PI.hi.copysign(x);
    }
    f64::NAN
}

/// The angle whose cosine is x.
pub(crate) fn acos(x: f64) -> f64 {
    let size = x.abs();
    if size < 1e-20 {
        return HALF_PI.hi;
    }
    if size < 1.0 {
        let angle = angle(other_leg(size), Double::from(size));
        return if x < 0.0 { PI - angle } else { angle }.round();
    }
    if x == 1.0 {
        return 0.0;
    }
    if x == -1.0 {
        return PI.hi;
    }
    f64::NAN
}

/// The angle whose tangent is x.
pub(crate) fn atan(x: f64) -> f64 {
    let size = x.abs();
    if x.is_nan() || size < 1e-9 {
        return x;
    }
    if size > 1e20 {
        return HALF_PI.hi.copysign(x);
    }
    angle(Double::from(size), Double::from(1.0))
        .round()
        .copysign(x)
}

/// The angle of the point (x, y), from -pi to pi.
pub(crate) fn atan2(y: f64, x: f64) -> f64 {
    if x.is_nan() || y.is_nan() {
        return f64::NAN;
    }
    let (height, width) = (y.abs(), x.abs());
    let behind = x.is_sign_negative();
    if height == 0.0 {
        return if behind { PI.hi } else { 0.0 }.copysign(y);
    }
    if height.is_infinite() && width.is_infinite() {
        let eighth = HALF_PI * 0.5;
        return if behind { PI - eighth } else { eighth }
            .round()
            .copysign(y);
    }
    let steepness = steepness(height, width);
    if steepness > 70 {
        return HALF_PI.hi.copysign(y);
    }
    if steepness < -70 {
        return if behind { PI.hi } else { height / width }.copysign(y);
    }
    // Squares and splits of the larger must not overflow, nor of the smaller underflow.
    let shift = -exponent(height).clamp(-1022, 1022);
    let (height, width) = (scale(height, shift), scale(width, shift));
    let angle = angle(Double::from(height), Double::from(width));
    if behind { PI - angle } else { angle }.round().copysign(y)
}

/// The difference of the exponents, a large one where a side is zero or infinite.
fn steepness(height: f64, width: f64) -> i32 {
    // Subnormal numbers have exponents of their own once they are multiplied.
    let of = |x: f64| match x {
        _ if x == 0.0 => -4000,
        _ if x.is_infinite() => 4000,
        _ if x < f64::MIN_POSITIVE => exponent(x * 18_014_398_509_481_984.0) - 54,
        _ => exponent(x),
    };
    of(height) - of(width)
}

/// sqrt(1 - x²) for x from 0 to 1.
fn other_leg(x: f64) -> Double {
    (Double::sum(1.0, -x) * Double::sum(1.0, x)).sqrt()
}

/// The angle of the point (x, y), both positive.
fn angle(y: Double, x: Double) -> Double {
    if y.hi > x.hi {
        return HALF_PI - at_most_an_eighth(x, y);
    }
    at_most_an_eighth(y, x)
}

fn at_most_an_eighth(y: Double, x: Double) -> Double {
    const TERMS: [f64; 5] = [-1.0 / 3.0, 1.0 / 5.0, -1.0 / 7.0, 1.0 / 9.0, -1.0 / 11.0];
    let n = nearest(y.hi / x.hi * 64.0);
    let tangent = n / 64.0;
    let rest = (y - x * tangent) / (x + y * tangent);
    let square = rest.hi * rest.hi;
    let tail = rest.hi * square * polynomial(square, &TERMS);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole, from 0 to 64"
    )]
    let tabulated = *ANGLES.get(n as usize).unwrap_or(&ANGLES[0]);
    let tabulated = Double::from_bits(tabulated);
    tabulated + (rest + Double::from(tail))
}
