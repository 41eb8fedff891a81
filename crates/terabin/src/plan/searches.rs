//! The passes that narrow down where the ranks of medians and quantiles lie.

use std::sync::Arc;

use terabin_core::axes::MAX_LISTED_CELLS;
use terabin_core::axis::Axis;
use terabin_core::fill::{Cells, Layout};
use terabin_core::histogram::Histogram;
use terabin_core::listed::Listed;
use terabin_core::order::{Budget, Level, QuantileOf, Search, SearchOf};

use super::{HistogramPlan, HistogramSearch, Partial, PassLimits, Plan, place};
use crate::error::{Error, Result};

impl Plan {
    /// The searches that begin once the histograms are filled: one for each value and
    /// weights, whatever the levels.
    pub(super) fn new_searches(&self, filled: &[Histogram]) -> Result<Vec<HistogramSearch>> {
        let mut searches = Vec::new();
        for (number, (planned, histogram)) in self.histograms.iter().zip(filled).enumerate() {
            let mut all: Vec<QuantileOf> = planned.quantiles().collect();
            all.sort_unstable();
            all.dedup();
            for of_value in all.chunk_by(|a, b| (a.value, a.weights) == (b.value, b.weights)) {
                let (value, weights) = (of_value[0].value, of_value[0].weights);
                let levels: Vec<Level> = of_value.iter().map(|q| q.level).collect();
                let search = histogram.search(value, weights, levels).map_err(|error| {
                    let weights = weights.and_then(|w| planned.values.get(w));
                    let text = weights.map_or("", |&e| self.expressions[e].as_str());
                    Error::Value(format!("histogram {}: `{text}`: {error}", planned.name))
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

    /// The most bytes that searches hold beside what their passes count: now, and until
    /// the end of the run.
    pub(crate) fn search_bytes(&self) -> u64 {
        let of_histogram = |histogram: &HistogramPlan| {
            let axes = histogram.axes.iter().filter_map(|a| a.axis.as_ref());
            let flow = |axis: &Axis| {
                if histogram.flow && axis.has_flow() {
                    2
                } else {
                    0
                }
            };
            let cells = axes.map(|axis| axis.bins() as u64 + flow(axis));
            let cells = cells.fold(1, u64::saturating_mul);
            let sparse = cells > MAX_LISTED_CELLS as u64;
            // Those that rows meet.
            let cells = if sparse { cells.min(self.rows) } else { cells };
            let listed = if sparse { Listed::CELL_BYTES } else { 0 };
            let mut all: Vec<QuantileOf> = histogram.quantiles().collect();
            all.sort_unstable();
            all.dedup();
            let searches = all.chunk_by(|a, b| (a.value, a.weights) == (b.value, b.weights));
            let bytes = searches.map(|of_value| {
                let weighted = of_value.iter().any(|q| q.weights.is_some());
                Search::most_bytes(cells, of_value.len() as u64, weighted)
            });
            let searched = bytes.fold(0, u64::saturating_add);
            let any = u64::from(searched > 0);
            searched.saturating_add(cells.saturating_mul(listed * any))
        };
        let all = self.histograms.iter().map(of_histogram);
        all.fold(0, u64::saturating_add)
    }

    /// The searches after a pass.
    pub(super) fn narrowed(&self, partial: Partial) -> Result<Vec<HistogramSearch>> {
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
    pub(super) fn searched(&self) -> impl Iterator<Item = (&HistogramPlan, Vec<&HistogramSearch>)> {
        let searches = |number| {
            let of_it = self.searches.iter();
            of_it.filter(move |s| s.histogram == number).collect()
        };
        let all = self.histograms.iter().enumerate();
        let with = all.map(move |(number, h)| (h, searches(number)));
        with.filter(|(_, searches): &(_, Vec<_>)| !searches.is_empty())
    }

    /// The axes of a histogram, and one value per search.
    pub(super) fn search_layouts(&self, needed: &[usize]) -> Result<Vec<Layout>> {
        let layouts = self.searched().map(|(histogram, searches)| {
            let filled = self.fill_layout(histogram, needed)?;
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
                axis_expressions: filled.axis_expressions,
                value_expressions: expressions().map(|e| place(e, needed)).collect(),
                value_types: expressions().map(|e| self.types[e]).collect(),
                quantities: Vec::new(),
                searches: searches.iter().map(of).collect(),
                axes: filled.axes,
            })
        });
        layouts.collect()
    }
}

/// The searches with what the next pass asks: half of the memory that is left goes to
/// counters, and a quarter to keys.
pub(super) fn asking(
    open: Vec<HistogramSearch>,
    limits: PassLimits,
    held: u64,
) -> Vec<HistogramSearch> {
    let left = limits.memory.saturating_sub(limits.besides);
    let left = left.saturating_sub(held);
    let share = left / (limits.threads as u64 * open.len() as u64).max(1);
    let budget = Budget {
        counters: share / 2,
        keys: share / 4,
    };
    let ask = |mut next: HistogramSearch| {
        Arc::make_mut(&mut next.of.search).ask(budget);
        next
    };
    open.into_iter().map(ask).collect()
}
