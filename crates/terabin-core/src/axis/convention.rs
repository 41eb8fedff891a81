//! Whose rule says which bin a value beside an edge falls in.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a value at or just beside an edge counts as, as a library of the field has it.
///
/// Away from edges all agree: `edges[k] <= x < edges[k+1]`. Axes of integers, of categories
/// and circles are the same in every convention, and so are NaN, which is counted apart,
/// and integers, which are binned as doubles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Convention {
    /// `numpy.histogramdd`: the last bin is closed on the right.
    #[default]
    Numpy,
    /// `scipy.stats.binned_statistic_dd` over doubles: the last bin also takes what lies
    /// above the last edge and rounds to it, at six or seven decimals more than the
    /// narrowest bin has.
    Scipy,
    /// boost-histogram's axes with overflow: the last bin is open on the right, and the bin
    /// on an axis of equal bins is `(x - low) / (high - low) * bins`, whatever the edges.
    Boost,
}

impl Convention {
    /// The word that names it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Numpy => "numpy",
            Self::Scipy => "scipy",
            Self::Boost => "boost",
        }
    }
}

impl fmt::Display for Convention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
