//! The functions of `--stat`.

use terabin_core::moment_statistic::{Measure, MomentStatistic};
use terabin_core::order::{Level, QuantileOf};
use terabin_core::statistic::Statistic;

use crate::error::{Error, Result};

/// A function of the values of a bin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Function {
    /// Rows, or values that are not NaN.
    Count,
    /// Sum.
    Sum,
    /// Mean.
    Mean,
    /// Variance.
    Var {
        /// What is taken off the count in the denominator.
        ddof: u32,
    },
    /// Standard deviation.
    Std {
        /// As for the variance.
        ddof: u32,
    },
    /// Standard error of the mean.
    Sem {
        /// As for the variance.
        ddof: u32,
    },
    /// Smallest value.
    Min,
    /// Largest value.
    Max,
    /// Covariance of two values.
    Cov {
        /// As for the variance; 1 unless given, as in `numpy.cov`.
        ddof: u32,
    },
    /// Pearson's correlation of two values.
    Corr,
    /// Sum of weights.
    SumWeights,
    /// Sum of squared weights.
    SumSquaredWeights,
    /// Median.
    Median,
    /// The value with the smallest time.
    First,
    /// The value with the largest time.
    Last,
    /// Quantile.
    Quantile(Level),
    /// The quantile of a hundredth of the level, from 0 to 100.
    Percentile(f64),
}

/// Every function with the `ddof` that it has unless another is given.
const ALL: [Function; 15] = [
    Function::Count,
    Function::Sum,
    Function::Mean,
    Function::Var { ddof: 0 },
    Function::Std { ddof: 0 },
    Function::Sem { ddof: 1 },
    Function::Min,
    Function::Max,
    Function::Cov { ddof: 1 },
    Function::Corr,
    Function::SumWeights,
    Function::SumSquaredWeights,
    Function::Median,
    Function::First,
    Function::Last,
];

/// The functions that take a level behind the value, and what it is divided by.
const OF_A_LEVEL: [(&str, f64); 2] = [("quantile", 1.0), ("percentile", 100.0)];

impl Function {
    /// The statistic of the values at these positions: one, or two of functions that take
    /// two, or none, which counts rows.
    #[must_use]
    pub fn of(self, values: &[usize], weights: Option<usize>) -> Statistic {
        let Some(&first) = values.first() else {
            return Statistic::Count;
        };
        let second = values.get(1).copied().unwrap_or(first);
        let moment = |measure, ddof| {
            Statistic::Moment(MomentStatistic {
                measure,
                first,
                second,
                weights,
                ddof,
            })
        };
        let quantile = |level| {
            Statistic::Quantile(QuantileOf {
                value: first,
                weights,
                level,
            })
        };
        match self {
            Self::Count => Statistic::CountValid(first),
            Self::Sum | Self::SumWeights => Statistic::Sum(first),
            Self::SumSquaredWeights => Statistic::SumSquares(first),
            Self::Min => Statistic::Min(first),
            Self::Max => Statistic::Max(first),
            Self::Mean if weights.is_none() => Statistic::Mean(first),
            Self::Var { ddof } if weights.is_none() => Statistic::Var(first, ddof),
            Self::Std { ddof } if weights.is_none() => Statistic::Std(first, ddof),
            Self::Sem { ddof } if weights.is_none() => Statistic::Sem(first, ddof),
            Self::Mean => moment(Measure::Mean, 0),
            Self::Var { ddof } => moment(Measure::Var, ddof),
            Self::Std { ddof } => moment(Measure::Std, ddof),
            Self::Sem { ddof } => moment(Measure::Sem, ddof),
            Self::Cov { ddof } => moment(Measure::Cov, ddof),
            Self::Corr => moment(Measure::Corr, 0),
            Self::First => Statistic::First(first, second),
            Self::Last => Statistic::Last(first, second),
            Self::Median if weights.is_none() => quantile(Level::MEDIAN),
            Self::Median => quantile(Level::HALF),
            Self::Quantile(level) => quantile(level),
            // Others are not made by `of_level`.
            Self::Percentile(percent) => {
                quantile(Level::quantile(percent / 100.0).unwrap_or(Level::HALF))
            }
        }
    }

    /// The function of this name.
    ///
    /// # Errors
    /// A name that no function has, a `ddof` for one that takes none.
    pub(crate) fn named(name: &str, ddof: Option<u32>) -> Result<Self> {
        let mut all = ALL.into_iter();
        let found = all
            .find(|f| f.name() == name)
            .ok_or_else(|| unknown(name))?;
        match (ddof, found.ddof()) {
            (None, _) => Ok(found),
            (Some(_), None) => Err(Error::request(format!("{name} takes no ddof"))),
            (Some(ddof), Some(_)) => Ok(match found {
                Self::Var { .. } => Self::Var { ddof },
                Self::Std { .. } => Self::Std { ddof },
                Self::Sem { .. } => Self::Sem { ddof },
                _ => Self::Cov { ddof },
            }),
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Sum => "sum",
            Self::Mean => "mean",
            Self::Var { .. } => "var",
            Self::Std { .. } => "std",
            Self::Sem { .. } => "sem",
            Self::Min => "min",
            Self::Max => "max",
            Self::Cov { .. } => "cov",
            Self::Corr => "corr",
            Self::SumWeights => "sumw",
            Self::SumSquaredWeights => "sumw2",
            Self::Median => "median",
            Self::First => "first",
            Self::Last => "last",
            Self::Quantile(_) => "quantile",
            Self::Percentile(_) => "percentile",
        }
    }

    /// The arguments behind the values that are not what they are unless given.
    pub(crate) fn arguments(self) -> Vec<String> {
        match self {
            Self::Quantile(level) => return vec![level.level().to_string()],
            Self::Percentile(percent) => return vec![percent.to_string()],
            _ => {}
        }
        let usual = ALL.into_iter().any(|f| f == self);
        let ddof = self.ddof().filter(|_| !usual);
        ddof.into_iter()
            .map(|ddof| format!("ddof={ddof}"))
            .collect()
    }

    /// The quantile that `quantile(v, 0.9)` or `percentile(v, 90)` asks for; None of other
    /// names.
    ///
    /// # Errors
    /// A level that is none.
    pub(crate) fn of_level(name: &str, level: Option<&str>) -> Option<Result<Self>> {
        let (_, whole) = OF_A_LEVEL.into_iter().find(|(n, _)| *n == name)?;
        let wrong = |text: &str| {
            Error::request(format!(
                "`{text}` is no level of {name}: take a number from 0 to {whole}"
            ))
        };
        let Some(text) = level else {
            let example = 0.9 * whole;
            return Some(Err(Error::request(format!(
                "{name} takes a value and a level: write {name}(column, {example})"
            ))));
        };
        let number = terabin_expr::parse(text)
            .ok()
            .and_then(|e| e.constant().ok());
        let found = number.and_then(|x| {
            let level = Level::quantile(x / whole)?;
            Some(match name {
                "percentile" => Self::Percentile(x + 0.0),
                _ => Self::Quantile(level),
            })
        });
        Some(found.ok_or_else(|| wrong(text)))
    }

    /// How many values it takes.
    pub(crate) fn arity(self) -> usize {
        match self {
            Self::Cov { .. } | Self::Corr | Self::First | Self::Last => 2,
            _ => 1,
        }
    }

    /// Whether rows may be weighted.
    pub(crate) fn takes_weights(self) -> bool {
        use Function as F;
        matches!(
            self,
            F::Mean
                | F::Var { .. }
                | F::Std { .. }
                | F::Sem { .. }
                | F::Cov { .. }
                | F::Corr
                | F::Median
                | F::Quantile(_)
                | F::Percentile(_)
        )
    }

    /// Whether the result has the units of the value.
    pub(crate) fn keeps_units(self) -> bool {
        use Function as F;
        !matches!(
            self,
            F::Count | F::Var { .. } | F::Cov { .. } | F::Corr | F::SumSquaredWeights
        )
    }

    fn ddof(self) -> Option<u32> {
        match self {
            Self::Var { ddof } | Self::Std { ddof } | Self::Sem { ddof } | Self::Cov { ddof } => {
                Some(ddof)
            }
            _ => None,
        }
    }
}

fn unknown(name: &str) -> Error {
    let of_a_level = OF_A_LEVEL.into_iter().map(|(name, _)| name);
    let names: Vec<_> = ALL.iter().map(|f| f.name()).chain(of_a_level).collect();
    let near = names
        .iter()
        .find(|n| strsim::damerau_levenshtein(n, name) <= 2)
        .map(|n| format!("; did you mean {n}?"));
    Error::request(format!(
        "unknown statistic `{name}`{}; there are {}",
        near.unwrap_or_default(),
        names.join(", ")
    ))
}
