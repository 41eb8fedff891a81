//! Rows per cell.

use super::cell_numbers::{assert_within, is_clustered};
use super::large_pages::Zeros;
use super::{InstructionSet, multiversion};

/// Counters of 32 bits, in several copies where cells are few: a counter in memory
/// takes one row in five cycles, so that neighbouring rows go to different copies.
#[derive(Debug)]
pub struct Counters {
    counts: Zeros<u32>,
    cells: usize,
    /// The distance of the copies; one copy where it is the whole.
    stride: usize,
    rows: u32,
}

/// With more cells the copies would leave the first cache.
const COPIED_CELLS: usize = 2048;
const COPIES: usize = 4;
/// Counters of a cache line. Copies lie an odd number of lines apart: loads are told from
/// earlier stores by the low 12 bits of their addresses, which then differ.
const LINE: usize = 16;

impl Counters {
    /// Zeros.
    #[must_use]
    pub fn new(cells: usize) -> Self {
        let copied = cells <= COPIED_CELLS;
        let stride = if copied { copy_counters(cells) } else { cells };
        Self {
            counts: Zeros::new(if copied { COPIES * stride } else { stride }),
            cells,
            stride,
            rows: 0,
        }
    }

    /// Bytes that the counters of so many cells take.
    #[must_use]
    pub fn planned_bytes(cells: usize) -> u64 {
        let counters = if cells <= COPIED_CELLS {
            COPIES * copy_counters(cells)
        } else {
            cells
        };
        (counters as u64).saturating_mul(size_of::<u32>() as u64)
    }

    /// Counts a row in each of `cells`.
    ///
    /// At most `u32::MAX` rows may be added between two calls of
    /// [`Counters::clear`]; [`Counters::has_room`] tells.
    ///
    /// # Panics
    /// A number beyond the cells, or more rows than there is room for: a defect of the
    /// caller.
    pub fn add(&mut self, set: InstructionSet, cells: &[u32]) {
        assert!(
            self.has_room(cells.len()),
            "the counters are cleared in time"
        );
        // Checked: below 2^32.
        self.rows += u32::try_from(cells.len()).unwrap_or(u32::MAX);
        let cell_count = self.cells;
        count(set, cells, &mut self.counts, cell_count, self.stride);
    }

    /// Whether so many more rows can be counted.
    #[must_use]
    pub fn has_room(&self, rows: usize) -> bool {
        u32::try_from(rows).is_ok_and(|rows| self.rows.checked_add(rows).is_some())
    }

    /// The rows of a cell.
    #[must_use]
    pub fn get(&self, cell: usize) -> u64 {
        let copies = self.counts.chunks(self.stride.max(1));
        copies.map(|c| u64::from(c[cell])).sum()
    }

    /// Sets all counters to zero.
    pub fn clear(&mut self) {
        self.counts.fill(0);
        self.rows = 0;
    }

    /// Bytes held.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.counts.bytes()
    }
}

/// Counters of one copy.
fn copy_counters(cells: usize) -> usize {
    (cells.div_ceil(LINE) | 1) * LINE
}

multiversion! {
    fn count(numbers: &[u32], counters: &mut [u32], cells: usize, stride: usize) = count_body;
}

#[inline(always)]
fn count_body(numbers: &[u32], counters: &mut [u32], cells: usize, stride: usize) {
    assert_within(numbers, cells);
    if counters.len() > stride {
        let (copies, rest) = numbers.as_chunks::<COPIES>();
        for numbers in copies {
            for (copy, &cell) in numbers.iter().enumerate() {
                increment(counters, copy * stride, cell, 1);
            }
        }
        for &cell in rest {
            increment(counters, 0, cell, 1);
        }
    } else if is_clustered(numbers) {
        for run in numbers.chunk_by(|a, b| a == b) {
            // A block is shorter than 2^32 rows.
            let rows = u32::try_from(run.len()).unwrap_or(u32::MAX);
            increment(counters, 0, run[0], rows);
        }
    } else {
        for &cell in numbers {
            increment(counters, 0, cell, 1);
        }
    }
}

#[inline(always)]
#[allow(unsafe_code)]
fn increment(counters: &mut [u32], copy: usize, cell: u32, rows: u32) {
    // SAFETY: every number is below the cells of a copy, as `count_body` has checked,
    // and `new` has made the copies that it counts in.
    let counter = unsafe { counters.get_unchecked_mut(copy + cell as usize) };
    *counter = counter.wrapping_add(rows);
}
