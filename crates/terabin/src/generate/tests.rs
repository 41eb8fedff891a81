use std::ops::ControlFlow;

use terabin_core::batch::Column;
use terabin_core::source::{Source, Split};

use super::normal::quantile;
use super::random::{Stream, uniform};
use super::{GenerateError, GenerateSpec, GeneratedSource, Precision};

fn source(rows: u64, files: u32, precision: Precision) -> GeneratedSource {
    GeneratedSource::new(GenerateSpec {
        rows,
        files,
        seed: 7,
        precision,
    })
    .unwrap()
}

/// All values of a column, as bits, read through splits of `target` rows.
fn bits(source: &GeneratedSource, column: usize, target: u64) -> Vec<u64> {
    let mut all = Vec::new();
    let mut next = 0;
    let mut reader = source.reader();
    for split in source.splits(target) {
        let outcome = reader.read(&split, &mut |batch| {
            assert_eq!(batch.first_row(), next);
            next += batch.rows() as u64;
            match batch.columns()[column] {
                Column::F64(v) => all.extend(v.iter().map(|v| v.to_bits())),
                Column::F32(v) => all.extend(v.iter().map(|v| u64::from(v.to_bits()))),
                Column::I64(v) => all.extend(v.iter().map(|v| v.cast_unsigned())),
                Column::U64(_) | Column::Bool(_) | Column::Datetime(_) | Column::Text(_) => {
                    unreachable!("no such column")
                }
            }
            ControlFlow::Continue(())
        });
        outcome.unwrap();
    }
    assert_eq!(next, source.rows());
    all
}

fn values(source: &GeneratedSource, column: usize) -> Vec<f64> {
    let bits = bits(source, column, 1 << 20);
    bits.into_iter().map(f64::from_bits).collect()
}

#[test]
fn any_partition_gives_the_same_bits() {
    for precision in [Precision::Double, Precision::Single] {
        for column in 0..6 {
            let whole = bits(&source(40_001, 1, precision), column, u64::MAX);
            for (files, target) in [(1, 777), (1, 16_384), (3, 20_000), (7, 1_000)] {
                let parts = bits(&source(40_001, files, precision), column, target);
                assert_eq!(parts, whole, "column {column}, {files} files of {target}");
            }
        }
    }
}

#[test]
fn single_is_double_rounded_once() {
    let double = values(&source(20_000, 1, Precision::Double), 3);
    let single = bits(&source(20_000, 1, Precision::Single), 3, 20_000);
    for (double, single) in double.into_iter().zip(single) {
        assert_eq!(u64::from(super::rounded(double).to_bits()), single);
    }
}

#[test]
fn files_share_rows_and_cuts_are_multiples() {
    let source = source(11, 4, Precision::Double);
    let files: Vec<_> = (0..5).map(|file| source.file_rows(file)).collect();
    assert_eq!(files, [0..3, 3..6, 6..9, 9..11, 11..11]);
    let splits: Vec<_> = source
        .splits(2)
        .iter()
        .map(|s| (s.input, s.start, s.end, s.first_row))
        .collect();
    let expected = [
        (0, 0, 2, 0),
        (0, 2, 3, 2),
        (1, 0, 2, 3),
        (1, 2, 3, 5),
        (2, 0, 2, 6),
        (2, 2, 3, 8),
        (3, 0, 2, 9),
    ];
    assert_eq!(splits, expected);
}

#[test]
fn no_rows_have_no_splits() {
    assert_eq!(source(0, 3, Precision::Double).splits(10), []);
    assert_eq!(source(2, 3, Precision::Double).splits(0).len(), 2);
}

#[test]
fn impossible_requests_are_refused() {
    let spec = |rows, files| GenerateSpec {
        rows,
        files,
        seed: 0,
        precision: Precision::Double,
    };
    let refused = |rows, files| GeneratedSource::new(spec(rows, files)).unwrap_err();
    assert_eq!(refused(1, 0), GenerateError::NoFiles);
    assert_eq!(refused(1 << 63, 1), GenerateError::TooManyRows(1 << 63));
}

#[test]
fn foreign_splits_are_refused() {
    let source = source(10, 2, Precision::Double);
    let foreign = [(2, 0, 1, 10), (0, 0, 6, 0), (0, 3, 2, 3), (1, 0, 1, 0)];
    for (input, start, end, first_row) in foreign {
        let split = Split {
            input,
            start,
            end,
            first_row,
        };
        let outcome = source
            .reader()
            .read(&split, &mut |_| ControlFlow::Continue(()));
        assert!(outcome.is_err(), "{split:?}");
    }
}

#[test]
fn a_break_ends_the_split() {
    let source = source(100_000, 1, Precision::Double);
    let mut batches = 0;
    for split in source.splits(u64::MAX) {
        let outcome = source.reader().read(&split, &mut |_| {
            batches += 1;
            ControlFlow::Break(())
        });
        outcome.unwrap();
    }
    assert_eq!(batches, 1);
}

#[test]
fn uniforms_lie_inside_the_unit_interval() {
    assert!(uniform(0) > 0.0);
    assert!(uniform(u64::MAX) < 1.0);
    assert_eq!(uniform(0).to_bits(), (1.0 - uniform(u64::MAX)).to_bits());
}

#[test]
fn streams_of_columns_and_seeds_differ() {
    let starts = [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(s, c)| Stream::new(s, c).bits(0));
    for (k, start) in starts.iter().enumerate() {
        assert!(!starts[..k].contains(start));
    }
}

#[test]
fn quantiles_agree_with_known_values() {
    // Tables; the last digits by `statistics.NormalDist` of Python.
    let known = [
        (0.5, 0.0),
        (0.975, 1.959_963_984_540_054),
        (0.025, -1.959_963_984_540_054),
        (0.75, 0.674_489_750_196_081_7),
        (0.25, -0.674_489_750_196_081_7),
        (1e-3, -3.090_232_306_167_813_5),
        (1e-10, -6.361_340_902_404_056),
        (1e-20, -9.262_340_089_798_408),
    ];
    for (p, value) in known {
        let error = (quantile(p) - value).abs();
        assert!(
            error <= 1e-15 * value.abs(),
            "quantile({p}) = {}",
            quantile(p)
        );
    }
}

/// Count, mean and standard deviation of the values that are not NaN.
fn moments(values: impl Iterator<Item = f64>) -> (f64, f64, f64) {
    let (mut n, mut sum, mut squares) = (0.0, 0.0, 0.0);
    for v in values.filter(|v| !v.is_nan()) {
        n += 1.0;
        sum += v;
        squares += v * v;
    }
    let mean = sum / n;
    (n, mean, (squares / n - mean * mean).sqrt())
}

#[test]
fn moments_are_plausible() {
    let rows = 1_000_000;
    let source = source(rows, 1, Precision::Double);
    for column in 0..3 {
        let (_, mean, std) = moments(values(&source, column).into_iter());
        assert!(
            mean.abs() < 4e-3 && (std - 1.0).abs() < 3e-3,
            "{mean} {std}"
        );
    }
    let masses = values(&source, 3);
    assert!(masses.iter().all(|&m| m >= 1.0));
    let (_, mean, std) = moments(masses.iter().map(|m| m.ln()));
    assert!(
        (mean - 0.4).abs() < 2e-3 && (std - 0.4).abs() < 2e-3,
        "{mean} {std}"
    );
    let (n, mean, std) = moments(values(&source, 4).iter().map(|t| (t / 1e4).ln()));
    assert!(
        mean.abs() < 4e-3 && (std - 1.0).abs() < 3e-3,
        "{mean} {std}"
    );
    assert!((999_850.0..=999_950.0).contains(&n), "{n} values");
}

#[test]
fn columns_are_not_correlated() {
    let source = source(1_000_000, 1, Precision::Double);
    let (x, y) = (values(&source, 0), values(&source, 1));
    let lagged: f64 = x.iter().zip(&x[1..]).map(|(a, b)| a * b).sum();
    let crossed: f64 = x.iter().zip(&y).map(|(a, b)| a * b).sum();
    assert!(
        lagged.abs() < 4e3 && crossed.abs() < 4e3,
        "{lagged} {crossed}"
    );
}

/// FNV-1a over the bits of the first 1,000 rows, column by column.
fn fingerprint(precision: Precision) -> u64 {
    let source = source(1_000, 1, precision);
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in (0..6)
        .flat_map(|c| bits(&source, c, 1_000))
        .flat_map(u64::to_le_bytes)
    {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
    }
    hash
}

#[test]
fn first_rows_have_the_bits_they_always_had() {
    assert_eq!(fingerprint(Precision::Double), 9_672_900_789_942_637_556);
    assert_eq!(fingerprint(Precision::Single), 3_907_611_056_717_909_251);
}
