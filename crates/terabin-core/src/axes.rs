//! The product of axes: from bins to cells.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::axis::Axis;
use crate::batch::Column;
use crate::exact::Scratch;
use crate::kernel::InstructionSet;
use crate::kernel::product::{
    CellNumber, Factor, Multiplied, STEP, UNSELECTED, inside, multiply, multiply_marked, settle,
};
use crate::listed::Listed;
use crate::met::{Met, NO_CELL};

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

/// The most cells of one histogram: their numbers are signed 64-bit integers, as NumPy's are.
pub const MAX_CELLS: u64 = i64::MAX as u64;

/// The most cells of a histogram whose results have a number for each of them.
///
/// Results of more cells list those that rows met. The axes alone decide, not the memory of
/// a run: equal questions have results of equal form.
pub const MAX_LISTED_CELLS: usize = 1 << 28;

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

    /// Whether results list only the cells that rows met: there are more than
    /// [`MAX_LISTED_CELLS`].
    #[must_use]
    pub fn are_sparse(&self) -> bool {
        self.cells() > MAX_LISTED_CELLS
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

/// The rows whose cells are asked for: a column per axis, and a mark per row that is true
/// where the row counts.
pub(crate) struct Block<'a> {
    pub axes: &'a Axes,
    pub columns: &'a [Column<'a>],
    pub rows: usize,
    pub selection: Option<&'a [bool]>,
}

/// What gives places to cells that do not have that of their number.
#[derive(Clone, Copy)]
pub(crate) enum Places<'a> {
    /// Cells get places as rows meet them.
    Met(&'a Met),
    /// The places are positions in a list.
    Listed(&'a Listed),
}

/// Finds the cells of rows; owns the buffers of the first of the two steps of a fill.
#[derive(Debug)]
pub struct Indexer {
    set: InstructionSet,
    bins: Vec<i32>,
    class: Vec<u8>,
    /// Per whole step of rows, whether they take the long way.
    unclear: Vec<bool>,
    /// Blocks to come that take the long way, as most steps of an earlier one had to.
    paused: u32,
    doubles: Vec<f64>,
    cells: Vec<u32>,
    numbers: Vec<u64>,
    /// What states take values apart in: one for all of a thread.
    pub(crate) scratch: Scratch,
}

/// Blocks between two that try the fast way in vain.
const PAUSE: u32 = 15;

impl Default for Indexer {
    fn default() -> Self {
        Self::new(InstructionSet::best())
    }
}

impl Indexer {
    /// An indexer whose loops run as `set`.
    #[must_use]
    pub fn new(set: InstructionSet) -> Self {
        Self {
            set,
            bins: Vec::new(),
            class: Vec::new(),
            unclear: Vec::new(),
            paused: 0,
            doubles: Vec::new(),
            cells: Vec::new(),
            numbers: Vec::new(),
            scratch: Scratch::default(),
        }
    }

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
        let block = Block {
            axes,
            columns,
            rows,
            selection,
        };
        let mut cells = std::mem::take(&mut self.cells);
        cells.resize(rows, 0);
        // Dense cells are fewer.
        let trash = u32::try_from(axes.cells()).unwrap_or(u32::MAX);
        let paused = self.paused > 0;
        self.paused = self.paused.saturating_sub(1);
        if selection.is_some() || paused || !self.multiply(&block, &mut cells) {
            self.number(&block, 0..rows, trash, counts, &mut cells);
        } else {
            self.number_unclear(&block, trash, counts, &mut cells);
        }
        self.cells = cells;
        &self.cells
    }

    /// The place of the cell of each row.
    pub(crate) fn places(
        &mut self,
        places: Places<'_>,
        block: &Block<'_>,
        counts: &mut RowCounts,
    ) -> &[u32] {
        let mut numbers = std::mem::take(&mut self.numbers);
        numbers.resize(block.rows, 0);
        self.number(block, 0..block.rows, NO_CELL, counts, &mut numbers);
        self.cells.resize(block.rows, 0);
        match places {
            Places::Met(met) => met.places(&numbers, &mut self.cells),
            Places::Listed(listed) => listed.positions(&numbers, &mut self.cells),
        }
        self.numbers = numbers;
        &self.cells
    }

    /// The cells of whole steps of rows that lie plainly in bins of all axes; false where an axis
    /// has no fast way to find them.
    fn multiply(&mut self, block: &Block<'_>, cells: &mut [u32]) -> bool {
        self.unclear.clear();
        self.unclear.resize(cells.len() / STEP, false);
        let mut all = block.axes.axes.iter().zip(block.columns).enumerate();
        all.len() > 0
            && all.all(|(i, (axis, &column))| {
                let factor = Factor::new(axis, block.axes.extent(axis));
                let mut rows = Multiplied {
                    factor: if i == 0 { factor.first() } else { factor },
                    cells,
                    unclear: &mut self.unclear,
                };
                axis.multiply(self.set, column, &mut self.doubles, &mut rows)
            })
    }

    /// The cells of the steps that are not clear, and of the rows behind the last step.
    fn number_unclear(
        &mut self,
        block: &Block<'_>,
        trash: u32,
        counts: &mut RowCounts,
        cells: &mut [u32],
    ) {
        let unclear = std::mem::take(&mut self.unclear);
        if unclear.iter().filter(|&&step| step).count() * 2 > unclear.len() {
            self.paused = PAUSE;
        }
        let mut row = 0;
        for steps in unclear.chunk_by(|a, b| a == b) {
            let end = row + steps.len() * STEP;
            if steps[0] {
                self.number(block, row..end, trash, counts, &mut cells[row..end]);
            } else {
                counts.in_range += (end - row) as u64;
            }
            row = end;
        }
        self.unclear = unclear;
        if row < block.rows {
            self.number(block, row..block.rows, trash, counts, &mut cells[row..]);
        }
    }

    /// The numbers of the cells of `rows`, wherever these lie.
    fn number<N: CellNumber>(
        &mut self,
        block: &Block<'_>,
        rows: Range<usize>,
        trash: N,
        counts: &mut RowCounts,
        cells: &mut [N],
    ) {
        cells.fill(N::FIRST);
        self.bins.resize(cells.len(), 0);
        self.class.clear();
        if let Some(selection) = block.selection {
            let class = |&selected: &bool| if selected { 0 } else { UNSELECTED };
            self.class.extend(selection[rows.clone()].iter().map(class));
        }
        for (i, (axis, &column)) in block.axes.axes.iter().zip(block.columns).enumerate() {
            let column = column.slice(rows.clone());
            axis.index(self.set, column, &mut self.doubles, &mut self.bins);
            let factor = Factor::new(axis, block.axes.extent(axis));
            // Where no row lies beyond an axis, and none was left out, nothing is marked.
            if self.class.is_empty() && inside(self.set, &self.bins, factor) {
                multiply(self.set, &self.bins, factor, cells);
                continue;
            }
            self.class.resize(rows.len(), 0);
            let (bins, class) = (&self.bins, &mut self.class);
            let (under, over) = multiply_marked(self.set, bins, factor, cells, class);
            counts.underflow[i] += under;
            counts.overflow[i] += over;
        }
        if self.class.is_empty() {
            counts.in_range += rows.len() as u64;
            return;
        }
        let settled = settle(self.set, trash, cells, &self.class);
        counts.in_range += settled.in_range;
        counts.nan_axis += settled.nan_axis;
        counts.outside += settled.outside;
    }
}
