//! Where the memory of a run goes, before it goes there.

use terabin_core::fill::Layout;
use terabin_core::slabs::Slabs;

use crate::copies::Copies;
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
    /// Rows of the data: no more cells are met.
    pub rows: u64,
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
/// The share of the limit that is left for values beyond the windows of sums.
const SIDE_SHARE: u64 = 64;
/// Bytes of an edge.
const EDGE_BYTES: u64 = 8;

/// Refuses axes whose edges alone may outgrow the limit: asked before they are made.
///
/// # Errors
/// The bytes, and what to do.
pub(crate) fn refuse_huge(bins: u64, limit: u64) -> Result<()> {
    let bytes = bins.saturating_mul(EDGE_COPIES * EDGE_BYTES);
    if bytes <= limit {
        return Ok(());
    }
    let bins = match bins {
        u64::MAX => "more than 10^19".to_owned(),
        bins => bins.to_string(),
    };
    Err(Error::request(format!(
        "the edges of {bins} bins take {} at least, but the limit is {}: take fewer bins, or give more with --memory",
        readable_bytes(bytes),
        readable_bytes(limit),
    )))
}

impl Needs<'_> {
    fn cells(&self) -> u64 {
        let cells = self.layouts.iter().map(|l| l.cells() as u64);
        cells.fold(0, u64::saturating_add)
    }

    /// Of one thread.
    fn buffer_bytes(&self) -> u64 {
        self.reader_bytes + self.scratch_bytes + INDEX_BYTES
    }

    /// Edges, and a piece of a statistic.
    fn final_bytes(&self) -> u64 {
        let axes = self.layouts.iter().flat_map(|l| l.axes.axes());
        let edges: u64 = axes.map(terabin_core::axis::Axis::bytes).sum();
        let piece = self.cells().min(PIECE as u64).saturating_mul(FINAL_BYTES);
        piece.saturating_add(EDGE_COPIES * edges)
    }

    /// What there is once, cells left out.
    fn fixed_bytes(&self) -> u64 {
        let once = [
            BASE,
            self.table_bytes,
            self.held_bytes,
            self.search_bytes,
            self.final_bytes(),
        ];
        once.into_iter().fold(0, u64::saturating_add)
    }
}

impl MemoryPlan {
    /// Fits as many of `threads` as the limit allows: each with cells of its own where
    /// these fit and are fast, else with one copy for all.
    ///
    /// # Errors
    /// What does not even fit with one thread, with the bytes and what to do.
    pub(crate) fn new(needs: &Needs<'_>, threads: usize, limit: u64) -> Result<Self> {
        let (buffers, fixed) = (needs.buffer_bytes(), needs.fixed_bytes());
        // What values beyond the windows of sums take, data alone tell: some room is left.
        let room = limit
            .saturating_sub(fixed)
            .saturating_sub(limit / SIDE_SHARE);
        let (kept, fitting) = Copies::fit(needs, threads, room, buffers);
        if fitting == 0 {
            let states = kept.least_bytes().saturating_add(needs.search_bytes);
            let fixed = fixed.saturating_sub(needs.search_bytes);
            return Err(too_much(needs.cells(), states, buffers, fixed, limit));
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
        let searches = ("searches for quantiles".into(), needs.search_bytes);
        let held = ("filled histograms".into(), needs.held_bytes);
        consumers.extend([searches, held].into_iter().filter(|(_, bytes)| *bytes > 0));
        consumers.push(("edges and final arrays".into(), needs.final_bytes()));
        let besides = BASE + needs.table_bytes + needs.final_bytes();
        Ok(Self {
            consumers,
            threads: fitting,
            limit,
            besides_cells: besides.saturating_add(n.saturating_mul(buffers)),
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
        let sparse = self.slabs.iter().filter(|s| s.most_met().is_some()).count();
        let private = self.slabs.iter().filter(|&&s| s == Slabs::ONE).count();
        match (private, self.slabs.len() - private - sparse, sparse) {
            (_, 0, 0) => "private cells per thread, merged exactly",
            (0, _, 0) => "one copy of the cells, shared by all threads in slabs",
            (_, _, 0) => "private cells per thread, large grids shared by all threads in slabs",
            (0, 0, _) => "sparse: only cells that rows meet, shared by all threads",
            _ => "dense cells, and sparse ones of the largest grids: only those that rows meet",
        }
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
        "{cells} cells take {}, one thread's buffers {}, edges and the program {}, {} in all, but the limit is {}: {advice}",
        readable_bytes(states),
        readable_bytes(buffers),
        readable_bytes(fixed),
        readable_bytes(need),
        readable_bytes(limit),
    ))
}
