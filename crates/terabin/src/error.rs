//! What can go wrong, by what the user has to do about it.

use thiserror::Error;

/// The error of a run.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The request is wrong; nothing was read.
    #[error("{0}")]
    Request(String),
    /// Files that could not be opened, described or written.
    #[error(transparent)]
    Hdf5(#[from] terabin_hdf5::Error),
    /// Rows that could not be read.
    #[error(transparent)]
    Source(#[from] terabin_core::source::SourceError),
    /// A value that no arithmetic gives, or that the NaN rule forbids.
    #[error("{0}")]
    Value(String),
    /// A file of ours that could not be written.
    #[error("{path}: {error}")]
    Write {
        /// The file or folder.
        path: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// A picture that could not be drawn.
    #[error(transparent)]
    Plot(#[from] crate::plot::PlotError),
    /// Rows that are in no count: a defect of terabin.
    #[error(
        "{rows} rows were read, but {accounted} are accounted for: this is a defect of terabin, please report it"
    )]
    Unaccounted {
        /// Rows of the source.
        rows: u64,
        /// Rows in the counts.
        accounted: u64,
    },
    /// The system gave no thread.
    #[error("no thread could be started: {0}; raise the limit on processes")]
    Threads(std::io::Error),
    /// The caller asked to stop.
    #[error("interrupted; nothing was written")]
    Interrupted,
}

/// What kind of error this is, for exit codes and exception types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request is wrong.
    Request,
    /// The run failed.
    Run,
    /// Rows are unaccounted for.
    Accounting,
    /// The caller asked to stop.
    Interrupted,
}

impl Error {
    /// What kind of error this is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Request(_) => ErrorKind::Request,
            Self::Hdf5(error) if error.is_request() => ErrorKind::Request,
            Self::Unaccounted { .. } => ErrorKind::Accounting,
            Self::Interrupted => ErrorKind::Interrupted,
            _ => ErrorKind::Run,
        }
    }

    pub(crate) fn request(message: impl Into<String>) -> Self {
        Self::Request(message.into())
    }

    pub(crate) fn write(path: &std::path::Path, error: std::io::Error) -> Self {
        Self::Write {
            path: path.display().to_string(),
            error,
        }
    }
}

/// The result of a run.
pub type Result<T> = std::result::Result<T, Error>;
