//! The weights of the rows of a search.

use std::ops::Range;

use num_bigint::Sign;
use serde::{Deserialize, Serialize};

use super::found::Part;
use super::{Found, Level};
use crate::dyadic::Dyadic;
use crate::exact::Exact;

/// Exact sums of weights: of cells, and of spans.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Masses {
    totals: Vec<Dyadic>,
    spans: Vec<End>,
}

/// Where a span or a part of one ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct End {
    /// The weight of the rows in it.
    mass: Dyadic,
    /// That and the weight of all lower rows of the cell.
    up_to: Dyadic,
}

impl Masses {
    pub(super) fn new(totals: impl Iterator<Item = Exact>) -> Self {
        let finite = |sum| Dyadic::of(&sum).unwrap_or(Dyadic::ZERO);
        Self {
            totals: totals.map(finite).collect(),
            spans: Vec::new(),
        }
    }

    /// Whether the rows of a cell weigh anything.
    pub(super) fn weighs(&self, cell: usize) -> bool {
        self.totals
            .get(cell)
            .is_some_and(|t| t.sign() == Sign::Plus)
    }

    /// With a span of all rows for each cell that has one; `first` is where its spans
    /// begin.
    pub(super) fn of_spans(mut self, first: &[usize]) -> Self {
        let with = first.windows(2).zip(&self.totals);
        let with = with.filter(|(first, _)| first[0] < first[1]);
        let whole = |total: &Dyadic| End {
            mass: total.clone(),
            up_to: total.clone(),
        };
        self.spans = with.map(|(_, total)| whole(total)).collect();
        self
    }

    pub(super) fn without_spans(&self) -> Self {
        Self {
            totals: self.totals.clone(),
            spans: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, end: End) {
        self.spans.push(end);
    }

    /// The ends of some spans.
    pub(super) fn of(&self, spans: Range<usize>) -> Option<&[End]> {
        self.spans.get(spans)
    }

    /// The ends of the parts of some spans of one cell.
    pub(super) fn ends(
        &self,
        spans: Range<usize>,
        parts: &[Part],
        found: &Found,
    ) -> Option<Vec<End>> {
        let mut ends = Vec::with_capacity(parts.len());
        for place in spans {
            let span = self.spans.get(place)?;
            let mut up_to = span.up_to.minus(&span.mass);
            for part in parts.iter().filter(|p| p.of == place) {
                let mass = found.mass(part).unwrap_or_else(|| span.mass.clone());
                up_to = up_to.plus(&mass);
                ends.push(End {
                    up_to: up_to.clone(),
                    mass,
                });
            }
        }
        Some(ends)
    }

    /// Which of some ends in ascending order is the first at the level.
    pub(super) fn place(&self, cell: usize, ends: &[End], level: Level) -> Option<usize> {
        let total = self.totals.get(cell).filter(|t| t.sign() == Sign::Plus)?;
        let below = ends.partition_point(|e| e.up_to.over(total) < level.level());
        let weighs = |e: &End| e.mass.sign() == Sign::Plus;
        let after = ends.get(below..)?.iter().position(weighs)?;
        Some(below + after)
    }
}
