//! Exact numbers of a few words, without an allocation: what most sums are, and what is
//! computed from them.

use num_bigint::{BigInt, BigUint, Sign};

use super::{Term, divide, round};

/// `±magnitude * 2^exponent`, the magnitude in a few words.
///
/// The steps of a calculation say None where a result needs more words: the caller then
/// takes integers of any size. Crates with integers of a fixed width compute with all of
/// the words; sums have two or three, and here only those in use take time.
#[derive(Clone, Copy, Debug)]
pub struct Short {
    /// Least significant first; zeros from `length` on.
    words: [u64; WORDS],
    /// Words in use: the last of them is not zero.
    length: usize,
    negative: bool,
    exponent: i32,
}

/// Words of a magnitude. The steps of variances take four or five, of correlations eight.
pub(super) const WORDS: usize = 8;

impl From<u128> for Short {
    #[inline]
    fn from(n: u128) -> Self {
        let (low, high) = halves(n);
        Self::unsigned([low, high, 0], 0)
    }
}

impl From<Term> for Short {
    #[inline]
    fn from(term: Term) -> Self {
        let (low, high) = halves(term.magnitude);
        Self {
            words: [low, high, 0, 0, 0, 0, 0, 0],
            length: usize::from(term.magnitude != 0) + usize::from(high != 0),
            negative: term.negative,
            exponent: term.exponent,
        }
    }
}

impl Short {
    /// Zero.
    pub const ZERO: Self = Self {
        words: [0; WORDS],
        length: 0,
        negative: false,
        exponent: 0,
    };

    /// The number `magnitude * 2^exponent`, least significant word first.
    #[inline]
    #[must_use]
    pub fn unsigned([low, middle, high]: [u64; 3], exponent: i32) -> Self {
        let words = [low, middle, high, 0, 0, 0, 0, 0];
        Self {
            words,
            length: length(&words, 3),
            negative: false,
            exponent,
        }
    }

    /// The number with this magnitude, least significant word first; None if it is too long.
    #[inline]
    #[must_use]
    pub fn from_words(negative: bool, magnitude: &[u64], exponent: i32) -> Option<Self> {
        let mut words = [0; WORDS];
        let used = divide::used(magnitude);
        words.get_mut(..used.len())?.copy_from_slice(used);
        Some(Self {
            words,
            length: used.len(),
            negative,
            exponent,
        })
    }

    /// The number `complement * 2^exponent`, with two's complement in the words, in lowest
    /// terms; None if there are too many.
    #[must_use]
    pub fn from_complement(complement: &[u64], exponent: i32) -> Option<Self> {
        let negative = complement.last().is_some_and(|&word| word >> 63 == 1);
        let mut words = [0; WORDS];
        let mut carry = negative;
        for (word, &part) in words
            .get_mut(..complement.len())?
            .iter_mut()
            .zip(complement)
        {
            let part = if negative { !part } else { part };
            (*word, carry) = part.overflowing_add(u64::from(carry));
        }
        let zeros = divide::trailing_zeros(&words);
        let Ok(skipped) = i32::try_from(zeros) else {
            return Some(Self::ZERO);
        };
        // Windows begin far below the numbers in them.
        let mut odd = [0; WORDS];
        for (i, word) in (0..).zip(&mut odd) {
            *word = divide::word_at(&words, zeros + 64 * i);
        }
        Self::from_words(negative, &odd, exponent.checked_add(skipped)?)
    }

    /// The words in use, least significant first.
    #[inline]
    #[must_use]
    pub fn magnitude(&self) -> &[u64] {
        self.words.get(..self.length).unwrap_or(&self.words)
    }

    /// Its power of two.
    #[must_use]
    pub fn exponent(&self) -> i32 {
        self.exponent
    }

    /// Its sign.
    #[inline]
    #[must_use]
    pub fn sign(&self) -> Sign {
        match (self.length, self.negative) {
            (0, _) => Sign::NoSign,
            (_, true) => Sign::Minus,
            (_, false) => Sign::Plus,
        }
    }

    /// The integer factor in the general form.
    #[must_use]
    pub fn to_big(&self) -> BigInt {
        let words = self.magnitude().iter();
        let bytes: Vec<u8> = words.flat_map(|word| word.to_le_bytes()).collect();
        BigInt::from_biguint(self.sign(), BigUint::from_bytes_le(&bytes))
    }

    /// The integer, if it has at most 127 bits and the exponent is 0.
    #[must_use]
    pub fn integer(&self) -> Option<i128> {
        let magnitude = match *self.magnitude() {
            [] => return Some(0),
            [low] => u128::from(low),
            [low, high] => joined(low, high),
            _ => return None,
        };
        let integer = i128::try_from(magnitude).ok()?;
        let signed = if self.negative { -integer } else { integer };
        (self.exponent == 0).then_some(signed)
    }

    /// The double nearest to the number divided by `n`, which is not 0.
    #[inline]
    #[must_use]
    pub fn mean(&self, n: u64) -> f64 {
        let size = round::short_quotient(self.magnitude(), n, self.exponent.into());
        round::signed(self.sign() == Sign::Minus, size)
    }

    /// The double nearest to `self / other`; `other` is above zero.
    #[must_use]
    pub fn over(&self, other: &Self) -> Option<f64> {
        let exponent = i64::from(self.exponent) - i64::from(other.exponent);
        let size = round::short_ratio(self.magnitude(), other.magnitude(), exponent)?;
        Some(round::signed(self.sign() == Sign::Minus, size))
    }

    /// The double nearest to the root of `self / other`, neither below zero.
    #[must_use]
    pub fn root_over(&self, other: &Self) -> Option<f64> {
        let exponent = i64::from(self.exponent) - i64::from(other.exponent);
        round::short_sqrt_ratio(self.magnitude(), other.magnitude(), exponent)
    }

    /// The product.
    #[must_use]
    pub fn times(&self, other: &Self) -> Option<Self> {
        let (a, b) = (self.magnitude(), other.magnitude());
        let mut words = [0; WORDS];
        let mut top = 0;
        for (i, &x) in a.iter().enumerate() {
            let mut carry = 0;
            let row = words.get_mut(i..).filter(|row| row.len() >= b.len())?;
            for (word, &y) in row.iter_mut().zip(b) {
                // At most (2^64 - 1)^2 + 2 (2^64 - 1): below 2^128.
                let sum = u128::from(x) * u128::from(y) + u128::from(*word) + u128::from(carry);
                (*word, carry) = halves(sum);
            }
            match row.get_mut(b.len()) {
                Some(word) => *word = carry,
                None if carry != 0 => return None,
                None => {}
            }
            top = carry;
        }
        let zero = a.is_empty() || b.is_empty();
        let both = if zero { 0 } else { a.len() + b.len() };
        Some(Self {
            words,
            // The product of two highest words has one or two.
            length: both.saturating_sub(usize::from(top == 0)),
            negative: self.negative != other.negative,
            exponent: self.exponent.checked_add(other.exponent)?,
        })
    }

    /// The difference.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Option<Self> {
        let exponent = match (self.length, other.length) {
            (_, 0) => self.exponent,
            (0, _) => other.exponent,
            _ => self.exponent.min(other.exponent),
        };
        let (mut words, mine) = self.scaled(exponent)?;
        let (theirs, used) = other.scaled(exponent)?;
        let used = used.max(mine);
        let opposite = self.negative != other.negative;
        // a - b is a + !b + 1, with a carry unless b is the larger.
        let turn = if opposite { 0 } else { u64::MAX };
        let mut carry = !opposite;
        for (word, &part) in words.iter_mut().zip(&theirs).take(used) {
            (*word, carry) = added(*word, part ^ turn, carry);
        }
        let larger = !opposite && !carry;
        if larger {
            let mut carry = true;
            for word in words.iter_mut().take(used) {
                (*word, carry) = added(0, !*word, carry);
            }
        } else if opposite && carry {
            *words.get_mut(used)? = 1;
        }
        Some(Self {
            words,
            length: length(&words, used + 1),
            negative: self.negative != larger,
            exponent,
        })
    }

    /// The magnitude as a multiple of 2^exponent, which is its own unit or a smaller one,
    /// and the words that this takes.
    #[inline]
    fn scaled(&self, exponent: i32) -> Option<([u64; WORDS], usize)> {
        let up = self.exponent.checked_sub(exponent)?;
        if up == 0 || self.length == 0 {
            return Some((self.words, self.length));
        }
        let up = u32::try_from(up).ok()?;
        let (skipped, bits) = ((up / 64) as usize, up % 64);
        let mut words = [0; WORDS];
        let (row, above) = words
            .get_mut(skipped..)?
            .split_at_mut_checked(self.length)?;
        let mut below = 0;
        for (word, &part) in row.iter_mut().zip(&self.words) {
            *word = (part << bits) | below;
            below = part >> 1 >> (63 - bits);
        }
        match above.first_mut() {
            Some(word) => *word = below,
            None if below != 0 => return None,
            None => {}
        }
        Some((words, length(&words, skipped + self.length + 1)))
    }

    /// Appends the canonical bytes of this sum, in which no infinity is
    /// ([`crate::state::Content::canonical`]).
    #[inline]
    pub fn append_canonical(&self, out: &mut Vec<u8>) {
        let words = self.magnitude();
        if words.is_empty() {
            return out.extend_from_slice(&[0; HEAD]);
        }
        let zeros = divide::trailing_zeros(words);
        // An odd integer takes a bit more for its sign; it is no power of two but 1.
        let length = (divide::bits(words) - zeros) / 8 + 1;
        let exponent = i16::try_from(i64::from(self.exponent) + zeros).unwrap_or(i16::MAX);
        let [e0, e1] = exponent.to_le_bytes();
        let [l0, l1] = u16::try_from(length).unwrap_or(u16::MAX).to_le_bytes();
        let end = out.len() + HEAD + usize::try_from(length).unwrap_or(0);
        out.extend_from_slice(&[0, e0, e1, l0, l1]);
        let sign = if self.negative { u64::MAX } else { 0 };
        // The complement of an odd integer: all bits turned but the lowest.
        let mut lowest = 1;
        let skipped = usize::try_from(zeros >> 6).unwrap_or(0);
        let mut rest = words.get(skipped..).unwrap_or_default();
        while let [word, above @ ..] = rest {
            let next = above.first().copied().unwrap_or(0);
            let word = (word >> (zeros & 63)) | (next << 1 << (63 - (zeros & 63)));
            out.extend_from_slice(&((word ^ sign) | lowest).to_le_bytes());
            (lowest, rest) = (0, above);
        }
        out.extend_from_slice(&sign.to_le_bytes());
        out.truncate(end);
    }
}

/// Bytes before the integer: flags, exponent, length.
const HEAD: usize = 5;

/// The words in use, of which there are at most so many.
#[inline]
fn length(words: &[u64; WORDS], most: usize) -> usize {
    let words = words.get(..most).unwrap_or(words);
    divide::used(words).len()
}

/// The sum and its carry.
#[inline]
fn added(a: u64, b: u64, carry: bool) -> (u64, bool) {
    let (sum, first) = a.overflowing_add(b);
    let (sum, second) = sum.overflowing_add(u64::from(carry));
    (sum, first | second)
}

/// The low and the high word.
#[inline]
#[allow(clippy::cast_possible_truncation)] // the words
pub(super) fn halves(n: u128) -> (u64, u64) {
    (n as u64, (n >> 64) as u64)
}

#[inline]
pub(super) fn joined(low: u64, high: u64) -> u128 {
    (u128::from(high) << 64) | u128::from(low)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::Exact;
    use crate::state::Content;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn short() -> impl Strategy<Value = Short> {
        let word = prop_oneof![
            Just(0),
            Just(1),
            Just(u64::MAX),
            Just(1 << 63),
            any::<u64>()
        ];
        (any::<bool>(), vec(word, 0..=WORDS), -300..300i32).prop_map(
            |(negative, words, exponent)| Short::from_words(negative, &words, exponent).unwrap(),
        )
    }

    /// As a multiple of 2^-2000.
    fn big(x: &Short) -> BigInt {
        x.to_big() << (x.exponent() + 2000)
    }

    fn bits(x: f64) -> u64 {
        x.to_bits()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3000))]

        #[test]
        fn products_are_those_of_integers(a in short(), b in short()) {
            match a.times(&b) {
                Some(got) => {
                    prop_assert_eq!(big(&got) << 2000, big(&a) * big(&b));
                    prop_assert_eq!(got.length, divide::used(&got.words).len());
                }
                None => prop_assert!(a.to_big().bits() + b.to_big().bits() > 64 * WORDS as u64),
            }
        }

        #[test]
        fn differences_are_those_of_integers(a in short(), b in short(), near: bool) {
            // Near ones cancel.
            let b = if near { Short { exponent: a.exponent, negative: a.negative, ..b } } else { b };
            let want = big(&a) - big(&b);
            let unit = a.exponent.min(b.exponent) + 2000;
            let sizes = [big(&a), big(&b), want.clone()].map(|x| (x >> unit).bits());
            if let Some(got) = a.minus(&b) {
                prop_assert_eq!(big(&got), want);
                prop_assert_eq!(got.length, divide::used(&got.words).len());
            } else {
                prop_assert!(sizes.iter().any(|&bits| bits > 64 * WORDS as u64), "{:?}", sizes);
            }
        }

        #[test]
        fn complements_are_those_of_integers(
            words in vec(prop_oneof![Just(0), Just(u64::MAX), any::<u64>()], 0..=WORDS),
            exponent in -1000..1000i32,
        ) {
            let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
            let want = BigInt::from_signed_bytes_le(&bytes);
            let got = Short::from_complement(&words, exponent).unwrap();
            prop_assert_eq!(big(&got), want << (exponent + 2000));
            prop_assert!(got.length == 0 || got.words[0] & 1 == 1);
        }

        #[test]
        fn means_and_ratios_are_rounded_as_those_of_integers(
            a in short(), b in short(), n in 1u64.., up in -1500..1500i32,
        ) {
            prop_assume!(b.length > 0);
            let a = Short { exponent: a.exponent + up, ..a };
            let want = round::ratio(&a.to_big(), &n.into(), a.exponent.into());
            prop_assert_eq!(bits(a.mean(n)), bits(want));
            let exponent = i64::from(a.exponent - b.exponent);
            let (x, y) = (a.to_big(), b.to_big());
            if let Some(got) = a.over(&b) {
                prop_assert_eq!(bits(got), bits(round::ratio(&x, y.magnitude(), exponent)));
            }
            prop_assert!(a.over(&b).is_some(), "{:?} / {:?}", a, b);
            let want = round::sqrt_ratio(x.magnitude(), y.magnitude(), exponent);
            prop_assert_eq!(a.root_over(&b).map(bits), Some(bits(want)));
        }

        /// Halfway between two doubles, or beside by a bit far below.
        #[test]
        fn ties_go_to_even(
            significand in 1u64 << 52..1 << 53, n in 1u64.., up in 0u32..300, beside in -1..2i32,
            exponent in -1400..900i32,
        ) {
            let halfway = (BigInt::from(2 * significand + 1) * n) << up;
            let near = halfway + beside;
            let words = near.magnitude().to_u64_digits();
            let near_words = Short::from_words(false, &words, exponent).unwrap();
            let want = round::ratio(&near, &n.into(), exponent.into());
            prop_assert_eq!(bits(near_words.mean(n)), bits(want));
            let square: BigInt = (BigInt::from(2 * significand + 1).pow(2) << (2 * (up / 4))) + beside;
            let words = square.magnitude().to_u64_digits();
            let root = Short::from_words(false, &words, exponent).unwrap();
            let one = Short::from(1);
            let want = round::sqrt_ratio(square.magnitude(), &1u8.into(), exponent.into());
            prop_assert_eq!(root.root_over(&one).map(bits), Some(bits(want)));
        }

        #[test]
        fn canonical_bytes_are_those_of_the_content(x in short()) {
            let (integer, zeros) = super::super::Integer::from(x.to_big()).odd();
            let exponent = if x.length == 0 { 0 } else { x.exponent + zeros.cast_signed() };
            let content = Content::Sum(Exact { integer, exponent, ..Exact::ZERO });
            let (mut got, mut want) = (vec![7], vec![7]);
            x.append_canonical(&mut got);
            content.canonical(&mut want);
            prop_assert_eq!(got, want);
        }
    }
}
