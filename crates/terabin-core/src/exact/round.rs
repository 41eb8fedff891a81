//! From exact rationals to the nearest double, ties to even: one rounding each.

use num_bigint::{BigInt, BigUint, Sign};
use num_integer::Integer as _;
use num_traits::{ToPrimitive, Zero};

use super::short::{halves, joined};
use super::{Integer, divide};

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
    let lsb = (log2 - 54).max(LOWEST);
    let (quotient, exact) = divide_big(magnitude, denominator, exponent - lsb);
    signed(
        numerator.sign() == Sign::Minus,
        pack_big(&quotient, !exact, lsb),
    )
}

/// The same for a denominator of 64 bits; of usual numerators without an allocation.
#[must_use]
pub fn quotient(numerator: &Integer, denominator: u64, exponent: i64) -> f64 {
    let Some(small) = numerator.small() else {
        return ratio(&numerator.to_big(), &denominator.into(), exponent);
    };
    if denominator == 0 {
        return 0.0;
    }
    let (low, high) = halves(small.unsigned_abs());
    let words = [low, high];
    let size = short_quotient(divide::used(&words), denominator, exponent);
    signed(small < 0, size)
}

/// The same for a numerator of a few words, least significant first, the last not zero.
#[inline]
pub(super) fn short_quotient(numerator: &[u64], denominator: u64, exponent: i64) -> f64 {
    let (lower, [third, second, first]) = match *numerator {
        _ if denominator == 0 => return 0.0,
        [] => return 0.0,
        [a] => (&[][..], [0, 0, a]),
        [b, a] => (&[][..], [0, b, a]),
        [ref lower @ .., c, b, a] => (lower, [c, b, a]),
    };
    // The first 127 bits of the numerator over a denominator of 64: the quotient has 63 or 64.
    let (up, turn) = (first.leading_zeros(), denominator.leading_zeros());
    let top = (joined(second, first) << up) | (u128::from(third) << up >> 64);
    let (quotient, rest) = divide::by_word(top >> 1, denominator << turn);
    let dropped = rest | (third << up) | halves(top & 1).0;
    let sticky = dropped != 0 || lower.iter().any(|&word| word != 0);
    let words = i64::try_from(numerator.len()).unwrap_or(i64::MAX) - 2;
    let lsb = 64 * words + 1 + i64::from(turn) - i64::from(up);
    nearest(quotient, sticky, exponent + lsb)
}

/// [`ratio`] of magnitudes of a few words, least significant first and the last not zero.
///
/// None for a denominator of very many words.
pub(super) fn short_ratio(a: &[u64], b: &[u64], exponent: i64) -> Option<f64> {
    if a.is_empty() || b.is_empty() {
        return Some(0.0);
    }
    if let [b] = *b {
        return Some(short_quotient(a, b, exponent));
    }
    // From 2^62 to 2^64.
    let shift = 63 - (divide::bits(a) - divide::bits(b));
    let (quotient, exact) = divide::divide(a, b, shift)?;
    let quotient = u64::try_from(quotient).ok()?;
    Some(nearest(quotient, !exact, exponent - shift))
}

/// [`sqrt_ratio`] of the same.
pub(super) fn short_sqrt_ratio(a: &[u64], b: &[u64], exponent: i64) -> Option<f64> {
    if a.is_empty() || b.is_empty() {
        return Some(0.0);
    }
    // From 2^109 to 2^112; the exponent that is left is even.
    let shift = 110 - (divide::bits(a) - divide::bits(b));
    let shift = shift + (shift + exponent).rem_euclid(2);
    let (radicand, exact) = divide::divide(a, b, shift)?;
    let root = divide::root(radicand);
    let exact = exact && u128::from(root) * u128::from(root) == radicand;
    Some(nearest(root, !exact, (exponent - shift) / 2))
}

/// `q * 2^lsb`, plus something smaller than a unit if `sticky`, for a q of at least 55 bits.
#[inline]
fn nearest(q: u64, sticky: bool, lsb: i64) -> f64 {
    let up = i64::from(q.leading_zeros());
    let bits = (q << up) | u64::from(sticky);
    // The exponent of a double from 2^-1022 on.
    let biased = lsb - up + 63 + 1023;
    if !(1..2046).contains(&biased) {
        return rare(q, sticky, lsb);
    }
    let (significand, dropped) = (bits >> 11, bits & 0x7ff);
    let carry = (dropped + 0x3ff + (significand & 1)) >> 11;
    // The leading bit of the significand adds one to the exponent, and so does a carry.
    f64::from_bits(((biased.unsigned_abs() - 1) << 52) + significand + carry)
}

/// The same of subnormals and of what is beyond the largest double.
#[cold]
fn rare(q: u64, sticky: bool, lsb: i64) -> f64 {
    let Ok(drop) = u32::try_from((LOWEST - lsb).max(0)) else {
        return 0.0;
    };
    let kept = q.checked_shr(drop).unwrap_or(0);
    let lost = kept.checked_shl(drop).unwrap_or(0) != q;
    pack(kept, sticky || lost, lsb.max(LOWEST))
}

/// Two bits below the smallest subnormal: quotients need no more.
const LOWEST: i64 = -1076;

#[inline]
pub(super) fn signed(negative: bool, size: f64) -> f64 {
    if negative { -size } else { size }
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
    let lsb = (log2 - 54).max(LOWEST);
    let (radicand, exact) = divide_big(numerator, denominator, exponent - 2 * lsb);
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
fn divide_big(a: &BigUint, b: &BigUint, shift: i64) -> (BigUint, bool) {
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
