//! What a request means for the data at hand: a loop of passes.
//!
//! A spec and a table resolve to a [`Plan`]: names, types and axes; all that metadata can
//! show is checked there, before the first row is read. If an axis needs the data's range, the first
//! pass is a survey; [`Plan::advance`] makes the next plan of its result, or the
//! finished histograms.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use terabin_core::axes::{Axes, MAX_CELLS};
use terabin_core::axis::{Axis, Convention};
use terabin_core::batch::DataType;
use terabin_core::fill::{Cells, Layout};
use terabin_core::histogram::Histogram;
use terabin_core::order::{Budget, Level, QuantileOf, SearchOf};
use terabin_core::source::Schema;
use terabin_core::state::Quantity;
use terabin_core::statistic::{NanRule, Statistic};
use terabin_expr::{Bound, Expr};

use crate::axis_rule::AxisRule;
use crate::error::{Error, Result};
use crate::resources::readable_bytes;

/// What the next pass collects, and what its result will mean. Plain data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The columns that the expressions use, by name.
    pub columns: Vec<String>,
    /// The texts of the expressions, each once; layouts refer to their numbers.
    pub expressions: Vec<String>,
    /// The types of the expressions.
    pub types: Vec<DataType>,
    /// The histograms.
    pub histograms: Vec<HistogramPlan>,
    /// What NaN among the values does.
    pub nan: NanRule,
    /// Rows of the data.
    pub rows: u64,
    /// Passes done so far.
    pub passes_done: usize,
    /// What the user should know: histograms left out.
    pub notes: Vec<String>,
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
        self.unresolved().next().is_some()
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
        self.passes_done + 1 + usize::from(self.is_survey()) + after_fill
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
        let stand_in = |axis: &AxisPlan, rule: AxisRule| rule.stand_in(&axis.name);
        let histograms = self.histograms.iter().map(|h| h.with_axes(&stand_in));
        Ok(Self {
            histograms: histograms.collect::<Result<_>>()?,
            ..self.clone()
        })
    }

    /// What the next pass collects.
    ///
    /// # Errors
    /// More cells than an index holds.
    pub fn layouts(&self) -> Result<Vec<Layout>> {
        if self.is_survey() {
            return Ok(vec![self.survey_layout()]);
        }
        if self.is_search() {
            return self.search_layouts();
        }
        self.histograms
            .iter()
            .map(|h| self.fill_layout(h))
            .collect()
    }

    /// The expressions that the next pass evaluates, bound to a source's columns.
    ///
    /// The numbering stays; a survey evaluates what it surveys and nothing else.
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
            self.unresolved().map(|a| a.expression).collect()
        } else if self.is_search() {
            self.searched().flat_map(|(h, _)| h.expressions()).collect()
        } else {
            return (0..self.expressions.len()).collect();
        };
        needed.sort_unstable();
        needed.dedup();
        needed
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
            let next = self.after_survey(partial, limits.memory)?;
            return Ok(Step::Again(next, filled));
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
        let held = filled.iter().map(Histogram::bytes).sum();
        let next = Self {
            passes_done: self.passes_done + 1,
            searches: asking(open, limits, held),
            ..self.clone()
        };
        Ok(Step::Again(next, filled))
    }

    fn after_survey(&self, partial: Partial, memory: u64) -> Result<Self> {
        let layouts = self.layouts()?;
        let Some((layout, cells)) = layouts.into_iter().zip(partial.cells).next() else {
            return Err(Error::request("the survey collected nothing"));
        };
        let survey = Histogram::new(layout, cells);
        let needed = self.needed_expressions();
        let found = |axis: &AxisPlan, rule: AxisRule| {
            let value = needed.iter().position(|&e| e == axis.expression);
            let range = value.and_then(|v| survey.content(rule.quantity(v), 0));
            rule.resolve(axis, range.as_ref(), survey.rows().in_range, memory)
        };
        let mut next = Self {
            passes_done: self.passes_done + 1,
            histograms: Vec::new(),
            ..self.clone()
        };
        let mut refused = None;
        for histogram in &self.histograms {
            match histogram.with_axes(&found) {
                Ok(histogram) => next.histograms.push(histogram),
                Err(error) if histogram.optional => {
                    next.notes.push(format!("left out: {error}"));
                    refused = Some(error);
                }
                Err(error) => return Err(error),
            }
        }
        if let (Some(error), true) = (refused, next.histograms.is_empty()) {
            return Err(error);
        }
        next.layouts()?;
        Ok(next)
    }

    /// The searches that begin once the histograms are filled: one for each value and
    /// weights, whatever the levels.
    fn new_searches(&self, filled: &[Histogram]) -> Result<Vec<HistogramSearch>> {
        let mut searches = Vec::new();
        for (number, (planned, histogram)) in self.histograms.iter().zip(filled).enumerate() {
            let mut all: Vec<QuantileOf> = planned.quantiles().collect();
            all.sort_unstable();
            all.dedup();
            for of_value in all.chunk_by(|a, b| (a.value, a.weights) == (b.value, b.weights)) {
                let (value, weights) = (of_value[0].value, of_value[0].weights);
                let levels: Vec<Level> = of_value.iter().map(|q| q.level).collect();
                let search = histogram.search(value, weights, levels).map_err(|error| {
                    Error::Value(format!("histogram {}: {error}", planned.name))
                })?;
                searches.push(HistogramSearch {
                    histogram: number,
                    of: SearchOf {
                        value,
                        weights,
                        search: Arc::new(search),
                    },
                });
            }
        }
        Ok(searches)
    }

    /// The searches after a pass.
    fn narrowed(&self, partial: Partial) -> Result<Vec<HistogramSearch>> {
        let found = partial.cells.into_iter().flat_map(Cells::into_found);
        let pairs = self.searches.iter().zip(found);
        let next = pairs.map(|(asked, found)| {
            let search = asked.of.search.narrow(found).ok_or_else(|| {
                let name = self.histograms.get(asked.histogram).map_or("", |h| &h.name);
                Error::Value(format!(
                    "histogram {name}: the rows of a pass are not those of the pass before; was a file written to during the run? Run it again"
                ))
            })?;
            let mut next = asked.clone();
            next.of.search = Arc::new(search);
            Ok(next)
        });
        next.collect()
    }

    /// The histograms of the next pass with their searches.
    fn searched(&self) -> impl Iterator<Item = (&HistogramPlan, Vec<&HistogramSearch>)> {
        let searches = |number| {
            let of_it = self.searches.iter();
            of_it.filter(move |s| s.histogram == number).collect()
        };
        let all = self.histograms.iter().enumerate();
        let with = all.map(move |(number, h)| (h, searches(number)));
        with.filter(|(_, searches): &(_, Vec<_>)| !searches.is_empty())
    }

    /// The axes of a histogram, and one value per search.
    fn search_layouts(&self) -> Result<Vec<Layout>> {
        let needed = self.needed_expressions();
        let place = |e: usize| needed.iter().position(|&n| n == e).unwrap_or(0);
        let layouts = self.searched().map(|(histogram, searches)| {
            let filled = self.fill_layout(histogram)?;
            // The values that are needed, each in one place.
            let mut values: Vec<usize> = searches
                .iter()
                .flat_map(|s| [Some(s.of.value), s.of.weights])
                .flatten()
                .collect();
            values.sort_unstable();
            values.dedup();
            let moved = |v: usize| values.iter().position(|&known| known == v).unwrap_or(0);
            let of = |s: &&HistogramSearch| SearchOf {
                value: moved(s.of.value),
                weights: s.of.weights.map(moved),
                search: Arc::clone(&s.of.search),
            };
            let expressions = || values.iter().map(|&v| histogram.values[v]);
            Ok(Layout {
                axis_expressions: histogram.axes.iter().map(|a| place(a.expression)).collect(),
                value_expressions: expressions().map(place).collect(),
                value_types: expressions().map(|e| self.types[e]).collect(),
                quantities: Vec::new(),
                searches: searches.iter().map(of).collect(),
                axes: filled.axes,
            })
        });
        layouts.collect()
    }

    fn unresolved(&self) -> impl Iterator<Item = &AxisPlan> {
        let axes = self.histograms.iter().flat_map(|h| &h.axes);
        axes.filter(|a| a.axis.is_none())
    }

    /// One cell that holds the finite range or the categories of every expression that
    /// needs them.
    fn survey_layout(&self) -> Layout {
        let needed = self.needed_expressions();
        let quantity = |axis: &AxisPlan| {
            let value = needed.iter().position(|&e| e == axis.expression)?;
            Some(axis.rule?.quantity(value))
        };
        let mut quantities: Vec<Quantity> = self.unresolved().filter_map(quantity).collect();
        quantities.sort_unstable();
        quantities.dedup();
        Layout {
            axes: Axes::default(),
            axis_expressions: Vec::new(),
            value_types: needed.iter().map(|&e| self.types[e]).collect(),
            quantities,
            searches: Vec::new(),
            // A survey evaluates only what it needs: position i is needed[i].
            value_expressions: (0..needed.len()).collect(),
        }
    }

    fn fill_layout(&self, histogram: &HistogramPlan) -> Result<Layout> {
        let axes: Vec<Axis> = histogram
            .axes
            .iter()
            .filter_map(|a| a.axis.clone())
            .collect();
        let quantities = self.quantities(histogram);
        let axes = Axes::new(axes.clone(), histogram.flow)
            .ok_or_else(|| too_many_cells(&histogram.name, &axes, &quantities))?;
        Ok(Layout {
            axes,
            axis_expressions: histogram.axes.iter().map(|a| a.expression).collect(),
            value_expressions: histogram.values.clone(),
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

/// Passes that data usually take after the fill: one that counts, one that collects.
const USUAL_SEARCH_PASSES: usize = 2;

/// What a pass may take.
#[derive(Clone, Copy, Debug)]
pub struct PassLimits {
    /// Bytes of memory, all together.
    pub memory: u64,
    /// Threads.
    pub threads: usize,
}

/// The searches with what the next pass asks: a quarter of the memory that is left goes
/// to counters, and an eighth to keys.
fn asking(open: Vec<HistogramSearch>, limits: PassLimits, held: usize) -> Vec<HistogramSearch> {
    let left = limits.memory.saturating_sub(held as u64);
    let share = left / (limits.threads as u64 * open.len() as u64).max(1);
    let budget = Budget {
        counters: share / 4,
        keys: share / 8,
    };
    let ask = |mut next: HistogramSearch| {
        Arc::make_mut(&mut next.of.search).ask(budget);
        next
    };
    open.into_iter().map(ask).collect()
}

impl HistogramPlan {
    /// The medians and quantiles.
    fn quantiles(&self) -> impl Iterator<Item = QuantileOf> {
        self.statistics.iter().filter_map(|s| match s.statistic {
            Statistic::Quantile(of) => Some(of),
            _ => None,
        })
    }

    /// The expressions of the axes and of the values with quantiles.
    fn expressions(&self) -> Vec<usize> {
        let values = self.quantiles().flat_map(QuantileOf::values);
        let values = values.filter_map(|v| self.values.get(v));
        let axes = self.axes.iter().map(|a| &a.expression);
        axes.chain(values).copied().collect()
    }

    /// The same with every axis known: `make` gives those that wait for the data.
    fn with_axes(&self, make: &dyn Fn(&AxisPlan, AxisRule) -> Result<Axis>) -> Result<Self> {
        let mut known = self.clone();
        for axis in &mut known.axes {
            if let Some(rule) = axis.rule.take() {
                axis.axis = Some(make(axis, rule)?.with_convention(self.convention));
            }
        }
        Ok(known)
    }
}

fn too_many_cells(name: &str, axes: &[Axis], quantities: &[Quantity]) -> Error {
    let bins = axes.iter().map(|a| a.bins() as u64);
    let cells = bins.fold(1, u64::saturating_mul);
    let per_cell: u64 = quantities.iter().map(|q| q.cell_bytes()).sum();
    let bytes = readable_bytes(cells.saturating_mul(per_cell));
    Error::request(format!(
        "{name}: {cells} cells of {per_cell} B take {bytes}, and {MAX_CELLS} are the most that one histogram has: take fewer bins or axes"
    ))
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
