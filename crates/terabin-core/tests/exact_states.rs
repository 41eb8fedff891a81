//! The states hold what big integers hold, whatever the order, batches, parts and merges.

mod generators;
mod model;

use generators::{Values, values};
use model::{Real, UNIT, reals};
use num_bigint::{BigInt, Sign};
use proptest::collection::vec;
use proptest::prelude::*;
use terabin_core::exact::{Exact, ExactSums, Limbs, Scratch, Term};
use terabin_core::kernel::InstructionSet;
use terabin_core::state::{Content, Extremes, FiniteRange, Quantity, State};

const CELLS: usize = 4;
const PARTS: usize = 6;

const QUANTITIES: [Quantity; 6] = [
    Quantity::Count,
    Quantity::Valid(0),
    Quantity::Sum(0),
    Quantity::Squares(0),
    Quantity::Extremes(0),
    Quantity::FiniteRange(0),
];

/// Rows, and one of the ways in which a run may meet them.
#[derive(Clone, Debug)]
struct Run {
    values: Values,
    /// The last cell is the trash.
    cells: Vec<u32>,
    /// Row numbers in the order in which they come.
    order: Vec<usize>,
    /// The part of each row.
    parts: Vec<usize>,
    batch_rows: usize,
    /// Which two parts are merged next.
    merges: Vec<(usize, usize)>,
}

fn runs() -> impl Strategy<Value = Run> {
    values().prop_flat_map(|values| {
        let rows = values.column().len();
        (
            vec(0..=u32::try_from(CELLS).unwrap(), rows),
            Just((0..rows).collect::<Vec<_>>()).prop_shuffle(),
            vec(0..PARTS, rows),
            1usize..9,
            vec((0..PARTS, 0..PARTS), PARTS - 1),
        )
            .prop_map(move |(cells, order, parts, batch_rows, merges)| Run {
                values: values.clone(),
                cells,
                order,
                parts,
                batch_rows,
                merges,
            })
    })
}

impl Run {
    /// Fills every part on its own and merges them all.
    fn state(&self, quantity: Quantity) -> Box<dyn State> {
        let mut parts: Vec<_> = (0..PARTS).map(|p| self.part(quantity, p)).collect();
        for &(from, into) in &self.merges {
            let other = parts.swap_remove(from % parts.len());
            let into = into % parts.len();
            parts[into].merge(other);
        }
        parts.swap_remove(0)
    }

    fn part(&self, quantity: Quantity, part: usize) -> Box<dyn State> {
        // Sets of instructions mix freely.
        let sets = InstructionSet::available();
        let set = sets[part % sets.len()];
        let mut state = quantity.state(CELLS + 1, &[self.values.data_type()], set);
        let mut scratch = Scratch::default();
        let mine = self.order.iter().copied();
        let mine: Vec<usize> = mine.filter(|&row| self.parts[row] == part).collect();
        for batch in mine.chunks(self.batch_rows) {
            let cells: Vec<u32> = batch.iter().map(|&row| self.cells[row]).collect();
            state.fill(&mut scratch, &cells, &[self.values.pick(batch).column()]);
        }
        state
    }

    /// The values in a cell, in the order of rows.
    fn in_cell(&self, cell: usize) -> Values {
        let rows = (0..self.cells.len()).filter(|&row| self.cells[row] as usize == cell);
        self.values.pick(&rows.collect::<Vec<_>>())
    }
}

/// What a quantity is, by its definition.
fn content(quantity: Quantity, values: &Values) -> Content {
    let reals = reals(values);
    let numbers = || reals.iter().filter(|&x| *x != Real::Nan);
    match quantity {
        Quantity::Count => Content::Count(reals.len() as u64),
        Quantity::Valid(_) => Content::Count(numbers().count() as u64),
        Quantity::Sum(_) => {
            let sum = numbers().filter_map(Real::finite).sum();
            let infinite = |minus| numbers().any(|x| *x == Real::Infinite { negative: minus });
            Content::Sum(lowest_terms(sum, UNIT, infinite(false), infinite(true)))
        }
        Quantity::Squares(_) => {
            let squares = numbers().filter_map(Real::finite).map(|x| x * x).sum();
            let infinite = numbers().any(|x| matches!(x, Real::Infinite { .. }));
            Content::Sum(lowest_terms(squares, 2 * UNIT, infinite, false))
        }
        Quantity::Extremes(_) => Content::Extremes(extremes(values)),
        Quantity::FiniteRange(_) => Content::FiniteRange(finite_range(values)),
        Quantity::Categories(_) => unreachable!("a question of its own, in tests/categories.rs"),
        _ => unreachable!("states of several values, in tests/joint_states.rs"),
    }
}

/// `integer / 2^unit` with an odd integer, or zero.
fn lowest_terms(integer: BigInt, unit: u32, plus: bool, minus: bool) -> Exact {
    let zeros = integer.trailing_zeros().unwrap_or(0);
    Exact {
        exponent: match integer.sign() {
            Sign::NoSign => 0,
            _ => i32::try_from(zeros).unwrap() - unit.cast_signed(),
        },
        integer: (integer >> zeros).into(),
        positive_infinity: plus,
        negative_infinity: minus,
    }
}

fn extremes(values: &Values) -> Option<Extremes> {
    let of_doubles = |v: Vec<f64>| {
        let numbers: Vec<f64> = v.into_iter().filter(|x| !x.is_nan()).collect();
        let low = numbers.iter().copied().reduce(f64::min)?;
        let high = numbers.iter().copied().reduce(f64::max)?;
        Some(Extremes::F64(low, high))
    };
    match values {
        Values::I64(v) => Some(Extremes::I64(*v.iter().min()?, *v.iter().max()?)),
        Values::U64(v) => Some(Extremes::U64(*v.iter().min()?, *v.iter().max()?)),
        Values::Bool(v) => {
            let number = |x: &bool| u64::from(*x);
            let (low, high) = (v.iter().map(number).min()?, v.iter().map(number).max()?);
            Some(Extremes::U64(low, high))
        }
        Values::F32(v) => of_doubles(v.iter().map(|&x| x.into()).collect()),
        Values::F64(v) => of_doubles(v.clone()),
    }
}

fn finite_range(values: &Values) -> Option<FiniteRange> {
    #[allow(clippy::cast_precision_loss)] // edges are doubles: the nearest counts
    let doubles: Vec<f64> = match values {
        Values::I64(v) => v.iter().map(|&x| x as f64).collect(),
        Values::U64(v) => v.iter().map(|&x| x as f64).collect(),
        Values::Bool(v) => v.iter().map(|&x| u8::from(x).into()).collect(),
        Values::F32(v) => v.iter().map(|&x| x.into()).collect(),
        Values::F64(v) => v.clone(),
    };
    let finite = || doubles.iter().copied().filter(|x| x.is_finite());
    Some(FiniteRange {
        min: finite().reduce(f64::min)?,
        min_positive: finite().filter(|&x| x > 0.0).fold(f64::INFINITY, f64::min),
        max: finite().reduce(f64::max)?,
    })
}

fn canonical(content: &Content) -> Vec<u8> {
    let mut bytes = Vec::new();
    content.canonical(&mut bytes);
    bytes
}

/// Zeros of one sign: the states have no other.
fn with_one_zero(content: Content) -> Content {
    match content {
        Content::Extremes(Some(Extremes::F64(low, high))) => {
            Content::Extremes(Some(Extremes::F64(low + 0.0, high + 0.0)))
        }
        Content::FiniteRange(Some(range)) => Content::FiniteRange(Some(FiniteRange {
            min: range.min + 0.0,
            min_positive: range.min_positive,
            max: range.max + 0.0,
        })),
        other => other,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn states_are_the_big_integers_whatever_the_order_parts_and_merges(run in runs()) {
        for quantity in QUANTITIES {
            let state = run.state(quantity);
            for cell in 0..CELLS {
                let got = state.exact(cell);
                let want = with_one_zero(content(quantity, &run.in_cell(cell)));
                prop_assert_eq!(&got, &want, "{:?} of cell {}", quantity, cell);
                // Bits, where equality of floats is too generous.
                prop_assert_eq!(canonical(&got), canonical(&want), "{:?}", quantity);
            }
        }
    }
}

/// A number `±magnitude * 2^exponent` as an integer multiple of 2^-LOWEST.
fn scaled(term: Term) -> BigInt {
    let magnitude = BigInt::from(term.magnitude) << (term.exponent + LOWEST).unsigned_abs();
    if term.negative { -magnitude } else { magnitude }
}

/// Products of subnormals end here.
const LOWEST: i32 = 2200;

fn terms(exponents: impl Strategy<Value = i32>) -> impl Strategy<Value = Term> {
    let magnitude = prop_oneof![Just(0), Just(1), Just(u128::MAX), any::<u128>()];
    // Of all lengths alike.
    let magnitude = (magnitude, 0u32..128).prop_map(|(m, shift)| m >> shift);
    (any::<bool>(), magnitude, exponents).prop_map(|(negative, magnitude, exponent)| Term {
        negative,
        magnitude,
        exponent,
    })
}

fn limbs(terms: &[Term]) -> Limbs {
    let mut limbs = Limbs::default();
    for &term in terms {
        limbs.add(term);
    }
    limbs
}

/// The value of limbs, as [`scaled`] has it.
fn value(limbs: &Limbs) -> BigInt {
    let (integer, exponent) = limbs.to_integer();
    integer << (exponent + LOWEST).unsigned_abs()
}

/// Windows far apart and near, so that merges move, spill and find them equal.
fn tops() -> impl Strategy<Value = Option<i32>> {
    prop_oneof![
        Just(None),
        (-300i32..300).prop_map(Some),
        (-1100i32..1100).prop_map(Some)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn limbs_are_a_big_integer(parts in vec(vec(terms(-2150i32..2050), 0..12), 1..6)) {
        let mut all = Limbs::default();
        for part in &parts {
            all.merge(limbs(part));
        }
        let want: BigInt = parts.iter().flatten().map(|&t| scaled(t)).sum();
        prop_assert_eq!(value(&all), want);
    }

    /// Without carries a digit of 64 bits overflows after 31 doublings.
    #[test]
    fn limbs_carry(terms in vec(terms(-2150i32..2050), 1..12), doublings in 1u32..300) {
        let mut sum = limbs(&terms);
        for _ in 0..doublings {
            let copy = sum.clone();
            sum.merge(copy);
        }
        // Once more, on top of carried digits.
        for &term in &terms {
            sum.add(term);
        }
        let once: BigInt = terms.iter().map(|&t| scaled(t)).sum();
        prop_assert_eq!(value(&sum), (once.clone() << doublings) + once);
    }

    #[test]
    fn windows_never_show_in_sums(
        parts in vec((tops(), vec(terms(-1000i32..900), 0..12)), 1..6),
    ) {
        one_cell_is_the_big_integer::<2>(&parts)?;
        one_cell_is_the_big_integer::<4>(&parts)?;
    }

    /// Up to 2^34 fits this window of 127 bits: additions and merges overflow it.
    #[test]
    fn overflowing_words_spill(
        parts in vec((Just(Some(0)), vec(terms(-93i32..-60), 0..20)), 1..9),
    ) {
        one_cell_is_the_big_integer::<2>(&parts)?;
    }
}

proptest! {
    /// More rows than any test can add: the sum doubles with every merge.
    #[test]
    fn sums_stay_exact_through_a_hundred_doublings(
        terms in vec(terms(-93i32..-60), 1..5),
        doublings in 1u32..100,
    ) {
        let mut sums = ExactSums::<2>::new(1);
        sums.anchor(0);
        for &term in &terms {
            sums.add(0, term);
        }
        for _ in 0..doublings {
            let copy = sums.clone();
            sums.merge(copy);
        }
        let once: BigInt = terms.iter().map(|&t| scaled(t)).sum();
        let want = lowest_terms(once << doublings, LOWEST.unsigned_abs(), false, false);
        prop_assert_eq!(sums.exact(0), want);
    }
}

fn one_cell_is_the_big_integer<const N: usize>(
    parts: &[(Option<i32>, Vec<Term>)],
) -> Result<(), TestCaseError> {
    let mut all = ExactSums::<N>::new(1);
    for (top, terms) in parts {
        let mut sums = ExactSums::<N>::new(1);
        if let Some(top) = top {
            sums.anchor(*top);
        }
        for &term in terms {
            sums.add(0, term);
        }
        all.merge(sums);
    }
    let want: BigInt = parts.iter().flat_map(|(_, t)| t).map(|&t| scaled(t)).sum();
    let want = lowest_terms(want, LOWEST.unsigned_abs(), false, false);
    prop_assert_eq!(all.exact(0), want);
    Ok(())
}
