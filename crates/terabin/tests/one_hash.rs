//! One hash, whatever the threads, the rows of a batch and of a split, and the order of
//! the rows.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use terabin::{ArrayTable, Options, Report, Spec, Unattended};
use terabin_core::batch::Column;

const ROWS: usize = 3000;
const THREADS: [usize; 6] = [1, 2, 3, 7, 16, 64];
/// Around the rows of a block of the loops, and all rows at once.
const BATCH_ROWS: [usize; 8] = [1, 2, 7, 100, 1023, 1024, 1025, ROWS];
const STATISTICS: [&str; 16] = [
    "sum(v)",
    "mean(v)",
    "var(v, ddof=1)",
    "sem(v)",
    "min(v)",
    "max(v)",
    "sum(k)",
    "mean(v, weights=w)",
    "std(v, weights=w)",
    "cov(v, x, weights=w)",
    "sumw2(w)",
    "median(v)",
    "quantile(v, 0.9)",
    "median(x, weights=w)",
    "first(v, t)",
    "last(x, t)",
];

/// A row: where it lies, a value, an integer, a weight and a time that others have too.
type Row = (f64, f64, i64, f64, u64);

#[test]
fn threads_batches_splits_and_order_do_not_matter() {
    let mut runner = TestRunner::deterministic();
    let value = (-1.0..1.0, -200i32..200).prop_map(|(x, e)| x * 10f64.powi(e));
    let value = prop_oneof![50 => value, 1 => Just(f64::NAN)];
    let weight = prop_oneof![3 => 0.0..1.0, 1 => Just(0.0)];
    let row = (-3.5..3.5, value, any::<i64>(), weight, 0u64..20);
    let rows = proptest::collection::vec(row, ROWS);
    let rows = rows.new_tree(&mut runner).unwrap().current();
    let wanted = bin(&rows, 1, ROWS, ROWS);
    assert!(wanted.state_hash.starts_with("tb1:"));
    for (i, &batch_rows) in BATCH_ROWS.iter().enumerate() {
        let order = Just(rows.clone()).prop_shuffle();
        let shuffled = order.new_tree(&mut runner).unwrap().current();
        for threads in THREADS {
            // As many splits as threads, or a few rows each that end within batches.
            let split_rows = [ROWS.div_ceil(threads), 37][(threads + i) % 2];
            let report = bin(&shuffled, threads, batch_rows, split_rows);
            let told =
                format!("{threads} threads, batches of {batch_rows}, splits of {split_rows}");
            assert_eq!(report.threads, threads, "{told}");
            assert_eq!(report.state_hash, wanted.state_hash, "{told}");
            assert_eq!(numbers(&report), numbers(&wanted), "{told}");
        }
    }
}

fn bin(rows: &[Row], threads: usize, batch_rows: usize, split_rows: usize) -> Report {
    let places: Vec<f64> = rows.iter().map(|row| row.0).collect();
    let values: Vec<f64> = rows.iter().map(|row| row.1).collect();
    let integers: Vec<i64> = rows.iter().map(|row| row.2).collect();
    let weights: Vec<f64> = rows.iter().map(|row| row.3).collect();
    let times: Vec<u64> = rows.iter().map(|row| row.4).collect();
    let table = ArrayTable::new(vec![
        ("x".into(), Column::F64(&places)),
        ("v".into(), Column::F64(&values)),
        ("k".into(), Column::I64(&integers)),
        ("w".into(), Column::F64(&weights)),
        ("t".into(), Column::U64(&times)),
    ])
    .batch_rows(batch_rows);
    let spec = Spec {
        by: vec!["x:40:-3..3".into()],
        stat: STATISTICS.map(String::from).into(),
        ..Spec::default()
    };
    let options = Options {
        threads: Some(threads),
        memory: Some(1 << 30),
        split_rows: Some(split_rows as u64),
    };
    terabin::bin(&table, &spec, &options, &mut Unattended).unwrap()
}

/// The bits of all numbers.
fn numbers(report: &Report) -> Vec<u64> {
    let results = report.results.iter();
    let values = results.flat_map(|r| r.plan.statistics.iter().filter_map(|s| r.values(&s.name)));
    values
        .flat_map(|values| values.to_f64())
        .map(f64::to_bits)
        .collect()
}
