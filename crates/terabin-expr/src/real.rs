//! Functions of float64.

use crate::buffer::{Target, Values};
use crate::elementary;
use crate::kernel::{Done, binary, each};
use crate::round;

/// float64 to float64, as the function of NumPy of that name (`Round` is `rint`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Real {
    Negate,
    Absolute,
    Root,
    Reciprocal,
    Sign,
    Floor,
    Ceil,
    Trunc,
    Round,
    Cbrt,
    Exp,
    Exp2,
    Expm1,
    Log,
    Log2,
    Log10,
    Log1p,
    Sin,
    Cos,
    Tan,
    Arcsin,
    Arccos,
    Arctan,
    Sinh,
    Cosh,
    Tanh,
    Arcsinh,
    Arccosh,
    Arctanh,
    Radians,
    Degrees,
}

/// Two float64 to float64, as the function of NumPy of that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum RealPair {
    Divide,
    FloorDivide,
    Modulo,
    Fmod,
    Power,
    Arctan2,
    Hypot,
    Copysign,
    Heaviside,
    Minimum,
    Maximum,
    Fmin,
    Fmax,
}

/// The loop of a function.
pub(crate) fn real(function: Real, a: Values<'_>, t: Target<'_>) -> Done {
    match function {
        Real::Negate => each(a, t, |a: f64| -a),
        Real::Absolute => each(a, t, f64::abs),
        Real::Root => each(a, t, f64::sqrt),
        Real::Reciprocal => each(a, t, |a: f64| 1.0 / a),
        Real::Sign => each(a, t, sign),
        Real::Floor => each(a, t, round::floor),
        Real::Ceil => each(a, t, round::ceil),
        Real::Trunc => each(a, t, round::trunc),
        Real::Round => each(a, t, round::nearest),
        Real::Cbrt => each(a, t, elementary::cbrt),
        Real::Exp => each(a, t, elementary::exp),
        Real::Exp2 => each(a, t, elementary::exp2),
        Real::Expm1 => each(a, t, elementary::expm1),
        Real::Log => each(a, t, elementary::log),
        Real::Log2 => each(a, t, elementary::log2),
        Real::Log10 => each(a, t, elementary::log10),
        Real::Log1p => each(a, t, elementary::log1p),
        Real::Sin => each(a, t, elementary::sin),
        Real::Cos => each(a, t, elementary::cos),
        Real::Tan => each(a, t, elementary::tan),
        Real::Arcsin => each(a, t, elementary::asin),
        Real::Arccos => each(a, t, elementary::acos),
        Real::Arctan => each(a, t, elementary::atan),
        Real::Sinh => each(a, t, elementary::sinh),
        Real::Cosh => each(a, t, elementary::cosh),
        Real::Tanh => each(a, t, elementary::tanh),
        Real::Arcsinh => each(a, t, elementary::asinh),
        Real::Arccosh => each(a, t, elementary::acosh),
        Real::Arctanh => each(a, t, elementary::atanh),
        Real::Radians => each(a, t, elementary::radians),
        Real::Degrees => each(a, t, elementary::degrees),
    }
}

/// The loop of a function of two numbers.
pub(crate) fn real_pair(function: RealPair, a: Values<'_>, b: Values<'_>, t: Target<'_>) -> Done {
    match function {
        RealPair::Divide => binary(a, b, t, |a: f64, b: f64| a / b),
        RealPair::FloorDivide => binary(a, b, t, floor_divide),
        RealPair::Modulo => binary(a, b, t, modulo),
        RealPair::Fmod => binary(a, b, t, |a: f64, b: f64| a % b),
        RealPair::Power => binary(a, b, t, elementary::pow),
        RealPair::Arctan2 => binary(a, b, t, elementary::atan2),
        RealPair::Hypot => binary(a, b, t, elementary::hypot),
        RealPair::Copysign => binary(a, b, t, copysign),
        RealPair::Heaviside => binary(a, b, t, heaviside),
        RealPair::Minimum => binary(a, b, t, |a: f64, b| if a < b || a.is_nan() { a } else { b }),
        RealPair::Maximum => binary(a, b, t, |a: f64, b| if a > b || a.is_nan() { a } else { b }),
        RealPair::Fmin => binary(a, b, t, |a, b: f64| if a < b || b.is_nan() { a } else { b }),
        RealPair::Fmax => binary(a, b, t, |a, b: f64| if a > b || b.is_nan() { a } else { b }),
    }
}

fn sign(a: f64) -> f64 {
    if a > 0.0 {
        1.0
    } else if a < 0.0 {
        -1.0
    } else if a == 0.0 {
        0.0
    } else {
        a
    }
}

/// NaN counts as positive: the sign that an operation gives it differs by machine.
fn copysign(a: f64, sign: f64) -> f64 {
    a.copysign(if sign.is_nan() { 1.0 } else { sign })
}

fn heaviside(a: f64, at_zero: f64) -> f64 {
    if a.is_nan() {
        a
    } else if a == 0.0 {
        at_zero
    } else if a > 0.0 {
        1.0
    } else {
        0.0
    }
}

/// `numpy.remainder`: with the sign of the divisor, zeros included.
fn modulo(a: f64, b: f64) -> f64 {
    let rest = a % b;
    if b == 0.0 || rest.is_nan() {
        rest
    } else if rest == 0.0 {
        0.0_f64.copysign(b)
    } else if (b < 0.0) != (rest < 0.0) {
        rest + b
    } else {
        rest
    }
}

/// `numpy.floor_divide`: from the remainder, as the quotient may round up to the next integer.
fn floor_divide(a: f64, b: f64) -> f64 {
    if b == 0.0 {
        return a / b;
    }
    let rest = a % b;
    let mut quotient = (a - rest) / b;
    if rest != 0.0 && (b < 0.0) != (rest < 0.0) {
        quotient -= 1.0;
    }
    if quotient == 0.0 {
        return 0.0_f64.copysign(a / b);
    }
    let floor = quotient.floor();
    if quotient - floor > 0.5 {
        floor + 1.0
    } else {
        floor
    }
}
