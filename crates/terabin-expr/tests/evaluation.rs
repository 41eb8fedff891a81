//! Binding and evaluation by example.

use terabin_core::batch::{Batch, Column, DataType};
use terabin_core::source::{Field, Schema};
use terabin_expr::{EvalError, Scratch, TypeError, Undefined, parse};

fn schema(columns: &[(&str, DataType)]) -> Schema {
    let field = |(name, data_type): &(&str, DataType)| Field {
        name: (*name).to_owned(),
        data_type: *data_type,
        units: None,
        long_name: None,
    };
    Schema {
        fields: columns.iter().map(field).collect(),
    }
}

#[test]
fn a_bare_column_is_the_batch_s_own_slice() {
    let values = [1.5_f32, f32::NAN];
    let columns = [Column::F32(&values)];
    let bound = parse("(x)")
        .unwrap()
        .bind(&schema(&[("x", DataType::F32)]))
        .unwrap();
    assert_eq!(bound.column(), Some(0));
    assert_eq!(bound.scratch_bytes(1000), 0);
    let mut scratch = Scratch::new();
    match bound
        .evaluate(&Batch::new(&columns, 2, 0), &mut scratch)
        .unwrap()
    {
        Column::F32(slice) => assert!(std::ptr::eq(slice, values.as_slice())),
        other => panic!("{other:?}"),
    }
}

#[test]
fn lookups_are_columns_of_their_canonical_name() {
    let mass = "attr(\"Header\", \"MassTable\", 1)";
    let schema = schema(&[(mass, DataType::F64), ("index(0)", DataType::U64)]);
    let expr = parse("index(0) * attr('Header','MassTable',1) >= 6").unwrap();
    assert_eq!(expr.columns(), ["index(0)", mass]);
    let columns = [Column::F64(&[2.5; 4]), Column::U64(&[1, 2, 3, 4])];
    let mut scratch = Scratch::new();
    let bound = expr.bind(&schema).unwrap();
    let value = bound.evaluate(&Batch::new(&columns, 4, 0), &mut scratch);
    assert_eq!(value, Ok(Column::Bool(&[false, false, true, true])));
    let error = parse("index(1)").unwrap().bind(&schema).unwrap_err();
    assert!(error.to_string().contains("`index(1)`"), "{error}");
}

#[test]
fn several_expressions_live_on_one_batch() {
    let schema = schema(&[("x", DataType::F32)]);
    let product = parse("x * 1e30").unwrap().bind(&schema).unwrap();
    let filter = parse("0 < x <= 3").unwrap().bind(&schema).unwrap();
    let (mut first, mut second) = (Scratch::new(), Scratch::new());
    // Batches of changing size on the same buffers.
    for rows in [3_usize, 5000, 0, 1024, 1025] {
        let x: Vec<f32> = (0..100_u8)
            .cycle()
            .take(rows)
            .map(|i| 1e30 * f32::from(i))
            .collect();
        let columns = [Column::F32(&x)];
        let batch = Batch::new(&columns, rows, 0);
        let product = product.evaluate(&batch, &mut first).unwrap();
        let filter = filter.evaluate(&batch, &mut second).unwrap();
        let expected: Vec<f64> = x.iter().map(|v| f64::from(*v) * 1e30).collect();
        assert_eq!(product, Column::F64(&expected));
        let expected: Vec<bool> = x.iter().map(|v| 0.0 < *v && *v <= 3.0).collect();
        assert_eq!(filter, Column::Bool(&expected));
    }
}

#[test]
fn the_middle_of_a_chain_stays_until_its_second_reading() {
    let schema = schema(&[("d", DataType::F64), ("s", DataType::F32)]);
    let bound = parse("d < d + 1 < s").unwrap().bind(&schema).unwrap();
    let columns = [Column::F64(&[1.0, 1.0]), Column::F32(&[3.0, 1.5])];
    let mut scratch = Scratch::new();
    let between = bound
        .evaluate(&Batch::new(&columns, 2, 0), &mut scratch)
        .unwrap();
    assert_eq!(between, Column::Bool(&[true, false]));
}

#[test]
fn an_overflow_names_the_row_in_any_block() {
    let bound = parse("1 + abs(i)")
        .unwrap()
        .bind(&schema(&[("i", DataType::I64)]))
        .unwrap();
    let mut i = vec![7_i64; 3000];
    i[2500] = i64::MAX;
    let columns = [Column::I64(&i)];
    let error = bound
        .evaluate(&Batch::new(&columns, 3000, 1_000_000), &mut Scratch::new())
        .unwrap_err();
    let expression = "1 + abs(i)".to_owned();
    assert_eq!(
        error,
        EvalError::Undefined {
            expression,
            why: Undefined::Overflow,
            row: 1_002_500
        }
    );
}

#[test]
fn unsigned_arithmetic_is_exact_where_the_result_fits() {
    let bound = parse("u - v").unwrap();
    let bound = bound
        .bind(&schema(&[("u", DataType::U64), ("v", DataType::U64)]))
        .unwrap();
    let columns = [
        Column::U64(&[u64::MAX, 0]),
        Column::U64(&[u64::MAX - 3, 1 << 63]),
    ];
    let mut scratch = Scratch::new();
    let difference = bound
        .evaluate(&Batch::new(&columns, 2, 0), &mut scratch)
        .unwrap();
    assert_eq!(difference, Column::I64(&[3, i64::MIN]));
}

#[test]
fn a_column_wins_over_a_constant() {
    let expr = parse("e").unwrap();
    assert_eq!(expr.bind(&schema(&[])).unwrap().data_type(), DataType::F64);
    let bound = expr.bind(&schema(&[("e", DataType::I64)])).unwrap();
    assert_eq!(
        (bound.column(), bound.data_type()),
        (Some(0), DataType::I64)
    );
    assert!(parse("`e`").unwrap().bind(&schema(&[])).is_err());
}

#[test]
fn type_errors_explain() {
    let schema = schema(&[
        ("x", DataType::F64),
        ("y", DataType::I64),
        ("Masses", DataType::F64),
    ]);
    let message = |text: &str| parse(text).unwrap().bind(&schema).unwrap_err().to_string();
    assert_eq!(
        message("x > 0 & y > 0"),
        "`&` needs booleans, but `0` is int64; it binds tighter than comparisons: \
         write `(x > 0) & (y > 0)` or `x > 0 and y > 0`"
    );
    assert_eq!(
        message("not x"),
        "`not` needs booleans, but `x` is float64; compare it with a number, such as `x != 0`"
    );
    assert_eq!(
        message("masse > 1"),
        "there is no column `masse`; did you mean `Masses`?"
    );
    assert_eq!(
        message("x > 9223372036854775807 + 1"),
        "`9223372036854775807 + 1` does not fit in int64; \
         write a number in it as a float, such as 1.0"
    );
    let error = parse("x + (1 or y)").unwrap().bind(&schema).unwrap_err();
    assert!(matches!(error, TypeError::NotBoolean { .. }));
    assert_eq!(error.position(), 5..6);
}

#[test]
fn where_takes_the_common_type() {
    let schema = schema(&[
        ("c", DataType::Bool),
        ("s", DataType::F32),
        ("u", DataType::U64),
    ]);
    let data_type = |text: &str| parse(text).unwrap().bind(&schema).unwrap().data_type();
    assert_eq!(data_type("where(c, s, s)"), DataType::F32);
    assert_eq!(data_type("where(c, s, 0)"), DataType::F64);
    assert_eq!(data_type("where(c, u, u)"), DataType::U64);
    assert_eq!(data_type("where(c, u, -1)"), DataType::I64);
    assert_eq!(data_type("where(c, c, True)"), DataType::Bool);
    assert_eq!(data_type("where(c, u, nan)"), DataType::F64);
}

#[test]
fn a_batch_of_another_schema_is_an_error() {
    let columns = [Column::I64(&[1])];
    let batch = Batch::new(&columns, 1, 0);
    for text in ["x", "x + 1.0", "y", "-y", "sqrt(x)"] {
        let schema = schema(&[("x", DataType::F64), ("y", DataType::I64)]);
        let bound = parse(text).unwrap().bind(&schema).unwrap();
        let mut scratch = Scratch::new();
        let result = bound.evaluate(&batch, &mut scratch);
        assert!(
            matches!(result, Err(EvalError::OtherSchema { .. })),
            "{text}"
        );
    }
}

#[test]
fn a_constant_fills_every_row() {
    let bound = parse("2 > 1").unwrap().bind(&schema(&[])).unwrap();
    let mut scratch = Scratch::new();
    let column = bound
        .evaluate(&Batch::new(&[], 3, 0), &mut scratch)
        .unwrap();
    assert_eq!(column, Column::Bool(&[true; 3]));
}

#[test]
fn buffers_do_not_grow_with_the_length_of_an_expression() {
    let schema = schema(&[("x", DataType::F64)]);
    let bytes = |terms: usize| {
        let text = format!("x{}", " + x*x".repeat(terms));
        parse(&text)
            .unwrap()
            .bind(&schema)
            .unwrap()
            .scratch_bytes(65_536)
    };
    assert_eq!(bytes(10), bytes(1000));
}

#[test]
fn rows_that_do_not_count_may_overflow() {
    let schema = schema(&[("k", DataType::I64), ("u", DataType::U64)]);
    let bound = parse("(k + 1) * 2 - abs(k) > where(u > 3, u, -1)").unwrap();
    let bound = bound.bind(&schema).unwrap();
    // More than a block, so that rows are numbered through.
    let k: Vec<i64> = (0..3000)
        .map(|i| if i % 7 == 3 { i64::MAX } else { i })
        .collect();
    let u: Vec<u64> = (0..3000)
        .map(|i| if i % 7 == 3 { u64::MAX } else { 1 })
        .collect();
    let mut selected: Vec<bool> = (0..3000).map(|i| i % 7 != 3).collect();
    let columns = [Column::I64(&k), Column::U64(&u)];
    let mut scratch = Scratch::new();
    let batch = Batch::new(&columns, 3000, 10);
    let Column::Bool(values) = bound
        .evaluate(&batch.with_selection(&selected), &mut scratch)
        .unwrap()
    else {
        panic!("a comparison is true or false");
    };
    let counting = values.iter().zip(&selected).filter(|(_, s)| **s);
    assert!(counting.clone().count() > 2000 && counting.clone().all(|(v, _)| *v));
    selected[2999] = true;
    assert_eq!(k[2999], i64::MAX);
    let error = bound.evaluate(&batch.with_selection(&selected), &mut scratch);
    assert!(matches!(error, Err(EvalError::Undefined { row: 3009, .. })));
}

#[test]
fn datetimes_and_texts_are_no_numbers() {
    let schema = schema(&[
        ("t", DataType::Datetime),
        ("s", DataType::Text),
        ("c", DataType::Bool),
    ]);
    for (text, data_type) in [("t", DataType::Datetime), ("(s)", DataType::Text)] {
        let bound = parse(text).unwrap().bind(&schema).unwrap();
        assert_eq!(bound.data_type(), data_type);
        assert_eq!(bound.scratch_bytes(1000), 0);
    }
    for text in [
        "t + 1",
        "-s",
        "t - t",
        "isnan(t)",
        "where(c, s, s)",
        "where(c, t, 1)",
        "minimum(t, t)",
        "distance((t,), (1,))",
        "'x'",
        "1 + 'x'",
        "sqrt(t)",
        "float64(s)",
        "abs(s)",
    ] {
        let error = parse(text).unwrap().bind(&schema).unwrap_err();
        assert!(
            matches!(error, TypeError::NotNumber { .. }),
            "{text}: {error}"
        );
    }
    let error = parse("c and s").unwrap().bind(&schema).unwrap_err();
    assert!(matches!(error, TypeError::NotBoolean { .. }));
    let error = parse("1 + t").unwrap().bind(&schema).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`t` is datetime64[ns], where a number is needed; compare it with a date in quotes, \
         or take a part of it: hour(), date()"
    );
}
