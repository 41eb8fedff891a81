//! Sine, cosine and tangent.

use super::double::{Double, polynomial};
use super::reduction::quarter_turns;
use super::tables::SIXTH;

/// The sine of an angle in radians; NaN for infinities.
pub(crate) fn sin(x: f64) -> f64 {
    if x == 0.0 {
        return x;
    }
    if !x.is_finite() {
        return f64::NAN;
    }
    let (turns, rest) = quarter_turns(x);
    turned(turns, rest)
}

/// The cosine of an angle in radians; NaN for infinities.
pub(crate) fn cos(x: f64) -> f64 {
    if !x.is_finite() {
        return f64::NAN;
    }
    let (turns, rest) = quarter_turns(x);
    turned(turns + 1, rest)
}

/// The tangent of an angle in radians; NaN for infinities.
pub(crate) fn tan(x: f64) -> f64 {
    if x == 0.0 || x.abs() < 1e-9 {
        return x;
    }
    if !x.is_finite() {
        return f64::NAN;
    }
    let (turns, rest) = quarter_turns(x);
    let (sine, cosine) = (sine(rest), cosine(rest));
    if turns & 1 == 0 {
        (sine / cosine).round()
    } else {
        (-cosine / sine).round()
    }
}

/// The sine of so many quarter turns and a rest.
#[inline]
fn turned(turns: u32, rest: Double) -> f64 {
    let value = if turns & 1 == 0 {
        rounded_sine(rest)
    } else {
        rounded_cosine(rest)
    };
    if turns & 2 == 0 { value } else { -value }
}

/// The sine of at most an eighth of a turn.
///
/// The rounding of the cube is what counts: at most 0.2 ulp.
#[inline]
fn rounded_sine(x: Double) -> f64 {
    let square = x.hi * x.hi;
    let tail = x.hi * square * (square * polynomial(square, &SINE) - SIXTH.hi);
    x.hi + (tail + x.lo * (1.0 - 0.5 * square))
}

/// The cosine of at most an eighth of a turn.
#[inline]
fn rounded_cosine(x: Double) -> f64 {
    let square = x.hi * x.hi;
    let half = 0.5 * square;
    let first = Double::ordered_sum(1.0, -half);
    first.hi + (first.lo + (square * square * polynomial(square, &COSINE) - x.hi * x.lo))
}

const SINE: [f64; 8] = [
    1.0 / 120.0,
    -1.0 / 5040.0,
    1.0 / 362_880.0,
    -1.0 / 39_916_800.0,
    1.0 / 6_227_020_800.0,
    -1.0 / 1_307_674_368_000.0,
    1.0 / 355_687_428_096_000.0,
    -1.0 / 121_645_100_408_832_000.0,
];

const COSINE: [f64; 8] = [
    1.0 / 24.0,
    -1.0 / 720.0,
    1.0 / 40_320.0,
    -1.0 / 3_628_800.0,
    1.0 / 479_001_600.0,
    -1.0 / 87_178_291_200.0,
    1.0 / 20_922_789_888_000.0,
    -1.0 / 6_402_373_705_728_000.0,
];

/// The sine of at most an eighth of a turn: x - x³/6 in two doubles, more in one.
#[inline]
fn sine(x: Double) -> Double {
    let square = x * x;
    let cube = square * x;
    let tail = square.hi * cube.hi * polynomial(square.hi, &SINE);
    x - cube * SIXTH + Double::from(tail)
}

/// The cosine of at most an eighth of a turn: 1 - x²/2 in two doubles, more in one.
#[inline]
fn cosine(x: Double) -> Double {
    let square = x * x;
    let tail = square.hi * square.hi * polynomial(square.hi, &COSINE);
    Double::from(1.0) - square * 0.5 + Double::from(tail)
}
