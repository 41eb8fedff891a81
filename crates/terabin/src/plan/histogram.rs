//! What a plan holds of its histograms.

use serde::{Deserialize, Serialize};
use terabin_core::axes::MAX_CELLS;
use terabin_core::axis::{Axis, Convention};
use terabin_core::batch::DataType;
use terabin_core::order::QuantileOf;
use terabin_core::statistic::Statistic;

use crate::axis_rule::AxisRule;
use crate::error::{Error, Result};

/// One histogram of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HistogramPlan {
    /// Its name.
    pub name: String,
    /// Its axes.
    pub axes: Vec<AxisPlan>,
    /// Its statistics, the count first.
    pub statistics: Vec<StatisticPlan>,
    /// Underflow and overflow cells.
    pub flow: bool,
    /// Whose rule its axes follow at their edges.
    pub convention: Convention,
    /// The expressions of its values.
    pub values: Vec<usize>,
    /// Whether the run goes on without it where its data make no axis.
    pub optional: bool,
}

/// One axis of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AxisPlan {
    /// Its name.
    pub name: String,
    /// What was asked for, as a text that reads back.
    pub request: String,
    /// The number of its expression.
    pub expression: usize,
    /// `long_name` or the name.
    pub label: String,
    /// `units` of a bare column; nanoseconds of datetimes.
    pub units: Option<String>,
    /// The type of what is binned.
    pub data_type: DataType,
    /// The axis, once it is known.
    pub axis: Option<Axis>,
    /// How the axis comes from the data's range, until then.
    pub rule: Option<AxisRule>,
}

impl AxisPlan {
    /// Whether the edges are datetimes: not on a circle, whose edges are a time of the
    /// day or week.
    pub(crate) fn is_time(&self) -> bool {
        let circular = matches!(self.axis, Some(Axis::Circular(_)));
        self.data_type == DataType::Datetime && !circular
    }
}

/// One statistic of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatisticPlan {
    /// Its name in results.
    pub name: String,
    /// What was asked for.
    pub request: String,
    /// What it is.
    pub statistic: Statistic,
    /// `long_name` or the text of the value.
    pub label: String,
    /// `units` of the values, where the statistic has the same.
    pub units: Option<String>,
}

impl HistogramPlan {
    /// The medians and quantiles.
    pub(super) fn quantiles(&self) -> impl Iterator<Item = QuantileOf> {
        self.statistics.iter().filter_map(|s| match s.statistic {
            Statistic::Quantile(of) => Some(of),
            _ => None,
        })
    }

    /// The expressions of the axes and of the values.
    pub(super) fn expressions(&self) -> impl Iterator<Item = usize> {
        let axes = self.axes.iter().map(|a| a.expression);
        axes.chain(self.values.iter().copied())
    }

    /// The expressions of the axes and of the values with quantiles.
    pub(super) fn searched_expressions(&self) -> Vec<usize> {
        let values = self.quantiles().flat_map(QuantileOf::values);
        let values = values.filter_map(|v| self.values.get(v));
        let axes = self.axes.iter().map(|a| &a.expression);
        axes.chain(values).copied().collect()
    }

    /// The same with the axes known that `make` gives of those that wait for the data.
    pub(super) fn with_axes(
        &self,
        make: &mut dyn FnMut(&AxisPlan, AxisRule) -> Result<Option<Axis>>,
    ) -> Result<Self> {
        let mut known = self.clone();
        for axis in &mut known.axes {
            let Some(rule) = axis.rule else { continue };
            if let Some(made) = make(axis, rule)? {
                axis.axis = Some(made.with_convention(self.convention));
                axis.rule = None;
            }
        }
        Ok(known)
    }
}

pub(super) fn too_many_cells(name: &str, axes: &[Axis], flow: bool) -> Error {
    let extent = |axis: &Axis| axis.bins() + if flow && axis.has_flow() { 2 } else { 0 };
    let bins: Vec<String> = axes.iter().map(|a| extent(a).to_string()).collect();
    Error::request(format!(
        "{name}: {} bins are more than the {MAX_CELLS} cells that one histogram has at most: take fewer bins or axes",
        bins.join(" x ")
    ))
}
