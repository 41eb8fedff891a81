//! Chunked datasets, read chunk by chunk.
//!
//! Decoded chunks stay for the next batch: as many as lie side by side in a tile of the
//! rows, the one used longest ago making room.

use crate::decode::without_shuffle;
use crate::description::{ChunkEntry, ChunkTable};
use crate::error::{Error, Result};
use crate::need::{DimUse, Need, Output, shifted};
use crate::read::block::{Block, Elements};
use crate::read::site::{Shared, Site, UNCONVERTED};
use crate::read::target::{SKIPPED, Target, UNWRITTEN};
use crate::row_space::{RowBox, product};

/// Reads rows of a chunked dataset.
pub(crate) struct ChunkedReader<'a> {
    site: Site<'a>,
    table: &'a ChunkTable,
    chunk_bytes: usize,
    tiles: Vec<Tile>,
    capacity: usize,
    /// Whether elements that lie side by side go to rows that do: those may stay shuffled
    /// until they are wanted.
    side_by_side: bool,
    clock: u64,
    /// Where the next chunk begins: a buffer.
    coords: Vec<u64>,
}

/// One decoded chunk.
struct Tile {
    index: u64,
    bytes: Vec<u8>,
    state: State,
    used: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Decoded,
    /// As the shuffle filter left them.
    Shuffled,
    Unwritten,
    Damaged,
}

/// Bytes of one decoded chunk, unless the file declares an impossible one.
pub(crate) fn chunk_bytes(table: &ChunkTable, element: usize) -> Option<usize> {
    let bytes = table
        .shape
        .iter()
        .try_fold(element as u64, |n, &e| n.checked_mul(e))?;
    usize::try_from(bytes).ok().filter(|&b| b > 0)
}

/// How many chunks of a dataset lie side by side in a tile of the rows.
///
/// Along a single dimension of rows a batch takes one row of chunks after the other.
pub(crate) fn chunks_in(need: &Need, table: &ChunkTable, tile: Option<&[u64]>) -> u64 {
    let mut across: Vec<Vec<u64>> = need
        .outputs
        .iter()
        .map(|o| places(need, o, &table.shape))
        .collect();
    across.sort_unstable();
    across.dedup();
    let along = need.dims.iter().zip(&table.shape).map(|(d, &chunk)| {
        let extent = match *d {
            DimUse::Row { row, .. } => tile.and_then(|t| t.get(row)).copied(),
            DimUse::Place => None,
        };
        match extent {
            Some(extent) if extent % chunk.max(1) == 0 => extent / chunk.max(1),
            // A tile that begins within a chunk reaches into one more.
            Some(extent) => extent / chunk.max(1) + 2,
            None => 1,
        }
    });
    let along: Vec<u64> = along.collect();
    product(&along).saturating_mul(across.len().max(1) as u64)
}

/// Which chunk an output takes along each dimension that runs along nothing.
fn places(need: &Need, output: &Output, chunk: &[u64]) -> Vec<u64> {
    let dims = need.dims.iter().zip(&output.at).zip(chunk);
    dims.filter(|((d, _), _)| **d == DimUse::Place)
        .map(|((_, &at), &chunk)| at / chunk.max(1))
        .collect()
}

/// However many chunks lie in a tile, more bytes than this are not kept.
pub(crate) const KEPT: u64 = 256 << 20;

impl<'a> ChunkedReader<'a> {
    /// `tile` is the tile of the rows, if they are read in tiles.
    pub(crate) fn new(
        site: Site<'a>,
        table: &'a ChunkTable,
        need: &Need,
        tile: Option<&[u64]>,
    ) -> Option<Self> {
        let chunk_bytes = chunk_bytes(table, site.dataset.element.size)?;
        if table.shape.len() != site.dataset.shape.len() || need.dims.len() != table.shape.len() {
            return None;
        }
        Some(Self {
            site,
            table,
            chunk_bytes,
            tiles: Vec::new(),
            side_by_side: matches!(need.dims.last(),
                Some(DimUse::Row { row, .. }) if row + 1 == site.shape.len()),
            capacity: usize::try_from(kept(need, table, tile, chunk_bytes)).ok()?,
            clock: 0,
            coords: Vec::new(),
        })
    }

    /// Reads the rows in `part`.
    pub(crate) fn rows(
        &mut self,
        shared: &mut Shared,
        need: &Need,
        part: &RowBox,
        target: &mut Target<'_>,
    ) -> Result<()> {
        let Some((first, last)) = self.range(need, part) else {
            return Err(self.site.failed(part, 0, "its rows lie beyond its shape"));
        };
        let mut at = first.clone();
        loop {
            for output in &need.outputs {
                self.output(shared, &at, (need, output), part, target)?;
            }
            // The next chunk in row-major order.
            let mut dim = at.len();
            loop {
                let Some(next) = dim.checked_sub(1) else {
                    return Ok(());
                };
                dim = next;
                at[dim] += 1;
                if at[dim] <= last[dim] {
                    break;
                }
                at[dim] = first[dim];
            }
        }
    }

    /// The first and the last chunk along each dimension; 0 where it runs along nothing.
    fn range(&self, need: &Need, part: &RowBox) -> Option<(Vec<u64>, Vec<u64>)> {
        let dims = need.dims.iter().zip(&self.table.shape);
        let range = dims.map(|(d, &chunk)| match *d {
            DimUse::Place => Some((0, 0)),
            DimUse::Row { row, shift } => {
                let (start, count) = (*part.start.get(row)?, *part.count.get(row)?);
                let first = shifted(start, shift)?;
                let last = first.checked_add(count.checked_sub(1)?)?;
                Some((first.checked_div(chunk)?, last.checked_div(chunk)?))
            }
        });
        range
            .collect::<Option<Vec<_>>>()
            .map(|r| r.into_iter().unzip())
    }

    fn output(
        &mut self,
        shared: &mut Shared,
        at: &[u64],
        (need, output): (&Need, &Output),
        part: &RowBox,
        target: &mut Target<'_>,
    ) -> Result<()> {
        self.coords.clear();
        let dims = at.iter().zip(&need.dims).zip(&output.at);
        let dims = dims.zip(&self.table.shape);
        self.coords
            .extend(dims.map(|(((&at, d), &place), &chunk)| match d {
                DimUse::Row { .. } => at,
                DimUse::Place => place / chunk.max(1),
            }));
        let index = self.index();
        let failed = || self.site.failed(part, 0, UNCONVERTED);
        let index = index.ok_or_else(failed)?;
        let tile = self.tile(shared, need, index, part)?;
        let mut origin = std::mem::take(&mut self.coords);
        for (place, &chunk) in origin.iter_mut().zip(&self.table.shape) {
            *place = place.saturating_mul(chunk);
        }
        let block = Block {
            origin: &origin,
            extent: &self.table.shape,
            size: self.site.dataset.element.size,
        };
        let done = match self.tiles.get(tile).map(|t| (t.state, &t.bytes)) {
            None => false,
            Some((State::Damaged, _)) => block.mark(SKIPPED, need, output, part, target),
            Some((state, bytes)) => {
                let bytes = bytes.get(..self.chunk_bytes).unwrap_or(&[]);
                let elements = match state {
                    State::Shuffled => Elements::Shuffled(bytes),
                    _ => Elements::Ordered(bytes),
                };
                block.write(elements, need, output, part, target)
                    && (state != State::Unwritten
                        || block.mark(UNWRITTEN, need, output, part, target))
            }
        };
        self.coords = origin;
        if done {
            Ok(())
        } else {
            Err(self.site.failed(part, 0, UNCONVERTED))
        }
    }

    /// The linear index of the chunk at `coords`.
    fn index(&self) -> Option<u64> {
        let dims = self.coords.iter().zip(&self.table.shape);
        let mut dims = dims.zip(&self.site.dataset.shape);
        dims.try_fold(0_u64, |index, ((&at, &chunk), &extent)| {
            let count = extent.checked_next_multiple_of(chunk)?.checked_div(chunk)?;
            index.checked_mul(count)?.checked_add(at)
        })
    }

    /// The place of the decoded chunk in `tiles`.
    fn tile(
        &mut self,
        shared: &mut Shared,
        need: &Need,
        index: u64,
        part: &RowBox,
    ) -> Result<usize> {
        self.clock += 1;
        if let Some(place) = self.tiles.iter().rposition(|t| t.index == index) {
            self.tiles[place].used = self.clock;
            return Ok(place);
        }
        let mut tile = self.spare();
        tile.index = index;
        tile.used = self.clock;
        let lost = self.chunk_rows(need, part);
        match self.load(shared, index, &lost, &mut tile) {
            Ok(state) => tile.state = state,
            Err(error) => {
                shared.forgive(error)?;
                tile.state = State::Damaged;
            }
        }
        self.tiles.push(tile);
        Ok(self.tiles.len() - 1)
    }

    /// The tile that was used longest ago, or a new one.
    fn spare(&mut self) -> Tile {
        if self.tiles.len() >= self.capacity.max(1) {
            let oldest = self.tiles.iter().enumerate().min_by_key(|(_, t)| t.used);
            if let Some((oldest, _)) = oldest {
                return self.tiles.swap_remove(oldest);
            }
        }
        Tile {
            index: 0,
            bytes: Vec::new(),
            state: State::Damaged,
            used: 0,
        }
    }

    fn load(
        &self,
        shared: &mut Shared,
        index: u64,
        lost: &RowBox,
        tile: &mut Tile,
    ) -> Result<State> {
        if let Some(entry) = self.table.find(index) {
            return self.decode(shared, entry, lost, tile);
        }
        let bytes = self.chunk_bytes;
        self.site.grow(&mut tile.bytes, bytes)?;
        fill_with(&mut tile.bytes[..bytes], &self.site.dataset.fill);
        Ok(State::Unwritten)
    }

    fn decode(
        &self,
        shared: &mut Shared,
        entry: &ChunkEntry,
        rows: &RowBox,
        tile: &mut Tile,
    ) -> Result<State> {
        let failed = |cause: String| self.site.failed(rows, entry.address, cause);
        let stored = self.stored(entry).map_err(failed)?;
        let mask = self.mask(entry);
        let dataset = self.site.dataset;
        let size = dataset.element.size;
        let (filters, mask, state) = match without_shuffle(&dataset.filters, mask, size) {
            Some((filters, mask)) if self.side_by_side && size <= WIDEST => {
                (filters, mask, State::Shuffled)
            }
            _ => (dataset.filters.as_slice(), mask, State::Decoded),
        };
        let mut decoder = std::mem::take(&mut shared.decoder);
        let done = self
            .stored_bytes(shared, &mut decoder, stored, entry.address, rows)
            .and_then(|()| {
                decoder
                    .decode(
                        filters,
                        mask,
                        size,
                        stored,
                        self.chunk_bytes,
                        &mut tile.bytes,
                    )
                    .map_err(|e| failed(e.to_string()))
            });
        shared.decoder = decoder;
        done?;
        shared.counters.bytes_decoded += self.chunk_bytes as u64;
        Ok(state)
    }

    fn stored_bytes(
        &self,
        shared: &mut Shared,
        decoder: &mut crate::decode::Decoder,
        stored: usize,
        address: u64,
        rows: &RowBox,
    ) -> Result<()> {
        let buffer = decoder
            .stored(stored)
            .map_err(|e| self.site.failed(rows, address, e))?;
        shared
            .read(self.site.host(self.site.dataset.host), buffer, address)
            .map_err(|e| self.site.unread(rows, address, e))
    }

    /// The stored size of a chunk, once it is sure that the file has room for it.
    fn stored(&self, entry: &ChunkEntry) -> Result<usize, String> {
        let host = self.site.host(self.site.dataset.host);
        let (stored, size) = (entry.stored, host.map_or(0, |h| h.stamp.size));
        match entry.address.checked_add(stored) {
            Some(end) if end <= size => usize::try_from(stored).map_err(|e| e.to_string()),
            _ => Err(format!(
                "its chunk of {stored} bytes ends beyond the end of the file at {size}"
            )),
        }
    }

    /// The filters that the chunk at `coords` went without.
    fn mask(&self, entry: &ChunkEntry) -> u32 {
        let dims = self.coords.iter().zip(&self.table.shape);
        let mut dims = dims.zip(&self.site.dataset.shape);
        let partial = dims.any(|((&at, &chunk), &extent)| {
            let end = at.saturating_add(1).checked_mul(chunk);
            end.is_none_or(|end| end > extent)
        });
        if partial && self.table.unfiltered_edges {
            u32::MAX
        } else {
            entry.filter_mask
        }
    }

    /// The rows of the chunk at `coords`: what is lost with it.
    fn chunk_rows(&self, need: &Need, part: &RowBox) -> RowBox {
        let mut rows = RowBox {
            start: vec![0; self.site.shape.len()],
            count: self.site.shape.to_vec(),
        };
        for (dim, d) in need.dims.iter().enumerate() {
            let DimUse::Row { row, shift } = *d else {
                continue;
            };
            let places = (self.coords.get(dim), self.table.shape.get(dim));
            let (Some(&at), Some(&chunk), Some(&extent)) =
                (places.0, places.1, self.site.shape.get(row))
            else {
                return part.clone();
            };
            let first = i128::from(at) * i128::from(chunk) - i128::from(shift);
            let last = first + i128::from(chunk);
            let clip = |x: i128| u64::try_from(x.max(0)).unwrap_or(u64::MAX).min(extent);
            rows.start[row] = clip(first);
            rows.count[row] = clip(last) - clip(first);
        }
        rows
    }
}

/// Larger elements than any number are put in order all at once.
const WIDEST: usize = 8;

/// How many decoded chunks a reader keeps.
pub(crate) fn kept(need: &Need, table: &ChunkTable, tile: Option<&[u64]>, bytes: usize) -> u64 {
    let across = chunks_in(need, table, None);
    let wanted = chunks_in(need, table, tile);
    wanted.min(KEPT / (bytes as u64).max(1)).max(across)
}

/// Repeats one element all over `raw`.
pub(crate) fn fill_with(raw: &mut [u8], element: &[u8]) {
    if element.is_empty() || element.iter().all(|&b| b == 0) {
        raw.fill(0);
        return;
    }
    for place in raw.chunks_exact_mut(element.len()) {
        place.copy_from_slice(element);
    }
}

/// The error of a dataset that has no reader.
pub(crate) fn impossible(site: &Site<'_>) -> Error {
    let whole = RowBox {
        start: vec![0; site.shape.len()],
        count: site.shape.to_vec(),
    };
    site.failed(&whole, 0, "its chunks or its shape are impossible")
}
