//! Where the memory of a run goes, before it goes there.

use terabin_core::fill::Layout;

use crate::error::{Error, Result};
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
}

/// What the plan knows of the needs of a pass.
pub(crate) struct Needs<'a> {
    pub layouts: &'a [Layout],
    /// Histograms that are filled already, while a pass looks for their quantiles.
    pub held_bytes: u64,
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
/// Bytes per cell of the arrays held while a statistic is written and drawn.
const FINAL_BYTES: u64 = 3 * 8;

/// Copies of an axis's edges: its own, and those that a picture is drawn with.
const EDGE_COPIES: u64 = 6;

/// Refuses histograms whose counts and final arrays alone outgrow the limit: asked
/// before edges are made, which may take as much.
///
/// # Errors
/// The bytes, and what to do.
pub(crate) fn refuse_huge(cells: u64, limit: u64) -> Result<()> {
    let bytes = cells.saturating_mul(FINAL_BYTES + 8);
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
    /// Fits as many of `threads` as the limit allows.
    ///
    /// # Errors
    /// What does not even fit with one thread, with the bytes and what to do.
    pub(crate) fn new(needs: &Needs<'_>, threads: usize, limit: u64) -> Result<Self> {
        let cells: u64 = needs.layouts.iter().map(|l| l.axes.cells() as u64).sum();
        let states = needs
            .layouts
            .iter()
            .fold(0, |sum: u64, l| sum.saturating_add(l.bytes()));
        let buffers = needs.reader_bytes + needs.scratch_bytes + INDEX_BYTES;
        let searches = needs.layouts.iter().flat_map(|l| &l.searches);
        let searches: u64 = searches.map(|s| s.search.bytes().spans).sum();
        let axes = needs.layouts.iter().flat_map(|l| l.axes.axes());
        let edges: u64 = axes.map(terabin_core::axis::Axis::bytes).sum();
        let finals = cells
            .saturating_mul(FINAL_BYTES)
            .saturating_add(EDGE_COPIES * edges);
        let fixed = BASE
            .saturating_add(needs.table_bytes)
            .saturating_add(needs.held_bytes)
            .saturating_add(searches)
            .saturating_add(finals);
        let per_thread = buffers.saturating_add(states);
        let room = limit.saturating_sub(fixed) / per_thread.max(1);
        let fitting = usize::try_from(room).unwrap_or(usize::MAX).min(threads);
        if fitting == 0 {
            return Err(too_much(cells, states, buffers, fixed, limit));
        }
        let n = fitting as u64;
        Ok(Self {
            consumers: vec![
                ("base".into(), BASE),
                ("descriptions and chunk tables".into(), needs.table_bytes),
                (
                    format!("buffers: {n} threads x {}", readable_bytes(buffers)),
                    n * buffers,
                ),
                (
                    format!("cells: {n} private copies of {cells} cells"),
                    n * states,
                ),
                ("edges and final arrays".into(), finals),
            ],
            threads: fitting,
            limit,
        })
    }

    /// All consumers together.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.consumers.iter().map(|(_, bytes)| bytes).sum()
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
