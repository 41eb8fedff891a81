//! Edges under a convention, and the fastest way to find the bin of a value.

use std::sync::Arc;

use super::bounds::{Spacing, bounds};
use super::edges::Edges;
use super::{Convention, NAN, UNDERFLOW, overflow};
use crate::kernel::InstructionSet;
use crate::kernel::linear::Linear;
use crate::kernel::product::Multiplied;
use crate::kernel::search::Search;

/// Bins between edges; what a value beside an edge counts as says the convention.
#[derive(Clone, Debug)]
pub struct Bins {
    edges: Edges,
    convention: Convention,
    /// The largest value of the last bin.
    end: f64,
    finder: Finder,
}

/// How bins are found. It follows from edges and convention.
#[derive(Clone, Debug)]
enum Finder {
    /// By arithmetic.
    Linear(Linear),
    /// By a table.
    Table(Arc<Search>),
    /// Where a table would take too many steps: by bisection of the bounds.
    Bisection(Arc<[f64]>),
}

/// The edges and the convention are the axis; the rest follows from them.
impl PartialEq for Bins {
    fn eq(&self, other: &Self) -> bool {
        self.edges == other.edges && self.convention == other.convention
    }
}

impl From<Bins> for (Edges, Convention) {
    fn from(bins: Bins) -> Self {
        (bins.edges, bins.convention)
    }
}

impl Bins {
    pub fn new(edges: Edges, spacing: Spacing, convention: Convention) -> Self {
        let bounds = bounds(&edges, spacing, convention);
        let end = bounds.last().copied().unwrap_or(f64::NAN);
        // Boost's bins do not begin at the edges.
        let linear = match (spacing, convention) {
            (Spacing::Equal, Convention::Numpy | Convention::Scipy) => {
                Linear::new(edges.as_slice()).and_then(|linear| linear.closed_at(end))
            }
            _ => None,
        };
        let table = || Search::new(&bounds).map(|table| Finder::Table(Arc::new(table)));
        let finder = linear.map(Finder::Linear).or_else(table);
        Self {
            edges,
            convention,
            end,
            finder: finder.unwrap_or(Finder::Bisection(bounds)),
        }
    }

    pub fn edges(&self) -> &[f64] {
        self.edges.as_slice()
    }

    pub fn convention(&self) -> Convention {
        self.convention
    }

    /// The largest value of the last bin, where it counts in whatever comes with more
    /// digits than a double; None where the last edge itself bounds the bin.
    pub fn closed_at(&self) -> Option<f64> {
        (self.end >= self.edges.last()).then_some(self.end)
    }

    /// Bytes held besides the edges.
    pub fn table_bytes(&self) -> u64 {
        let bytes = match &self.finder {
            Finder::Linear(_) => 0,
            Finder::Table(table) => table.bytes(),
            Finder::Bisection(bounds) if bounds.as_ptr() == self.edges().as_ptr() => 0,
            Finder::Bisection(bounds) => size_of_val(&**bounds),
        };
        bytes as u64
    }

    /// As [`super::Axis::multiply`].
    pub fn multiply(&self, set: InstructionSet, values: &[f64], rows: &mut Multiplied<'_>) -> bool {
        match &self.finder {
            Finder::Linear(linear) => linear.multiply(set, values, rows),
            Finder::Table(table) => {
                table.multiply(set, values, rows);
                true
            }
            Finder::Bisection(_) => false,
        }
    }

    pub fn index(&self, set: InstructionSet, values: &[f64], out: &mut [i32]) {
        match &self.finder {
            Finder::Linear(linear) => linear.index(set, values, out),
            Finder::Table(table) => table.index(set, values, out),
            Finder::Bisection(bounds) => {
                for (&x, k) in values.iter().zip(out) {
                    *k = locate(bounds, x);
                }
            }
        }
    }
}

/// A binary search in the bounds.
#[inline]
fn locate(bounds: &[f64], x: f64) -> i32 {
    let [first, inner @ .., last] = bounds else {
        return NAN;
    };
    if x >= *first && x <= *last {
        overflow(inner.partition_point(|&bound| bound <= x))
    } else if x < *first {
        UNDERFLOW
    } else if x.is_nan() {
        NAN
    } else {
        overflow(inner.len() + 1)
    }
}
