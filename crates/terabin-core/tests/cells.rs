//! The cells of rows over several axes, against a definition that takes one row at a time.

use proptest::collection::vec;
use proptest::prelude::*;
use terabin_core::axes::{Axes, Indexer, MAX_CELLS, RowCounts};
use terabin_core::axis::{Axis, Category, Circular, Integer, Log, NAN, Regular, Variable};
use terabin_core::batch::{Column, DataType};
use terabin_core::fill::{Cells, Layout};
use terabin_core::histogram::Histogram;
use terabin_core::kernel::InstructionSet;
use terabin_core::state::Quantity;

#[derive(Clone, Debug)]
enum Values {
    F64(Vec<f64>),
    I64(Vec<i64>),
    Bool(Vec<bool>),
}

impl Values {
    fn column(&self) -> Column<'_> {
        match self {
            Self::F64(v) => Column::F64(v),
            Self::I64(v) => Column::I64(v),
            Self::Bool(v) => Column::Bool(v),
        }
    }
}

/// An axis and its column of `rows` values, most of them in range.
fn axis(rows: usize) -> impl Strategy<Value = (Axis, Values)> {
    let number = prop_oneof![
        12 => -1.0..4.0,
        1 => prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, 3.0]),
    ];
    let axis = prop_oneof![
        (1u64..4).prop_map(|n| Axis::Regular(Regular::new(n, 0.0, 3.0).unwrap())),
        Just(Axis::Variable(
            Variable::new(vec![-0.5, 0.25, 3.5]).unwrap()
        )),
        Just(Axis::Log(Log::new(2, 0.1, 3.0).unwrap())),
        (0i64..3).prop_map(|n| Axis::Integer(Integer::new(0, n).unwrap())),
        (1u64..4).prop_map(|n| Axis::Circular(Circular::new(n, 0.0, 1.5).unwrap())),
    ];
    let integers = (0i64..3).prop_map(|n| Axis::Integer(Integer::new(0, n).unwrap()));
    let truths = Just(Axis::Category(Category::boolean()));
    prop_oneof![
        5 => (axis, vec(number, rows).prop_map(Values::F64)),
        1 => (integers, vec(-1i64..4, rows).prop_map(Values::I64)),
        1 => (truths.clone(), vec(any::<bool>(), rows).prop_map(Values::Bool)),
        // A column without a single category.
        1 => (truths, vec(0.0..1.0, rows).prop_map(Values::F64)),
    ]
}

#[derive(Clone, Debug)]
struct Question {
    axes: Axes,
    columns: Vec<Values>,
    rows: usize,
}

fn questions() -> impl Strategy<Value = Question> {
    (0usize..60, 0usize..9, any::<bool>()).prop_flat_map(|(rows, axes, flow)| {
        vec(axis(rows), axes).prop_map(move |axes| {
            let (axes, columns) = axes.into_iter().unzip();
            let axes = Axes::new(axes, flow).expect("at most 5^8 cells");
            Question {
                axes,
                columns,
                rows,
            }
        })
    })
}

impl Question {
    fn columns(&self) -> Vec<Column<'_>> {
        self.columns.iter().map(Values::column).collect()
    }

    /// The bin of one row on one axis.
    fn bin(&self, axis: usize, row: usize) -> i32 {
        let mut bin = [0];
        let value = self.columns[axis].column().slice(row..row + 1);
        self.axes.axes()[axis].index(InstructionSet::best(), value, &mut Vec::new(), &mut bin);
        bin[0]
    }

    /// The cells and counts, row by row.
    fn naive(&self) -> (Vec<u32>, RowCounts) {
        let mut counts = RowCounts::new(self.columns.len());
        let cells = (0..self.rows)
            .map(|row| self.naive_cell(row, &mut counts))
            .collect();
        (cells, counts)
    }

    fn naive_cell(&self, row: usize, counts: &mut RowCounts) -> u32 {
        let axes = self.axes.axes();
        let (mut cell, mut lost, mut beyond, mut nan) = (0, false, false, false);
        for (i, axis) in axes.iter().enumerate() {
            let bins = i32::try_from(axis.bins()).unwrap();
            let bin = self.bin(i, row);
            let flow = self.axes.flow() && axis.has_flow();
            if bin == NAN {
                nan = true;
                continue;
            }
            counts.underflow[i] += u64::from(bin < 0);
            counts.overflow[i] += u64::from(bin >= bins);
            let outside = bin < 0 || bin >= bins;
            beyond |= outside;
            lost |= outside && !flow;
            let (extent, slot) = if flow {
                (bins + 2, bin + 1)
            } else {
                (bins, bin)
            };
            cell = cell * i64::from(extent) + i64::from(slot);
        }
        counts.nan_axis += u64::from(nan);
        counts.outside += u64::from(!nan && beyond);
        counts.in_range += u64::from(!nan && !beyond);
        if nan || lost {
            u32::try_from(self.axes.cells()).unwrap()
        } else {
            u32::try_from(cell).unwrap()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn cells_and_counts_are_those_of_one_row_at_a_time(questions in vec(questions(), 1..4)) {
        // One indexer for all: what is left in its buffers may not matter.
        let mut indexer = Indexer::default();
        for question in questions {
            let (cells, counts) = question.naive();
            let mut got = RowCounts::new(question.columns.len());
            let columns = question.columns();
            let found = indexer.index(&question.axes, &columns, question.rows, None, &mut got);
            prop_assert_eq!(found, &cells[..], "{:?}", question);
            prop_assert_eq!(&got, &counts, "{:?}", question);
        }
    }

    #[test]
    fn every_row_is_counted_once(question in questions()) {
        let mut counts = RowCounts::new(question.columns.len());
        let columns = question.columns();
        let mut indexer = Indexer::default();
        let cells = indexer.index(&question.axes, &columns, question.rows, None, &mut counts);
        let trash = cells.iter().filter(|&&c| c as usize == question.axes.cells()).count() as u64;
        let all = counts.in_range + counts.outside + counts.nan_axis;
        prop_assert_eq!(all, question.rows as u64);
        // With flow only NaN and what lies off an axis without flow has no cell.
        prop_assert!(trash >= counts.nan_axis && trash <= counts.nan_axis + counts.outside);
        if !question.axes.flow() {
            prop_assert_eq!(trash, counts.nan_axis + counts.outside);
        }
        prop_assert!(cells.iter().all(|&c| c as usize <= question.axes.cells()));
    }

    #[test]
    fn counts_of_parts_add_up(question in questions(), cut in any::<prop::sample::Index>()) {
        let cut = cut.index(question.rows + 1);
        let mut whole = RowCounts::new(question.columns.len());
        let mut indexer = Indexer::default();
        indexer.index(&question.axes, &question.columns(), question.rows, None, &mut whole);
        let mut sum = RowCounts::new(question.columns.len());
        for part in [0..cut, cut..question.rows] {
            let columns: Vec<_> = question.columns().iter().map(|c| c.slice(part.clone())).collect();
            let mut counts = RowCounts::new(question.columns.len());
            indexer.index(&question.axes, &columns, part.len(), None, &mut counts);
            sum.add(&counts);
        }
        prop_assert_eq!(sum, whole);
    }
}

proptest! {
    #[test]
    fn nan_values_are_counted_where_rows_have_a_cell(
        question in questions(),
        nan in vec(any::<bool>(), 60),
        single: bool,
    ) {
        let value = |&nan: &bool| if nan { f32::NAN } else { 0.0 };
        let singles: Vec<f32> = nan[..question.rows].iter().map(value).collect();
        let doubles: Vec<f64> = singles.iter().map(|&x| x.into()).collect();
        let value = if single { Column::F32(&singles) } else { Column::F64(&doubles) };
        let layout = Layout {
        searches: Vec::new(),
            axes: question.axes.clone(),
            axis_expressions: (1..=question.columns.len()).collect(),
            value_expressions: vec![0],
            value_types: vec![value.data_type()],
            quantities: Vec::new(),
        };
        let columns = [vec![value], question.columns()].concat();
        let mut cells = Cells::new(&layout);
        cells.fill(&layout, &mut Indexer::default(), &columns, question.rows, None);
        let (numbers, counts) = question.naive();
        let placed = numbers.iter().zip(&nan).filter(|(c, _)| (**c as usize) < question.axes.cells());
        let want = placed.filter(|(_, nan)| **nan).count() as u64;
        prop_assert_eq!(cells.nan_value(), [want]);
        prop_assert_eq!(cells.rows(), &counts);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn rows_not_selected_take_part_in_nothing(
        question in questions(),
        selected in vec(any::<bool>(), 60),
        values in vec(prop_oneof![4 => -1e3..1e3, 1 => Just(f64::NAN), 1 => Just(1e300)], 60),
    ) {
        let (selected, values) = (&selected[..question.rows], &values[..question.rows]);
        let layout = every_quantity(&question.axes);
        let columns = [vec![Column::F64(values)], question.columns()].concat();
        let mut marked = Cells::new(&layout);
        marked.fill(&layout, &mut Indexer::default(), &columns, question.rows, Some(selected));
        // The selected rows, one after the other.
        let mut compacted = Cells::new(&layout);
        for row in (0..question.rows).filter(|&row| selected[row]) {
            let one: Vec<_> = columns.iter().map(|c| c.slice(row..row + 1)).collect();
            compacted.fill(&layout, &mut Indexer::default(), &one, 1, None);
        }
        prop_assert_eq!(marked.rows(), compacted.rows());
        prop_assert_eq!(marked.nan_value(), compacted.nan_value());
        let marked = Histogram::new(layout.clone(), marked);
        let compacted = Histogram::new(layout.clone(), compacted);
        for cell in 0..question.axes.cells() {
            for &quantity in &layout.quantities {
                let (a, b) = (marked.content(quantity, cell), compacted.content(quantity, cell));
                prop_assert_eq!(a, b);
            }
        }
    }
}

fn every_quantity(axes: &Axes) -> Layout {
    Layout {
        searches: Vec::new(),
        axes: axes.clone(),
        axis_expressions: (1..=axes.axes().len()).collect(),
        value_expressions: vec![0],
        value_types: vec![DataType::F64],
        quantities: vec![
            Quantity::Count,
            Quantity::Valid(0),
            Quantity::Sum(0),
            Quantity::Squares(0),
            Quantity::Extremes(0),
            Quantity::FiniteRange(0),
        ],
    }
}

#[test]
fn the_last_axis_is_the_fastest_and_flow_surrounds() {
    let axes = |flow| {
        let x = Axis::Regular(Regular::new(2, 0.0, 2.0).unwrap());
        let y = Axis::Regular(Regular::new(3, 0.0, 3.0).unwrap());
        Axes::new(vec![x, y], flow).unwrap()
    };
    let (x, y) = ([1.5, -1.0, 0.5, 9.0], [0.5, 2.5, 2.5, 9.0]);
    let columns = [Column::F64(&x), Column::F64(&y)];
    let mut indexer = Indexer::default();
    let mut counts = RowCounts::new(2);
    assert_eq!(axes(false).shape(), [2, 3]);
    assert_eq!(
        indexer.index(&axes(false), &columns, 4, None, &mut counts),
        [3, 6, 2, 6]
    );
    assert_eq!(axes(true).shape(), [4, 5]);
    assert_eq!(
        indexer.index(&axes(true), &columns, 4, None, &mut counts),
        [11, 3, 8, 19]
    );
}

#[test]
fn no_axes_make_one_cell_for_every_row() {
    let mut counts = RowCounts::new(0);
    let axes = Axes::new(Vec::new(), true).unwrap();
    assert_eq!(axes.cells(), 1);
    assert_eq!(
        Indexer::default().index(&axes, &[], 3, None, &mut counts),
        [0; 3]
    );
    assert_eq!(counts.in_range, 3);
}

#[test]
fn axes_have_at_most_as_many_cells_as_signed_numbers_of_64_bits() {
    let integers = |bins: i64| Axis::Integer(Integer::new(1, bins).unwrap());
    let factors = [7, 7, 73, 127, 337, 92_737, 649_657];
    let most = Axes::new(factors.map(integers).to_vec(), false).expect("as many cells");
    assert_eq!(most.cells() as u64, MAX_CELLS);
    assert!(most.are_sparse());
    assert!(Axes::new(vec![integers(1 << 21); 3], false).is_none());
    assert!(
        !Axes::new(vec![integers(1 << 14); 2], false)
            .unwrap()
            .are_sparse()
    );
    // 2^128: the product overflows.
    assert!(Axes::new(vec![integers(1 << 16); 8], false).is_none());
}

/// The last cell that a number of 32 bits reaches, and those behind it.
#[test]
fn the_highest_cells_are_told_from_the_trash() {
    let integers = Axis::Integer(Integer::new(1, (1 << 31) - 3).unwrap());
    let truths = Axis::Category(Category::boolean());
    let axes = Axes::new(vec![integers, truths], true).unwrap();
    let (x, y) = ([i64::MAX, i64::MAX, 0], [true, false, false]);
    let columns = [Column::I64(&x), Column::Bool(&y)];
    let mut counts = RowCounts::new(2);
    let cells = Indexer::default()
        .index(&axes, &columns, 3, None, &mut counts)
        .to_vec();
    assert_eq!(cells, [u32::MAX - 2, u32::MAX - 3, 0]);
    assert_eq!(
        (counts.outside, counts.overflow[0], counts.underflow[0]),
        (3, 2, 1)
    );
}
