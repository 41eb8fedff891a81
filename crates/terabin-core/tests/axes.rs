//! Axes: the bin of a value is what a search in the edges gives, and edges are NumPy's.

use std::f64::consts::{PI, TAU};

use num_bigint::BigInt;
use proptest::collection::vec;
use proptest::prelude::*;
use terabin_core::axis::{
    Axis, Category, Circular, Integer, Log, NAN, Regular, UNDERFLOW, Variable, linspace,
};
use terabin_core::batch::Column;
use terabin_core::kernel::InstructionSet;
use terabin_core::kernel::reference;

fn index(axis: &Axis, column: Column<'_>) -> Vec<i32> {
    // Neither buffer may matter.
    let mut scratch = vec![0.5; 3];
    let mut bins = vec![77; column.len()];
    axis.index(InstructionSet::best(), column, &mut scratch, &mut bins);
    bins
}

fn edges(axis: &Axis) -> Vec<f64> {
    axis.edges().expect("an axis with edges")
}

/// Doubles of every size, zeros and infinities among them.
fn any_double() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => any::<u64>().prop_map(f64::from_bits),
        4 => -1e3..1e3,
        2 => (-40i32..40).prop_map(f64::from),
        1 => prop::sample::select(vec![
            f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -0.0, f64::MAX, f64::MIN, 5e-324,
        ]),
    ]
}

/// Bins and limits: ordinary ones, a few doubles apart, huge and subnormal ones.
fn limits() -> impl Strategy<Value = (u64, f64, f64)> {
    let finite = || any_double().prop_filter("finite", |x| x.is_finite());
    let subnormal = any::<u64>().prop_map(|bits| f64::from_bits(bits & (1 << 63 | 0xff)));
    let wide = (finite(), finite());
    let narrow = (finite(), 1u64..100)
        .prop_map(|(low, ulps)| (low, (0..ulps).fold(low, |x, _| x.next_up())));
    let huge = (-1.0..0.5, 0.5..1.0).prop_map(|(a, b)| (a * 8.9e307, b * 8.9e307));
    let tiny = (subnormal.clone(), subnormal);
    let pair = prop_oneof![3 => wide, 2 => narrow, 1 => huge, 1 => tiny];
    (1u64..60, pair).prop_map(|(bins, (a, b))| (bins, a.min(b), a.max(b)))
}

fn regular() -> impl Strategy<Value = Axis> {
    limits().prop_filter_map("increasing edges", |(bins, low, high)| {
        Regular::new(bins, low, high).ok().map(Axis::Regular)
    })
}

fn variable() -> impl Strategy<Value = Axis> {
    vec(any_double(), 2..40).prop_filter_map("increasing edges", |mut edges| {
        edges.retain(|x| !x.is_nan());
        edges.sort_by(f64::total_cmp);
        edges.dedup();
        Variable::new(edges).ok().map(Axis::Variable)
    })
}

fn log() -> impl Strategy<Value = Axis> {
    let positive = limits().prop_map(|(bins, a, b)| (bins, a.abs(), b.abs()));
    positive.prop_filter_map("increasing edges", |(bins, a, b)| {
        Log::new(bins, a.min(b), a.max(b)).ok().map(Axis::Log)
    })
}

const LARGEST: i64 = 1 << 53;

fn integer() -> impl Strategy<Value = Axis> {
    let low = prop_oneof![
        -50i64..50,
        -LARGEST..LARGEST - 70,
        Just(-LARGEST),
        Just(LARGEST - 61)
    ];
    (low, 0i64..60).prop_map(|(low, more)| {
        Axis::Integer(Integer::new(low, low + more).expect("limits up to 2^53"))
    })
}

fn circular() -> impl Strategy<Value = Axis> {
    limits().prop_filter_map("increasing edges", |(bins, low, high)| {
        Circular::new(bins, low, high).ok().map(Axis::Circular)
    })
}

/// Values where a fast index goes wrong first: edges, their neighbours, the range.
fn probes(edges: &[f64], anywhere: &[f64], within: &[f64]) -> Vec<f64> {
    let (low, high) = (edges[0].max(f64::MIN), edges[edges.len() - 1].min(f64::MAX));
    let near = edges.iter().flat_map(|e| [e.next_down(), *e, e.next_up()]);
    let within = within.iter().map(|t| low * (1.0 - t) + high * t);
    near.chain(within).chain(anywhere.iter().copied()).collect()
}

fn with_probes(axis: impl Strategy<Value = Axis>) -> impl Strategy<Value = (Axis, Vec<f64>)> {
    (axis, vec(any_double(), 0..30), vec(0.0..1.0, 0..30)).prop_map(|(axis, anywhere, within)| {
        let values = probes(&edges(&axis), &anywhere, &within);
        (axis, values)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn axes_give_the_bin_of_a_search_in_their_edges(
        (axis, values) in with_probes(prop_oneof![regular(), variable(), log()]),
    ) {
        let edges = edges(&axis);
        for (x, got) in values.iter().zip(index(&axis, Column::F64(&values))) {
            prop_assert_eq!(got, reference::bin(&edges, *x), "{} on {:?}", x, axis);
        }
    }

    #[test]
    fn singles_are_binned_as_the_doubles_they_are(
        axis in prop_oneof![regular(), variable(), log(), integer(), circular()],
        bits in vec(any::<u32>(), 0..20),
        near in vec(-60f32..60.0, 0..20),
    ) {
        let mut singles: Vec<f32> = bits.into_iter().map(f32::from_bits).collect();
        singles.extend(near);
        let doubles: Vec<f64> = singles.iter().map(|&x| x.into()).collect();
        prop_assert_eq!(index(&axis, Column::F32(&singles)), index(&axis, Column::F64(&doubles)));
    }

    #[test]
    fn integers_are_binned_as_the_nearest_doubles(
        axis in prop_oneof![regular(), variable(), log(), circular()],
        signed in vec(prop_oneof![any::<i64>(), -60i64..60, Just(LARGEST + 1)], 0..20),
        unsigned in vec(prop_oneof![any::<u64>(), 0u64..60, Just(u64::MAX)], 0..20),
        truths in vec(any::<bool>(), 0..5),
    ) {
        #[allow(clippy::cast_precision_loss)] // the nearest is the claim
        let doubles = |v: &[i64]| v.iter().map(|&x| x as f64).collect::<Vec<f64>>();
        #[allow(clippy::cast_precision_loss)] // as above
        let unsigned_doubles: Vec<f64> = unsigned.iter().map(|&x| x as f64).collect();
        let numbers: Vec<f64> = truths.iter().map(|&x| u8::from(x).into()).collect();
        prop_assert_eq!(index(&axis, Column::I64(&signed)), index(&axis, Column::F64(&doubles(&signed))));
        prop_assert_eq!(index(&axis, Column::U64(&unsigned)), index(&axis, Column::F64(&unsigned_doubles)));
        prop_assert_eq!(index(&axis, Column::Bool(&truths)), index(&axis, Column::F64(&numbers)));
    }

    /// The bin of the floor: unlike other axes, the last bin is open on the right.
    #[test]
    fn int_axes_give_the_bin_of_a_search_without_the_last_edge(
        (axis, values) in with_probes(integer()),
    ) {
        let mut open = edges(&axis);
        let bins = i32::try_from(open.len() - 1).unwrap();
        open.push(f64::INFINITY);
        for (x, got) in values.iter().zip(index(&axis, Column::F64(&values))) {
            prop_assert_eq!(got, reference::bin(&open, *x).min(bins), "{} on {:?}", x, axis);
        }
    }

    #[test]
    fn int_axes_compare_integers_exactly(
        low in prop_oneof![-50i64..50, -LARGEST..LARGEST - 70, Just(-LARGEST), Just(LARGEST - 61)],
        more in 0i64..60,
        values in vec(prop_oneof![any::<i64>(), -60i64..60, LARGEST - 9..LARGEST + 9], 0..30),
        distances in vec(-3i64..64, 0..30),
    ) {
        let high = low + more;
        let axis = Axis::Integer(Integer::new(low, high).expect("limits up to 2^53"));
        let near = distances.into_iter().map(|d| low + d);
        let values: Vec<i64> = values.into_iter().chain(near).collect();
        let want = |x: i128| {
            let (low, high) = (i128::from(low), i128::from(high));
            i32::try_from((x.clamp(low - 1, high + 1)) - low).unwrap()
        };
        let wanted: Vec<i32> = values.iter().map(|&x| want(x.into())).collect();
        prop_assert_eq!(index(&axis, Column::I64(&values)), wanted);
        let unsigned: Vec<u64> = values.iter().map(|x| x.cast_unsigned()).collect();
        let wanted: Vec<i32> = unsigned.iter().map(|&x| want(x.into())).collect();
        prop_assert_eq!(index(&axis, Column::U64(&unsigned)), wanted);
    }

    #[test]
    fn every_finite_value_has_a_bin_on_a_circle(
        (axis, values) in with_probes(circular()),
    ) {
        let edges = edges(&axis);
        let bins = i32::try_from(axis.bins()).unwrap();
        for (&x, got) in values.iter().zip(index(&axis, Column::F64(&values))) {
            if x.is_nan() {
                prop_assert_eq!(got, NAN);
            } else if x.is_infinite() {
                prop_assert_eq!(got, bins, "{} on {:?}", x, axis);
            } else {
                prop_assert!((0..bins).contains(&got), "{} on {:?} is {}", x, axis, got);
            }
            if edges[0] <= x && x < edges[edges.len() - 1] {
                prop_assert_eq!(got, reference::bin(&edges, x), "{} on {:?}", x, axis);
            }
        }
    }

    /// Limits, values and whole periods on a grid on which doubles are exact.
    #[test]
    fn whole_periods_do_not_matter_on_a_circle(
        low in -5000i32..5000,
        period in 1i32..5000,
        value in -100_000i32..100_000,
        turns in -1000i32..1000,
        bins in 1u64..50,
        unit in -300i32..300,
    ) {
        let scaled = |n: i32| f64::from(n) * 2f64.powi(unit);
        let axis = Axis::Circular(Circular::new(bins, scaled(low), scaled(low + period)).unwrap());
        let inside = low + (value - low).rem_euclid(period);
        let values = [inside, value, value + turns * period].map(scaled);
        let got = index(&axis, Column::F64(&values));
        let want = reference::bin(&edges(&axis), values[0]);
        prop_assert_eq!(got, [want; 3]);
        let limits = [low, low + period, low - period].map(scaled);
        prop_assert_eq!(index(&axis, Column::F64(&limits)), [0; 3]);
    }

    #[test]
    fn log_edges_run_from_limit_to_limit((bins, a, b) in limits()) {
        let (low, high) = (a.abs().min(b.abs()), a.abs().max(b.abs()));
        if let Ok(axis) = Log::new(bins, low, high) {
            let edges = axis.edges();
            prop_assert_eq!(edges.len() as u64, bins + 1);
            prop_assert_eq!((edges[0], edges[edges.len() - 1]), (low, high));
        }
    }

    #[test]
    fn regular_edges_run_from_limit_to_limit((bins, low, high) in limits()) {
        prop_assume!((high - low).is_finite());
        let edges = linspace(low, high, usize::try_from(bins).unwrap());
        prop_assert_eq!(edges.len() as u64, bins + 1);
        prop_assert_eq!((edges[0], edges[edges.len() - 1]), (low, high));
    }

    #[test]
    fn log_edges_are_a_geometric_sequence(axis in log()) {
        let Axis::Log(axis) = axis else { unreachable!("a log axis") };
        let edges = axis.edges();
        // Up to 4.5 units of 2^-52 times the largest exponent are rounded off by log10,
        // step, product and sum; 10^ makes them a relative error, 2.3 times as large.
        // NumPy's edges have it as well.
        let exponent = edges[0].log10().abs().max(edges[edges.len() - 1].log10().abs());
        let places = 4.0 + 21.0 * exponent;
        for (i, &e) in edges.iter().enumerate() {
            prop_assert!(is_geometric(edges, i, places), "edge {} is {}", i, e);
        }
    }

    #[test]
    fn serialised_axes_come_back_with_their_bits(
        axis in prop_oneof![
            regular(), variable(), log(), integer(), circular(),
            Just(Axis::Category(Category::boolean())),
        ],
    ) {
        let text = serde_json::to_string(&axis).unwrap();
        let back: Axis = serde_json::from_str(&text).unwrap();
        let bits = |axis: &Axis| axis.edges().map(|e| e.into_iter().map(f64::to_bits).collect::<Vec<_>>());
        prop_assert_eq!(bits(&back), bits(&axis));
        prop_assert_eq!((back.kind(), back.categories()), (axis.kind(), axis.categories()));
    }

    /// Requests as people write them: `x:step:0.1:-3..1.3`.
    #[test]
    fn steps_that_divide_a_decimal_range_end_at_its_limit(
        digits in 0u32..4,
        step in 1i32..300,
        low in -3000i32..3000,
        bins in 1i32..200,
    ) {
        let decimal = |n: i32| f64::from(n) / 10f64.powi(digits.cast_signed());
        let (step, low, high) = (decimal(step), decimal(low), decimal(low + bins * step));
        let axis = Variable::steps(step, low, high).unwrap();
        let edges = axis.edges();
        prop_assert_eq!(edges.len(), usize::try_from(bins).unwrap() + 1);
        let last = edges[edges.len() - 1];
        prop_assert!(high <= last && last <= high + 1e-12 * (high.abs() + low.abs()), "{} {}", last, high);
        for (i, &e) in (0i32..).zip(&edges[..edges.len() - 1]) {
            prop_assert_eq!(e, f64::from(i) * step + low);
        }
    }

    #[test]
    fn steps_cover_a_range_that_they_do_not_divide(
        step in 1i32..300,
        low in -3000i32..3000,
        width in 1i32..5000,
    ) {
        let axis = Variable::steps(step.into(), low.into(), (low + width).into()).unwrap();
        let bins = (width + step - 1) / step;
        let want: Vec<f64> = (0..=bins).map(|i| f64::from(low + i * step)).collect();
        prop_assert_eq!(axis.edges(), want);
    }
}

/// Whether edge i lies within `places` units in its last place of
/// `low^(1 - i/n) * high^(i/n)`: compared as n-th powers, in integers.
fn is_geometric(edges: &[f64], i: usize, places: f64) -> bool {
    let n = edges.len() - 1;
    let (low, high) = (edges[0], edges[n]);
    let exact =
        grid(low).pow(u32::try_from(n - i).unwrap()) * grid(high).pow(u32::try_from(i).unwrap());
    let place = edges[i].next_up() - edges[i];
    #[allow(clippy::cast_possible_truncation)] // below 2^13
    let places = places as i64;
    let at = |k: i64| {
        (grid(edges[i]) + grid(place) * k)
            .max(BigInt::ZERO)
            .pow(u32::try_from(n).unwrap())
    };
    at(-places) <= exact && exact <= at(places)
}

/// A finite positive double as a multiple of 2^-1074.
fn grid(x: f64) -> BigInt {
    let (exponent, fraction) = (x.to_bits() >> 52, x.to_bits() & ((1 << 52) - 1));
    match exponent {
        0 => BigInt::from(fraction),
        _ => BigInt::from(fraction | 1 << 52) << (exponent - 1),
    }
}

/// -1e-20 degrees are a little less than 360, though the sum rounds to 360.
#[test]
fn values_just_below_the_lower_limit_of_a_circle_are_at_its_upper() {
    let axis = Axis::Circular(Circular::new(36, 0.0, 360.0).unwrap());
    let values = [-1e-20, -5e-324, 360.0, 0.0, 360.0f64.next_down()];
    assert_eq!(index(&axis, Column::F64(&values)), [35, 35, 0, 0, 35]);
}

proptest! {
    /// Edges and their neighbours, turns away, on circles whose period is a double.
    #[test]
    fn values_on_a_circle_are_wrapped_exactly(
        limits in prop_oneof![
            Just((0.0, 360.0)), Just((-180.0, 180.0)), Just((0.0, TAU)), Just((-PI, PI)),
        ],
        bins in 1u64..100, at in 0u64..100, turns in -3i32..3, steps in -2i32..=2,
    ) {
        let (low, high) = limits;
        let axis = Axis::Circular(Circular::new(bins, low, high).unwrap());
        let edges = edges(&axis);
        let x = edges[usize::try_from(at % bins).unwrap()] + f64::from(turns) * (high - low);
        let step = |x: f64, _| if steps < 0 { x.next_down() } else { x.next_up() };
        let x = (0..steps.abs()).fold(x, step);
        let signed = |x: f64| if x < 0.0 { -grid(-x) } else { grid(x) };
        let (low, period) = (signed(low), signed(high) - signed(low));
        let turned = (signed(x) - &low) % &period;
        let wrapped = &low + (turned + &period) % &period;
        let below = edges.iter().filter(|&&edge| signed(edge) <= wrapped).count();
        let want = i32::try_from(below).unwrap() - 1;
        prop_assert_eq!(index(&axis, Column::F64(&[x])), [want], "{}", x);
    }
}

#[test]
fn truth_values_have_a_bin_each_and_other_columns_none() {
    let axis = Axis::Category(Category::boolean());
    assert_eq!(index(&axis, Column::Bool(&[true, false, true])), [1, 0, 1]);
    assert_eq!(index(&axis, Column::F64(&[0.0, 1.0])), [NAN, NAN]);
    assert_eq!(axis.bins(), 2);
    assert!(axis.edges().is_none() && !axis.has_flow());
}

#[test]
fn infinite_outer_edges_take_infinities_in() {
    let axis = Axis::Variable(Variable::new(vec![f64::NEG_INFINITY, 0.0, f64::INFINITY]).unwrap());
    let values = [
        f64::NEG_INFINITY,
        -1.0,
        -0.0,
        0.0,
        f64::MAX,
        f64::INFINITY,
        f64::NAN,
    ];
    assert_eq!(index(&axis, Column::F64(&values)), [0, 0, 1, 1, 1, 1, NAN]);
}

#[test]
fn values_that_touch_zero_are_underflow_on_a_log_axis() {
    let axis = Axis::Log(Log::new(3, 1e-300, 1.0).unwrap());
    let values = [0.0, -0.0, -1.0, f64::NEG_INFINITY, 5e-324];
    assert_eq!(index(&axis, Column::F64(&values)), [UNDERFLOW; 5]);
}
