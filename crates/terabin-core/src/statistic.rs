//! Statistics: which states they need and how those round to a number.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::batch::DataType;
use crate::datetime::NAT;
use crate::exact::{Exact, round};
use crate::moment_statistic::{Measure, MomentStatistic};
use crate::order::{self, QuantileOf};
use crate::state::{Content, Extremes, Joint, Quantity};

/// A statistic of one value per cell, as data.
///
/// Every one is correctly rounded: the double nearest to the exact result over the
/// cell's rows, whatever their order. Variances have no cancellation: they come from
/// exact sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Statistic {
    /// Rows in the cell.
    Count,
    /// Rows whose value is not NaN.
    CountValid(usize),
    /// Sum; 0 where empty.
    Sum(usize),
    /// Mean; NaN where empty.
    Mean(usize),
    /// Variance with `n - ddof` in the denominator; NaN where that is not positive.
    Var(usize, u32),
    /// Square root of the variance, rounded once.
    Std(usize, u32),
    /// Standard error of the mean: `sqrt(var(ddof) / n)`, rounded once.
    Sem(usize, u32),
    /// Smallest value.
    Min(usize),
    /// Largest value.
    Max(usize),
    /// Sum of the squares; 0 where empty.
    SumSquares(usize),
    /// Weighted rows, or two values.
    Moment(MomentStatistic),
    /// The value with the smallest time, the other value; of equal times the smaller value.
    First(usize, usize),
    /// The value with the largest time; of equal times the larger value.
    Last(usize, usize),
    /// A quantile or the median; NaN where empty. It takes passes of its own.
    Quantile(QuantileOf),
}

/// What NaN among the values does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NanRule {
    /// Left out of the statistic and counted.
    #[default]
    Omit,
    /// A cell with a NaN value has NaN as its statistic.
    Propagate,
    /// The run fails.
    Error,
}

/// The number that a statistic has in a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// Signed integer.
    I64(i64),
    /// Unsigned integer.
    U64(u64),
    /// Double.
    F64(f64),
}

/// As short as reads back to the same bits, in scientific notation where zeros would
/// be many.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::I64(x) => x.fmt(f),
            Self::U64(x) => x.fmt(f),
            Self::F64(x) if x.is_finite() && *x != 0.0 && !PLAIN.contains(&x.abs()) => {
                fmt::LowerExp::fmt(x, f)
            }
            Self::F64(x) => x.fmt(f),
        }
    }
}

/// Doubles that are written without an exponent.
const PLAIN: std::ops::Range<f64> = 1e-5..1e16;

impl Number {
    /// `self - low`: of integers the double nearest to the exact difference.
    #[must_use]
    #[allow(clippy::cast_precision_loss)] // the nearest is what is asked
    pub fn minus(self, low: Self) -> f64 {
        match (low, self) {
            (Self::I64(a), Self::I64(b)) => (i128::from(b) - i128::from(a)) as f64,
            (Self::U64(a), Self::U64(b)) => (i128::from(b) - i128::from(a)) as f64,
            _ => self.as_f64() - low.as_f64(),
        }
    }

    /// The number as a double, the nearest one.
    #[must_use]
    #[allow(clippy::cast_precision_loss)] // the nearest is what is asked
    pub fn as_f64(self) -> f64 {
        match self {
            Self::I64(x) => x as f64,
            Self::U64(x) => x as f64,
            Self::F64(x) => x,
        }
    }
}

impl Statistic {
    /// The quantities that this needs.
    #[must_use]
    pub fn quantities(self) -> Vec<Quantity> {
        let with = |v, quantity| vec![Quantity::Count, Quantity::Valid(v), quantity];
        match self {
            Self::Count => vec![Quantity::Count],
            Self::CountValid(v) => vec![Quantity::Count, Quantity::Valid(v)],
            Self::Sum(v) => with(v, Quantity::Sum(v)),
            Self::SumSquares(v) => with(v, Quantity::Squares(v)),
            Self::Min(v) | Self::Max(v) => with(v, Quantity::Extremes(v)),
            Self::Quantile(quantile) => quantile.quantities(),
            Self::First(v, t) => vec![Quantity::Count, self.rows(), Quantity::First(v, t)],
            Self::Last(v, t) => vec![Quantity::Count, self.rows(), Quantity::Last(v, t)],
            _ => self
                .moment()
                .map_or_else(Vec::new, MomentStatistic::quantities),
        }
    }

    /// The positions of the values, each once.
    #[must_use]
    pub fn values(self) -> Vec<usize> {
        match self {
            Self::Quantile(quantile) => quantile.values(),
            Self::Moment(moment) => moment.values(),
            Self::First(v, time) | Self::Last(v, time) if v == time => vec![v],
            Self::First(v, time) | Self::Last(v, time) => vec![v, time],
            _ => self.first_value().into_iter().collect(),
        }
    }

    /// Whether the result is a number of rows.
    pub(crate) fn is_count(self) -> bool {
        matches!(self, Self::Count | Self::CountValid(_))
    }

    /// Whether the result is the value of one row.
    pub(crate) fn is_of_a_row(self) -> bool {
        use Statistic as S;
        matches!(self, S::Min(_) | S::Max(_) | S::First(..) | S::Last(..))
    }

    /// The position of the value whose type is that of extremes; every cell asks, so that
    /// no list is made.
    #[must_use]
    pub fn first_value(self) -> Option<usize> {
        match self {
            Self::Count => None,
            Self::CountValid(v)
            | Self::Sum(v)
            | Self::SumSquares(v)
            | Self::Mean(v)
            | Self::Var(v, _)
            | Self::Std(v, _)
            | Self::Sem(v, _)
            | Self::Min(v)
            | Self::Max(v)
            | Self::First(v, _)
            | Self::Last(v, _) => Some(v),
            Self::Moment(moment) => Some(moment.first),
            Self::Quantile(quantile) => Some(quantile.value),
        }
    }

    /// What counts the rows that the statistic is of.
    #[must_use]
    pub fn rows(self) -> Quantity {
        match self {
            Self::Moment(moment) => moment.rows(),
            Self::First(..) | Self::Last(..) | Self::Quantile(_) => {
                Joint::of(&self.values()).rows()
            }
            _ => self.first_value().map_or(Quantity::Count, Quantity::Valid),
        }
    }

    /// The moments that it comes from, if it does.
    pub(crate) fn moment(self) -> Option<MomentStatistic> {
        Some(match self {
            Self::Mean(v) => MomentStatistic::of(Measure::Mean, v, 0),
            Self::Var(v, ddof) => MomentStatistic::of(Measure::Var, v, ddof),
            Self::Std(v, ddof) => MomentStatistic::of(Measure::Std, v, ddof),
            Self::Sem(v, ddof) => MomentStatistic::of(Measure::Sem, v, ddof),
            Self::Moment(moment) => moment,
            _ => return None,
        })
    }

    /// The type of the result for values of type `value`.
    #[must_use]
    pub fn result_type(self, value: Option<DataType>) -> DataType {
        use Statistic as S;
        match (self, value) {
            (S::Sum(_), Some(DataType::I64)) => DataType::I64,
            (S::Count | S::CountValid(_), _)
            // Squares are not below zero.
            | (S::SumSquares(_), Some(DataType::I64 | DataType::U64 | DataType::Bool))
            | (S::Sum(_), Some(DataType::U64 | DataType::Bool)) => DataType::U64,
            (S::Min(_) | S::Max(_) | S::First(..) | S::Last(..), Some(value)) => match value {
                DataType::Bool => DataType::U64,
                DataType::I64 | DataType::U64 | DataType::Datetime => value,
                _ => DataType::F64,
            },
            _ => DataType::F64,
        }
    }

    /// The statistic of one cell.
    ///
    /// `content` gives the cell's content of a quantity; `integer` is the type of the
    /// result ([`Statistic::result_type`]). Empty cells are NaN, their counts and sums
    /// 0, their extremes of integers 0 and of datetimes [`NAT`]. A sum of integers that the result's type does
    /// not hold is returned as the nearest double. Quantiles are NaN here: they come from
    /// a search ([`crate::histogram::Histogram::set_quantiles`]).
    #[must_use]
    pub fn round(
        self,
        rule: NanRule,
        result: DataType,
        content: &dyn Fn(Quantity) -> Content,
    ) -> Number {
        let count = |q| match content(q) {
            Content::Count(n) => n,
            _ => 0,
        };
        let valid = count(self.rows());
        if self.is_count() {
            return Number::U64(valid);
        }
        if rule == NanRule::Propagate && valid < count(Quantity::Count) {
            return match result {
                DataType::Datetime => Number::I64(NAT),
                _ => Number::F64(f64::NAN),
            };
        }
        let sum = |q| match content(q) {
            Content::Sum(exact) => round_sum(&exact, result),
            _ => round_sum(&Exact::ZERO, result),
        };
        match self {
            Self::Sum(v) => sum(Quantity::Sum(v)),
            Self::SumSquares(v) => sum(Quantity::Squares(v)),
            Self::Min(v) => extreme(&content(Quantity::Extremes(v)), result, true),
            Self::Max(v) => extreme(&content(Quantity::Extremes(v)), result, false),
            Self::First(v, time) => chosen(&content(Quantity::First(v, time)), result),
            Self::Last(v, time) => chosen(&content(Quantity::Last(v, time)), result),
            _ => Number::F64(self.moment().map_or(f64::NAN, |m| m.round(content))),
        }
    }
}

fn round_sum(sum: &Exact, result: DataType) -> Number {
    if let Some(x) = sum.infinite() {
        return Number::F64(x);
    }
    // An integer sum in lowest terms has an exponent of zero or more; the odd factor of
    // one that fits 64 bits has less than 65, its exponent is below 64.
    let integer = || {
        let odd = sum
            .integer
            .small()
            .filter(|n| n.unsigned_abs() >> 64 == 0)?;
        Some(odd << u32::try_from(sum.exponent).ok().filter(|&e| e < 64)?)
    };
    let fitting = match result {
        DataType::I64 => integer()
            .and_then(|n| i64::try_from(n).ok())
            .map(Number::I64),
        DataType::U64 => integer()
            .and_then(|n| u64::try_from(n).ok())
            .map(Number::U64),
        _ => None,
    };
    let nearest = || round::quotient(&sum.integer, 1, sum.exponent.into());
    fitting.unwrap_or_else(|| Number::F64(nearest()))
}

fn extreme(content: &Content, result: DataType, low: bool) -> Number {
    let pick = |a, b| if low { a } else { b };
    match content {
        Content::Extremes(Some(Extremes::I64(a, b))) => pick(Number::I64(*a), Number::I64(*b)),
        Content::Extremes(Some(Extremes::U64(a, b))) => pick(Number::U64(*a), Number::U64(*b)),
        Content::Extremes(Some(Extremes::F64(a, b))) => pick(Number::F64(*a), Number::F64(*b)),
        _ => empty(result),
    }
}

fn chosen(content: &Content, result: DataType) -> Number {
    match content {
        Content::Chosen(Some((_, value))) => order::number(*value, result),
        _ => empty(result),
    }
}

/// The value of a cell that has none.
fn empty(result: DataType) -> Number {
    match result {
        DataType::I64 => Number::I64(0),
        DataType::U64 => Number::U64(0),
        DataType::Datetime => Number::I64(NAT),
        _ => Number::F64(f64::NAN),
    }
}
