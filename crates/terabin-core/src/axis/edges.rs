//! Arrays of edges: made as NumPy makes them, checked, kept as bits.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{AxisError, MAX_BINS};

/// Increasing edges; serialised as bits, so that a plan is read back exactly.
///
/// Clones share the array: an axis of 10^8 bins is in many plans and layouts.
#[derive(Clone, Debug, PartialEq)]
pub struct Edges(Arc<[f64]>);

impl Edges {
    /// Takes edges that increase strictly; infinite outer edges are fine.
    pub fn new(edges: Vec<f64>) -> Result<Self, AxisError> {
        if edges.len() < 2 {
            return Err(AxisError::TooFewEdges(edges.len()));
        }
        check_bins(edges.len() as u64 - 1)?;
        if let Some(index) = edges.iter().position(|e| e.is_nan()) {
            return Err(AxisError::NanEdge(index));
        }
        match edges.windows(2).position(|w| w[0] >= w[1]) {
            Some(i) => Err(AxisError::NotIncreasing {
                index: i + 1,
                value: edges[i + 1],
                previous: edges[i],
            }),
            None => Ok(Self(edges.into())),
        }
    }

    /// `numpy.linspace(low, high, bins + 1)`.
    pub fn regular(bins: u64, low: f64, high: f64) -> Result<Self, AxisError> {
        let bins = check_bins(bins)?;
        check_limits(low, high)?;
        Self::computed(linspace(low, high, bins))
    }

    /// Takes edges that a formula gave: equal ones mean bins that are too narrow.
    pub fn computed(edges: Vec<f64>) -> Result<Self, AxisError> {
        let (bins, low) = (edges.len() - 1, edges[0]);
        let high = edges[bins];
        Self::new(edges).map_err(|error| match error {
            AxisError::NotIncreasing { index, .. } => AxisError::TooNarrow {
                bins,
                low,
                high,
                index: index - 1,
            },
            other => other,
        })
    }

    pub fn as_slice(&self) -> &[f64] {
        &self.0
    }

    /// The array itself, not a copy.
    pub fn shared(&self) -> Arc<[f64]> {
        Arc::clone(&self.0)
    }

    pub fn bins(&self) -> usize {
        self.0.len() - 1
    }

    pub fn first(&self) -> f64 {
        self.0[0]
    }

    pub fn last(&self) -> f64 {
        self.0[self.0.len() - 1]
    }
}

impl Serialize for Edges {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|e| e.to_bits()))
    }
}

impl<'de> Deserialize<'de> for Edges {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bits = Vec::<u64>::deserialize(deserializer)?;
        Self::new(bits.into_iter().map(f64::from_bits).collect()).map_err(serde::de::Error::custom)
    }
}

/// `numpy.linspace(low, high, bins + 1)`, to the bit: `i * step + low` with two
/// roundings, the last edge `high` itself.
///
/// ```
/// assert_eq!(terabin_core::axis::linspace(0.0, 1.0, 4), [0.0, 0.25, 0.5, 0.75, 1.0]);
/// ```
#[must_use]
pub fn linspace(low: f64, high: f64, bins: usize) -> Vec<f64> {
    #[allow(clippy::cast_precision_loss)] // bins are far below 2^53
    let n = bins as f64;
    let delta = high - low;
    let step = delta / n;
    #[allow(clippy::cast_precision_loss)] // as above
    let edge = |i: usize| {
        if i == bins {
            high
        } else if step == 0.0 {
            // NumPy's way where the step underflows.
            i as f64 / n * delta + low
        } else {
            i as f64 * step + low
        }
    };
    (0..=bins).map(edge).collect()
}

/// A number of bins that an index holds.
pub fn check_bins(bins: u64) -> Result<usize, AxisError> {
    match usize::try_from(bins) {
        Ok(0) => Err(AxisError::NoBins),
        Ok(n) if bins <= MAX_BINS => Ok(n),
        _ => Err(AxisError::TooManyBins(bins)),
    }
}

/// Finite limits in order.
pub fn check_limits(low: f64, high: f64) -> Result<(), AxisError> {
    if !low.is_finite() || !high.is_finite() {
        Err(AxisError::NotFinite(low, high))
    } else if low >= high {
        Err(AxisError::EmptyRange(low, high))
    } else if (high - low).is_infinite() {
        Err(AxisError::TooWide(low, high))
    } else {
        Ok(())
    }
}
