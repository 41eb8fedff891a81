//! Products of several values hold what big integers hold, whatever the order, batches,
//! parts and merges.

mod generators;
mod model;

use generators::{Values, values};
use model::{Real, UNIT, reals};
use num_bigint::BigInt;
use proptest::collection::vec;
use proptest::prelude::*;
use terabin_core::exact::Scratch;
use terabin_core::kernel::InstructionSet;
use terabin_core::order;
use terabin_core::state::{Content, Joint, Quantity, State};
use terabin_core::statistic::Number;

const CELLS: usize = 3;
const PARTS: usize = 3;

/// Three values a row, one of them twice in a product, and how the rows come.
#[derive(Clone, Debug)]
struct Run {
    columns: [Values; 3],
    /// The last cell is the trash.
    cells: Vec<u32>,
    parts: Vec<usize>,
    batch_rows: usize,
}

fn runs() -> impl Strategy<Value = Run> {
    [values(), values(), values()].prop_flat_map(|columns| {
        let rows = columns.iter().map(|c| c.column().len()).min().unwrap_or(0);
        let first: Vec<usize> = (0..rows).collect();
        let columns = columns.map(|c| c.pick(&first));
        (
            vec(0..=u32::try_from(CELLS).unwrap(), rows),
            vec(0..PARTS, rows),
            1usize..9,
        )
            .prop_map(move |(cells, parts, batch_rows)| Run {
                columns: columns.clone(),
                cells,
                parts,
                batch_rows,
            })
    })
}

impl Run {
    fn state(&self, quantity: Quantity) -> Box<dyn State> {
        let mut parts: Vec<_> = (0..PARTS).map(|p| self.part(quantity, p)).collect();
        let mut last = parts.pop().unwrap();
        for part in parts {
            last.merge(part);
        }
        last
    }

    fn part(&self, quantity: Quantity, part: usize) -> Box<dyn State> {
        let types: Vec<_> = self.columns.iter().map(Values::data_type).collect();
        let sets = InstructionSet::available();
        let mut state = quantity.state(CELLS + 1, &types, sets[part % sets.len()]);
        let mine = (0..self.cells.len()).filter(|&row| self.parts[row] == part);
        let mine: Vec<usize> = mine.collect();
        for batch in mine.chunks(self.batch_rows) {
            let cells: Vec<u32> = batch.iter().map(|&row| self.cells[row]).collect();
            let values = self.columns.each_ref().map(|c| c.pick(batch));
            let values = values.each_ref().map(Values::column);
            state.fill(&mut Scratch::default(), &cells, &values);
        }
        state
    }

    /// The rows of a cell in which no value of `joint` is NaN.
    fn rows(&self, joint: Joint, cell: usize) -> Vec<[Real; 3]> {
        let [u, v, w] = self.columns.each_ref().map(reals);
        let rows = (0..self.cells.len()).filter(|&row| self.cells[row] as usize == cell);
        let rows = rows.map(|row| [u[row].clone(), v[row].clone(), w[row].clone()]);
        rows.filter(|row| joint.values().all(|v| row[v] != Real::Nan))
            .collect()
    }
}

/// A product on the grid of 2^-(1074 * factors), or infinities: zero times infinity both.
#[derive(Default)]
struct Sum {
    finite: BigInt,
    positive: bool,
    negative: bool,
}

impl Sum {
    fn add(&mut self, factors: &[&Real]) {
        let zero = |x: &&Real| x.finite() == Some(&BigInt::ZERO);
        let negative = |x: &&Real| match x {
            Real::Infinite { negative } => *negative,
            Real::Finite(x) => *x < BigInt::ZERO,
            Real::Nan => unreachable!(),
        };
        if factors.iter().all(|x| x.finite().is_some()) {
            self.finite += factors
                .iter()
                .filter_map(|x| x.finite())
                .product::<BigInt>();
        } else if factors.iter().any(zero) {
            (self.positive, self.negative) = (true, true);
        } else if factors.iter().copied().filter(negative).count() % 2 == 1 {
            self.negative = true;
        } else {
            self.positive = true;
        }
    }
}

/// On the grid of 2^-1074, infinities far out.
fn real(number: Number) -> BigInt {
    let values = match number {
        Number::I64(x) => Values::I64(vec![x]),
        Number::U64(x) => Values::U64(vec![x]),
        Number::F64(x) => Values::F64(vec![x]),
    };
    match &reals(&values)[0] {
        Real::Finite(x) => x.clone(),
        Real::Infinite { negative } => BigInt::from(if *negative { -1 } else { 1 }) << 4000,
        Real::Nan => panic!("NaN is never chosen"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn products_are_those_of_integers(run in runs()) {
        for factors in [&[0_usize, 1][..], &[0, 1, 2], &[0, 0, 1], &[2, 2], &[1], &[0, 0, 0]] {
            for joint in [Joint::of(&[0, 1, 2]), Joint::of(factors)] {
                let state = run.state(joint.product(factors));
                for cell in 0..CELLS {
                    let mut sum = Sum::default();
                    for row in run.rows(joint, cell) {
                        sum.add(&factors.iter().map(|&f| &row[f]).collect::<Vec<_>>());
                    }
                    let Content::Sum(exact) = state.exact(cell) else {
                        panic!("a sum");
                    };
                    let unit = i32::try_from(UNIT).unwrap() * i32::try_from(factors.len()).unwrap();
                    let up = (exact.exponent + unit).unsigned_abs();
                    prop_assert!(exact.exponent >= -unit);
                    prop_assert_eq!(exact.integer.to_big() << up, sum.finite, "{:?}", factors);
                    prop_assert_eq!(exact.positive_infinity, sum.positive);
                    prop_assert_eq!(exact.negative_infinity, sum.negative);
                }
            }
        }
    }

    #[test]
    fn the_first_and_last_values_are_those_of_sorted_rows(run in runs()) {
        let number = |row: &[Real; 3]| [&row[1], &row[0]].map(|x| match x {
            Real::Finite(x) => x.clone(),
            Real::Infinite { negative } => BigInt::from(if *negative { -1 } else { 1 }) << 4000,
            Real::Nan => unreachable!(),
        });
        let first = run.state(Quantity::First(0, 1));
        let last = run.state(Quantity::Last(0, 1));
        for cell in 0..CELLS {
            let rows = run.rows(Joint::of(&[0, 1]), cell);
            let wanted = |row: Option<[BigInt; 2]>| row.map(|[_, value]| value);
            let got = |state: &dyn State| match state.exact(cell) {
                Content::Chosen(keys) => keys.map(|(_, value)| {
                    let types = run.columns[0].data_type();
                    real(order::number(value, types))
                }),
                other => panic!("{other:?}"),
            };
            prop_assert_eq!(got(&*first), wanted(rows.iter().map(number).min()));
            prop_assert_eq!(got(&*last), wanted(rows.iter().map(number).max()));
        }
    }

    #[test]
    fn rows_are_those_without_nan(run in runs()) {
        for joint in [Joint::of(&[0, 1, 2]), Joint::of(&[2, 0]), Joint::of(&[1, 1])] {
            let state = run.state(joint.rows());
            for cell in 0..CELLS {
                let wanted = run.rows(joint, cell).len() as u64;
                prop_assert_eq!(state.exact(cell), Content::Count(wanted));
            }
        }
    }
}
