//! Exact numbers that sums of doubles are made of.

use num_bigint::{BigInt, BigUint, Sign};
use serde::{Deserialize, Serialize};

use crate::exact::{Exact, Short, round};

/// Exact steps of a calculation: None where the kind of number does not hold a result.
pub(crate) trait Arithmetic: Clone + From<u128> {
    /// The sign.
    fn sign(&self) -> Sign;

    /// The product.
    fn times(&self, other: &Self) -> Option<Self>;

    /// The difference.
    fn minus(&self, other: &Self) -> Option<Self>;

    /// The double nearest to `self / other`; `other` is above zero.
    fn over(&self, other: &Self) -> Option<f64>;

    /// The double nearest to the root of `self / other`, neither below zero.
    fn root_over(&self, other: &Self) -> Option<f64>;
}

/// `integer * 2^exponent`, exactly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Dyadic {
    integer: BigInt,
    exponent: i64,
}

impl From<u128> for Dyadic {
    fn from(n: u128) -> Self {
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

/// Numbers of any size: every step has a result.
impl Arithmetic for Dyadic {
    fn sign(&self) -> Sign {
        self.sign()
    }

    fn times(&self, other: &Self) -> Option<Self> {
        Some(Self {
            integer: &self.integer * &other.integer,
            exponent: self.exponent + other.exponent,
        })
    }

    fn minus(&self, other: &Self) -> Option<Self> {
        Some(self.minus(other))
    }

    fn over(&self, other: &Self) -> Option<f64> {
        Some(self.over(other))
    }

    fn root_over(&self, other: &Self) -> Option<f64> {
        let exponent = self.exponent - other.exponent;
        let (a, b) = (self.integer.magnitude(), other.integer.magnitude());
        Some(round::sqrt_ratio(a, b, exponent))
    }
}

/// The usual numbers, without an allocation.
impl Arithmetic for Short {
    fn sign(&self) -> Sign {
        self.sign()
    }

    fn times(&self, other: &Self) -> Option<Self> {
        self.times(other)
    }

    fn minus(&self, other: &Self) -> Option<Self> {
        self.minus(other)
    }

    fn over(&self, other: &Self) -> Option<f64> {
        self.over(other)
    }

    fn root_over(&self, other: &Self) -> Option<f64> {
        self.root_over(other)
    }
}
