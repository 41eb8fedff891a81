//! From a request to an axis: at once, or by a rule for its data.

use serde::{Deserialize, Serialize};
use terabin_core::axis::{Axis, AxisError, Category, Circular, Integer, Log, Regular, Variable};
use terabin_core::batch::DataType;
use terabin_core::categories::Categories;

use crate::axis_request::{AxisKind, AxisRequest};
use crate::bin_rule::{BinRule, MOST_BINS};
use crate::error::{Error, Result};
use crate::limits::{EdgeList, Limits};
use crate::range_rule::RangeRule;
pub(crate) use crate::range_rule::too_many;
use crate::statistics_rule::StatisticsRule;

/// How an axis comes from its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AxisRule {
    /// From their range or their categories.
    Range(RangeRule),
    /// From statistics of all values.
    Statistics(StatisticsRule),
}

/// An axis, or the rule that will make it.
pub(crate) enum AxisNeed {
    Known(Axis),
    Rule(AxisRule),
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
        | AxisKind::Circular { range, .. }
        | AxisKind::Rule { range, .. }
        | AxisKind::Quantile { range, .. } => dates(range),
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
        (
            DataType::Datetime | DataType::Bool,
            AxisKind::Rule { .. } | AxisKind::Quantile { .. },
        ) => wrong("rules and quantiles are for the bins of numbers"),
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
        return Ok(by_range(RangeRule::Cat));
    }
    Ok(match kind {
        AxisKind::Cat { categories: None } => by_range(RangeRule::Cat),
        AxisKind::Cat {
            categories: Some(list),
        } => known(Category::new(given_categories(list, data_type)?).map(Axis::Category))?,
        AxisKind::Equal { bins: own, range } => match limits(range) {
            Some(l) => known(Regular::new(bins(own), l.low, l.high).map(Axis::Regular))?,
            None => by_range(RangeRule::Equal { bins: bins(own) }),
        },
        AxisKind::Log { bins: own, range } => match limits(range) {
            Some(l) => known(Log::new(bins(own), l.low, l.high).map(Axis::Log))?,
            None => by_range(RangeRule::Log { bins: bins(own) }),
        },
        AxisKind::Step { step, range, .. } => steps(*step, limits(range))?,
        AxisKind::Edges(list) => edges(list, data_type)?,
        AxisKind::Int { range } => match limits(range) {
            Some(l) => known(Integer::from_limits(l.low, l.high).map(Axis::Integer))?,
            None => by_range(RangeRule::Int),
        },
        AxisKind::Rule { rule, range } => statistics(*rule, limits(range))?,
        AxisKind::Quantile { bins: own, range } => {
            statistics(quantiles(bins(own))?, limits(range))?
        }
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

/// Without limits only the step itself is checked here.
fn steps(step: f64, given: Option<Limits>) -> Result<AxisNeed> {
    let (low, high) = given.map_or((0.0, step), |l| (l.low, l.high));
    let axis = known(Variable::steps(step, low, high).map(Axis::Variable))?;
    let step = step.to_bits();
    Ok(given.map_or(by_range(RangeRule::Step { step }), |_| axis))
}

fn edges(list: &EdgeList, data_type: DataType) -> Result<AxisNeed> {
    let places = list.read()?;
    if places.dates && data_type != DataType::Datetime {
        return Err(Error::request(format!(
            "it is {data_type}: only datetimes have dates as edges"
        )));
    }
    known(Variable::new(places.values).map(Axis::Variable))
}

fn quantiles(bins: u64) -> Result<BinRule> {
    if bins > MOST_BINS {
        return Err(Error::request(format!(
            "{bins} quantiles: take {MOST_BINS} at most"
        )));
    }
    Ok(BinRule::Quantiles { bins })
}

fn by_range(rule: RangeRule) -> AxisNeed {
    AxisNeed::Rule(AxisRule::Range(rule))
}

/// A rule over the values within limits, which are checked here.
fn statistics(rule: BinRule, limits: Option<Limits>) -> Result<AxisNeed> {
    if let Some(l) = limits {
        known(Regular::new(1, l.low, l.high).map(Axis::Regular))?;
    }
    let limits = limits.map(|l| [l.low.to_bits(), l.high.to_bits()]);
    let rule = StatisticsRule { rule, limits };
    Ok(AxisNeed::Rule(AxisRule::Statistics(rule)))
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
    /// An axis of as many bins as the rule will make, if that is known; else of one.
    pub(crate) fn stand_in(self, name: &str) -> Result<Axis> {
        let bins = match self {
            Self::Range(rule) => rule.bins_known(),
            Self::Statistics(rule) => rule.bins_known(),
        };
        Regular::new(bins.unwrap_or(1), 0.0, 1.0)
            .map(Axis::Regular)
            .map_err(|e| Error::request(format!("{name}: {e}")))
    }
}
