//! From exact rationals to the nearest double, ties to even: one rounding each.

use num_bigint::{BigInt, BigUint, Sign};
use num_integer::Integer as _;
use num_traits::{ToPrimitive, Zero};

use super::Integer;

/// The double nearest to `numerator / denominator * 2^exponent`.
///
/// Exactly representable results are exact, results between two doubles go to the
/// nearer, ties to the even one, subnormals included; beyond the largest double the
/// result is infinite. Zero is +0.0, also for a zero denominator's numerator: the
/// caller makes sure that `denominator` is positive.
#[must_use]
pub fn ratio(numerator: &BigInt, denominator: &BigUint, exponent: i64) -> f64 {
    if numerator.is_zero() || denominator.is_zero() {
        return 0.0;
    }
    let magnitude = numerator.magnitude();
    let log2 = floor_log2(magnitude, denominator) + exponent;
    // 55 quotient bits, or two bits below the smallest subnormal.
    let lsb = (log2 - 54).max(-1076);
    let (quotient, exact) = divide(magnitude, denominator, exponent - lsb);
    let value = pack_big(&quotient, !exact, lsb);
    if numerator.sign() == Sign::Minus {
        -value
    } else {
        value
    }
}

/// The same for a denominator of 64 bits; of usual numerators without an allocation.
#[must_use]
pub fn quotient(numerator: &Integer, denominator: u64, exponent: i64) -> f64 {
    let small = numerator.small();
    let small = small.and_then(|n| small_quotient(n, denominator, exponent));
    small.unwrap_or_else(|| ratio(&numerator.to_big(), &denominator.into(), exponent))
}

/// None where 128 bits do not hold the steps: results below the normal doubles.
fn small_quotient(numerator: i128, denominator: u64, exponent: i64) -> Option<f64> {
    if numerator == 0 || denominator == 0 {
        return Some(0.0);
    }
    let (a, b) = (numerator.unsigned_abs(), u128::from(denominator));
    let estimate = i64::from(a.ilog2()) - i64::from(b.ilog2());
    let reached = if estimate >= 0 {
        a >= b << estimate
    } else {
        a << -estimate >= b
    };
    let log2 = estimate - i64::from(!reached) + exponent;
    let lsb = (log2 - 54).max(-1076);
    let shift = exponent - lsb;
    let fits = |bits: u32, shift: i64| i64::from(bits) + shift < 127;
    let (a, b) = match shift {
        0.. if fits(a.ilog2(), shift) => (a << shift, b),
        ..0 if fits(b.ilog2(), -shift) => (a, b << -shift),
        _ => return None,
    };
    let value = pack(u64::try_from(a / b).ok()?, a % b != 0, lsb);
    Some(if numerator < 0 { -value } else { value })
}

/// The double nearest to the square root of `numerator / denominator * 2^exponent`.
///
/// Right also where the radicand is beyond the range of doubles.
#[must_use]
pub fn sqrt_ratio(numerator: &BigUint, denominator: &BigUint, exponent: i64) -> f64 {
    if numerator.is_zero() || denominator.is_zero() {
        return 0.0;
    }
    let log2 = (floor_log2(numerator, denominator) + exponent).div_euclid(2);
    // Pinned as in `ratio`: deviations may lie far below the smallest subnormal.
    let lsb = (log2 - 54).max(-1076);
    let (radicand, exact) = divide(numerator, denominator, exponent - 2 * lsb);
    let root = radicand.sqrt();
    let sticky = !exact || &root * &root != radicand;
    pack_big(&root, sticky, lsb)
}

/// floor(log2(a / b)) for positive a and b.
fn floor_log2(a: &BigUint, b: &BigUint) -> i64 {
    let estimate = a.bits().cast_signed() - b.bits().cast_signed();
    let reached = if estimate >= 0 {
        *a >= b << estimate.unsigned_abs()
    } else {
        a << estimate.unsigned_abs() >= *b
    };
    if reached { estimate } else { estimate - 1 }
}

/// floor(a / b * 2^shift), and whether that is exact.
fn divide(a: &BigUint, b: &BigUint, shift: i64) -> (BigUint, bool) {
    let (quotient, rest) = if shift >= 0 {
        (a << shift.unsigned_abs()).div_rem(b)
    } else {
        a.div_rem(&(b << shift.unsigned_abs()))
    };
    (quotient, rest.is_zero())
}

/// The same for a quotient of at most 56 bits, as all here are by construction.
fn pack_big(quotient: &BigUint, sticky: bool, lsb: i64) -> f64 {
    let quotient = quotient.to_u64();
    quotient.map_or(f64::INFINITY, |q| pack(q, sticky, lsb))
}

/// Rounds `q * 2^lsb`, plus something smaller if `sticky`.
fn pack(mut q: u64, sticky: bool, mut lsb: i64) -> f64 {
    let bits = i64::from(64 - q.leading_zeros());
    let drop = (bits - 53).max(-1074 - lsb).max(0);
    if drop > 0 {
        let low = q & ((1 << drop) - 1);
        let half = 1 << (drop - 1);
        q >>= drop;
        lsb += drop;
        if low > half || (low == half && (sticky || q & 1 == 1)) {
            q += 1;
        }
    }
    scale(q, lsb)
}

/// `q * 2^exponent` for a q of at most 53 bits whose result needs no rounding.
fn scale(q: u64, exponent: i64) -> f64 {
    if q == 0 {
        return 0.0;
    }
    let bits = i64::from(64 - q.leading_zeros());
    if bits + exponent > 1024 {
        return f64::INFINITY;
    }
    // Put together from bits: a processor that flushes subnormal numbers changes nothing.
    let biased = bits + exponent + 1022;
    let bits = if biased >= 1 {
        // Rounding up may have made 2^53 of 53 bits.
        let significand = (q << (64 - bits)) >> 11;
        (biased.unsigned_abs() << 52) | (significand & ((1 << 52) - 1))
    } else {
        // The lowest bit is that of the smallest subnormal number or above.
        q << (exponent + 1074)
    };
    f64::from_bits(bits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn int(n: i64) -> BigInt {
        BigInt::from(n)
    }

    #[test]
    fn small_ratios_are_what_the_processor_divides() {
        for a in -50i32..50 {
            for b in 1i32..50 {
                let got = ratio(&int(a.into()), &BigUint::from(b.unsigned_abs()), 0);
                let want = f64::from(a) / f64::from(b);
                assert_eq!(got.to_bits(), (want + 0.0).to_bits(), "{a}/{b}");
            }
        }
    }

    #[test]
    fn subnormals_round_once() {
        // 3/4 of the smallest subnormal rounds up, 1/2 to even (zero).
        let one = BigUint::from(1u8);
        assert_eq!(ratio(&int(3), &one, -1076), 5e-324);
        assert_eq!(ratio(&int(1), &one, -1075), 0.0);
        assert_eq!(ratio(&int(-3), &one, -1075), -1e-323);
        assert_eq!(ratio(&int(1), &one, 1024), f64::INFINITY);
    }

    proptest! {
        #[test]
        fn division_of_doubles(a in any::<f64>(), b in any::<f64>()) {
            prop_assume!(a.is_finite() && b.is_finite() && a != 0.0 && b != 0.0);
            let (x, y) = (super::super::Term::from_f64(a), super::super::Term::from_f64(b.abs()));
            let signed = if x.negative { -BigInt::from(x.magnitude) } else { BigInt::from(x.magnitude) };
            let got = ratio(&signed, &BigUint::from(y.magnitude), i64::from(x.exponent - y.exponent));
            prop_assert_eq!(got.to_bits(), (a / b.abs()).to_bits());
        }

        #[test]
        fn small_quotients_are_the_ratios_of_big_integers(
            n in any::<i128>(), drop in 0u32..128, d in any::<u64>(), drop_d in 0u32..64,
            exponent in prop_oneof![-1300i64..1100, -60i64..60],
        ) {
            let (n, d) = (n >> drop, (d >> drop_d).max(1));
            let want = ratio(&n.into(), &d.into(), exponent);
            let got = quotient(&n.into(), d, exponent);
            prop_assert_eq!(got.to_bits(), want.to_bits());
        }

        #[test]
        fn square_roots_of_doubles(a in any::<f64>()) {
            let a = a.abs();
            prop_assume!(a.is_finite() && a != 0.0);
            let x = super::super::Term::from_f64(a);
            let got = sqrt_ratio(&BigUint::from(x.magnitude), &BigUint::from(1u8), i64::from(x.exponent));
            prop_assert_eq!(got.to_bits(), a.sqrt().to_bits());
        }

        #[test]
        fn quotient_of_big_integers_is_within_half_an_ulp(
            n in any::<i128>(), d in 1u128.., shift in -600i64..600,
        ) {
            prop_assume!(n != 0);
            let got = ratio(&BigInt::from(n), &BigUint::from(d), shift);
            // Compare |n/d*2^shift - got| with both neighbours, in integers.
            let exact = |x: f64| {
                let t = super::super::Term::from_f64(x);
                let v = BigInt::from(t.magnitude) << (t.exponent + 1100).unsigned_abs();
                if t.negative { -v } else { v }
            };
            let d = BigInt::from(d);
            let target = BigInt::from(n) << (1100 + shift).unsigned_abs();
            let distance = |x: f64| { let v = exact(x) * &d - &target; v.magnitude().clone() };
            prop_assert!(distance(got) <= distance(got.next_up()));
            prop_assert!(distance(got) <= distance(got.next_down()));
        }
    }
}
