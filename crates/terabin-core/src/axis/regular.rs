//! Bins of equal width.

use serde::{Deserialize, Serialize};

use super::edges::Edges;
use super::{AxisError, NAN, UNDERFLOW, overflow};

/// `numpy.linspace` edges; the bin of a value is NumPy's, to the bit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Regular {
    edges: Edges,
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
        Ok(Self {
            edges: Edges::regular(bins, low, high)?,
        })
    }

    /// The edges.
    #[must_use]
    pub fn edges(&self) -> &[f64] {
        self.edges.as_slice()
    }

    /// A multiplication guesses the bin, the edges decide.
    #[allow(clippy::cast_precision_loss)] // bins are far below 2^53
    pub(super) fn index(&self, values: &[f64], out: &mut [i32]) {
        let (low, high) = (self.edges.first(), self.edges.last());
        let per_width = self.edges.bins() as f64 / (high - low);
        let above = overflow(self.edges.bins());
        for (&x, k) in values.iter().zip(out) {
            *k = if x >= low && x <= high {
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a guess
                let guess = ((x - low) * per_width) as usize;
                overflow(self.edges.settle(x, guess))
            } else if x < low {
                UNDERFLOW
            } else if x > high {
                above
            } else {
                NAN
            };
        }
    }
}
