//! What can go wrong, in one line: what, where, and what to do.

use std::io;
use std::ops::Range;
use std::path::PathBuf;

use terabin_core::batch::DataType;
use terabin_core::source::{SourceError, Split};

/// The result of this crate's functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of reading or writing HDF5; [`Error::is_request`] tells the two kinds apart.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A path cannot be looked at.
    #[error("{}: {source}; check the path and its permissions", path.display())]
    Path {
        /// The path as given.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file that cannot be read at all.
    #[error("{}: {source}; check the disk or the network that the file is on, and run again", path.display())]
    Unreadable {
        /// The path as given.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A named file has no HDF5 signature.
    #[error("{}: not an HDF5 file: it has no HDF5 signature; name HDF5 files only", path.display())]
    NotHdf5 {
        /// The path as given.
        path: PathBuf,
    },
    /// A folder or pattern that stands for no file.
    #[error("no HDF5 files in {what}; name files, or a folder or a glob with HDF5 files")]
    NoFiles {
        /// The folder or pattern as given.
        what: String,
    },
    /// One file reached by two arguments.
    #[error("{} and {} are the same file, whose rows would count twice; name it once", first.display(), second.display())]
    SameFile {
        /// The path that came first.
        first: PathBuf,
        /// The path that came second.
        second: PathBuf,
    },
    /// One file reached by an argument and on behalf of another argument, or on behalf of
    /// two.
    #[error("{} and {} both reach {}, whose rows would count twice; name one of them", first.display(), second.display(), shared.display())]
    SharedFile {
        /// The argument that came first.
        first: PathBuf,
        /// The argument that came second.
        second: PathBuf,
        /// The file that both reach; one of them may be this file.
        shared: PathBuf,
    },
    /// A glob that cannot be understood.
    #[error("{pattern}: not a valid pattern: {reason}; write it with *, ? and [..]")]
    Pattern {
        /// The pattern as given.
        pattern: String,
        /// Why it is not one.
        reason: String,
    },
    /// A table that no file has.
    #[error("no file has the table {table}{hint}")]
    UnknownTable {
        /// The table as asked for.
        table: String,
        /// Names that come near, as the end of a sentence.
        hint: String,
    },
    /// No file has any table of rows.
    #[error("the files have no dataset that could be a column; `inspect` lists what they have")]
    NoTables,
    /// A column that no table has.
    #[error("no column is called {name}{hint}")]
    UnknownColumn {
        /// The name as asked for.
        name: String,
        /// Names that come near, as the end of a sentence.
        hint: String,
    },
    /// Names that several tables have.
    #[error("{names} could be read from {candidates}; say which with --table {example}")]
    Ambiguous {
        /// The names as asked for.
        names: String,
        /// The tables that have all of them.
        candidates: String,
        /// One of the tables.
        example: String,
    },
    /// Names that no single table has together.
    #[error(
        "no table has all of the columns: {places}; columns of one request come from one table"
    )]
    NoCommonTable {
        /// Where each name was found.
        places: String,
    },
    /// Columns of one request with different lengths.
    #[error(
        "{}: {first} has {first_rows} rows but {second} has {second_rows}; name columns of one length", path.display()
    )]
    Lengths {
        /// The file.
        path: PathBuf,
        /// One dataset.
        first: String,
        /// Its rows.
        first_rows: u64,
        /// Another dataset.
        second: String,
        /// Its rows.
        second_rows: u64,
    },
    /// A column whose dimensions do not fit those of the rows.
    #[error("{}: {column} of shape {shape:?} {reason} the rows of shape {rows:?}, which {of} has; name columns of one shape, or say `--along {column}=D` with D the dimension of the rows that it runs along, from 0", path.display())]
    Shapes {
        /// The file.
        path: PathBuf,
        /// The column that does not fit.
        column: String,
        /// Its shape.
        shape: Box<[u64]>,
        /// How it does not fit.
        reason: &'static str,
        /// The shape of the rows.
        rows: Box<[u64]>,
        /// The dataset that has the shape of the rows.
        of: Box<str>,
    },
    /// A group or dataset without a numeric attribute that was asked for.
    #[error("{}: {object} has no numeric attribute {attribute} with an element {element}; `inspect` and h5dump show what there is", path.display())]
    NoAttribute {
        /// The file.
        path: PathBuf,
        /// The group or dataset.
        object: String,
        /// The attribute.
        attribute: String,
        /// Which element of it, from 0.
        element: u64,
    },
    /// A dimension of the rows that they do not have.
    #[error("{what}: the rows have {dimensions} dimensions, counted from 0")]
    NoDimension {
        /// What named the dimension.
        what: String,
        /// How many the rows have.
        dimensions: usize,
    },
    /// A dataset that cannot be a column, or that this crate cannot read.
    #[error("{}: {dataset} {reason}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// The dataset.
        dataset: String,
        /// Why, and what to do.
        reason: String,
    },
    /// A file that has the table but not the column.
    #[error("{}: the table {table} has no column {column}, which other files have; leave the file out or the column", path.display())]
    MissingColumn {
        /// The file.
        path: PathBuf,
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// A part of the request that is not in a file, or cannot be read there, where the file
    /// is damaged.
    #[error("{}: {object} cannot be read, so that {wanted} cannot be had: {cause}; the file is damaged or incomplete: restore it or leave it out", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was asked for.
        wanted: String,
        /// The group or dataset that could not be read.
        object: String,
        /// What the library says.
        cause: String,
    },
    /// A column whose types in two files have no common type.
    #[error("{column} is {first_type} in {} but {second_type} in {}, and no type holds both exactly; read these files apart", first.display(), second.display())]
    Types {
        /// The column.
        column: String,
        /// One file.
        first: PathBuf,
        /// The type there.
        first_type: DataType,
        /// Another file.
        second: PathBuf,
        /// The type there.
        second_type: DataType,
    },
    /// A unit of work that belongs to other data.
    #[error("rows {}..{} of input {} are not in these files; use the files that the work was cut from", split.start, split.end, split.input)]
    Split {
        /// The unit of work.
        split: Split,
    },
    /// A codec text that cannot be understood.
    #[error(
        "{text:?} is no codec: {reason}; write none, gzip:1 to gzip:12, zstd:1 to zstd:22 or lz4"
    )]
    Codec {
        /// The text as given.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The library could not open or describe a file.
    #[error("{}: {what}: {cause}; the file is damaged or incomplete: restore it or leave it out", path.display())]
    Describe {
        /// The file.
        path: PathBuf,
        /// What was being done.
        what: String,
        /// What the library says.
        cause: String,
    },
    /// A file that declares more than a description may hold.
    #[error("{}: it has {what}, more than a file is described with; leave it out, or split it", path.display())]
    Metadata {
        /// The file.
        path: PathBuf,
        /// What there is too much of.
        what: &'static str,
    },
    /// Bytes could not be read.
    #[error("{}: {dataset}, rows {}..{}, byte {offset}: {cause}; the file is damaged, cut short or being written", path.display(), rows.start, rows.end)]
    Read {
        /// The file.
        path: PathBuf,
        /// The dataset.
        dataset: String,
        /// The rows that were to be read.
        rows: Range<u64>,
        /// Where in the file.
        offset: u64,
        /// What went wrong.
        cause: String,
    },
    /// A file that is not what it was when it was described.
    #[error("{}: the input changed during the run; wait until nothing writes to it and run again", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// A buffer that does not fit into memory.
    #[error("{}: {dataset} needs a buffer of {bytes} bytes, which cannot be had; use fewer threads or smaller chunks", path.display())]
    Memory {
        /// The file.
        path: PathBuf,
        /// The dataset.
        dataset: String,
        /// The size of the buffer.
        bytes: u64,
    },
    /// Something could not be written.
    #[error("{}: {object}: {cause}; check the folder, its permissions and the free space", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The object in the file.
        object: String,
        /// What went wrong.
        cause: String,
    },
}

impl Error {
    /// Whether the request is wrong, as opposed to a run that failed on the way.
    #[must_use]
    pub fn is_request(&self) -> bool {
        !matches!(
            self,
            Self::Unreadable { .. }
                | Self::Damaged { .. }
                | Self::Describe { .. }
                | Self::Metadata { .. }
                | Self::Read { .. }
                | Self::Changed { .. }
                | Self::Memory { .. }
                | Self::Write { .. }
        )
    }
}

impl From<Error> for SourceError {
    fn from(error: Error) -> Self {
        Self::new(error)
    }
}
