//! Where the memory of a run goes, before it goes there.

use terabin_core::fill::Layout;
use terabin_core::slabs::Slabs;

use crate::error::{Error, Result};
use crate::output::PIECE;
use crate::resources::readable_bytes;

/// One line per consumer of memory, and the threads that fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemoryPlan {
    /// What takes memory, and how many bytes.
    pub consumers: Vec<(String, u64)>,
    /// The threads: fewer than asked for where their buffers and cells would not fit.
    pub threads: usize,
    /// The limit.
    pub limit: u64,
    /// Bytes of what is neither cells nor searches, for all threads.
    pub(crate) besides_cells: u64,
    /// Per histogram, how its cells are cut: those in many slabs are shared by all threads.
    pub slabs: Vec<Slabs>,
}

/// What the plan knows of the needs of a pass.
pub(crate) struct Needs<'a> {
    pub layouts: &'a [Layout],
    /// Histograms that are filled already, while a pass looks for their quantiles.
    pub held_bytes: u64,
    /// What the searches for quantiles hold from pass to pass.
    pub search_bytes: u64,
    /// Descriptions and chunk tables.
    pub table_bytes: u64,
    /// Batch, chunk and codec buffers of one reader.
    pub reader_bytes: u64,
    /// Buffers of the expressions of one worker.
    pub scratch_bytes: u64,
}

/// Program, libraries and their own buffers, measured on an empty run.
const BASE: u64 = 24 << 20;
/// Cell numbers, bins and doubles of one worker's block.
const INDEX_BYTES: u64 = 128 << 10;
/// Bytes per cell of the arrays held while a piece of a statistic is written.
const FINAL_BYTES: u64 = 3 * 8;
/// Copies of an axis's edges: its own, and those that a picture is drawn with, where a
/// step takes two and a half.
const EDGE_COPIES: u64 = 9;
/// Bytes of a cell that counts its rows, and of its edge where it is one axis's.
const LEAST_CELL_BYTES: u64 = 12 + 8;

/// Refuses histograms whose counts and edges alone may outgrow the limit: asked
/// before edges are made, which may take as much.
///
/// # Errors
/// The bytes, and what to do.
pub(crate) fn refuse_huge(cells: u64, limit: u64) -> Result<()> {
    let bytes = cells.saturating_mul(LEAST_CELL_BYTES);
    if bytes <= limit {
        return Ok(());
    }
    let cells = match cells {
        u64::MAX => "more than 10^19".to_owned(),
        cells => cells.to_string(),
    };
    Err(Error::request(format!(
        "{cells} cells take {} at least, but the limit is {}: take fewer bins, or give more with --memory",
        readable_bytes(bytes),
        readable_bytes(limit),
    )))
}

impl MemoryPlan {
    /// Fits as many of `threads` as the limit allows: each with cells of its own where
    /// these fit and are fast, else with one copy for all.
    ///
    /// # Errors
    /// What does not even fit with one thread, with the bytes and what to do.
    pub(crate) fn new(needs: &Needs<'_>, threads: usize, limit: u64) -> Result<Self> {
        let buffers = needs.reader_bytes + needs.scratch_bytes + INDEX_BYTES;
        let axes = needs.layouts.iter().flat_map(|l| l.axes.axes());
        let edges: u64 = axes.map(terabin_core::axis::Axis::bytes).sum();
        let cells: u64 = needs.layouts.iter().map(|l| l.axes.cells() as u64).sum();
        let finals = cells
            .min(PIECE as u64)
            .saturating_mul(FINAL_BYTES)
            .saturating_add(EDGE_COPIES * edges);
        let fixed = BASE
            .saturating_add(needs.table_bytes)
            .saturating_add(needs.held_bytes)
            .saturating_add(needs.search_bytes)
            .saturating_add(finals);
        let room = limit.saturating_sub(fixed);
        let (kept, fitting) = Copies::fit(needs.layouts, threads, room, buffers);
        if fitting == 0 {
            return Err(too_much(
                cells,
                kept.private.bytes.saturating_add(needs.search_bytes),
                buffers,
                fixed.saturating_sub(needs.search_bytes),
                limit,
            ));
        }
        let n = fitting as u64;
        let mut consumers = vec![
            ("base".into(), BASE),
            ("descriptions and chunk tables".into(), needs.table_bytes),
            (
                format!("buffers: {n} threads x {}", readable_bytes(buffers)),
                n * buffers,
            ),
        ];
        consumers.extend(kept.consumers(n));
        if needs.search_bytes > 0 {
            consumers.push(("searches for quantiles".into(), needs.search_bytes));
        }
        if needs.held_bytes > 0 {
            consumers.push(("filled histograms".into(), needs.held_bytes));
        }
        consumers.push(("edges and final arrays".into(), finals));
        Ok(Self {
            consumers,
            threads: fitting,
            limit,
            besides_cells: (BASE + needs.table_bytes)
                .saturating_add(finals)
                .saturating_add(n.saturating_mul(buffers)),
            slabs: kept.slabs,
        })
    }

    /// All consumers together.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.consumers.iter().map(|(_, bytes)| bytes).sum()
    }

    /// How threads fill cells, in a few words.
    #[must_use]
    pub fn strategy(&self) -> &'static str {
        let shared = self.slabs.iter().filter(|&&s| s != Slabs::ONE).count();
        match shared {
            0 => "private cells per thread, merged exactly",
            n if n == self.slabs.len() => "one copy of the cells, shared by all threads in slabs",
            _ => "private cells per thread, large grids shared by all threads in slabs",
        }
    }
}

/// From so many cells on, a copy for all threads takes no more time than one for each
/// ([decision 9](../../../docs/decisions/009-large-grids-in-one-copy.md)).
const FAST_SHARED: usize = 4 << 20;

/// Where the cells are: some histograms' in each thread, others' in one copy.
struct Copies {
    slabs: Vec<Slabs>,
    private: Part,
    shared: Part,
    shared_slabs: usize,
    /// Rows of one thread that wait for slabs.
    waiting: u64,
}

/// Histograms that are kept alike.
#[derive(Default)]
struct Part {
    histograms: usize,
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

impl Copies {
    /// The copies with which most threads fit into `room`, and how many.
    fn fit(layouts: &[Layout], threads: usize, room: u64, buffers: u64) -> (Self, usize) {
        let fitting = |copies: &Self| copies.threads(room, buffers).min(threads);
        let fast = Self::new(layouts, threads, FAST_SHARED);
        let all = Self::new(layouts, threads, 0);
        let kept = if fitting(&all) > fitting(&fast) {
            all
        } else {
            fast
        };
        if fitting(&kept) > 1 {
            let threads = fitting(&kept);
            return (kept, threads);
        }
        // One thread has nobody to share with.
        let alone = Self::new(layouts, 1, 0);
        let threads = fitting(&alone).min(1);
        (alone, threads)
    }

    /// Shares what has at least so many cells, if there are threads to share it.
    fn new(layouts: &[Layout], threads: usize, least: usize) -> Self {
        let mut copies = Self {
            slabs: Vec::new(),
            private: Part::default(),
            shared: Part::default(),
            shared_slabs: 0,
            waiting: 0,
        };
        for layout in layouts {
            let cells = layout.axes.cells();
            // A search knows its cells by their numbers in the whole grid.
            let whole = !layout.searches.is_empty();
            let slabs = if threads > 1 && cells >= least && !whole {
                Slabs::shared(cells, threads)
            } else {
                Slabs::ONE
            };
            let bytes = layout.bytes(slabs);
            if slabs == Slabs::ONE {
                copies.private.add(cells, bytes);
            } else {
                copies.shared.add(cells, bytes);
                copies.shared_slabs += slabs.count(cells);
                copies.waiting = copies.waiting.saturating_add(slabs.row_bytes(layout));
            }
            copies.slabs.push(slabs);
        }
        copies
    }

    /// The threads that fit, each with buffers of its own.
    fn threads(&self, room: u64, buffers: u64) -> usize {
        let each = buffers
            .saturating_add(self.private.bytes)
            .saturating_add(self.waiting);
        let room = room.saturating_sub(self.shared.bytes);
        usize::try_from(room / each.max(1)).unwrap_or(usize::MAX)
    }

    /// A line for each kind of copies that there is.
    fn consumers(&self, threads: u64) -> Vec<(String, u64)> {
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
            let waiting = readable_bytes(self.waiting);
            let line = format!("rows on their way to slabs: {threads} threads x {waiting}");
            lines.push((line, threads * self.waiting));
        }
        lines
    }
}

fn too_much(cells: u64, states: u64, buffers: u64, fixed: u64, limit: u64) -> Error {
    let need = fixed.saturating_add(states).saturating_add(buffers);
    let advice = if fixed.saturating_add(states) < 2 * BASE && limit < 2 * BASE {
        "the program itself takes most of that; give more with --memory"
    } else if buffers > states {
        "the stored chunks are large; give more with --memory"
    } else {
        "take fewer bins or statistics, or give more with --memory"
    };
    Error::request(format!(
        "{cells} cells take {} and one thread's buffers {}, {} in all, but the limit is {}: {advice}",
        readable_bytes(states),
        readable_bytes(buffers),
        readable_bytes(need),
        readable_bytes(limit),
    ))
}
