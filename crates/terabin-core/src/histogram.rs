//! Finished numbers with their axes, and the exact state that they came from.

use std::ops::Range;

use crate::axes::{Axes, RowCounts};
use crate::axis::Axis;
use crate::batch::DataType;
use crate::categories::Categories;
use crate::fill::{Cells, Layout};
use crate::slabs::Contents;
use crate::state::{Content, Quantity};
use crate::statistic::{NanRule, Number, Statistic};

/// The states of a histogram with their layout: mergeable, and what results come from.
pub struct Histogram {
    layout: Layout,
    rows: RowCounts,
    nan_value: Vec<u64>,
    contents: Contents,
}

/// The values of a statistic for all cells, row-major, in one type.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Signed integers.
    I64(Vec<i64>),
    /// Unsigned integers.
    U64(Vec<u64>),
    /// Doubles.
    F64(Vec<f64>),
}

impl Values {
    /// The values as doubles, the nearest ones.
    #[must_use]
    #[allow(clippy::cast_precision_loss)] // the nearest is what is asked
    pub fn to_f64(&self) -> Vec<f64> {
        match self {
            Self::I64(v) => v.iter().map(|&x| x as f64).collect(),
            Self::U64(v) => v.iter().map(|&x| x as f64).collect(),
            Self::F64(v) => v.clone(),
        }
    }

    /// The value of one cell.
    #[must_use]
    pub fn get(&self, cell: usize) -> Option<Number> {
        match self {
            Self::I64(v) => v.get(cell).map(|&x| Number::I64(x)),
            Self::U64(v) => v.get(cell).map(|&x| Number::U64(x)),
            Self::F64(v) => v.get(cell).map(|&x| Number::F64(x)),
        }
    }
}

impl Histogram {
    /// Joins states with the layout that they were filled by.
    ///
    /// Cells that others share come to an end: they are merged before.
    #[must_use]
    pub fn new(layout: Layout, cells: Cells) -> Self {
        let (rows, nan_value, contents) = cells.finish();
        Self {
            layout,
            rows,
            nan_value,
            contents,
        }
    }

    /// The axes.
    #[must_use]
    pub fn axes(&self) -> &Axes {
        &self.layout.axes
    }

    /// The rows by where they lie.
    #[must_use]
    pub fn rows(&self) -> &RowCounts {
        &self.rows
    }

    /// Rows in a cell whose value is NaN, per value.
    #[must_use]
    pub fn nan_value(&self) -> &[u64] {
        &self.nan_value
    }

    /// The type of the value at position `value`.
    #[must_use]
    pub fn value_type(&self, value: usize) -> Option<DataType> {
        self.layout.value_types.get(value).copied()
    }

    /// The exact content of one cell; None for a quantity that was not collected.
    #[must_use]
    pub fn content(&self, quantity: Quantity, cell: usize) -> Option<Content> {
        let at = self.layout.quantities.iter().position(|&q| q == quantity)?;
        Some(self.contents.content(&self.layout, at, cell))
    }

    /// Whether everything that a statistic needs was collected.
    #[must_use]
    pub fn collects(&self, statistic: Statistic) -> bool {
        let needs = statistic.quantities();
        needs.iter().all(|q| match q {
            // Not collected for integers: all their rows are valid.
            Quantity::Valid(_) => true,
            _ => self.layout.quantities.contains(q),
        })
    }

    /// A statistic for all cells, each value correctly rounded.
    ///
    /// Sums of integers are doubles if one of them does not fit 64 bits, and extremes
    /// of integers if NaN is propagated into one.
    #[must_use]
    pub fn values(&self, statistic: Statistic, rule: NanRule) -> Values {
        let all = 0..self.layout.axes.cells();
        self.values_as(self.result_type(statistic), statistic, rule, all)
    }

    /// The type of [`Histogram::values`]: I64, U64 or F64.
    #[must_use]
    pub fn values_type(&self, statistic: Statistic, rule: NanRule) -> DataType {
        let all = 0..self.layout.axes.cells();
        let mut numbers = self.numbers(statistic, rule, all);
        let result = match self.result_type(statistic) {
            DataType::Datetime => DataType::I64,
            other => other,
        };
        let fits = match (result, statistic.value()) {
            // Without a value it counts rows: none is beyond 64 bits.
            (DataType::U64, None) => true,
            (DataType::U64, _) => numbers.all(|n| unsigned(n).is_some()),
            (DataType::I64, _) => numbers.all(|n| signed(n).is_some()),
            _ => false,
        };
        if fits { result } else { DataType::F64 }
    }

    /// A statistic of some cells in the type `kind`; doubles where that does not hold them.
    #[must_use]
    pub fn values_as(
        &self,
        kind: DataType,
        statistic: Statistic,
        rule: NanRule,
        cells: Range<usize>,
    ) -> Values {
        let numbers = || self.numbers(statistic, rule, cells.clone());
        let integers = match kind {
            DataType::I64 | DataType::Datetime => numbers()
                .map(signed)
                .collect::<Option<_>>()
                .map(Values::I64),
            DataType::U64 => numbers()
                .map(unsigned)
                .collect::<Option<_>>()
                .map(Values::U64),
            _ => None,
        };
        integers.unwrap_or_else(|| Values::F64(numbers().map(Number::as_f64).collect()))
    }

    fn numbers(
        &self,
        statistic: Statistic,
        rule: NanRule,
        cells: Range<usize>,
    ) -> impl Iterator<Item = Number> {
        cells.map(move |cell| self.number(statistic, rule, cell))
    }

    /// A statistic of one cell, correctly rounded.
    #[must_use]
    pub fn number(&self, statistic: Statistic, rule: NanRule, cell: usize) -> Number {
        let result = self.result_type(statistic);
        statistic.round(rule, result, &|q| self.content_or_count(q, cell))
    }

    /// The type of a statistic's numbers; those of datetimes are nanoseconds since
    /// 1970-01-01 in int64.
    #[must_use]
    pub fn result_type(&self, statistic: Statistic) -> DataType {
        let value_type = statistic.value().and_then(|v| self.value_type(v));
        statistic.result_type(value_type)
    }

    /// Where the valid rows of a value were not collected, all rows are valid.
    fn content_or_count(&self, quantity: Quantity, cell: usize) -> Content {
        self.content(quantity, cell)
            .or_else(|| self.content(Quantity::Count, cell))
            .unwrap_or(Content::Count(0))
    }

    /// Hands the canonical bytes to `sink`, piece by piece.
    ///
    /// Equal questions over equal rows give equal bytes, whatever the threads, batches,
    /// files or machine; the layout of the bytes is in `docs/state-format.md`.
    ///
    /// # Errors
    /// Those of `sink`.
    pub fn canonical<E>(&self, mut sink: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        let mut out = Vec::new();
        self.canonical_head(&mut out);
        for (at, quantity) in self.layout.quantities.iter().enumerate() {
            out.push(quantity.tag());
            for cell in 0..self.layout.axes.cells() {
                let content = self.contents.content(&self.layout, at, cell);
                content.canonical(&mut out);
                if out.len() > PIECE {
                    sink(&out)?;
                    out.clear();
                }
            }
        }
        sink(&out)
    }

    fn canonical_head(&self, out: &mut Vec<u8>) {
        let axes = &self.layout.axes;
        out.extend_from_slice(b"TBS1");
        out.push(u8::from(axes.flow()));
        put(out, axes.axes().len() as u64);
        for axis in axes.axes() {
            canonical_axis(axis, out);
        }
        let rows = &self.rows;
        for count in [
            rows.skipped,
            rows.masked,
            rows.filtered,
            rows.nan_axis,
            rows.outside,
            rows.in_range,
        ] {
            put(out, count);
        }
        for counts in [&rows.underflow, &rows.overflow] {
            for &n in counts {
                put(out, n);
            }
        }
        put(out, self.layout.quantities.len() as u64);
    }
}

/// Canonical bytes are handed on in pieces of about this size.
const PIECE: usize = 1 << 20;

fn put(out: &mut Vec<u8>, n: u64) {
    out.extend_from_slice(&n.to_le_bytes());
}

fn put_text(out: &mut Vec<u8>, text: &[u8]) {
    put(out, text.len() as u64);
    out.extend_from_slice(text);
}

fn canonical_axis(axis: &Axis, out: &mut Vec<u8>) {
    if let Axis::Category(axis) = axis {
        return canonical_categories(axis.categories(), out);
    }
    put_text(out, axis.kind().as_bytes());
    put(out, axis.bins() as u64);
    for edge in axis.edges().unwrap_or_default() {
        put(out, edge.to_bits());
    }
}

fn canonical_categories(categories: &Categories, out: &mut Vec<u8>) {
    let kind = match categories {
        Categories::Truths => "cat",
        Categories::Texts(_) => "cat:string",
        Categories::I64(_) => "cat:int64",
        Categories::U64(_) => "cat:uint64",
    };
    put_text(out, kind.as_bytes());
    put(out, categories.len() as u64);
    match categories {
        Categories::Truths => categories
            .names()
            .iter()
            .for_each(|name| put_text(out, name.as_bytes())),
        Categories::Texts(v) => v.iter().for_each(|text| put_text(out, text)),
        Categories::I64(v) => v.iter().for_each(|x| put(out, x.cast_unsigned())),
        Categories::U64(v) => v.iter().for_each(|&x| put(out, x)),
    }
}

fn signed(number: Number) -> Option<i64> {
    match number {
        Number::I64(x) => Some(x),
        Number::U64(x) => i64::try_from(x).ok(),
        Number::F64(_) => None,
    }
}

fn unsigned(number: Number) -> Option<u64> {
    match number {
        Number::U64(x) => Some(x),
        _ => None,
    }
}
