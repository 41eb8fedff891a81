//! Axes: which bin a value falls in, to the last bit.
//!
//! The edges are the truth: a value is in bin k when `edges[k] <= x < edges[k+1]`, and
//! the last bin is closed on the right, as in `numpy.histogramdd` (but for the bins of
//! integers and circles, which go on). Whatever an axis
//! does to be fast, it gives what a search in its edges gives
//! ([`crate::kernel::reference`]). Another [`Convention`] puts other bounds in the edges'
//! place, a few doubles off.

mod bins;
mod bounds;
mod category;
mod circular;
mod convention;
mod edges;
mod integer;
mod log;
mod regular;
mod times;
mod variable;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::batch::Column;
use crate::categories::Excess;
use crate::datetime;
use crate::kernel::InstructionSet;
use crate::kernel::product::Multiplied;
use crate::statistic::Number;

use bins::Bins;

pub use category::Category;
pub use circular::Circular;
pub use convention::Convention;
pub use edges::linspace;
pub use integer::Integer;
pub use log::Log;
pub use regular::Regular;
pub use variable::Variable;

/// The index of a value below the first edge.
pub const UNDERFLOW: i32 = -1;
/// The index of NaN, which lies nowhere on an axis.
pub const NAN: i32 = i32::MIN;

/// A binning rule for one variable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Axis {
    /// Bins of equal width: `numpy.linspace` edges.
    Regular(Regular),
    /// Any increasing edges.
    Variable(Variable),
    /// Bins of equal ratio: `numpy.geomspace` edges.
    Log(Log),
    /// One bin per integer.
    Integer(Integer),
    /// One bin per category: truth values, texts or integers.
    Category(Category),
    /// Bins of equal width on a circle.
    Circular(Circular),
}

impl Axis {
    /// The number of bins, flow left out.
    #[must_use]
    pub fn bins(&self) -> usize {
        match self {
            Self::Regular(a) => a.edges().len() - 1,
            Self::Variable(a) => a.edges().len() - 1,
            Self::Log(a) => a.edges().len() - 1,
            Self::Integer(a) => a.bins(),
            Self::Category(a) => a.names().len(),
            Self::Circular(a) => a.edges().len() - 1,
        }
    }

    /// The edges, one more than bins; None for categories.
    #[must_use]
    pub fn edges(&self) -> Option<Vec<f64>> {
        match self {
            Self::Regular(a) => Some(a.edges().to_vec()),
            Self::Variable(a) => Some(a.edges().to_vec()),
            Self::Log(a) => Some(a.edges().to_vec()),
            Self::Integer(a) => Some(a.edges()),
            Self::Category(_) => None,
            Self::Circular(a) => Some(a.edges().to_vec()),
        }
    }

    /// The names of the categories; None where there are edges.
    #[must_use]
    pub fn categories(&self) -> Option<&[String]> {
        match self {
            Self::Category(a) => Some(a.names()),
            _ => None,
        }
    }

    /// Bytes of the edges or categories.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let names = self.categories().unwrap_or_default();
        let texts: usize = names.iter().map(String::len).sum();
        let table = match self {
            Self::Regular(a) => a.bins().table_bytes(),
            Self::Variable(a) => a.bins().table_bytes(),
            Self::Log(a) => a.bins().table_bytes(),
            _ => 0,
        };
        // A category is a name, a value and an entry of a table.
        table + texts as u64 * 3 + 8 * (self.bins() as u64 + 1) + 128 * names.len() as u64
    }

    /// Whether values can lie below or above: categories and circles have no flow.
    #[must_use]
    pub fn has_flow(&self) -> bool {
        !matches!(self, Self::Category(_) | Self::Circular(_))
    }

    /// The name of the kind, as in `--by` and in result files.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Regular(_) => "regular",
            Self::Variable(_) => "edges",
            Self::Log(_) => "log",
            Self::Integer(_) => "int",
            Self::Category(_) => "cat",
            Self::Circular(_) => "circular",
        }
    }

    /// The convention; axes that are the same in all of them have NumPy's.
    #[must_use]
    pub fn convention(&self) -> Convention {
        match self {
            Self::Regular(a) => a.bins().convention(),
            Self::Variable(a) => a.bins().convention(),
            Self::Log(a) => a.bins().convention(),
            Self::Integer(_) | Self::Category(_) | Self::Circular(_) => Convention::Numpy,
        }
    }

    /// The same bins in another convention, where that makes a difference.
    #[must_use]
    pub fn with_convention(self, convention: Convention) -> Self {
        match self {
            _ if convention == self.convention() => self,
            Self::Regular(a) => Self::Regular(a.with_convention(convention)),
            Self::Variable(a) => Self::Variable(a.with_convention(convention)),
            Self::Log(a) => Self::Log(a.with_convention(convention)),
            Self::Integer(_) | Self::Category(_) | Self::Circular(_) => self,
        }
    }

    /// Writes the bin of each value: 0.. in range, [`UNDERFLOW`], the number of bins for
    /// overflow, [`NAN`].
    ///
    /// Numbers are compared as doubles, datetimes (nanoseconds since 1970-01-01) in exact
    /// arithmetic; values that are no category are overflow.
    ///
    /// `out` has the column's length. `scratch` is reused between calls.
    pub fn index(
        &self,
        set: InstructionSet,
        column: Column<'_>,
        scratch: &mut Vec<f64>,
        out: &mut [i32],
    ) {
        match self {
            Self::Regular(a) => between(a.bins(), set, column, scratch, out),
            Self::Variable(a) => between(a.bins(), set, column, scratch, out),
            Self::Log(a) => between(a.bins(), set, column, scratch, out),
            Self::Integer(a) => a.index(column, scratch, out),
            Self::Category(a) => a.index(column, out),
            Self::Circular(a) => a.index(set, column, scratch, out),
        }
    }

    /// Multiplies the axis into the cells of rows, for steps of rows that all lie plainly in its
    /// bins, and marks the other steps; false where the axis has no fast way to do this.
    pub(crate) fn multiply(
        &self,
        set: InstructionSet,
        column: Column<'_>,
        scratch: &mut Vec<f64>,
        rows: &mut Multiplied<'_>,
    ) -> bool {
        let bins = match self {
            Self::Regular(a) => a.bins(),
            Self::Variable(a) => a.bins(),
            Self::Log(a) => a.bins(),
            Self::Integer(_) | Self::Category(_) | Self::Circular(_) => return false,
        };
        let numbers = !matches!(column, Column::Datetime(_) | Column::Text(_));
        numbers && bins.multiply(set, as_f64(column, scratch), rows)
    }
}

/// What is wrong with a request for an axis.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum AxisError {
    /// No bins.
    #[error("an axis needs at least one bin")]
    NoBins,
    /// More bins than an index holds.
    #[error("{0} bins on one axis are too many; at most {max} are possible", max = MAX_BINS)]
    TooManyBins(u64),
    /// A limit that is NaN or infinite.
    #[error("the range {low}..{high} is not finite", low = short(*.0), high = short(*.1))]
    NotFinite(f64, f64),
    /// Limits in the wrong order, or equal.
    #[error("the range {low}..{high} is empty: the lower limit must be below the upper one", low = short(*.0), high = short(*.1))]
    EmptyRange(f64, f64),
    /// Limits whose difference is no double.
    #[error("the range {low}..{high} is wider than the largest double", low = short(*.0), high = short(*.1))]
    TooWide(f64, f64),
    /// Bins narrower than the spacing of doubles.
    #[error("{bins} bins over {l}..{h} are narrower than doubles can tell apart: edges {index} and {next} are equal; take fewer bins", l = short(*.low), h = short(*.high), next = index + 1)]
    TooNarrow {
        /// Bins asked for.
        bins: usize,
        /// Lower limit.
        low: f64,
        /// Upper limit.
        high: f64,
        /// The first of the two equal edges.
        index: usize,
    },
    /// An edge that is NaN.
    #[error("edge {0} is NaN (counted from 0)")]
    NanEdge(usize),
    /// Edges that do not increase.
    #[error("edge {index} ({v}) is not above edge {before} ({p}); edges must increase (counted from 0)", v = short(*.value), p = short(*.previous), before = index - 1)]
    NotIncreasing {
        /// The offending edge.
        index: usize,
        /// Its value.
        value: f64,
        /// The value before.
        previous: f64,
    },
    /// Fewer than two edges.
    #[error("{0} edge(s) given; an axis needs at least two")]
    TooFewEdges(usize),
    /// A logarithmic axis that touches zero.
    #[error("a log axis needs limits above zero, not {low}..{high}", low = short(*.0), high = short(*.1))]
    NotPositive(f64, f64),
    /// A step that is not a positive number.
    #[error("the step {step} is not a positive number", step = short(*.0))]
    BadStep(f64),
    /// Too many categories, or too long ones.
    #[error(transparent)]
    Categories(#[from] Excess),
    /// A category that is given twice.
    #[error("a category is there twice")]
    CategoryTwice,
    /// An integer axis with limits that are not integers.
    #[error("an int axis needs integer limits from -2^53 to 2^53 - 1, not {low}..{high}", low = short(*.0), high = short(*.1))]
    NotInteger(f64, f64),
}

/// Without the hundreds of zeros of very large and small doubles.
fn short(x: f64) -> Number {
    Number::F64(x)
}

/// The most bins of one axis: indices are 32-bit, flow included.
pub const MAX_BINS: u64 = i32::MAX as u64 - 2;

/// The bin of each value between edges.
fn between(
    bins: &Bins,
    set: InstructionSet,
    column: Column<'_>,
    scratch: &mut Vec<f64>,
    out: &mut [i32],
) {
    let values = match (column, bins.closed_at()) {
        (Column::Datetime(times), Some(end)) => {
            times::closed(times, end, scratch);
            scratch
        }
        _ => as_f64(column, scratch),
    };
    bins.index(set, values, out);
}

/// The column as doubles, the nearest ones: edges are doubles.
fn as_f64<'a>(column: Column<'a>, scratch: &'a mut Vec<f64>) -> &'a [f64] {
    fn convert<'a, T: Copy>(v: &[T], out: &'a mut Vec<f64>, f: impl Fn(T) -> f64) -> &'a [f64] {
        out.clear();
        out.extend(v.iter().map(|&x| f(x)));
        out
    }
    #[allow(clippy::cast_precision_loss)] // NumPy compares integers with edges as doubles
    match column {
        Column::F64(v) => v,
        Column::F32(v) => convert(v, scratch, f64::from),
        Column::I64(v) => convert(v, scratch, |x| x as f64),
        Column::U64(v) => convert(v, scratch, |x| x as f64),
        Column::Bool(v) => convert(v, scratch, |x| f64::from(u8::from(x))),
        Column::Datetime(v) => convert(v, scratch, datetime::floor),
        // A text lies nowhere among numbers.
        Column::Text(v) => {
            scratch.clear();
            scratch.resize(v.len(), f64::NAN);
            scratch
        }
    }
}

/// The overflow index of an axis of `bins` bins.
fn overflow(bins: usize) -> i32 {
    // Axes are refused above MAX_BINS.
    i32::try_from(bins).unwrap_or(i32::MAX)
}
