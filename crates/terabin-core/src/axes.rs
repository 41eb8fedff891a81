//! The product of axes: from bins to cells.

use serde::{Deserialize, Serialize};

use crate::axis::{Axis, NAN};
use crate::batch::Column;

/// Axes in order, and whether underflow and overflow have cells of their own.
///
/// Cells are numbered row-major, the last axis fastest. With flow, an axis of n bins
/// takes n + 2 cells: underflow first, overflow last; categories and circles have none.
/// No axes at all make one cell.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "(Vec<Axis>, bool)", into = "(Vec<Axis>, bool)")]
pub struct Axes {
    axes: Vec<Axis>,
    flow: bool,
}

impl TryFrom<(Vec<Axis>, bool)> for Axes {
    type Error = String;

    fn try_from((axes, flow): (Vec<Axis>, bool)) -> Result<Self, String> {
        Self::new(axes, flow).ok_or_else(|| format!("more than {MAX_CELLS} cells"))
    }
}

impl From<Axes> for (Vec<Axis>, bool) {
    fn from(axes: Axes) -> Self {
        (axes.axes, axes.flow)
    }
}

/// The most cells of one histogram: their numbers are 32-bit, the trash cell included.
pub const MAX_CELLS: u64 = u32::MAX as u64 - 1;

impl Axes {
    /// The product of `axes`; None beyond [`MAX_CELLS`].
    #[must_use]
    pub fn new(axes: Vec<Axis>, flow: bool) -> Option<Self> {
        let axes = Self { axes, flow };
        let cells = axes
            .shape()
            .iter()
            .try_fold(1u64, |n, &e| n.checked_mul(e as u64));
        (cells? <= MAX_CELLS).then_some(axes)
    }

    /// The axes.
    #[must_use]
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// Whether underflow and overflow have cells.
    #[must_use]
    pub fn flow(&self) -> bool {
        self.flow
    }

    /// Cells along each axis.
    #[must_use]
    pub fn shape(&self) -> Vec<usize> {
        self.axes.iter().map(|a| self.extent(a)).collect()
    }

    /// The edges of the cells along an axis, infinite ones for flow included; None for
    /// categories, and where there is no such axis.
    #[must_use]
    pub fn cell_edges(&self, axis: usize) -> Option<Vec<f64>> {
        let axis = self.axes.get(axis)?;
        let mut edges = axis.edges()?;
        if self.flow && axis.has_flow() {
            edges.insert(0, f64::NEG_INFINITY);
            edges.push(f64::INFINITY);
        }
        Some(edges)
    }

    /// The number of cells.
    #[must_use]
    pub fn cells(&self) -> usize {
        self.shape().iter().product()
    }

    fn extent(&self, axis: &Axis) -> usize {
        axis.bins() + if self.flow && axis.has_flow() { 2 } else { 0 }
    }
}

/// Every row counted once, under the first that applies, and what else is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowCounts {
    /// Rows that could not be read.
    pub skipped: u64,
    /// Rows with a fill value.
    pub masked: u64,
    /// Rows that a filter left out.
    pub filtered: u64,
    /// Rows in a bin of every axis.
    pub in_range: u64,
    /// Rows beyond the edges of some axis, and NaN on none.
    pub outside: u64,
    /// Rows that are NaN on some axis.
    pub nan_axis: u64,
    /// Per axis, rows below its first edge; a row may count on several axes.
    pub underflow: Vec<u64>,
    /// Per axis, rows above its last edge.
    pub overflow: Vec<u64>,
}

impl RowCounts {
    /// No rows, for so many axes.
    #[must_use]
    pub fn new(axes: usize) -> Self {
        Self {
            underflow: vec![0; axes],
            overflow: vec![0; axes],
            ..Self::default()
        }
    }

    /// All rows that are counted somewhere.
    #[must_use]
    pub fn total(&self) -> u64 {
        let on_axes = self.nan_axis + self.outside + self.in_range;
        self.skipped + self.masked + self.filtered + on_axes
    }

    /// Adds the counts of other rows.
    pub fn add(&mut self, other: &Self) {
        self.skipped += other.skipped;
        self.masked += other.masked;
        self.filtered += other.filtered;
        self.in_range += other.in_range;
        self.outside += other.outside;
        self.nan_axis += other.nan_axis;
        crate::state::add_counts(&mut self.underflow, &other.underflow);
        crate::state::add_counts(&mut self.overflow, &other.overflow);
    }
}

/// Finds the cells of rows; owns the buffers of the first of the two steps of a fill.
#[derive(Debug, Default)]
pub struct Indexer {
    bins: Vec<i32>,
    class: Vec<u8>,
    doubles: Vec<f64>,
    cells: Vec<u32>,
}

/// Beyond the edges, but in a flow cell of its own.
const FLOW: u8 = 1;
/// Beyond the edges of an axis that has no cell for that.
const LOST: u8 = 2;
/// NaN on an axis.
const NOT_A_NUMBER: u8 = 4;
/// Not selected: the row counts nowhere.
const UNSELECTED: u8 = 8;

impl Indexer {
    /// The cell of each of `rows` rows, and the counts of rows by where they lie.
    ///
    /// `columns` holds one column per axis, `selection` a mark per row that is true
    /// where the row counts. A row without a cell gets the number of cells: the trash.
    pub fn index(
        &mut self,
        axes: &Axes,
        columns: &[Column<'_>],
        rows: usize,
        selection: Option<&[bool]>,
        counts: &mut RowCounts,
    ) -> &[u32] {
        self.cells.clear();
        self.cells.resize(rows, 0);
        self.class.clear();
        self.class.resize(rows, 0);
        for (class, &selected) in self.class.iter_mut().zip(selection.unwrap_or_default()) {
            *class = if selected { 0 } else { UNSELECTED };
        }
        self.bins.resize(rows, 0);
        for (i, (axis, &column)) in axes.axes.iter().zip(columns).enumerate() {
            axis.index(column, &mut self.doubles, &mut self.bins);
            let (under, over) = self.add_axis(axis, axes.extent(axis));
            counts.underflow[i] += under;
            counts.overflow[i] += over;
        }
        self.settle(axes, counts);
        &self.cells
    }

    /// Multiplies the axis in; returns its underflow and overflow.
    fn add_axis(&mut self, axis: &Axis, extent: usize) -> (u64, u64) {
        #[allow(clippy::cast_possible_truncation)] // extents are below 2^32
        let extent32 = extent as u32;
        let bins = i32::try_from(axis.bins()).unwrap_or(i32::MAX);
        let has_flow = extent > axis.bins();
        let beyond = if has_flow { FLOW } else { LOST };
        let (mut under, mut over) = (0, 0);
        let rows = self.cells.iter_mut().zip(&mut self.class).zip(&self.bins);
        for ((cell, class), &bin) in rows {
            if bin < 0 || bin >= bins {
                *class |= if bin == NAN { NOT_A_NUMBER } else { beyond };
                let counts = *class & UNSELECTED == 0;
                under += u64::from(counts && bin < 0 && bin != NAN);
                over += u64::from(counts && bin >= bins);
            }
            let slot = bin.saturating_add(i32::from(has_flow)).max(0);
            // Rows that this takes beyond the last cell are sent to the trash below.
            *cell = cell
                .wrapping_mul(extent32)
                .wrapping_add(slot.cast_unsigned());
        }
        (under, over)
    }

    /// Sends rows without a cell to the trash and counts.
    fn settle(&mut self, axes: &Axes, counts: &mut RowCounts) {
        // At most MAX_CELLS.
        let trash = u32::try_from(axes.cells()).unwrap_or(u32::MAX);
        for (cell, &class) in self.cells.iter_mut().zip(&self.class) {
            if class == 0 {
                counts.in_range += 1;
                continue;
            }
            if class & (UNSELECTED | NOT_A_NUMBER) == NOT_A_NUMBER {
                counts.nan_axis += 1;
            } else if class & UNSELECTED == 0 {
                counts.outside += 1;
            }
            if class != FLOW {
                *cell = trash;
            }
        }
    }
}
