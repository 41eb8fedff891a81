//! Conventions: the bin of a value is the one that the library of that name gives it.

use proptest::collection::vec;
use proptest::prelude::*;
use terabin_core::axis::{
    Axis, Category, Circular, Convention, Integer, Log, NAN, Regular, UNDERFLOW, Variable,
};
use terabin_core::batch::Column;
use terabin_core::datetime::{NAT, ceil, floor};
use terabin_core::kernel::InstructionSet;

const ALL: [Convention; 3] = [Convention::Numpy, Convention::Scipy, Convention::Boost];

fn index(axis: &Axis, set: InstructionSet, column: Column<'_>) -> Vec<i32> {
    let mut bins = vec![77; column.len()];
    axis.index(set, column, &mut Vec::new(), &mut bins);
    bins
}

fn number(n: usize) -> i32 {
    i32::try_from(n).expect("a few")
}

/// `np.digitize` and `_bin_numbers` of SciPy, counted from -1.
fn scipy(edges: &[f64], x: f64) -> i32 {
    if x.is_nan() {
        return NAN;
    }
    let last = edges[edges.len() - 1];
    let mut bin = number(edges.iter().filter(|&&e| e <= x).count()) - 1;
    let narrowest = edges
        .windows(2)
        .map(|w| w[1] - w[0])
        .fold(f64::NAN, f64::min);
    if narrowest.is_infinite() {
        // SciPy fails; the edge belongs to its bin.
        return bin - i32::from(x == last);
    }
    #[allow(clippy::cast_possible_truncation)]
    let decimals = -libm::log10(narrowest) as i32 + 6;
    if x >= last && around(x, decimals) == around(last, decimals) {
        bin -= 1;
    }
    bin
}

fn around(x: f64, decimals: i32) -> f64 {
    let mut power = 1.0;
    for _ in 0..decimals.abs() {
        power *= 10.0;
    }
    if decimals >= 0 {
        (x * power).round_ties_even() / power
    } else {
        (x / power).round_ties_even() * power
    }
}

/// `index` of `boost/histogram/axis/regular.hpp`.
#[allow(clippy::cast_possible_truncation)]
fn boost_regular(edges: &[f64], x: f64) -> i32 {
    let bins = number(edges.len() - 1);
    if x.is_nan() {
        return NAN;
    }
    let z = (x - edges[0]) / (edges[edges.len() - 1] - edges[0]);
    match z {
        z if z >= 1.0 => bins,
        z if z >= 0.0 => (z * f64::from(bins)) as i32,
        _ => UNDERFLOW,
    }
}

/// `index` of `boost/histogram/axis/variable.hpp`.
fn boost_variable(edges: &[f64], x: f64) -> i32 {
    if x.is_nan() {
        return NAN;
    }
    number(edges.partition_point(|&e| e <= x)) - 1
}

fn defined(axis: &Axis, x: f64) -> i32 {
    let edges = axis.edges().expect("an axis with edges");
    match (axis.convention(), axis) {
        (Convention::Numpy, _) => terabin_core::kernel::reference::bin(&edges, x),
        (Convention::Scipy, _) => scipy(&edges, x),
        (Convention::Boost, Axis::Regular(_)) => boost_regular(&edges, x),
        (Convention::Boost, _) => boost_variable(&edges, x),
    }
}

fn any_double() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => any::<u64>().prop_map(f64::from_bits),
        4 => -1e3..1e3,
        2 => (-40i32..40).prop_map(f64::from),
        1 => (-40i32..40).prop_map(|n| f64::from(n) * 0.1),
        1 => (any::<i64>(), 1i64..1 << 54).prop_map(|(n, most)| {
            #[allow(clippy::cast_precision_loss)]
            let rounded = (n % most) as f64;
            rounded
        }),
        1 => prop::sample::select(vec![
            f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -0.0, f64::MAX, f64::MIN, 5e-324,
        ]),
    ]
}

/// Ordinary limits, limits a few doubles apart, huge, subnormal and negative ones.
fn limits() -> impl Strategy<Value = (f64, f64)> {
    let finite = || any_double().prop_filter("finite", |x| x.is_finite());
    let subnormal = || any::<u64>().prop_map(|bits| f64::from_bits(bits & (1 << 63 | 0xfff)));
    let narrow = (finite(), 1u64..100)
        .prop_map(|(low, ulps)| (low, (0..ulps).fold(low, |x, _| x.next_up())));
    let scaled = (finite(), -320i32..300)
        .prop_map(|(low, exponent)| (low, low + libm::pow(10.0, exponent.into())));
    let huge = (-1.0..0.5, 0.5..1.0).prop_map(|(a, b)| (a * 8.9e307, b * 8.9e307));
    let pair = prop_oneof![
        3 => (finite(), finite()),
        2 => narrow,
        2 => scaled,
        1 => huge,
        1 => (subnormal(), subnormal()),
    ];
    pair.prop_map(|(a, b)| (a.min(b), a.max(b)))
}

fn axis() -> impl Strategy<Value = Axis> {
    let regular = (1u64..60, limits());
    let regular = regular.prop_filter_map("increasing edges", |(bins, (low, high))| {
        Regular::new(bins, low, high).ok().map(Axis::Regular)
    });
    let widths = vec((-30i32..30, 1.0..2.0), 1..20);
    let widths = (any_double(), widths).prop_map(|(low, widths)| {
        let edges = widths.into_iter().scan(low, |at, (exponent, factor)| {
            *at += factor * 2f64.powi(exponent);
            Some(*at)
        });
        std::iter::once(low).chain(edges).collect()
    });
    let edges = prop_oneof![vec(any_double(), 2..20), widths];
    let variable = edges.prop_filter_map("increasing edges", |mut edges| {
        edges.retain(|x| !x.is_nan());
        edges.sort_by(f64::total_cmp);
        edges.dedup();
        Variable::new(edges).ok().map(Axis::Variable)
    });
    let log = (1u64..60, limits()).prop_filter_map("increasing edges", |(bins, (a, b))| {
        Log::new(bins, a.abs().min(b.abs()), a.abs().max(b.abs()))
            .ok()
            .map(Axis::Log)
    });
    prop_oneof![4 => regular, 3 => variable, 1 => log]
}

/// Edges and where conventions draw the line, each with the doubles beside it.
fn probes(axis: &Axis, anywhere: &[f64], fuzz: &[(i32, f64)]) -> Vec<f64> {
    let edges = axis.edges().expect("an axis with edges");
    let (first, last) = (edges[0], edges[edges.len() - 1]);
    let bins = edges.len() - 1;
    #[allow(clippy::cast_precision_loss)]
    let formula = |k: usize| first + (last - first) * (k as f64 / bins as f64);
    let mut near: Vec<f64> = edges
        .iter()
        .copied()
        .chain((0..=bins).map(formula))
        .collect();
    // Ties of the rounding at six decimals more than a bin has.
    for &(exponent, factor) in fuzz {
        let narrowest = edges
            .windows(2)
            .map(|w| w[1] - w[0])
            .fold(f64::NAN, f64::min);
        near.push(last + narrowest * libm::pow(10.0, exponent.into()) * factor);
        near.push(last + narrowest * factor);
    }
    let beside = near.iter().flat_map(|&x| {
        let (below, above) = (x.next_down(), x.next_up());
        [below.next_down(), below, x, above, above.next_up(), -x]
    });
    beside.chain(anywhere.iter().copied()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn bins_are_those_of_the_library(
        axis in axis(),
        anywhere in vec(any_double(), 0..40),
        fuzz in vec((-9i32..-3, 0.0..2.0), 0..20),
    ) {
        let values = probes(&axis, &anywhere, &fuzz);
        for convention in ALL {
            let axis = axis.clone().with_convention(convention);
            prop_assert_eq!(axis.convention(), convention);
            for set in InstructionSet::available() {
                let got = index(&axis, set, Column::F64(&values));
                for (&x, got) in values.iter().zip(got) {
                    prop_assert_eq!(got, defined(&axis, x), "{:e} by {} on {:?}", x, set, axis);
                }
            }
        }
    }

    #[test]
    fn a_plan_keeps_the_convention(axis in axis()) {
        for convention in ALL {
            let axis = axis.clone().with_convention(convention);
            let text = serde_json::to_string(&axis).unwrap();
            let read: Axis = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(&read, &axis);
            let back = read.with_convention(Convention::Numpy);
            prop_assert_eq!(back == axis, convention == Convention::Numpy);
        }
    }

    /// A time between two doubles is in the bin of the lower one, if not beyond the end.
    #[test]
    fn times_are_compared_exactly(
        start in prop_oneof![-1000i64..1000, any::<i64>(), 1_700_000_000_000_000_000i64..1 << 61],
        width in prop_oneof![1i64..5000, 1i64..1 << 50],
        bins in 1u64..12,
        near in vec(-700i64..700, 0..20),
    ) {
        #[allow(clippy::cast_precision_loss)]
        let (low, high) = (start as f64, start.saturating_add(width) as f64);
        let Ok(regular) = Regular::new(bins, low, high) else { return Ok(()) };
        let variable = Variable::new(regular.edges().to_vec()).unwrap();
        #[allow(clippy::cast_possible_truncation)]
        let around = regular.edges().iter().map(|&e| e as i64);
        let times: Vec<i64> = around
            .flat_map(|t| near.iter().map(move |d| t.saturating_add(*d)))
            .chain([NAT])
            .collect();
        let (below, above): (Vec<_>, Vec<_>) = times.iter().map(|&t| (floor(t), ceil(t))).unzip();
        for (axis, convention) in [Axis::Regular(regular), Axis::Variable(variable)]
            .into_iter()
            .flat_map(|axis| ALL.map(|c| (axis.clone().with_convention(c), c)))
        {
            let set = InstructionSet::best();
            let lower = index(&axis, set, Column::F64(&below));
            let upper = index(&axis, set, Column::F64(&above));
            let got = index(&axis, set, Column::Datetime(&times));
            let beyond = number(axis.bins());
            for ((got, lower), upper) in got.into_iter().zip(lower).zip(upper) {
                let closed = convention != Convention::Boost;
                let want = if closed && upper == beyond { upper } else { lower };
                prop_assert_eq!(got, want, "{:?}", axis);
            }
        }
    }
}

fn bins(axis: Axis, convention: Convention, values: &[f64]) -> Vec<i32> {
    let axis = axis.with_convention(convention);
    index(&axis, InstructionSet::best(), Column::F64(values))
}

#[test]
fn the_last_edge_is_where_conventions_differ() {
    let axis = || Axis::Regular(Regular::new(2, 0.0, 1.0).unwrap());
    // Bins of a half have 0 + 6 decimals.
    let values = [0.0, 0.5, 1.0, 1.0f64.next_up(), 1.000_000_4, 1.000_000_6];
    assert_eq!(bins(axis(), Convention::Numpy, &values), [0, 1, 1, 2, 2, 2]);
    assert_eq!(bins(axis(), Convention::Scipy, &values), [0, 1, 1, 1, 1, 2]);
    assert_eq!(bins(axis(), Convention::Boost, &values), [0, 1, 2, 2, 2, 2]);
}

#[test]
fn boost_has_no_edges_between_equal_bins() {
    // 100 bins of width 1: 29, 57 and 58 fall below the edge that they are.
    let axis = Axis::Regular(Regular::new(100, 0.0, 100.0).unwrap());
    let integers: Vec<f64> = (0..100).map(f64::from).collect();
    let off = |axis: &Axis, convention| {
        let found = bins(axis.clone(), convention, &integers);
        found.iter().zip(0..).filter(|&(&bin, k)| bin != k).count()
    };
    assert_eq!(off(&axis, Convention::Numpy), 0);
    assert_eq!(off(&axis, Convention::Boost), 3);
    let edges = Axis::Variable(Variable::new(axis.edges().unwrap()).unwrap());
    assert_eq!(off(&edges, Convention::Boost), 0);
}

#[test]
fn boost_takes_in_what_its_quotient_cannot_tell_from_zero() {
    let axis = Axis::Regular(Regular::new(2, 0.0, 1e300).unwrap());
    let values = [-1e-24, -3e-24];
    assert_eq!(bins(axis.clone(), Convention::Boost, &values), [0, -1]);
    assert_eq!(bins(axis, Convention::Numpy, &values), [-1, -1]);
}

#[test]
fn where_scipy_rounds_to_infinity_or_nothing() {
    let edges = |edges: &[f64]| Axis::Variable(Variable::new(edges.to_vec()).unwrap());
    let beyond = [2.0, f64::MAX, f64::INFINITY];
    // 2 * 10^308 is infinite, and so is everything above.
    let wide = edges(&[0.0, 1e-302, 2.0]);
    assert_eq!(bins(wide, Convention::Scipy, &beyond), [1, 1, 1]);
    // 10^309 is infinite: infinity over infinity is nothing, and nothing equals nothing.
    let nothing = edges(&[0.0, 1e-303, 2.0]);
    assert_eq!(bins(nothing, Convention::Scipy, &beyond), [2, 2, 2]);
    let open = edges(&[-1.0, f64::INFINITY]);
    assert_eq!(bins(open, Convention::Scipy, &beyond), [0, 0, 0]);
}

#[test]
fn integers_categories_and_circles_are_the_same_in_all() {
    for axis in [
        Axis::Integer(Integer::new(0, 9).unwrap()),
        Axis::Category(Category::boolean()),
        Axis::Circular(Circular::new(4, 0.0, 1.0).unwrap()),
    ] {
        for convention in ALL {
            let other = axis.clone().with_convention(convention);
            assert_eq!((&other, other.convention()), (&axis, Convention::Numpy));
        }
    }
}
