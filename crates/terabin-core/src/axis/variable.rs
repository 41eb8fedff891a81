//! Bins between any increasing edges.

use serde::{Deserialize, Serialize};

use super::bins::Bins;
use super::bounds::Spacing;
use super::edges::Edges;
use super::{AxisError, Convention};

/// Irregular edges; infinite outer edges take infinities in where they count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "(Edges, Convention)", into = "(Edges, Convention)")]
pub struct Variable {
    bins: Bins,
}

impl From<(Edges, Convention)> for Variable {
    fn from((edges, convention): (Edges, Convention)) -> Self {
        Self {
            bins: Bins::new(edges, Spacing::Any, convention),
        }
    }
}

impl From<Variable> for (Edges, Convention) {
    fn from(axis: Variable) -> Self {
        axis.bins.into()
    }
}

impl Variable {
    /// Bins between consecutive edges, in NumPy's convention.
    ///
    /// # Errors
    /// Fewer than two edges, NaN, or edges that do not increase strictly; the message
    /// names the index.
    pub fn new(edges: Vec<f64>) -> Result<Self, AxisError> {
        Ok((Edges::new(edges)?, Convention::default()).into())
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

    /// The same bins in another convention.
    #[must_use]
    pub fn with_convention(self, convention: Convention) -> Self {
        let (edges, _) = self.into();
        (edges, convention).into()
    }

    /// The edges.
    #[must_use]
    pub fn edges(&self) -> &[f64] {
        self.bins.edges()
    }

    pub(super) fn bins(&self) -> &Bins {
        &self.bins
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
