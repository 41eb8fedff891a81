//! What a request means for the data at hand: a loop of passes.
//!
//! A spec and a table resolve to a [`Plan`]: names, types and axes; all that metadata can
//! show is checked there, before the first row is read. If an axis needs the data's range,
//! the first pass is a survey; if it needs their statistics, a plan of those comes first.
//! [`Plan::advance`] makes the next plan of a pass's result, or the finished histograms.

mod histogram;
mod searches;
mod surveys;

use serde::{Deserialize, Serialize};
use terabin_core::axes::Axes;
use terabin_core::axis::Axis;
use terabin_core::batch::DataType;
use terabin_core::fill::{Cells, Layout};
use terabin_core::histogram::Histogram;
use terabin_core::order::SearchOf;
use terabin_core::source::Schema;
use terabin_core::state::Quantity;
use terabin_core::statistic::NanRule;
use terabin_expr::{Bound, Expr};

use self::histogram::too_many_cells;
pub use self::histogram::{AxisPlan, HistogramPlan, StatisticPlan};
use self::searches::asking;
use crate::axis_rule::AxisRule;
use crate::error::{Error, Result};

/// What the next pass collects, and what its result will mean. Plain data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The columns that the expressions use, by name.
    pub columns: Vec<String>,
    /// The texts of the expressions, each once; layouts refer to their numbers.
    pub expressions: Vec<String>,
    /// The types of the expressions.
    pub types: Vec<DataType>,
    /// The expression that rows must be true to, in every pass.
    pub filter: Option<usize>,
    /// The histograms.
    pub histograms: Vec<HistogramPlan>,
    /// What NaN among the values does.
    pub nan: NanRule,
    /// Rows of the data.
    pub rows: u64,
    /// Passes done so far.
    pub passes_done: usize,
    /// What the user should know: histograms left out, rules that ask for too many bins.
    pub notes: Vec<String>,
    /// The plan of what rules for bins need to know, until they know it: its passes come
    /// first.
    pub first: Option<Box<Plan>>,
    /// The searches of the next pass for medians and quantiles; the histograms are filled
    /// if there is one.
    pub searches: Vec<HistogramSearch>,
}

/// A search for the ranks of one value of a histogram.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HistogramSearch {
    /// The number of the histogram.
    pub histogram: usize,
    /// The value and weights, and how far it is.
    pub of: SearchOf,
}

/// What a pass collected: mergeable and exact.
pub struct Partial {
    /// The cells of each layout of the pass.
    pub cells: Vec<Cells>,
}

/// Where a plan stands after a pass.
pub enum Step {
    /// Another pass is needed; the histograms are filled if it looks for quantiles.
    Again(Plan, Vec<Histogram>),
    /// The finished histograms, in the plan's order.
    Done(Vec<Histogram>),
}

impl Plan {
    /// Whether the next pass only surveys ranges.
    #[must_use]
    pub fn is_survey(&self) -> bool {
        let mut axes = self.histograms.iter().flat_map(|h| &h.axes);
        axes.any(|axis| axis.axis.is_none())
    }

    /// Whether the next pass only looks for medians and quantiles.
    #[must_use]
    pub fn is_search(&self) -> bool {
        !self.searches.is_empty()
    }

    /// Passes in all; with medians and quantiles, what data usually take.
    #[must_use]
    pub fn passes(&self) -> usize {
        let after_fill = if self.takes_searches() && !self.is_search() {
            USUAL_SEARCH_PASSES
        } else {
            0
        };
        let surveys = match &self.first {
            // Ranges are surveyed in the first of them.
            Some(first) => first.passes() - first.passes_done,
            None => usize::from(self.is_survey()),
        };
        self.passes_done + surveys + 1 + after_fill
    }

    /// Whether there are medians or quantiles.
    #[must_use]
    pub fn takes_searches(&self) -> bool {
        self.histograms
            .iter()
            .any(|h| h.quantiles().next().is_some())
    }

    /// This plan with stand-ins for the axes that a survey will make: as many bins where
    /// their number is known, one where it is not. It shows what the fill will take.
    ///
    /// # Errors
    /// Numbers of bins that no axis has.
    pub fn provisional(&self) -> Result<Self> {
        let mut stand_in = |axis: &AxisPlan, rule: AxisRule| rule.stand_in(&axis.name).map(Some);
        let histograms = self.histograms.iter().map(|h| h.with_axes(&mut stand_in));
        Ok(Self {
            histograms: histograms.collect::<Result<_>>()?,
            first: None,
            ..self.clone()
        })
    }

    /// What the next pass collects.
    ///
    /// # Errors
    /// More cells than an index holds.
    pub fn layouts(&self) -> Result<Vec<Layout>> {
        self.layouts_among(&self.needed_expressions())
    }

    /// The same, where a batch brings the expressions `needed`.
    fn layouts_among(&self, needed: &[usize]) -> Result<Vec<Layout>> {
        if self.is_survey() {
            let first = self.first.as_ref().map(|f| f.layouts_among(needed));
            let mut layouts = first.transpose()?.unwrap_or_default();
            layouts.extend(self.survey_layout(needed));
            return Ok(layouts);
        }
        if self.is_search() {
            return self.search_layouts(needed);
        }
        let histograms = self.histograms.iter();
        histograms.map(|h| self.fill_layout(h, needed)).collect()
    }

    /// The expressions that the next pass evaluates, bound to a source's columns.
    ///
    /// A survey evaluates what it surveys and nothing else.
    ///
    /// # Errors
    /// Types that do not fit.
    pub fn bind(&self, schema: &Schema, needed: &[usize]) -> Result<Vec<Bound>> {
        needed
            .iter()
            .map(|&e| {
                let text = &self.expressions[e];
                let expr = parse(text)?;
                expr.bind(schema)
                    .map_err(|error| Error::request(format!("`{text}`: {error}")))
            })
            .collect()
    }

    /// The expressions that the next pass needs.
    #[must_use]
    pub fn needed_expressions(&self) -> Vec<usize> {
        let mut needed: Vec<_> = if self.is_survey() {
            let first = self.first.as_ref().map(|f| f.needed_expressions());
            let ranges = self.ranges().map(|(axis, _)| axis.expression);
            ranges.chain(first.unwrap_or_default()).collect()
        } else if self.is_search() {
            let histograms = self.searched();
            let searched = histograms.flat_map(|(h, _)| h.searched_expressions());
            searched.collect()
        } else {
            let histograms = self.histograms.iter();
            histograms.flat_map(HistogramPlan::expressions).collect()
        };
        needed.extend(self.filter);
        needed.sort_unstable();
        needed.dedup();
        needed
    }

    /// Where the filter is among the expressions that the next pass needs.
    #[must_use]
    pub fn needed_filter(&self) -> Option<usize> {
        self.filter.map(|f| place(f, &self.needed_expressions()))
    }

    /// The columns that those expressions use.
    ///
    /// # Errors
    /// None for plans made by [`Plan`]: the texts were parsed before.
    pub fn needed_columns(&self) -> Result<Vec<String>> {
        let texts = self.needed_expressions().into_iter();
        let mut columns = columns_of(texts.map(|e| self.expressions[e].as_str()))?;
        columns.retain(|c| self.columns.contains(c));
        Ok(columns)
    }

    /// Goes on after a pass; `filled` are the histograms of the pass that filled them.
    ///
    /// # Errors
    /// Ranges that make no axis: no finite value, bins narrower than doubles, more cells
    /// than an index holds. Rows that changed between two passes.
    pub fn advance(
        &self,
        partial: Partial,
        mut filled: Vec<Histogram>,
        limits: PassLimits,
    ) -> Result<Step> {
        if self.is_survey() {
            return self.after_survey(partial, filled, limits);
        }
        let searches = if self.is_search() {
            self.narrowed(partial)?
        } else {
            let pairs = self.layouts()?.into_iter().zip(partial.cells);
            filled = pairs.map(|(l, c)| Histogram::new(l, c)).collect();
            self.new_searches(&filled)?
        };
        let (done, open): (Vec<_>, Vec<_>) =
            searches.into_iter().partition(|s| s.of.search.is_done());
        for found in done {
            if let Some(histogram) = filled.get_mut(found.histogram) {
                histogram.set_quantiles(&found.of);
            }
        }
        if open.is_empty() {
            return Ok(Step::Done(filled));
        }
        let held: usize = filled.iter().map(Histogram::bytes).sum();
        let held = (held as u64).saturating_add(self.search_bytes());
        let next = Self {
            passes_done: self.passes_done + 1,
            searches: asking(open, limits, held),
            ..self.clone()
        };
        Ok(Step::Again(next, filled))
    }

    fn fill_layout(&self, histogram: &HistogramPlan, needed: &[usize]) -> Result<Layout> {
        let place = |e: &usize| place(*e, needed);
        let axes: Vec<Axis> = histogram
            .axes
            .iter()
            .filter_map(|a| a.axis.clone())
            .collect();
        let quantities = self.quantities(histogram);
        let axes = Axes::new(axes.clone(), histogram.flow)
            .ok_or_else(|| too_many_cells(&histogram.name, &axes, histogram.flow))?;
        Ok(Layout {
            axes,
            axis_expressions: (histogram.axes.iter())
                .map(|a| place(&a.expression))
                .collect(),
            value_expressions: histogram.values.iter().map(place).collect(),
            value_types: histogram.values.iter().map(|&e| self.types[e]).collect(),
            quantities,
            searches: Vec::new(),
        })
    }

    /// The union of what the statistics need, in an order that does not depend on the
    /// order of the options.
    fn quantities(&self, histogram: &HistogramPlan) -> Vec<Quantity> {
        let all = histogram.statistics.iter();
        let mut all: Vec<_> = all
            .flat_map(|s| s.statistic.quantities())
            .filter(|q| self.can_differ(histogram, *q))
            .collect();
        let key = |q: &Quantity| {
            let values = q.values();
            let text = values
                .first()
                .map(|&v| &self.expressions[histogram.values[v]]);
            // Positions are in the order of the texts.
            (text.cloned(), q.tag(), *q)
        };
        all.sort_by_key(key);
        all.dedup();
        all
    }

    /// Integers are never NaN: their valid rows are the rows.
    fn can_differ(&self, histogram: &HistogramPlan, quantity: Quantity) -> bool {
        match quantity {
            Quantity::Valid(_) | Quantity::Joint(_) => {
                let values = quantity.values().into_iter();
                let mut types = values.map(|v| self.types[histogram.values[v]]);
                types.any(DataType::has_nan)
            }
            _ => true,
        }
    }
}

/// Where an expression is among those that a pass needs, which are in ascending order.
fn place(expression: usize, needed: &[usize]) -> usize {
    needed.partition_point(|&n| n < expression)
}

/// Passes that data usually take after the fill: one that counts, one that collects.
const USUAL_SEARCH_PASSES: usize = 2;

/// What a pass may take.
#[derive(Clone, Copy, Debug)]
pub struct PassLimits {
    /// Bytes of memory, all together.
    pub memory: u64,
    /// Bytes of these that neither cells nor searches have: buffers, tables.
    pub besides: u64,
    /// Threads.
    pub threads: usize,
}

/// The columns of several expressions, each once, in order of appearance.
pub(crate) fn columns_of<'a>(texts: impl Iterator<Item = &'a str>) -> Result<Vec<String>> {
    let mut columns: Vec<String> = Vec::new();
    for text in texts {
        for column in parse(text)?.columns() {
            if !columns.iter().any(|c| c == column) {
                columns.push(column.to_owned());
            }
        }
    }
    Ok(columns)
}

fn parse(text: &str) -> Result<Expr> {
    terabin_expr::parse(text).map_err(|e| Error::request(e.to_string()))
}
