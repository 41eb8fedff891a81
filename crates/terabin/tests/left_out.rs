//! Rows that a reader leaves out: masked ones, and those it could not read.

use std::ops::ControlFlow;

use terabin::output::json;
use terabin::{Error, ErrorKind, Options, Report, Result, Spec, Table, Unattended};
use terabin_core::ArraySource;
use terabin_core::batch::{Batch, Column};
use terabin_core::source::{ReadCounters, Reader, Schema, Source, SourceError, Split};

const X: [f64; 8] = [0.5, 1e300, 1.5, f64::NAN, -1e300, 0.25, 3.0, 7.0];
const K: [i64; 8] = [1, i64::MAX, 2, i64::MAX, i64::MAX, 3, 4, 5];
/// Those that are not masked.
const SELECTED: [bool; 8] = [true, false, true, false, false, true, true, true];

/// A table of which the last row cannot be read.
struct Damaged {
    /// What the readers forget to count.
    forgotten: u64,
}

impl Table for Damaged {
    fn numeric_columns(&self, _beside: &[String]) -> Result<Vec<String>> {
        Ok(vec!["x".into(), "k".into()])
    }

    fn has_column(&self, name: &str) -> bool {
        name == "x" || name == "k"
    }

    fn select(&self, columns: &[String], _request: &[String]) -> Result<Box<dyn Source + '_>> {
        let column = |name: &String| match name.as_str() {
            "x" => ("x", Column::F64(&X)),
            _ => ("k", Column::I64(&K)),
        };
        let columns: Vec<_> = columns.iter().map(column).collect();
        let arrays = ArraySource::new(&columns, 3).expect("columns of one length");
        Ok(Box::new(DamagedSource {
            arrays,
            forgotten: self.forgotten,
        }))
    }

    fn stored_bytes(&self, _columns: &[String]) -> Result<u64> {
        Ok(0)
    }
}

struct DamagedSource {
    arrays: ArraySource<'static>,
    forgotten: u64,
}

impl Source for DamagedSource {
    fn schema(&self) -> &Schema {
        self.arrays.schema()
    }

    fn rows(&self) -> u64 {
        X.len() as u64
    }

    fn splits(&self, target_rows: u64) -> Vec<Split> {
        self.arrays.splits(target_rows)
    }

    fn reader(&self) -> Box<dyn Reader + '_> {
        Box::new(DamagedReader {
            arrays: self.arrays.reader(),
            forgotten: self.forgotten,
            counters: ReadCounters::default(),
        })
    }

    fn batch_rows(&self) -> usize {
        3
    }

    fn reader_bytes(&self) -> u64 {
        0
    }
}

struct DamagedReader<'a> {
    arrays: Box<dyn Reader + 'a>,
    forgotten: u64,
    counters: ReadCounters,
}

impl Reader for DamagedReader<'_> {
    fn read(
        &mut self,
        split: &Split,
        sink: &mut dyn FnMut(&Batch<'_>) -> ControlFlow<()>,
    ) -> std::result::Result<(), SourceError> {
        let last = X.len() as u64 - 1;
        let readable = Split {
            end: split.end.min(last),
            ..*split
        };
        self.counters.skipped += split.end - readable.end;
        let masked = &mut self.counters.masked;
        self.arrays.read(&readable, &mut |batch| {
            let first = usize::try_from(batch.first_row()).expect("eight rows");
            let selection = &SELECTED[first..first + batch.rows()];
            *masked += selection.iter().filter(|s| !**s).count() as u64 - self.forgotten.min(1);
            sink(&batch.with_selection(selection))
        })
    }

    fn counters(&self) -> ReadCounters {
        self.counters
    }
}

fn report(by: &[&str], stat: &[&str], forgotten: u64) -> Result<Report> {
    let texts = |texts: &[&str]| texts.iter().map(|&t| t.to_owned()).collect();
    let spec = Spec {
        by: texts(by),
        stat: texts(stat),
        ..Spec::default()
    };
    let options = Options {
        threads: Some(2),
        memory: Some(1 << 30),
        split_rows: Some(4),
    };
    terabin::bin(&Damaged { forgotten }, &spec, &options, &mut Unattended)
}

#[test]
fn they_are_counted_once_and_change_no_number() {
    // `k + 1` overflows in masked rows, whose values are fill values.
    let report = report(&["x:3"], &["sum(k + 1)", "max(x)"], 0).unwrap();
    let result = &report.results[0];
    let rows = result.histogram.rows();
    assert_eq!((rows.skipped, rows.masked, rows.in_range), (1, 3, 4));
    assert_eq!((rows.outside, rows.nan_axis, result.nan_value()), (0, 0, 0));
    // The range is that of the rows that count: 0.25 to 3.
    assert_eq!(result.histogram.axes().axes()[0].edges().unwrap()[3], 3.0);
    assert_eq!(result.counts(), [2, 1, 1]);
    assert_eq!(
        result.values("sum(k + 1)"),
        Some(terabin_core::histogram::Values::I64(vec![6, 3, 5]))
    );
    let told = json::report(&report, &[]);
    assert_eq!((&told["skipped"], &told["masked"]), (&1.into(), &3.into()));
    let told = json::summary(&report, &serde_json::Value::Null, &[]);
    assert_eq!((&told["skipped"], &told["masked"]), (&1.into(), &3.into()));
}

#[test]
fn they_are_part_of_the_state() {
    let hash = |by: &str| report(&[by], &[], 0).unwrap().state_hash;
    let same = terabin::ArrayTable::new(vec![("x".into(), Column::F64(&[0.5, 1.5, 0.25, 3.0]))]);
    let spec = Spec {
        by: vec!["x:3:0..3".into()],
        ..Spec::default()
    };
    let without = terabin::bin(&same, &spec, &Options::default(), &mut Unattended).unwrap();
    assert_eq!(without.results[0].counts(), [2, 1, 1]);
    assert_ne!(hash("x:3:0..3"), without.state_hash);
    assert_eq!(hash("x:3:0.25..3"), hash("x:3"));
}

#[test]
fn rows_that_are_in_no_count_end_the_run() {
    let error = report(&["x:3:0..3"], &[], 1)
        .err()
        .expect("a row is missing");
    assert_eq!(error.kind(), ErrorKind::Accounting);
    assert!(matches!(error, Error::Unaccounted { rows: 8, .. }));
}

#[test]
fn statistics_of_columns_are_of_the_rows_that_count() {
    let names = ["k".to_owned()];
    let (columns, _) = terabin::stats(
        &Damaged { forgotten: 0 },
        &names,
        &Spec::default(),
        &Options::default(),
        &mut Unattended,
    )
    .unwrap();
    assert_eq!((columns[0].rows, columns[0].nan), (4, 0));
    assert_eq!(columns[0].sum, terabin::Number::I64(10));
}
