//! Bins between any increasing edges.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::edges::Edges;
use super::{AxisError, NAN, UNDERFLOW, overflow};
use crate::kernel::InstructionSet;
use crate::kernel::search::Search;

/// Irregular edges; infinite outer edges take infinities in.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "Edges", into = "Edges")]
pub struct Variable {
    edges: Edges,
    /// None where a table would take too many steps.
    search: Option<Arc<Search>>,
}

/// The edges are the axis; the table follows from them.
impl PartialEq for Variable {
    fn eq(&self, other: &Self) -> bool {
        self.edges == other.edges
    }
}

impl From<Edges> for Variable {
    fn from(edges: Edges) -> Self {
        let search = Search::new(edges.as_slice()).map(Arc::new);
        Self { edges, search }
    }
}

impl From<Variable> for Edges {
    fn from(axis: Variable) -> Self {
        axis.edges
    }
}

impl Variable {
    /// Bins between consecutive edges.
    ///
    /// # Errors
    /// Fewer than two edges, NaN, or edges that do not increase strictly; the message
    /// names the index.
    pub fn new(edges: Vec<f64>) -> Result<Self, AxisError> {
        Ok(Edges::new(edges)?.into())
    }

    /// Bins of width `step` from `low`, the last edge being the first at or above `high`.
    ///
    /// Edge i is `low + i * step` with two roundings; where these bring the last edge
    /// below `high`, it is `high`.
    ///
    /// # Errors
    /// A step that is not positive, limits that are not finite and increasing, too many
    /// bins, or a step below the spacing of doubles.
    pub fn steps(step: f64, low: f64, high: f64) -> Result<Self, AxisError> {
        if !(step > 0.0 && step.is_finite()) {
            return Err(AxisError::BadStep(step));
        }
        super::edges::check_limits(low, high)?;
        let bins = super::edges::check_bins(steps_between(step, low, high))?;
        #[allow(clippy::cast_precision_loss)] // bins are far below 2^53
        let mut edges: Vec<f64> = (0..=bins).map(|i| i as f64 * step + low).collect();
        // The rounding of the last edge must not put `high` itself beyond it.
        edges[bins] = edges[bins].max(high);
        Self::new(edges)
    }

    /// The edges.
    #[must_use]
    pub fn edges(&self) -> &[f64] {
        self.edges.as_slice()
    }

    /// Bytes of the table.
    pub(super) fn table_bytes(&self) -> u64 {
        self.search.as_ref().map_or(0, |s| s.bytes() as u64)
    }

    pub(super) fn index(&self, set: InstructionSet, values: &[f64], out: &mut [i32]) {
        match &self.search {
            Some(search) => search.index(set, values, out),
            None => {
                for (&x, k) in values.iter().zip(out) {
                    *k = locate(&self.edges, x);
                }
            }
        }
    }
}

/// The steps from `low` until `high` is reached.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates
fn steps_between(step: f64, low: f64, high: f64) -> u64 {
    let whole = |x: f64| (x.fract() == 0.0 && x.abs() < 1e19).then_some(x as i128);
    if let (Some(step), Some(low), Some(high)) = (whole(step), whole(low), whole(high)) {
        // Not negative: the limits increase. Nanoseconds of dates are all whole.
        let steps = (high - low + step - 1) / step;
        return u64::try_from(steps).unwrap_or(u64::MAX);
    }
    let ratio = (high - low) / step;
    // 0.1 into 0..1 is 10 steps although the division may not say so exactly; nor may
    // the difference of limits that are themselves rounded, as in 123.6..124.
    let nearest = ratio.round();
    let tolerance = (nearest * 4.0 + (low.abs() + high.abs()) / step / 2.0) * f64::EPSILON;
    let count = if (ratio - nearest).abs() <= tolerance {
        nearest.max(1.0)
    } else {
        ratio.ceil()
    };
    count as u64
}

/// A binary search in the edges.
#[inline]
pub fn locate(edges: &Edges, x: f64) -> i32 {
    if x >= edges.first() && x <= edges.last() {
        let inner = &edges.as_slice()[1..edges.bins()];
        overflow(inner.partition_point(|&e| e <= x))
    } else if x < edges.first() {
        UNDERFLOW
    } else if x > edges.last() {
        overflow(edges.bins())
    } else {
        NAN
    }
}
