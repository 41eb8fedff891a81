//! Which quantile of which value.

use serde::{Deserialize, Serialize};

use super::Level;
use crate::state::{Joint, Quantity};

/// A quantile of one value, rows weighted or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct QuantileOf {
    /// The position of the value.
    pub value: usize,
    /// The position of the weights.
    pub weights: Option<usize>,
    /// Which quantile.
    pub level: Level,
}

impl QuantileOf {
    /// The positions of the value and of the weights.
    #[must_use]
    pub fn values(self) -> Vec<usize> {
        let weights = self.weights.filter(|&w| w != self.value);
        [self.value].into_iter().chain(weights).collect()
    }

    /// What the fill collects, for a search to begin with.
    #[must_use]
    pub fn quantities(self) -> Vec<Quantity> {
        let all = Joint::of(&self.values());
        let mut quantities = vec![Quantity::Count, all.rows(), Quantity::Extremes(self.value)];
        if let Some(weights) = self.weights {
            quantities.push(Quantity::Extremes(weights));
            quantities.push(all.product(&[weights]));
        }
        quantities
    }
}
