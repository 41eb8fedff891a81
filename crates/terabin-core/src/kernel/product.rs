//! From the bins of rows on each axis to their cells.

use super::multiversion;
pub use super::prefetch::STEP;
use crate::axis::{Axis, NAN, UNDERFLOW};

/// Beyond the edges, but in a flow cell of its own.
const FLOW: u8 = 1;
/// Beyond the edges of an axis that has no cell for that.
const LOST: u8 = 2;
/// NaN on an axis.
const NOT_A_NUMBER: u8 = 4;
/// Not selected: the row counts nowhere.
pub const UNSELECTED: u8 = 8;

/// The row-major number of a cell, wide enough for all cells of a grid.
pub trait CellNumber: Copy {
    /// The number that the first axis is multiplied to.
    const FIRST: Self;

    /// The number of a cell of one axis more, which has `extent` cells.
    fn of_slot(self, extent: u32, slot: u32) -> Self;
}

impl CellNumber for u32 {
    const FIRST: Self = 0;

    #[inline(always)]
    fn of_slot(self, extent: u32, slot: u32) -> Self {
        self.wrapping_mul(extent).wrapping_add(slot)
    }
}

impl CellNumber for u64 {
    const FIRST: Self = 0;

    #[inline(always)]
    fn of_slot(self, extent: u32, slot: u32) -> Self {
        self.wrapping_mul(extent.into()).wrapping_add(slot.into())
    }
}

/// How an axis enters the product of axes.
#[derive(Clone, Copy, Debug)]
pub struct Factor {
    bins: i32,
    extent: u32,
    has_flow: bool,
}

/// Rows on their way through the axes, in steps of [`STEP`].
pub struct Multiplied<'a> {
    /// The axis to come.
    pub factor: Factor,
    /// The cell of each row among those of the axes before.
    pub cells: &'a mut [u32],
    /// Per whole step, whether some row does not lie plainly in a bin of each axis: its cells
    /// are of no use then.
    pub unclear: &'a mut [bool],
}

/// Rows by where they lie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// In a bin of every axis.
    pub in_range: u64,
    /// NaN on some axis.
    pub nan_axis: u64,
    /// Beyond the edges of some axis, and NaN on none.
    pub outside: u64,
}

impl Factor {
    /// An axis that takes `extent` cells.
    #[must_use]
    pub fn new(axis: &Axis, extent: usize) -> Self {
        Self {
            bins: i32::try_from(axis.bins()).unwrap_or(i32::MAX),
            // Extents are below 2^32.
            extent: u32::try_from(extent).unwrap_or(u32::MAX),
            has_flow: extent > axis.bins(),
        }
    }

    /// The same axis before all others: whatever cell a row had counts nothing.
    #[must_use]
    pub fn first(self) -> Self {
        Self { extent: 0, ..self }
    }

    /// The cell of a row in a bin of the axis, which lies in `cell` of those before.
    #[inline(always)]
    pub fn cell<N: CellNumber>(&self, cell: N, bin: u32) -> N {
        let slot = bin.wrapping_add(u32::from(self.has_flow));
        cell.of_slot(self.extent, slot)
    }
}

multiversion! {
    /// Whether all rows lie in a bin.
    pub fn inside(bins: &[i32], factor: Factor) -> bool = inside_body;
}

#[inline(always)]
fn inside_body(bins: &[i32], factor: Factor) -> bool {
    // As unsigned numbers, those of underflow and NaN are the largest.
    let largest = bins
        .iter()
        .fold(0, |most: u32, &bin| most.max(bin.cast_unsigned()));
    largest < factor.bins.cast_unsigned()
}

multiversion! {
    /// Multiplies an axis in whose bins hold all rows.
    pub fn multiply<N: CellNumber>(bins: &[i32], factor: Factor, cells: &mut [N]) = multiply_body;
}

#[inline(always)]
fn multiply_body<N: CellNumber>(bins: &[i32], factor: Factor, cells: &mut [N]) {
    for (cell, &bin) in cells.iter_mut().zip(bins) {
        *cell = factor.cell(*cell, bin.cast_unsigned());
    }
}

multiversion! {
    /// Multiplies an axis in and marks the rows that lie in none of its bins; returns
    /// its underflow and overflow.
    pub fn multiply_marked<N: CellNumber>(
        bins: &[i32], factor: Factor, cells: &mut [N], class: &mut [u8],
    ) -> (u64, u64) = multiply_marked_body;
}

#[inline(always)]
fn multiply_marked_body<N: CellNumber>(
    bins: &[i32],
    factor: Factor,
    cells: &mut [N],
    class: &mut [u8],
) -> (u64, u64) {
    let beyond = if factor.has_flow { FLOW } else { LOST };
    let (mut under, mut over) = (0, 0);
    for ((cell, class), &bin) in cells.iter_mut().zip(class).zip(bins) {
        let selected = *class & UNSELECTED == 0;
        let (below, above, nan) = (bin == UNDERFLOW, bin >= factor.bins, bin == NAN);
        under += u32::from(below & selected);
        over += u32::from(above & selected);
        let outside = if below | above { beyond } else { 0 };
        *class |= if nan { NOT_A_NUMBER } else { outside };
        let slot = bin.saturating_add(i32::from(factor.has_flow)).max(0);
        // Rows that this takes beyond the last cell are sent to the trash by `settle`.
        *cell = cell.of_slot(factor.extent, slot.cast_unsigned());
    }
    (under.into(), over.into())
}

multiversion! {
    /// Sends rows without a cell to the trash, and counts the rows.
    pub fn settle<N: CellNumber>(trash: N, cells: &mut [N], class: &[u8]) -> Settled = settle_body;
}

#[inline(always)]
fn settle_body<N: CellNumber>(trash: N, cells: &mut [N], class: &[u8]) -> Settled {
    let (mut in_range, mut nan_axis, mut outside) = (0u32, 0u32, 0u32);
    for (cell, &class) in cells.iter_mut().zip(class) {
        let selected = class & UNSELECTED == 0;
        let nan = class & NOT_A_NUMBER != 0;
        in_range += u32::from(class == 0);
        nan_axis += u32::from(selected & nan);
        outside += u32::from(selected & !nan & (class != 0));
        *cell = if class <= FLOW { *cell } else { trash };
    }
    Settled {
        in_range: in_range.into(),
        nan_axis: nan_axis.into(),
        outside: outside.into(),
    }
}
