//! Finished numbers with their axes, and the exact state that they came from.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use crate::axes::{Axes, RowCounts};
use crate::batch::DataType;
use crate::contents::Contents;
use crate::exact::Exact;
use crate::fill::{Cells, Layout};
use crate::listed::Listed;
use crate::order::{Level, QuantileOf, Search, SearchOf};
use crate::rounding::Rounding;
use crate::state::{Content, Extremes, Joint, Quantity};
use crate::statistic::{NanRule, Number, Statistic};

/// The states of a histogram with their layout: mergeable, and what results come from.
pub struct Histogram {
    pub(crate) layout: Layout,
    rows: RowCounts,
    nan_value: Vec<u64>,
    pub(crate) contents: Contents,
    pub(crate) quantiles: Vec<Quantiles>,
    /// Of sparse histograms the cells for searches, once one was asked for.
    listed: OnceLock<Arc<Listed>>,
}

/// One quantile.
pub(crate) struct Quantiles {
    pub of: QuantileOf,
    /// Of all cells, row-major; NaN is left out of them.
    pub values: Vec<f64>,
}

/// Weights that no quantile has.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error(
    "there are weights from {low} to {high}, and those of medians and quantiles are finite and not below zero: weight by an expression such as where(w > 0, w, 0)"
)]
pub struct WrongWeights {
    low: f64,
    high: f64,
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
            quantiles: Vec::new(),
            listed: OnceLock::new(),
        }
    }

    /// Bytes of the cells and quantiles.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let quantiles = self.quantiles.iter().map(|q| q.values.capacity() * 8);
        self.contents.bytes() + quantiles.sum::<usize>()
    }

    /// A search for these quantiles of the value at position `value`.
    ///
    /// # Errors
    /// Weights below zero or infinite.
    pub fn search(
        &self,
        value: usize,
        weights: Option<usize>,
        levels: Vec<Level>,
    ) -> Result<Search, WrongWeights> {
        let extremes = |v, cell| match self.content(Quantity::Extremes(v), cell) {
            Some(Content::Extremes(extremes)) => extremes,
            _ => None,
        };
        let of = |v| [Some(v), weights].into_iter().flatten().collect::<Vec<_>>();
        let all = Joint::of(&of(value));
        let rows = self.counts(all.rows()).enumerate();
        let cells = rows.map(|(cell, n)| (n, extremes(value, cell).map(Extremes::keys)));
        let data_type = self.value_type(value).unwrap_or(DataType::F64);
        let mut search = Search::new(data_type, levels, cells);
        if self.axes().are_sparse() {
            let numbers = || self.contents.met().iter().map(|m| m.number);
            let listed = || Arc::new(Listed::from(numbers().collect::<Vec<_>>()));
            search = search.among(Arc::clone(self.listed.get_or_init(listed)));
        }
        let Some(weights) = weights else {
            return Ok(search);
        };
        let cells = 0..self.cells();
        for (low, high) in cells
            .clone()
            .filter_map(|c| Some(extremes(weights, c)?.as_f64()))
        {
            if low < 0.0 || high.is_infinite() {
                return Err(WrongWeights { low, high });
            }
        }
        let total = |cell| match self.content(all.product(&[weights]), cell) {
            Some(Content::Sum(sum)) => sum,
            _ => Exact::ZERO,
        };
        Ok(search.weighted(cells.map(total)))
    }

    /// Takes the quantiles that a search has found, in their order.
    pub fn set_quantiles(&mut self, of: &SearchOf) {
        for &level in of.search.levels() {
            let (value, weights) = (of.value, of.weights);
            self.quantiles.push(Quantiles {
                of: QuantileOf {
                    value,
                    weights,
                    level,
                },
                values: of.search.quantiles(level),
            });
        }
        self.quantiles.sort_by_key(|q| q.of);
    }

    /// The axes.
    #[must_use]
    pub fn axes(&self) -> &Axes {
        &self.layout.axes
    }

    /// The cells that the histogram tells of: all of them row-major, or where its axes
    /// [are sparse](Axes::are_sparse) those that rows met.
    #[must_use]
    pub fn cells(&self) -> usize {
        if self.axes().are_sparse() {
            self.contents.met().len()
        } else {
            self.axes().cells()
        }
    }

    /// The row-major number of a cell of [`Histogram::cells`]; they are in this order.
    #[must_use]
    pub fn number_of(&self, cell: usize) -> u64 {
        if !self.axes().are_sparse() {
            return cell as u64;
        }
        // One that there is not has no number.
        self.contents.met().get(cell).map_or(u64::MAX, |m| m.number)
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
        let all = 0..self.cells();
        self.values_as(self.result_type(statistic), statistic, rule, all)
    }

    /// The type of [`Histogram::values`]: I64, U64 or F64.
    #[must_use]
    pub fn values_type(&self, statistic: Statistic, rule: NanRule) -> DataType {
        let all = 0..self.cells();
        let mut numbers = self.numbers(statistic, rule, all);
        let result = match self.result_type(statistic) {
            DataType::Datetime => DataType::I64,
            other => other,
        };
        let fits = match result {
            // No number of rows is beyond 64 bits.
            DataType::U64 if statistic.is_count() => true,
            DataType::U64 => numbers.all(|n| unsigned(n).is_some()),
            DataType::I64 => numbers.all(|n| signed(n).is_some()),
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
            DataType::U64 if statistic.is_count() => {
                let rounding = self.rounding(statistic, rule);
                Some(Values::U64(rounding.rows(cells.clone())))
            }
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
        integers.unwrap_or_else(|| Values::F64(self.doubles(statistic, rule, cells)))
    }

    fn doubles(&self, statistic: Statistic, rule: NanRule, cells: Range<usize>) -> Vec<f64> {
        let rounding = self.rounding(statistic, rule);
        let other = |cell| self.number(statistic, rule, cell);
        let mut doubles = rounding.doubles(cells.clone(), other);
        if statistic.is_of_a_row() {
            // As a double, an extreme of integers of no rows is NaN.
            let rows = rounding.rows(cells);
            let empty = doubles.iter_mut().zip(rows).filter(|(_, rows)| *rows == 0);
            empty.for_each(|(x, _)| *x = f64::NAN);
        }
        doubles
    }

    fn numbers(
        &self,
        statistic: Statistic,
        rule: NanRule,
        cells: Range<usize>,
    ) -> impl Iterator<Item = Number> {
        let rounding = self.rounding(statistic, rule);
        rounding.numbers(cells, move |cell| self.number(statistic, rule, cell))
    }

    fn rounding(&self, statistic: Statistic, rule: NanRule) -> Rounding<'_> {
        let result = self.result_type(statistic);
        Rounding::new(&self.layout, &self.contents, (statistic, rule, result))
    }

    /// A statistic of one cell, correctly rounded.
    #[must_use]
    pub fn number(&self, statistic: Statistic, rule: NanRule, cell: usize) -> Number {
        let result = self.result_type(statistic);
        if let Statistic::Quantile(of) = statistic {
            return Number::F64(self.quantile(of, rule, cell));
        }
        statistic.round(rule, result, &|q| self.content_or_count(q, cell))
    }

    fn quantile(&self, of: QuantileOf, rule: NanRule, cell: usize) -> f64 {
        let rows = |q| match self.content_or_count(q, cell) {
            Content::Count(n) => n,
            _ => 0,
        };
        let valid = || rows(Joint::of(&of.values()).rows());
        if rule == NanRule::Propagate && valid() < rows(Quantity::Count) {
            return f64::NAN;
        }
        let found = self.quantiles.binary_search_by_key(&of, |q| q.of);
        let found = found.ok().and_then(|at| self.quantiles.get(at));
        let value = found.and_then(|q| q.values.get(cell)).copied();
        value.unwrap_or(f64::NAN)
    }

    /// The type of a statistic's numbers; those of datetimes are nanoseconds since
    /// 1970-01-01 in int64.
    #[must_use]
    pub fn result_type(&self, statistic: Statistic) -> DataType {
        let value_type = statistic.first_value().and_then(|v| self.value_type(v));
        statistic.result_type(value_type)
    }

    /// What a quantity that counts rows has in each cell.
    pub fn counts(&self, quantity: Quantity) -> impl Iterator<Item = u64> {
        (0..self.cells()).map(move |cell| match self.content_or_count(quantity, cell) {
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
