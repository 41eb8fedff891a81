//! What a pass finds out for a search.

use std::any::Any;
use std::sync::Arc;

use super::span::Ask;
use super::{Search, SearchOf, Span, keys, with_keys};
use crate::batch::Column;
use crate::dyadic::Dyadic;
use crate::exact::{ExactSums, Scratch, Term};
use crate::state::number::{Number, with_numbers};
use crate::state::{Content, State, same};

/// Counts of buckets and collected keys of one search.
pub struct Found {
    value: usize,
    weights: Option<usize>,
    search: Arc<Search>,
    counters: Vec<u64>,
    /// Of the counters, if rows have weights.
    masses: ExactSums<5>,
    keys: Vec<Key>,
    /// The keys and the weights of a block.
    block: (Vec<Option<u64>>, Vec<Option<Term>>),
}

/// A collected key, with its span and weight.
type Key = (usize, u64, u64, i32);

/// A part of a span.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) span: Span,
    /// The place of the span that it is a part of.
    pub(super) of: usize,
    from: From,
}

/// Where the rows of a part were counted.
#[derive(Clone, Copy, Debug)]
enum From {
    /// In the pass before.
    Before,
    Counter(usize),
    /// Keys from the one place to before the other.
    Keys(usize, usize),
}

impl Found {
    /// Nothing, before the first row.
    #[must_use]
    pub fn new(of: &SearchOf) -> Self {
        let counters = of.search.counters();
        Self {
            value: of.value,
            weights: of.weights,
            search: Arc::clone(&of.search),
            counters: vec![0; counters],
            masses: ExactSums::new(if of.weights.is_some() { counters } else { 0 }),
            keys: Vec::new(),
            block: Default::default(),
        }
    }

    /// Brings the keys into order.
    pub(super) fn sort(&mut self) {
        self.keys.sort_unstable();
    }

    /// The parts of a span that have rows, in ascending order; None if there are not as
    /// many rows as the pass before found.
    pub(super) fn parts(&self, place: usize, span: &Span) -> Option<Vec<Part>> {
        let whole = |span, from| Part {
            span,
            of: place,
            from,
        };
        let mut parts = match span.ask {
            Ask::Nothing => return Some(vec![whole(*span, From::Before)]),
            Ask::Count { shift, at } => self.buckets(place, span, shift, at)?,
            Ask::Keys => self.values(place),
        };
        let mut below = span.below;
        for part in &mut parts {
            part.span.below = below;
            below += part.span.rows;
        }
        (below == span.below + span.rows).then_some(parts)
    }

    /// The weight of the rows in a part; None if it is that of the whole span.
    pub(super) fn mass(&self, part: &Part) -> Option<Dyadic> {
        let sum = match part.from {
            From::Before => return None,
            From::Counter(counter) => self.masses.exact(counter),
            From::Keys(begin, end) => {
                let mut sum = ExactSums::<5>::new(1);
                for &(_, _, magnitude, exponent) in self.keys.get(begin..end)? {
                    let term = Term {
                        negative: false,
                        magnitude: magnitude.into(),
                        exponent,
                    };
                    sum.add(0, term);
                }
                sum.exact(0)
            }
        };
        Dyadic::of(&sum)
    }

    fn buckets(&self, of: usize, span: &Span, shift: u32, at: usize) -> Option<Vec<Part>> {
        let counters = self.counters.get(at..at + span.buckets(shift))?;
        let filled = (0_u64..).zip(at..).zip(counters);
        let part = |((bucket, counter), &rows): ((u64, usize), &u64)| {
            let low = span.low + (bucket << shift);
            let last = (1_u64 << shift) - 1;
            let part = Span {
                low,
                high: low.saturating_add(last).min(span.high),
                below: 0,
                rows,
                ask: Ask::Nothing,
            };
            let from = From::Counter(counter);
            (rows > 0).then_some(Part {
                span: part,
                of,
                from,
            })
        };
        Some(filled.filter_map(part).collect())
    }

    /// Each key of a span with its rows.
    fn values(&self, of: usize) -> Vec<Part> {
        let mut at = self.keys.partition_point(|k| k.0 < of);
        let end = self.keys.partition_point(|k| k.0 <= of);
        let equal = self.keys[at..end].chunk_by(|a, b| a.1 == b.1);
        let part = |keys: &[Key]| {
            let from = From::Keys(at, at + keys.len());
            at += keys.len();
            let span = Span {
                low: keys[0].1,
                high: keys[0].1,
                below: 0,
                rows: keys.len() as u64,
                ask: Ask::Nothing,
            };
            Part { span, of, from }
        };
        equal.map(part).collect()
    }

    fn add(&mut self, cell: u32, key: u64, weight: Term) {
        let Some((place, span)) = self.search.span(cell, key) else {
            return;
        };
        match span.ask {
            Ask::Count { shift, at } => {
                // Fewer buckets than counters.
                let bucket = usize::try_from((key - span.low) >> shift).unwrap_or(usize::MAX);
                let counter = at.saturating_add(bucket);
                if let Some(rows) = self.counters.get_mut(counter) {
                    *rows += 1;
                    if self.weights.is_some() {
                        self.masses.add(counter, weight);
                    }
                }
            }
            Ask::Keys => {
                // Numbers have at most 64 bits.
                let magnitude = u64::try_from(weight.magnitude).unwrap_or(u64::MAX);
                self.keys.push((place, key, magnitude, weight.exponent));
            }
            Ask::Nothing => {}
        }
    }
}

impl State for Found {
    fn fill(&mut self, _scratch: &mut Scratch, cells: &[u32], values: &[Column<'_>]) {
        let Some(&column) = values.get(self.value) else {
            return;
        };
        let Some(&weights) = self.weights.and_then(|w| values.get(w)) else {
            return with_keys(column, |row, key| {
                if let Some(&cell) = cells.get(row) {
                    self.add(cell, key, Term::from_u64(1));
                }
            });
        };
        let (mut of_values, mut terms) = std::mem::take(&mut self.block);
        keys(column, &mut of_values);
        terms.clear();
        // Infinite weights were refused before.
        with_numbers!(weights, |w| {
            terms.extend(w.iter().map(|w| if w.is_nan() { None } else { w.term() }));
        });
        for ((&cell, key), weight) in cells.iter().zip(&of_values).zip(&terms) {
            if let (Some(key), Some(weight)) = (*key, *weight) {
                self.add(cell, key, weight);
            }
        }
        self.block = (of_values, terms);
    }

    fn merge(&mut self, other: Box<dyn State>) {
        let mut other = same::<Self>(other);
        for (mine, theirs) in self.counters.iter_mut().zip(&other.counters) {
            *mine += theirs;
        }
        self.masses.merge(other.masses);
        // Growing by doubling would take as much again.
        self.keys.reserve_exact(other.keys.len());
        self.keys.append(&mut other.keys);
    }

    /// Its results are the next search's.
    fn exact(&self, _cell: usize) -> Content {
        Content::Count(0)
    }

    fn bytes(&self) -> usize {
        let keys = self.keys.capacity() * size_of::<Key>();
        self.counters.capacity() * size_of::<u64>() + self.masses.bytes() + keys
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
