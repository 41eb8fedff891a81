//! Bins of equal width.

use serde::{Deserialize, Serialize};

use super::AxisError;
use super::edges::Edges;
use super::variable::locate;
use crate::kernel::InstructionSet;
use crate::kernel::linear::Linear;

/// `numpy.linspace` edges; the bin of a value is NumPy's, to the bit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Edges", into = "Edges")]
pub struct Regular {
    edges: Edges,
    /// None where bins are too narrow for arithmetic: the edges are searched.
    linear: Option<Linear>,
}

impl From<Edges> for Regular {
    fn from(edges: Edges) -> Self {
        let linear = Linear::new(edges.as_slice());
        Self { edges, linear }
    }
}

impl From<Regular> for Edges {
    fn from(axis: Regular) -> Self {
        axis.edges
    }
}

impl Regular {
    /// `bins` bins from `low` to `high`.
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
        Ok(Edges::regular(bins, low, high)?.into())
    }

    /// The edges.
    #[must_use]
    pub fn edges(&self) -> &[f64] {
        self.edges.as_slice()
    }

    pub(super) fn index(&self, set: InstructionSet, values: &[f64], out: &mut [i32]) {
        match &self.linear {
            Some(linear) => linear.index(set, values, out),
            None => {
                for (&x, k) in values.iter().zip(out) {
                    *k = locate(&self.edges, x);
                }
            }
        }
    }
}
