//! Where a read is happening, and what it needs to happen: passed down together.

use std::ops::Range;
use std::sync::Arc;

use terabin_core::source::{Damage, ReadCounters};

use crate::decode::Decoder;
use crate::description::{DatasetDescription, FileDescription, Host};
use crate::error::{Error, Result};
use crate::read::handles::{Handles, ReadFailure};
use crate::row_space::{RowBox, bounds};

/// One dataset of one input.
#[derive(Clone, Copy)]
pub(crate) struct Site<'a> {
    pub(crate) file: &'a FileDescription,
    pub(crate) dataset: &'a DatasetDescription,
    /// The extents of the rows of the table.
    pub(crate) shape: &'a [u64],
}

impl<'a> Site<'a> {
    /// The file that holds the dataset.
    pub(crate) fn host(&self, number: usize) -> Option<&'a Arc<Host>> {
        self.file.hosts.get(number)
    }

    /// A failed read of the rows in `part`.
    pub(crate) fn failed(
        &self,
        part: &RowBox,
        offset: u64,
        cause: impl std::fmt::Display,
    ) -> Error {
        let host = self.host(self.dataset.host);
        Error::Read {
            path: host.map_or_else(|| self.file.path.clone(), |h| h.path.clone()),
            dataset: self.dataset.path.clone(),
            rows: self.rows(part),
            offset,
            cause: cause.to_string(),
        }
    }

    /// A failed read of bytes.
    pub(crate) fn unread(&self, part: &RowBox, offset: u64, failure: ReadFailure) -> Error {
        match failure {
            ReadFailure::Io(cause) => self.failed(part, offset, cause),
            ReadFailure::Changed(path) => Error::Changed { path },
        }
    }

    /// The row-major numbers of the rows in `part`.
    pub(crate) fn rows(&self, part: &RowBox) -> Range<u64> {
        bounds(self.shape, part)
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
    /// Whether rows that cannot be read are left out, in place of ending the run.
    pub(crate) skip_damaged: bool,
    /// What could not be read so far.
    pub(crate) damages: Vec<Damage>,
}

/// What is wrong with values that do not fit their column: a defect, or a file that
/// changed.
pub(crate) const UNCONVERTED: &str = "its elements cannot be converted";

/// No more are listed; their rows are counted.
const MOST_DAMAGES: usize = 10_000;

impl Shared {
    /// A positioned read that is counted.
    pub(crate) fn read(
        &mut self,
        host: Option<&Arc<Host>>,
        buffer: &mut [u8],
        offset: u64,
    ) -> Result<(), ReadFailure> {
        let host = host.ok_or_else(|| std::io::Error::other("its file is not described"))?;
        self.handles.read(host, buffer, offset)?;
        self.counters.bytes_read += buffer.len() as u64;
        Ok(())
    }

    /// Takes note of an error that costs rows and not the run; gives it back where it
    /// ends the run.
    pub(crate) fn forgive(&mut self, error: Error) -> Result<()> {
        match error {
            Error::Read {
                path,
                dataset,
                rows,
                cause,
                ..
            } if self.skip_damaged => {
                if self.damages.len() < MOST_DAMAGES {
                    self.damages.push(Damage {
                        file: path.display().to_string(),
                        dataset,
                        rows,
                        cause,
                    });
                }
                Ok(())
            }
            error => Err(error),
        }
    }
}
