//! Two's complement integers of N 64-bit words, least significant first.

use num_bigint::BigInt;

/// Adds `±magnitude << shift` and says whether the sum stayed in range.
///
/// The shifted magnitude must be below 2^(64 N - 1). On overflow `words` holds the
/// wrapped sum: the caller keeps the old value if it needs it.
#[inline]
pub fn add_shifted<const N: usize>(
    words: &mut [u64; N],
    negative: bool,
    magnitude: u128,
    shift: u32,
) -> bool {
    let first = (shift / 64) as usize;
    let bits = shift % 64;
    let low = magnitude << bits;
    #[allow(clippy::cast_possible_truncation)] // the words of a wide integer
    let word = |value: u128, shift: u32| value.checked_shr(shift).unwrap_or(0) as u64;
    let parts = [word(low, 0), word(low, 64), word(magnitude, 128 - bits)];
    let was_negative = is_negative(words);
    let mut carry = false;
    for (i, word) in words.iter_mut().enumerate().skip(first) {
        let part = parts.get(i - first).copied().unwrap_or(0);
        let (value, a) = if negative {
            word.overflowing_sub(part)
        } else {
            word.overflowing_add(part)
        };
        let (value, b) = if negative {
            value.overflowing_sub(u64::from(carry))
        } else {
            value.overflowing_add(u64::from(carry))
        };
        *word = value;
        carry = a | b;
    }
    // Only a sum that moves away from zero can leave the range.
    was_negative != negative || is_negative(words) == negative
}

/// Adds another integer and says whether the sum stayed in range.
#[inline]
pub fn add<const N: usize>(words: &mut [u64; N], other: &[u64; N]) -> bool {
    let (a, b) = (is_negative(words), is_negative(other));
    let mut carry = false;
    for (word, part) in words.iter_mut().zip(other) {
        let (value, c) = word.overflowing_add(*part);
        let (value, d) = value.overflowing_add(u64::from(carry));
        *word = value;
        carry = c | d;
    }
    a != b || is_negative(words) == a
}

/// Multiplies by 2^shift; None if the product leaves the range.
pub fn shifted_left<const N: usize>(words: &[u64; N], shift: u32) -> Option<[u64; N]> {
    let fill = if is_negative(words) { u64::MAX } else { 0 };
    if words.iter().all(|&w| w == 0) {
        return Some([0; N]);
    }
    let skip = (shift / 64) as usize;
    let bits = shift % 64;
    let word = |i: usize| words.get(i).copied().unwrap_or(fill);
    let shifted = |i: usize| match (i.checked_sub(skip), bits) {
        (None, _) => 0,
        (Some(j), 0) => word(j),
        (Some(0), _) => word(0) << bits,
        (Some(j), _) => (word(j) << bits) | (word(j - 1) >> (64 - bits)),
    };
    let out = std::array::from_fn(shifted);
    // Everything shifted out must repeat the sign.
    let lost = (N..=N + skip).all(|i| shifted(i) == fill);
    (lost && is_negative(&out) == is_negative(words)).then_some(out)
}

/// The value as a big integer.
pub fn to_integer<const N: usize>(words: &[u64; N]) -> BigInt {
    let mut bytes = Vec::with_capacity(N * 8);
    for word in words {
        bytes.extend_from_slice(&word.to_le_bytes());
    }
    BigInt::from_signed_bytes_le(&bytes)
}

#[inline]
fn is_negative<const N: usize>(words: &[u64; N]) -> bool {
    words[N - 1] >> 63 == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn wide(words: &[u64; 3]) -> BigInt {
        to_integer(words)
    }

    fn fits(value: &BigInt) -> bool {
        let limit = BigInt::from(1) << 191;
        *value < limit && *value >= -limit
    }

    proptest! {
        #[test]
        fn add_shifted_is_integer_addition(
            words in prop::array::uniform3(prop_oneof![Just(0), Just(u64::MAX), any::<u64>()]),
            negative: bool,
            magnitude in prop_oneof![any::<u128>(), Just(1), (0u32..128).prop_map(|s| 1u128 << s)],
            shift in 0u32..190,
        ) {
            let term = BigInt::from(magnitude) << shift;
            prop_assume!(fits(&term));
            let want = wide(&words) + if negative { -term } else { term };
            let mut got = words;
            let ok = add_shifted(&mut got, negative, magnitude, shift);
            prop_assert_eq!(ok, fits(&want));
            if ok {
                prop_assert_eq!(wide(&got), want);
            }
        }

        #[test]
        fn add_is_integer_addition(
            a in prop::array::uniform3(any::<u64>()),
            b in prop::array::uniform3(prop_oneof![Just(0), Just(u64::MAX), any::<u64>()]),
        ) {
            let want = wide(&a) + wide(&b);
            let mut got = a;
            let ok = add(&mut got, &b);
            prop_assert_eq!(ok, fits(&want));
            if ok {
                prop_assert_eq!(wide(&got), want);
            }
        }

        #[test]
        fn shifted_left_is_multiplication(
            a in prop::array::uniform3(prop_oneof![Just(0), Just(u64::MAX), any::<u64>(), 0u64..9]),
            shift in 0u32..260,
        ) {
            let want = wide(&a) << shift;
            match shifted_left(&a, shift) {
                Some(got) => prop_assert_eq!(wide(&got), want),
                None => prop_assert!(!fits(&want)),
            }
        }
    }
}
