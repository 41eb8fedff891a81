//! Datasets that are stored as one block.

use std::ops::Range;

use crate::column::ColumnBuffer;
use crate::error::Result;
use crate::site::{Component, Shared, Site, append_rows};

/// Rows that need conversion are read in pieces of about this many bytes.
pub(crate) const PIECE: u64 = 1 << 20;

/// Reads rows straight into the columns, or through a small buffer.
pub(crate) struct ContiguousReader<'a> {
    site: Site<'a>,
    address: Option<u64>,
    raw: Vec<u8>,
}

impl<'a> ContiguousReader<'a> {
    pub(crate) fn new(site: Site<'a>, address: Option<u64>) -> Self {
        Self {
            site,
            address,
            raw: Vec::new(),
        }
    }

    /// Appends `rows` to the columns.
    pub(crate) fn rows(
        &mut self,
        shared: &mut Shared,
        rows: Range<u64>,
        components: &[Component],
        columns: &mut [ColumnBuffer],
    ) -> Result<()> {
        let Some(address) = self.address else {
            shared.unwritten.push(rows.clone());
            return self.fill(rows, components, columns);
        };
        if let ([only], 1) = (components, self.site.dataset.width())
            && let Some(column) = columns.get_mut(only.column)
            && self.direct(shared, address, rows.clone(), column)?
        {
            return Ok(());
        }
        let row_bytes = row_bytes(&self.site)?;
        for piece in pieces(rows, row_bytes) {
            let bytes = self.bytes(&piece, row_bytes)?;
            self.site.grow(&mut self.raw, bytes)?;
            let offset = self.offset(address, &piece, row_bytes)?;
            let raw = &mut self.raw[..bytes];
            shared
                .read(&self.site, raw, offset)
                .map_err(|e| self.site.failed(piece.clone(), offset, e))?;
            shared.counters.bytes_decoded += bytes as u64;
            let element = &self.site.dataset.element;
            append_rows(&self.site, element, raw, piece, components, columns)?;
        }
        Ok(())
    }

    /// Reads into the column itself, where the stored type is the type in memory.
    fn direct(
        &self,
        shared: &mut Shared,
        address: u64,
        rows: Range<u64>,
        column: &mut ColumnBuffer,
    ) -> Result<bool> {
        let element = &self.site.dataset.element;
        let offset = self.offset(address, &rows, element.size as u64)?;
        let count = usize::try_from(rows.end - rows.start).unwrap_or(usize::MAX);
        let Some(bytes) = column.native(element, count) else {
            return Ok(false);
        };
        shared
            .read(&self.site, bytes, offset)
            .map_err(|e| self.site.failed(rows, offset, e))?;
        shared.counters.bytes_decoded += bytes.len() as u64;
        Ok(true)
    }

    fn fill(
        &mut self,
        rows: Range<u64>,
        components: &[Component],
        columns: &mut [ColumnBuffer],
    ) -> Result<()> {
        let row_bytes = row_bytes(&self.site)?;
        for piece in pieces(rows, row_bytes) {
            let bytes = self.bytes(&piece, row_bytes)?;
            self.site.grow(&mut self.raw, bytes)?;
            let raw = &mut self.raw[..bytes];
            fill_with(raw, &self.site.dataset.fill);
            let element = &self.site.dataset.element;
            append_rows(&self.site, element, raw, piece, components, columns)?;
        }
        Ok(())
    }

    fn bytes(&self, rows: &Range<u64>, row_bytes: u64) -> Result<usize> {
        (rows.end - rows.start)
            .checked_mul(row_bytes)
            .and_then(|b| usize::try_from(b).ok())
            .ok_or_else(|| self.site.no_memory(u64::MAX))
    }

    fn offset(&self, address: u64, rows: &Range<u64>, row_bytes: u64) -> Result<u64> {
        rows.start
            .checked_mul(row_bytes)
            .and_then(|o| address.checked_add(o))
            .ok_or_else(|| {
                self.site
                    .failed(rows.clone(), address, "the offset overflows")
            })
    }
}

/// The bytes of one row.
pub(crate) fn row_bytes(site: &Site<'_>) -> Result<u64> {
    (site.dataset.element.size as u64)
        .checked_mul(site.dataset.width())
        .ok_or_else(|| site.no_memory(u64::MAX))
}

/// Cuts rows into pieces of about [`PIECE`] bytes, at least one row each.
pub(crate) fn pieces(rows: Range<u64>, row_bytes: u64) -> impl Iterator<Item = Range<u64>> {
    let step = (PIECE / row_bytes.max(1)).max(1);
    let mut start = rows.start;
    std::iter::from_fn(move || {
        let piece = start..rows.end.min(start.saturating_add(step));
        start = piece.end;
        (piece.start < piece.end).then_some(piece)
    })
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
