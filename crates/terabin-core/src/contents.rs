//! What all cells of a histogram hold at the end of a fill.

use std::ops::Range;

use crate::exact::Short;
use crate::fill::Layout;
use crate::met::MetCell;
use crate::order::Found;
use crate::slabs::Slab;
use crate::state::{Content, State};

/// What all cells of a histogram hold at the end.
pub(crate) struct Contents {
    pub slabs: Vec<Option<Slab>>,
    /// What slabs hold that no row came to.
    pub empty: Slab,
    /// Per quantity of the layout, the state that tells it.
    pub providers: Vec<usize>,
    /// A slab has 2 to this power of places.
    pub bits: u32,
    /// Of sparse cells, those that rows met.
    pub met: Option<Vec<MetCell>>,
    /// Whether only these are told of.
    pub listed: bool,
}

impl Contents {
    /// Bytes held.
    pub fn bytes(&self) -> usize {
        let met = self.met.as_ref().map_or(0, Vec::capacity) * size_of::<MetCell>();
        met + self.slabs.iter().flatten().map(Slab::bytes).sum::<usize>()
    }

    /// The cells that rows met, by their numbers; none where cells are dense.
    pub fn met(&self) -> &[MetCell] {
        self.met.as_deref().unwrap_or_default()
    }

    /// What was found for the searches, whose cells are in one slab.
    pub fn into_found(self) -> Vec<Found> {
        let slab = self.slabs.into_iter().next().flatten();
        let states = slab.unwrap_or(self.empty).states.into_iter();
        let found = states.filter_map(|s| s.into_any().downcast().ok());
        found.map(|found| *found).collect()
    }

    /// The exact content of a cell, of the layout's quantity at position `at`.
    ///
    /// Sparse cells that are listed go by their position in the list.
    pub fn content(&self, layout: &Layout, at: usize, cell: usize) -> Content {
        let (state, cell) = self.state(at, cell);
        state.content(&layout.quantities[at], cell)
    }

    /// Appends the rows of neighbouring cells, for a quantity that counts rows.
    pub fn counts(&self, layout: &Layout, at: usize, cells: Range<usize>, out: &mut Vec<u64>) {
        for Run {
            state,
            cells,
            times,
        } in self.runs(at, cells)
        {
            let first = out.len();
            state.counts(&layout.quantities[at], cells, out);
            repeat(out, first, times);
        }
    }

    /// Appends the sums of neighbouring cells that are finite and that few words hold.
    pub fn shorts(&self, at: usize, cells: Range<usize>, out: &mut Vec<Option<Short>>) {
        for Run {
            state,
            cells,
            times,
        } in self.runs(at, cells)
        {
            let first = out.len();
            state.shorts(cells, out);
            repeat(out, first, times);
        }
    }

    /// Appends the canonical bytes of the content of neighbouring cells.
    pub fn canonical(&self, layout: &Layout, at: usize, cells: Range<usize>, out: &mut Vec<u8>) {
        for Run {
            state,
            cells,
            times,
        } in self.runs(at, cells)
        {
            let first = out.len();
            state.canonical(&layout.quantities[at], cells, out);
            repeat(out, first, times);
        }
    }

    /// The state that tells the layout's quantity at position `at`, and the number that a
    /// cell has there.
    fn state(&self, at: usize, cell: usize) -> (&dyn State, usize) {
        let state = self.providers[at];
        let place = self.place(state, cell);
        let (slab, cell) = place
            .and_then(|place| self.slab(place))
            .unwrap_or((&self.empty, 0));
        (&*slab.states[state], cell)
    }

    /// The same of neighbouring cells, as many at a time as lie side by side, or are alike as
    /// no row came to them.
    fn runs(&self, at: usize, cells: Range<usize>) -> impl Iterator<Item = Run<'_>> {
        let mut left = cells;
        std::iter::from_fn(move || {
            let cell = left.next()?;
            let (state, first) = self.state(at, cell);
            let (end, filled) = self.run_end(cell);
            let length = end.min(left.end) - cell;
            left.start = cell + length;
            let (cells, times) = if filled {
                (first..first + length, 1)
            } else {
                (first..first + 1, length)
            };
            Some(Run {
                state,
                cells,
                times,
            })
        })
    }

    /// Behind how many cells from `cell` on others follow, and whether rows came to them.
    fn run_end(&self, cell: usize) -> (usize, bool) {
        let Some(met) = &self.met else {
            let number = cell.checked_shr(self.bits).unwrap_or(0);
            let behind = (number + 1).checked_shl(self.bits).unwrap_or(usize::MAX);
            return (behind, matches!(self.slabs.get(number), Some(Some(_))));
        };
        // Neighbours in a list are anywhere in memory.
        if self.listed {
            return (cell + 1, true);
        }
        let next = met.partition_point(|m| m.number < cell as u64);
        match met.get(next).map(|m| m.number) {
            Some(number) if number == cell as u64 => (cell + 1, true),
            Some(number) => (usize::try_from(number).unwrap_or(usize::MAX), false),
            None => (usize::MAX, false),
        }
    }

    /// Where a cell is; None of one that no row met.
    fn place(&self, state: usize, cell: usize) -> Option<usize> {
        let Some(met) = &self.met else {
            return Some(cell);
        };
        let position = if self.listed {
            cell
        } else {
            let found = met.binary_search_by_key(&(cell as u64), |m| m.number);
            found.ok()?
        };
        let later = met.get(position + READ_AHEAD).map(|m| m.place as usize);
        if let Some((slab, within)) = later.and_then(|place| self.slab(place)) {
            slab.states[state].prefetch(within);
        }
        met.get(position).map(|m| m.place as usize)
    }

    /// The slab of a place, if rows came to it, and the cell within it.
    fn slab(&self, place: usize) -> Option<(&Slab, usize)> {
        let number = place.checked_shr(self.bits).unwrap_or(0);
        let first = number.checked_shl(self.bits).unwrap_or(0);
        let slab = self.slabs.get(number)?.as_ref()?;
        Some((slab, place - first))
    }
}

/// Cells that lie side by side in a state, or one that stands for many.
struct Run<'a> {
    state: &'a dyn State,
    cells: Range<usize>,
    times: usize,
}

/// Repeats what was appended from `first` on, until it is there `times`.
fn repeat<T: Clone>(out: &mut Vec<T>, first: usize, times: usize) {
    let length = out.len() - first;
    out.reserve(length * (times - 1));
    for _ in 1..times {
        out.extend_from_within(first..first + length);
    }
}

/// Cells between asking for the memory of one and reading it.
const READ_AHEAD: usize = 16;
