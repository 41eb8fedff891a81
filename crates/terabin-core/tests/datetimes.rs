//! Datetimes on axes and in states, against exact arithmetic.

use std::cmp::Ordering;

use proptest::collection::vec;
use proptest::prelude::*;
use terabin_core::axes::{Axes, Indexer};
use terabin_core::axis::{Axis, Circular, Integer, Log, NAN, Regular, UNDERFLOW, Variable};
use terabin_core::batch::{Column, DataType};
use terabin_core::datetime::{NAT, ceil, floor};
use terabin_core::fill::{Cells, Layout};
use terabin_core::histogram::{Histogram, Values};
use terabin_core::kernel::InstructionSet;
use terabin_core::state::{Content, Quantity};
use terabin_core::statistic::{NanRule, Number, Statistic};

const DAY: i64 = 86_400_000_000_000;
/// 2024-01-01T00:00:00.
const NEW_YEAR: i64 = 19_723 * DAY;

fn bins(axis: &Axis, times: &[i64]) -> Vec<i32> {
    let mut bins = vec![77; times.len()];
    axis.index(
        InstructionSet::best(),
        Column::Datetime(times),
        &mut vec![0.5; 3],
        &mut bins,
    );
    bins
}

/// How a time lies to an edge, in exact arithmetic.
fn compare(time: i64, edge: f64) -> Ordering {
    if edge.abs() > 1e30 {
        return if edge > 0.0 {
            Ordering::Less
        } else {
            Ordering::Greater
        };
    }
    #[allow(clippy::cast_possible_truncation)] // at most 10^30
    let whole = i128::from(time).cmp(&(edge.floor() as i128));
    let fraction = edge - edge.floor();
    whole.then(if fraction == 0.0 {
        Ordering::Equal
    } else {
        Ordering::Less
    })
}

/// The bin of a time by its definition; `closed` tells whether the last edge is in.
fn exact(edges: &[f64], time: i64, closed: bool) -> i32 {
    if time == NAT {
        return NAN;
    }
    let above = |e: &f64| compare(time, *e).is_ge();
    let at_or_above = edges.iter().filter(|e| above(e)).count();
    let last = edges.len() - 1;
    let at_last = compare(time, edges[last]).is_eq();
    if at_or_above == 0 {
        UNDERFLOW
    } else if at_or_above > last {
        i32::try_from(if closed && at_last { last - 1 } else { last }).unwrap()
    } else {
        i32::try_from(at_or_above - 1).unwrap()
    }
}

/// Times around these edges, and anywhere.
fn probes(edges: &[f64], anywhere: &[i64], near: &[i64]) -> Vec<i64> {
    #[allow(clippy::cast_possible_truncation)] // saturates
    let around = edges.iter().map(|e| *e as i64);
    let around = around.flat_map(|t| near.iter().map(move |d| t.saturating_add(*d)));
    around
        .chain(anywhere.iter().copied())
        .chain([NAT])
        .collect()
}

#[allow(clippy::cast_precision_loss)] // any limits will do
fn axis() -> impl Strategy<Value = Axis> {
    let start = prop_oneof![
        NEW_YEAR - 1000..NEW_YEAR + 1000,
        -1000i64..1000,
        any::<i64>(),
        i64::MAX - 100_000..i64::MAX,
    ];
    let width = prop_oneof![1i64..5000, DAY - 3..DAY + 3, 1i64..1 << 62];
    let edges = (start, width, 1u64..12).prop_filter_map("an axis", |(start, width, bins)| {
        let (low, high) = (start as f64, start.saturating_add(width) as f64);
        Regular::new(bins, low, high).ok().map(Axis::Regular)
    });
    let list = vec(prop_oneof![-1e19..1e19, 1.7e18..1.700_000_001e18], 2..9);
    prop_oneof![
        4 => edges,
        2 => list.prop_filter_map("increasing edges", |mut edges| {
            edges.sort_by(f64::total_cmp);
            Variable::new(edges).ok().map(Axis::Variable)
        }),
        1 => (1u64..9).prop_map(|n| Axis::Log(Log::new(n, 1.5, 1.7e18).unwrap())),
        1 => (-9i64..9).prop_map(|n| Axis::Integer(Integer::new(n, n + 5).unwrap())),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn times_are_compared_with_edges_exactly(
        axis in axis(),
        anywhere in vec(any::<i64>(), 0..20),
        near in vec(-700i64..700, 0..20),
    ) {
        let edges = axis.edges().unwrap();
        let times = probes(&edges, &anywhere, &near);
        let closed = !matches!(axis, Axis::Integer(_));
        for (&time, bin) in times.iter().zip(bins(&axis, &times)) {
            prop_assert_eq!(bin, exact(&edges, time, closed), "{} on {:?}", time, axis);
        }
    }

    #[test]
    fn times_are_brought_to_a_circle_exactly(
        low in prop_oneof![Just(0), -DAY..DAY, NEW_YEAR - 600..NEW_YEAR + 600],
        period in prop_oneof![Just(DAY), 1024i64..1 << 50],
        n in 1u64..30,
        times in vec(prop_oneof![any::<i64>(), NEW_YEAR - DAY..NEW_YEAR + DAY], 1..30),
        turns in 0i64..30_000,
    ) {
        #[allow(clippy::cast_precision_loss)] // any limits will do
        let (low, high) = (low as f64, (low + period) as f64);
        let Ok(circle) = Circular::new(n, low, high) else {
            return Ok(());
        };
        let axis = Axis::Circular(circle);
        let edges = axis.edges().unwrap();
        #[allow(clippy::cast_possible_truncation)] // small limits
        let (start, turn) = (low as i128, high as i128 - low as i128);
        let at_edges = edges.iter().map(|e| {
            #[allow(clippy::cast_possible_truncation)] // within the limits
            let time = *e as i128 + i128::from(turns) * turn;
            i64::try_from(time).unwrap_or(0)
        });
        let times: Vec<i64> = times.iter().copied().chain(at_edges).filter(|&t| t != NAT).collect();
        for (&time, bin) in times.iter().zip(bins(&axis, &times)) {
            let within = start + (i128::from(time) - start).rem_euclid(turn);
            let within = i64::try_from(within).unwrap();
            prop_assert_eq!(bin, exact(&edges, within, true), "{} on {:?}", time, axis);
        }
    }

    #[test]
    fn the_range_of_times_reaches_around_them(times in vec(any::<i64>(), 0..20)) {
        let histogram = fill(&times, vec![Quantity::FiniteRange(0)]);
        let finite = || times.iter().copied().filter(|&t| t != NAT);
        match histogram.content(Quantity::FiniteRange(0), 0) {
            Some(Content::FiniteRange(Some(range))) => {
                prop_assert_eq!(Some(range.min), finite().min().map(floor));
                prop_assert_eq!(Some(range.max), finite().max().map(ceil));
            }
            other => prop_assert!(finite().count() == 0, "{:?}", other),
        }
    }

    #[test]
    fn no_time_is_left_out_as_nan_is(times in vec(prop_oneof![any::<i64>(), Just(NAT)], 0..20)) {
        let (min, max) = (Statistic::Min(0), Statistic::Max(0));
        let quantities = [min.quantities(), vec![Quantity::Sum(0)]].concat();
        let histogram = fill(&times, quantities);
        let finite: Vec<i64> = times.iter().copied().filter(|&t| t != NAT).collect();
        let missing = times.len() - finite.len();
        prop_assert_eq!(histogram.nan_value(), [missing as u64]);
        let valid = histogram.content(Quantity::Valid(0), 0);
        prop_assert_eq!(valid, Some(Content::Count(finite.len() as u64)));
        let values = |s, rule| histogram.values(s, rule);
        let expect = |x: Option<&i64>| Values::I64(vec![x.copied().unwrap_or(NAT)]);
        prop_assert_eq!(values(min, NanRule::Omit), expect(finite.iter().min()));
        prop_assert_eq!(values(max, NanRule::Omit), expect(finite.iter().max()));
        if missing > 0 {
            prop_assert_eq!(values(max, NanRule::Propagate), Values::I64(vec![NAT]));
        }
        let Some(Content::Sum(sum)) = histogram.content(Quantity::Sum(0), 0) else {
            panic!("a sum was collected");
        };
        let total: i128 = finite.iter().map(|&t| i128::from(t)).sum();
        prop_assert_eq!(sum.integer.to_big() << sum.exponent, total.into());
    }
}

fn fill(times: &[i64], quantities: Vec<Quantity>) -> Histogram {
    let layout = Layout {
        searches: Vec::new(),
        axes: Axes::default(),
        axis_expressions: Vec::new(),
        value_expressions: vec![0],
        value_types: vec![DataType::Datetime],
        quantities,
    };
    let mut cells = Cells::new(&layout);
    let columns = [Column::Datetime(times)];
    cells.fill(
        &layout,
        &mut Indexer::default(),
        &columns,
        times.len(),
        None,
    );
    Histogram::new(layout, cells)
}

#[test]
fn a_nanosecond_after_the_last_edge_is_outside() {
    #[allow(clippy::cast_precision_loss)] // whole days are doubles
    let axis = Regular::new(24, NEW_YEAR as f64, (NEW_YEAR + DAY) as f64).unwrap();
    let axis = Axis::Regular(axis);
    let end = NEW_YEAR + DAY;
    let hour = DAY / 24;
    let times = [
        NEW_YEAR - 1,
        NEW_YEAR,
        NEW_YEAR + hour - 1,
        NEW_YEAR + hour,
        end,
        end + 1,
        NAT,
    ];
    assert_eq!(bins(&axis, &times), [UNDERFLOW, 0, 0, 1, 23, 24, NAN]);
}

#[test]
fn the_hour_of_the_day_is_a_circle() {
    #[allow(clippy::cast_precision_loss)] // a day is a double
    let axis = Axis::Circular(Circular::new(24, 0.0, DAY as f64).unwrap());
    let hour = DAY / 24;
    let times = [
        NEW_YEAR,
        NEW_YEAR + 13 * hour,
        NEW_YEAR + 13 * hour - 1,
        -1,
        NAT,
    ];
    assert_eq!(bins(&axis, &times), [0, 13, 12, 23, NAN]);
}

#[test]
fn the_extremes_of_no_times_are_no_time() {
    let histogram = fill(&[], Statistic::Min(0).quantities());
    let number = histogram.number(Statistic::Min(0), NanRule::Omit, 0);
    assert_eq!(number, Number::I64(NAT));
    assert_eq!(histogram.result_type(Statistic::Min(0)), DataType::Datetime);
}
