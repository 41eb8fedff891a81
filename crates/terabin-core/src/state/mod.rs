//! States: one exact quantity for all cells of a histogram.
//!
//! A statistic says which [`Quantity`]s it needs; the plan takes the union, and each
//! becomes one [`State`]. States of equal quantities over disjoint rows merge into
//! the state of all rows, whatever the order.

mod categories;
mod chosen;
mod count;
mod extremes;
mod finite_range;
mod joint;
mod moment;
pub(crate) mod number;
mod valid;

use std::any::Any;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::batch::{Column, DataType};
use crate::categories::{Categories, Excess};
use crate::exact::{Exact, First, Packed, Scratch, Second, Short};
use crate::kernel::InstructionSet;
use crate::kernel::counts::Counters;

use chosen::{Chosen, End};
pub(crate) use count::add_counts;
pub use extremes::Extremes;
pub use finite_range::FiniteRange;
pub use joint::{Joint, Powers};

/// What a state collects; `usize` is the position of a value expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Quantity {
    /// Rows.
    Count,
    /// Rows whose value is not NaN.
    Valid(usize),
    /// Exact sum of the values, NaN left out.
    Sum(usize),
    /// Exact sum of the squares of the values, NaN left out.
    Squares(usize),
    /// Smallest and largest value, NaN left out.
    Extremes(usize),
    /// Smallest, smallest positive and largest finite value: the survey's question.
    FiniteRange(usize),
    /// The different values: the survey's question for categories.
    Categories(usize),
    /// Rows in which none of several values is NaN.
    Joint(Joint),
    /// Exact sum of a product of values over the rows in which none of them is NaN.
    Product(Joint, Powers),
    /// The first value in the order of another.
    First(usize, usize),
    /// The last value in the order of another.
    Last(usize, usize),
}

impl Quantity {
    /// An empty state of this quantity; `types` are the types of the value expressions.
    ///
    /// `cells` counts the trash cell as well; loops run as `set`.
    #[must_use]
    pub fn state(self, cells: usize, types: &[DataType], set: InstructionSet) -> Box<dyn State> {
        match self {
            Self::Count => Box::new(count::Count::new(cells, set)),
            Self::Valid(v) => Box::new(valid::Valid::new(cells, v, set)),
            Self::Sum(v) => Box::new(moment::Sum::new(cells, v, set)),
            Self::Squares(v) => Box::new(moment::Squares::new(cells, v, set)),
            Self::Extremes(v) => Box::new(extremes::ExtremesState::new(
                cells,
                v,
                types.get(v).copied(),
                set,
            )),
            Self::FiniteRange(v) => Box::new(finite_range::FiniteRangeState::new(cells, v)),
            Self::Categories(v) => Box::new(categories::CategoriesState::new(cells, v)),
            Self::Joint(values) => Box::new(joint::JointRows::new(cells, values, set)),
            Self::Product(values, powers) => Box::new(joint::Product::new(cells, values, powers)),
            Self::First(v, time) => Box::new(Chosen::new(cells, v, time, End::First)),
            Self::Last(v, time) => Box::new(Chosen::new(cells, v, time, End::Last)),
        }
    }

    /// The most bytes that the state takes for so many cells, the side store left out.
    #[must_use]
    pub fn bytes(self, cells: u64, types: &[DataType]) -> u64 {
        let counters = || {
            let copies = usize::try_from(cells).map_or(0, Counters::planned_bytes);
            copies.saturating_add(cells.saturating_mul(self.cell_bytes() - 4))
        };
        match self {
            Self::Categories(v) => {
                let texts = types.get(v).is_none_or(|&t| t == DataType::Text);
                categories::CategoriesState::most_bytes(texts)
            }
            Self::Count | Self::Valid(_) | Self::Joint(_) => counters(),
            _ => cells.saturating_mul(self.cell_bytes()),
        }
    }

    /// Bytes that one cell takes, the side store left out.
    #[must_use]
    pub fn cell_bytes(self) -> u64 {
        match self {
            Self::Categories(_) => 0,
            Self::Count | Self::Joint(_) => 12,
            Self::Valid(_) => 20,
            Self::Extremes(_) => 16,
            Self::FiniteRange(_) | Self::First(..) | Self::Last(..) => 24,
            // Beside the sums, the rows whose value is NaN.
            Self::Sum(_) => Packed::<First>::cell_bytes() + 8,
            Self::Squares(_) => Packed::<Second>::cell_bytes(),
            Self::Product(..) => 40,
        }
    }

    /// Appends what tells the quantity from others in canonical bytes: a tag, for
    /// products the power of each value, for chosen rows the types of value and time.
    pub fn canonical(self, types: &[DataType], out: &mut Vec<u8>) {
        out.push(self.tag());
        match self {
            Self::Product(_, powers) => out.extend_from_slice(&powers.bytes()),
            Self::First(v, time) | Self::Last(v, time) => {
                out.extend([v, time].map(|v| key_type(types.get(v).copied())));
            }
            _ => {}
        }
    }

    /// Whether it is a number of rows.
    fn is_count(self) -> bool {
        matches!(self, Self::Count | Self::Valid(_) | Self::Joint(_))
    }

    /// The tag in canonical bytes; part of the file format.
    #[must_use]
    pub fn tag(self) -> u8 {
        match self {
            Self::Count => 1,
            Self::Valid(_) => 2,
            Self::Sum(_) => 3,
            Self::Squares(_) => 4,
            Self::Extremes(_) => 5,
            Self::FiniteRange(_) => 6,
            Self::Categories(_) => 7,
            Self::Joint(_) => 8,
            Self::Product(..) => 9,
            Self::First(..) => 11,
            Self::Last(..) => 12,
        }
    }

    /// The positions of the value expressions that go in: those of several in ascending
    /// order, but a value before the one that it is ordered by.
    #[must_use]
    pub fn values(self) -> Vec<usize> {
        match self {
            Self::Count => Vec::new(),
            Self::First(v, time) | Self::Last(v, time) => vec![v, time],
            Self::Joint(values) | Self::Product(values, _) => values.values().collect(),
            Self::Valid(v)
            | Self::Sum(v)
            | Self::Squares(v)
            | Self::Extremes(v)
            | Self::FiniteRange(v)
            | Self::Categories(v) => vec![v],
        }
    }
}

/// One exact quantity for all cells.
///
/// The last cell is the trash: rows that lie in no cell go there, so that the loops
/// need no branch; nobody reads it.
pub trait State: Send + Sync {
    /// Adds rows: `cells[i]` is the cell of row i, `values` holds one column per value
    /// expression, each with a value per row. `scratch` is one for all states of a thread.
    fn fill(&mut self, scratch: &mut Scratch, cells: &[u32], values: &[Column<'_>]);

    /// Adds the state of other rows; it must come from the same quantity and cells.
    fn merge(&mut self, other: Box<dyn State>);

    /// The exact content of a cell.
    fn exact(&self, cell: usize) -> Content;

    /// The rows of a cell that `quantity` counts, if this state knows them: its own, or
    /// those of another quantity, for which no state is filled then.
    fn count(&self, _quantity: &Quantity, _cell: usize) -> Option<u64> {
        None
    }

    /// Asks for the memory of a cell that is to be read soon.
    fn prefetch(&self, _cell: usize) {}

    /// The sum of a cell, if it is finite and few words hold it: `exact` without an
    /// allocation, and not in lowest terms.
    fn short(&self, _cell: usize) -> Option<Short> {
        None
    }

    /// The rows of neighbouring cells, of each what `count` says, or 0.
    fn counts(&self, quantity: &Quantity, cells: Range<usize>, out: &mut Vec<u64>) {
        out.extend(cells.map(|cell| self.count(quantity, cell).unwrap_or(0)));
    }

    /// The sums of neighbouring cells, of each what `short` says.
    fn shorts(&self, cells: Range<usize>, out: &mut Vec<Option<Short>>) {
        out.extend(cells.map(|cell| self.short(cell)));
    }

    /// The content of a cell of `quantity`, which this state tells.
    fn content(&self, quantity: &Quantity, cell: usize) -> Content {
        let count = self.count(quantity, cell);
        count.map_or_else(|| self.exact(cell), Content::Count)
    }

    /// Appends the canonical bytes of that content ([`Content::canonical`]), of neighbouring
    /// cells.
    fn canonical(&self, quantity: &Quantity, cells: Range<usize>, out: &mut Vec<u8>) {
        if quantity.is_count() {
            let mut counts = Vec::with_capacity(cells.len());
            self.counts(quantity, cells, &mut counts);
            out.extend(counts.into_iter().flat_map(u64::to_le_bytes));
            return;
        }
        let mut sums = Vec::with_capacity(cells.len());
        self.shorts(cells.clone(), &mut sums);
        for (cell, sum) in cells.zip(&sums) {
            match sum {
                Some(sum) => sum.append_canonical(out),
                None => self.exact(cell).canonical(out),
            }
        }
    }

    /// Bytes held.
    fn bytes(&self) -> usize;

    /// Bytes of what values beyond the windows take: in no plan, as data alone tell.
    fn side_bytes(&self) -> usize {
        0
    }

    /// The value of which there was too much to be collected: the run need not go on.
    fn excess(&self) -> Option<(usize, Excess)> {
        None
    }

    /// For merging: the state as itself.
    fn into_any(self: Box<Self>) -> Box<dyn Any>;
}

/// The exact content of one cell of a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A number of rows.
    Count(u64),
    /// An exact sum.
    Sum(Exact),
    /// Smallest and largest value; None where there was no value.
    Extremes(Option<Extremes>),
    /// Finite extremes; None where there was no finite value.
    FiniteRange(Option<FiniteRange>),
    /// The keys ([`crate::order`]) of the time and value of a chosen row, if there is one.
    Chosen(Option<(u64, u64)>),
    /// The different values of all cells, sorted, or what there was too much of.
    Categories(Result<Categories, Excess>),
}

impl Content {
    /// Appends the canonical bytes: equal contents have equal bytes, and no others do.
    ///
    /// Counts: u64. Sums: flags (bit 0 +infinity, bit 1 -infinity), exponent i16,
    /// length u16, two's complement integer of that many bytes without trailing zero
    /// bits. Chosen rows: 1 and the keys of time and value, or 0. Extremes and ranges: a type byte (0 none, 1 i64, 2 u64, 3 f64) and the
    /// values' bits. All little-endian.
    pub fn canonical(&self, out: &mut Vec<u8>) {
        match self {
            Self::Count(n) => out.extend_from_slice(&n.to_le_bytes()),
            Self::Sum(exact) => canonical_sum(exact, out),
            Self::Extremes(None) | Self::FiniteRange(None) | Self::Chosen(None) => out.push(0),
            Self::Chosen(Some((time, value))) => {
                out.push(1);
                out.extend_from_slice(&time.to_le_bytes());
                out.extend_from_slice(&value.to_le_bytes());
            }
            Self::Extremes(Some(extremes)) => extremes.canonical(out),
            Self::FiniteRange(Some(range)) => range.canonical(out),
            // A survey's answer is the axis that is made of it.
            Self::Categories(_) => {}
        }
    }
}

/// What a key stands for: the numbers that extremes have for it.
fn key_type(data_type: Option<DataType>) -> u8 {
    match data_type {
        Some(DataType::I64 | DataType::Datetime) => 1,
        Some(DataType::U64 | DataType::Bool) => 2,
        _ => 3,
    }
}

fn canonical_sum(exact: &Exact, out: &mut Vec<u8>) {
    out.push(u8::from(exact.positive_infinity) | (u8::from(exact.negative_infinity) << 1));
    // Sums of products of three doubles reach from 2^-3222 to beyond 2^3072: both fit.
    let exponent = i16::try_from(exact.exponent).unwrap_or(i16::MAX);
    out.extend_from_slice(&exponent.to_le_bytes());
    let at = out.len();
    out.extend_from_slice(&[0; 2]);
    exact.integer.append_bytes(out);
    let length = u16::try_from(out.len() - at - 2).unwrap_or(u16::MAX);
    out[at..at + 2].copy_from_slice(&length.to_le_bytes());
}

/// Takes the state of the same kind out of its box.
pub(crate) fn same<S: State + 'static>(other: Box<dyn State>) -> S {
    match other.into_any().downcast() {
        Ok(state) => *state,
        Err(_) => unreachable!("only states of one quantity are merged"),
    }
}
