//! Random numbers by counter: hash of seed, column and row, then a quantile function.
//!
//! The elementary functions come from `libm`, in Rust, and no operation is fused
//! or reordered: the bits do not depend on the machine.

use super::normal;

/// How a column's values are distributed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Distribution {
    /// Mean 0, standard deviation 1.
    Normal,
    /// Minimum 1, exponent 2.5: P(v > t) = t^-2.5.
    Pareto,
    /// Lognormal with median 10,000 and sigma 1; NaN once in 10,000 rows on average.
    Temperature,
}

impl Distribution {
    /// Computes the values of consecutive rows of column number `column`.
    pub(super) fn fill(self, seed: u64, column: u64, first_row: u64, out: &mut [f64]) {
        let stream = Stream::new(seed, column);
        match self {
            Self::Normal => fill_normal(stream, first_row, out),
            Self::Pareto => fill_pareto(stream, first_row, out),
            Self::Temperature => {
                let gaps = Stream::new(seed, GAPS | column);
                fill_temperature(stream, gaps, first_row, out);
            }
        }
    }
}

/// Sets the stream that chooses a column's NaN rows apart from every column's own.
const GAPS: u64 = 1 << 32;

/// A hash below this, one in 10,000, makes a value NaN.
const GAP_BELOW: u64 = u64::MAX / 10_000;

/// Values computed at a time: the uniform numbers stay in the nearest cache.
const BLOCK: usize = 256;

/// 64 random bits per row: `SplitMix64` from a start that hashes seed and column.
///
/// `SplitMix64` (Steele, Lea, Flood, OOPSLA 2014) is a counter with a finaliser,
/// so any row can be computed without those before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stream {
    start: u64,
}

impl Stream {
    /// The stream of column number `column` under `seed`.
    pub(super) fn new(seed: u64, column: u64) -> Self {
        Self {
            start: finalise(finalise(seed.wrapping_add(GAMMA)) ^ column.wrapping_mul(GAMMA)),
        }
    }

    /// The bits of one row.
    #[inline]
    pub(super) fn bits(self, row: u64) -> u64 {
        finalise(self.start.wrapping_add(row.wrapping_mul(GAMMA)))
    }

    fn uniforms(self, first_row: u64, out: &mut [f64]) {
        for (row, value) in (first_row..).zip(out) {
            *value = uniform(self.bits(row));
        }
    }
}

/// The golden ratio in 64 bits, the step of the counter.
const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// Stafford's mix 13, the finaliser of `SplitMix64`.
#[inline]
fn finalise(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// An odd multiple of 2^-53: exact, never 0 or 1, and symmetric about one half.
#[inline]
#[expect(clippy::cast_precision_loss, reason = "53 bits fit an f64")]
pub(super) fn uniform(bits: u64) -> f64 {
    const STEP: f64 = 1.0 / (1_u64 << 53) as f64;
    ((bits >> 11) | 1) as f64 * STEP
}

fn fill_normal(stream: Stream, first_row: u64, out: &mut [f64]) {
    let mut uniforms = [0.0; BLOCK];
    for (first, block) in (first_row..).step_by(BLOCK).zip(out.chunks_mut(BLOCK)) {
        let uniforms = &mut uniforms[..block.len()];
        stream.uniforms(first, uniforms);
        normal::quantiles(uniforms, block);
    }
}

fn fill_pareto(stream: Stream, first_row: u64, out: &mut [f64]) {
    stream.uniforms(first_row, out);
    for value in out {
        *value = libm::pow(*value, -0.4);
    }
}

fn fill_temperature(stream: Stream, gaps: Stream, first_row: u64, out: &mut [f64]) {
    fill_normal(stream, first_row, out);
    for (row, value) in (first_row..).zip(out) {
        *value = if gaps.bits(row) < GAP_BELOW {
            f64::NAN
        } else {
            1e4 * libm::exp(*value)
        };
    }
}
