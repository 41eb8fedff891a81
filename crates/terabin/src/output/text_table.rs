//! Results as a table of text.

use std::io::{self, Write};

use terabin_core::statistic::Number;

use super::csv;
use crate::bin::HistogramResult;

/// Writes the cells of a histogram as aligned columns, at most `max_rows` of them, and
/// says how many were left out.
///
/// # Errors
/// Failed writes.
pub fn write(result: &HistogramResult, max_rows: usize, to: &mut dyn Write) -> io::Result<usize> {
    let cells = result.histogram.cells();
    let shown = cells.min(max_rows);
    let rows = csv::Rows::new(result);
    let number = |n: Number| shorten(&n.to_string());
    let short = |cell: usize| {
        rows.row(cell, &number)
            .iter()
            .map(|t| on_a_line(t))
            .collect()
    };
    let head = csv::header(result);
    // Made twice, so that a long table is never in memory as a whole.
    let all = || std::iter::once(head.clone()).chain((0..shown).map(short));
    align(all, Side::Right, to)?;
    Ok(cells - shown)
}

/// Texts of the data may have line ends and other controls.
fn on_a_line(text: &str) -> String {
    if !text.contains(char::is_control) {
        return text.to_owned();
    }
    text.escape_debug().to_string()
}

/// Where the texts of a column stand together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// They begin together.
    Left,
    /// They end together, as numbers do.
    Right,
}

/// Writes columns of equal width, two spaces between them; `rows` is run through twice.
///
/// # Errors
/// Failed writes.
pub fn align<I: Iterator<Item = Vec<String>>>(
    rows: impl Fn() -> I,
    side: Side,
    to: &mut dyn Write,
) -> io::Result<()> {
    let mut widths: Vec<usize> = Vec::new();
    for row in rows() {
        widths.resize(widths.len().max(row.len()), 0);
        for (width, cell) in widths.iter_mut().zip(&row) {
            *width = cell.chars().count().max(*width);
        }
    }
    for row in rows() {
        let pairs = row.iter().zip(&widths);
        let cells: Vec<_> = pairs
            .map(|(cell, &width)| match side {
                Side::Left => format!("{cell:<width$}"),
                Side::Right => format!("{cell:>width$}"),
            })
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
