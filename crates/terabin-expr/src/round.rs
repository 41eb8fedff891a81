//! Rounding to whole numbers in a few instructions that vectors have, on every machine.
//!
//! The results are those of IEEE 754, signs of zeros included. The standard library calls
//! a function of the platform per number where the processor may lack an instruction.

/// 2^52: from here on, all numbers are whole.
const WHOLE: f64 = 4_503_599_627_370_496.0;

/// To the nearest whole number, halves to the even one.
#[inline]
pub(crate) fn nearest(x: f64) -> f64 {
    let size = x.abs();
    // The sum has no room for a fraction.
    let rounded = (size + WHOLE) - WHOLE;
    if size < WHOLE { rounded } else { size }.copysign(x)
}

/// To the largest whole number that is not above.
#[inline]
pub(crate) fn floor(x: f64) -> f64 {
    let nearest = nearest(x);
    let excess = if nearest > x { 1.0 } else { 0.0 };
    (nearest - excess).copysign(x)
}

/// To the smallest whole number that is not below.
#[inline]
pub(crate) fn ceil(x: f64) -> f64 {
    -floor(-x)
}

/// To the whole part.
#[inline]
pub(crate) fn trunc(x: f64) -> f64 {
    floor(x.abs()).copysign(x)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{ceil, floor, nearest, trunc};

    fn check(x: f64) {
        let bits = |found: [f64; 4]| found.map(f64::to_bits);
        let expected = [x.round_ties_even(), x.floor(), x.ceil(), x.trunc()];
        let found = [nearest(x), floor(x), ceil(x), trunc(x)];
        assert!(
            x.is_nan() && found.iter().all(|f| f.is_nan()) || bits(found) == bits(expected),
            "{x:e}: {found:?}"
        );
    }

    #[test]
    fn special_numbers() {
        let whole = 4_503_599_627_370_496.0_f64;
        for x in [
            0.0,
            0.5,
            1.5,
            2.5,
            0.499_999_999_999_999_94,
            whole,
            whole - 0.5,
            whole - 1.5,
            5e-324,
            f64::MAX,
            f64::INFINITY,
            f64::NAN,
        ] {
            check(x);
            check(-x);
        }
    }

    proptest! {
        #[test]
        fn any_number(x: f64, near in -1e3..1e3_f64, half in -1000..1000_i32) {
            check(x);
            check(near);
            check(f64::from(half) / 2.0);
        }
    }
}
