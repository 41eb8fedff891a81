//! Results as a table of text.

use std::io::{self, Write};

use super::csv;
use crate::bin::HistogramResult;

/// Writes the cells of a histogram as aligned columns, at most `max_rows` of them, and
/// says how many were left out.
///
/// # Errors
/// Failed writes.
pub fn write(result: &HistogramResult, max_rows: usize, to: &mut dyn Write) -> io::Result<usize> {
    let axes = result.histogram.axes();
    let shape = axes.shape();
    let labels: Vec<_> = axes
        .axes()
        .iter()
        .map(|a| csv::labels(a, axes.flow()))
        .collect();
    let shown = axes.cells().min(max_rows);
    let mut rows = vec![csv::header(result)];
    for cell in 0..shown {
        let bins = csv::unravel(cell, &shape);
        let ends = labels.iter().zip(bins).flat_map(|(l, bin)| l[bin].clone());
        let values = csv::numbers(result, cell).into_iter();
        rows.push(ends.chain(values).map(|t| shorten(&t)).collect());
    }
    align(&rows, to)?;
    Ok(axes.cells() - shown)
}

/// Right-aligned columns, two spaces between them.
///
/// # Errors
/// Failed writes.
pub fn align(rows: &[Vec<String>], to: &mut dyn Write) -> io::Result<()> {
    pad(rows, to, |cell, width| format!("{cell:>width$}"))
}

/// Left-aligned columns, two spaces between them.
///
/// # Errors
/// Failed writes.
pub fn align_left(rows: &[Vec<String>], to: &mut dyn Write) -> io::Result<()> {
    pad(rows, to, |cell, width| format!("{cell:<width$}"))
}

fn pad(
    rows: &[Vec<String>],
    to: &mut dyn Write,
    pad: impl Fn(&str, usize) -> String,
) -> io::Result<()> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |i: usize| {
        let cells = rows.iter().filter_map(|r| r.get(i));
        cells.map(|c| c.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in rows {
        let cells: Vec<_> = row
            .iter()
            .zip(&widths)
            .map(|(cell, &width)| pad(cell, width))
            .collect();
        writeln!(to, "{}", cells.join("  ").trim_end())?;
    }
    Ok(())
}

/// Floats with more than nine digits are shown with seven; files and JSON have all.
#[must_use]
pub fn shorten(text: &str) -> String {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let is_float = text.contains('.') || digits > 19;
    match text.parse::<f64>() {
        Ok(x) if is_float && digits > 9 && x.is_finite() => seven_digits(x),
        _ => text.to_owned(),
    }
}

fn seven_digits(x: f64) -> String {
    if x != 0.0 && !(1e-4..1e9).contains(&x.abs()) {
        return format!("{x:.6e}");
    }
    // Seven digits in all, whatever lies before the point.
    let scientific = format!("{x:.6e}");
    scientific
        .parse::<f64>()
        .map_or(scientific, |rounded| rounded.to_string())
}
