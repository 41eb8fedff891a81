//! Bins of equal ratio.

use serde::{Deserialize, Serialize};

use super::bins::Bins;
use super::edges::{Edges, check_bins, check_limits, linspace};
use super::{AxisError, Convention, Variable};

/// `numpy.geomspace` edges; values at or below zero are underflow.
///
/// The edges are `10^(linspace of log10)` with pure-Rust functions, so that every
/// machine has the same ones; NumPy's own differ in the last place between machines.
/// The limits themselves are exact. In Boost's convention the bins lie between these
/// edges, half open: Boost's own index is a quotient of logarithms, which are the
/// machine's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Log {
    bins: Variable,
}

impl Log {
    /// `bins` bins from `low` to `high`, both above zero, in NumPy's convention.
    ///
    /// # Errors
    /// No bins, limits that are not finite, positive and increasing, bins narrower
    /// than doubles.
    pub fn new(bins: u64, low: f64, high: f64) -> Result<Self, AxisError> {
        let bins = check_bins(bins)?;
        if low <= 0.0 || high <= 0.0 {
            return Err(AxisError::NotPositive(low, high));
        }
        check_limits(low, high)?;
        let mut edges: Vec<f64> = linspace(libm::log10(low), libm::log10(high), bins)
            .into_iter()
            .map(|e| libm::pow(10.0, e))
            .collect();
        edges[0] = low;
        edges[bins] = high;
        Ok(Self {
            bins: (Edges::computed(edges)?, Convention::default()).into(),
        })
    }

    /// The same bins in another convention.
    #[must_use]
    pub fn with_convention(self, convention: Convention) -> Self {
        Self {
            bins: self.bins.with_convention(convention),
        }
    }

    /// The edges.
    #[must_use]
    pub fn edges(&self) -> &[f64] {
        self.bins.edges()
    }

    pub(super) fn bins(&self) -> &Bins {
        self.bins.bins()
    }
}
