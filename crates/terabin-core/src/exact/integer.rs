//! Integers of any size, the usual ones without an allocation.

use num_bigint::BigInt;
use num_traits::ToPrimitive;

/// An integer of any size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Integer(Size);

/// Every integer has one form, so that equality is that of integers.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Size {
    Small(i128),
    /// Beyond 128 bits.
    Big(BigInt),
}

impl From<i128> for Integer {
    fn from(integer: i128) -> Self {
        Self(Size::Small(integer))
    }
}

impl From<BigInt> for Integer {
    fn from(integer: BigInt) -> Self {
        Self(integer.to_i128().map_or(Size::Big(integer), Size::Small))
    }
}

impl Integer {
    /// Zero.
    pub const ZERO: Self = Self(Size::Small(0));

    /// The integer, if it has at most 128 bits.
    #[must_use]
    pub fn small(&self) -> Option<i128> {
        match self.0 {
            Size::Small(integer) => Some(integer),
            Size::Big(_) => None,
        }
    }

    /// The integer in the general form.
    #[must_use]
    pub fn to_big(&self) -> BigInt {
        match &self.0 {
            Size::Small(integer) => (*integer).into(),
            Size::Big(integer) => integer.clone(),
        }
    }

    /// An odd integer, or zero, and the power of two that was taken out.
    #[must_use]
    pub fn odd(self) -> (Self, u32) {
        match self.0 {
            Size::Small(0) => (Self::ZERO, 0),
            Size::Small(integer) => {
                let zeros = integer.trailing_zeros();
                ((integer >> zeros).into(), zeros)
            }
            Size::Big(integer) => {
                // Not zero, and of a few thousand bits at most.
                let zeros = integer.trailing_zeros().unwrap_or(0);
                let odd = integer >> zeros;
                (odd.into(), u32::try_from(zeros).unwrap_or(u32::MAX))
            }
        }
    }

    /// Appends two's complement in as few bytes as hold it, least significant first; none
    /// for 0.
    pub fn append_bytes(&self, out: &mut Vec<u8>) {
        match &self.0 {
            Size::Small(0) => {}
            Size::Small(integer) => {
                let sign = if *integer < 0 { 0xff } else { 0 };
                let bytes = integer.to_le_bytes();
                let spare = |pair: &&[u8]| pair[1] == sign && (pair[0] ^ sign) < 0x80;
                let spare = bytes.windows(2).rev().take_while(spare).count();
                out.extend_from_slice(&bytes[..bytes.len() - spare]);
            }
            Size::Big(integer) => out.extend_from_slice(&integer.to_signed_bytes_le()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn small_and_big_are_the_same_integers(integer in any::<i128>(), drop in 0u32..128, up in 0u32..200) {
            let big = BigInt::from(integer >> drop) << up;
            let small = Integer::from(big.clone());
            prop_assert_eq!(small.to_big(), big.clone());
            let zero = big == BigInt::ZERO;
            let bytes = if zero { Vec::new() } else { big.to_signed_bytes_le() };
            let mut appended = Vec::new();
            small.append_bytes(&mut appended);
            prop_assert_eq!(appended, bytes);
            let (odd, zeros) = small.odd();
            prop_assert_eq!(odd.to_big() << zeros, big);
            prop_assert!(zero || odd.to_big().bit(0));
        }
    }
}
