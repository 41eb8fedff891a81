//! Values as big integers: what the exact sums are compared with.

use num_bigint::BigInt;

use crate::generators::Values;

/// A value on the grid of the smallest subnormal.
#[derive(Clone, Debug, PartialEq)]
pub enum Real {
    Nan,
    Infinite {
        negative: bool,
    },
    /// This many times 2^-1074.
    Finite(BigInt),
}

/// Every double is an integer multiple of 2^-1074.
pub const UNIT: u32 = 1074;

impl Real {
    fn from_f64(x: f64) -> Self {
        if x.is_nan() {
            return Self::Nan;
        }
        if x.is_infinite() {
            return Self::Infinite { negative: x < 0.0 };
        }
        let magnitude = x.abs().to_bits();
        let (exponent, fraction) = (magnitude >> 52, magnitude & ((1 << 52) - 1));
        let integer = match exponent {
            0 => BigInt::from(fraction),
            _ => BigInt::from(fraction | 1 << 52) << (exponent - 1),
        };
        Self::Finite(if x < 0.0 { -integer } else { integer })
    }

    pub fn finite(&self) -> Option<&BigInt> {
        match self {
            Self::Finite(x) => Some(x),
            _ => None,
        }
    }
}

/// Each value exactly.
pub fn reals(values: &Values) -> Vec<Real> {
    let integer = |x: BigInt| Real::Finite(x << UNIT);
    match values {
        Values::I64(v) => v.iter().map(|&x| integer(x.into())).collect(),
        Values::U64(v) => v.iter().map(|&x| integer(x.into())).collect(),
        Values::Bool(v) => v.iter().map(|&x| integer(u8::from(x).into())).collect(),
        Values::F32(v) => v.iter().map(|&x| Real::from_f64(x.into())).collect(),
        Values::F64(v) => v.iter().map(|&x| Real::from_f64(x)).collect(),
    }
}
