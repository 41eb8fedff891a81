//! Filling one histogram: rows go to cells, values to the cells' states.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::axes::{Axes, Block, Indexer, Places, RowCounts};
use crate::batch::{Column, DataType};
use crate::categories::Excess;
use crate::contents::Contents;
use crate::datetime::NAT;
use crate::exact::Scratch;
use crate::kernel::InstructionSet;
use crate::kernel::numbers::has_nan;
use crate::listed::Listed;
use crate::met::Met;
use crate::order::{Found, SearchOf};
use crate::partition::Partition;
use crate::slabs::{Grid, Slabs};
use crate::state::Quantity;

/// What one histogram collects: plain data, the same on every worker.
///
/// Expressions are numbered over the whole run; a batch brings one evaluated column
/// for each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Layout {
    /// The axes.
    pub axes: Axes,
    /// The expression of each axis.
    pub axis_expressions: Vec<usize>,
    /// The expression of each value.
    pub value_expressions: Vec<usize>,
    /// The type of each value.
    pub value_types: Vec<DataType>,
    /// The quantities collected, in canonical order, each once.
    pub quantities: Vec<Quantity>,
    /// The searches for ranks that go on beside the quantities.
    pub searches: Vec<SearchOf>,
}

impl Layout {
    /// The same rows counted, nothing collected.
    #[must_use]
    pub fn without_states(&self) -> Self {
        Self {
            quantities: Vec::new(),
            ..self.clone()
        }
    }

    /// The cells: all that the axes have, or those of a list that searches have.
    #[must_use]
    pub fn cells(&self) -> usize {
        let listed = self.listed().map(Listed::cells);
        listed.unwrap_or_else(|| self.axes.cells())
    }

    /// Whether the cells are met as rows come: there are too many for a place each.
    #[must_use]
    pub fn is_sparse(&self) -> bool {
        self.axes.are_sparse() && self.listed().is_none()
    }

    /// All searches of a histogram have the same list.
    fn listed(&self) -> Option<&Listed> {
        self.searches.first()?.search.listed()
    }

    /// The quantity whose state tells this one as well: rows are counted once.
    pub(crate) fn provider(&self, quantity: Quantity) -> Quantity {
        // Texts have no sums, whatever is asked.
        let number = |v: usize| {
            self.value_types
                .get(v)
                .is_some_and(|t| *t != DataType::Text)
        };
        let tells = |other: &&Quantity| match (quantity, **other) {
            (Quantity::Count, Quantity::Sum(v)) => number(v),
            (Quantity::Valid(v), Quantity::Sum(w)) => v == w && number(v),
            _ => false,
        };
        let valid =
            |other: &&Quantity| quantity == Quantity::Count && matches!(other, Quantity::Valid(_));
        let all = || self.quantities.iter();
        let found = all().find(tells).or_else(|| all().find(valid));
        found.copied().unwrap_or(quantity)
    }

    /// Bytes of one copy of the states in such slabs, side stores left out.
    #[must_use]
    pub fn bytes(&self, slabs: Slabs) -> u64 {
        let filled = self.quantities.iter().filter(|&&q| self.provider(q) == q);
        let of = |cells: usize| {
            let bytes = filled.clone();
            let bytes = bytes.map(|q| q.bytes(cells as u64 + 1, &self.value_types));
            bytes.fold(0, u64::saturating_add)
        };
        // All slabs but the last are alike.
        let mut sizes = slabs.sizes(self.cells());
        let first = sizes.next().map_or(0, of);
        let others = sizes.len() as u64;
        let last = sizes.last().map_or(0, of);
        let states = first.saturating_mul(others.max(1)).saturating_add(last);
        let met = slabs.most_met().map_or(0, Met::most_bytes);
        let searches = self.searches.iter().map(|s| s.search.bytes());
        let found = searches.map(|b| b.counters.saturating_add(b.keys));
        found.fold(states.saturating_add(met), u64::saturating_add)
    }
}

/// The states of all cells of one histogram over the rows seen so far.
///
/// Cells of one slab are one thread's own. Cells in many slabs may be shared
/// ([`Cells::share`]): each thread fills through its own `Cells`, and merging adds what
/// it knows beside the states.
pub struct Cells {
    rows: RowCounts,
    /// Per value, the rows in a cell whose value is NaN.
    nan_value: Vec<u64>,
    grid: Arc<Grid>,
    /// Rows that wait for their slabs, where there are many.
    partition: Option<Partition>,
    excess: Option<(usize, Excess)>,
}

impl Cells {
    /// Cells that have seen no row; loops run as the best set of instructions.
    #[must_use]
    pub fn new(layout: &Layout) -> Self {
        Self::on(InstructionSet::best(), layout)
    }

    /// Cells that have seen no row; loops run as `set`.
    #[must_use]
    pub fn on(set: InstructionSet, layout: &Layout) -> Self {
        let slabs = if layout.is_sparse() {
            Slabs::sparse(usize::MAX, 1)
        } else {
            Slabs::ONE
        };
        Self::cut(set, layout, slabs)
    }

    /// Cells in slabs that have seen no row; loops run as `set`.
    #[must_use]
    pub fn cut(set: InstructionSet, layout: &Layout, slabs: Slabs) -> Self {
        Self::over(Arc::new(Grid::new(layout, set, slabs)), layout)
    }

    /// The same cells for another thread, which has added no row to them.
    #[must_use]
    pub fn share(&self, layout: &Layout) -> Self {
        Self::over(Arc::clone(&self.grid), layout)
    }

    fn over(grid: Arc<Grid>, layout: &Layout) -> Self {
        Self {
            rows: RowCounts::new(layout.axes.axes().len()),
            nan_value: vec![0; layout.value_expressions.len()],
            partition: Partition::new(&grid, layout.cells(), &layout.value_types),
            grid,
            excess: None,
        }
    }

    /// Adds the rows of a batch; `columns` holds every expression of the run.
    ///
    /// Of `rows` rows only those count that `selection` marks true, where there is one.
    /// Rows of cells in many slabs may wait until [`Cells::settle`].
    pub fn fill(
        &mut self,
        layout: &Layout,
        indexer: &mut Indexer,
        columns: &[Column<'_>],
        rows: usize,
        selection: Option<&[bool]>,
    ) {
        for start in (0..rows).step_by(BLOCK) {
            let block = start..(start + BLOCK).min(rows);
            let pick = |which: &[usize]| -> Vec<Column<'_>> {
                let columns = which.iter().map(|&e| columns[e]);
                columns.map(|c| c.slice(block.clone())).collect()
            };
            let values = pick(&layout.value_expressions);
            let axes = pick(&layout.axis_expressions);
            let selected = selection.map(|s| &s[block.clone()]);
            let (rows, counts) = (block.len(), &mut self.rows);
            let set = self.grid.set();
            let mut scratch = std::mem::take(&mut indexer.scratch);
            let met = self.grid.met().map(Places::Met);
            let cells = match met.or_else(|| layout.listed().map(Places::Listed)) {
                None => indexer.index(&layout.axes, &axes, rows, selected, counts),
                Some(places) => {
                    let block = Block {
                        axes: &layout.axes,
                        columns: &axes,
                        rows,
                        selection: selected,
                    };
                    indexer.places(places, &block, counts)
                }
            };
            let trash = self.grid.cut().places(layout.cells());
            for (nan, &value) in self.nan_value.iter_mut().zip(&values) {
                *nan += count_nan(set, cells, value, trash);
            }
            self.add(&mut scratch, cells, &values);
            indexer.scratch = scratch;
        }
    }

    fn add(&mut self, scratch: &mut Scratch, cells: &[u32], values: &[Column<'_>]) {
        if let Some(partition) = &mut self.partition {
            return partition.add(&self.grid, scratch, cells, values);
        }
        // Only here may values be too many: categories are those of one cell.
        let mut held = self.grid.hold(0);
        held.fill(scratch, cells, values);
        self.excess = self.excess.or_else(|| held.excess());
    }

    /// Adds the rows that wait for their slabs.
    pub fn settle(&mut self) {
        while self.settle_slab() {}
    }

    /// Adds the rows that wait for one slab; false where none wait.
    pub fn settle_slab(&mut self) -> bool {
        let waiting = self.partition.as_mut();
        waiting.is_some_and(|p| p.settle_slab(&self.grid, &mut Scratch::default()))
    }

    /// Counts rows that a filter left out.
    pub fn filter_out(&mut self, rows: u64) {
        self.rows.filtered += rows;
    }

    /// Counts rows that the readers left out.
    pub fn leave_out(&mut self, skipped: u64, masked: u64) {
        self.rows.skipped += skipped;
        self.rows.masked += masked;
    }

    /// Adds the cells of other rows with the same layout and slabs, which may be the same
    /// shared ones.
    ///
    /// # Panics
    /// Sparse cells that are not shared with these: a defect of the caller.
    pub fn merge(&mut self, mut other: Self) {
        other.settle();
        self.rows.add(&other.rows);
        crate::state::add_counts(&mut self.nan_value, &other.nan_value);
        if !Arc::ptr_eq(&self.grid, &other.grid) {
            self.grid.merge(&other.grid);
        }
    }

    /// The rows by where they lie.
    #[must_use]
    pub fn rows(&self) -> &RowCounts {
        &self.rows
    }

    /// Per value, the rows in a cell whose value is NaN.
    #[must_use]
    pub fn nan_value(&self) -> &[u64] {
        &self.nan_value
    }

    /// What was found for the searches of the layout, in their order.
    #[must_use]
    pub fn into_found(self) -> Vec<Found> {
        let (_, _, contents) = self.finish();
        contents.into_found()
    }

    /// The first value of which a state could not collect all, and why.
    #[must_use]
    pub fn excess(&self) -> Option<(usize, Excess)> {
        self.excess
    }

    /// Whether rows met more sparse cells than there are places: their numbers are wrong.
    #[must_use]
    pub fn are_overfull(&self) -> bool {
        self.grid.met().is_some_and(Met::is_overfull)
    }

    /// Bytes of what values beyond the windows of sums take: in no plan, as data alone tell.
    #[must_use]
    pub fn side_bytes(&self) -> usize {
        self.grid.side_bytes()
    }

    /// How the cells are cut.
    #[must_use]
    pub fn slabs(&self) -> Slabs {
        self.grid.cut()
    }

    /// Bytes held, those of rows that wait left out.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.grid.bytes()
    }

    /// What the cells hold, for nobody to fill any more.
    pub(crate) fn finish(mut self) -> (RowCounts, Vec<u64>, Contents) {
        self.settle();
        (self.rows, self.nan_value, self.grid.take())
    }
}

/// Rows of one step: cell numbers and bins of this many rows stay in the first cache.
pub(crate) const BLOCK: usize = 1024;

/// Rows with a cell whose value is NaN.
fn count_nan(set: InstructionSet, cells: &[u32], values: Column<'_>, trash: usize) -> u64 {
    fn count<T: Copy>(cells: &[u32], trash: usize, values: &[T], nan: impl Fn(T) -> bool) -> u64 {
        let rows = cells.iter().zip(values);
        rows.map(|(&cell, &value)| u64::from(nan(value) && cell as usize != trash))
            .sum()
    }
    // Most blocks have none: to look for one is a fraction of counting.
    match values {
        Column::F64(v) if has_nan(set, v) => count(cells, trash, v, f64::is_nan),
        Column::F32(v) if has_nan(set, v) => count(cells, trash, v, f32::is_nan),
        Column::Datetime(v) if v.contains(&NAT) => count(cells, trash, v, |x| x == NAT),
        _ => 0,
    }
}
