//! A histogram as CSV: a row per cell.

use std::io::Write;

use terabin_core::batch::DataType;
use terabin_core::statistic::{Number, Statistic};

use crate::bin::HistogramResult;
use crate::datetime::{datetime_text, edge_text};

/// The most cells that are written as CSV.
pub const MAX_CELLS: usize = 100_000;

/// Writes a header and a row per cell, of sparse histograms per cell that rows met: lower
/// and upper edge (or category) per axis, then the statistics. Datetimes are ISO 8601.
///
/// # Errors
/// Failed writes.
pub fn write(result: &HistogramResult, to: impl Write) -> std::io::Result<()> {
    let mut writer = csv::Writer::from_writer(to);
    writer.write_record(header(result))?;
    let rows = Rows::new(result);
    for cell in 0..result.histogram.cells() {
        writer.write_record(rows.row(cell, &|n| n.to_string()))?;
    }
    writer.flush()
}

/// The names of the columns.
pub(super) fn header(result: &HistogramResult) -> Vec<String> {
    let mut header = Vec::new();
    for (plan, axis) in result.plan.axes.iter().zip(result.histogram.axes().axes()) {
        if axis.categories().is_some() {
            header.push(plan.name.clone());
        } else {
            header.push(format!("{}_low", plan.name));
            header.push(format!("{}_high", plan.name));
        }
    }
    header.extend(result.plan.statistics.iter().map(|s| s.name.clone()));
    header
}

/// Makes the texts of one cell at a time: a grid may have more cells than memory has
/// room for their texts.
pub(super) struct Rows<'a> {
    result: &'a HistogramResult,
    bins: Vec<Bins<'a>>,
    shape: Vec<usize>,
}

/// What the bins of an axis are called.
enum Bins<'a> {
    Categories(&'a [String]),
    /// The edges, infinite ones for flow bins included.
    Edges(Vec<f64>),
    /// Edges in nanoseconds.
    Times(Vec<f64>),
}

impl<'a> Rows<'a> {
    pub(super) fn new(result: &'a HistogramResult) -> Self {
        let axes = result.histogram.axes();
        Self {
            result,
            bins: (0..axes.axes().len()).map(|i| bins(result, i)).collect(),
            shape: axes.shape(),
        }
    }

    /// The edges or categories of a cell, then its statistics; `number` writes numbers.
    pub(super) fn row(&self, cell: usize, number: &dyn Fn(Number) -> String) -> Vec<String> {
        let mut row = Vec::new();
        let number_of = self.result.histogram.number_of(cell);
        for (bins, bin) in self.bins.iter().zip(unravel(number_of, &self.shape)) {
            match bins {
                Bins::Categories(names) => row.push(names[bin].clone()),
                Bins::Edges(edges) => {
                    let ends = edges[bin..bin + 2].iter();
                    row.extend(ends.map(|&e| number(Number::F64(e))));
                }
                Bins::Times(edges) => {
                    row.extend(edges[bin..bin + 2].iter().map(|&e| edge_text(e)));
                }
            }
        }
        let statistics = self.result.plan.statistics.iter();
        row.extend(statistics.map(|s| self.statistic(s.statistic, cell, number)));
        row
    }

    fn statistic(
        &self,
        statistic: Statistic,
        cell: usize,
        number: &dyn Fn(Number) -> String,
    ) -> String {
        let histogram = &self.result.histogram;
        let is_time = histogram.result_type(statistic) == DataType::Datetime;
        match histogram.number(statistic, self.result.nan, cell) {
            Number::I64(time) if is_time => datetime_text(time),
            other => number(other),
        }
    }
}

fn bins(result: &HistogramResult, axis: usize) -> Bins<'_> {
    let axes = result.histogram.axes();
    let edges = || axes.cell_edges(axis).unwrap_or_default();
    match axes.axes()[axis].categories() {
        Some(categories) => Bins::Categories(categories),
        None if result.plan.axes[axis].is_time() => Bins::Times(edges()),
        None => Bins::Edges(edges()),
    }
}

/// The bin on each axis of a row-major cell number.
fn unravel(number: u64, shape: &[usize]) -> Vec<usize> {
    // Below the product of the shape, which is one of 64 bits.
    let mut rest = usize::try_from(number).unwrap_or(usize::MAX);
    let mut bins: Vec<usize> = shape
        .iter()
        .rev()
        .map(|&extent| {
            let bin = rest % extent;
            rest /= extent;
            bin
        })
        .collect();
    bins.reverse();
    bins
}
