//! Means, variances, covariances and correlations, with weights or without.

use std::borrow::Borrow;

use num_bigint::Sign;
use serde::{Deserialize, Serialize};

use crate::dyadic::{Arithmetic, Dyadic};
use crate::exact::Exact;
use crate::state::{Content, Joint, Quantity};

/// A statistic of the first and second moments of one value or two, rows weighted or not.
///
/// Rows count in which neither a value nor the weight is NaN. With the sums over them
/// `V1 = sum(w)`, `V2 = sum(w^2)` (both the number of rows without weights), the moments
/// are those of `numpy.cov(aweights=w, ddof=ddof)`: a covariance is
/// `(V1 sum(wuv) - sum(wu) sum(wv)) / (V1^2 - ddof V2)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MomentStatistic {
    /// What is measured.
    pub measure: Measure,
    /// The value.
    pub first: usize,
    /// The other value of a covariance or correlation; the same for all else.
    pub second: usize,
    /// The weights.
    pub weights: Option<usize>,
    /// What is taken off the count in the denominator.
    pub ddof: u32,
}

/// What a [`MomentStatistic`] measures; each is rounded once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Measure {
    /// `sum(wu) / V1`; NaN where the weights have the sum 0.
    Mean,
    /// The covariance of a value with itself; NaN where the denominator is not positive.
    Var,
    /// Square root of the variance.
    Std,
    /// Standard error of the mean: `sqrt(var / n)`, where `n = V1^2 / V2` is the
    /// effective number of rows.
    Sem,
    /// Covariance; NaN where the denominator is not positive.
    Cov,
    /// Pearson's correlation, from -1 to 1 unless weights are below zero; NaN where a
    /// value is constant.
    Corr,
    /// Skewness `m3 / m2^1.5` of one value without weights; NaN where it is constant.
    Skew,
}

/// The sums over the rows that measures come from: of the weights, which are 1 where there
/// are none, times values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RawMoment {
    Weights,
    SquaredWeights,
    First,
    Second,
    /// Of the first value times the second.
    Product,
    FirstSquares,
    SecondSquares,
    FirstCubes,
}

impl RawMoment {
    /// How many there are.
    pub(crate) const COUNT: usize = 8;
}

impl MomentStatistic {
    /// A measure of one value without weights.
    #[must_use]
    pub fn of(measure: Measure, value: usize, ddof: u32) -> Self {
        Self {
            measure,
            first: value,
            second: value,
            weights: None,
            ddof,
        }
    }

    /// The positions of the values and weights.
    #[must_use]
    pub fn values(self) -> Vec<usize> {
        let mut values = vec![self.first];
        values.extend((self.second != self.first).then_some(self.second));
        values.extend(self.weights.filter(|w| !values.contains(w)));
        values
    }

    /// The number of rows that count.
    #[must_use]
    pub fn rows(self) -> Quantity {
        if self.is_plain() {
            return Quantity::Valid(self.first);
        }
        Joint::of(&self.values()).rows()
    }

    /// The quantities that this needs.
    #[must_use]
    pub fn quantities(self) -> Vec<Quantity> {
        let sums = self.raw_moments().into_iter();
        let sums = sums.map(|moment| self.quantity(moment));
        [Quantity::Count, self.rows()]
            .into_iter()
            .chain(sums)
            .collect()
    }

    /// The statistic of one cell, of which `content` gives the quantities.
    #[must_use]
    pub fn round(self, content: &dyn Fn(Quantity) -> Content) -> f64 {
        let rows = match content(self.rows()) {
            Content::Count(n) => n,
            _ => 0,
        };
        let sum = |moment| match content(self.quantity(moment)) {
            Content::Sum(exact) => exact,
            _ => Exact::ZERO,
        };
        if self.measure == Measure::Mean && self.weights.is_none() {
            return sum(RawMoment::First).mean(rows);
        }
        let finite = self.of_sums::<Dyadic, _>(rows, |moment| Dyadic::of(&sum(moment)));
        finite.unwrap_or_else(|| match self.measure {
            Measure::Mean => infinite_mean(&sum(RawMoment::First), &sum(RawMoment::Weights)),
            _ => f64::NAN,
        })
    }

    /// The statistic of so many rows, of which `sum` gives the sums.
    ///
    /// None where it does not give one, or a step of the calculation has no result.
    pub(crate) fn of_sums<T: Arithmetic, S: Borrow<T>>(
        self,
        rows: u64,
        sum: impl Fn(RawMoment) -> Option<S>,
    ) -> Option<f64> {
        if rows == 0 {
            return Some(f64::NAN);
        }
        let total = match self.weights {
            Some(_) => sum(RawMoment::Weights)?.borrow().clone(),
            None => T::from(rows.into()),
        };
        let first = sum(RawMoment::First)?;
        let su = first.borrow();
        if self.measure == Measure::Mean {
            return weighted_mean(su, &total);
        }
        let second = if self.first == self.second {
            None
        } else {
            Some(sum(RawMoment::Second)?)
        };
        let sv = second.as_ref().map_or(su, Borrow::borrow);
        let product = total.times(sum(RawMoment::Product)?.borrow())?;
        let comoment = product.minus(&su.times(sv)?)?;
        self.of_comoment(rows, [&total, su, sv, &comoment], sum)
    }

    /// The same, of which the comoment `V1 sum(wuv) - sum(wu) sum(wv)` is known.
    fn of_comoment<T: Arithmetic, S: Borrow<T>>(
        self,
        rows: u64,
        [total, su, sv, comoment]: [&T; 4],
        sum: impl Fn(RawMoment) -> Option<S>,
    ) -> Option<f64> {
        let spread = |s: &T, squares| {
            let squares = total.times(sum(squares)?.borrow())?;
            squares.minus(&s.times(s)?)
        };
        match self.measure {
            Measure::Skew => {
                let (squares, cubes) = (sum(RawMoment::Product)?, sum(RawMoment::FirstCubes)?);
                skewness(total, su, squares.borrow(), cubes.borrow(), comoment)
            }
            Measure::Corr => {
                let var_u = spread(su, RawMoment::FirstSquares)?;
                let var_v = spread(sv, RawMoment::SecondSquares)?;
                correlation(comoment, &var_u, &var_v)
            }
            _ if self.weights.is_none() => self.plain_spread(comoment, rows),
            _ if self.needs_squared_weights() => {
                let squared = sum(RawMoment::SquaredWeights)?;
                self.spread(comoment, total, squared.borrow())
            }
            _ => self.spread(comoment, total, &T::from(rows.into())),
        }
    }

    /// What [`MomentStatistic::spread`] says without weights, where both sums of them are
    /// the number of rows: fewer steps.
    fn plain_spread<T: Arithmetic>(self, comoment: &T, rows: u64) -> Option<f64> {
        let Some(free @ 1..) = rows.checked_sub(self.ddof.into()) else {
            return Some(f64::NAN);
        };
        let mut denominator = T::from(u128::from(rows) * u128::from(free));
        if self.measure == Measure::Sem {
            denominator = denominator.times(&T::from(rows.into()))?;
        }
        self.over(comoment, &denominator)
    }

    /// From the comoment to a covariance, or what comes of a variance.
    fn spread<T: Arithmetic>(self, comoment: &T, total: &T, squared: &T) -> Option<f64> {
        let ddof = T::from(self.ddof.into());
        let whole = total.times(total)?;
        let denominator = whole.minus(&ddof.times(squared)?)?;
        if denominator.sign() != Sign::Plus {
            return Some(f64::NAN);
        }
        if self.measure == Measure::Sem {
            let numerator = comoment.times(squared)?;
            return self.over(&numerator, &denominator.times(&whole)?);
        }
        self.over(comoment, &denominator)
    }

    fn over<T: Arithmetic>(self, numerator: &T, denominator: &T) -> Option<f64> {
        match self.measure {
            Measure::Cov => numerator.over(denominator),
            // By Cauchy and Schwarz only weights below zero lead here.
            _ if numerator.sign() == Sign::Minus => Some(f64::NAN),
            Measure::Var => numerator.over(denominator),
            _ => numerator.root_over(denominator),
        }
    }

    /// The sums that this comes from.
    pub(crate) fn raw_moments(self) -> Vec<RawMoment> {
        let mut all = vec![RawMoment::First];
        if self.weights.is_some() {
            all.push(RawMoment::Weights);
        }
        if self.needs_squared_weights() {
            all.push(RawMoment::SquaredWeights);
        }
        if self.measure != Measure::Mean {
            all.extend([RawMoment::Second, RawMoment::Product]);
        }
        if self.measure == Measure::Corr {
            all.extend([RawMoment::FirstSquares, RawMoment::SecondSquares]);
        }
        if self.measure == Measure::Skew {
            all.push(RawMoment::FirstCubes);
        }
        all
    }

    /// The quantity that is one of the sums.
    pub(crate) fn quantity(self, moment: RawMoment) -> Quantity {
        let (u, v) = (self.first, self.second);
        match moment {
            RawMoment::Weights => self.sum(&[]),
            RawMoment::SquaredWeights => self.sum(self.weights.as_slice()),
            RawMoment::First => self.sum(&[u]),
            RawMoment::Second => self.sum(&[v]),
            RawMoment::Product => self.sum(&[u, v]),
            RawMoment::FirstSquares => self.sum(&[u, u]),
            RawMoment::SecondSquares => self.sum(&[v, v]),
            RawMoment::FirstCubes => self.sum(&[u, u, u]),
        }
    }

    /// Whether it is of one value without weights: every cell asks, and needs no lists of
    /// values for it.
    fn is_plain(self) -> bool {
        self.weights.is_none() && self.first == self.second
    }

    /// The sum of the weights times `factors`.
    fn sum(self, factors: &[usize]) -> Quantity {
        match factors {
            [_] if self.is_plain() => return Quantity::Sum(self.first),
            [_, _] if self.is_plain() => return Quantity::Squares(self.first),
            _ => {}
        }
        let mut all: Vec<usize> = self.weights.into_iter().collect();
        all.extend(factors);
        Joint::of(&self.values()).product(&all)
    }

    fn needs_squared_weights(self) -> bool {
        let spread = !matches!(self.measure, Measure::Mean | Measure::Corr);
        self.weights.is_some() && spread && (self.ddof > 0 || self.measure == Measure::Sem)
    }
}

/// The weighted mean where infinities went into one of the sums.
fn infinite_mean(sum: &Exact, total: &Exact) -> f64 {
    let turn = match Dyadic::of(total).map(|total| total.sign()) {
        Some(Sign::Plus) => 1.0,
        Some(Sign::Minus) => -1.0,
        _ => return f64::NAN,
    };
    turn * sum.infinite().unwrap_or(f64::NAN)
}

fn weighted_mean<T: Arithmetic>(sum: &T, total: &T) -> Option<f64> {
    let turn = match (total.sign(), sum.sign()) {
        (Sign::NoSign, _) => return Some(f64::NAN),
        (_, Sign::NoSign) => return Some(0.0),
        (Sign::Minus, _) => -1.0,
        (Sign::Plus, _) => 1.0,
    };
    Some(turn * sum.over(total)?)
}

/// `cov / sqrt(var var)`, all three of one denominator.
fn correlation<T: Arithmetic>(cov: &T, var_u: &T, var_v: &T) -> Option<f64> {
    if var_u.sign() != Sign::Plus || var_v.sign() != Sign::Plus {
        return Some(f64::NAN);
    }
    let size = cov.times(cov)?.root_over(&var_u.times(var_v)?)?;
    Some(match cov.sign() {
        Sign::Minus => -size,
        _ => size,
    })
}

/// `m3 / m2^1.5` from the sums of `n` values and their powers, and `spread = n^2 m2`.
fn skewness<T: Arithmetic>(n: &T, sum: &T, squares: &T, cubes: &T, spread: &T) -> Option<f64> {
    if spread.sign() != Sign::Plus {
        return Some(f64::NAN);
    }
    // n^3 m3 = n^2 sum(x^3) - (3 n sum(x^2) - 2 sum(x)^2) sum(x)
    let [two, three] = [2, 3].map(T::from);
    let inner = three.times(n)?.times(squares)?;
    let inner = inner.minus(&two.times(sum)?.times(sum)?)?;
    let third = n.times(n)?.times(cubes)?.minus(&inner.times(sum)?)?;
    let (squared, cubed) = (third.times(&third)?, spread.times(spread)?.times(spread)?);
    let size = squared.root_over(&cubed)?;
    Some(match third.sign() {
        Sign::Minus => -size,
        _ => size,
    })
}
