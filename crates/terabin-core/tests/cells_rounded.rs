//! Statistics of many cells, read from few words, are those of contents of any size.

mod generators;

use std::convert::Infallible;

use generators::{Values, values};
use proptest::collection::vec;
use proptest::prelude::*;
use terabin_core::axes::{Axes, Indexer};
use terabin_core::axis::{Axis, Regular};
use terabin_core::batch::{Column, DataType};
use terabin_core::fill::{Cells, Layout};
use terabin_core::histogram::Histogram;
use terabin_core::kernel::InstructionSet;
use terabin_core::moment_statistic::{Measure, MomentStatistic};
use terabin_core::slabs::Slabs;
use terabin_core::state::Quantity;
use terabin_core::statistic::{NanRule, Number, Statistic};

const BINS: u32 = 5;

fn statistics() -> Vec<Statistic> {
    use Measure as M;
    let mut all = vec![
        Statistic::Count,
        Statistic::CountValid(0),
        Statistic::Sum(0),
        Statistic::SumSquares(0),
        Statistic::Mean(0),
        Statistic::Min(0),
        Statistic::Last(0, 1),
    ];
    for ddof in 0..3 {
        all.extend([Statistic::Var(0, ddof), Statistic::Std(0, ddof)]);
        all.push(Statistic::Sem(0, ddof));
        for measure in [M::Mean, M::Var, M::Std, M::Sem, M::Cov, M::Corr, M::Skew] {
            for (second, weights) in [(0, None), (1, None), (0, Some(1)), (1, Some(0))] {
                let both = matches!(measure, M::Cov | M::Corr);
                if (second == 1) == both && (measure != M::Skew || weights.is_none()) {
                    all.push(Statistic::Moment(MomentStatistic {
                        measure,
                        first: 0,
                        second,
                        weights,
                        ddof,
                    }));
                }
            }
        }
    }
    all
}

/// What the statistics need: valid rows of integers are all rows.
fn quantities(first: DataType) -> Vec<Quantity> {
    let needs = statistics().into_iter().flat_map(Statistic::quantities);
    let mut quantities: Vec<Quantity> = needs.collect();
    quantities.sort_unstable();
    quantities.dedup();
    quantities.retain(|q| first.is_float() || *q != Quantity::Valid(0));
    quantities
}

/// Weights: usual ones, and those that go wrong.
fn weight() -> impl Strategy<Value = f64> {
    prop_oneof![
        6 => 0.0..4.0f64,
        2 => (0u32..5).prop_map(f64::from),
        1 => any::<f64>(),
        1 => prop::sample::select(vec![f64::NAN, f64::INFINITY, -1.0, 5e-324, f64::MAX]),
    ]
}

fn filled(first: &Values, second: &[f64], x: &[f64], cut: Slabs) -> Histogram {
    let quantities = quantities(first.data_type());
    let axis = Axis::Regular(Regular::new(BINS.into(), 0.0, BINS.into()).unwrap());
    let layout = Layout {
        searches: Vec::new(),
        axes: Axes::new(vec![axis], true).unwrap(),
        axis_expressions: vec![2],
        value_expressions: vec![0, 1],
        value_types: vec![first.data_type(), DataType::F64],
        quantities,
    };
    let mut cells = Cells::cut(InstructionSet::best(), &layout, cut);
    let columns = [first.column(), Column::F64(second), Column::F64(x)];
    cells.fill(&layout, &mut Indexer::default(), &columns, x.len(), None);
    Histogram::new(layout, cells)
}

/// Type and bits.
fn bits(number: Number) -> (DataType, u64) {
    match number {
        Number::I64(x) => (DataType::I64, x.cast_unsigned()),
        Number::U64(x) => (DataType::U64, x),
        Number::F64(x) => (DataType::F64, x.to_bits()),
    }
}

/// What is written of a cell: a double where all cells are doubles.
fn written(histogram: &Histogram, of: Statistic, rule: NanRule, cell: usize) -> (DataType, u64) {
    let number = histogram.number(of, rule, cell);
    let empty = histogram.counts(of.rows()).nth(cell) == Some(0);
    let of_a_row = matches!(of, Statistic::Min(_) | Statistic::Last(..));
    match histogram.values_type(of, rule) {
        DataType::F64 if of_a_row && empty => bits(Number::F64(f64::NAN)),
        DataType::F64 => bits(Number::F64(number.as_f64())),
        _ => bits(number),
    }
}

fn check(histogram: &Histogram) -> Result<(), TestCaseError> {
    for of in statistics() {
        for rule in [NanRule::Omit, NanRule::Propagate] {
            let kind = histogram.values_type(of, rule);
            let cells = histogram.axes().cells();
            // A piece that begins and ends within slabs.
            let (first, piece) = (1, 1..cells - 1);
            let values = histogram.values_as(kind, of, rule, piece.clone());
            for cell in piece {
                let got = values.get(cell - first).map(bits);
                let want = Some(written(histogram, of, rule, cell));
                prop_assert_eq!(got, want, "{:?} of cell {}", of, cell);
            }
        }
    }
    Ok(())
}

/// The content of all cells, quantity by quantity, as the canonical bytes end.
fn contents(histogram: &Histogram) -> Vec<u8> {
    let mut bytes = Vec::new();
    let quantities = quantities(histogram.value_type(0).unwrap());
    let types = [0, 1].map(|v| histogram.value_type(v).unwrap());
    for quantity in quantities {
        quantity.canonical(&types, &mut bytes);
        for cell in 0..histogram.axes().cells() {
            let content = histogram.content(quantity, cell).unwrap();
            content.canonical(&mut bytes);
        }
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn they_are_those_of_contents_of_any_size(
        first in values(),
        second in vec(weight(), 40),
        x in vec(-1.0..f64::from(BINS) + 1.0, 40),
        slab in 0u32..4,
    ) {
        let rows = first.column().len();
        let (second, x) = (second.repeat(2), x.repeat(2));
        let histogram = filled(&first, &second[..rows], &x[..rows], Slabs::new(slab, 3));
        check(&histogram)?;
        let mut bytes = Vec::new();
        let Ok(()) = histogram.canonical::<Infallible>(|piece| {
            bytes.extend_from_slice(piece);
            Ok(())
        });
        prop_assert!(bytes.ends_with(&contents(&histogram)));
    }
}

/// So many rows that the packed cells were emptied into wide sums.
#[test]
fn they_are_those_of_wide_sums() {
    let rows: Vec<usize> = (0..4000).collect::<Vec<_>>().repeat(30);
    let tenths: Vec<f64> = (0..4000).map(|i| f64::from(i) * 0.1 - 77.7).collect();
    let large = Values::I64((0..4000).map(|i| i64::MAX - i).collect());
    let weights = tenths.repeat(30);
    let x: Vec<f64> = (0..4000u32).map(|i| f64::from(i % 3) + 0.5).collect();
    for first in [Values::F64(tenths), large] {
        let histogram = filled(
            &first.pick(&rows),
            &weights,
            &x.repeat(30),
            Slabs::new(1, 3),
        );
        check(&histogram).unwrap();
    }
}
