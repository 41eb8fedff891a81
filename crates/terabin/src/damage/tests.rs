use std::collections::BTreeSet;
use std::ops::{ControlFlow, Range};

use proptest::prelude::*;
use terabin_core::batch::{Batch, Column, DataType};
use terabin_core::source::{Field, ReadCounters, Reader, Schema, Source, SourceError, Split};

use super::*;
use crate::{Options, Report, Result, Spec, Table, Unattended, bin};

fn damage(file: &str, dataset: &str, rows: Range<u64>, cause: &str) -> Damage {
    Damage {
        file: file.to_owned(),
        dataset: dataset.to_owned(),
        rows,
        cause: cause.to_owned(),
    }
}

/// The runs of consecutive rows of a set.
fn runs(rows: &BTreeSet<u64>) -> Vec<Range<u64>> {
    let mut runs: Vec<Range<u64>> = Vec::new();
    for &row in rows {
        match runs.last_mut() {
            Some(last) if last.end == row => last.end = row + 1,
            _ => runs.push(row..row + 1),
        }
    }
    runs
}

proptest! {
    #[test]
    fn pieces_make_the_runs_of_their_rows(
        pieces in prop::collection::vec((0..60_u64, 0..9_u64, any::<bool>()), 0..25),
    ) {
        let mut damages = Damages::default();
        let (mut x, mut y) = (BTreeSet::new(), BTreeSet::new());
        for (start, length, of_x) in pieces {
            let rows = start..start + length;
            let (dataset, set) = if of_x { ("/x", &mut x) } else { ("/y", &mut y) };
            set.extend(rows.clone());
            damages.add([damage("a.h5", dataset, rows, "cut off")]);
        }
        let of = |dataset, set: &BTreeSet<u64>| {
            let runs = runs(set).into_iter();
            runs.map(|rows| damage("a.h5", dataset, rows, "cut off")).collect::<Vec<_>>()
        };
        prop_assert_eq!(damages.into_list(), [of("/x", &x), of("/y", &y)].concat());
    }
}

#[test]
fn places_are_sorted_by_file_dataset_and_rows() {
    let sorted = [
        damage("a.h5", "/x", 0..10, "z"),
        damage("a.h5", "/x", 20..30, "a"),
        damage("a.h5", "/y", 5..6, "z"),
        damage("b.h5", "/x", 0..1, "z"),
    ];
    let mut damages = Damages::default();
    damages.add(sorted.iter().rev().chain(&sorted).cloned());
    assert_eq!(damages.into_list(), sorted);
}

#[test]
fn memory_is_bounded() {
    let mut damages = Damages::default();
    let most = MOST as u64;
    let place = |i: u64| damage("a.h5", "/x", 2 * i..2 * i + 1, "cut off");
    damages.add((0..2 * most).rev().map(place));
    assert_eq!(damages.ends.len(), MOST);
    assert!(damages.into_list().into_iter().eq((0..most).map(place)));
}

#[test]
fn the_first_places_are_told() {
    assert_eq!(notes(0, &[]), [""; 0]);
    let places = |n: u64| -> Vec<Damage> {
        let place = |i| damage("a.h5", "/x", 100 * i..100 * i + 7, "the chunk is cut off");
        (0..n).map(place).collect()
    };
    let few = notes(7, &places(1));
    assert_eq!(
        few,
        [
            "7 rows skipped: they could not be read and are in no result",
            "skipped: a.h5, /x, rows 0..7: the chunk is cut off",
        ]
    );
    assert_eq!(notes(70, &places(10)).len(), 11);
    let many = notes(84, &places(12));
    assert_eq!(many.len(), 12);
    assert!(
        many.last()
            .is_some_and(|last| last.contains("2 more places"))
    );
}

/// The numbers 0 to 999 as `x`, without those of two places that cannot be read.
struct Damaged {
    schema: Schema,
}

const ROWS: u64 = 1000;
const UNREADABLE: [Range<u64>; 2] = [100..250, 900..930];

impl Damaged {
    fn new() -> Self {
        let x = Field {
            name: "x".to_owned(),
            data_type: DataType::F64,
            units: None,
            long_name: None,
        };
        Self {
            schema: Schema { fields: vec![x] },
        }
    }
}

fn readable(rows: Range<u64>) -> Vec<f64> {
    let there = |row: &u64| !UNREADABLE.iter().any(|u| u.contains(row));
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    rows.filter(there).map(|row| row as f64).collect()
}

impl Source for Damaged {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn rows(&self) -> u64 {
        ROWS
    }

    fn splits(&self, target_rows: u64) -> Vec<Split> {
        let step = usize::try_from(target_rows).unwrap();
        let split = |start| Split {
            input: 0,
            start,
            end: (start + target_rows).min(ROWS),
            first_row: start,
        };
        (0..ROWS).step_by(step).map(split).collect()
    }

    fn reader(&self) -> Box<dyn Reader + '_> {
        Box::new(DamagedReader::default())
    }

    fn batch_rows(&self) -> usize {
        1000
    }

    fn reader_bytes(&self) -> u64 {
        0
    }
}

#[derive(Default)]
struct DamagedReader {
    counters: ReadCounters,
    damages: Vec<Damage>,
}

impl Reader for DamagedReader {
    fn read(
        &mut self,
        split: &Split,
        sink: &mut dyn FnMut(&Batch<'_>) -> ControlFlow<()>,
    ) -> std::result::Result<(), SourceError> {
        for unreadable in UNREADABLE {
            let rows = unreadable.start.max(split.start)..unreadable.end.min(split.end);
            let damage = damage("/data/a.h5", "/x", rows, "the chunk is cut off");
            self.damages.push(damage);
        }
        let x = readable(split.start..split.end);
        self.counters.skipped += split.rows() - x.len() as u64;
        let _ = sink(&Batch::new(&[Column::F64(&x)], x.len(), split.first_row));
        Ok(())
    }

    fn counters(&self) -> ReadCounters {
        self.counters
    }

    fn damages(&mut self) -> Vec<Damage> {
        std::mem::take(&mut self.damages)
    }
}

impl Table for Damaged {
    fn numeric_columns(&self, _beside: &[String]) -> Result<Vec<String>> {
        Ok(vec!["x".to_owned()])
    }

    fn has_column(&self, name: &str) -> bool {
        name == "x"
    }

    fn select(&self, _columns: &[String], _request: &[String]) -> Result<Box<dyn Source + '_>> {
        Ok(Box::new(Self::new()))
    }

    fn stored_bytes(&self, _columns: &[String]) -> Result<u64> {
        Ok(0)
    }
}

/// A survey and a fill, both of which meet the damage.
fn report(threads: usize, split_rows: u64) -> Report {
    let spec = Spec {
        by: vec!["x:10".to_owned()],
        ..Spec::default()
    };
    let options = Options {
        threads: Some(threads),
        split_rows: Some(split_rows),
        ..Options::default()
    };
    bin(&Damaged::new(), &spec, &options, &mut Unattended).unwrap()
}

#[test]
fn a_run_tells_damage_once_whatever_the_splits() {
    let cause = "the chunk is cut off";
    let told = UNREADABLE.map(|rows| damage("/data/a.h5", "/x", rows, cause));
    for (threads, split_rows) in [(1, 1000), (1, 7), (2, 64), (5, 1)] {
        let report = report(threads, split_rows);
        assert_eq!(report.passes, 2);
        assert_eq!(report.damages, told, "{threads} threads, {split_rows} rows");
        assert_eq!((report.rows, report.skipped()), (ROWS, 180));
        let notes = report.damage_notes();
        assert!(notes[0].starts_with("180 rows skipped"), "{notes:?}");
        assert_eq!(notes.len(), 3);
    }
}

#[test]
fn the_summary_lists_damage_and_the_report_does_not() {
    use crate::output::json;
    let report = report(2, 64);
    let summary = json::summary(&report, &serde_json::json!({}), &[]);
    let wanted = serde_json::json!([
        { "file": "/data/a.h5", "dataset": "/x", "rows": [100, 250], "cause": "the chunk is cut off" },
        { "file": "/data/a.h5", "dataset": "/x", "rows": [900, 930], "cause": "the chunk is cut off" },
    ]);
    assert_eq!(
        (&summary["damages"], &summary["skipped"]),
        (&wanted, &180.into())
    );
    assert!(json::report(&report, &[]).get("damages").is_none());
}
