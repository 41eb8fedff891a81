//! Smallest and largest value per cell.

use std::any::Any;

use super::{Content, State, same};
use crate::batch::Column;
use crate::datetime::NAT;

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

/// The extremes of each cell; an empty cell has its minimum above its maximum.
pub struct ExtremesState {
    value: usize,
    cells: Vec<(Ordered, Ordered)>,
    kind: Kind,
}

/// A value mapped to an integer of the same order.
type Ordered = i64;

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Kind {
    #[default]
    Unknown,
    I64,
    U64,
    F64,
}

impl ExtremesState {
    pub fn new(cells: usize, value: usize) -> Self {
        Self {
            value,
            cells: vec![(Ordered::MAX, Ordered::MIN); cells],
            kind: Kind::Unknown,
        }
    }

    fn add(&mut self, cells: &[u32], keys: impl Iterator<Item = Option<Ordered>>) {
        for (&cell, key) in cells.iter().zip(keys) {
            if let Some(key) = key {
                let (low, high) = &mut self.cells[cell as usize];
                *low = key.min(*low);
                *high = key.max(*high);
            }
        }
    }
}

impl State for ExtremesState {
    fn fill(&mut self, cells: &[u32], values: &[Column<'_>]) {
        match values[self.value] {
            Column::I64(v) => {
                self.kind = Kind::I64;
                self.add(cells, v.iter().map(|&x| Some(x)));
            }
            Column::Datetime(v) => {
                self.kind = Kind::I64;
                self.add(cells, v.iter().map(|&x| (x != NAT).then_some(x)));
            }
            // No order is asked of texts.
            Column::Text(_) => {}
            Column::U64(v) => {
                self.kind = Kind::U64;
                self.add(cells, v.iter().map(|&x| Some(from_u64(x))));
            }
            Column::Bool(v) => {
                self.kind = Kind::U64;
                self.add(cells, v.iter().map(|&x| Some(from_u64(x.into()))));
            }
            Column::F32(v) => {
                self.kind = Kind::F64;
                self.add(cells, v.iter().map(|&x| from_f64(x.into())));
            }
            Column::F64(v) => {
                self.kind = Kind::F64;
                self.add(cells, v.iter().map(|&x| from_f64(x)));
            }
        }
    }

    fn merge(&mut self, other: Box<dyn State>) {
        let other = same::<Self>(other);
        for (mine, theirs) in self.cells.iter_mut().zip(&other.cells) {
            mine.0 = mine.0.min(theirs.0);
            mine.1 = mine.1.max(theirs.1);
        }
        if self.kind == Kind::Unknown {
            self.kind = other.kind;
        }
    }

    fn exact(&self, cell: usize) -> Content {
        let (low, high) = self.cells[cell];
        Content::Extremes((low <= high).then(|| match self.kind {
            Kind::I64 => Extremes::I64(low, high),
            Kind::U64 => Extremes::U64(to_u64(low), to_u64(high)),
            Kind::F64 | Kind::Unknown => Extremes::F64(to_f64(low), to_f64(high)),
        }))
    }

    fn bytes(&self) -> usize {
        self.cells.capacity() * 16
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

/// IEEE's total order on what is not NaN, with one zero.
fn from_f64(x: f64) -> Option<Ordered> {
    let bits = (x + 0.0).to_bits().cast_signed();
    (!x.is_nan()).then_some(if bits < 0 { bits ^ i64::MAX } else { bits })
}

fn to_f64(key: Ordered) -> f64 {
    f64::from_bits((if key < 0 { key ^ i64::MAX } else { key }).cast_unsigned())
}
