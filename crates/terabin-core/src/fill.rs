//! Filling one histogram: rows go to cells, values to the cells' states.

use serde::{Deserialize, Serialize};

use crate::axes::{Axes, Indexer, RowCounts};
use crate::batch::{Column, DataType};
use crate::categories::Excess;
use crate::datetime::NAT;
use crate::kernel::InstructionSet;
use crate::order::{Found, SearchOf};
use crate::state::{Content, Quantity, State};

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

    /// The quantity whose state tells this one as well: rows are counted once.
    fn provider(&self, quantity: Quantity) -> Quantity {
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

    /// Bytes of one copy of the states, side stores left out.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let filled = self.quantities.iter().filter(|&&q| self.provider(q) == q);
        let cells = self.axes.cells() as u64 + 1;
        let bytes = filled.map(|q| q.bytes(cells, &self.value_types));
        let searches = self.searches.iter().map(|s| s.search.bytes());
        let found = searches.map(|b| b.counters.saturating_add(b.keys));
        bytes.chain(found).fold(0, u64::saturating_add)
    }
}

/// The states of all cells of one histogram over the rows seen so far.
pub struct Cells {
    rows: RowCounts,
    /// Per value, the rows in a cell whose value is NaN.
    nan_value: Vec<u64>,
    /// The quantities', then those of the searches.
    states: Vec<Box<dyn State>>,
    /// Per quantity, the state that tells it.
    places: Vec<usize>,
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
        let cells = layout.axes.cells() + 1;
        let providers: Vec<Quantity> = layout
            .quantities
            .iter()
            .map(|&q| layout.provider(q))
            .collect();
        let mut filled = providers.clone();
        filled.sort_unstable();
        filled.dedup();
        let place = |q: &Quantity| filled.partition_point(|f| f < q);
        Self {
            rows: RowCounts::new(layout.axes.axes().len()),
            nan_value: vec![0; layout.value_expressions.len()],
            places: providers.iter().map(place).collect(),
            states: (filled.iter())
                .map(|q| q.state(cells, &layout.value_types, set))
                .chain(
                    (layout.searches.iter())
                        .map(|of| -> Box<dyn State> { Box::new(Found::new(of)) }),
                )
                .collect(),
        }
    }

    /// Adds the rows of a batch; `columns` holds every expression of the run.
    ///
    /// Of `rows` rows only those count that `selection` marks true, where there is one.
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
            let mut scratch = std::mem::take(&mut indexer.scratch);
            let cells = indexer.index(&layout.axes, &axes, rows, selected, counts);
            for (nan, &value) in self.nan_value.iter_mut().zip(&values) {
                *nan += count_nan(cells, value, layout.axes.cells());
            }
            for state in &mut self.states {
                state.fill(&mut scratch, cells, &values);
            }
            indexer.scratch = scratch;
        }
    }

    /// Counts rows that the readers left out.
    pub fn leave_out(&mut self, skipped: u64, masked: u64) {
        self.rows.skipped += skipped;
        self.rows.masked += masked;
    }

    /// Adds the cells of other rows with the same layout.
    pub fn merge(&mut self, other: Self) {
        self.rows.add(&other.rows);
        crate::state::add_counts(&mut self.nan_value, &other.nan_value);
        for (mine, theirs) in self.states.iter_mut().zip(other.states) {
            mine.merge(theirs);
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

    /// The exact content of a cell, of the layout's quantity at position `at`.
    #[must_use]
    pub fn content(&self, layout: &Layout, at: usize, cell: usize) -> Content {
        let state = &self.states[self.places[at]];
        let by_product = state.by_product(layout.quantities[at], cell);
        by_product.unwrap_or_else(|| state.exact(cell))
    }

    /// What was found for the searches, in their order.
    pub fn into_found(self) -> Vec<Found> {
        let states = self.states.into_iter().map(|s| s.into_any().downcast());
        states.filter_map(Result::ok).map(|found| *found).collect()
    }

    /// The first value of which a state could not collect all, and why.
    #[must_use]
    pub fn excess(&self) -> Option<(usize, Excess)> {
        self.states.iter().find_map(|s| s.excess())
    }

    /// Bytes held.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.states.iter().map(|s| s.bytes()).sum()
    }
}

/// Rows of one step: cell numbers and bins of this many rows stay in the first cache.
const BLOCK: usize = 1024;

/// Rows with a cell whose value is NaN.
fn count_nan(cells: &[u32], values: Column<'_>, trash: usize) -> u64 {
    fn count<T: Copy>(cells: &[u32], trash: usize, values: &[T], nan: impl Fn(T) -> bool) -> u64 {
        // Most blocks have none: to look for one is a fraction of counting.
        if !values.iter().fold(false, |any, &value| any | nan(value)) {
            return 0;
        }
        let rows = cells.iter().zip(values);
        rows.map(|(&cell, &value)| u64::from(nan(value) && cell as usize != trash))
            .sum()
    }
    match values {
        Column::F64(v) => count(cells, trash, v, f64::is_nan),
        Column::F32(v) => count(cells, trash, v, f32::is_nan),
        Column::Datetime(v) => count(cells, trash, v, |x| x == NAT),
        Column::I64(_) | Column::U64(_) | Column::Bool(_) | Column::Text(_) => 0,
    }
}
