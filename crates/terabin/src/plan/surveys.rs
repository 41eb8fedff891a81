//! The passes that axes wait for: ranges and categories, and what rules need to know.

use terabin_core::axes::Axes;
use terabin_core::axis::{Axis, Convention};
use terabin_core::fill::Layout;
use terabin_core::histogram::Histogram;
use terabin_core::state::Quantity;
use terabin_core::statistic::{NanRule, Statistic};

use super::{AxisPlan, HistogramPlan, Partial, PassLimits, Plan, StatisticPlan, Step, place};
use crate::axis_rule::AxisRule;
use crate::error::{Error, Result};
use crate::range_rule::RangeRule;
use crate::statistics_rule::StatisticsRule;

impl Plan {
    /// The plan of what the rules need to know: the statistics of one cell for each
    /// expression and its limits, whatever the rules over them.
    ///
    /// # Errors
    /// Limits that make no bin.
    pub(crate) fn of_rules(&self) -> Result<Option<Box<Self>>> {
        let mut histograms: Vec<HistogramPlan> = Vec::new();
        for (axis, rule) in self.statistics_rules() {
            let made = values_of(axis, rule)?;
            match histograms.iter_mut().find(|h| same_values(h, &made)) {
                Some(known) => known.statistics.extend(made.statistics),
                None => histograms.push(made),
            }
        }
        let of_rules = |histograms| {
            Box::new(Self {
                histograms,
                nan: NanRule::Omit,
                ..self.clone()
            })
        };
        Ok((!histograms.is_empty()).then(|| of_rules(histograms)))
    }

    /// Goes on after a survey.
    pub(super) fn after_survey(
        &self,
        mut partial: Partial,
        filled: Vec<Histogram>,
        limits: PassLimits,
    ) -> Result<Step> {
        let mut next = Self {
            passes_done: self.passes_done + 1,
            ..self.clone()
        };
        if let Some(layout) = self.survey_layout(&self.needed_expressions()) {
            let cells = partial.cells.pop();
            let cells = cells.ok_or_else(|| Error::request("the survey collected nothing"))?;
            next = next.over_ranges(&Histogram::new(layout, cells), limits.memory)?;
        }
        let mut held = Vec::new();
        if let Some(first) = &self.first {
            match first.advance(partial, filled, limits)? {
                Step::Again(first, filled) => (next.first, held) = (Some(Box::new(first)), filled),
                Step::Done(values) => next = next.over_values(first, &values, limits.memory)?,
            }
        }
        if !next.is_survey() {
            next.layouts()?;
        }
        Ok(Step::Again(next, held))
    }

    /// The axes over the ranges and categories that a survey found.
    fn over_ranges(&self, survey: &Histogram, memory: u64) -> Result<Self> {
        let expressions = self.surveyed();
        let rows = survey.rows().in_range;
        self.with_axes(&mut |axis, rule| {
            let AxisRule::Range(rule) = rule else {
                return Ok(None);
            };
            let value = place(axis.expression, &expressions);
            let range = survey.content(rule.quantity(value), 0);
            rule.resolve(axis, range.as_ref(), rows, memory).map(Some)
        })
    }

    /// The axes by rule over `values`, the histograms of the plan `first`.
    fn over_values(&self, first: &Self, values: &[Histogram], memory: u64) -> Result<Self> {
        let mut notes = Vec::new();
        let mut next = self.with_axes(&mut |axis, rule| {
            let AxisRule::Statistics(rule) = rule else {
                return Ok(None);
            };
            let wanted = values_of(axis, rule)?;
            let mut pairs = first.histograms.iter().zip(values);
            let Some((_, of_axis)) = pairs.find(|(h, _)| same_values(h, &wanted)) else {
                return Ok(None);
            };
            let (made, note) = rule.resolve(&axis.name, of_axis, memory)?;
            notes.extend(note.filter(|n| !notes.contains(n)));
            Ok(Some(made))
        })?;
        next.notes.append(&mut notes);
        next.first = None;
        Ok(next)
    }

    /// The plan with the axes that `make` gives; histograms that may be left out are,
    /// where it gives an error.
    fn with_axes(
        &self,
        make: &mut dyn FnMut(&AxisPlan, AxisRule) -> Result<Option<Axis>>,
    ) -> Result<Self> {
        let mut next = Self {
            histograms: Vec::new(),
            ..self.clone()
        };
        let mut refused = None;
        for histogram in &self.histograms {
            match histogram.with_axes(make) {
                Ok(histogram) => next.histograms.push(histogram),
                Err(error) if histogram.optional => {
                    next.notes.push(format!("left out: {error}"));
                    refused = Some(error);
                }
                Err(error) => return Err(error),
            }
        }
        match refused {
            Some(error) if next.histograms.is_empty() => Err(error),
            _ => Ok(next),
        }
    }

    fn rules(&self) -> impl Iterator<Item = (&AxisPlan, AxisRule)> {
        let axes = self.histograms.iter().flat_map(|h| &h.axes);
        axes.filter_map(|a| Some((a, a.rule?)))
    }

    /// The axes that wait for their range or categories.
    pub(super) fn ranges(&self) -> impl Iterator<Item = (&AxisPlan, RangeRule)> {
        self.rules().filter_map(|(axis, rule)| match rule {
            AxisRule::Range(rule) => Some((axis, rule)),
            AxisRule::Statistics(_) => None,
        })
    }

    /// The axes that wait for statistics.
    fn statistics_rules(&self) -> impl Iterator<Item = (&AxisPlan, StatisticsRule)> {
        self.rules().filter_map(|(axis, rule)| match rule {
            AxisRule::Range(_) => None,
            AxisRule::Statistics(rule) => Some((axis, rule)),
        })
    }

    /// The expressions whose range or categories are surveyed.
    fn surveyed(&self) -> Vec<usize> {
        let mut surveyed: Vec<_> = self.ranges().map(|(axis, _)| axis.expression).collect();
        surveyed.sort_unstable();
        surveyed.dedup();
        surveyed
    }

    /// One cell that holds the finite range or the categories of every expression that
    /// needs them; None if none does.
    pub(super) fn survey_layout(&self, needed: &[usize]) -> Option<Layout> {
        let expressions = self.surveyed();
        let quantity = |(axis, rule): (&AxisPlan, RangeRule)| {
            rule.quantity(place(axis.expression, &expressions))
        };
        let mut quantities: Vec<Quantity> = self.ranges().map(quantity).collect();
        quantities.sort_unstable();
        quantities.dedup();
        (!expressions.is_empty()).then(|| Layout {
            axes: Axes::default(),
            axis_expressions: Vec::new(),
            value_types: expressions.iter().map(|&e| self.types[e]).collect(),
            quantities,
            searches: Vec::new(),
            value_expressions: expressions.iter().map(|&e| place(e, needed)).collect(),
        })
    }
}

/// The one bin of the values that a rule counts, with the statistics that it needs.
fn values_of(axis: &AxisPlan, rule: StatisticsRule) -> Result<HistogramPlan> {
    let bin = rule.bin_of_values();
    let bin = bin.map_err(|e| Error::request(format!("{}: {e}", axis.name)))?;
    let planned = |statistic: Statistic| StatisticPlan {
        name: axis.name.clone(),
        request: axis.request.clone(),
        statistic,
        label: axis.label.clone(),
        units: None,
    };
    Ok(HistogramPlan {
        name: axis.name.clone(),
        axes: vec![AxisPlan {
            axis: Some(bin),
            rule: None,
            ..axis.clone()
        }],
        statistics: rule.rule.statistics().into_iter().map(planned).collect(),
        flow: false,
        convention: Convention::Numpy,
        values: vec![axis.expression],
        optional: false,
    })
}

/// Whether two plans are of the same values within the same limits.
fn same_values(a: &HistogramPlan, b: &HistogramPlan) -> bool {
    let bin = |h: &HistogramPlan| h.axes.first().and_then(|axis| axis.axis.clone());
    a.values == b.values && bin(a) == bin(b)
}
