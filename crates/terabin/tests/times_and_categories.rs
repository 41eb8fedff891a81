//! Datetimes and texts through the library, from the request to the files.

use terabin::output::{Folder, OutputOptions, text_table, write};
use terabin::{ArrayTable, ErrorKind, Options, Report, Spec, Unattended};
use terabin_core::batch::{Column, Texts};
use terabin_core::datetime::NAT;
use terabin_core::histogram::Values;

const HOUR: i64 = 3_600_000_000_000;
/// 2024-01-01T00:00:00.
const NEW_YEAR: i64 = 19_723 * 24 * HOUR;

/// Eight rows: times of a day, the last none; kinds; codes; values.
fn times() -> [i64; 8] {
    let at = |minutes: i64| NEW_YEAR + minutes * HOUR / 60;
    [
        at(0),
        at(59),
        at(60),
        at(90),
        at(23 * 60),
        at(24 * 60),
        at(24 * 60) + 1,
        NAT,
    ]
}

const ENDS: [u32; 8] = [3, 7, 7, 10, 14, 18, 21, 25];
const KINDS: &[u8] = b"gasstargasstarstargasdust";
const CODES: [i64; 8] = [3, -1, 3, 7, 3, 7, -1, 3];
const BITS: [u64; 8] = [u64::MAX, 1, 1, 2, 2, 2, 2, 2];
const VALUES: [f64; 8] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];

fn run(by: &[&str], stat: &[&str]) -> terabin::Result<Report> {
    let times = times();
    let table = ArrayTable::new(vec![
        ("t".into(), Column::Datetime(&times)),
        ("kind".into(), Column::Text(Texts::new(&ENDS, KINDS))),
        ("code".into(), Column::I64(&CODES)),
        ("bits".into(), Column::U64(&BITS)),
        ("v".into(), Column::F64(&VALUES)),
    ])
    .batch_rows(3);
    let texts = |texts: &[&str]| texts.iter().map(|&t| t.to_owned()).collect();
    let spec = Spec {
        by: texts(by),
        stat: texts(stat),
        ..Spec::default()
    };
    let options = Options {
        threads: Some(2),
        memory: Some(1 << 30),
        split_rows: Some(3),
    };
    terabin::bin(&table, &spec, &options, &mut Unattended)
}

fn counts(by: &str) -> Vec<u64> {
    let report = run(&[by], &[]).unwrap_or_else(|e| panic!("{by}: {e}"));
    report.results[0].counts()
}

fn names(report: &Report) -> Vec<String> {
    let axes = report.results[0].histogram.axes().axes();
    axes[0].categories().unwrap().to_vec()
}

#[test]
fn hours_of_a_day_are_counted() {
    let report = run(
        &["t:step:1h:2024-01-01..2024-01-02"],
        &["min(t)", "max(t)", "count(t)"],
    )
    .unwrap();
    let result = &report.results[0];
    let rows = result.histogram.rows();
    // Midnight is the last edge; a nanosecond later is beyond it.
    assert_eq!((rows.in_range, rows.outside, rows.nan_axis), (6, 1, 1));
    let counts = result.counts();
    assert_eq!(
        (counts.len(), &counts[..2], counts[23]),
        (24, &[2, 2][..], 2)
    );
    let Some(Values::I64(least)) = result.values("min(t)") else {
        panic!("times are integers");
    };
    assert_eq!(&least[..3], [NEW_YEAR, NEW_YEAR + HOUR, NAT]);
    assert_eq!(
        result.plan.axes[0].units.as_deref(),
        Some("ns since 1970-01-01")
    );
    assert_eq!(
        result.plan.statistics[1].units.as_deref(),
        Some("ns since 1970-01-01")
    );
}

#[test]
fn limits_may_have_a_time_of_the_day() {
    assert_eq!(counts("t:2:2024-01-01T00:30..2024-01-01T01:30:00"), [1, 2]);
    assert_eq!(
        counts("t:edges:-inf,2024-01-01T01:00,2024-01-02,inf"),
        [2, 3, 2]
    );
    // 2024-01-01T00:00 with an offset of an hour is an hour earlier.
    assert_eq!(
        counts("t:1:2024-01-01T01:00+01:00..2024-01-01T02:00+01:00"),
        [3]
    );
    assert_eq!(counts("t:circular:24:0..86400e9")[..3], [4, 2, 0]);
}

#[test]
fn the_range_of_the_data_holds_all_of_them() {
    assert_eq!(counts("t:2"), [4, 3]);
    assert_eq!(counts("t:step:12h"), [4, 1, 2]);
    // One time that lies between two doubles.
    let one = [NEW_YEAR + 1];
    let table = ArrayTable::new(vec![("t".into(), Column::Datetime(&one))]);
    let spec = Spec {
        by: vec!["t".into()],
        ..Spec::default()
    };
    let report = terabin::bin(&table, &spec, &Options::default(), &mut Unattended).unwrap();
    assert_eq!(report.results[0].counts().iter().sum::<u64>(), 1);
}

#[test]
fn the_categories_of_the_data_are_found_and_sorted() {
    for by in ["kind:cat", "kind"] {
        let report = run(&[by], &["sum(v)"]).unwrap();
        assert_eq!(names(&report), ["", "dust", "gas", "star"]);
        assert_eq!(report.results[0].counts(), [1, 1, 3, 3]);
        assert_eq!(report.passes, 2);
        let sums = Values::F64(vec![3.0, 8.0, 12.0, 13.0]);
        assert_eq!(report.results[0].values("sum(v)"), Some(sums));
    }
    let report = run(&["code:cat"], &[]).unwrap();
    assert_eq!(
        (names(&report), report.results[0].counts()),
        (vec!["-1".into(), "3".into(), "7".into()], vec![2, 4, 2])
    );
    let report = run(&["bits:cat"], &[]).unwrap();
    assert_eq!(names(&report), ["1", "2", "18446744073709551615"]);
}

#[test]
fn a_column_may_be_surveyed_for_two_kinds_of_axes() {
    let report = run(&["code:cat", "code:2", "kind"], &[]).unwrap();
    assert_eq!(report.results[0].histogram.axes().shape(), [3, 2, 4]);
    assert_eq!(report.results[0].histogram.rows().in_range, 8);
}

#[test]
fn categories_that_are_not_named_are_outside() {
    let report = run(&["kind:cat:star,gas,''"], &[]).unwrap();
    let result = &report.results[0];
    assert_eq!(names(&report), ["star", "gas", ""]);
    assert_eq!((result.counts(), report.passes), (vec![3, 3, 1], 1));
    let rows = result.histogram.rows();
    assert_eq!((rows.in_range, rows.outside, rows.nan_axis), (7, 1, 0));
    assert_eq!(
        (&rows.underflow[..], &rows.overflow[..]),
        (&[0][..], &[1][..])
    );
    assert_eq!(counts("code:cat:7,3"), [2, 4]);
    assert_eq!(counts("v > 3:cat"), [3, 5]);
    assert_eq!(counts("v > 3"), [3, 5]);
}

#[test]
fn hashes_tell_categories_of_different_types_apart() {
    let hash = |by: &str| run(&[by], &[]).unwrap().state_hash;
    assert_eq!(hash("kind"), hash("kind:cat"));
    assert_ne!(hash("kind:cat:gas,star"), hash("kind:cat:star,gas"));
    let truths = run(&["v > 3"], &[]).unwrap().state_hash;
    assert_ne!(truths, hash("kind:cat:false,true"));
}

#[test]
fn what_has_no_meaning_is_refused_with_what_to_do() {
    for (by, stat, words) in [
        ("kind:10", "", "kind:cat"),
        ("kind:int", "", "kind:cat"),
        ("kind == 3", "", "texts"),
        ("v", "mean(kind)", "kind:cat"),
        ("v", "count(kind)", "kind:cat"),
        ("v", "mean(t)", "count, min, max, first"),
        ("v", "sum(t)", "count, min, max, first"),
        (
            "v:cat",
            "",
            "categories are texts, integers or truth values",
        ),
        (
            "t:cat",
            "",
            "categories are texts, integers or truth values",
        ),
        ("code:cat:gas", "", "`gas` is not a value of int64"),
        ("bits:cat:-1", "", "`-1` is not a value of uint64"),
        ("kind:cat:gas,gas", "", "twice"),
        ("v > 3:cat:true", "", "write :cat alone"),
        (
            "v:10:2024-01-01..2024-01-02",
            "",
            "only datetimes have dates",
        ),
        (
            "v:edges:2024-01-01,2024-01-02",
            "",
            "only datetimes have dates",
        ),
        ("v:step:1h", "", "only datetimes have widths"),
        ("t:step:10", "", "needs a unit"),
        ("t:24:2024-01-02..2024-01-01", "", "is empty"),
        ("t + 1", "", "datetime"),
    ] {
        let stat: Vec<&str> = [stat].into_iter().filter(|s| !s.is_empty()).collect();
        let error = run(&[by], &stat).err().unwrap_or_else(|| panic!("{by}"));
        assert_eq!(error.kind(), ErrorKind::Request, "{by}: {error}");
        let text = error.to_string();
        assert!(text.contains(words) && !text.contains('\n'), "{by}: {text}");
    }
}

#[test]
fn more_categories_than_an_axis_has_end_the_survey() {
    let ids: Vec<i64> = (0..70_000).collect();
    let table = ArrayTable::new(vec![("id".into(), Column::I64(&ids))]);
    let spec = Spec {
        by: vec!["id:cat".into()],
        ..Spec::default()
    };
    let error = terabin::bin(&table, &spec, &Options::default(), &mut Unattended);
    let error = error.err().expect("too many");
    assert_eq!(error.kind(), ErrorKind::Request);
    assert!(
        error
            .to_string()
            .contains("id has more than 65536 categories"),
        "{error}"
    );
    let long = vec![b'x'; 2000];
    let table = ArrayTable::new(vec![("s".into(), Column::Text(Texts::new(&[2000], &long)))]);
    let spec = Spec {
        by: vec!["s".into()],
        ..Spec::default()
    };
    let error = terabin::bin(&table, &spec, &Options::default(), &mut Unattended);
    let error = error.err().expect("too long").to_string();
    assert!(error.contains("s has a text of 2000 bytes"), "{error}");
}

#[test]
fn texts_and_times_are_no_columns_of_their_own() {
    let report = run(&[], &[]).unwrap();
    let names: Vec<_> = report
        .results
        .iter()
        .map(|r| r.plan.name.as_str())
        .collect();
    assert_eq!(names, ["code", "bits", "v"]);
}

#[test]
fn no_rows_have_no_categories() {
    let columns = [
        ("kind", Column::Text(Texts::new(&[], &[]))),
        ("k", Column::U64(&[])),
    ];
    for (by, column) in columns {
        let table = ArrayTable::new(vec![(by.into(), column)]);
        let spec = Spec {
            by: vec![format!("{by}:cat")],
            ..Spec::default()
        };
        let report = terabin::bin(&table, &spec, &Options::default(), &mut Unattended).unwrap();
        assert_eq!(report.results[0].counts(), [0; 0]);
        let dir = tempfile::tempdir().unwrap();
        files(&report, dir.path());
        let csv = std::fs::read_to_string(dir.path().join(format!("{by}.csv"))).unwrap();
        assert_eq!(csv, format!("{by},count\n"));
    }
}

fn files(report: &Report, path: &std::path::Path) {
    let folder = Folder::open(path).unwrap();
    let options = OutputOptions { state: true };
    write(folder, report, &Spec::default(), options, &mut Unattended).unwrap();
}

#[test]
fn tables_have_dates_and_names() {
    let by = ["t:2:2024-01-01..2024-01-01T03:00", "kind:cat:gas,star"];
    let report = run(&by, &["max(t)"]).unwrap();
    let dir = tempfile::tempdir().unwrap();
    files(&report, dir.path());
    let csv = std::fs::read_to_string(dir.path().join("t_kind.csv")).unwrap();
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], "t_low,t_high,kind,count,max(t)");
    assert_eq!(
        lines[2],
        "2024-01-01T00:00:00,2024-01-01T01:30:00,star,1,2024-01-01T00:59:00"
    );
    assert_eq!(
        lines[4],
        "2024-01-01T01:30:00,2024-01-01T03:00:00,star,0,NaT"
    );
    let mut table = Vec::new();
    text_table::write(&report.results[0], 10, &mut table).unwrap();
    let table = String::from_utf8(table).unwrap();
    assert!(table.contains("2024-01-01T01:30:00  star"), "{table}");
}

#[test]
fn names_of_categories_are_shown_as_they_are() {
    let (ends, bytes) = ([12, 15], b"1234567890.5a\nb");
    let table = ArrayTable::new(vec![("s".into(), Column::Text(Texts::new(&ends, bytes)))]);
    let spec = Spec {
        by: vec!["s".into()],
        ..Spec::default()
    };
    let report = terabin::bin(&table, &spec, &Options::default(), &mut Unattended).unwrap();
    let mut out = Vec::new();
    text_table::write(&report.results[0], 10, &mut out).unwrap();
    let out = String::from_utf8(out).unwrap();
    assert!(
        out.contains("1234567890.5") && out.contains("a\\nb"),
        "{out}"
    );
}
