//! From a request to an axis: at once, or by a rule for the data's range.

use serde::{Deserialize, Serialize};
use terabin_core::axis::{Axis, AxisError, Category, Circular, Integer, Log, Regular, Variable};
use terabin_core::batch::DataType;
use terabin_core::categories::{Categories, Excess};
use terabin_core::state::{Content, FiniteRange, Quantity};
use terabin_core::statistic::Number;

use crate::axis_request::{AxisKind, AxisRequest};
use crate::datetime;
use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::memory_plan::refuse_huge;
use crate::plan::AxisPlan;

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
    /// One bin per value.
    Cat,
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
    check_type(&request.kind, data_type, range)
        .and_then(|()| need(&request.kind, data_type, bins, range))
        .map_err(|error| Error::request(format!("--by '{request}': {error}")))
}

/// Refuses kinds of axes that values of a type have no places on.
fn check_type(kind: &AxisKind, data_type: DataType, default_range: Option<Limits>) -> Result<()> {
    let dates = |range: &Option<Limits>| range.or(default_range).is_some_and(|l| l.dates);
    let with_dates = match kind {
        AxisKind::Equal { range, .. }
        | AxisKind::Log { range, .. }
        | AxisKind::Step { range, .. }
        | AxisKind::Int { range }
        | AxisKind::Circular { range, .. } => dates(range),
        AxisKind::Edges(_) | AxisKind::Cat { .. } => false,
    };
    let wrong = |reason: &str| Err(Error::request(format!("it is {data_type}: {reason}")));
    match (data_type, kind) {
        (DataType::Text, AxisKind::Cat { .. }) => Ok(()),
        (DataType::Text, kind) if is_bare(kind) => Ok(()),
        (DataType::Text, _) => wrong("texts have no order; take a bin per text, as in kind:cat"),
        (DataType::F32 | DataType::F64 | DataType::Datetime, AxisKind::Cat { .. }) => {
            wrong("categories are texts, integers or truth values")
        }
        (
            DataType::Bool,
            AxisKind::Cat {
                categories: Some(_),
            },
        ) => wrong("its categories are false and true; write :cat alone"),
        (DataType::Datetime, AxisKind::Step { of_time: false, .. }) => {
            wrong("the width needs a unit (ns, us, ms, s, min, h, d, w), as in t:step:15min")
        }
        (DataType::Datetime, _) => Ok(()),
        (_, AxisKind::Step { of_time: true, .. }) => {
            wrong("only datetimes have widths with a unit of time")
        }
        _ if with_dates => wrong("only datetimes have dates as limits"),
        _ => Ok(()),
    }
}

/// Whether nothing is said but what is binned.
fn is_bare(kind: &AxisKind) -> bool {
    let bare = AxisKind::Equal {
        bins: None,
        range: None,
    };
    *kind == bare
}

fn need(
    kind: &AxisKind,
    data_type: DataType,
    default_bins: u64,
    default_range: Option<Limits>,
) -> Result<AxisNeed> {
    let bins = |own: &Option<u64>| own.unwrap_or(default_bins);
    let limits = |own: &Option<Limits>| own.or(default_range);
    if data_type == DataType::Bool && (is_bare(kind) || is_cat(kind)) {
        return Ok(AxisNeed::Known(Axis::Category(Category::boolean())));
    }
    if data_type == DataType::Text && is_bare(kind) {
        return Ok(AxisNeed::Range(AxisRule::Cat));
    }
    Ok(match kind {
        AxisKind::Cat { categories: None } => AxisNeed::Range(AxisRule::Cat),
        AxisKind::Cat {
            categories: Some(list),
        } => known(Category::new(given_categories(list, data_type)?).map(Axis::Category))?,
        AxisKind::Equal { bins: own, range } => match limits(range) {
            Some(l) => known(Regular::new(bins(own), l.low, l.high).map(Axis::Regular))?,
            None => AxisNeed::Range(AxisRule::Equal { bins: bins(own) }),
        },
        AxisKind::Log { bins: own, range } => match limits(range) {
            Some(l) => known(Log::new(bins(own), l.low, l.high).map(Axis::Log))?,
            None => AxisNeed::Range(AxisRule::Log { bins: bins(own) }),
        },
        AxisKind::Step { step, range, .. } => {
            // Without limits only the step itself is checked here.
            let given = limits(range);
            let (low, high) = given.map_or((0.0, *step), |l| (l.low, l.high));
            let axis = known(Variable::steps(*step, low, high).map(Axis::Variable))?;
            let step = step.to_bits();
            given.map_or(AxisNeed::Range(AxisRule::Step { step }), |_| axis)
        }
        AxisKind::Edges(list) => {
            let places = list.read()?;
            if places.dates && data_type != DataType::Datetime {
                return Err(Error::request(format!(
                    "it is {data_type}: only datetimes have dates as edges"
                )));
            }
            known(Variable::new(places.values).map(Axis::Variable))?
        }
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

fn is_cat(kind: &AxisKind) -> bool {
    matches!(kind, AxisKind::Cat { .. })
}

/// Categories of the column's type.
fn given_categories(list: &[String], data_type: DataType) -> Result<Categories> {
    fn integers<T: std::str::FromStr>(list: &[String], data_type: DataType) -> Result<Vec<T>> {
        let integer = |text: &String| {
            let wrong = || Error::request(format!("`{text}` is not a value of {data_type}"));
            text.trim().parse().map_err(|_| wrong())
        };
        list.iter().map(integer).collect()
    }
    Ok(match data_type {
        DataType::I64 => Categories::I64(integers(list, data_type)?),
        DataType::U64 => Categories::U64(integers(list, data_type)?),
        _ => Categories::Texts(list.iter().map(|text| text.as_bytes().to_vec()).collect()),
    })
}

fn known(axis: std::result::Result<Axis, AxisError>) -> Result<AxisNeed> {
    axis.map(AxisNeed::Known)
        .map_err(|e| Error::request(e.to_string()))
}

impl AxisRule {
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
        let dates = plan.data_type == DataType::Datetime;
        self.over(range, dates).map_err(|error| {
            let text = |x: f64| {
                if dates {
                    datetime::edge_text(x)
                } else {
                    Number::F64(x).to_string()
                }
            };
            Error::request(format!(
                "the data's range {}..{} makes no axis for {name}: {error}",
                text(range.min),
                text(range.max)
            ))
        })
    }

    /// An axis of as many bins as the rule will make, if that is known; else of one.
    pub(crate) fn stand_in(self, name: &str) -> Result<Axis> {
        let bins = match self {
            Self::Equal { bins } | Self::Log { bins } => bins,
            Self::Step { .. } | Self::Int | Self::Cat => 1,
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

/// The error of values that make no categories.
pub(crate) fn too_many(name: &str, excess: Excess) -> Error {
    Error::request(format!(
        "{name} has {excess}: name those that matter, as in {name}:cat:a,b"
    ))
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
