//! Statistics of one cell by their definitions, in integers.

use num_bigint::{BigInt, Sign};
use terabin_core::moment_statistic::{Measure, MomentStatistic};
use terabin_core::statistic::{Number, Statistic};

use crate::model::{Real, UNIT};
use crate::nearest::is_nearest;

/// What a number must be.
#[derive(Debug)]
pub enum Wanted {
    /// NaN, or an infinity of infinite values.
    Exactly(f64),
    /// `(numerator / denominator / 2^unit)^(1/root)` rounded once, or an integer itself.
    Nearest {
        numerator: BigInt,
        denominator: BigInt,
        unit: i64,
        root: u32,
    },
}

impl Wanted {
    pub fn is(&self, got: Number) -> bool {
        let Self::Nearest {
            numerator,
            denominator,
            unit,
            root,
        } = self
        else {
            let Self::Exactly(x) = self else { return false };
            return matches!(got, Number::F64(got) if x.is_nan() && got.is_nan() || *x == got);
        };
        let equals = |integer: BigInt| {
            let (up, down) = ((*unit).max(0), (-unit).max(0));
            (integer * denominator) << up == numerator << down
        };
        match got {
            Number::I64(x) => equals(x.into()),
            Number::U64(x) => equals(x.into()),
            Number::F64(x) => is_nearest(x, numerator, denominator, *unit, *root),
        }
    }
}

const NAN: Wanted = Wanted::Exactly(f64::NAN);

/// The rows of a cell.
pub struct Cell {
    values: [Vec<Real>; 3],
    /// Of the value; of the value and the other; both without weights and with.
    moments: [[Option<Moments>; 2]; 2],
}

impl Cell {
    pub fn new(values: [Vec<Real>; 3]) -> Self {
        let [u, v, w] = &values;
        let moments = [u, v].map(|other| [None, Some(w)].map(|w| Moments::new(u, other, w)));
        Self { values, moments }
    }

    pub fn rows(&self) -> usize {
        self.values[0].len()
    }

    /// The definition of a statistic; of those that are asked for here.
    pub fn wanted(&self, statistic: Statistic) -> Wanted {
        use MomentStatistic as M;
        let [u, _, w] = &self.values;
        match statistic {
            Statistic::Sum(0) => mean(u, None, false),
            Statistic::Mean(0) => mean(u, None, true),
            Statistic::Var(0, ddof) => self.spread(M::of(Measure::Var, 0, ddof)),
            Statistic::Std(0, ddof) => self.spread(M::of(Measure::Std, 0, ddof)),
            Statistic::Sem(0, ddof) => self.spread(M::of(Measure::Sem, 0, ddof)),
            Statistic::Moment(of) if of.measure == Measure::Mean => mean(u, Some(w), true),
            Statistic::Moment(of) => self.spread(of),
            other => panic!("{other:?} has no definition here"),
        }
    }

    fn spread(&self, of: MomentStatistic) -> Wanted {
        let moments = &self.moments[of.second][usize::from(of.weights.is_some())];
        moments.as_ref().map_or(NAN, |m| m.spread(of))
    }
}

/// `sum(w u) / sum(w)`, or the sum alone; NaN where the weights have the sum 0.
fn mean(u: &[Real], w: Option<&Vec<Real>>, divided: bool) -> Wanted {
    let Some(rows) = Numbers::new(&[Some(u), w.map(Vec::as_slice)]) else {
        return infinite_mean(u, w);
    };
    let [u, w] = &rows.columns[..] else {
        unreachable!("two columns");
    };
    let total: BigInt = w.iter().sum();
    if divided && total.sign() == Sign::NoSign {
        return NAN;
    }
    let sum: BigInt = u.iter().zip(w).map(|(u, w)| u * w).sum();
    let turned = total.sign() == Sign::Minus;
    Wanted::Nearest {
        numerator: if turned { -sum } else { sum },
        denominator: if divided {
            total.magnitude().clone().into()
        } else {
            1.into()
        },
        unit: rows.units[0],
        root: 1,
    }
}

/// As doubles have it, for which signs suffice: zero times infinity is NaN.
fn infinite_mean(u: &[Real], w: Option<&Vec<Real>>) -> Wanted {
    let sign = |x: &Real| match x {
        Real::Nan => f64::NAN,
        Real::Infinite { negative: true } => f64::NEG_INFINITY,
        Real::Infinite { negative: false } => f64::INFINITY,
        Real::Finite(x) if x.sign() == Sign::Minus => -1.0,
        Real::Finite(x) if x.sign() == Sign::Plus => 1.0,
        Real::Finite(_) => 0.0,
    };
    let weight = |row| w.map_or(1.0, |w| sign(&w[row]));
    let rows = (0..u.len()).filter(|&row| !sign(&u[row]).is_nan() && !weight(row).is_nan());
    let rows: Vec<usize> = rows.collect();
    if rows.iter().any(|&row| weight(row).is_infinite()) {
        return NAN;
    }
    let exactly = |&row: &usize| w.and_then(|w| w[row].finite().cloned()).unwrap_or(1.into());
    let total: BigInt = rows.iter().map(exactly).sum();
    let products = rows.iter().map(|&row| sign(&u[row]) * weight(row));
    let sum: f64 = products.filter(|p| !p.is_finite()).sum();
    Wanted::Exactly(match total.sign() {
        Sign::NoSign => f64::NAN,
        Sign::Minus => -sum,
        Sign::Plus => sum,
    })
}

/// Products of deviations from the means, of rows without NaN.
///
/// A covariance is `sum(w (u - mean u) (v - mean v)) / (V1 - ddof V2 / V1)`, where V1 and
/// V2 are the sums of the weights and of their squares, as `numpy.cov(aweights)` has it.
struct Moments {
    /// `sum(w (V1 u - sum(w u)) (V1 v - sum(w v)))`.
    deviations: BigInt,
    total: BigInt,
    squared: BigInt,
    unit: i64,
}

impl Moments {
    /// None where a number is infinite.
    fn new(u: &[Real], v: &[Real], w: Option<&Vec<Real>>) -> Option<Self> {
        let rows = Numbers::new(&[Some(u), Some(v), w.map(Vec::as_slice)])?;
        let [u, v, w] = &rows.columns[..] else {
            unreachable!("three columns");
        };
        let total: BigInt = w.iter().sum();
        let sum = |x: &[BigInt]| x.iter().zip(w).map(|(x, w)| x * w).sum::<BigInt>();
        let (su, sv) = (sum(u), sum(v));
        let rows_of = u.iter().zip(v).zip(w);
        let product = |((u, v), w)| w * (&total * u - &su) * (&total * v - &sv);
        Some(Self {
            deviations: rows_of.map(product).sum(),
            squared: w.iter().map(|w| w * w).sum(),
            total,
            // The units of the weights in numerator and denominator are the same.
            unit: rows.units[0] + rows.units[1],
        })
    }

    fn spread(&self, of: MomentStatistic) -> Wanted {
        let freedom = &self.total * &self.total - &self.squared * of.ddof;
        if freedom.sign() != Sign::Plus {
            return NAN;
        }
        let mut numerator = self.deviations.clone();
        let mut denominator = &self.total * freedom;
        if of.measure == Measure::Sem {
            numerator *= &self.squared;
            denominator *= &self.total * &self.total;
        }
        if denominator.sign() == Sign::Minus {
            (numerator, denominator) = (-numerator, -denominator);
        }
        if of.measure != Measure::Cov && numerator.sign() == Sign::Minus {
            return NAN;
        }
        Wanted::Nearest {
            numerator,
            denominator,
            unit: self.unit,
            root: if matches!(of.measure, Measure::Std | Measure::Sem) {
                2
            } else {
                1
            },
        }
    }
}

/// The rows without NaN, each column on a grid of its own.
struct Numbers {
    columns: Vec<Vec<BigInt>>,
    /// The numbers are the integers over 2 to this power.
    units: Vec<i64>,
}

impl Numbers {
    /// Of a column that is not there every number is 1; None where one is infinite.
    fn new(columns: &[Option<&[Real]>]) -> Option<Self> {
        let given = || columns.iter().flatten();
        let rows = given().map(|c| c.len()).min()?;
        let rows = (0..rows).filter(|&row| given().all(|c| c[row] != Real::Nan));
        let rows: Vec<usize> = rows.collect();
        let mut numbers = Self {
            columns: Vec::new(),
            units: Vec::new(),
        };
        for column in columns {
            let (integers, unit) = match column {
                None => (vec![1.into(); rows.len()], 0),
                Some(column) => coarse(rows.iter().map(|&row| column[row].finite()))?,
            };
            numbers.columns.push(integers);
            numbers.units.push(unit);
        }
        Some(numbers)
    }
}

/// Multiples of 2^-1074 on the coarsest grid that holds them all.
fn coarse<'a>(
    integers: impl Iterator<Item = Option<&'a BigInt>> + Clone,
) -> Option<(Vec<BigInt>, i64)> {
    let zeros = integers
        .clone()
        .flatten()
        .filter_map(BigInt::trailing_zeros);
    let zeros = zeros.min().unwrap_or(0);
    let coarse: Option<_> = integers.map(|x| Some(x? >> zeros)).collect();
    Some((coarse?, i64::from(UNIT) - zeros.cast_signed()))
}
