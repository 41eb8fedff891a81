//! Where the cells of a run are: in each thread, in one copy, or only those that rows meet.

use terabin_core::fill::Layout;
use terabin_core::slabs::Slabs;

use crate::memory_plan::Needs;
use crate::resources::readable_bytes;

/// From so many cells on, a copy for all threads takes no more time than one for each
/// ([decision 9](../../../docs/decisions/009-large-grids-in-one-copy.md)).
const FAST_SHARED: usize = 4 << 20;

/// Cells that sparse grids have places for at least: with fewer the run is refused.
const LEAST_MET: usize = 1 << 16;
/// Smaller grids are never sparse: a place of a cell that rows meet takes more than a cell.
const LEAST_SPARSE: usize = 1 << 15;

/// Where the cells are: some histograms' in each thread, others' in one copy, and of the
/// largest only those that rows meet.
pub(crate) struct Copies {
    /// Per histogram, how its cells are cut.
    pub slabs: Vec<Slabs>,
    private: Part,
    shared: Part,
    sparse: Part,
    shared_slabs: usize,
    /// Rows of one thread that wait for slabs.
    waiting: u64,
}

/// Histograms that are kept alike.
#[derive(Default)]
struct Part {
    histograms: usize,
    /// Cells, of sparse histograms those that rows may meet.
    cells: u64,
    /// Of one copy.
    bytes: u64,
}

impl Part {
    fn add(&mut self, cells: usize, bytes: u64) {
        self.histograms += 1;
        self.cells = self.cells.saturating_add(cells as u64);
        self.bytes = self.bytes.saturating_add(bytes);
    }
}

/// From how many cells on a grid is shared, and from how many on it is sparse where it
/// need not be.
#[derive(Clone, Copy)]
struct Scheme {
    threads: usize,
    least_shared: usize,
    least_sparse: usize,
}

impl Copies {
    /// The copies with which most threads fit into `room`, and how many: dense cells if
    /// they fit at all.
    pub fn fit(needs: &Needs<'_>, threads: usize, room: u64, buffers: u64) -> (Self, usize) {
        let scheme = |least_shared, least_sparse| Scheme {
            threads,
            least_shared,
            least_sparse,
        };
        let kept = |scheme: Scheme| {
            let copies = Self::new(needs, scheme, &|_, least| least);
            let fitting = copies.threads(room, buffers).min(scheme.threads);
            (scheme, copies, fitting)
        };
        let (fast, all) = (
            kept(scheme(FAST_SHARED, usize::MAX)),
            kept(scheme(0, usize::MAX)),
        );
        let mut best = if all.2 > fast.2 { all } else { fast };
        if best.2 < 2 {
            // One thread has nobody to share with.
            best = kept(Scheme {
                threads: 1,
                ..best.0
            });
        }
        if best.2 == 0 {
            best = kept(scheme(0, LEAST_SPARSE));
        }
        let (scheme, copies, fitting) = best;
        if copies.sparse.histograms == 0 || fitting == 0 {
            return (copies, fitting);
        }
        let spare = room.saturating_sub(copies.bytes(fitting, buffers));
        let share = spare / copies.sparse.histograms as u64;
        let grown = Self::new(needs, scheme, &|layout, least| {
            most_met(layout, needs.rows, least, share, fitting)
        });
        (grown, fitting)
    }

    /// `most` says how many cells of a sparse grid there is room for, of the least.
    fn new(needs: &Needs<'_>, scheme: Scheme, most: &dyn Fn(&Layout, usize) -> usize) -> Self {
        let mut copies = Self {
            slabs: Vec::new(),
            private: Part::default(),
            shared: Part::default(),
            sparse: Part::default(),
            shared_slabs: 0,
            waiting: 0,
        };
        for layout in needs.layouts {
            let cells = layout.cells();
            // A search knows its cells by their positions among all of them.
            let whole = !layout.searches.is_empty();
            let slabs = if layout.is_sparse() || (cells >= scheme.least_sparse && !whole) {
                let least = most_rows(needs.rows, cells).min(LEAST_MET);
                Slabs::sparse(most(layout, least), scheme.threads)
            } else if scheme.threads > 1 && cells >= scheme.least_shared && !whole {
                Slabs::shared(cells, scheme.threads)
            } else {
                Slabs::ONE
            };
            copies.add(layout, slabs);
        }
        copies
    }

    fn add(&mut self, layout: &Layout, slabs: Slabs) {
        let cells = layout.cells();
        let bytes = layout.bytes(slabs);
        if slabs == Slabs::ONE {
            self.private.add(cells, bytes);
        } else {
            self.waiting = self.waiting.saturating_add(slabs.row_bytes(layout));
            if let Some(most) = slabs.most_met() {
                self.sparse.add(most, bytes);
            } else {
                self.shared.add(cells, bytes);
                self.shared_slabs += slabs.count(cells);
            }
        }
        self.slabs.push(slabs);
    }

    /// The threads that fit, each with buffers of its own. Where cells are sparse, threads
    /// leave half of the room to them.
    fn threads(&self, room: u64, buffers: u64) -> usize {
        let alone = usize::from(self.bytes(1, buffers) <= room);
        let room = match self.sparse.histograms {
            0 => room,
            _ => room / 2,
        };
        let room = room.saturating_sub(self.common_bytes());
        let fitting = room / self.thread_bytes(buffers).max(1);
        usize::try_from(fitting).unwrap_or(usize::MAX).max(alone)
    }

    fn thread_bytes(&self, buffers: u64) -> u64 {
        let cells = self.private.bytes.saturating_add(self.waiting);
        buffers.saturating_add(cells)
    }

    fn common_bytes(&self) -> u64 {
        self.shared.bytes.saturating_add(self.sparse.bytes)
    }

    fn bytes(&self, threads: usize, buffers: u64) -> u64 {
        let each = self.thread_bytes(buffers);
        each.saturating_mul(threads as u64)
            .saturating_add(self.common_bytes())
    }

    /// The cells of one thread.
    pub fn least_bytes(&self) -> u64 {
        self.bytes(1, 0)
    }

    /// A line for each kind of copies that there is.
    pub fn consumers(&self, threads: u64) -> Vec<(String, u64)> {
        let mut lines = Vec::new();
        let Part { cells, bytes, .. } = self.private;
        if self.private.histograms > 0 {
            let line = format!("cells: {threads} private copies of {cells} cells");
            lines.push((line, threads * bytes));
        }
        let Part { cells, bytes, .. } = self.shared;
        if self.shared.histograms > 0 {
            let slabs = self.shared_slabs;
            let line = format!("cells: 1 shared copy of {cells} cells in {slabs} slabs");
            lines.push((line, bytes));
        }
        let Part { cells, bytes, .. } = self.sparse;
        if self.sparse.histograms > 0 {
            let line = format!("sparse cells: at most {cells} that rows meet");
            lines.push((line, bytes));
        }
        if self.waiting > 0 {
            let waiting = readable_bytes(self.waiting);
            let line = format!("rows on their way to slabs: {threads} threads x {waiting}");
            lines.push((line, threads * self.waiting));
        }
        lines
    }
}

/// The cells that so many rows meet at most.
fn most_rows(rows: u64, cells: usize) -> usize {
    usize::try_from(rows).unwrap_or(usize::MAX).min(cells)
}

/// How many cells that rows meet fit into `share` bytes more than the least take.
fn most_met(layout: &Layout, rows: u64, least: usize, share: u64, threads: usize) -> usize {
    let bytes = |most: usize| {
        let slabs = Slabs::sparse(most, threads);
        let waiting = slabs.row_bytes(layout).saturating_mul(threads as u64);
        layout.bytes(slabs).saturating_add(waiting)
    };
    let limit = bytes(least).saturating_add(share);
    // One fits, the other is one too many.
    let (mut fits, mut beyond) = (least, most_rows(rows, layout.axes.cells()) + 1);
    while beyond - fits > 1 {
        let middle = fits + (beyond - fits) / 2;
        if bytes(middle) <= limit {
            fits = middle;
        } else {
            beyond = middle;
        }
    }
    fits
}
