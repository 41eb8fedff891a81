//! A histogram of arrays in memory: exact sums, whatever the threads and batches.
//!
//! `cargo run --package terabin --example arrays`

use terabin::{ArrayTable, Options, Spec, Unattended};
use terabin_core::batch::Column;
use terabin_core::histogram::Values;

fn main() -> Result<(), terabin::Error> {
    let x = [0.5, 1.5, 1.6, 2.0, 7.0, f64::NAN];
    // Added from left to right in doubles, the values of the last bin would give 0.
    let v = [1.0, 1e100, 1.0, -1e100, 5.0, 6.0];
    let columns = || vec![("x".into(), Column::F64(&x)), ("v".into(), Column::F64(&v))];
    let spec = Spec {
        by: vec!["x:2:0..2".into()],
        stat: vec!["sum(v)".into(), "mean(v)".into()],
        ..Spec::default()
    };

    let table = ArrayTable::new(columns());
    let report = terabin::bin(&table, &spec, &Options::default(), &mut Unattended)?;
    let result = &report.results[0];
    // The last bin is closed: 2.0 lies in it. 7.0 is outside, NaN lies nowhere.
    assert_eq!(result.counts(), [1, 3]);
    assert_eq!(result.values("sum(v)"), Some(Values::F64(vec![1.0, 1.0])));
    assert_eq!(
        result.values("mean(v)"),
        Some(Values::F64(vec![1.0, 1.0 / 3.0]))
    );
    let rows = result.histogram.rows();
    assert_eq!((rows.in_range, rows.outside, rows.nan_axis), (4, 1, 1));

    // Threads, splits and batches change nothing, to the last bit.
    let table = ArrayTable::new(columns()).batch_rows(1);
    let options = Options {
        threads: Some(3),
        split_rows: Some(2),
        ..Options::default()
    };
    let again = terabin::bin(&table, &spec, &options, &mut Unattended)?;
    assert_eq!(again.state_hash, report.state_hash);

    println!("{}", report.state_hash);
    Ok(())
}
