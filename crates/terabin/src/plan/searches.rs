//! The passes that narrow down where the ranks of medians and quantiles lie.

use std::sync::Arc;

use terabin_core::fill::{Cells, Layout};
use terabin_core::histogram::Histogram;
use terabin_core::order::{Budget, KEY_BYTES, Level};

use super::{HistogramPlan, HistogramSearch, Partial, PassLimits, Plan, place};
use crate::error::{Error, Result};

impl Plan {
    /// The searches that begin once the histograms are filled.
    pub(super) fn new_searches(&self, filled: &[Histogram]) -> Vec<HistogramSearch> {
        let pairs = self.histograms.iter().zip(filled).enumerate();
        let searches = pairs.flat_map(|(number, (planned, histogram))| {
            let mut values: Vec<usize> = planned.quantiles().map(|(v, _)| v).collect();
            values.sort_unstable();
            values.dedup();
            values.into_iter().map(move |value| {
                let levels = planned.quantiles().filter(|(v, _)| *v == value);
                let mut levels: Vec<Level> = levels.map(|(_, level)| level).collect();
                levels.sort_unstable();
                levels.dedup();
                HistogramSearch {
                    histogram: number,
                    value,
                    search: Arc::new(histogram.search(value, levels)),
                }
            })
        });
        searches.collect()
    }

    /// The searches after a pass.
    pub(super) fn narrowed(&self, partial: Partial) -> Result<Vec<HistogramSearch>> {
        let found = partial.cells.into_iter().flat_map(Cells::into_found);
        let pairs = self.searches.iter().zip(found);
        let next = pairs.map(|(asked, found)| {
            let search = asked.search.narrow(found).ok_or_else(|| {
                let name = self.histograms.get(asked.histogram).map_or("", |h| &h.name);
                Error::Value(format!(
                    "histogram {name}: the rows of a pass are not those of the pass before; was a file written to during the run? Run it again"
                ))
            })?;
            Ok(HistogramSearch {
                search: Arc::new(search),
                ..asked.clone()
            })
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
            let values = || searches.iter().map(|s| histogram.values[s.value]);
            Ok(Layout {
                axis_expressions: filled.axis_expressions,
                value_expressions: values().map(|e| place(e, needed)).collect(),
                value_types: values().map(|e| self.types[e]).collect(),
                quantities: Vec::new(),
                searches: (searches.iter().map(|s| Arc::clone(&s.search)).enumerate()).collect(),
                axes: filled.axes,
            })
        });
        layouts.collect()
    }
}

/// The searches with what the next pass asks: a quarter of the memory that is left goes
/// to counters, and an eighth to keys.
pub(super) fn asking(
    open: Vec<HistogramSearch>,
    limits: PassLimits,
    held: usize,
) -> Vec<HistogramSearch> {
    let left = limits.memory.saturating_sub(held as u64);
    let share = left / (limits.threads as u64 * open.len() as u64).max(1);
    let budget = Budget {
        counters: share / 4 / size_of::<u64>() as u64,
        keys: share / 8 / KEY_BYTES,
    };
    let ask = |mut next: HistogramSearch| {
        Arc::make_mut(&mut next.search).ask(budget);
        next
    };
    open.into_iter().map(ask).collect()
}
