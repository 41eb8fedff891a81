//! The search for the ranks of all cells.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::span::Ask;
use super::{Found, Level, Masses, Span, number};
use crate::batch::DataType;
use crate::exact::Exact;
use crate::listed::Listed;

/// A search with the positions of its value and weights.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchOf {
    /// The value.
    pub value: usize,
    /// The weights.
    pub weights: Option<usize>,
    /// How far the search is.
    pub search: Arc<Search>,
}

/// Where the order statistics of one value lie in each cell, as far as it is known. Plain
/// data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Search {
    data_type: DataType,
    levels: Vec<Level>,
    /// Rows of each cell whose value is not NaN.
    rows: Vec<u64>,
    /// Where the spans of each cell begin; one more at the end.
    first: Vec<usize>,
    /// Spans of a cell are disjoint and in ascending order.
    spans: Vec<Span>,
    /// The weights of rows, if they have weights.
    masses: Option<Masses>,
    /// The cells, unless they are all cells of a grid.
    listed: Option<Arc<Listed>>,
}

/// Bytes that a pass may take for a search.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// For the counters of each thread.
    pub counters: u64,
    /// For the keys of all threads together.
    pub keys: u64,
}

/// Bytes of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SearchBytes {
    /// The search itself.
    pub spans: u64,
    /// The counters of each thread.
    pub counters: u64,
    /// The keys of all threads together.
    pub keys: u64,
}

impl Search {
    /// A search that knows of each cell how many rows have a value, and the lowest and
    /// highest key.
    #[must_use]
    pub fn new(
        data_type: DataType,
        levels: Vec<Level>,
        cells: impl Iterator<Item = (u64, Option<(u64, u64)>)>,
    ) -> Self {
        let most = cells.size_hint().1.unwrap_or(0);
        let (mut all, mut spans) = (Vec::with_capacity(most), Vec::with_capacity(most));
        let mut first = Vec::with_capacity(most + 1);
        first.push(0);
        for (rows, range) in cells {
            all.push(rows);
            spans.extend(range.filter(|_| rows > 0).map(|(low, high)| Span {
                low,
                high,
                below: 0,
                rows,
                ask: Ask::Nothing,
            }));
            first.push(spans.len());
        }
        Self {
            data_type,
            levels,
            rows: all,
            first,
            spans,
            masses: None,
            listed: None,
        }
    }

    /// The same search, whose cells are those of a list.
    #[must_use]
    pub fn among(self, listed: Arc<Listed>) -> Self {
        Self {
            listed: Some(listed),
            ..self
        }
    }

    /// The cells, unless they are all cells of a grid.
    pub(crate) fn listed(&self) -> Option<&Listed> {
        self.listed.as_deref()
    }

    /// The same search with rows weighted, for `numpy.quantile(method="inverted_cdf")`:
    /// the least value up to which the share of the weights, as the nearest double, is at
    /// least the level. `totals` are the sums of the weights of each cell; none is below
    /// zero.
    #[must_use]
    pub fn weighted(mut self, totals: impl Iterator<Item = Exact>) -> Self {
        let masses = Masses::new(totals);
        let (mut first, mut spans) = (vec![0], Vec::new());
        for cell in 0..self.rows.len() {
            let weighs = masses.weighs(cell);
            let of_cell = self.spans.get(self.of_cell(cell)).unwrap_or_default();
            spans.extend(of_cell.iter().filter(|_| weighs));
            first.push(spans.len());
        }
        (self.first, self.spans) = (first, spans);
        self.masses = Some(masses.of_spans(&self.first));
        self
    }

    /// Whether rows have weights.
    #[must_use]
    pub fn is_weighted(&self) -> bool {
        self.masses.is_some()
    }

    /// The quantiles that are looked for.
    #[must_use]
    pub fn levels(&self) -> &[Level] {
        &self.levels
    }

    /// Whether every rank is found.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.spans.iter().all(|s| s.low == s.high)
    }

    /// Counters that a thread needs for the next pass.
    #[must_use]
    pub fn counters(&self) -> usize {
        let count = |s: &Span| match s.ask {
            Ask::Count { shift, .. } => s.buckets(shift),
            _ => 0,
        };
        self.spans.iter().map(count).sum()
    }

    /// What the search takes.
    #[must_use]
    pub fn bytes(&self) -> SearchBytes {
        let keys = self.spans.iter().filter(|s| s.ask == Ask::Keys);
        let keys: u64 = keys.map(|s| s.rows).sum();
        let spans = self.spans.len() * size_of::<Span>() + self.rows.len() * 16;
        let per_span = if self.is_weighted() { MASS_BYTES } else { 0 };
        let more = self.spans.len() as u64 * per_span;
        SearchBytes {
            spans: (spans as u64).saturating_add(more),
            counters: (self.counters() as u64).saturating_mul(self.counter_bytes()),
            keys: keys.saturating_mul(KEY_BYTES),
        }
    }

    /// The most bytes that searches for so many levels hold between two passes: the one
    /// before and the one after, two ranks a level, and the quantiles themselves.
    #[must_use]
    pub fn most_bytes(cells: u64, levels: u64, weighted: bool) -> u64 {
        // The spans are put in the order of their rows.
        let span = (size_of::<Span>() + size_of::<&Span>()) as u64;
        let (span, total) = if weighted {
            (span + MASS_BYTES, MASS_BYTES / 2)
        } else {
            (span, 0)
        };
        let ranks = levels.saturating_mul(2);
        let of_cell = span.saturating_mul(ranks).saturating_mul(2);
        let of_cell = of_cell
            .saturating_add(32 + total)
            .saturating_add(8 * levels);
        cells.saturating_mul(of_cell)
    }

    /// Decides what the next pass asks: the keys of spans with few rows, and of the
    /// others counts in as many buckets as the budget has.
    /// A span for which there are no counters left waits for a later pass.
    pub fn ask(&mut self, bytes: Budget) {
        let budget = Budget {
            counters: bytes.counters / self.counter_bytes(),
            keys: bytes.keys / KEY_BYTES,
        };
        let mut open: Vec<&mut Span> = self.spans.iter_mut().filter(|s| s.low != s.high).collect();
        open.sort_by_key(|s| s.rows);
        let mut keys = budget.keys;
        let mut collected = 0;
        for span in &mut open {
            let Some(left) = keys.checked_sub(span.rows) else {
                break;
            };
            keys = left;
            span.ask = Ask::Keys;
            collected += 1;
        }
        let counted = open.get_mut(collected..).unwrap_or_default();
        let most = budget.counters / (counted.len() as u64).max(1);
        let mut at = 0;
        for span in counted {
            let shift = span.shift(most);
            let buckets = span.buckets(shift);
            // The first one is asked whatever the budget, so that passes come to an end.
            if at == 0 || (at + buckets) as u64 <= budget.counters {
                span.ask = Ask::Count { shift, at };
                at += buckets;
            }
        }
    }

    /// Bytes of a counter, with the window of its weights.
    fn counter_bytes(&self) -> u64 {
        size_of::<u64>() as u64 + if self.is_weighted() { 48 } else { 0 }
    }

    /// The search after a pass; None if the rows are not those of the pass before.
    #[must_use]
    pub fn narrow(&self, mut found: Found) -> Option<Self> {
        found.sort();
        if let Some(masses) = &self.masses {
            return self.narrow_weighted(&found, masses);
        }
        let mut next = self.without_spans();
        for (cell, &rows) in self.rows.iter().enumerate() {
            let mut ranks: Vec<u64> = self.levels.iter().flat_map(|l| l.ranks(rows)).collect();
            ranks.sort_unstable();
            ranks.dedup();
            for place in self.of_cell(cell) {
                let span = self.spans.get(place)?;
                let parts = found.parts(place, span)?;
                let wanted = parts.into_iter().map(|part| part.span);
                let wanted = wanted.filter(|span| {
                    let next = ranks.partition_point(|&r| r < span.below);
                    ranks.get(next).is_some_and(|&r| span.has(r))
                });
                next.spans.extend(wanted);
            }
            next.first.push(next.spans.len());
        }
        Some(next)
    }

    /// The same question, for spans and weights to be added.
    fn without_spans(&self) -> Self {
        // As many as a search has that goes on: growing would take as much again.
        let mut first = Vec::with_capacity(self.first.len());
        first.push(0);
        Self {
            data_type: self.data_type,
            levels: self.levels.clone(),
            rows: self.rows.clone(),
            masses: None,
            listed: self.listed.clone(),
            first,
            spans: Vec::with_capacity(self.spans.len()),
        }
    }

    fn narrow_weighted(&self, found: &Found, masses: &Masses) -> Option<Self> {
        let mut next = self.without_spans();
        let mut of_spans = masses.without_spans();
        for cell in 0..self.rows.len() {
            let mut parts = Vec::new();
            for place in self.of_cell(cell) {
                let span = self.spans.get(place)?;
                parts.extend(found.parts(place, span)?);
            }
            let ends = masses.ends(self.of_cell(cell), &parts, found)?;
            let mut wanted: Vec<usize> = Vec::new();
            if !parts.is_empty() {
                let places = self.levels.iter().map(|l| masses.place(cell, &ends, *l));
                wanted = places.collect::<Option<_>>()?;
            }
            wanted.sort_unstable();
            wanted.dedup();
            for place in wanted {
                next.spans.push(parts.get(place)?.span);
                of_spans.push(ends.get(place)?.clone());
            }
            next.first.push(next.spans.len());
        }
        next.masses = Some(of_spans);
        Some(next)
    }

    /// A quantile of every cell; NaN where there is no value.
    #[must_use]
    pub fn quantiles(&self, level: Level) -> Vec<f64> {
        if let Some(masses) = &self.masses {
            let quantile = |cell: usize| {
                let range = self.of_cell(cell);
                let ends = masses.of(range.clone())?;
                let place = masses.place(cell, ends, level)?;
                let span = self.spans.get(range.start + place)?;
                Some(number(span.low, self.data_type).as_f64())
            };
            let cells = 0..self.rows.len();
            return cells.map(|c| quantile(c).unwrap_or(f64::NAN)).collect();
        }
        let value = |cell: usize, rank: u64| {
            let spans = self.spans.get(self.of_cell(cell)).unwrap_or_default();
            let next = spans.partition_point(|s| s.below <= rank);
            let span = spans.get(next.checked_sub(1)?).filter(|s| s.has(rank))?;
            Some(number(span.low, self.data_type))
        };
        let quantile = |(cell, &rows): (usize, &u64)| {
            let [low, high] = level.ranks(rows);
            let values = [value(cell, low)?, value(cell, high)?];
            Some(level.between(rows, values))
        };
        let cells = self.rows.iter().enumerate();
        cells.map(|c| quantile(c).unwrap_or(f64::NAN)).collect()
    }

    /// The span of a key, if a rank lies there.
    #[inline]
    pub(super) fn span(&self, cell: u32, key: u64) -> Option<(usize, &Span)> {
        let range = self.of_cell(cell as usize);
        let spans = self.spans.get(range.clone())?;
        let place = spans.partition_point(|s| s.high < key);
        let span = spans.get(place).filter(|s| s.low <= key)?;
        Some((range.start + place, span))
    }

    fn of_cell(&self, cell: usize) -> std::ops::Range<usize> {
        let at = |i: usize| self.first.get(i).copied().unwrap_or(self.spans.len());
        at(cell)..at(cell + 1)
    }
}

/// Two integers of about 320 bits for each span with weights.
const MASS_BYTES: u64 = 200;
/// A collected key with its span, which is there twice while threads are merged.
const KEY_BYTES: u64 = 2 * size_of::<(usize, u64, u64, i32)>() as u64;
