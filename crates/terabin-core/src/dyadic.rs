//! Exact numbers that sums of doubles are made of.

use num_bigint::{BigInt, BigUint, Sign};
use serde::{Deserialize, Serialize};

use crate::exact::{Exact, round};

/// `integer * 2^exponent`, exactly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Dyadic {
    integer: BigInt,
    exponent: i64,
}

impl From<u64> for Dyadic {
    fn from(n: u64) -> Self {
        Self {
            integer: BigUint::from(n).into(),
            exponent: 0,
        }
    }
}

impl Dyadic {
    /// Zero.
    pub(crate) const ZERO: Self = Self {
        integer: BigInt::ZERO,
        exponent: 0,
    };

    /// A sum without infinities.
    pub(crate) fn of(sum: &Exact) -> Option<Self> {
        sum.infinite().is_none().then(|| Self {
            integer: sum.integer.to_big(),
            exponent: sum.exponent.into(),
        })
    }

    pub(crate) fn sign(&self) -> Sign {
        self.integer.sign()
    }

    pub(crate) fn times(&self, other: &Self) -> Self {
        Self {
            integer: &self.integer * &other.integer,
            exponent: self.exponent + other.exponent,
        }
    }

    pub(crate) fn plus(&self, other: &Self) -> Self {
        self.with(other, |a, b| a + b)
    }

    pub(crate) fn minus(&self, other: &Self) -> Self {
        self.with(other, |a, b| a - b)
    }

    /// The double nearest to `self / other`; `other` is above zero.
    pub(crate) fn over(&self, other: &Self) -> f64 {
        let exponent = self.exponent - other.exponent;
        round::ratio(&self.integer, other.integer.magnitude(), exponent)
    }

    /// The double nearest to the root of `self / other`, neither below zero.
    pub(crate) fn root_over(&self, other: &Self) -> f64 {
        let exponent = self.exponent - other.exponent;
        let (a, b) = (self.integer.magnitude(), other.integer.magnitude());
        round::sqrt_ratio(a, b, exponent)
    }

    fn with(&self, other: &Self, operation: impl Fn(BigInt, BigInt) -> BigInt) -> Self {
        let exponent = self.exponent.min(other.exponent);
        // Differences of exponents of sums of doubles: a few thousand.
        let scaled = |x: &Self| &x.integer << (x.exponent - exponent).unsigned_abs();
        Self {
            integer: operation(scaled(self), scaled(other)),
            exponent,
        }
    }
}
