//! Exact sums for all cells: one addition a row in the common case.

use std::ops::Range;

use super::power::{Power, Rows, Scratch};
use super::{Exact, ExactSums, Pages, Short, Term};
use crate::kernel::InstructionSet;
use crate::kernel::large_pages::Zeros;
use crate::kernel::prefetch;
use crate::kernel::terms::{Real, Window};

/// One exact sum per cell in a few words, and wide sums where these do not reach.
///
/// The first numbers place a window of exponents. What lies in it is added to the packed
/// cells; what does not, and what a cell can no longer take, goes to the wide sums. All
/// is exact, so the window changes speed only, never a result.
pub struct Packed<P: Power> {
    cells: Zeros<P::Cell>,
    window: Option<Window>,
    wide: ExactSums<WIDE>,
    /// Rows of the cells that were emptied into the wide sums.
    rows: Pages<u64>,
    full: Vec<(u32, P::Cell)>,
    /// How often the window was placed.
    placed: u32,
    set: InstructionSet,
}

/// Words of a wide sum: sums of doubles over 200 binades, of squares over 100.
const WIDE: usize = 5;
/// Binades of the wide sums below the packed ones.
const BELOW: i32 = 64;
/// Binades above the usual numbers of the first block that stay in the window.
const SLACK: i32 = 3;
/// A window is placed so often at most: to empty all cells takes time.
const PLACES: u32 = 16;
/// Windows lie on a grid, so that most workers have the same one.
const GRID: i32 = 4;

impl<P: Power> Packed<P> {
    /// Sums of zero for `cells` cells; loops run as `set`.
    #[must_use]
    pub fn new(cells: usize, set: InstructionSet) -> Self {
        Self {
            cells: Zeros::new(cells),
            window: None,
            wide: ExactSums::new(cells),
            rows: Pages::new(cells),
            full: Vec::new(),
            placed: 0,
            set,
        }
    }

    /// Adds real values to the cells of their rows; those for which `refused` is called,
    /// with row and value, are not added.
    ///
    /// These are NaN and infinities; rows in the last cell, the trash, are not reported.
    pub fn add_reals<T: Real>(
        &mut self,
        scratch: &mut Scratch,
        numbers: &[u32],
        values: &[T],
        mut refused: impl FnMut(usize, f64),
    ) {
        if self.window.is_some_and(|w| w.spare > T::SPARE) {
            self.empty_all();
            self.window = None;
        }
        if self.window.is_none() {
            self.place(numbers, values);
        }
        let window = self.window.unwrap_or(ZEROS_ALONE);
        let rows = Rows {
            set: self.set,
            numbers,
            cells: &mut self.cells,
            full: &mut self.full,
            scratch,
        };
        let all = !P::add_reals(rows, window, values);
        self.empty_full();
        if all {
            return;
        }
        let trash = self.cells.len() - 1;
        let mut beside = 0;
        for (row, (&cell, value)) in numbers.iter().zip(values).enumerate() {
            let (cell, x) = (cell as usize, value.double());
            if window.holds(x) || cell == trash {
                continue;
            }
            if x.is_finite() {
                self.wide.add(cell, P::of(Term::from_f64(x)));
                beside += 1;
            } else {
                refused(row, x);
            }
        }
        if beside * 2 > numbers.len() && self.placed < PLACES {
            // The data are not what they began as.
            self.empty_all();
            self.place(numbers, values);
        }
    }

    /// Adds integers to the cells of their rows.
    pub fn add_integers(
        &mut self,
        scratch: &mut Scratch,
        numbers: &[u32],
        values: impl Iterator<Item = i128>,
    ) {
        if self.window != Some(INTEGERS) {
            self.empty_all();
            self.window = Some(INTEGERS);
            self.wide.anchor(0);
        }
        let rows = Rows {
            set: self.set,
            numbers,
            cells: &mut self.cells,
            full: &mut self.full,
            scratch,
        };
        P::add_integers(rows, values);
        self.empty_full();
    }

    /// Adds an infinity to a cell.
    pub fn add_infinity(&mut self, cell: usize, negative: bool) {
        self.wide.add_infinity(cell, negative);
    }

    /// Adds the sums of another set over the same cells.
    pub fn merge(&mut self, mut other: Self) {
        match (self.window, other.window) {
            (mine, theirs) if mine == theirs => {}
            (None, theirs) => {
                self.window = theirs;
            }
            (_, None) => {}
            _ => other.empty_all(),
        }
        for cell in 0..self.cells.len() {
            let theirs = other.cells[cell];
            if let Some(sum) = P::join(self.cells[cell], theirs) {
                self.cells[cell] = sum;
            } else {
                let mine = std::mem::replace(&mut self.cells[cell], theirs);
                self.empty(cell, mine);
            }
        }
        self.rows.add(&other.rows);
        self.wide.merge(other.wide);
    }

    /// The rows of a cell, if the cells count them.
    #[inline]
    #[must_use]
    pub fn rows(&self, cell: usize) -> Option<u64> {
        Some(P::rows(self.cells[cell])? + self.rows.get(cell))
    }

    /// Asks for the memory of a cell.
    pub fn prefetch(&self, cell: usize) {
        prefetch::cell(&self.cells, cell);
    }

    /// The exact sum of a cell, in lowest terms: an odd integer, or zero with exponent 0.
    #[must_use]
    pub fn exact(&self, cell: usize) -> Exact {
        let integer = P::integer(self.cells[cell]);
        self.wide.exact_with(cell, integer, self.unit())
    }

    /// The exact sum of a cell, not in lowest terms, if few words hold it.
    #[inline]
    #[must_use]
    pub fn short(&self, cell: usize) -> Option<Short> {
        let content = self.cells[cell];
        if self.wide.is_zero(cell) {
            return Some(P::short(content, self.unit()));
        }
        self.wide.short_with(cell, &P::parts(content, self.unit()))
    }

    /// The sums of neighbouring cells, of each what [`Packed::short`] says.
    pub fn shorts(&self, cells: Range<usize>, out: &mut Vec<Option<Short>>) {
        if !self.wide.is_blank(&cells) {
            return out.extend(cells.map(|cell| self.short(cell)));
        }
        let unit = self.unit();
        let contents = self.cells.get(cells).unwrap_or_default();
        out.extend(contents.iter().map(|&cell| Some(P::short(cell, unit))));
    }

    /// The rows of neighbouring cells, if the cells count them.
    pub fn counts(&self, cells: Range<usize>, out: &mut Vec<u64>) {
        if !self.rows.is_blank(&cells) {
            return out.extend(cells.filter_map(|cell| self.rows(cell)));
        }
        let contents = self.cells.get(cells).unwrap_or_default();
        out.extend(contents.iter().filter_map(|&cell| P::rows(cell)));
    }

    /// Bytes held.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let cells = self.cells.bytes();
        cells + self.wide.bytes() + self.rows.bytes()
    }

    /// Bytes of the side store of the wide sums.
    #[must_use]
    pub fn side_bytes(&self) -> usize {
        self.wide.side_bytes()
    }

    /// The most bytes of a cell, the side store of the wide sums left out.
    #[must_use]
    pub fn cell_bytes() -> u64 {
        (size_of::<P::Cell>() + WIDE * 8 + 8) as u64
    }

    /// Places the window by the usual numbers of a block, the largest few left out: one
    /// fill value of 1e30 among them must not push the others out.
    fn place<T: Real>(&mut self, numbers: &[u32], values: &[T]) {
        let trash = self.cells.len() - 1;
        let rows = numbers.iter().zip(values);
        let inside = rows.filter(|(cell, _)| **cell as usize != trash);
        let finite = inside.map(|(_, value)| value.double());
        let mut tops: Vec<i32> = finite
            .filter(|x| x.is_finite() && *x != 0.0)
            .map(|x| Term::from_f64(x).top())
            .collect();
        let Some(usual) = tops.len().checked_sub(1 + tops.len() / 512) else {
            return;
        };
        let (_, &mut top, _) = tops.select_nth_unstable(usual);
        self.placed += 1;
        self.window = Some(window::<P>(top, T::SPARE));
        self.wide.anchor(self.unit() - BELOW);
    }

    /// The exponent of the cells' unit.
    #[inline]
    fn unit(&self) -> i32 {
        let window = self.window.unwrap_or(ZEROS_ALONE);
        // Both are below 2^11.
        let exponent = (window.base + window.spare).cast_signed() - 1075;
        P::unit(exponent)
    }

    #[inline]
    fn empty_full(&mut self) {
        while let Some((cell, content)) = self.full.pop() {
            self.empty(cell as usize, content);
        }
    }

    fn empty_all(&mut self) {
        for cell in 0..self.cells.len() {
            let content = std::mem::take(&mut self.cells[cell]);
            if content != P::Cell::default() {
                self.empty(cell, content);
            }
        }
    }

    /// Moves what a cell held into the wide sums.
    #[cold]
    fn empty(&mut self, cell: usize, content: P::Cell) {
        for part in P::parts(content, self.unit()) {
            self.wide.add(cell, part);
        }
        if let Some(rows) = P::rows(content) {
            *self.rows.get_mut(cell) += rows;
        }
    }
}

/// The window before any number was seen: it holds zeros alone.
const ZEROS_ALONE: Window = Window {
    base: 4095,
    reach: 0,
    spare: 0,
};

/// The unit of integers is 1.
const INTEGERS: Window = Window {
    base: 1075,
    reach: 0,
    spare: 0,
};

/// The window for numbers below 2^top.
fn window<P: Power>(top: i32, spare: u32) -> Window {
    // No double is above 2^1024.
    let top = ((top + SLACK).div_euclid(GRID) * GRID + GRID).min(1024);
    let reach = P::reach(spare);
    let largest = top - 1 + 1023;
    let base = (largest - reach.cast_signed()).max(1);
    Window {
        base: base.unsigned_abs(),
        reach,
        spare,
    }
}
