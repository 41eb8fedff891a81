//! Finished numbers with their axes, and the exact state that they came from.

use crate::axes::{Axes, RowCounts};
use crate::axis::{Axis, Convention};
use crate::batch::DataType;
use crate::categories::Categories;
use crate::fill::{Cells, Layout};
use crate::order::{Level, Search};
use crate::state::{Content, Quantity};
use crate::statistic::{NanRule, Number, Statistic};

/// The states of a histogram with their layout: mergeable, and what results come from.
pub struct Histogram {
    layout: Layout,
    cells: Cells,
    quantiles: Vec<Quantiles>,
}

/// The quantiles of one value and level.
struct Quantiles {
    value: usize,
    level: Level,
    /// Of all cells, row-major; NaN is left out of them.
    values: Vec<f64>,
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
    #[must_use]
    pub fn new(layout: Layout, cells: Cells) -> Self {
        Self {
            layout,
            cells,
            quantiles: Vec::new(),
        }
    }

    /// Bytes of the cells and quantiles.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let quantiles = self.quantiles.iter().map(|q| q.values.capacity() * 8);
        self.cells.bytes() + quantiles.sum::<usize>()
    }

    /// A search for the ranks of these quantiles of the value at position `value`.
    #[must_use]
    pub fn search(&self, value: usize, levels: Vec<Level>) -> Search {
        let range = |cell| match self.content(Quantity::Extremes(value), cell) {
            Some(Content::Extremes(Some(extremes))) => Some(extremes.keys()),
            _ => None,
        };
        let rows = self.counts(Quantity::Valid(value));
        let cells = rows.enumerate().map(|(cell, n)| (n, range(cell)));
        let data_type = self.value_type(value).unwrap_or(DataType::F64);
        Search::new(data_type, levels, cells)
    }

    /// Takes the quantiles that a search for the value at position `value` has found, in
    /// the order of values and levels.
    pub fn set_quantiles(&mut self, value: usize, search: &Search) {
        for &level in search.levels() {
            self.quantiles.push(Quantiles {
                value,
                level,
                values: search.quantiles(level),
            });
        }
        self.quantiles.sort_by_key(|q| (q.value, q.level));
    }

    /// The axes.
    #[must_use]
    pub fn axes(&self) -> &Axes {
        &self.layout.axes
    }

    /// The rows by where they lie.
    #[must_use]
    pub fn rows(&self) -> &RowCounts {
        self.cells.rows()
    }

    /// Rows in a cell whose value is NaN, per value.
    #[must_use]
    pub fn nan_value(&self) -> &[u64] {
        self.cells.nan_value()
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
        Some(self.cells.content(&self.layout, at, cell))
    }

    /// Whether everything that a statistic needs was collected.
    #[must_use]
    pub fn collects(&self, statistic: Statistic) -> bool {
        let needs = statistic.quantities();
        needs.iter().all(|q| match q {
            // Not collected for integers: all their rows are valid.
            Quantity::Valid(_) | Quantity::Joint(_) => true,
            _ => self.layout.quantities.contains(q),
        })
    }

    /// A statistic for all cells, each value correctly rounded.
    ///
    /// Sums of integers are doubles if one of them does not fit 64 bits, and extremes
    /// of integers if NaN is propagated into one.
    #[must_use]
    pub fn values(&self, statistic: Statistic, rule: NanRule) -> Values {
        let numbers = || (0..self.layout.axes.cells()).map(|c| self.number(statistic, rule, c));
        let integers = match self.result_type(statistic) {
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

    /// A statistic of one cell, correctly rounded.
    #[must_use]
    pub fn number(&self, statistic: Statistic, rule: NanRule, cell: usize) -> Number {
        let result = self.result_type(statistic);
        if let Statistic::Quantile(value, level) = statistic {
            return Number::F64(self.quantile(value, level, rule, cell));
        }
        statistic.round(rule, result, &|q| self.content_or_count(q, cell))
    }

    fn quantile(&self, value: usize, level: Level, rule: NanRule, cell: usize) -> f64 {
        let rows = |q| match self.content_or_count(q, cell) {
            Content::Count(n) => n,
            _ => 0,
        };
        let order = |q: &Quantiles| (q.value, q.level);
        let found = (self.quantiles).binary_search_by_key(&(value, level), order);
        let values = found.ok().and_then(|at| self.quantiles.get(at));
        let values = values.map(|q| &q.values);
        match values.and_then(|v| v.get(cell)) {
            Some(_)
                if rule == NanRule::Propagate
                    && rows(Quantity::Valid(value)) < rows(Quantity::Count) =>
            {
                f64::NAN
            }
            Some(&quantile) => quantile,
            None => f64::NAN,
        }
    }

    /// The type of a statistic's numbers; those of datetimes are nanoseconds since
    /// 1970-01-01 in int64.
    #[must_use]
    pub fn result_type(&self, statistic: Statistic) -> DataType {
        let value_type = statistic.values().first().and_then(|&v| self.value_type(v));
        statistic.result_type(value_type)
    }

    /// What a quantity that counts rows has in each cell.
    pub fn counts(&self, quantity: Quantity) -> impl Iterator<Item = u64> {
        (0..self.layout.axes.cells()).map(move |cell| match self.content_or_count(quantity, cell) {
            Content::Count(n) => n,
            _ => 0,
        })
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
            quantity.canonical(&mut out);
            for cell in 0..self.layout.axes.cells() {
                let content = self.cells.content(&self.layout, at, cell);
                content.canonical(&mut out);
                if out.len() > PIECE {
                    sink(&out)?;
                    out.clear();
                }
            }
        }
        for quantiles in &self.quantiles {
            out.push(QUANTILES);
            out.push(quantiles.level.is_median().into());
            out.extend_from_slice(&quantiles.level.level().to_le_bytes());
            for value in &quantiles.values {
                // There is one NaN: that of no value.
                let value = if value.is_nan() { f64::NAN } else { *value };
                put(&mut out, value.to_bits());
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
        let rows = self.cells.rows();
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
        put(
            out,
            (self.layout.quantities.len() + self.quantiles.len()) as u64,
        );
    }
}

/// The tag of quantiles in canonical bytes, beside those of quantities.
const QUANTILES: u8 = 10;

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
    // Results of different conventions are answers to different questions.
    match axis.convention() {
        Convention::Numpy => put_text(out, axis.kind().as_bytes()),
        other => put_text(out, format!("{}:{other}", axis.kind()).as_bytes()),
    }
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
        _ => None,
    }
}

fn unsigned(number: Number) -> Option<u64> {
    match number {
        Number::U64(x) => Some(x),
        _ => None,
    }
}
