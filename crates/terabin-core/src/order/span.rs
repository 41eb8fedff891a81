//! Where ranks of one cell lie.

use serde::{Deserialize, Serialize};

/// Keys from `low` to `high`, both counted in, between which ranks of a cell lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The lowest key.
    pub low: u64,
    /// The highest key.
    pub high: u64,
    /// Rows of the cell with a lower key.
    pub below: u64,
    /// Rows of the cell in the span.
    pub rows: u64,
    /// What the next pass does with these rows.
    pub ask: Ask,
}

/// What a pass asks of the rows in a span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ask {
    /// Nothing: all keys are one.
    #[default]
    Nothing,
    /// How many rows each bucket of `2^shift` keys has, in the counters from `at` on.
    Count {
        /// The width of a bucket.
        shift: u32,
        /// The first counter.
        at: usize,
    },
    /// The keys of all rows.
    Keys,
}

impl Span {
    /// The least width of buckets, as a power of two, of which at most `most` fill the
    /// span.
    pub(super) fn shift(&self, most: u64) -> u32 {
        let width = self.high - self.low;
        (0..u64::BITS)
            .find(|&shift| width >> shift < most.max(2))
            .unwrap_or(u64::BITS - 1)
    }

    /// How many buckets of that width there are.
    pub(super) fn buckets(&self, shift: u32) -> usize {
        // Fewer than the counters that they were made for.
        usize::try_from((self.high - self.low) >> shift).map_or(usize::MAX, |last| last + 1)
    }

    /// Whether a rank lies here.
    pub(super) fn has(&self, rank: u64) -> bool {
        rank.checked_sub(self.below).is_some_and(|r| r < self.rows)
    }
}
