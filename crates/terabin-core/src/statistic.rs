//! Statistics: which states they need and how those round to a number.

use std::fmt;

use num_bigint::{BigInt, BigUint, Sign};
use serde::{Deserialize, Serialize};

use crate::batch::DataType;
use crate::datetime::NAT;
use crate::exact::{Exact, round};
use crate::state::{Content, Extremes, Quantity};

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
        match self {
            Self::Count => vec![Quantity::Count],
            Self::CountValid(v) => vec![Quantity::Count, Quantity::Valid(v)],
            Self::Sum(v) | Self::Mean(v) => {
                vec![Quantity::Count, Quantity::Valid(v), Quantity::Sum(v)]
            }
            Self::Var(v, _) | Self::Std(v, _) | Self::Sem(v, _) => vec![
                Quantity::Count,
                Quantity::Valid(v),
                Quantity::Sum(v),
                Quantity::Squares(v),
            ],
            Self::Min(v) | Self::Max(v) => {
                vec![Quantity::Count, Quantity::Valid(v), Quantity::Extremes(v)]
            }
        }
    }

    /// The position of the value, if there is one.
    #[must_use]
    pub fn value(self) -> Option<usize> {
        match self {
            Self::Count => None,
            Self::CountValid(v)
            | Self::Sum(v)
            | Self::Mean(v)
            | Self::Var(v, _)
            | Self::Std(v, _)
            | Self::Sem(v, _)
            | Self::Min(v)
            | Self::Max(v) => Some(v),
        }
    }

    /// The type of the result for values of type `value`.
    #[must_use]
    pub fn result_type(self, value: Option<DataType>) -> DataType {
        match (self, value) {
            (Self::Count | Self::CountValid(_), _) => DataType::U64,
            (Self::Sum(_) | Self::Min(_) | Self::Max(_), Some(DataType::I64)) => DataType::I64,
            (Self::Sum(_) | Self::Min(_) | Self::Max(_), Some(DataType::U64 | DataType::Bool)) => {
                DataType::U64
            }
            (Self::Min(_) | Self::Max(_), Some(DataType::Datetime)) => DataType::Datetime,
            _ => DataType::F64,
        }
    }

    /// The statistic of one cell.
    ///
    /// `content` gives the cell's content of a quantity; `integer` is the type of the
    /// result ([`Statistic::result_type`]). Empty cells are NaN, their counts and sums
    /// 0, their extremes of integers 0 and of datetimes [`NAT`]. A sum of integers that the result's type does
    /// not hold is returned as the nearest double.
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
        let Some(v) = self.value() else {
            return Number::U64(count(Quantity::Count));
        };
        let valid = count(Quantity::Valid(v));
        if let Self::CountValid(_) = self {
            return Number::U64(valid);
        }
        if rule == NanRule::Propagate && valid < count(Quantity::Count) {
            return match result {
                DataType::Datetime => Number::I64(NAT),
                _ => Number::F64(f64::NAN),
            };
        }
        let moment = |q| match content(q) {
            Content::Sum(exact) => exact,
            _ => Exact::ZERO,
        };
        let sum = || moment(Quantity::Sum(v));
        let moments = || (sum(), moment(Quantity::Squares(v)));
        match self {
            Self::Sum(_) => round_sum(&sum(), result),
            Self::Mean(_) => Number::F64(mean(&sum(), valid)),
            Self::Var(_, ddof) => Number::F64(spread(&moments(), valid, ddof, Spread::Var)),
            Self::Std(_, ddof) => Number::F64(spread(&moments(), valid, ddof, Spread::Std)),
            Self::Sem(_, ddof) => Number::F64(spread(&moments(), valid, ddof, Spread::Sem)),
            Self::Min(_) => extreme(&content(Quantity::Extremes(v)), result, true),
            _ => extreme(&content(Quantity::Extremes(v)), result, false),
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Spread {
    Var,
    Std,
    Sem,
}

fn round_sum(sum: &Exact, result: DataType) -> Number {
    if let Some(x) = infinite(sum) {
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

fn mean(sum: &Exact, n: u64) -> f64 {
    match infinite(sum) {
        _ if n == 0 => f64::NAN,
        Some(x) => x,
        None => round::quotient(&sum.integer, n, sum.exponent.into()),
    }
}

/// `(n S2 - S1^2) / (n (n - ddof))`, over n again for sem, and its root.
fn spread((sum, squares): &(Exact, Exact), n: u64, ddof: u32, spread: Spread) -> f64 {
    let ddof = u64::from(ddof);
    if n <= ddof || n == 0 || infinite(squares).is_some() {
        return f64::NAN;
    }
    let exponent = squares.exponent.min(2 * sum.exponent);
    let scaled = |x: &BigInt, e: i32| x << (e - exponent).max(0);
    let (s1, s2) = (sum.integer.to_big(), squares.integer.to_big());
    let numerator = scaled(&s2, squares.exponent) * n - scaled(&(&s1 * &s1), 2 * sum.exponent);
    let mut denominator = BigUint::from(n) * (n - ddof);
    if spread == Spread::Sem {
        denominator *= n;
    }
    // Not negative, by Cauchy and Schwarz, as everything is exact.
    let magnitude = match numerator.sign() {
        Sign::Minus => BigUint::ZERO,
        _ => numerator.magnitude().clone(),
    };
    match spread {
        Spread::Var => round::ratio(&magnitude.into(), &denominator, exponent.into()),
        Spread::Std | Spread::Sem => round::sqrt_ratio(&magnitude, &denominator, exponent.into()),
    }
}

fn extreme(content: &Content, result: DataType, low: bool) -> Number {
    let pick = |a, b| if low { a } else { b };
    match content {
        Content::Extremes(Some(Extremes::I64(a, b))) => pick(Number::I64(*a), Number::I64(*b)),
        Content::Extremes(Some(Extremes::U64(a, b))) => pick(Number::U64(*a), Number::U64(*b)),
        Content::Extremes(Some(Extremes::F64(a, b))) => pick(Number::F64(*a), Number::F64(*b)),
        _ => match result {
            DataType::I64 => Number::I64(0),
            DataType::U64 => Number::U64(0),
            DataType::Datetime => Number::I64(NAT),
            _ => Number::F64(f64::NAN),
        },
    }
}

/// The sum where infinities went in.
fn infinite(sum: &Exact) -> Option<f64> {
    match (sum.positive_infinity, sum.negative_infinity) {
        (false, false) => None,
        (true, false) => Some(f64::INFINITY),
        (false, true) => Some(f64::NEG_INFINITY),
        (true, true) => Some(f64::NAN),
    }
}
