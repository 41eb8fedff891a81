//! From a request to an axis: at once, or by a rule for the data's range.

use serde::{Deserialize, Serialize};
use terabin_core::axis::{Axis, AxisError, Category, Circular, Integer, Log, Regular, Variable};
use terabin_core::batch::DataType;
use terabin_core::state::{Content, FiniteRange};
use terabin_core::statistic::Number;

use crate::axis_request::{AxisKind, AxisRequest, Limits};
use crate::error::{Error, Result};
use crate::memory_plan::refuse_huge;

/// How an axis comes from the range of its data.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum AxisRule {
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
}

/// An axis, or the rule that will make it.
pub(crate) enum AxisNeed {
    Known(Axis),
    Range(AxisRule),
}

/// What a request means for an expression of type `data_type`.
///
/// # Errors
/// Everything that is wrong with the axis and does not depend on the data.
pub(crate) fn axis_need(
    request: &AxisRequest,
    data_type: DataType,
    bins: u64,
    range: Option<Limits>,
) -> Result<AxisNeed> {
    need(&request.kind, data_type, bins, range)
        .map_err(|error| Error::request(format!("--by '{request}': {error}")))
}

fn need(
    kind: &AxisKind,
    data_type: DataType,
    default_bins: u64,
    default_range: Option<Limits>,
) -> Result<AxisNeed> {
    let bins = |own: &Option<u64>| own.unwrap_or(default_bins);
    let limits = |own: &Option<Limits>| own.or(default_range);
    Ok(match kind {
        AxisKind::Equal {
            bins: None,
            range: None,
        } if data_type == DataType::Bool => AxisNeed::Known(Axis::Category(Category::boolean())),
        AxisKind::Equal { bins: own, range } => match limits(range) {
            Some(l) => known(Regular::new(bins(own), l.low, l.high).map(Axis::Regular))?,
            None => AxisNeed::Range(AxisRule::Equal { bins: bins(own) }),
        },
        AxisKind::Log { bins: own, range } => match limits(range) {
            Some(l) => known(Log::new(bins(own), l.low, l.high).map(Axis::Log))?,
            None => AxisNeed::Range(AxisRule::Log { bins: bins(own) }),
        },
        AxisKind::Step { step, range } => {
            // Without limits only the step itself is checked here.
            let given = limits(range);
            let over = given.unwrap_or(Limits {
                low: 0.0,
                high: *step,
            });
            let axis = known(Variable::steps(*step, over.low, over.high).map(Axis::Variable))?;
            let step = step.to_bits();
            given.map_or(AxisNeed::Range(AxisRule::Step { step }), |_| axis)
        }
        AxisKind::Edges(list) => known(Variable::new(list.read()?).map(Axis::Variable))?,
        AxisKind::Int { range } => match limits(range) {
            Some(l) => known(Integer::from_limits(l.low, l.high).map(Axis::Integer))?,
            None => AxisNeed::Range(AxisRule::Int),
        },
        AxisKind::Circular { bins: own, range } => match limits(range) {
            Some(l) => known(Circular::new(bins(own), l.low, l.high).map(Axis::Circular))?,
            None => {
                return Err(Error::request(
                    "a circular axis needs its period, as in phi:circular:36:0..2*pi",
                ));
            }
        },
    })
}

fn known(axis: std::result::Result<Axis, AxisError>) -> Result<AxisNeed> {
    axis.map(AxisNeed::Known)
        .map_err(|e| Error::request(e.to_string()))
}

impl AxisRule {
    /// The axis over the finite range of the data; over 0..1 if there are no rows.
    ///
    /// # Errors
    /// Rows without a finite value, ranges that make no axis, or one beyond the memory.
    pub(crate) fn resolve(
        self,
        name: &str,
        range: Option<&Content>,
        rows: u64,
        memory: u64,
    ) -> Result<Axis> {
        refuse_huge(self.bins_over(range), memory)?;
        let found = match range {
            Some(Content::FiniteRange(found)) => *found,
            _ => None,
        };
        let range = match found {
            Some(range) if !(self.is_log() && range.min_positive.is_infinite()) => range,
            _ if rows == 0 => NO_ROWS,
            _ => {
                let kind = if self.is_log() {
                    "positive finite"
                } else {
                    "finite"
                };
                return Err(Error::request(format!(
                    "{name} has no {kind} value in {rows} rows: give the axis a range, as in --by {name}:10:0..1, or name other columns with --by"
                )));
            }
        };
        self.over(range).map_err(|error| {
            Error::request(format!(
                "the data's range {}..{} makes no axis for {name}: {error}",
                Number::F64(range.min),
                Number::F64(range.max)
            ))
        })
    }

    /// An axis of as many bins as the rule will make, if that is known; else of one.
    pub(crate) fn stand_in(self, name: &str) -> Result<Axis> {
        let bins = match self {
            Self::Equal { bins } | Self::Log { bins } => bins,
            Self::Step { .. } | Self::Int => 1,
        };
        Regular::new(bins, 0.0, 1.0)
            .map(Axis::Regular)
            .map_err(|e| Error::request(format!("{name}: {e}")))
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
        }
    }

    fn is_log(self) -> bool {
        matches!(self, Self::Log { .. })
    }

    fn over(self, range: FiniteRange) -> std::result::Result<Axis, AxisError> {
        let FiniteRange { min, max, .. } = range;
        match self {
            Self::Equal { bins } if min == max => {
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
        }
    }
}

/// NumPy's 0.5 around a constant, or as much as bins need that doubles can tell apart.
fn half_width(constant: f64, bins: u64) -> f64 {
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
