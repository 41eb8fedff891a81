//! Bins of equal width.

use serde::{Deserialize, Serialize};

use super::bins::Bins;
use super::bounds::Spacing;
use super::edges::Edges;
use super::{AxisError, Convention};
use crate::kernel::InstructionSet;

/// `numpy.linspace` edges; the bin of a value is that of the convention, to the bit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "(Edges, Convention)", into = "(Edges, Convention)")]
pub struct Regular {
    bins: Bins,
}

impl From<(Edges, Convention)> for Regular {
    fn from((edges, convention): (Edges, Convention)) -> Self {
        Self {
            bins: Bins::new(edges, Spacing::Equal, convention),
        }
    }
}

impl From<Regular> for (Edges, Convention) {
    fn from(axis: Regular) -> Self {
        axis.bins.into()
    }
}

impl Regular {
    /// `bins` bins from `low` to `high`, in NumPy's convention.
    ///
    /// # Errors
    /// No bins, limits that are not finite and increasing, bins narrower than doubles.
    ///
    /// ```
    /// let axis = terabin_core::axis::Regular::new(2, 0.0, 1.0)?;
    /// assert_eq!(axis.edges(), [0.0, 0.5, 1.0]);
    /// # Ok::<(), terabin_core::axis::AxisError>(())
    /// ```
    pub fn new(bins: u64, low: f64, high: f64) -> Result<Self, AxisError> {
        let edges = Edges::regular(bins, low, high)?;
        Ok((edges, Convention::default()).into())
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

    pub(super) fn index(&self, set: InstructionSet, values: &[f64], out: &mut [i32]) {
        self.bins.index(set, values, out);
    }
}
