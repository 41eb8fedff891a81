//! Bins billions of rows out of HDF5 files: exact, parallel, in constant memory.
//!
//! Data moves one way. A [`Spec`] says what is asked; with the columns of a [`Table`]
//! it becomes a [`plan::Plan`], in which names, types and axes are resolved. [`bin`]
//! runs the plan's passes over the table's splits, on as many threads as fit the
//! memory, and gives a [`Report`] of [`HistogramResult`]s: numbers that are correctly
//! rounded and have the same bits whatever the threads, batches and files, with every
//! row accounted for. [`output::write`] puts them into a folder.
//!
//! ```
//! use terabin::{FileTable, Options, Spec, Unattended};
//! # let dir = tempfile::tempdir()?;
//! # let path = dir.path().join("a.h5");
//! # let mut file = terabin_hdf5::FileWriter::create(&path)?;
//! # file.dataset("/x", &[4], terabin_hdf5::Values::F64(&[0.0, 0.5, 0.6, 1.0]))?;
//! # file.close()?;
//! # let path = path.to_str().expect("UTF-8").to_owned();
//! let spec = Spec {
//!     data: vec![path],
//!     by: vec!["x:2:0..1".into()],
//!     stat: vec!["mean(x)".into()],
//!     ..Spec::default()
//! };
//! let table = FileTable::open(&spec)?;
//! let report = terabin::bin(&table, &spec, &Options::default(), &mut Unattended)?;
//! assert_eq!(report.results[0].counts(), [1, 3]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Only [`run::run`] starts threads.

mod axis_request;
mod axis_rule;
mod bin;
mod bin_rule;
mod copies;
mod damage;
mod datetime;
mod error;
mod files;
mod function;
pub mod generate;
mod histogram_request;
mod job;
mod limits;
mod memory_plan;
pub mod output;
pub mod plan;
pub mod plot;
mod range_rule;
mod resolve;
mod resources;
pub mod run;
mod spec;
mod statistic_request;
mod statistics_rule;
mod stats;
mod table;
mod text;

pub use axis_request::{AxisKind, AxisRequest};
pub use axis_rule::AxisRule;
pub use bin::{HistogramResult, Options, Preview, Report, bin, preview};
pub use bin_rule::BinRule;
pub use datetime::{datetime_text, read_datetime};
pub use error::{Error, ErrorKind, Result};
pub use files::FileTable;
pub use function::Function;
pub use job::write::{Layout as FileLayout, WriteSpec, write};
pub use limits::{EdgeList, Limits, Places};
pub use memory_plan::MemoryPlan;
pub use range_rule::RangeRule;
pub use resources::{
    ByteSize, available_cpus, default_memory, peak_resident_memory, readable_bytes,
};
pub use run::{Control, Moved, Progress, Unattended};
pub use spec::{HistogramSpec, OnError, Spec};
pub use statistic_request::{StatisticRequest, Value};
pub use statistics_rule::StatisticsRule;
pub use stats::{ColumnStats, stats};
pub use table::{ArrayTable, Table};
pub use terabin_core::axis::Convention;
pub use terabin_core::kernel::FloatEnvironment;
pub use terabin_core::source::Damage;
pub use terabin_core::statistic::Number;

/// The version of the library, the program and the Python package.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
