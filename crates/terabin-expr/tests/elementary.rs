//! Elementary functions against the correctly rounded values of mpmath.

use std::collections::BTreeMap;

use terabin_core::batch::{Batch, Column, DataType};
use terabin_core::source::{Field, Schema};
use terabin_expr::{Scratch, parse};

/// Made by `tests/data/elementary.py`.
const TABLE: &str = include_str!("data/elementary.csv");

/// The most that a result may differ from the truth, in units of its last place, where
/// it is a normal number and where it is not.
const MOST: f64 = 0.75;
const MOST_SUBNORMAL: f64 = 0.76;

/// Arguments, the correctly rounded value, and how far the truth lies above it, in ulp.
struct Row {
    x: f64,
    y: f64,
    rounded: f64,
    above: f64,
}

fn table() -> BTreeMap<&'static str, Vec<Row>> {
    let mut table: BTreeMap<&str, Vec<Row>> = BTreeMap::new();
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split(',').collect();
        let float = |i: usize| f64::from_bits(u64::from_str_radix(fields[i], 16).unwrap());
        let last = fields.len() - 1;
        table.entry(fields[0]).or_default().push(Row {
            x: float(1),
            y: if last == 4 { float(2) } else { 0.0 },
            rounded: float(last - 1),
            above: fields[last].parse::<f64>().unwrap() / 1000.0,
        });
    }
    table
}

/// `text`, an expression of x and y, for every pair.
fn evaluate(text: &str, x: &[f64], y: &[f64]) -> Vec<f64> {
    let field = |name: &str| Field {
        name: name.to_owned(),
        data_type: DataType::F64,
        units: None,
        long_name: None,
    };
    let fields = vec![field("x"), field("y")];
    let bound = parse(text).unwrap().bind(&Schema { fields }).unwrap();
    let columns = [Column::F64(x), Column::F64(y)];
    let mut scratch = Scratch::new();
    match bound.evaluate(&Batch::new(&columns, x.len(), 0), &mut scratch) {
        Ok(Column::F64(values)) => values.to_vec(),
        other => panic!("{text}: {other:?}"),
    }
}

/// The distance of a result from the truth in units of the last place.
fn error(found: f64, row: &Row) -> f64 {
    if found.to_bits() == row.rounded.to_bits() {
        return row.above.abs();
    }
    let size = row.rounded.abs();
    let ulp = if size.is_finite() {
        size.next_up() - size
    } else {
        size - size.next_down()
    };
    ((found - row.rounded) / ulp - row.above).abs()
}

#[test]
fn results_are_within_an_ulp_of_the_truth() {
    let table = table();
    assert_eq!(table.len(), 25);
    for (function, rows) in &table {
        assert!(rows.len() > 100, "{function}");
        let (x, y): (Vec<f64>, Vec<f64>) = rows.iter().map(|r| (r.x, r.y)).unzip();
        let text = match *function {
            two @ ("arctan2" | "hypot" | "power") => format!("{two}(x, y)"),
            one => format!("{one}(x)"),
        };
        for (row, found) in rows.iter().zip(evaluate(&text, &x, &y)) {
            let normal = row.rounded == 0.0 || row.rounded.abs() >= f64::MIN_POSITIVE;
            let most = if normal { MOST } else { MOST_SUBNORMAL };
            let error = error(found, row);
            // Not `>`: a NaN would pass.
            let good = error <= most;
            let (x, y) = (row.x, row.y);
            assert!(
                good,
                "{function}({x:e}, {y:e}) = {found:e} is {error} ulp off"
            );
        }
    }
}

/// Special arguments and NumPy's values there.
const SPECIAL: &[(&str, f64)] = &[
    ("exp(-inf)", 0.0),
    ("exp(inf)", f64::INFINITY),
    ("exp(710)", f64::INFINITY),
    ("exp(-746)", 0.0),
    ("exp(-0.0)", 1.0),
    ("exp2(1024)", f64::INFINITY),
    ("exp2(-1076)", 0.0),
    ("exp2(10)", 1024.0),
    ("exp2(-1074)", 5e-324),
    ("expm1(-inf)", -1.0),
    ("expm1(inf)", f64::INFINITY),
    ("expm1(-0.0)", -0.0),
    ("log(0)", f64::NEG_INFINITY),
    ("log(-0.0)", f64::NEG_INFINITY),
    ("log(-1)", f64::NAN),
    ("log(inf)", f64::INFINITY),
    ("log(-inf)", f64::NAN),
    ("log(1)", 0.0),
    ("log2(0)", f64::NEG_INFINITY),
    ("log2(8)", 3.0),
    ("log2(5e-324)", -1074.0),
    ("log10(1e22)", 22.0),
    ("log10(1000)", 3.0),
    ("log10(-1)", f64::NAN),
    ("log1p(-1)", f64::NEG_INFINITY),
    ("log1p(-1.5)", f64::NAN),
    ("log1p(-0.0)", -0.0),
    ("log1p(inf)", f64::INFINITY),
    ("sin(-0.0)", -0.0),
    ("sin(inf)", f64::NAN),
    ("cos(-inf)", f64::NAN),
    ("cos(0)", 1.0),
    ("tan(-0.0)", -0.0),
    ("tan(inf)", f64::NAN),
    ("arcsin(1.5)", f64::NAN),
    ("arcsin(-1)", -std::f64::consts::FRAC_PI_2),
    ("arcsin(-0.0)", -0.0),
    ("arccos(1)", 0.0),
    ("arccos(-1)", std::f64::consts::PI),
    ("arccos(0)", std::f64::consts::FRAC_PI_2),
    ("arccos(inf)", f64::NAN),
    ("arctan(-inf)", -std::f64::consts::FRAC_PI_2),
    ("arctan(-0.0)", -0.0),
    ("arctan2(0, 0)", 0.0),
    ("arctan2(-0.0, 0)", -0.0),
    ("arctan2(0, -0.0)", std::f64::consts::PI),
    ("arctan2(-0.0, -0.0)", -std::f64::consts::PI),
    ("arctan2(1, 0)", std::f64::consts::FRAC_PI_2),
    ("arctan2(-1, -0.0)", -std::f64::consts::FRAC_PI_2),
    ("arctan2(1, inf)", 0.0),
    ("arctan2(-1, -inf)", -std::f64::consts::PI),
    ("arctan2(inf, inf)", std::f64::consts::FRAC_PI_4),
    ("arctan2(-inf, -inf)", -3.0 * std::f64::consts::FRAC_PI_4),
    ("arctan2(inf, 3)", std::f64::consts::FRAC_PI_2),
    ("arctan2(nan, 1)", f64::NAN),
    ("sinh(-inf)", f64::NEG_INFINITY),
    ("sinh(-0.0)", -0.0),
    ("sinh(711)", f64::INFINITY),
    ("cosh(-inf)", f64::INFINITY),
    ("cosh(0)", 1.0),
    ("tanh(-inf)", -1.0),
    ("tanh(-0.0)", -0.0),
    ("arcsinh(-inf)", f64::NEG_INFINITY),
    ("arcsinh(-0.0)", -0.0),
    ("arccosh(1)", 0.0),
    ("arccosh(0.5)", f64::NAN),
    ("arccosh(-inf)", f64::NAN),
    ("arccosh(inf)", f64::INFINITY),
    ("arctanh(1)", f64::INFINITY),
    ("arctanh(-1)", f64::NEG_INFINITY),
    ("arctanh(-0.0)", -0.0),
    ("arctanh(2)", f64::NAN),
    ("cbrt(-0.0)", -0.0),
    ("cbrt(-inf)", f64::NEG_INFINITY),
    ("cbrt(-27)", -3.0),
    ("hypot(3, -4)", 5.0),
    ("hypot(nan, -inf)", f64::INFINITY),
    ("hypot(nan, 1)", f64::NAN),
    ("hypot(-0.0, 0)", 0.0),
    ("hypot(1e308, 1e308)", 1.414_213_562_373_095_1e308),
    ("deg2rad(180)", std::f64::consts::PI),
    ("deg2rad(-0.0)", -0.0),
    ("rad2deg(-inf)", f64::NEG_INFINITY),
    ("rad2deg(1e307)", f64::INFINITY),
    ("nan ** 0", 1.0),
    ("1 ** nan", 1.0),
    ("nan ** 1.0", f64::NAN),
    ("0.0 ** -1.0", f64::INFINITY),
    ("(-0.0) ** -3.0", f64::NEG_INFINITY),
    ("(-0.0) ** -4.0", f64::INFINITY),
    ("(-0.0) ** 3.0", -0.0),
    ("(-0.0) ** 0.5", 0.0),
    ("(-inf) ** 3.0", f64::NEG_INFINITY),
    ("(-inf) ** 0.5", f64::INFINITY),
    ("(-inf) ** -3.0", -0.0),
    ("inf ** -0.5", 0.0),
    ("0.5 ** inf", 0.0),
    ("0.5 ** -inf", f64::INFINITY),
    ("2.0 ** inf", f64::INFINITY),
    ("(-1.0) ** inf", 1.0),
    ("(-1.0) ** 1e300", 1.0),
    ("(-8.0) ** 3.0", -512.0),
    ("(-8.0) ** (1/3)", f64::NAN),
    ("(-2.0) ** -2.0", 0.25),
    ("10.0 ** 308", 1e308),
    ("10.0 ** 309", f64::INFINITY),
    ("10.0 ** -400.0", 0.0),
    ("1.0000000000000002 ** 1e300", f64::INFINITY),
    ("0.9999999999999999 ** 1e300", 0.0),
];

#[test]
fn special_values_are_those_of_numpy() {
    for (text, expected) in SPECIAL {
        let found = parse(text).unwrap().constant().unwrap();
        let same = found.to_bits() == expected.to_bits() || (found.is_nan() && expected.is_nan());
        assert!(same, "{text} is {found:e}, not {expected:e}");
    }
    for function in table().keys() {
        let text = match *function {
            "arctan2" | "hypot" | "power" => format!("{function}(nan, 3.0)"),
            _ => format!("{function}(nan)"),
        };
        assert!(parse(&text).unwrap().constant().unwrap().is_nan(), "{text}");
    }
}

#[test]
fn a_power_of_a_constant_is_the_power() {
    let x: Vec<f64> = (-40..40).map(|i| f64::from(i) * 0.37).collect();
    let two = vec![2.0; x.len()];
    assert_eq!(evaluate("x ** 2", &x, &two), evaluate("x ** y", &x, &two));
    assert_eq!(evaluate("square(x)", &x, &two), evaluate("x * x", &x, &two));
}
