//! Texts and datetimes by example, by pandas, and against naive comparisons.

mod rows;

use proptest::prelude::*;
use rows::{floats, truths, with, wrong};
use terabin_core::batch::{Column, Texts};
use terabin_core::datetime::NAT;
use terabin_expr::TypeError;

const DAY: i64 = 86_400_000_000_000;

#[test]
fn parts_of_datetimes_are_those_of_pandas() {
    const PARTS: [&str; 9] = [
        "year",
        "month",
        "day",
        "dayofweek",
        "dayofyear",
        "hour",
        "minute",
        "second",
        "nanosecond",
    ];
    for row in include_str!("data/calendar.csv").lines().skip(1) {
        let fields: Vec<i64> = row.split(',').map(|f| f.parse().unwrap()).collect();
        let times = [fields[0], NAT];
        let columns = [("t", Column::Datetime(&times))];
        for (part, expected) in PARTS.iter().zip(&fields[1..]) {
            let found = floats(&format!("{part}(t)"), &columns);
            assert_eq!(
                found[0],
                f64::from(i32::try_from(*expected).unwrap()),
                "{part} {row}"
            );
            assert!(found[1].is_nan());
        }
        with("date(t)", &columns, |value| {
            let day = fields[0]
                .div_euclid(DAY)
                .checked_mul(DAY)
                .unwrap_or(NAT + 1);
            assert_eq!(value, Ok(Column::Datetime(&[day, NAT])));
        });
    }
}

#[test]
fn datetimes_compare_with_dates_in_quotes() {
    let times = [0, DAY, 2 * DAY, NAT];
    let columns = [("t", Column::Datetime(&times))];
    let cases = [
        ("t >= '1970-01-02'", [false, true, true, false]),
        ("'1970-01-02T00:00:00Z' > t", [true, false, false, false]),
        (
            "t == \"1970-01-02T01:00+01:00\"",
            [false, true, false, false],
        ),
        ("t != '1970-01-02'", [true, false, true, true]),
        (
            "t > ' 1970-01-01 23:59:59.999999999'",
            [false, true, true, false],
        ),
        (
            "t < '1970-01-01T00:00:00.000000001-00:30'",
            [true, false, false, false],
        ),
        (
            "'1970-01-01' < t <= '1970-01-03'",
            [false, true, true, false],
        ),
        (
            "t in ('1970-01-01', '1970-01-03')",
            [true, false, true, false],
        ),
        ("t == t", [true, true, true, false]),
        ("t <= date(t)", [true, true, true, false]),
        (
            "date(t) == where(t > '1970-01-02', t, t)",
            [true, true, true, false],
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(truths(text, &columns), expected, "{text}");
    }
    let error = wrong("t > '1970-13-01'", &columns);
    assert!(
        error
            .to_string()
            .starts_with("`1970-13-01` is not a date: a date is written")
    );
    assert_eq!(error.position(), 4..16);
    for text in [
        "t > '1970-01-01T12:30+0100'",
        "t > '1970-01-01T12:30[UTC]'",
        "t > '1970-01-01T12:30+01:00:00'",
        "t > '1970-01-01T'",
        "t > '1970-01-01Z'",
        "t > '1970-02-30'",
        "t > '1970-01-01T25:00'",
        "t > '1970-01-01T1:2'",
        "t > '1970'",
        "t > 'x'",
        "t > '1970-01-0é'",
        "t > '9999-01-01'",
        "t > ''",
    ] {
        assert!(
            matches!(wrong(text, &columns), TypeError::NotDate { .. }),
            "{text}"
        );
    }
    for text in ["t > 3", "t == (1 > 0)", "3.0 in (t,)"] {
        assert!(
            matches!(wrong(text, &columns), TypeError::NotComparable { .. }),
            "{text}"
        );
    }
    let error = wrong("hour(1)", &columns);
    assert_eq!(
        error.to_string(),
        "`hour` takes a datetime, but `1` is int64"
    );
}

#[test]
fn texts_are_equal_or_not() {
    let texts = Texts::new(&[3, 7, 7, 10], b"gasstar\xff\x00a");
    let columns = [
        ("k", Column::Text(texts)),
        ("n", Column::I64(&[1, 2, 3, 4])),
    ];
    let cases = [
        ("k == 'gas'", [true, false, false, false]),
        ("'gas' != k", [false, true, true, true]),
        ("k == ''", [false, false, true, false]),
        ("k in ('gas', \"star\")", [true, true, false, false]),
        ("k not in ('gas',) and n < 4", [false, true, true, false]),
        ("k == k", [true; 4]),
        ("'a' == 'a'", [true; 4]),
        ("'a' in ('b', 'c')", [false; 4]),
        ("k in ()", [false; 4]),
        ("n not in ()", [true; 4]),
    ];
    for (text, expected) in cases {
        assert_eq!(truths(text, &columns), expected, "{text}");
    }
    for text in [
        "k < 'gas'",
        "k == 3",
        "k in ('gas', 3)",
        "k == n",
        "'a' <= 'b'",
    ] {
        assert!(
            matches!(wrong(text, &columns), TypeError::NotComparable { .. }),
            "{text}"
        );
    }
    let error = wrong("'k' + 1", &columns);
    assert_eq!(
        error.to_string(),
        "`\"k\"` is string, where a number is needed; a column's name takes back-quotes, not quotes"
    );
    assert_eq!(error.pointed("'k' + 1"), "'k' + 1\n^^^");
}

const OPERATORS: [&str; 6] = ["<", "<=", ">", ">=", "==", "!="];

/// What is no time is unequal to everything and in no order.
fn compares(operator: &str, a: i64, b: i64) -> bool {
    let known = a != NAT && b != NAT;
    match operator {
        "<" => known && a < b,
        "<=" => known && a <= b,
        ">" => known && a > b,
        ">=" => known && a >= b,
        "==" => known && a == b,
        _ => !known || a != b,
    }
}

fn times() -> impl Strategy<Value = i64> {
    prop_oneof![4 => -3..3_i64, 1 => Just(NAT), 1 => Just(DAY), 1 => any::<i64>()]
}

proptest! {
    #[test]
    fn datetimes_compare_as_numbers_that_may_be_missing(some in prop::collection::vec((times(), times()), 1..40), copies in 1..60_usize) {
        let (t, u): (Vec<i64>, Vec<i64>) = some.repeat(copies).into_iter().unzip();
        let columns = [("t", Column::Datetime(&t)), ("u", Column::Datetime(&u))];
        for operator in OPERATORS {
            let naive: Vec<bool> = t.iter().zip(&u).map(|(t, u)| compares(operator, *t, *u)).collect();
            prop_assert_eq!(truths(&format!("t {operator} u"), &columns), naive);
            let naive: Vec<bool> = t.iter().map(|t| compares(operator, *t, DAY)).collect();
            prop_assert_eq!(truths(&format!("t {operator} '1970-01-02'"), &columns), naive);
        }
        let naive: Vec<bool> = t.iter().zip(&u).map(|(t, u)| !compares("==", *t, *u) && !compares("==", *t, 0)).collect();
        prop_assert_eq!(truths("t not in (u, '1970-01-01')", &columns), naive);
    }

    #[test]
    fn texts_compare_as_bytes(some in prop::collection::vec(("[ab\u{0}é]{0,2}", "[ab]{0,2}"), 1..40), copies in 1..60_usize) {
        let (k, l): (Vec<String>, Vec<String>) = some.iter().cycle().take(copies * some.len()).cloned().unzip();
        let ends = |texts: &[String]| -> Vec<u32> {
            texts.iter().scan(0, |end, text| {
                *end += u32::try_from(text.len()).unwrap();
                Some(*end)
            }).collect()
        };
        let (k_ends, l_ends, k_bytes, l_bytes) = (ends(&k), ends(&l), k.concat(), l.concat());
        let columns = [
            ("k", Column::Text(Texts::new(&k_ends, k_bytes.as_bytes()))),
            ("l", Column::Text(Texts::new(&l_ends, l_bytes.as_bytes()))),
        ];
        let naive = |equal: fn(&str, &str) -> bool| -> Vec<bool> {
            k.iter().zip(&l).map(|(k, l)| equal(k, l)).collect()
        };
        prop_assert_eq!(truths("k == l", &columns), naive(|k, l| k == l));
        prop_assert_eq!(truths("l != k", &columns), naive(|k, l| k != l));
        prop_assert_eq!(truths("k == 'ab'", &columns), naive(|k, _| k == "ab"));
        prop_assert_eq!(truths("k in ('é', l, '')", &columns), naive(|k, l| k == "é" || k == l || k.is_empty()));
    }
}
