//! The cells of a histogram in memory: slabs of neighbours, each with states of its own.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use crate::batch::{Column, DataType};
use crate::categories::Excess;
use crate::contents::Contents;
use crate::exact::Scratch;
use crate::fill::Layout;
use crate::kernel::InstructionSet;
use crate::met::{self, Met};
use crate::order::{Found, SearchOf};
use crate::partition;
use crate::state::{Quantity, State};

/// How the cells of a histogram are cut into slabs: a power of two of cells each.
///
/// One slab is for one thread, which adds its rows straight. Many slabs are for all
/// threads together: each thread gathers rows by slab before it adds them. Sparse cells
/// get their places as rows meet them; threads share them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slabs {
    bits: u32,
    rows: usize,
    /// Of sparse cells, how many of them rows may meet.
    sparse: Option<usize>,
}

impl Slabs {
    /// All cells in one slab.
    pub const ONE: Self = Self {
        bits: 32,
        rows: 0,
        sparse: None,
    };

    /// Slabs of `2^bits` cells, to which a thread takes about `rows` rows at a time.
    #[must_use]
    pub fn new(bits: u32, rows: usize) -> Self {
        let bits = bits.min(Self::ONE.bits);
        Self {
            bits,
            rows,
            sparse: None,
        }
    }

    /// Places for `most` cells that rows meet, of however many, for `threads` threads.
    #[must_use]
    pub fn sparse(most: usize, threads: usize) -> Self {
        let most = most.min(met::MOST_PLACES);
        Self {
            sparse: Some(most),
            ..Self::of(most, threads, 0)
        }
    }

    /// Of sparse cells, how many of them rows may meet.
    #[must_use]
    pub fn most_met(self) -> Option<usize> {
        self.sparse
    }

    /// The places in memory that a grid of so many cells takes.
    #[must_use]
    pub fn places(self, cells: usize) -> usize {
        self.sparse.unwrap_or(cells)
    }

    /// The slabs of so many cells that `threads` threads fill fastest; one slab where
    /// cells are too few to be shared.
    #[must_use]
    pub fn shared(cells: usize, threads: usize) -> Self {
        if cells < LEAST_SHARED {
            return Self::ONE;
        }
        Self::of(cells, threads, LEAST_BITS)
    }

    fn of(cells: usize, threads: usize, least_bits: u32) -> Self {
        let each = cells / threads.saturating_mul(SLABS_OF_A_THREAD).max(1);
        let bits = each.checked_ilog2().unwrap_or(0);
        let bits = bits.clamp(least_bits, MOST_BITS);
        let fewest = cells.div_ceil(MOST_SLABS).next_power_of_two().ilog2();
        let slabs = Self::new(bits.max(fewest), 0);
        let rows = (THREAD_ROWS / slabs.count(cells)).clamp(LEAST_ROWS, MOST_ROWS);
        Self { rows, ..slabs }
    }

    /// The number of slabs that so many cells make.
    #[must_use]
    pub fn count(self, cells: usize) -> usize {
        let slabs = (self.places(cells) as u64).div_ceil(1 << self.bits).max(1);
        usize::try_from(slabs).unwrap_or(usize::MAX)
    }

    /// Bytes of one thread's rows on their way to the slabs.
    #[must_use]
    pub fn row_bytes(self, layout: &Layout) -> u64 {
        let slabs = self.count(layout.cells());
        partition::bytes(slabs, self.rows, &layout.value_types)
    }

    pub(crate) fn bits(self) -> u32 {
        self.bits
    }

    pub(crate) fn rows(self) -> usize {
        self.rows
    }

    /// The cells of each slab.
    pub(crate) fn sizes(self, cells: usize) -> impl ExactSizeIterator<Item = usize> {
        let cells = self.places(cells);
        let size = usize::try_from(1u64 << self.bits).unwrap_or(usize::MAX);
        (0..self.count(cells)).map(move |slab| size.min(cells - slab * size))
    }
}

/// Cells that are worth to be shared.
const LEAST_SHARED: usize = 1 << 15;
/// Slabs for each thread, so that two seldom want the same.
const SLABS_OF_A_THREAD: usize = 4;
const LEAST_BITS: u32 = 12;
/// Sums of so many cells fill large pages.
const MOST_BITS: u32 = 18;
/// With more slabs the ends of the waiting rows leave the first cache.
const MOST_SLABS: usize = 1024;
/// Rows of a thread that wait for all slabs: with their values they stay in the second
/// cache.
const THREAD_ROWS: usize = 80 << 10;
/// Rows that wait for one slab: fewer are not worth the lock, more gain nothing.
const LEAST_ROWS: usize = 256;
const MOST_ROWS: usize = 2048;

/// The states of neighbouring cells.
pub(crate) struct Slab {
    pub states: Vec<Box<dyn State>>,
}

impl Slab {
    /// Adds rows; the last cell is the trash.
    fn fill(&mut self, scratch: &mut Scratch, cells: &[u32], values: &[Column<'_>]) {
        for state in &mut self.states {
            state.fill(scratch, cells, values);
        }
    }

    /// The first value of which a state could not collect all, and why.
    pub fn excess(&self) -> Option<(usize, Excess)> {
        self.states.iter().find_map(|s| s.excess())
    }

    fn merge(&mut self, other: Self) {
        for (mine, theirs) in self.states.iter_mut().zip(other.states) {
            mine.merge(theirs);
        }
    }

    pub fn bytes(&self) -> usize {
        self.states.iter().map(|s| s.bytes()).sum()
    }

    fn side_bytes(&self) -> usize {
        self.states.iter().map(|s| s.side_bytes()).sum()
    }
}

/// What states a slab has.
struct Recipe {
    /// The quantities that have a state of their own; those of searches come behind.
    filled: Vec<Quantity>,
    /// Per quantity of the layout, the state that tells it.
    places: Vec<usize>,
    searches: Vec<SearchOf>,
    types: Vec<DataType>,
    set: InstructionSet,
}

impl Recipe {
    fn new(layout: &Layout, set: InstructionSet) -> Self {
        let quantities = layout.quantities.iter();
        let providers: Vec<Quantity> = quantities.map(|&q| layout.provider(q)).collect();
        let mut filled = providers.clone();
        filled.sort_unstable();
        filled.dedup();
        let place = |q: &Quantity| filled.partition_point(|f| f < q);
        Self {
            places: providers.iter().map(place).collect(),
            filled,
            searches: layout.searches.clone(),
            types: layout.value_types.clone(),
            set,
        }
    }

    fn slab(&self, cells: usize) -> Slab {
        let filled = self.filled.iter();
        let states = filled.map(|q| q.state(cells + 1, &self.types, self.set));
        let searches = self.searches.iter();
        let found = searches.map(|of| -> Box<dyn State> { Box::new(Found::new(of)) });
        Slab {
            states: states.chain(found).collect(),
        }
    }
}

/// All slabs of a histogram while they are filled; a slab is made by its first row.
pub(crate) struct Grid {
    recipe: Recipe,
    slabs: Vec<Place>,
    cut: Slabs,
    /// The places of sparse cells.
    met: Option<Met>,
    /// Whether results list those that rows met.
    listed: bool,
    /// Bytes of the side stores of all slabs.
    side_bytes: AtomicUsize,
}

struct Place {
    cells: usize,
    slab: Mutex<Option<Slab>>,
}

/// A slab, and nobody else's for as long as this lives.
pub(crate) struct Held<'a> {
    slab: MutexGuard<'a, Option<Slab>>,
    cells: usize,
    grid: &'a Grid,
}

impl Held<'_> {
    /// Adds rows; the last cell is the trash. States are made by the first.
    pub fn fill(&mut self, scratch: &mut Scratch, cells: &[u32], values: &[Column<'_>]) {
        let recipe = &self.grid.recipe;
        let slab = self.slab.get_or_insert_with(|| recipe.slab(self.cells));
        let before = slab.side_bytes();
        slab.fill(scratch, cells, values);
        let more = slab.side_bytes().saturating_sub(before);
        if more > 0 {
            self.grid.side_bytes.fetch_add(more, Ordering::Relaxed);
        }
    }

    /// The first value of which a state could not collect all, and why.
    pub fn excess(&self) -> Option<(usize, Excess)> {
        self.slab.as_ref().and_then(Slab::excess)
    }
}

impl Grid {
    /// Slabs without rows.
    pub fn new(layout: &Layout, set: InstructionSet, cut: Slabs) -> Self {
        let place = |cells| Place {
            cells,
            slab: Mutex::new(None),
        };
        Self {
            recipe: Recipe::new(layout, set),
            slabs: cut.sizes(layout.cells()).map(place).collect(),
            cut,
            met: cut.most_met().map(|most| Met::new(most, cut.bits)),
            listed: layout.axes.are_sparse(),
            side_bytes: AtomicUsize::new(0),
        }
    }

    /// Bytes of what values beyond the windows of sums take.
    pub fn side_bytes(&self) -> usize {
        self.side_bytes.load(Ordering::Relaxed)
    }

    /// The places of sparse cells; None where each cell has the place of its number.
    pub fn met(&self) -> Option<&Met> {
        self.met.as_ref()
    }

    /// How its cells are cut.
    pub fn cut(&self) -> Slabs {
        self.cut
    }

    /// The instructions that loops run as.
    pub fn set(&self) -> InstructionSet {
        self.recipe.set
    }

    /// A slab, once no other thread has it.
    ///
    /// # Panics
    /// A number beyond the slabs: a defect of the caller.
    pub fn hold(&self, slab: usize) -> Held<'_> {
        let place = &self.slabs[slab];
        // Who panics ends the run; until then others may go on.
        self.held(
            place,
            place.slab.lock().unwrap_or_else(PoisonError::into_inner),
        )
    }

    /// A slab, unless another thread has it.
    ///
    /// # Panics
    /// As [`Grid::hold`].
    pub fn try_hold(&self, slab: usize) -> Option<Held<'_>> {
        let place = &self.slabs[slab];
        match place.slab.try_lock() {
            Ok(guard) => Some(self.held(place, guard)),
            Err(TryLockError::Poisoned(error)) => Some(self.held(place, error.into_inner())),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    fn held<'a>(&'a self, place: &Place, slab: MutexGuard<'a, Option<Slab>>) -> Held<'a> {
        Held {
            slab,
            cells: place.cells,
            grid: self,
        }
    }

    /// Adds the slabs of other rows.
    ///
    /// # Panics
    /// Sparse cells, whose places are their own: those of one run are shared.
    pub fn merge(&self, other: &Self) {
        let sparse = self.met.is_some() || other.met.is_some();
        assert!(!sparse, "sparse cells of one run are shared");
        for (mine, theirs) in self.slabs.iter().zip(&other.slabs) {
            let take = |place: &Place| {
                let mut slab = place.slab.lock().unwrap_or_else(PoisonError::into_inner);
                slab.take()
            };
            let Some(theirs) = take(theirs) else { continue };
            let mut slab = mine.slab.lock().unwrap_or_else(PoisonError::into_inner);
            match &mut *slab {
                Some(mine) => mine.merge(theirs),
                none => *none = Some(theirs),
            }
        }
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        let slabs = self.slabs.iter().map(|place| {
            let slab = place.slab.lock().unwrap_or_else(PoisonError::into_inner);
            slab.as_ref().map_or(0, Slab::bytes)
        });
        slabs.sum()
    }

    /// Takes the slabs out, for nobody else to fill.
    pub fn take(&self) -> Contents {
        let slabs = self.slabs.iter().map(|place| {
            let mut slab = place.slab.lock().unwrap_or_else(PoisonError::into_inner);
            slab.take()
        });
        Contents {
            slabs: slabs.collect(),
            empty: self.recipe.slab(1),
            providers: self.recipe.places.clone(),
            bits: self.cut.bits,
            met: self.met.as_ref().map(Met::cells),
            listed: self.listed,
        }
    }
}
