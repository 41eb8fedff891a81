//! Chunked datasets, read band by band.
//!
//! A band is all chunks that cover the same rows. Only those that hold a wanted
//! component are decoded, and the last band stays decoded for the next batch.

use std::ops::Range;

use crate::column::ColumnBuffer;
use crate::contiguous::fill_with;
use crate::convert::Strided;
use crate::description::{ChunkEntry, ChunkTable};
use crate::error::Result;
use crate::site::{Component, Shared, Site};

/// Reads rows of a chunked dataset of rank 1 or 2.
pub(crate) struct BandReader<'a> {
    site: Site<'a>,
    table: &'a ChunkTable,
    shape: BandShape,
    tiles: Vec<Tile>,
    band: Option<u64>,
}

/// How the chunks of a dataset of rank 1 or 2 lie.
#[derive(Clone, Copy)]
pub(crate) struct BandShape {
    /// Rows of one chunk.
    pub(crate) chunk_rows: u64,
    /// Components of one chunk.
    pub(crate) chunk_width: u64,
    /// Chunks side by side.
    pub(crate) grid_width: u64,
    /// Bytes of one decoded chunk.
    pub(crate) chunk_bytes: usize,
}

impl BandShape {
    /// The shape, unless the file declares an impossible one.
    pub(crate) fn new(site: &Site<'_>, table: &ChunkTable) -> Option<Self> {
        let (chunk_rows, chunk_width) = match *table.shape {
            [rows] => (rows, 1),
            [rows, width] => (rows, width),
            _ => return None,
        };
        let bytes = chunk_rows
            .checked_mul(chunk_width)?
            .checked_mul(site.dataset.element.size as u64)?;
        if bytes == 0 {
            return None;
        }
        Some(Self {
            chunk_rows,
            chunk_width,
            grid_width: site.dataset.width().div_ceil(chunk_width),
            chunk_bytes: usize::try_from(bytes).ok()?,
        })
    }

    /// The chunk columns that hold the components, each once.
    pub(crate) fn columns(&self, components: &[Component]) -> Vec<u64> {
        let mut columns: Vec<u64> = components
            .iter()
            .filter_map(|c| c.component.checked_div(self.chunk_width))
            .collect();
        columns.sort_unstable();
        columns.dedup();
        columns
    }
}

/// One decoded chunk of the band.
struct Tile {
    column: u64,
    bytes: Vec<u8>,
    written: bool,
}

impl<'a> BandReader<'a> {
    pub(crate) fn new(
        site: Site<'a>,
        table: &'a ChunkTable,
        components: &[Component],
    ) -> Option<Self> {
        let shape = BandShape::new(&site, table)?;
        let tile = |column| Tile {
            column,
            bytes: Vec::new(),
            written: false,
        };
        Some(Self {
            site,
            table,
            shape,
            tiles: shape.columns(components).into_iter().map(tile).collect(),
            band: None,
        })
    }

    /// Appends `rows` to the columns.
    pub(crate) fn rows(
        &mut self,
        shared: &mut Shared,
        rows: Range<u64>,
        components: &[Component],
        columns: &mut [ColumnBuffer],
    ) -> Result<()> {
        let mut start = rows.start;
        while start < rows.end {
            let band = start / self.shape.chunk_rows;
            let first = band.saturating_mul(self.shape.chunk_rows);
            let end = rows.end.min(first.saturating_add(self.shape.chunk_rows));
            self.load(shared, band)?;
            if self.tiles.iter().any(|t| !t.written) {
                shared.unwritten.push(start..end);
            }
            for c in components {
                self.append(c, start - first, start..end, columns)?;
            }
            start = end;
        }
        Ok(())
    }

    fn append(
        &self,
        component: &Component,
        skip: u64,
        rows: Range<u64>,
        columns: &mut [ColumnBuffer],
    ) -> Result<()> {
        let shape = &self.shape;
        let element = &self.site.dataset.element;
        let column = component.component / shape.chunk_width;
        let within = component.component % shape.chunk_width;
        let first = skip
            .checked_mul(shape.chunk_width)
            .and_then(|e| e.checked_add(within))
            .and_then(|e| usize::try_from(e).ok()?.checked_mul(element.size));
        let stride = usize::try_from(shape.chunk_width).unwrap_or(usize::MAX);
        let count = usize::try_from(rows.end - rows.start).unwrap_or(usize::MAX);
        let tile = self.tiles.iter().find(|t| t.column == column);
        let bytes = tile.and_then(|t| t.bytes.get(first?..shape.chunk_bytes));
        let done = bytes.is_some_and(|bytes| {
            columns
                .get_mut(component.column)
                .is_some_and(|c| c.append(element, &Strided { bytes, stride }, count))
        });
        if done {
            Ok(())
        } else {
            Err(self
                .site
                .failed(rows, 0, "its elements cannot be converted"))
        }
    }

    fn load(&mut self, shared: &mut Shared, band: u64) -> Result<()> {
        if self.band == Some(band) {
            return Ok(());
        }
        self.band = None;
        let mut tiles = std::mem::take(&mut self.tiles);
        let result = tiles
            .iter_mut()
            .try_for_each(|tile| self.load_tile(shared, band, tile));
        self.tiles = tiles;
        result?;
        self.band = Some(band);
        Ok(())
    }

    fn load_tile(&self, shared: &mut Shared, band: u64, tile: &mut Tile) -> Result<()> {
        let index = band
            .checked_mul(self.shape.grid_width)
            .and_then(|i| i.checked_add(tile.column));
        let entry = index.and_then(|i| self.table.find(i));
        tile.written = entry.is_some();
        if let Some(entry) = entry {
            return self.decode(shared, band, entry, tile);
        }
        let bytes = self.shape.chunk_bytes;
        self.site.grow(&mut tile.bytes, bytes)?;
        fill_with(&mut tile.bytes[..bytes], &self.site.dataset.fill);
        Ok(())
    }

    fn decode(
        &self,
        shared: &mut Shared,
        band: u64,
        entry: &ChunkEntry,
        tile: &mut Tile,
    ) -> Result<()> {
        let failed = |cause: String| self.site.failed(self.rows_of(band), entry.address, cause);
        let stored = self.stored(entry).map_err(failed)?;
        let mask = self.mask(band, entry, tile.column);
        let expected = self.shape.chunk_bytes;
        let dataset = self.site.dataset;
        let mut decoder = std::mem::take(&mut shared.decoder);
        let buffer = decoder.stored(stored).map_err(|e| failed(e.to_string()))?;
        shared
            .read(&self.site, buffer, entry.address)
            .map_err(|e| failed(e.to_string()))?;
        decoder
            .decode(
                &dataset.filters,
                mask,
                dataset.element.size,
                stored,
                expected,
                &mut tile.bytes,
            )
            .map_err(|e| failed(e.to_string()))?;
        shared.decoder = decoder;
        shared.counters.bytes_decoded += expected as u64;
        Ok(())
    }

    /// The stored size of a chunk, once it is sure that the file has room for it.
    fn stored(&self, entry: &ChunkEntry) -> Result<usize, String> {
        let (stored, size) = (entry.stored, self.site.file.size);
        match entry.address.checked_add(stored) {
            Some(end) if end <= size => usize::try_from(stored).map_err(|e| e.to_string()),
            _ => Err(format!(
                "its chunk of {stored} bytes ends beyond the end of the file at {size}"
            )),
        }
    }

    /// The filters that this chunk went without.
    fn mask(&self, band: u64, entry: &ChunkEntry, column: u64) -> u32 {
        let over = |at: u64, chunk: u64, extent: u64| {
            at.saturating_add(1)
                .checked_mul(chunk)
                .is_none_or(|end| end > extent)
        };
        let dataset = self.site.dataset;
        let partial = over(band, self.shape.chunk_rows, dataset.rows())
            || over(column, self.shape.chunk_width, dataset.width());
        if partial && self.table.unfiltered_edges {
            u32::MAX
        } else {
            entry.filter_mask
        }
    }

    fn rows_of(&self, band: u64) -> Range<u64> {
        let start = band.saturating_mul(self.shape.chunk_rows);
        let end = start.saturating_add(self.shape.chunk_rows);
        start..end.min(self.site.dataset.rows())
    }
}
