//! Smallest and largest value per cell.

use std::any::Any;

use super::{Content, State, same};
use crate::batch::{Column, DataType};
use crate::datetime::NAT;
use crate::exact::Scratch;
use crate::kernel::InstructionSet;
use crate::kernel::extremes::{self, EMPTY, Pair};
use crate::kernel::prefetch;
use crate::order::Keyed;

/// Smallest and largest value of one cell, in the column's own type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Extremes {
    /// Of signed integers.
    I64(i64, i64),
    /// Of unsigned integers; truth values are 0 and 1.
    U64(u64, u64),
    /// Of floats; -0.0 counts as +0.0, infinities take part.
    F64(f64, f64),
}

// NaN never gets in: equality is total.
impl Eq for Extremes {}

impl Extremes {
    /// The keys of both ([`crate::order`]).
    pub(crate) fn keys(self) -> (u64, u64) {
        let key = |number: Option<u64>| number.unwrap_or_default();
        match self {
            Self::I64(a, b) => (key(a.key()), key(b.key())),
            Self::U64(a, b) => (a, b),
            // NaN is never an extreme.
            Self::F64(a, b) => (key(a.key()), key(b.key())),
        }
    }

    /// Both as doubles, the nearest ones.
    #[allow(clippy::cast_precision_loss)] // the nearest is what is asked
    pub(crate) fn as_f64(self) -> (f64, f64) {
        match self {
            Self::I64(a, b) => (a as f64, b as f64),
            Self::U64(a, b) => (a as f64, b as f64),
            Self::F64(a, b) => (a, b),
        }
    }

    pub(super) fn canonical(&self, out: &mut Vec<u8>) {
        let (tag, low, high) = match *self {
            Self::I64(a, b) => (1, a.to_le_bytes(), b.to_le_bytes()),
            Self::U64(a, b) => (2, a.to_le_bytes(), b.to_le_bytes()),
            Self::F64(a, b) => (3, a.to_le_bytes(), b.to_le_bytes()),
        };
        out.push(tag);
        out.extend_from_slice(&low);
        out.extend_from_slice(&high);
    }
}

/// The extremes of each cell.
pub struct ExtremesState {
    value: usize,
    cells: Pairs,
    set: InstructionSet,
}

/// One pair per cell; the type of the values tells which.
enum Pairs {
    /// Integers in their order; an empty cell has its minimum above its maximum.
    Integers(Vec<(Ordered, Ordered)>, Kind),
    Doubles(Vec<Pair>),
}

/// A value mapped to an integer of the same order.
type Ordered = i64;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    I64,
    U64,
}

impl ExtremesState {
    pub fn new(
        cells: usize,
        value: usize,
        data_type: Option<DataType>,
        set: InstructionSet,
    ) -> Self {
        let integers = |kind| Pairs::Integers(vec![(Ordered::MAX, Ordered::MIN); cells], kind);
        let cells = match data_type {
            Some(DataType::I64 | DataType::Datetime) => integers(Kind::I64),
            Some(DataType::U64 | DataType::Bool) => integers(Kind::U64),
            _ => Pairs::Doubles(vec![EMPTY; cells]),
        };
        Self { value, cells, set }
    }
}

fn widen(
    pairs: &mut [(Ordered, Ordered)],
    cells: &[u32],
    keys: impl Iterator<Item = Option<Ordered>>,
) {
    for (&cell, key) in cells.iter().zip(keys) {
        if let Some(key) = key {
            let (low, high) = &mut pairs[cell as usize];
            *low = key.min(*low);
            *high = key.max(*high);
        }
    }
}

impl State for ExtremesState {
    fn fill(&mut self, _scratch: &mut Scratch, cells: &[u32], values: &[Column<'_>]) {
        match (&mut self.cells, values[self.value]) {
            (Pairs::Doubles(pairs), Column::F64(v)) => extremes::widen(self.set, cells, v, pairs),
            (Pairs::Doubles(pairs), Column::F32(v)) => extremes::widen(self.set, cells, v, pairs),
            (Pairs::Integers(pairs, Kind::I64), Column::I64(v)) => {
                widen(pairs, cells, v.iter().map(|&x| Some(x)));
            }
            (Pairs::Integers(pairs, Kind::I64), Column::Datetime(v)) => {
                widen(pairs, cells, v.iter().map(|&x| (x != NAT).then_some(x)));
            }
            (Pairs::Integers(pairs, Kind::U64), Column::U64(v)) => {
                widen(pairs, cells, v.iter().map(|&x| Some(from_u64(x))));
            }
            (Pairs::Integers(pairs, Kind::U64), Column::Bool(v)) => {
                widen(pairs, cells, v.iter().map(|&x| Some(from_u64(x.into()))));
            }
            // No order is asked of texts.
            (_, Column::Text(_)) => {}
            _ => unreachable!("the values have the type that the state was made for"),
        }
    }

    fn merge(&mut self, other: Box<dyn State>) {
        match (&mut self.cells, same::<Self>(other).cells) {
            (Pairs::Integers(mine, _), Pairs::Integers(theirs, _)) => {
                for (mine, theirs) in mine.iter_mut().zip(theirs) {
                    *mine = (mine.0.min(theirs.0), mine.1.max(theirs.1));
                }
            }
            (Pairs::Doubles(mine), Pairs::Doubles(theirs)) => {
                for (mine, theirs) in mine.iter_mut().zip(theirs) {
                    *mine = [mine[0].max(theirs[0]), mine[1].max(theirs[1])];
                }
            }
            _ => unreachable!("only states of one quantity are merged"),
        }
    }

    fn prefetch(&self, cell: usize) {
        match &self.cells {
            Pairs::Integers(pairs, _) => prefetch::cell(pairs, cell),
            Pairs::Doubles(pairs) => prefetch::cell(pairs, cell),
        }
    }

    fn exact(&self, cell: usize) -> Content {
        Content::Extremes(match &self.cells {
            Pairs::Doubles(pairs) => {
                extremes::decode(pairs[cell]).map(|(low, high)| Extremes::F64(low, high))
            }
            Pairs::Integers(pairs, kind) => {
                let (low, high) = pairs[cell];
                (low <= high).then(|| match kind {
                    Kind::I64 => Extremes::I64(low, high),
                    Kind::U64 => Extremes::U64(to_u64(low), to_u64(high)),
                })
            }
        })
    }

    fn bytes(&self) -> usize {
        16 * match &self.cells {
            Pairs::Integers(pairs, _) => pairs.capacity(),
            Pairs::Doubles(pairs) => pairs.capacity(),
        }
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

fn from_u64(x: u64) -> Ordered {
    (x ^ (1 << 63)).cast_signed()
}

fn to_u64(key: Ordered) -> u64 {
    key.cast_unsigned() ^ (1 << 63)
}
