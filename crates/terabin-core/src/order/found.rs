//! What a pass finds out for a search.

use std::any::Any;
use std::sync::Arc;

use super::span::Ask;
use super::{Search, Span, with_keys};
use crate::batch::Column;
use crate::exact::Scratch;
use crate::state::{Content, State, same};

/// Counts of buckets and collected keys of one search.
pub struct Found {
    /// The position of the value.
    value: usize,
    search: Arc<Search>,
    counters: Vec<u64>,
    /// The place of the span and the key.
    keys: Vec<(usize, u64)>,
}

impl Found {
    /// Nothing, before the first row; `value` is the position of the value expression.
    #[must_use]
    pub fn new(value: usize, search: Arc<Search>) -> Self {
        Self {
            value,
            counters: vec![0; search.counters()],
            keys: Vec::new(),
            search,
        }
    }

    /// Brings the keys into order.
    pub(super) fn sort(&mut self) {
        self.keys.sort_unstable();
    }

    /// The parts of a span that have rows, in ascending order; None if there are not as
    /// many rows as the pass before found.
    pub(super) fn parts(&self, place: usize, span: &Span) -> Option<impl Iterator<Item = Span>> {
        let mut parts = match span.ask {
            Ask::Nothing => return Some(vec![*span].into_iter()),
            Ask::Count { shift, at } => self.buckets(span, shift, at)?,
            Ask::Keys => self.values(place),
        };
        let mut below = span.below;
        for part in &mut parts {
            part.below = below;
            below += part.rows;
        }
        (below == span.below + span.rows).then(|| parts.into_iter())
    }

    fn buckets(&self, span: &Span, shift: u32, at: usize) -> Option<Vec<Span>> {
        let counters = self.counters.get(at..at + span.buckets(shift))?;
        let filled = (0_u64..).zip(counters).filter(|(_, rows)| **rows > 0);
        let part = |(bucket, &rows): (u64, &u64)| {
            let low = span.low + (bucket << shift);
            let last = (1_u64 << shift) - 1;
            Span {
                low,
                high: low.saturating_add(last).min(span.high),
                below: 0,
                rows,
                ask: Ask::Nothing,
            }
        };
        Some(filled.map(part).collect())
    }

    /// Each key of a span with its rows.
    fn values(&self, place: usize) -> Vec<Span> {
        let begin = self.keys.partition_point(|k| k.0 < place);
        let end = self.keys.partition_point(|k| k.0 <= place);
        let equal = self.keys[begin..end].chunk_by(|a, b| a.1 == b.1);
        let part = |keys: &[(usize, u64)]| Span {
            low: keys[0].1,
            high: keys[0].1,
            below: 0,
            rows: keys.len() as u64,
            ask: Ask::Nothing,
        };
        equal.map(part).collect()
    }
}

impl State for Found {
    fn fill(&mut self, _scratch: &mut Scratch, cells: &[u32], values: &[Column<'_>]) {
        let Some(&column) = values.get(self.value) else {
            return;
        };
        let Self {
            search,
            counters,
            keys,
            ..
        } = self;
        with_keys(column, |row, key| {
            let span = cells.get(row).and_then(|&cell| search.span(cell, key));
            match span.map(|(place, span)| (place, span, span.ask)) {
                Some((_, span, Ask::Count { shift, at })) => {
                    // Fewer buckets than counters.
                    let bucket = usize::try_from((key - span.low) >> shift).unwrap_or(usize::MAX);
                    if let Some(counter) = counters.get_mut(at.saturating_add(bucket)) {
                        *counter += 1;
                    }
                }
                Some((place, _, Ask::Keys)) => keys.push((place, key)),
                _ => {}
            }
        });
    }

    fn merge(&mut self, other: Box<dyn State>) {
        let mut other = same::<Self>(other);
        for (mine, theirs) in self.counters.iter_mut().zip(&other.counters) {
            *mine += theirs;
        }
        self.keys.append(&mut other.keys);
    }

    /// Its results are the next search's.
    fn exact(&self, _cell: usize) -> Content {
        Content::Count(0)
    }

    fn bytes(&self) -> usize {
        self.counters.capacity() * size_of::<u64>()
            + self.keys.capacity() * size_of::<(usize, u64)>()
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
