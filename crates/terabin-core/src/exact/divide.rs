//! Quotients and roots of integers of a few words, as many bits as a double needs.

use super::short::{WORDS, halves, joined};

/// floor(a / b * 2^shift), and whether that is exact; the words are least significant
/// first, the last of `b` is not zero.
///
/// None where the quotient has 127 bits or more, and for divisors of more than
/// [`WORDS`] words or none.
pub(super) fn divide(a: &[u64], b: &[u64], shift: i64) -> Option<(u128, bool)> {
    let (&top, _) = b.split_last()?;
    // With the highest bit of the divisor set, a digit of the quotient is guessed well.
    let turn = i64::from(top.leading_zeros());
    let from = -(shift + turn);
    if bits(a) - from >= 64 * i64::try_from(b.len()).ok()? + 127 {
        return None;
    }
    let exact = from <= trailing_zeros(a);
    if let [b] = *b {
        let [low, middle, high] = [0, 64, 128].map(|i| word_at(a, from + i));
        let (first, rest) = by_word(joined(middle, high), b << turn);
        let (second, rest) = by_word(joined(low, rest), b << turn);
        return Some((joined(second, first), exact && rest == 0));
    }
    let mut rest = [0; WORDS + 2];
    let mut divisor = [0; WORDS];
    let rest = rest.get_mut(..b.len() + 2)?;
    let divisor = divisor.get_mut(..b.len())?;
    for (i, word) in (0..).zip(rest.iter_mut()) {
        *word = word_at(a, from + 64 * i);
    }
    for (i, word) in (0..).zip(divisor.iter_mut()) {
        *word = word_at(b, 64 * i - turn);
    }
    let high = digit(rest.get_mut(1..)?, divisor);
    let low = digit(rest.get_mut(..=b.len())?, divisor);
    let exact = exact && rest.iter().all(|&word| word == 0);
    Some((joined(low, high), exact))
}

/// Quotient and remainder of two words by one that is larger than the upper one.
#[inline]
pub(super) fn by_word(a: u128, b: u64) -> (u64, u64) {
    let (quotient, _) = halves(a / u128::from(b));
    let (low, _) = halves(a);
    (quotient, low.wrapping_sub(quotient.wrapping_mul(b)))
}

/// floor(sqrt(n)) for n from 2^108 to 2^112.
#[inline]
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)] // guesses
#[allow(clippy::cast_sign_loss)] // of a root
pub(super) fn root(n: u128) -> u64 {
    // Right to some units; then Newton's step, right to one.
    let guess = ((n >> 56) as i64 as f64).sqrt() * f64::from(1 << 28);
    let mut root = guess as u64;
    let rest = |root: u64| (n.wrapping_sub(u128::from(root) * u128::from(root))) as i64;
    root = root.wrapping_add_signed((rest(root) as f64 / (2.0 * root as f64)) as i64);
    // Whatever way the processor is set to round: both sides are looked at.
    while rest(root) < 0 {
        root -= 1;
    }
    while rest(root).cast_unsigned() > 2 * root {
        root += 1;
    }
    root
}

/// One digit of a long division: the remainder stays in `rest`, which has a word more than
/// `divisor` and is less than `divisor * 2^64` (Knuth, The Art of Computer Programming,
/// volume 2, algorithm D).
fn digit(rest: &mut [u64], divisor: &[u64]) -> u64 {
    let ([.., second, first], [.., top]) = (&*rest, divisor) else {
        return 0;
    };
    let guess = joined(*second, *first) / u128::from(*top);
    let mut digit = u64::try_from(guess).unwrap_or(u64::MAX);
    let mut below = subtract_product(rest, divisor, digit);
    // The guess is too large by two at most.
    while below {
        digit -= 1;
        below = !add_to(rest, divisor);
    }
    digit
}

/// `rest -= divisor * digit`; whether that went below zero.
fn subtract_product(rest: &mut [u64], divisor: &[u64], digit: u64) -> bool {
    let mut carry = 0;
    let with_top = divisor.iter().chain(std::iter::once(&0));
    for (word, &part) in rest.iter_mut().zip(with_top) {
        let (low, high) = halves(u128::from(part) * u128::from(digit) + u128::from(carry));
        let (difference, borrow) = word.overflowing_sub(low);
        // Where the high word is 2^64 - 1 the low one is 0, and nothing is borrowed.
        (*word, carry) = (difference, high + u64::from(borrow));
    }
    carry != 0
}

/// `rest += divisor`; whether that came to zero or above from below.
fn add_to(rest: &mut [u64], divisor: &[u64]) -> bool {
    let mut carry = false;
    let with_top = divisor.iter().chain(std::iter::once(&0));
    for (word, &part) in rest.iter_mut().zip(with_top) {
        let (sum, a) = word.overflowing_add(part);
        let (sum, b) = sum.overflowing_add(u64::from(carry));
        (*word, carry) = (sum, a | b);
    }
    carry
}

/// The words up to the last that is not zero.
#[inline]
pub(super) fn used(words: &[u64]) -> &[u64] {
    let unused = words.iter().rev().take_while(|&&word| word == 0).count();
    let (used, _) = words
        .split_at_checked(words.len() - unused)
        .unwrap_or_default();
    used
}

/// The bits of an integer whose last word is not zero.
#[inline]
pub(super) fn bits(words: &[u64]) -> i64 {
    // A few words.
    let all = i64::try_from(64 * words.len()).unwrap_or(i64::MAX);
    all - words.last().map_or(0, |top| i64::from(top.leading_zeros()))
}

/// The zeros below the lowest bit; those of 0 have no end.
#[inline]
pub(super) fn trailing_zeros(words: &[u64]) -> i64 {
    let mut below = 0;
    for &word in words {
        if word != 0 {
            return below + i64::from(word.trailing_zeros());
        }
        below += 64;
    }
    i64::MAX
}

/// The 64 bits from position `at` on; there are zeros around the integer.
#[inline]
pub(super) fn word_at(words: &[u64], at: i64) -> u64 {
    let word = |i: i64| {
        let i = usize::try_from(i).ok();
        i.and_then(|i| words.get(i)).copied().unwrap_or(0)
    };
    let (i, offset) = (at >> 6, at & 63);
    (word(i) >> offset) | (word(i + 1) << 1 << (63 - offset))
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_bigint::BigUint;
    use num_integer::Integer;
    use num_traits::{ToPrimitive, Zero};
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn words(most: usize) -> impl Strategy<Value = Vec<u64>> {
        let word = prop_oneof![Just(0), Just(u64::MAX), Just(1 << 63), any::<u64>()];
        let words = vec(word, 1..=most);
        words.prop_filter("the last word is not zero", |w| w.last() != Some(&0))
    }

    fn big(words: &[u64]) -> BigUint {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        BigUint::from_bytes_le(&bytes)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3000))]

        #[test]
        fn quotients_are_those_of_integers(
            a in words(WORDS), b in words(WORDS), size in 0i64..128, nearly: bool,
        ) {
            // A dividend just below a multiple: the guessed digits are too large.
            let a = if nearly { (big(&b) * (a[0] | 1) - 1u8).to_u64_digits() } else { a };
            prop_assume!(!a.is_empty());
            let shift = size - (bits(&a) - bits(&b));
            let (above, below) = (shift.max(0).unsigned_abs(), (-shift).max(0).unsigned_abs());
            let (quotient, rest) = (big(&a) << above).div_rem(&(big(&b) << below));
            match divide(&a, &b, shift) {
                Some(got) => {
                    prop_assert_eq!(Some(got.0), quotient.to_u128());
                    prop_assert_eq!(got.1, rest.is_zero());
                }
                None => prop_assert!(size >= 126),
            }
        }

        #[test]
        fn roots_are_those_of_integers(n in 1u128 << 108..1 << 112, to_square: bool, beside in -1..2i128) {
            let n = if to_square { n.isqrt().pow(2).wrapping_add_signed(beside) } else { n };
            let n = n.clamp(1 << 108, (1 << 112) - 1);
            prop_assert_eq!(u128::from(root(n)), n.isqrt());
        }
    }

    #[test]
    fn the_ends_have_roots() {
        for n in [1 << 108, (1 << 108) + 1, (1u128 << 112) - 1] {
            assert_eq!(u128::from(root(n)), n.isqrt());
        }
    }

    #[test]
    fn nothing_is_divided_by_nothing() {
        assert_eq!(divide(&[1], &[], 0), None);
        assert_eq!(divide(&[1], &[1; WORDS + 1], 600), None);
    }
}
