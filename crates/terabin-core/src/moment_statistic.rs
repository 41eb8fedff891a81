//! Means, variances, covariances and correlations, with weights or without.

use num_bigint::Sign;
use serde::{Deserialize, Serialize};

use crate::dyadic::Dyadic;
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
        let (u, v) = (self.first, self.second);
        let mut all = vec![Quantity::Count, self.rows(), self.sum(&[u])];
        if self.weights.is_some() {
            all.push(self.sum(&[]));
        }
        if self.needs_squared_weights() {
            all.extend(self.weights.map(|w| self.sum(&[w])));
        }
        if self.measure != Measure::Mean {
            all.extend([self.sum(&[v]), self.sum(&[u, v])]);
        }
        if self.measure == Measure::Corr {
            all.extend([self.sum(&[u, u]), self.sum(&[v, v])]);
        }
        if self.measure == Measure::Skew {
            all.push(self.sum(&[u, u, u]));
        }
        all
    }

    /// The statistic of one cell, of which `content` gives the quantities.
    #[must_use]
    pub fn round(self, content: &dyn Fn(Quantity) -> Content) -> f64 {
        let rows = match content(self.rows()) {
            Content::Count(n) => n,
            _ => 0,
        };
        if rows == 0 {
            return f64::NAN;
        }
        let sum = |factors: &[usize]| match content(self.sum(factors)) {
            Content::Sum(exact) => exact,
            _ => Exact::ZERO,
        };
        let weight = |factors: &[usize]| match self.weights {
            Some(_) => sum(factors),
            None => Exact::from(rows),
        };
        let (u, v) = (self.first, self.second);
        let total = weight(&[]);
        if self.measure == Measure::Mean {
            return match self.weights {
                None => sum(&[u]).mean(rows),
                Some(_) => weighted_mean(&sum(&[u]), &total),
            };
        }
        let squared = match (self.needs_squared_weights(), self.weights) {
            (true, Some(w)) => sum(&[w]),
            _ => Exact::from(rows),
        };
        let sums = [total, squared, sum(&[u]), sum(&[v]), sum(&[u, v])];
        let Some([total, squared, su, sv, suv]) = finite(&sums) else {
            return f64::NAN;
        };
        let comoment = total.times(&suv).minus(&su.times(&sv));
        if self.measure == Measure::Skew {
            let Some([cubes]) = finite(&[sum(&[u, u, u])]) else {
                return f64::NAN;
            };
            return skewness(&total, &su, &suv, &cubes, &comoment);
        }
        if self.measure == Measure::Corr {
            let Some([suu, svv]) = finite(&[sum(&[u, u]), sum(&[v, v])]) else {
                return f64::NAN;
            };
            let spread = |s: &Dyadic, ss: &Dyadic| total.times(ss).minus(&s.times(s));
            return correlation(&comoment, &spread(&su, &suu), &spread(&sv, &svv));
        }
        self.spread(comoment, &total, &squared)
    }

    /// From `V1 sum(wuv) - sum(wu) sum(wv)` to a covariance, or what comes of a variance.
    fn spread(self, comoment: Dyadic, total: &Dyadic, squared: &Dyadic) -> f64 {
        let ddof = Dyadic::from(u64::from(self.ddof));
        let whole = total.times(total);
        let mut denominator = whole.minus(&ddof.times(squared));
        if denominator.sign() != Sign::Plus {
            return f64::NAN;
        }
        let mut numerator = comoment;
        if self.measure == Measure::Sem {
            numerator = numerator.times(squared);
            denominator = denominator.times(&whole);
        }
        match self.measure {
            Measure::Cov => numerator.over(&denominator),
            // By Cauchy and Schwarz only weights below zero lead here.
            _ if numerator.sign() == Sign::Minus => f64::NAN,
            Measure::Var => numerator.over(&denominator),
            _ => numerator.root_over(&denominator),
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

fn weighted_mean(sum: &Exact, total: &Exact) -> f64 {
    let Some([w]) = finite(std::slice::from_ref(total)) else {
        return f64::NAN;
    };
    if w.sign() == Sign::NoSign {
        return f64::NAN;
    }
    let turn = if w.sign() == Sign::Minus { -1.0 } else { 1.0 };
    match finite(std::slice::from_ref(sum)) {
        Some([s]) if s.sign() == Sign::NoSign => 0.0,
        Some([s]) => turn * s.over(&w),
        None => turn * sum.infinite().unwrap_or(f64::NAN),
    }
}

/// `cov / sqrt(var var)`, all three of one denominator.
fn correlation(cov: &Dyadic, var_u: &Dyadic, var_v: &Dyadic) -> f64 {
    if var_u.sign() != Sign::Plus || var_v.sign() != Sign::Plus {
        return f64::NAN;
    }
    let size = cov.times(cov).root_over(&var_u.times(var_v));
    match cov.sign() {
        Sign::Minus => -size,
        _ => size,
    }
}

/// `m3 / m2^1.5` from the sums of `n` values and their powers, and `spread = n^2 m2`.
fn skewness(n: &Dyadic, sum: &Dyadic, squares: &Dyadic, cubes: &Dyadic, spread: &Dyadic) -> f64 {
    if spread.sign() != Sign::Plus {
        return f64::NAN;
    }
    // n^3 m3 = n^2 sum(x^3) - (3 n sum(x^2) - 2 sum(x)^2) sum(x)
    let [two, three] = [2, 3].map(Dyadic::from);
    let inner = three.times(n).times(squares);
    let inner = inner.minus(&two.times(sum).times(sum));
    let third = n.times(n).times(cubes).minus(&inner.times(sum));
    let (squared, cubed) = (third.times(&third), spread.times(spread).times(spread));
    let size = squared.root_over(&cubed);
    match third.sign() {
        Sign::Minus => -size,
        _ => size,
    }
}

/// The sums, if none is infinite.
fn finite<const N: usize>(sums: &[Exact]) -> Option<[Dyadic; N]> {
    let numbers: Option<Vec<Dyadic>> = sums.iter().map(Dyadic::of).collect();
    numbers?.try_into().ok()
}
