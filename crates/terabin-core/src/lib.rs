//! What a histogram is: axes, exact states, statistics. Pure: no IO, no threads, no clock;
//! the system is asked for large pages and nothing else.
//!
//! Rows arrive as a [`batch::Batch`] of typed columns from a [`source::Source`]. An
//! [`axes::Indexer`] finds the cell of each row on the [`axes::Axes`]; the
//! [`fill::Cells`] of a histogram hold one [`state::State`] per quantity and add the
//! rows' values to it, exactly. Cells of disjoint rows merge in any order into the same
//! bits. At the end a [`statistic::Statistic`] rounds the exact content of each cell to
//! a number, once ([`exact::round`]).
//!
//! ```
//! use terabin_core::axes::{Axes, Indexer};
//! use terabin_core::axis::{Axis, Regular};
//! use terabin_core::batch::{Column, DataType};
//! use terabin_core::fill::{Cells, Layout};
//! use terabin_core::histogram::{Histogram, Values};
//! use terabin_core::statistic::{NanRule, Statistic};
//!
//! let axis = Axis::Regular(Regular::new(2, 0.0, 1.0)?);
//! let layout = Layout {
//!     axes: Axes::new(vec![axis], false).expect("two cells"),
//!     axis_expressions: vec![0],
//!     value_expressions: vec![1],
//!     value_types: vec![DataType::F64],
//!     quantities: Statistic::Sum(0).quantities(),
//!     searches: Vec::new(),
//! };
//! let mut cells = Cells::new(&layout);
//! let (x, v) = ([0.1, 0.7, 0.9], [1e100, 1.0, -1.0]);
//! cells.fill(&layout, &mut Indexer::default(), &[Column::F64(&x), Column::F64(&v)], 3, None);
//! let histogram = Histogram::new(layout, cells);
//! let sums = histogram.values(Statistic::Sum(0), NanRule::Omit);
//! assert_eq!(sums, Values::F64(vec![1e100, 0.0]));
//! # Ok::<(), terabin_core::axis::AxisError>(())
//! ```

pub mod axes;
pub mod axis;
pub mod batch;
mod canonical;
pub mod categories;
mod contents;
pub mod datetime;
mod dyadic;
pub mod exact;
pub mod fill;
pub mod histogram;
pub mod kernel;
pub mod listed;
pub mod moment_statistic;
pub mod order;
pub mod slabs;
pub mod source;
pub mod state;
pub mod statistic;

pub use array_source::ArraySource;

mod array_source;
mod met;
mod partition;
mod rounding;
mod texts;
