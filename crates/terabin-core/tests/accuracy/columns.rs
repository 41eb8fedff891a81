//! Grids of cells whose numbers are hard to get right: every cell of one regime.

use std::ops::Range;

use num_bigint::{BigInt, Sign};
use num_traits::ToPrimitive;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use terabin_core::kernel::InstructionSet;

use crate::generators::{Values, regimes, types, values};
use crate::model::{Real, UNIT, reals};

/// The values of one cell, by the name of what is hard about them.
pub type Kind = (String, BoxedStrategy<Values>);

/// Every regime, type and size of cells.
pub fn kinds() -> Vec<Kind> {
    let mixed = values().prop_filter_map("doubles", |values| match values {
        Values::F64(values) => Some(values),
        _ => None,
    });
    let doubles = regimes().into_iter().chain([
        ("each cell of another regime", mixed.boxed()),
        ("all binades", vec(finite(), 1..12).boxed()),
        ("condition 1e16", condition(54).boxed()),
        ("condition 1e32", condition(107).boxed()),
        ("condition 1e100", condition(333).boxed()),
        ("condition 1e300", condition(997).boxed()),
        ("beyond the largest and back", beyond_and_back().boxed()),
        ("means halfway", halfway_mean().boxed()),
        ("variances halfway", halfway_variance().boxed()),
        ("deviations halfway", halfway_deviation().boxed()),
        (
            "constants",
            (finite(), 1usize..9).prop_map(|(x, n)| vec![x; n]).boxed(),
        ),
        (
            "whole numbers",
            vec((-9i8..10).prop_map(f64::from), 1..9).boxed(),
        ),
        ("tame", vec(-1.0..1.0, 1..12).boxed()),
        ("many rows", vec(-1.0..1.0, 100..200).boxed()),
    ]);
    let doubles = doubles.map(|(name, values)| (name, values.prop_map(Values::F64).boxed()));
    let kinds = doubles.chain(types());
    kinds.map(|(name, values)| (name.into(), values)).collect()
}

/// Weights as they are meant: not below zero. Those of the other kinds are.
fn weights() -> Vec<Kind> {
    let binades = finite().prop_map(f64::abs);
    let counts = (0u8..4).prop_map(f64::from);
    let tiny = (-900i32..-20).prop_map(|e| 2f64.powi(e));
    let weights: [(&str, BoxedStrategy<Vec<f64>>); 4] = [
        ("fractions", vec(0.0..1.0, 1..12).boxed()),
        ("all positive binades", vec(binades, 1..12).boxed()),
        ("counts", vec(counts, 1..12).boxed()),
        (
            "ones and tiny ones",
            vec(prop_oneof![2 => Just(1.0), 1 => tiny], 1..5).boxed(),
        ),
    ];
    let kinds = weights.map(|(name, w)| (name.into(), w.prop_map(Values::F64).boxed()));
    kinds.into()
}

fn finite() -> impl Strategy<Value = f64> {
    let bits = (any::<bool>(), 0..f64::INFINITY.to_bits());
    bits.prop_map(|(minus, bits)| f64::from_bits(bits | u64::from(minus) << 63))
}

/// As Ogita, Rump and Oishi make sums of a given condition (SIAM J. Sci. Comput. 26, 1955,
/// algorithm 6.1): numbers over many binades, then each takes most of the sum away.
fn condition(binades: i32) -> impl Strategy<Value = Vec<f64>> {
    let half = binades / 2;
    let number = (-1.0..1.0, -half..half).prop_map(|(x, e)| x * 2f64.powi(e));
    (vec(number, 1..8), -1.0..1.0).prop_map(move |(mut values, rest)| {
        values.push(2f64.powi(half));
        let exact = reals(&Values::F64(values.clone()));
        let mut sum: BigInt = exact.iter().filter_map(Real::finite).sum();
        while sum.bits() > u64::from(UNIT.saturating_add_signed(-half)) {
            let zeros = sum.bits().saturating_sub(53);
            let taken = (&sum >> zeros) << zeros;
            let significand = (&taken >> zeros).to_f64().expect("53 bits");
            let exponent = zeros.cast_signed() - i64::from(UNIT);
            values.push(-significand * 2f64.powi(i32::try_from(exponent).unwrap()));
            sum -= taken;
        }
        values.push(rest * 2f64.powi(-half));
        values
    })
}

/// Partial sums overflow and squares do; the sum and often the variance do not.
fn beyond_and_back() -> impl Strategy<Value = Vec<f64>> {
    let top =
        (0..f64::MAX.to_bits()).prop_map(|bits| f64::from_bits(f64::MAX.to_bits() - bits % 9));
    (vec(top, 1..6), vec(finite(), 0..3)).prop_map(|(large, rest)| {
        let back = large.iter().map(|x| -x);
        large.iter().copied().chain(rest).chain(back).collect()
    })
}

/// Neighbours: their mean lies halfway, or beside by far less than a double tells.
fn halfway_mean() -> impl Strategy<Value = Vec<f64>> {
    let beside = prop_oneof![Just(None), (any::<bool>(), -1074i32..-900).prop_map(Some)];
    (finite(), 1usize..4, beside).prop_map(|(x, pairs, beside)| {
        let up = if x.next_up().is_finite() {
            x.next_up()
        } else {
            x
        };
        let mut values = [x, up].repeat(pairs);
        if let Some((minus, exponent)) = beside {
            // Four rows in place of two leave the mean halfway but for the tiny one.
            let tiny = f64::from_bits(1) * 2f64.powi(exponent + 1074);
            values = vec![x, up, if minus { -tiny } else { tiny }, 0.0];
        }
        values
    })
}

/// `m + d` and `m - d`: their variance is d^2, of 54 bits, or beside.
fn halfway_variance() -> impl Strategy<Value = Vec<f64>> {
    let odd = (94_906_266u32..1 << 27).prop_map(|d| f64::from(d | 1));
    let beside = prop_oneof![Just(0.0), Just(2f64.powi(-20))];
    (odd, 0..1 << 29, -400i32..400, beside).prop_map(|(d, m, exponent, beside)| {
        let m = f64::from(m);
        let four = [m + d, m - d, m + beside, m - beside];
        let rows = if beside == 0.0 { 2 } else { 4 };
        four[..rows]
            .iter()
            .map(|x| x * 2f64.powi(exponent))
            .collect()
    })
}

/// `4k` and -2: their standard deviation is `2k + 1`, of 54 bits; or `k` and -1, of 53.
/// A third value of tiny weight moves it beside.
fn halfway_deviation() -> impl Strategy<Value = Vec<f64>> {
    let third = prop_oneof![Just(None), Just(Some(0.0)), Just(Some(2f64.powi(60)))];
    let k = 1u64 << 52..1 << 53;
    (k, any::<bool>(), third, -800i32..800).prop_map(|(k, exact, third, exponent)| {
        let k = k.to_f64().expect("53 bits");
        let two = if exact { [k, -1.0] } else { [4.0 * k, -2.0] };
        let scale = 2f64.powi(exponent);
        two.into_iter().chain(third).map(|x| x * scale).collect()
    })
}

/// A grid: a value, another and weights of each row, and the cell of each.
pub struct Rows {
    pub name: String,
    pub count: usize,
    pub columns: [Values; 3],
    pub cell: Vec<i64>,
    /// The most rows that come at a time.
    pub batch: usize,
    /// Rows in the order in which they come, cut into parts.
    order: Vec<usize>,
    /// The rows of each cell.
    ranges: Vec<Range<usize>>,
}

impl Rows {
    /// The grid of this number, always the same.
    pub fn draw(kinds: &[Kind], number: usize, count: usize) -> Self {
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&number.to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        let of = |number: usize| &kinds[number % kinds.len()];
        let round = number / kinds.len();
        // In later rounds each value meets other ones and other weights.
        let (u, v) = (of(number), of(number + round));
        let weights = weights();
        let shifted = number + round;
        let w = match shifted % 2 {
            0 => &weights[shifted / 2 % weights.len()],
            _ => of(number * 5 + round * 7),
        };
        let first = cells(&u.1, &mut runner, count);
        let lengths: Vec<usize> = first.iter().map(|values| values.column().len()).collect();
        let mut as_long = |kind: &Kind| {
            let cells = cells(&kind.1, &mut runner, count).into_iter().zip(&lengths);
            joined(
                cells
                    .map(|(values, &rows)| repeated(&values, rows))
                    .collect(),
            )
        };
        let columns = [joined(first), as_long(v), as_long(w)];
        let ends = lengths.iter().scan(0, |end, rows| {
            *end += rows;
            Some(*end - rows..*end)
        });
        let ranges: Vec<Range<usize>> = ends.collect();
        let rows = 0..ranges.last().map_or(0, |range| range.end);
        let order = Just(rows.collect::<Vec<_>>()).prop_shuffle();
        let cell = ranges.iter().zip(0i64..);
        Self {
            name: format!("{number} of {}, {} weighted by {}", u.0, v.0, w.0),
            count,
            columns,
            cell: cell
                .flat_map(|(range, cell)| range.clone().map(move |_| cell))
                .collect(),
            batch: one(&(1usize..5000).boxed(), &mut runner),
            order: one(&order.boxed(), &mut runner),
            ranges,
        }
    }

    /// One part for each set of instructions.
    pub fn part(&self, part: usize) -> &[usize] {
        let each = self
            .order
            .len()
            .div_ceil(InstructionSet::available().len())
            .max(1);
        self.order.chunks(each).nth(part).unwrap_or_default()
    }

    /// The values of each cell.
    pub fn cells(&self) -> impl Iterator<Item = [Values; 3]> {
        let rows = self
            .ranges
            .iter()
            .map(|range| range.clone().collect::<Vec<_>>());
        rows.map(|rows| self.columns.each_ref().map(|c| c.pick(&rows)))
    }
}

fn cells(kind: &BoxedStrategy<Values>, runner: &mut TestRunner, count: usize) -> Vec<Values> {
    (0..count).map(|_| one(kind, runner)).collect()
}

fn one<T: std::fmt::Debug>(strategy: &BoxedStrategy<T>, runner: &mut TestRunner) -> T {
    strategy.new_tree(runner).expect("a value").current()
}

/// So many values, from the first again after the last; where there is none, zeros.
fn repeated(values: &Values, rows: usize) -> Values {
    match values.column().len() {
        0 => match values {
            Values::I64(_) => Values::I64(vec![0; rows]),
            Values::U64(_) => Values::U64(vec![0; rows]),
            Values::F32(_) => Values::F32(vec![0.0; rows]),
            Values::F64(_) => Values::F64(vec![0.0; rows]),
            Values::Bool(_) => Values::Bool(vec![false; rows]),
        },
        n => values.pick(&(0..rows).map(|row| row % n).collect::<Vec<_>>()),
    }
}

/// All of one type.
fn joined(cells: Vec<Values>) -> Values {
    let join = |mut all: Values, next: Values| {
        match (&mut all, next) {
            (Values::I64(all), Values::I64(next)) => all.extend(next),
            (Values::U64(all), Values::U64(next)) => all.extend(next),
            (Values::F32(all), Values::F32(next)) => all.extend(next),
            (Values::F64(all), Values::F64(next)) => all.extend(next),
            (Values::Bool(all), Values::Bool(next)) => all.extend(next),
            _ => panic!("values of two types in one column"),
        }
        all
    };
    cells.into_iter().reduce(join).expect("a cell")
}

/// Exact sums of the drawn rows are no accident of how they were drawn.
#[test]
fn conditions_are_as_large_as_their_names_say() {
    let rows = Rows::draw(&kinds(), 15, 50);
    assert!(rows.name.contains("condition 1e300"), "{}", rows.name);
    for [values, ..] in rows.cells() {
        let exact = reals(&values);
        let exact = exact.iter().filter_map(Real::finite);
        let magnitudes: BigInt = exact
            .clone()
            .map(|x| BigInt::from(x.magnitude().clone()))
            .sum();
        let sum: BigInt = exact.sum();
        assert_ne!(sum.sign(), Sign::NoSign);
        assert!(magnitudes.bits() - sum.bits() > 990);
    }
}
