//! A histogram as CSV: a row per cell.

use std::io::Write;

use terabin_core::axis::Axis;
use terabin_core::statistic::Number;

use crate::bin::HistogramResult;

/// The most cells that are written as CSV.
pub const MAX_CELLS: usize = 100_000;

/// Writes a header and a row per cell: lower and upper edge (or category) per axis,
/// then the statistics.
///
/// # Errors
/// Failed writes.
pub fn write(result: &HistogramResult, to: impl Write) -> std::io::Result<()> {
    let mut writer = csv::Writer::from_writer(to);
    writer.write_record(header(result))?;
    let axes = result.histogram.axes();
    let labels: Vec<Vec<Vec<String>>> =
        axes.axes().iter().map(|a| labels(a, axes.flow())).collect();
    let shape = axes.shape();
    for cell in 0..axes.cells() {
        let bins = unravel(cell, &shape);
        let mut record: Vec<&str> = Vec::new();
        for (labels, bin) in labels.iter().zip(bins) {
            record.extend(labels[bin].iter().map(String::as_str));
        }
        let values = numbers(result, cell);
        record.extend(values.iter().map(String::as_str));
        writer.write_record(&record)?;
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

/// The texts of each bin of an axis, flow bins included.
pub(super) fn labels(axis: &Axis, flow: bool) -> Vec<Vec<String>> {
    if let Some(categories) = axis.categories() {
        return categories.iter().map(|c| vec![c.clone()]).collect();
    }
    let mut edges = axis.edges().unwrap_or_default();
    if flow && axis.has_flow() {
        edges.insert(0, f64::NEG_INFINITY);
        edges.push(f64::INFINITY);
    }
    edges
        .windows(2)
        .map(|w| w.iter().map(|&e| Number::F64(e).to_string()).collect())
        .collect()
}

/// The bin on each axis of a row-major cell number.
pub(super) fn unravel(cell: usize, shape: &[usize]) -> Vec<usize> {
    let mut rest = cell;
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

/// The statistics of a cell.
pub(super) fn numbers(result: &HistogramResult, cell: usize) -> Vec<String> {
    let statistics = result.plan.statistics.iter();
    statistics
        .map(|s| result.histogram.number(s.statistic, result.nan, cell))
        .map(|n| n.to_string())
        .collect()
}
