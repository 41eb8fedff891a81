//! Axes that cannot be: each is refused with a message that names what is wrong.

use terabin_core::axis::{AxisError, Circular, Integer, Log, MAX_BINS, Regular, Variable};

const LARGEST: i64 = 1 << 53;

/// Checks that each error's message holds the parts beside it.
fn assert_messages(cases: &[(AxisError, &[&str])]) {
    for (error, parts) in cases {
        let text = error.to_string();
        for part in *parts {
            assert!(text.contains(part), "{error:?} says {text:?}, not {part:?}");
        }
    }
}

#[test]
fn wrong_numbers_of_bins_are_refused_and_named() {
    let one = "at least one bin";
    let narrow = 1.0 + 4.0 * f64::EPSILON;
    assert_messages(&[
        (Regular::new(0, 0.0, 1.0).unwrap_err(), &[one]),
        (Circular::new(0, 0.0, 1.0).unwrap_err(), &[one]),
        (Log::new(0, 1.0, 2.0).unwrap_err(), &[one]),
        (
            Regular::new(MAX_BINS + 1, 0.0, 1.0).unwrap_err(),
            &["2147483646 bins", "2147483645"],
        ),
        (
            Integer::new(0, 1 << 40).unwrap_err(),
            &["1099511627777 bins", "2147483645"],
        ),
        (
            Variable::steps(1e-300, 0.0, 1e300).unwrap_err(),
            &["bins on one axis"],
        ),
        (
            Regular::new(9, 1.0, narrow).unwrap_err(),
            &["9 bins", "1..1.0000000000000009", "edges 0 and 1", "fewer"],
        ),
        (
            Circular::new(3, 0.0, 5e-324).unwrap_err(),
            &["3 bins", "edges 0 and 1"],
        ),
        (
            Log::new(9, 1.0, narrow).unwrap_err(),
            &["9 bins", "edges 0 and 1"],
        ),
    ]);
}

#[test]
fn wrong_limits_are_refused_and_named() {
    let (nan, inf) = (f64::NAN, f64::INFINITY);
    assert_messages(&[
        (
            Regular::new(3, nan, 1.0).unwrap_err(),
            &["NaN..1", "not finite"],
        ),
        (
            Circular::new(3, 0.0, inf).unwrap_err(),
            &["0..inf", "not finite"],
        ),
        (
            Variable::steps(1.0, -inf, 0.0).unwrap_err(),
            &["-inf..0", "not finite"],
        ),
        (
            Log::new(3, 1.0, inf).unwrap_err(),
            &["1..inf", "not finite"],
        ),
        (
            Regular::new(3, 2.5, 2.5).unwrap_err(),
            &["2.5..2.5", "empty"],
        ),
        (
            Circular::new(3, 2.5, -1.0).unwrap_err(),
            &["2.5..-1", "empty"],
        ),
        (Log::new(3, 2.0, 1.0).unwrap_err(), &["2..1", "empty"]),
        (Integer::new(3, 2).unwrap_err(), &["3..2", "empty"]),
        (
            Variable::steps(1.0, 1.0, 1.0).unwrap_err(),
            &["1..1", "empty"],
        ),
        (
            Regular::new(3, -1.5e308, 1e308).unwrap_err(),
            &["wider than the largest double"],
        ),
        (Log::new(3, 0.0, 1.0).unwrap_err(), &["0..1", "above zero"]),
        (
            Log::new(3, -2.0, -1.0).unwrap_err(),
            &["-2..-1", "above zero"],
        ),
        (
            Integer::from_limits(0.5, 3.0).unwrap_err(),
            &["0.5..3", "2^53"],
        ),
        (Integer::from_limits(0.0, nan).unwrap_err(), &["0..NaN"]),
        (Integer::from_limits(0.0, inf).unwrap_err(), &["0..inf"]),
        (Integer::from_limits(0.0, 1e300).unwrap_err(), &["2^53"]),
        (Integer::new(0, LARGEST).unwrap_err(), &["2^53"]),
        (Integer::new(-LARGEST - 1, 0).unwrap_err(), &["2^53"]),
    ]);
}

#[test]
fn wrong_edges_and_steps_are_refused_and_named() {
    let edges = |edges: &[f64]| Variable::new(edges.to_vec()).unwrap_err();
    let steps = |step| Variable::steps(step, 0.0, 1.0).unwrap_err();
    assert_messages(&[
        (edges(&[0.0, 1.0, f64::NAN, 2.0]), &["edge 2 is NaN"]),
        (
            edges(&[0.0, 1.0, 2.0, 1.5]),
            &["edge 3 (1.5)", "edge 2 (2)", "increase"],
        ),
        (edges(&[1.0, 1.0]), &["edge 1 (1)", "edge 0 (1)"]),
        (edges(&[1.0]), &["1 edge", "at least two"]),
        (edges(&[]), &["0 edge", "at least two"]),
        (steps(0.0), &["step 0 ", "positive"]),
        (steps(-0.5), &["step -0.5 ", "positive"]),
        (steps(f64::NAN), &["step NaN ", "positive"]),
        (steps(f64::INFINITY), &["step inf ", "positive"]),
        (
            Variable::steps(1e-17, 1.0, 1.0 + 1e-15).unwrap_err(),
            &["edge 1 (1)", "edge 0 (1)"],
        ),
    ]);
}

#[test]
fn serialised_edges_that_do_not_increase_are_refused() {
    let text = serde_json::to_string(&Regular::new(2, 0.0, 1.0).unwrap()).unwrap();
    let one = 1f64.to_bits().to_string();
    let wrong = text.replace(&one, &0f64.to_bits().to_string());
    assert_ne!(text, wrong);
    let error = serde_json::from_str::<Regular>(&wrong).unwrap_err();
    assert!(error.to_string().contains("edge 2 (0)"), "{error}");
}
