//! Angles less multiples of a quarter turn.

use super::double::{Double, nearest, scale};
use super::tables::{HALF_PI, HALF_PI_PARTS, INV_HALF_PI, TWO_OVER_PI};

/// The number of quarter turns modulo 4, and the rest, at most an eighth of a turn.
///
/// The angle must be finite. The rest is good to 70 bits even next to a multiple.
#[inline]
pub(super) fn quarter_turns(x: f64) -> (u32, Double) {
    const SMALL: f64 = 1_000_000.0;
    if x.abs() < 0.785 {
        return (0, Double::from(x));
    }
    if x.abs() < SMALL {
        return in_parts(x);
    }
    let (turns, rest) = in_bits(x.abs());
    if x < 0.0 {
        (turns.wrapping_neg() & 3, -rest)
    } else {
        (turns, rest)
    }
}

/// W. J. Cody and W. Waite: the products with the first parts of pi/2 are exact.
#[inline]
fn in_parts(x: f64) -> (u32, Double) {
    let [first, second, third] = HALF_PI_PARTS;
    let n = nearest(x * INV_HALF_PI);
    let rest = Double::sum(x - n * first, -(n * second));
    let rest = Double::ordered_sum(rest.hi, rest.lo - n * third);
    #[expect(clippy::cast_possible_truncation, reason = "whole, below 2^20")]
    let turns = (n as i32 & 3).cast_unsigned();
    (turns, rest)
}

/// M. Payne and R. Hanek: as many bits of 2/pi as it takes, in integers.
fn in_bits(x: f64) -> (u32, Double) {
    let bits = x.to_bits();
    let mantissa = (bits & ((1 << 52) - 1)) | (1 << 52);
    // Bits of 2/pi before the first of the window make whole turns.
    let first = ((bits >> 52) as usize).saturating_sub(1076 - 64);
    let window = [0, 64, 128].map(|more| word(first + more));
    let product = product(mantissa, window);
    let mut turns = (product[0] >> 62) as u32;
    let [a, b, c] = product;
    let mut fraction = [a << 2 | b >> 62, b << 2 | c >> 62, c << 2];
    let negative = fraction[0] >> 63 == 1;
    if negative {
        turns += 1;
        fraction = negated(fraction);
    }
    let rest = as_double(fraction) * HALF_PI;
    (turns & 3, if negative { -rest } else { rest })
}

/// 64 bits of the table of 2/pi, from bit `first`.
fn word(first: usize) -> u64 {
    let (at, shift) = (first / 64, first % 64);
    let get = |at: usize| TWO_OVER_PI.get(at).copied().unwrap_or(0);
    if shift == 0 {
        get(at)
    } else {
        get(at) << shift | get(at + 1) >> (64 - shift)
    }
}

/// The low 192 bits of the product, the highest word first.
#[expect(clippy::cast_possible_truncation, reason = "the words of a product")]
fn product(factor: u64, [a, b, c]: [u64; 3]) -> [u64; 3] {
    let wide = |word: u64| u128::from(factor) * u128::from(word);
    let low = wide(c);
    let middle = wide(b) + (low >> 64);
    let high = wide(a).wrapping_add(middle >> 64);
    [high as u64, middle as u64, low as u64]
}

fn negated([a, b, c]: [u64; 3]) -> [u64; 3] {
    let (c, carry) = (!c).overflowing_add(1);
    let (b, carry) = (!b).overflowing_add(u64::from(carry));
    [(!a).wrapping_add(u64::from(carry)), b, c]
}

/// 192 bits after the point.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "both parts have 53 bits or fewer"
)]
fn as_double([a, b, c]: [u64; 3]) -> Double {
    let mut top = u128::from(a) << 64 | u128::from(b);
    let zeros = top.leading_zeros().min(127);
    top <<= zeros;
    if zeros > 0 {
        top |= u128::from(c) << 64 >> (128 - zeros);
    }
    let (high, low) = ((top >> 75) as u64, (top >> 22) as u64 & ((1 << 53) - 1));
    let shift = -(zeros.cast_signed());
    Double::ordered_sum(
        scale(high as f64, shift - 53),
        scale(low as f64, shift - 106),
    )
}
