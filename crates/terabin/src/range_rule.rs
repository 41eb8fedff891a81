//! Axes over the range that a survey finds, or over its categories.

use serde::{Deserialize, Serialize};
use terabin_core::axis::{Axis, AxisError, Category, Integer, Log, Regular, Variable};
use terabin_core::batch::DataType;
use terabin_core::categories::{Categories, Excess};
use terabin_core::state::{Content, FiniteRange, Quantity};
use terabin_core::statistic::Number;

use crate::datetime;
use crate::error::{Error, Result};
use crate::memory_plan::refuse_huge;
use crate::plan::AxisPlan;

/// How an axis comes from the range of its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RangeRule {
    /// Equal bins over the finite values; half a unit either side of a constant.
    Equal {
        /// Number of bins.
        bins: u64,
    },
    /// Bins of equal ratio over the finite values above zero; a factor of two either
    /// side of a constant.
    Log {
        /// Number of bins.
        bins: u64,
    },
    /// Bins of a width, as its bits, that start at a multiple of it.
    Step {
        /// The bits of the width.
        step: u64,
    },
    /// One bin per integer.
    Int,
    /// One bin per value.
    Cat,
}

impl RangeRule {
    /// What the survey collects of the value at position `value`.
    pub(crate) fn quantity(self, value: usize) -> Quantity {
        match self {
            Self::Cat => Quantity::Categories(value),
            _ => Quantity::FiniteRange(value),
        }
    }

    /// The axis over what a survey of `rows` rows found: the finite range of the data,
    /// 0..1 if there are no rows; or the categories.
    ///
    /// # Errors
    /// Rows without a finite value, ranges that make no axis, too many categories, or an
    /// axis beyond the memory.
    pub(crate) fn resolve(
        self,
        plan: &AxisPlan,
        range: Option<&Content>,
        rows: u64,
        memory: u64,
    ) -> Result<Axis> {
        refuse_huge(self.bins_over(range), memory)?;
        let name = &plan.name;
        if let Some(Content::Categories(found)) = range {
            let found = found.clone().map_err(|e| too_many(name, e))?;
            return of_categories(found, plan.data_type)
                .map_err(|e| Error::request(format!("{name}: {e}")));
        }
        let found = match range {
            Some(Content::FiniteRange(found)) => *found,
            _ => None,
        };
        let range = match found {
            Some(range) if !(self.is_log() && range.min_positive.is_infinite()) => range,
            _ if rows == 0 => NO_ROWS,
            _ => {
                let positive = if self.is_log() { "positive " } else { "" };
                return Err(no_value(name, positive, rows));
            }
        };
        let dates = plan.data_type == DataType::Datetime;
        self.over(range, dates).map_err(|error| {
            let text = |x: f64| {
                if dates {
                    datetime::edge_text(x)
                } else {
                    Number::F64(x).to_string()
                }
            };
            no_axis(name, &text(range.min), &text(range.max), &error)
        })
    }

    /// How many bins the rule will make, if that is known.
    pub(crate) fn bins_known(self) -> Option<u64> {
        match self {
            Self::Equal { bins } | Self::Log { bins } => Some(bins),
            Self::Step { .. } | Self::Int | Self::Cat => None,
        }
    }

    /// About how many bins this makes over a range.
    fn bins_over(self, range: Option<&Content>) -> u64 {
        let width = match range {
            Some(Content::FiniteRange(Some(found))) => found.max - found.min,
            _ => 0.0,
        };
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates
        match self {
            Self::Equal { bins } | Self::Log { bins } => bins,
            Self::Step { step } => (width / f64::from_bits(step)) as u64,
            Self::Int => width as u64,
            Self::Cat => match range {
                Some(Content::Categories(Ok(found))) => found.len() as u64,
                _ => 0,
            },
        }
    }

    fn is_log(self) -> bool {
        matches!(self, Self::Log { .. })
    }

    fn over(self, range: FiniteRange, dates: bool) -> std::result::Result<Axis, AxisError> {
        let FiniteRange { min, max, .. } = range;
        // One time lies between two doubles.
        let constant = min == max || dates && max == min.next_up();
        match self {
            Self::Equal { bins } if constant => {
                let half = half_width(min, bins);
                Regular::new(bins, min - half, max + half).map(Axis::Regular)
            }
            Self::Equal { bins } => Regular::new(bins, min, max).map(Axis::Regular),
            Self::Log { bins } if range.min_positive == max => {
                Log::new(bins, max / 2.0, max * 2.0).map(Axis::Log)
            }
            Self::Log { bins } => Log::new(bins, range.min_positive, max).map(Axis::Log),
            Self::Step { step } => {
                let step = f64::from_bits(step);
                let low = multiple_at_most(min, step);
                Variable::steps(step, low, max.max(low + step)).map(Axis::Variable)
            }
            Self::Int => Integer::from_limits(min.floor(), max.floor()).map(Axis::Integer),
            Self::Cat => Ok(Axis::Category(Category::new(
                Categories::Texts(Vec::new()),
            )?)),
        }
    }
}

fn of_categories(found: Categories, data_type: DataType) -> std::result::Result<Axis, AxisError> {
    // Nothing has no type.
    let found = match (found.is_empty(), data_type) {
        (true, DataType::I64) => Categories::I64(Vec::new()),
        (true, DataType::U64) => Categories::U64(Vec::new()),
        _ => found,
    };
    Category::new(found).map(Axis::Category)
}

/// The error of a range without values.
pub(crate) fn no_value(name: &str, positive: &str, rows: u64) -> Error {
    Error::request(format!(
        "{name} has no {positive}finite value in {rows} rows: give the axis a range, as in --by {name}:10:0..1, or name other columns with --by"
    ))
}

/// The error of a range that bins do not fit.
pub(crate) fn no_axis(name: &str, low: &str, high: &str, error: &AxisError) -> Error {
    Error::request(format!(
        "the data's range {low}..{high} makes no axis for {name}: {error}"
    ))
}

/// The error of values that make no categories.
pub(crate) fn too_many(name: &str, excess: Excess) -> Error {
    Error::request(format!(
        "{name} has {excess}: name those that matter, as in {name}:cat:a,b"
    ))
}

/// NumPy's 0.5 around a constant, or as much as bins need that doubles can tell apart.
pub(crate) fn half_width(constant: f64, bins: u64) -> f64 {
    let spacing = constant.abs().next_up() - constant.abs();
    #[allow(clippy::cast_precision_loss)] // bins are far below 2^53
    let needed = spacing * bins as f64;
    if needed.is_finite() {
        needed.max(0.5)
    } else {
        0.5
    }
}

/// The largest multiple of `step` that is not above `x`, both as doubles.
fn multiple_at_most(x: f64, step: f64) -> f64 {
    let count = (x / step).floor();
    let multiple = count * step;
    // The product of the right count may round to above x.
    if multiple > x {
        (count - 1.0) * step
    } else {
        multiple
    }
}

/// NumPy's range of nothing.
const NO_ROWS: FiniteRange = FiniteRange {
    min: 0.0,
    min_positive: 1.0,
    max: 1.0,
};
