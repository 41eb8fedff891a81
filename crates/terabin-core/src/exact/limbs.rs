//! A sum of any range: digits of 32 bits in 64-bit limbs.

use num_bigint::BigInt;

use super::Term;

/// An exact sum over any range of exponents, for the few cells that need it.
///
/// Digit i has the weight 2^(32 (first + i)) and stands in an `i64`, so that 2^30
/// additions need no carry (Neal, arXiv 1505.05571, calls this the small
/// superaccumulator). Only the span of digits in use is stored: 8 bytes each, at
/// most about 1.1 KB for products of two doubles and 1.6 KB for those of three.
#[derive(Clone, Debug, Default)]
pub struct Limbs {
    first: i32,
    digits: Vec<i64>,
    pending: u32,
}

/// Additions of less than 2^32 to a carried digit that surely fit an `i64`.
const PENDING_MAX: u32 = 1 << 30;
/// 128 bits shifted by up to 31 touch this many digits.
const DIGITS_PER_TERM: i32 = 5;

impl Limbs {
    /// Adds a number exactly.
    pub fn add(&mut self, term: Term) {
        if term.magnitude == 0 {
            return;
        }
        if self.pending == PENDING_MAX {
            self.carry();
        }
        self.pending += 1;
        let first = term.exponent.div_euclid(32);
        let shift = term.exponent.rem_euclid(32);
        self.reserve(first, first + DIGITS_PER_TERM);
        let offset = (first - self.first).unsigned_abs() as usize;
        let low = term.magnitude << shift;
        let high = if shift == 0 {
            0
        } else {
            term.magnitude >> (128 - shift)
        };
        let parts = [low, low >> 32, low >> 64, low >> 96, high];
        for (digit, part) in self.digits[offset..].iter_mut().zip(parts) {
            let part = (part & 0xffff_ffff) as i64;
            *digit += if term.negative { -part } else { part };
        }
    }

    /// Adds another sum exactly.
    pub fn merge(&mut self, mut other: Self) {
        if other.digits.is_empty() {
            return;
        }
        other.carry();
        self.carry();
        let end = other.first + other.span();
        self.reserve(other.first, end);
        let offset = (other.first - self.first).unsigned_abs() as usize;
        for (digit, part) in self.digits[offset..].iter_mut().zip(&other.digits) {
            *digit += part;
        }
        // A carried top digit may hold more than 32 bits; one more carry bounds it.
        self.carry();
    }

    /// The sum as `integer * 2^exponent`.
    #[must_use]
    pub fn to_integer(&self) -> (BigInt, i32) {
        let mut total = BigInt::ZERO;
        for digit in self.digits.iter().rev() {
            total = (total << 32) + digit;
        }
        (total, self.first * 32)
    }

    /// Bytes held besides the struct itself.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.digits.capacity() * size_of::<i64>()
    }

    fn span(&self) -> i32 {
        // Exponents are bounded by the floats' range, so the span is below 2^8.
        i32::try_from(self.digits.len()).unwrap_or(i32::MAX)
    }

    /// Makes room for the digits `first..end`.
    fn reserve(&mut self, first: i32, end: i32) {
        if self.digits.is_empty() {
            self.first = first;
        }
        if first < self.first {
            let more = (self.first - first).unsigned_abs() as usize;
            self.digits.splice(0..0, std::iter::repeat_n(0, more));
            self.first = first;
        }
        let len = (end - self.first).unsigned_abs() as usize;
        if len > self.digits.len() {
            self.digits.resize(len, 0);
        }
    }

    /// Brings every digit but the top one into 0..2^32.
    fn carry(&mut self) {
        self.pending = 0;
        let Some(&top) = self.digits.last() else {
            return;
        };
        if top.unsigned_abs() >= 1 << 31 {
            self.digits.push(0);
        }
        let mut carry = 0;
        let last = self.digits.len() - 1;
        for digit in &mut self.digits[..last] {
            let value = *digit + carry;
            *digit = value & 0xffff_ffff;
            carry = value >> 32;
        }
        self.digits[last] += carry;
    }
}
