//! Every statistic is the double nearest to the exact rational, ties to even.

mod generators;
mod model;
mod nearest;

use generators::{Values, values};
use model::{Real, UNIT, reals};
use nearest::is_nearest;
use num_bigint::{BigInt, BigUint};
use proptest::collection::vec;
use proptest::prelude::*;
use terabin_core::axes::{Axes, Indexer};
use terabin_core::batch::{Column, DataType};
use terabin_core::exact::{Exact, round};
use terabin_core::fill::{Cells, Layout};
use terabin_core::histogram::{self, Histogram};
use terabin_core::state::{Content, Quantity};
use terabin_core::statistic::{NanRule, Number, Statistic};

const STATISTICS: [Statistic; 11] = [
    Statistic::Count,
    Statistic::CountValid(0),
    Statistic::Sum(0),
    Statistic::Mean(0),
    Statistic::Var(0, 0),
    Statistic::Var(0, 1),
    Statistic::Std(0, 0),
    Statistic::Std(0, 1),
    Statistic::Sem(0, 1),
    Statistic::Min(0),
    Statistic::Max(0),
];

/// One cell with all the values.
fn histogram(values: &Values) -> Histogram {
    let layout = Layout {
        searches: Vec::new(),
        axes: Axes::default(),
        axis_expressions: Vec::new(),
        value_expressions: vec![0],
        value_types: vec![values.data_type()],
        quantities: vec![
            Quantity::Count,
            Quantity::Valid(0),
            Quantity::Sum(0),
            Quantity::Squares(0),
            Quantity::Extremes(0),
        ],
    };
    let mut cells = Cells::new(&layout);
    let column = values.column();
    cells.fill(
        &layout,
        &mut Indexer::default(),
        &[column],
        column.len(),
        None,
    );
    Histogram::new(layout, cells)
}

fn statistic(values: &Values, statistic: Statistic, rule: NanRule) -> Number {
    let values = histogram(values).values(statistic, rule);
    values.get(0).expect("one cell")
}

fn float(values: &Values, of: Statistic) -> f64 {
    match statistic(values, of, NanRule::Omit) {
        Number::F64(x) => x,
        other => panic!("{of:?} of floats is {other:?}"),
    }
}

/// Halfway between two doubles, as a multiple of 2^-1075.
fn midpoint(a: f64, b: f64) -> BigInt {
    let (midpoint, exponent) = nearest::midpoint(a, b);
    midpoint << (exponent + i64::from(UNIT) + 1)
}

/// The finite values on the grid of 2^-1074; None if there are infinities.
fn integers(values: &Values) -> Option<Vec<BigInt>> {
    let reals = reals(values);
    let numbers = reals.iter().filter(|&x| *x != Real::Nan);
    numbers.map(|x| x.finite().cloned()).collect()
}

/// The sum of squared deviations from the mean, times n^2.
fn deviations(values: &[BigInt]) -> BigInt {
    let sum: BigInt = values.iter().sum();
    let from_mean = values.iter().map(|x| x * values.len() - &sum);
    from_mean.map(|d| &d * &d).sum()
}

fn int(n: usize) -> BigInt {
    BigInt::from(n)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn sums_and_means_are_correctly_rounded(values in values()) {
        let Some(exact) = integers(&values) else { return Ok(()) };
        let sum: BigInt = exact.iter().sum();
        let rounded = statistic(&values, Statistic::Sum(0), NanRule::Omit);
        let fitting = fitting(&(&sum >> UNIT), values.data_type());
        match (rounded, fitting) {
            (Number::F64(x), None) => prop_assert!(is_nearest(x, &sum, &int(1), UNIT, 1), "{x}"),
            (got, fitting) => prop_assert_eq!(Some(got), fitting),
        }
        let mean = float(&values, Statistic::Mean(0));
        if exact.is_empty() {
            prop_assert!(mean.is_nan());
        } else {
            prop_assert!(is_nearest(mean, &sum, &int(exact.len()), UNIT, 1), "{mean}");
        }
    }

    #[test]
    fn variances_and_deviations_are_correctly_rounded(values in values(), ddof in 0usize..3) {
        let Some(exact) = integers(&values) else { return Ok(()) };
        let n = exact.len();
        let ddof32 = u32::try_from(ddof).unwrap();
        let rounded = [Statistic::Var, Statistic::Std, Statistic::Sem];
        let rounded = rounded.map(|of| float(&values, of(0, ddof32)));
        if n <= ddof {
            prop_assert!(rounded.iter().all(|x| x.is_nan()), "{rounded:?} of {n} values");
            return Ok(());
        }
        let numerator = deviations(&exact);
        let var = int(n * n) * (n - ddof);
        let sem = &var * n;
        prop_assert!(is_nearest(rounded[0], &numerator, &var, 2 * UNIT, 1), "var {}", rounded[0]);
        prop_assert!(is_nearest(rounded[1], &numerator, &var, 2 * UNIT, 2), "std {}", rounded[1]);
        prop_assert!(is_nearest(rounded[2], &numerator, &sem, 2 * UNIT, 2), "sem {}", rounded[2]);
    }

    #[test]
    fn extremes_are_the_least_and_the_greatest_value(values in values()) {
        let both = [Statistic::Min(0), Statistic::Max(0)];
        let both = both.map(|of| statistic(&values, of, NanRule::Omit));
        let want = match &values {
            Values::I64(v) => v.iter().min().zip(v.iter().max())
                .map(|(&a, &b)| [a, b].map(Number::I64)),
            Values::U64(v) => v.iter().min().zip(v.iter().max())
                .map(|(&a, &b)| [a, b].map(Number::U64)),
            Values::Bool(v) => v.iter().min().zip(v.iter().max())
                .map(|(&a, &b)| [a, b].map(|x| Number::U64(x.into()))),
            Values::F32(v) => least_and_greatest(v.iter().map(|&x| x.into())),
            Values::F64(v) => least_and_greatest(v.iter().copied()),
        };
        if let Some(want) = want {
            prop_assert_eq!(both, want);
        }
    }

    /// Rationals around midpoints, which random values hardly ever meet.
    #[test]
    fn ratios_at_midpoints_go_to_even(
        bits in 0u64..0x7fef_ffff_ffff_ffff,
        beside in -1i32..2,
        denominator in 1u64..,
        minus: bool,
    ) {
        let x = f64::from_bits(bits);
        // Beside by far less than 2^-1074.
        let halfway = midpoint(x, x.next_up()) << 100;
        let numerator: BigInt = (halfway + beside) * denominator;
        let numerator = if minus { -numerator } else { numerator };
        let exponent = -i64::from(UNIT + 101);
        let got = round::ratio(&numerator, &BigUint::from(denominator), exponent);
        let up = beside > 0 || (beside == 0 && bits & 1 == 1);
        let want = if up { x.next_up() } else { x };
        let want = if minus { -want } else { want };
        prop_assert_eq!(got.to_bits(), want.to_bits());
    }

    #[test]
    fn roots_at_midpoints_go_to_even(bits in 0u64..0x7fef_ffff_ffff_ffff, beside in -1i32..2) {
        let x = f64::from_bits(bits);
        let halfway = midpoint(x, x.next_up()) << 100;
        let radicand: BigInt = &halfway * &halfway + beside;
        let radicand = radicand.to_biguint().expect("a square of at least 2^200");
        let exponent = -2 * i64::from(UNIT + 101);
        let got = round::sqrt_ratio(&radicand, &BigUint::from(1u8), exponent);
        let up = beside > 0 || (beside == 0 && bits & 1 == 1);
        prop_assert_eq!(got, if up { x.next_up() } else { x });
    }

    #[test]
    fn omitted_nan_might_as_well_not_be_there(values in values(), at in vec(any::<bool>(), 40)) {
        let (with, without) = with_nan(&values, &at);
        for of in STATISTICS {
            if of != Statistic::Count {
                let got = statistic(&with, of, NanRule::Omit);
                let want = statistic(&without, of, NanRule::Omit);
                prop_assert_eq!(bits(got), bits(want), "{:?}", of);
            }
        }
    }

    #[test]
    fn propagated_nan_shows_in_everything_but_counts(
        values in values(),
        at in vec(any::<bool>(), 40),
    ) {
        let (with, without) = with_nan(&values, &at);
        let nan = with.column().len() > without.column().len();
        for of in STATISTICS {
            let got = statistic(&with, of, NanRule::Propagate);
            let counts = matches!(of, Statistic::Count | Statistic::CountValid(_));
            if nan && !counts {
                prop_assert!(got.as_f64().is_nan(), "{:?} is {:?}", of, got);
            } else {
                let omitted = statistic(&with, of, NanRule::Omit);
                prop_assert_eq!(bits(got), bits(omitted), "{:?}", of);
            }
        }
    }
}

/// Of what is not NaN.
fn least_and_greatest(values: impl Iterator<Item = f64>) -> Option<[Number; 2]> {
    let mut sorted: Vec<f64> = values.filter(|x| !x.is_nan()).collect();
    sorted.sort_by(f64::total_cmp);
    Some([*sorted.first()?, *sorted.last()?].map(Number::F64))
}

/// The integer as the result that integers of this type have, if it fits.
fn fitting(sum: &BigInt, data_type: DataType) -> Option<Number> {
    match data_type {
        DataType::I64 => i64::try_from(sum).ok().map(Number::I64),
        DataType::U64 | DataType::Bool => u64::try_from(sum).ok().map(Number::U64),
        _ => None,
    }
}

/// NaN in the rows chosen by `at`, for floats; and the values that are left.
fn with_nan(values: &Values, at: &[bool]) -> (Values, Values) {
    let mut with = values.clone();
    match &mut with {
        Values::F32(v) => v
            .iter_mut()
            .zip(at)
            .filter(|(_, at)| **at)
            .for_each(|(x, _)| *x = f32::NAN),
        Values::F64(v) => v
            .iter_mut()
            .zip(at)
            .filter(|(_, at)| **at)
            .for_each(|(x, _)| *x = f64::NAN),
        Values::I64(_) | Values::U64(_) | Values::Bool(_) => {}
    }
    let numbers = reals(&with).into_iter().enumerate();
    let numbers = numbers.filter(|(_, x)| *x != Real::Nan).map(|(row, _)| row);
    let without = with.pick(&numbers.collect::<Vec<_>>());
    (with, without)
}

/// Type and bits: NaN equals NaN, and zeros differ.
fn bits(number: Number) -> (DataType, u64) {
    match number {
        Number::I64(x) => (DataType::I64, x.cast_unsigned()),
        Number::U64(x) => (DataType::U64, x),
        Number::F64(x) => (DataType::F64, x.to_bits()),
    }
}

#[test]
fn infinities_win_over_numbers_and_cancel_to_nan() {
    let inf = f64::INFINITY;
    for (values, want) in [
        (vec![inf, 1.0], inf),
        (vec![1.0, -inf, f64::MAX], -inf),
        (vec![inf, 0.0, -inf], f64::NAN),
        (vec![inf, inf, f64::NAN], inf),
    ] {
        let values = Values::F64(values);
        for of in [Statistic::Sum(0), Statistic::Mean(0)] {
            let got = float(&values, of);
            assert_eq!(
                got.to_bits(),
                want.to_bits(),
                "{of:?} of {values:?} is {got}"
            );
        }
        for of in [Statistic::Var, Statistic::Std, Statistic::Sem] {
            assert!(float(&values, of(0, 0)).is_nan(), "{values:?}");
        }
    }
}

#[test]
fn empty_cells_are_zero_counts_and_sums_and_nan_else() {
    let empty = [
        (Values::F64(vec![]), Number::F64(0.0)),
        (Values::F32(vec![]), Number::F64(0.0)),
        (Values::I64(vec![]), Number::I64(0)),
        (Values::U64(vec![]), Number::U64(0)),
        (Values::Bool(vec![]), Number::U64(0)),
    ];
    for (values, zero) in empty {
        let float = values.data_type().is_float();
        for of in STATISTICS {
            let want = match of {
                Statistic::Count | Statistic::CountValid(_) => Number::U64(0),
                Statistic::Sum(_) => zero,
                Statistic::Min(_) | Statistic::Max(_) if !float => zero,
                _ => Number::F64(f64::NAN),
            };
            for rule in [NanRule::Omit, NanRule::Propagate] {
                let got = statistic(&values, of, rule);
                assert_eq!(bits(got), bits(want), "{of:?} of no {}", values.data_type());
            }
        }
    }
}

/// A deviation of 2^-1074 / sqrt(n), an error of 2^-1074 / n: at most half of the
/// smallest subnormal.
#[test]
fn roots_below_the_smallest_subnormal_round_to_zero() {
    for n in [2, 3, 5, 1 << 9, 1 << 10, 1 << 12, 1 << 20] {
        let mut values = vec![0.0; n];
        values[0] = f64::from_bits(1);
        let values = Values::F64(values);
        for of in [Statistic::Std(0, 0), Statistic::Sem(0, 0)] {
            let got = float(&values, of);
            assert_eq!(got.to_bits(), 0, "{of:?} of {n} values is {got}");
        }
    }
}

/// The content that no test can fill: sums of 2^40 values.
#[test]
fn integers_that_do_not_fit_are_the_nearest_double() {
    let exact = |integer: BigInt, exponent| Exact {
        integer: integer.into(),
        exponent,
        positive_infinity: false,
        negative_infinity: false,
    };
    let cases = [
        (exact(1.into(), 63), DataType::U64, Number::U64(1 << 63)),
        (
            exact(1.into(), 64),
            DataType::U64,
            Number::F64(2f64.powi(64)),
        ),
        (
            exact(1.into(), 63),
            DataType::I64,
            Number::F64(2f64.powi(63)),
        ),
        (exact((-1).into(), 63), DataType::I64, Number::I64(i64::MIN)),
        (
            exact(BigInt::from(i64::MIN) - 1, 0),
            DataType::I64,
            Number::F64(-2f64.powi(63)),
        ),
        (
            exact(BigInt::from(u64::MAX) * 2 + 1, 0),
            DataType::U64,
            Number::F64(2f64.powi(65)),
        ),
    ];
    for (sum, result, want) in cases {
        let content = |q| match q {
            Quantity::Sum(_) => Content::Sum(sum.clone()),
            _ => Content::Count(1 << 40),
        };
        let got = Statistic::Sum(0).round(NanRule::Omit, result, &content);
        assert_eq!(got, want, "{sum:?}");
    }
}

/// One sum that does not fit makes doubles of all: a result has one type.
#[test]
fn one_result_has_one_type() {
    let layout = Layout {
        searches: Vec::new(),
        axes: Axes::new(
            vec![terabin_core::axis::Axis::Category(
                terabin_core::axis::Category::boolean(),
            )],
            false,
        )
        .expect("two cells"),
        axis_expressions: vec![0],
        value_expressions: vec![1],
        value_types: vec![DataType::I64],
        quantities: Statistic::Sum(0).quantities(),
    };
    let mut cells = Cells::new(&layout);
    let columns = [
        Column::Bool(&[false, true, true]),
        Column::I64(&[7, i64::MAX, 1]),
    ];
    cells.fill(&layout, &mut Indexer::default(), &columns, 3, None);
    let sums = Histogram::new(layout, cells).values(Statistic::Sum(0), NanRule::Omit);
    assert_eq!(sums, histogram::Values::F64(vec![7.0, 2f64.powi(63)]));
}
