//! Bins of any width, by a table of places to start.

use super::multiversion;
use crate::axis::{NAN, UNDERFLOW};

/// A table over equal cells of a key that grows with the value: the edges below each
/// cell. From there a few comparisons find the bin; their number is the most edges that
/// any cell holds.
///
/// The key is the value scaled, or its bits where those spread the edges better: a
/// logarithm without its cost. Both grow with the value, roundings included, so that the
/// table is right by construction: an edge in an earlier cell is below the value, an
/// edge in a later cell above it.
#[derive(Clone, Debug)]
pub struct Search {
    key: Key,
    /// Per cell, the number of inner edges in earlier cells.
    starts: Vec<u32>,
    steps: u32,
    /// The inner edges, then NaN, which nothing reaches, for every step.
    inner: Vec<f64>,
    low: f64,
    high: f64,
    bins: i32,
}

#[derive(Clone, Copy, Debug)]
struct Key {
    /// Scaled: `(x - low) * scale`; by bits: `(bits - low's bits) >> shift`.
    by_bits: bool,
    low: f64,
    scale: f64,
    shift: u32,
    last: u32,
}

/// A table has at most so many cells per edge, and in all.
const CELLS_PER_EDGE: usize = 8;
const MOST_CELLS: usize = 1 << 18;
/// With more edges in a cell a binary search is faster.
const MOST_STEPS: u32 = 4;

impl Search {
    /// The table for increasing edges; None where no table has few enough steps.
    #[must_use]
    pub fn new(edges: &[f64]) -> Option<Self> {
        let (&low, &high) = (edges.first()?, edges.last()?);
        let bins = i32::try_from(edges.len().checked_sub(1)?).ok()?;
        let inner = edges.get(1..edges.len() - 1)?;
        let (&first, &last) = (inner.first()?, inner.last()?);
        let cells = (inner.len() * CELLS_PER_EDGE).next_power_of_two();
        let cells = u32::try_from(cells.min(MOST_CELLS)).ok()?;
        let keys = [
            Key::scaled(first, last, cells),
            Key::by_bits(first, last, cells),
        ];
        let (steps, key) = (keys.into_iter().flatten())
            .map(|key| (key.most_edges(inner), key))
            .min_by_key(|&(steps, _)| steps)?;
        if steps > MOST_STEPS {
            return None;
        }
        let mut starts = vec![0; key.last as usize + 1];
        for &edge in inner {
            if let Some(next) = starts.get_mut(key.of(edge) as usize + 1) {
                *next += 1;
            }
        }
        let mut below = 0;
        for start in &mut starts {
            below += *start;
            *start = below;
        }
        let mut inner = inner.to_vec();
        inner.resize(inner.len() + MOST_STEPS as usize, f64::NAN);
        Some(Self {
            key,
            starts,
            steps,
            inner,
            low,
            high,
            bins,
        })
    }

    /// The bin of each value, as [`super::reference::bin`] has it.
    pub fn index(&self, set: super::InstructionSet, values: &[f64], bins: &mut [i32]) {
        index(set, self, values, bins);
    }

    /// Bytes held.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.starts.capacity() * size_of::<u32>() + self.inner.capacity() * size_of::<f64>()
    }
}

impl Key {
    fn scaled(first: f64, last: f64, cells: u32) -> Option<Self> {
        let scale = f64::from(cells) / (last - first);
        scale.is_normal().then_some(Self {
            by_bits: false,
            low: first,
            scale,
            shift: 0,
            last: cells - 1,
        })
    }

    fn by_bits(first: f64, last: f64, cells: u32) -> Option<Self> {
        if first <= 0.0 || last.is_infinite() {
            return None;
        }
        let span = last.to_bits() - first.to_bits();
        let shift = (span / u64::from(cells))
            .checked_ilog2()
            .map_or(0, |b| b + 1);
        Some(Self {
            by_bits: true,
            low: first,
            scale: 0.0,
            shift,
            last: u32::try_from(span >> shift).ok()?,
        })
    }

    /// The cell of a value that is not NaN: never less for a larger value.
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // clamped
    fn of(&self, x: f64) -> u32 {
        if self.by_bits {
            // The bits of positive doubles are in their order.
            let within = if x > self.low { x } else { self.low };
            let key = (within.to_bits() - self.low.to_bits()) >> self.shift;
            key.min(self.last.into()) as u32
        } else {
            let key = (x - self.low) * self.scale;
            let key = if key > 0.0 { key } else { 0.0 };
            let last = f64::from(self.last);
            let key = if key < last { key } else { last };
            key as i32 as u32
        }
    }

    /// The most edges in one cell.
    fn most_edges(&self, edges: &[f64]) -> u32 {
        let runs = edges.chunk_by(|&a, &b| self.of(a) == self.of(b));
        let most = runs.map(<[f64]>::len).max().unwrap_or(0);
        u32::try_from(most).unwrap_or(u32::MAX)
    }
}

multiversion! {
    fn index(search: &Search, values: &[f64], bins: &mut [i32]) = index_body;
}

#[inline(always)]
fn index_body(search: &Search, values: &[f64], bins: &mut [i32]) {
    match (search.key.by_bits, search.steps) {
        (false, 0..=1) => walk::<1, false>(search, values, bins),
        (false, 2) => walk::<2, false>(search, values, bins),
        (false, _) => walk::<4, false>(search, values, bins),
        (true, 0..=1) => walk::<1, true>(search, values, bins),
        (true, 2) => walk::<2, true>(search, values, bins),
        (true, _) => walk::<4, true>(search, values, bins),
    }
}

#[inline(always)]
#[allow(unsafe_code)]
fn walk<const STEPS: usize, const BY_BITS: bool>(
    search: &Search,
    values: &[f64],
    bins: &mut [i32],
) {
    let key = Key {
        by_bits: BY_BITS,
        ..search.key
    };
    for (&x, bin) in values.iter().zip(bins) {
        let within = if x >= search.low { x } else { search.low };
        // SAFETY: a key is at most the table's last, whatever the value.
        let start = unsafe { *search.starts.get_unchecked(key.of(within) as usize) };
        let mut found = start;
        for step in 0..STEPS {
            // SAFETY: a start is at most the number of inner edges, behind which stand
            // as many NaN as there are steps.
            let edge = unsafe { *search.inner.get_unchecked(start as usize + step) };
            found += u32::from(within >= edge);
        }
        let inside = (x >= search.low) & (x <= search.high);
        let outside = if x < search.low {
            UNDERFLOW
        } else {
            search.bins
        };
        let outside = if x.is_nan() { NAN } else { outside };
        *bin = if inside { found.cast_signed() } else { outside };
    }
}
