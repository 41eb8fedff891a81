//! What the commands have in common on stdout and stderr.

use std::io::{self, IsTerminal, Write};

use terabin::{Report, peak_resident_memory, readable_bytes};

/// Notes for the user, one line each.
pub fn notes(quiet: bool, notes: &[String]) {
    if !quiet {
        for note in notes {
            crate::complain(note);
        }
    }
}

/// What became of rows that are in no result, and of those that nobody wrote.
pub fn row_notes(quiet: bool, report: &Report) {
    let first = report.results.first();
    let masked = first.map_or(0, |r| r.histogram.rows().masked);
    let unwritten = report.counters.fill_rows;
    let mut found = Vec::new();
    if report.rows == 0 {
        found.push("there are no rows: the result is empty".to_owned());
    }
    let filtered = first.map_or(0, |r| r.histogram.rows().filtered);
    if report.rows > 0 && filtered == report.rows {
        found.push(format!(
            "--where keeps none of {filtered} rows: the result is empty"
        ));
    }
    if masked > 0 {
        found.push(format!(
            "{masked} of {} rows masked: a column of the request has its fill value there; --raw-values takes values as stored",
            report.rows
        ));
    }
    if unwritten > 0 {
        found.push(format!(
            "{unwritten} rows were never written and have the fill value of a dataset"
        ));
    }
    notes(quiet, &found);
}

/// What the run took, on stderr.
pub fn cost(quiet: bool, report: &Report) {
    if quiet {
        return;
    }
    #[allow(clippy::cast_precision_loss)] // a rate to look at
    let rate = report.rows as f64 / report.seconds.max(1e-9) / 1e6;
    let many = |n: u64, one: &'static str, others: &'static str| if n == 1 { one } else { others };
    crate::complain(&format!(
        "{} {} in {:.2} s ({rate:.1} M rows/s), {} read, {} {}, {} {}, peak memory {}",
        report.rows,
        many(report.rows, "row", "rows"),
        report.seconds,
        readable_bytes(report.counters.bytes_read),
        report.passes,
        many(report.passes as u64, "pass", "passes"),
        report.threads,
        many(report.threads as u64, "thread", "threads"),
        readable_bytes(peak_resident_memory()),
    ));
}

/// One JSON object and a line end.
pub fn json(value: &serde_json::Value) -> io::Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, value)?;
    writeln!(out)?;
    out.flush()
}

/// Cells of one histogram that are shown: all of them, but a screenful on a terminal.
pub fn max_rows() -> usize {
    if io::stdout().is_terminal() {
        50
    } else {
        usize::MAX
    }
}
