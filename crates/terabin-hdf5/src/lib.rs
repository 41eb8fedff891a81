//! Reads rows out of HDF5 files in parallel, and writes HDF5 files.
//!
//! Data comes in four steps, each plain data for the next:
//!
//! 1. [`expand`] turns paths, folders and globs into a list of files.
//! 2. [`Catalog::open`] describes the files ([`FileDescription`]): shapes, types,
//!    filters and the address of every chunk. Only this step asks the HDF5 library,
//!    which holds one lock for the whole process.
//! 3. [`Catalog::select`] finds the named columns in every file and checks all that
//!    descriptions can show. The result is a [`TableSource`].
//! 4. Workers read its splits, each with its own reader, buffers and file handles:
//!    positioned reads, our own decoding, no lock. The few layouts that only the
//!    library can read go through it, one at a time, and
//!    [`TableSource::through_library`] lists them.
//!
//! [`FileWriter`] writes: whole datasets, rows, strings, references, and chunks that
//! threads have compressed with [`encode`].
//!
//! Files may be damaged or hostile: nothing a file declares is trusted before it is
//! checked, no other file is opened on its behalf, and no plugin is loaded.
//!
//! ```
//! use std::ops::ControlFlow;
//! use terabin_core::batch::Column;
//! use terabin_core::source::Source;
//! use terabin_hdf5::{Catalog, FileWriter, Selection, Values};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("snap.h5");
//! let mut writer = FileWriter::create(&path)?;
//! writer.dataset("/PartType0/Masses", &[3], Values::F64(&[1.0, 2.0, 4.0]))?;
//! writer.close()?;
//!
//! let catalog = Catalog::open(&[path])?;
//! let source = catalog.select(&Selection {
//!     columns: vec!["Masses".into()],
//!     ..Selection::default()
//! })?;
//! let mut sum = 0.0;
//! let mut reader = source.reader();
//! for split in source.splits(1_000_000) {
//!     reader.read(&split, &mut |batch| {
//!         if let [Column::F64(masses)] = batch.columns() {
//!             sum += masses.iter().sum::<f64>();
//!         }
//!         ControlFlow::Continue(())
//!     })?;
//! }
//! assert_eq!(sum, 7.0);
//! # Ok(())
//! # }
//! ```
#![deny(missing_docs)]

mod advice;
mod catalog;
mod cuts;
mod damage;
mod decode;
mod describe;
mod description;
mod dialect;
mod element;
mod encode;
mod error;
mod external_links;
mod file_driver;
mod global_heap;
mod inputs;
mod lengths;
mod library;
mod lookup;
mod meaning;
mod need;
mod open_options;
mod read;
mod resolve;
mod row_dims;
mod row_space;
mod select;
mod source;
mod variable_texts;
mod write;

pub use advice::{Advice, advice};
pub use catalog::{Catalog, ColumnSummary, Storage, TableChoice, TableSummary};
pub use decode::decode_chunk;
pub use describe::describe;
pub use description::{
    Alias, Attribute, AttributeData, ChunkEntry, ChunkTable, DatasetDescription, FileDescription,
    Filter, GroupDescription, Host, Layout, Segment, Stamp, Unread, VirtualBlock, VirtualTable,
};
pub use element::{Bits, ElementClass, ElementType, Leaf, Member, Padding};
pub use encode::{Codec, encode};
pub use error::{Error, Result};
pub use inputs::{TEMPORARY, expand};
pub use open_options::OpenOptions;
pub use select::{DEFAULT_BATCH_ROWS, Selection};
pub use source::TableSource;
pub use write::{
    AttributeValue, ByteStream, ChunkedLayout, DatasetHandle, FileWriter, StoredType, ValueStream,
    Values,
};
