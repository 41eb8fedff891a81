//! Whether a double is the one nearest to an exact number: it is compared with the
//! points halfway to its neighbours, in integers.

use num_bigint::{BigInt, Sign};

/// Whether `x` is the double nearest to `(numerator / denominator / 2^unit)^(1/root)`,
/// ties to even; the denominator is positive.
///
/// The exact number lies between the midpoints with both neighbours, and on one of them
/// only if `x` is even.
pub fn is_nearest(
    x: f64,
    numerator: &BigInt,
    denominator: &BigInt,
    unit: impl Into<i64>,
    root: u32,
) -> bool {
    if x.is_nan() || (x == 0.0 && x.is_sign_negative() != (numerator.sign() == Sign::Minus)) {
        return false;
    }
    let unit = unit.into();
    // Whether the midpoint, to the power of the root, is below the exact number.
    let compare = |(midpoint, exponent): (BigInt, i64)| {
        let shift = exponent * i64::from(root) + unit;
        let (up, down) = (shift.max(0), (-shift).max(0));
        let midpoint = (midpoint.pow(root) * denominator) << up;
        midpoint.cmp(&(numerator << down))
    };
    let even = x.to_bits() & 1 == 0;
    // Nothing lies below -infinity, and no root below zero.
    let lowest = x == f64::NEG_INFINITY || (root == 2 && x == 0.0);
    let highest = x == f64::INFINITY;
    let above_lower = || {
        let lower = compare(midpoint(x.next_down(), x));
        lower.is_lt() || (even && lower.is_eq())
    };
    let below_upper = || {
        let upper = compare(midpoint(x, x.next_up()));
        upper.is_gt() || (even && upper.is_eq())
    };
    (lowest || above_lower()) && (highest || below_upper())
}

/// Halfway between two neighbours: an integer and the exponent of the power of two that
/// it is multiplied by.
pub fn midpoint(a: f64, b: f64) -> (BigInt, i64) {
    let ((a, up), (b, down)) = (integer(a), integer(b));
    let least = up.min(down);
    ((a << (up - least)) + (b << (down - least)), least - 1)
}

/// A double as an integer and the exponent of a power of two; infinity is 2^1024.
fn integer(x: f64) -> (BigInt, i64) {
    let bits = x.abs().to_bits();
    let (biased, fraction) = ((bits >> 52).cast_signed(), bits & ((1 << 52) - 1));
    let significand = if biased == 0 {
        fraction
    } else {
        fraction | 1 << 52
    };
    let significand = BigInt::from(significand);
    let exponent = biased.max(1) - 1075;
    (if x < 0.0 { -significand } else { significand }, exponent)
}
