//! Functions and casts by example, and as NumPy has them.

mod rows;

use rows::{floats, truths, with, wrong};
use terabin_core::batch::Column;
use terabin_expr::{EvalError, TypeError, Undefined};

#[test]
fn functions_of_two_numbers_are_those_of_numpy() {
    // Made by `tests/data/elementary.py`.
    let rows = include_str!("data/pairs.csv").lines().skip(1);
    let mut count = 0;
    for row in rows {
        let fields: Vec<&str> = row.split(',').collect();
        let float = |i: usize| f64::from_bits(u64::from_str_radix(fields[i], 16).unwrap());
        let (x, y, expected) = ([float(1)], [float(2)], float(3));
        let columns = [("x", Column::F64(&x)), ("y", Column::F64(&y))];
        let operator = match fields[0] {
            "floor_divide" => "x // y",
            "remainder" => "x % y",
            _ => "x",
        };
        for text in [format!("{}(x, y)", fields[0]), operator.to_owned()] {
            if text == "x" {
                continue;
            }
            let found = floats(&text, &columns)[0];
            let same = found.to_bits() == expected.to_bits();
            let same = same || (found.is_nan() && expected.is_nan());
            // Of two zeros, NumPy takes either, by the processor.
            let extreme = matches!(fields[0], "minimum" | "maximum" | "fmin" | "fmax");
            let zeros = extreme && found == 0.0 && expected == 0.0;
            assert!(
                same || zeros,
                "{text} of {x:?}, {y:?} is {found:?}, not {expected:?}"
            );
            count += 1;
        }
    }
    assert!(count > 2000);
}

#[test]
fn integers_without_a_value_name_their_row() {
    let columns = [
        ("i", Column::I64(&[7, i64::MIN, -7])),
        ("j", Column::I64(&[2, 1, 0])),
        ("x", Column::F64(&[1.5, -2.9, f64::NAN])),
    ];
    let cases = [
        ("i // j", Undefined::DivisionByZero, 1002),
        ("i % j", Undefined::DivisionByZero, 1002),
        ("fmod(i, j)", Undefined::DivisionByZero, 1002),
        ("j ** i", Undefined::NegativePower, 1001),
        ("i ** 23", Undefined::Overflow, 1000),
        ("i // -1", Undefined::Overflow, 1001),
        ("int64(x)", Undefined::NoInteger, 1002),
        ("int64(x * 1e19)", Undefined::NoInteger, 1000),
    ];
    for (text, expected, at) in cases {
        with(text, &columns, |value| match value {
            Err(EvalError::Undefined { why, row, .. }) => {
                assert_eq!((why, row), (expected, at), "{text}");
            }
            other => panic!("{text}: {other:?}"),
        });
    }
    with("i % j", &columns, |value| {
        let message =
            "row 1002: `i % j` divides an integer by zero; convert an operand with float64()";
        assert_eq!(value.unwrap_err().to_string(), message);
    });
    let error = wrong("1 // 0 + i", &columns);
    assert_eq!(
        error.to_string(),
        "`1 // 0` divides an integer by zero; write a number in it as a float, such as 1.0"
    );
    assert_eq!(error.pointed("1 // 0 + i"), "1 // 0 + i\n^^^^^^");
}

#[test]
fn casts_and_types() {
    let columns = [
        ("b", Column::Bool(&[true])),
        ("i", Column::I64(&[16_777_217])),
        ("u", Column::U64(&[u64::MAX])),
        ("s", Column::F32(&[0.1])),
        ("d", Column::F64(&[-2.5])),
    ];
    let value = |text: &str, expected: Column<'_>| {
        with(text, &columns, |value| {
            assert_eq!(value, Ok(expected), "{text}");
        });
    };
    value("float32(i)", Column::F32(&[16_777_216.0]));
    value("float32(u)", Column::F32(&[18_446_744_073_709_551_616.0]));
    value("float32(d)", Column::F32(&[-2.5]));
    value("float32(s)", Column::F32(&[0.1]));
    value("float64(s)", Column::F64(&[f64::from(0.1_f32)]));
    value("int64(d)", Column::I64(&[-2]));
    value("int64(b)", Column::I64(&[1]));
    value("int64(s)", Column::I64(&[0]));
    value("round(d)", Column::F64(&[-2.0]));
    value("floor(i)", Column::I64(&[16_777_217]));
    value("floor(u)", Column::U64(&[u64::MAX]));
    value("rint(b)", Column::F64(&[1.0]));
    value("sign(u)", Column::I64(&[1]));
    value("sign(d)", Column::F64(&[-1.0]));
    value("minimum(i, 3)", Column::I64(&[3]));
    value("maximum(u, u)", Column::U64(&[u64::MAX]));
    value("clip(d, -1, 1)", Column::F64(&[-1.0]));
    value("power(i, 2)", Column::I64(&[281_475_010_265_089]));
    value("i ** 2.0", Column::F64(&[281_475_010_265_089.0]));
    value("-7 // 2", Column::I64(&[-4]));
    value("-7 % 2", Column::I64(&[1]));
    value("7 % -2", Column::I64(&[-1]));
    value("fmod(-7, 2)", Column::I64(&[-1]));
    value("2 ** 62", Column::I64(&[1 << 62]));
    value("logical_and(b, not b)", Column::Bool(&[false]));
    value("signbit(d)", Column::Bool(&[true]));
    value("signbit(-0.0)", Column::Bool(&[true]));
    value("signbit(-(inf - inf))", Column::Bool(&[false]));
    value("copysign(1, -(inf - inf))", Column::F64(&[1.0]));
    value("isinf(s)", Column::Bool(&[false]));
    value("row()", Column::I64(&[1000]));
}

#[test]
fn rows_are_numbered_through_blocks_and_batches() {
    let column: Vec<i64> = (0..3000).collect();
    let columns = [("k", Column::I64(&column))];
    assert!(
        truths("row() == k + 1000", &columns)
            .iter()
            .all(|same| *same)
    );
}

#[test]
fn distances_are_to_the_nearest_image() {
    let (x, y) = ([1.0, 99.0, 50.0, -170.0], [1.0, 1.0, 50.0, 0.0]);
    let columns = [("P[:,0]", Column::F64(&x)), ("P[:,1]", Column::F64(&y))];
    let plain: Vec<f64> = x
        .iter()
        .zip(&y)
        .map(|(x, y)| ((x - 2.0) * (x - 2.0) + (y - 1.0) * (y - 1.0)).sqrt())
        .collect();
    assert_eq!(floats("distance(P, (2, 1))", &columns), plain);
    assert_eq!(floats("distance((2, 1), P)", &columns), plain);
    let boxed = floats("distance(P, (2, 1), box=100)", &columns);
    assert_eq!(
        boxed,
        [
            1.0,
            3.0,
            (48.0_f64 * 48.0 + 49.0 * 49.0).sqrt(),
            (28.0_f64 * 28.0 + 1.0).sqrt()
        ]
    );
    assert_eq!(
        floats("distance(P, (2, 1), box=(100, inf))", &columns)[1],
        3.0
    );
}

#[test]
fn a_box_has_a_size() {
    let columns = [("x", Column::F64(&[1.0]))];
    for text in [
        "distance((x,), (0,), box=0)",
        "distance((x,), (0,), box=(-3.5,))",
    ] {
        let error = wrong(text, &columns);
        assert!(matches!(error, TypeError::NotBox { .. }), "{error}");
    }
}

#[test]
fn sums_of_products_round_at_every_operation() {
    let numbers: Vec<f64> = (0..3001_i32).map(|i| f64::from(i - 1500) * 0.1).collect();
    let mut y: Vec<f64> = numbers.iter().map(|v| v * 1e150 + 0.3).collect();
    y[17] = f64::NAN;
    y[2999] = f64::NEG_INFINITY;
    let s: Vec<f32> = (0..3001_u16).map(|i| f32::from(i) * 0.7).collect();
    let columns = [
        ("x", Column::F64(&numbers)),
        ("y", Column::F64(&y)),
        ("s", Column::F32(&s)),
    ];
    let rows = numbers
        .iter()
        .zip(&y)
        .zip(&s)
        .map(|((x, y), s)| (*x, *y, f64::from(*s)));
    let check = |text: &str, naive: fn((f64, f64, f64)) -> f64| {
        let found = floats(text, &columns);
        let same = |(found, row): (&f64, _)| {
            found.to_bits() == naive(row).to_bits() || found.is_nan() && naive(row).is_nan()
        };
        assert!(found.iter().zip(rows.clone()).all(same), "{text}");
    };
    check("sqrt(x*x + y*y + s*s)", |(x, y, s)| {
        (x * x + y * y + s * s).sqrt()
    });
    check("x*y + y*s", |(x, y, s)| x * y + y * s);
    check("sqrt(x*y + y*s)", |(x, y, s)| (x * y + y * s).sqrt());
    check("x*y + (y*s + s*x)", |(x, y, s)| x * y + (y * s + s * x));
    check("x*x + y*y + s*s + x*s", |(x, y, s)| {
        x * x + y * y + s * s + x * s
    });
    check("x*x - y*y + 2*x", |(x, y, _)| x * x - y * y + 2.0 * x);
}

#[test]
fn choices_keep_every_bit() {
    let odd = f64::from_bits(0xfff8_0000_0000_1234);
    let (x, c) = ([odd, -0.0, 1.0], [true, true, false]);
    let columns = [("x", Column::F64(&x)), ("c", Column::Bool(&c))];
    let bits = |values: Vec<f64>| values.into_iter().map(f64::to_bits).collect::<Vec<_>>();
    assert_eq!(
        bits(floats("where(c, x, 2.0)", &columns)),
        bits(vec![odd, -0.0, 2.0])
    );
    assert_eq!(
        bits(floats("where(not c, 2.0, x)", &columns)),
        bits(vec![odd, -0.0, 2.0])
    );
    assert_eq!(
        truths("where(c, x > 0, c)", &columns),
        [false, false, false]
    );
    assert_eq!(truths("where(c, c, not c)", &columns), [true; 3]);
}
