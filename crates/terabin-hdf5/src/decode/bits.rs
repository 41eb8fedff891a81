//! Numbers of any bit length in a stream of bytes, the most significant bit first.

/// Takes numbers from a stream of bits; `None` when too few are left.
pub(super) struct Bits<'a> {
    input: &'a [u8],
    /// The next bits from the highest down; those beyond `count` are 0.
    buffer: u64,
    count: u32,
}

impl<'a> Bits<'a> {
    pub(super) fn new(input: &'a [u8]) -> Self {
        Self {
            input,
            buffer: 0,
            count: 0,
        }
    }

    /// The number in the next `length` bits, at most 64.
    #[inline]
    pub(super) fn take(&mut self, length: u32) -> Option<u64> {
        if length > 56 {
            let high = self.take_short(length - 32)?;
            return Some(high << 32 | self.take_short(32)?);
        }
        self.take_short(length)
    }

    /// The number in the next `length` bits, at most 32.
    #[inline]
    pub(super) fn take_u32(&mut self, length: u32) -> Option<u32> {
        u32::try_from(self.take_short(length)?).ok()
    }

    /// The number in the next `length` bits, at most 56, which a filled buffer has.
    #[inline]
    fn take_short(&mut self, length: u32) -> Option<u64> {
        if self.count < length {
            self.refill();
            if self.count < length {
                return None;
            }
        }
        // In two steps, because a shift by 64 is none.
        let value = self.buffer >> 1 >> (63 - length);
        self.buffer <<= length;
        self.count -= length;
        Some(value)
    }

    /// The number of zeros in front of the next one, which is taken too.
    #[inline]
    pub(super) fn zeros(&mut self) -> Option<u32> {
        let mut passed = 0_u32;
        while self.buffer == 0 {
            passed = passed.saturating_add(self.count);
            self.count = 0;
            self.refill();
            if self.count == 0 {
                return None;
            }
        }
        let zeros = self.buffer.leading_zeros();
        self.buffer = self.buffer << zeros << 1;
        self.count -= zeros + 1;
        Some(passed.saturating_add(zeros))
    }

    /// Fills the buffer to more than 56 bits where the input has them.
    #[inline]
    fn refill(&mut self) {
        if let Some(word) = self.input.first_chunk::<8>() {
            let bytes = (64 - self.count) / 8;
            if bytes == 0 {
                return;
            }
            let word = u64::from_be_bytes(*word) & (u64::MAX << (64 - 8 * bytes));
            self.buffer |= word >> self.count;
            self.count += 8 * bytes;
            self.input = self.input.get(bytes as usize..).unwrap_or_default();
            return;
        }
        self.refill_near_end();
    }

    #[cold]
    fn refill_near_end(&mut self) {
        while let (true, Some((&byte, rest))) = (self.count <= 56, self.input.split_first()) {
            self.buffer |= u64::from(byte) << (56 - self.count);
            self.count += 8;
            self.input = rest;
        }
    }
}

/// Writes the low bytes of a number, as many as `out` has and at most 8.
pub(super) fn store(value: u64, big_endian: bool, out: &mut [u8]) {
    let bytes = value.to_le_bytes();
    for (to, from) in out.iter_mut().zip(bytes) {
        *to = from;
    }
    if big_endian {
        out.reverse();
    }
}

/// Bytes from hexadecimal text, in the tests of this folder.
#[cfg(test)]
pub(super) fn hex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2).map(|d| std::str::from_utf8(d));
    digits
        .map(|d| u8::from_str_radix(d.unwrap(), 16).unwrap())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition: one bit after the other.
    fn naive(input: &[u8], at: &mut usize, length: u32) -> Option<u64> {
        let mut value = 0;
        for _ in 0..length {
            let byte = input.get(*at / 8)?;
            value = value << 1 | u64::from(byte >> (7 - *at % 8) & 1);
            *at += 1;
        }
        Some(value)
    }

    fn naive_zeros(input: &[u8], at: &mut usize) -> Option<u32> {
        let mut zeros = 0;
        while naive(input, at, 1)? == 0 {
            zeros += 1;
        }
        Some(zeros)
    }

    proptest! {
        #[test]
        fn takes_the_same_numbers_bit_by_bit(
            input in prop::collection::vec(prop_oneof![Just(0), any::<u8>()], 0..80),
            steps in prop::collection::vec(prop::option::of(0..=64_u32), 0..60),
        ) {
            let mut bits = Bits::new(&input);
            let mut at = 0;
            for step in steps {
                let (found, expected) = match step {
                    Some(length) => (bits.take(length), naive(&input, &mut at, length)),
                    None => (
                        bits.zeros().map(u64::from),
                        naive_zeros(&input, &mut at).map(u64::from),
                    ),
                };
                prop_assert_eq!(found, expected);
                if expected.is_none() {
                    break;
                }
            }
        }
    }

    #[test]
    fn stores_the_low_bytes_in_either_order() {
        let mut out = [0; 3];
        store(0x0102_0304, false, &mut out);
        assert_eq!(out, [4, 3, 2]);
        store(0x0102_0304, true, &mut out);
        assert_eq!(out, [2, 3, 4]);
    }
}
