//! Where a read is happening, and what it needs to happen: passed down together.

use std::ops::Range;

use terabin_core::source::ReadCounters;

use crate::column::ColumnBuffer;
use crate::convert::Strided;
use crate::decode::Decoder;
use crate::description::{DatasetDescription, ElementType, FileDescription};
use crate::error::{Error, Result};
use crate::handles::Handles;

/// One dataset of one input.
#[derive(Clone, Copy)]
pub(crate) struct Site<'a> {
    pub(crate) input: u32,
    pub(crate) file: &'a FileDescription,
    pub(crate) dataset: &'a DatasetDescription,
}

impl Site<'_> {
    /// A failed read.
    pub(crate) fn failed(
        &self,
        rows: Range<u64>,
        offset: u64,
        cause: impl std::fmt::Display,
    ) -> Error {
        Error::Read {
            path: self.file.path.clone(),
            dataset: self.dataset.path.clone(),
            rows,
            offset,
            cause: cause.to_string(),
        }
    }

    /// A buffer that cannot be had.
    pub(crate) fn no_memory(&self, bytes: u64) -> Error {
        Error::Memory {
            path: self.file.path.clone(),
            dataset: self.dataset.path.clone(),
            bytes,
        }
    }

    /// Room for `bytes` bytes, all set.
    pub(crate) fn grow(&self, buffer: &mut Vec<u8>, bytes: usize) -> Result<()> {
        if buffer.len() < bytes {
            let more = bytes - buffer.len();
            buffer
                .try_reserve_exact(more)
                .map_err(|_| self.no_memory(bytes as u64))?;
            buffer.resize(bytes, 0);
        }
        Ok(())
    }
}

/// What all datasets of a reader share.
#[derive(Default)]
pub(crate) struct Shared {
    pub(crate) handles: Handles,
    pub(crate) decoder: Decoder,
    pub(crate) counters: ReadCounters,
    /// Rows of the current batch for which some column has its fill value.
    pub(crate) unwritten: Vec<Range<u64>>,
}

impl Shared {
    /// A positioned read that is counted.
    pub(crate) fn read(
        &mut self,
        site: &Site<'_>,
        buffer: &mut [u8],
        offset: u64,
    ) -> std::io::Result<()> {
        self.handles
            .read(site.input, &site.file.path, buffer, offset)?;
        self.counters.bytes_read += buffer.len() as u64;
        Ok(())
    }
}

/// One component of a dataset and the column of the batch that it becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Component {
    pub(crate) component: u64,
    pub(crate) column: usize,
}

/// Appends whole rows that lie in memory, `width` elements each, to the columns.
pub(crate) fn append_rows(
    site: &Site<'_>,
    element: &ElementType,
    raw: &[u8],
    rows: Range<u64>,
    components: &[Component],
    columns: &mut [ColumnBuffer],
) -> Result<()> {
    let width = usize::try_from(site.dataset.width()).unwrap_or(usize::MAX);
    let count = usize::try_from(rows.end - rows.start).unwrap_or(usize::MAX);
    for c in components {
        let first = usize::try_from(c.component)
            .ok()
            .and_then(|c| c.checked_mul(element.size));
        let done = first
            .and_then(|first| raw.get(first..))
            .is_some_and(|bytes| {
                let from = Strided {
                    bytes,
                    stride: width,
                };
                columns
                    .get_mut(c.column)
                    .is_some_and(|column| column.append(element, &from, count))
            });
        if !done {
            return Err(site.failed(rows, 0, "its elements cannot be converted"));
        }
    }
    Ok(())
}
