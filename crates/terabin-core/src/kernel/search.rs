//! Bins of any width, by a table of places to start.

use super::multiversion;
use super::prefetch::{STEP, next_block};
use super::product::Multiplied;
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

/// Between doubles of this size lie 2^-32: the upper half of their bits counts ones.
const WHOLE: f64 = 1.5 * 1_048_576.0;

/// A table has at least so many cells per edge, and at most so many in all.
const CELLS_PER_EDGE: usize = 8;
const MOST_CELLS: usize = 1 << 18;
/// Larger tables that are tried, each twice the one before: fewer edges share a cell.
const SIZES: u32 = 5;
/// So many cells more take as long as a step: they leave the first cache.
const CELLS_OF_A_STEP: u32 = 1 << 13;
/// With more edges in a cell a binary search is faster.
const MOST_STEPS: u32 = 4;

impl Search {
    /// The table for increasing edges; None where no table has few enough steps.
    #[must_use]
    pub fn new(edges: &[f64]) -> Option<Self> {
        let (&low, &high) = (edges.first()?, edges.last()?);
        let bins = i32::try_from(edges.len().checked_sub(1)?).ok()?;
        let inner = edges.get(1..edges.len() - 1)?;
        let (steps, key) = Key::best(inner)?;
        let mut starts = vec![0; key.last as usize + 1];
        for &edge in inner {
            if let Some(next) = starts.get_mut(key.of(edge) + 1) {
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

    /// Multiplies the axis in for steps of rows that all lie in its bins, and marks the others.
    pub(crate) fn multiply(
        &self,
        set: super::InstructionSet,
        values: &[f64],
        rows: &mut Multiplied<'_>,
    ) {
        multiply(set, self, values, rows);
    }

    /// Bytes held.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.starts.capacity() * size_of::<u32>() + self.inner.capacity() * size_of::<f64>()
    }
}

impl Key {
    /// The key with which a bin takes the least time, and the steps that it needs.
    fn best(inner: &[f64]) -> Option<(u32, Self)> {
        let (&first, &last) = (inner.first()?, inner.last()?);
        let fewest = (inner.len() * CELLS_PER_EDGE).next_power_of_two();
        let sizes = (0..SIZES).map(|doubled| (fewest << doubled).min(MOST_CELLS));
        let keys = sizes
            .filter_map(|cells| u32::try_from(cells).ok())
            .flat_map(|cells| {
                [
                    Self::scaled(first, last, cells),
                    Self::by_bits(first, last, cells),
                ]
            });
        let (steps, _, key) = keys
            .flatten()
            .map(|key| {
                let steps = key.most_edges(inner);
                (steps, steps + key.last / CELLS_OF_A_STEP, key)
            })
            .min_by_key(|&(_, cost, _)| cost)?;
        (steps <= MOST_STEPS).then_some((steps, key))
    }

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

    /// The same key, of a kind that the compiler knows.
    #[inline(always)]
    fn kind<const BY_BITS: bool>(self) -> Self {
        Self {
            by_bits: BY_BITS,
            ..self
        }
    }

    /// The cell of a value that is not NaN: never less for a larger value.
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation)] // both are clamped to 32 bits
    fn of(&self, x: f64) -> usize {
        if self.by_bits {
            // The bits of positive doubles are in their order.
            let within = if x > self.low { x } else { self.low };
            let key = (within.to_bits() - self.low.to_bits()) >> self.shift;
            key.min(self.last.into()) as usize
        } else {
            let key = (x - self.low) * self.scale;
            let key = if key > 0.0 { key } else { 0.0 };
            let last = f64::from(self.last);
            let key = if key < last { key } else { last };
            // Vectors have no conversion to integers of 64 bits, but this addition.
            (((key + WHOLE).to_bits() - WHOLE.to_bits()) >> 32) as usize
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
        (false, 0..=1) => find_all::<1, false>(search, values, bins),
        (false, 2) => find_all::<2, false>(search, values, bins),
        (false, 3) => find_all::<3, false>(search, values, bins),
        (false, _) => find_all::<4, false>(search, values, bins),
        (true, 0..=1) => find_all::<1, true>(search, values, bins),
        (true, 2) => find_all::<2, true>(search, values, bins),
        (true, 3) => find_all::<3, true>(search, values, bins),
        (true, _) => find_all::<4, true>(search, values, bins),
    }
}

#[inline(always)]
fn find_all<const STEPS: usize, const BY_BITS: bool>(
    search: &Search,
    values: &[f64],
    bins: &mut [i32],
) {
    let (key, low) = (search.key.kind::<BY_BITS>(), search.low);
    for (&x, bin) in values.iter().zip(bins) {
        let found = find::<STEPS>(search, x, key.of(if x >= low { x } else { low }));
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

/// The bin of a value that lies in one.
#[inline(always)]
#[allow(unsafe_code)]
fn find<const STEPS: usize>(search: &Search, x: f64, key: usize) -> u32 {
    // SAFETY: a key is at most the table's last, whatever the value.
    let start = unsafe { *search.starts.get_unchecked(key) };
    let mut found = start;
    for step in 0..STEPS {
        // SAFETY: a start is at most the number of inner edges, behind which stand
        // as many NaN as there are steps.
        let edge = unsafe { *search.inner.get_unchecked(start as usize + step) };
        found += u32::from(x >= edge);
    }
    found
}

multiversion! {
    fn multiply(search: &Search, values: &[f64], rows: &mut Multiplied<'_>) = multiply_body;
}

#[inline(always)]
fn multiply_body(search: &Search, values: &[f64], rows: &mut Multiplied<'_>) {
    match (search.key.by_bits, search.steps) {
        (false, 0..=1) => multiply_all::<1, false>(search, values, rows),
        (false, 2) => multiply_all::<2, false>(search, values, rows),
        (false, 3) => multiply_all::<3, false>(search, values, rows),
        (false, _) => multiply_all::<4, false>(search, values, rows),
        (true, 0..=1) => multiply_all::<1, true>(search, values, rows),
        (true, 2) => multiply_all::<2, true>(search, values, rows),
        (true, 3) => multiply_all::<3, true>(search, values, rows),
        (true, _) => multiply_all::<4, true>(search, values, rows),
    }
}

#[inline(always)]
fn multiply_all<const STEPS: usize, const BY_BITS: bool>(
    search: &Search,
    values: &[f64],
    rows: &mut Multiplied<'_>,
) {
    let (factor, low, high) = (rows.factor, search.low, search.high);
    let key = search.key.kind::<BY_BITS>();
    let steps = values.as_chunks::<STEP>().0.iter();
    let steps = steps.zip(rows.cells.as_chunks_mut::<STEP>().0);
    let steps = steps.zip(rows.unclear.iter_mut());
    for (step, ((step_values, cells), unclear)) in steps.enumerate() {
        next_block(values, step * STEP);
        let inside = |all, x: &f64| all & (*x >= low) & (*x <= high);
        *unclear |= !step_values.iter().fold(true, inside);
        // Two loops: the first is one of vectors, the second one of loads.
        let mut keys = [0; STEP];
        for (place, &x) in keys.iter_mut().zip(step_values) {
            *place = key.of(if x >= low { x } else { low });
        }
        for ((cell, &x), key) in cells.iter_mut().zip(step_values).zip(keys) {
            *cell = factor.cell(*cell, find::<STEPS>(search, x, key));
        }
    }
}
