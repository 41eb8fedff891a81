//! Whatever the expression and the columns, block-wise evaluation gives what the
//! naive interpreter gives row by row, to the bit.

mod naive;

use naive::{Fault, Tree, Value};
use proptest::prelude::*;
use terabin_core::batch::{Batch, Column, DataType};
use terabin_core::source::{Field, Schema};
use terabin_expr::{EvalError, Scratch, TypeError, parse};

const COLUMNS: [(&str, DataType); 7] = [
    ("i", DataType::I64),
    ("j", DataType::I64),
    ("u", DataType::U64),
    ("s", DataType::F32),
    ("d", DataType::F64),
    ("Group.d[:,1]", DataType::F64),
    ("`is it?`", DataType::Bool),
];

fn schema() -> Schema {
    let field = |(name, data_type): &(&str, DataType)| Field {
        name: name.trim_matches('`').to_owned(),
        data_type: *data_type,
        units: None,
        long_name: None,
    };
    Schema {
        fields: COLUMNS.iter().map(field).collect(),
    }
}

type Row = (i64, i64, u64, f32, f64, f64, bool);

fn floats() -> impl Strategy<Value = f64> {
    let special = vec![
        0.0,
        -0.0,
        1.0,
        -1.0,
        0.5,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::MAX,
        9_007_199_254_740_992.0,
        9_223_372_036_854_775_808.0,
        -9_223_372_036_854_775_808.0,
        18_446_744_073_709_551_616.0,
        5e-324,
    ];
    prop_oneof![prop::sample::select(special), -9.0..9.0_f64, any::<f64>()]
}

fn signed() -> impl Strategy<Value = i64> {
    let two_53 = 1_i64 << 53;
    let special = vec![
        i64::MIN,
        i64::MIN + 1,
        i64::MAX,
        two_53 + 1,
        two_53,
        0,
        1,
        -1,
    ];
    prop_oneof![1 => prop::sample::select(special), 6 => -9..9_i64, 1 => any::<i64>()]
}

fn unsigned() -> impl Strategy<Value = u64> {
    let special = vec![u64::MAX, 1 << 63, (1 << 63) - 1, (1 << 53) + 1, 0, 1];
    prop_oneof![1 => prop::sample::select(special), 6 => 0..9_u64, 1 => any::<u64>()]
}

fn row() -> impl Strategy<Value = Row> {
    let single = prop_oneof![any::<f32>(), -9.0..9.0_f32, Just(f32::NAN), Just(0.1_f32)];
    (
        signed(),
        signed(),
        unsigned(),
        single,
        floats(),
        floats(),
        any::<bool>(),
    )
}

fn number_leaf() -> BoxedStrategy<Tree> {
    let columns = (0..6_usize).prop_map(|i| Tree::Column(COLUMNS[i].0, i));
    let literals = vec![
        Tree::Literal("0", Value::I64(0)),
        Tree::Literal("2", Value::I64(2)),
        Tree::Literal("9223372036854775807", Value::I64(i64::MAX)),
        Tree::Literal("18_446744073709551615", Value::U64(u64::MAX)),
        Tree::Literal("9007199254740992.", Value::F64(9_007_199_254_740_992.0)),
        Tree::Literal(".1", Value::F64(0.1)),
        Tree::Literal("1.5e3", Value::F64(1500.0)),
        Tree::Literal("pi", Value::F64(std::f64::consts::PI)),
        Tree::Literal("inf", Value::F64(f64::INFINITY)),
        Tree::Literal("nan", Value::F64(f64::NAN)),
    ];
    prop_oneof![2 => columns, 1 => prop::sample::select(literals)].boxed()
}

fn truth_leaf() -> BoxedStrategy<Tree> {
    let literals = vec![
        Tree::Literal("True", Value::Bool(true)),
        Tree::Literal("False", Value::Bool(false)),
        Tree::Column(COLUMNS[6].0, 6),
        Tree::Column(COLUMNS[6].0, 6),
    ];
    prop::sample::select(literals).boxed()
}

/// Numbers and truth values of some depth; each now and then where the other belongs.
fn trees(depth: u32) -> (BoxedStrategy<Tree>, BoxedStrategy<Tree>) {
    if depth == 0 {
        return (number_leaf(), truth_leaf());
    }
    let (number, truth) = trees(depth - 1);
    let any_kind = prop_oneof![12 => number.clone(), 1 => truth.clone()].boxed();
    let truth_mostly = prop_oneof![60 => truth.clone(), 1 => number.clone()].boxed();
    let numbers = prop_oneof![
        2 => number_leaf(),
        4 => binary(&["+", "-", "*", "/"], any_kind.clone()),
        2 => binary(&["//", "%", "**"], any_kind.clone()),
        1 => unary(&["-", "+"], any_kind.clone()),
        1 => call1(&["abs", "sqrt", "float64"], any_kind.clone()),
        1 => call1(&["sign", "square", "floor", "rint", "round", "float32"], any_kind.clone()),
        1 => call1(&["int64"], any_kind.clone()),
        1 => call1(&["exp", "log10", "sin", "tanh", "cbrt", "rad2deg"], any_kind.clone()),
        1 => call2(&["arctan2", "hypot", "heaviside"], any_kind.clone()),
        1 => call2(&["minimum", "maximum", "fmin", "fmod"], any_kind.clone()),
        1 => (any_kind.clone(), any_kind.clone(), any_kind.clone())
            .prop_map(|(x, a, b)| Tree::Call("clip", vec![x, a, b])),
        1 => (truth_mostly.clone(), any_kind.clone(), any_kind.clone())
            .prop_map(|(c, a, b)| Tree::Call("where", vec![c, a, b])),
    ];
    let truths = prop_oneof![
        1 => truth_leaf(),
        3 => chain(any_kind.clone()),
        1 => among(any_kind.clone()),
        2 => binary(&["and", "or", "&", "|"], truth_mostly.clone()),
        1 => unary(&["not", "~"], truth_mostly.clone()),
        1 => call1(&["isnan", "isfinite", "isinf"], any_kind),
    ];
    (numbers.boxed(), truths.boxed())
}

fn unary(operators: &[&'static str], a: BoxedStrategy<Tree>) -> BoxedStrategy<Tree> {
    let operator = prop::sample::select(operators.to_vec());
    (operator, a)
        .prop_map(|(o, a)| Tree::Unary(o, Box::new(a)))
        .boxed()
}

fn binary(operators: &[&'static str], side: BoxedStrategy<Tree>) -> BoxedStrategy<Tree> {
    let operator = prop::sample::select(operators.to_vec());
    (operator, side.clone(), side)
        .prop_map(|(o, a, b)| Tree::Binary(o, Box::new(a), Box::new(b)))
        .boxed()
}

fn chain(side: BoxedStrategy<Tree>) -> BoxedStrategy<Tree> {
    let operator = prop::sample::select(vec!["<", "<=", ">", ">=", "==", "!="]);
    let rest = prop::collection::vec((operator, side.clone()), 1..4);
    (side, rest)
        .prop_map(|(a, rest)| Tree::Chain(Box::new(a), rest))
        .boxed()
}

fn call1(names: &[&'static str], a: BoxedStrategy<Tree>) -> BoxedStrategy<Tree> {
    let name = prop::sample::select(names.to_vec());
    (name, a).prop_map(|(n, a)| Tree::Call(n, vec![a])).boxed()
}

fn call2(names: &[&'static str], side: BoxedStrategy<Tree>) -> BoxedStrategy<Tree> {
    let name = prop::sample::select(names.to_vec());
    (name, side.clone(), side)
        .prop_map(|(n, a, b)| Tree::Call(n, vec![a, b]))
        .boxed()
}

fn among(side: BoxedStrategy<Tree>) -> BoxedStrategy<Tree> {
    let list = prop::collection::vec(side.clone(), 1..4);
    (any::<bool>(), side, list)
        .prop_map(|(within, a, list)| Tree::Among(within, Box::new(a), list))
        .boxed()
}

fn any_tree() -> impl Strategy<Value = Tree> {
    let (numbers, truths) = trees(3);
    prop_oneof![numbers, truths]
}

fn values(row: &Row) -> [Value; 7] {
    [
        Value::I64(row.0),
        Value::I64(row.1),
        Value::U64(row.2),
        Value::F32(row.3),
        Value::F64(row.4),
        Value::F64(row.5),
        Value::Bool(row.6),
    ]
}

/// The same type and bits; NaNs are equal whatever their payload and sign.
fn same(column: Column<'_>, row: usize, expected: Value) -> bool {
    match (column, expected) {
        (Column::I64(v), Value::I64(e)) => v[row] == e,
        (Column::U64(v), Value::U64(e)) => v[row] == e,
        (Column::Bool(v), Value::Bool(e)) => v[row] == e,
        (Column::F32(v), Value::F32(e)) => {
            v[row].to_bits() == e.to_bits() || (v[row].is_nan() && e.is_nan())
        }
        (Column::F64(v), Value::F64(e)) => {
            v[row].to_bits() == e.to_bits() || (v[row].is_nan() && e.is_nan())
        }
        _ => false,
    }
}

/// Evaluates `text` and compares with the naive values of `rows`.
fn check(text: &str, rows: &[Row], naive: &[Result<Value, Fault>]) -> Result<(), TestCaseError> {
    const FIRST_ROW: u64 = 1 << 40;
    let (ints, more): (Vec<i64>, Vec<i64>) = rows.iter().map(|r| (r.0, r.1)).unzip();
    let unsigned: Vec<u64> = rows.iter().map(|r| r.2).collect();
    let singles: Vec<f32> = rows.iter().map(|r| r.3).collect();
    let (doubles, grouped): (Vec<f64>, Vec<f64>) = rows.iter().map(|r| (r.4, r.5)).unzip();
    let truths: Vec<bool> = rows.iter().map(|r| r.6).collect();
    let columns = [
        Column::I64(&ints),
        Column::I64(&more),
        Column::U64(&unsigned),
        Column::F32(&singles),
        Column::F64(&doubles),
        Column::F64(&grouped),
        Column::Bool(&truths),
    ];
    let expr = parse(text).map_err(|e| TestCaseError::fail(e.to_string()))?;
    let bound = match expr.bind(&schema()) {
        Ok(bound) => bound,
        Err(TypeError::NotBoolean { .. } | TypeError::Undefined { .. }) => {
            // Which of the two comes first may differ.
            prop_assert!(naive.iter().all(Result::is_err), "{}", text);
            return Ok(());
        }
        Err(other) => return Err(TestCaseError::fail(other.to_string())),
    };
    let mut scratch = Scratch::new();
    match bound.evaluate(&Batch::new(&columns, rows.len(), FIRST_ROW), &mut scratch) {
        Ok(column) => {
            prop_assert_eq!(column.len(), rows.len());
            prop_assert_eq!(column.data_type(), bound.data_type());
            for (row, expected) in naive.iter().enumerate() {
                let equal = expected.is_ok_and(|e| same(column, row, e));
                prop_assert!(
                    equal,
                    "{}, row {}: {:?}, not {:?}",
                    text,
                    row,
                    column,
                    expected
                );
            }
        }
        Err(EvalError::Undefined { row, .. }) => {
            let row = usize::try_from(row - FIRST_ROW).unwrap();
            prop_assert_eq!(naive[row].unwrap_err(), Fault::Undefined, "{}", text);
        }
        Err(other) => return Err(TestCaseError::fail(other.to_string())),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn blocks_give_what_rows_give(tree in any_tree(), some in prop::collection::vec(row(), 1..40), copies in 1..60_usize) {
        // Repeating the rows reaches several blocks at little cost.
        let rows = some.repeat(copies);
        let naive: Vec<_> = rows.iter().map(|row| tree.value(&values(row))).collect();
        let text = tree.text();
        check(&text, &rows, &naive)?;
        let shown = parse(&text).unwrap().to_string();
        prop_assert_eq!(parse(&shown).unwrap(), parse(&text).unwrap());
        check(&shown, &rows, &naive)?;
    }
}
