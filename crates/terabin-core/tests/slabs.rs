//! Cells in slabs that threads share hold what one thread's own cells hold, to the bit.

mod generators;

use std::convert::Infallible;
use std::ops::Range;
use std::thread;

use generators::{Values, values};
use proptest::collection::vec;
use proptest::prelude::*;
use terabin_core::axes::{Axes, Indexer};
use terabin_core::axis::{Axis, Integer, Regular};
use terabin_core::batch::{Column, DataType};
use terabin_core::fill::{Cells, Layout};
use terabin_core::histogram::Histogram;
use terabin_core::kernel::InstructionSet;
use terabin_core::slabs::Slabs;
use terabin_core::state::{Joint, Quantity};

/// Collected of two values, so that columns of two types go through the slabs.
const QUANTITIES: [Quantity; 9] = [
    Quantity::Count,
    Quantity::Valid(0),
    Quantity::Valid(1),
    Quantity::Sum(0),
    Quantity::Sum(1),
    Quantity::Squares(0),
    Quantity::Extremes(0),
    Quantity::Extremes(1),
    Quantity::FiniteRange(0),
];

/// Rows of two values on one axis of `bins` bins.
#[derive(Clone, Debug)]
struct Rows {
    bins: u32,
    flow: bool,
    first: Values,
    second: Vec<f32>,
    x: Vec<f64>,
    selection: Vec<bool>,
}

fn rows() -> impl Strategy<Value = Rows> {
    (values(), 2u32..40, any::<bool>()).prop_flat_map(|(first, bins, flow)| {
        let rows = first.column().len();
        let x = prop_oneof![8 => -1.0..f64::from(bins) + 1.0, 1 => Just(f64::NAN)];
        let second = prop_oneof![8 => -9f32..9.0, 1 => Just(f32::NAN), 1 => Just(f32::INFINITY)];
        let selected = prop::bool::weighted(0.9);
        (vec(x, rows), vec(second, rows), vec(selected, rows)).prop_map(
            move |(x, second, selection)| Rows {
                bins,
                flow,
                first: first.clone(),
                second,
                x,
                selection,
            },
        )
    })
}

impl Rows {
    fn layout(&self) -> Layout {
        let axis = Axis::Regular(Regular::new(self.bins.into(), 0.0, self.bins.into()).unwrap());
        let both = Joint::of(&[0, 1]);
        Layout {
            searches: Vec::new(),
            axes: Axes::new(vec![axis], self.flow).expect("a few cells"),
            axis_expressions: vec![2],
            value_expressions: vec![0, 1],
            value_types: vec![self.first.data_type(), DataType::F32],
            quantities: (QUANTITIES.into_iter())
                .chain([both.rows(), both.product(&[0, 1]), both.product(&[0, 0, 1])])
                .chain([Quantity::First(0, 1), Quantity::Last(1, 0)])
                .collect(),
        }
    }

    /// The layout on a grid of 2^28 times as many cells: other axes, on which all rows are
    /// in one bin, stand before and behind.
    fn sparse_layout(&self) -> Layout {
        let mut layout = self.layout();
        let many = || Axis::Regular(Regular::new(1 << 14, -1.0, 1.0).unwrap());
        let axes = vec![many(), layout.axes.axes()[0].clone(), many()];
        layout.axes = Axes::new(axes, self.flow).expect("fewer than 2^63 cells");
        layout.axis_expressions = vec![3, 2, 3];
        layout
    }

    /// The same rows in another order.
    fn pick(&self, order: &[usize]) -> Self {
        Self {
            first: self.first.pick(order),
            second: order.iter().map(|&row| self.second[row]).collect(),
            x: order.iter().map(|&row| self.x[row]).collect(),
            selection: order.iter().map(|&row| self.selection[row]).collect(),
            ..*self
        }
    }

    /// Cells that three sharers fill, whose batches and instructions take turns.
    fn shared(&self, layout: &Layout, slabs: Slabs, batch: usize) -> Cells {
        let (sets, count) = (InstructionSet::available(), self.x.len());
        let mut shared = Cells::cut(InstructionSet::best(), layout, slabs);
        let mut sharers = [0, 1, 2].map(|_| shared.share(layout));
        for (turn, start) in (0..count).step_by(batch).enumerate() {
            let set = sets[turn % sets.len()];
            let rows_of_turn = start..(start + batch).min(count);
            self.fill(&mut sharers[turn % 3], layout, set, rows_of_turn);
        }
        for sharer in sharers {
            shared.merge(sharer);
        }
        shared
    }

    fn fill(&self, cells: &mut Cells, layout: &Layout, set: InstructionSet, rows: Range<usize>) {
        let zeros = vec![0.0; self.x.len()];
        let columns = [
            self.first.column(),
            Column::F32(&self.second),
            Column::F64(&self.x),
            Column::F64(&zeros),
        ];
        let columns = columns.map(|c| c.slice(rows.clone()));
        let selection = Some(&self.selection[rows.clone()]);
        let mut indexer = Indexer::new(set);
        cells.fill(layout, &mut indexer, &columns, rows.len(), selection);
    }
}

fn bytes(layout: Layout, cells: Cells) -> Vec<u8> {
    let mut bytes = Vec::new();
    let Ok(()) = Histogram::new(layout, cells).canonical::<Infallible>(|piece| {
        bytes.extend_from_slice(piece);
        Ok(())
    });
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// Slabs of one cell to all of them, three sharers whose batches take turns.
    #[test]
    fn shared_cells_are_private_cells_to_the_bit(
        (rows, order) in rows().prop_flat_map(|rows| {
            let order = (0..rows.x.len()).collect::<Vec<_>>();
            (Just(rows), Just(order).prop_shuffle())
        }),
        bits in 0u32..7,
        waiting in 0usize..20,
        batch in 1usize..30,
    ) {
        let layout = rows.layout();
        let count = rows.x.len();
        let mut private = Cells::new(&layout);
        rows.fill(&mut private, &layout, InstructionSet::best(), 0..count);
        let rows = rows.pick(&order);
        let (counts, nan) = (private.rows().clone(), private.nan_value().to_vec());
        let want = bytes(layout.clone(), private);
        // Every row may meet a cell of its own.
        for slabs in [Slabs::new(bits, waiting), Slabs::sparse(count, 1 + waiting)] {
            let shared = rows.shared(&layout, slabs, batch);
            prop_assert!(!shared.are_overfull());
            prop_assert_eq!(shared.rows(), &counts);
            prop_assert_eq!(shared.nan_value(), &nan);
            prop_assert!(bytes(layout.clone(), shared) == want);
        }
    }

    /// On a grid of more than 2^28 cells those that rows met hold what they hold on a small one.
    #[test]
    fn sparse_cells_are_dense_cells(
        rows in rows(), spare in 0usize..9, batch in 1usize..30,
    ) {
        let (layout, set) = (rows.layout(), InstructionSet::best());
        let count = rows.x.len();
        let mut dense = Cells::new(&layout);
        rows.fill(&mut dense, &layout, set, 0..count);
        let dense = Histogram::new(layout.clone(), dense);
        let wide = rows.sparse_layout();
        let sparse = rows.shared(&wide, Slabs::sparse(count + spare, 3), batch);
        let sparse = Histogram::new(wide.clone(), sparse);
        prop_assert_eq!(sparse.rows().in_range, dense.rows().in_range);
        prop_assert_eq!(sparse.nan_value(), dense.nan_value());
        let met: Vec<usize> = dense.counts(Quantity::Count).enumerate().filter(|&(_, n)| n > 0).map(|(c, _)| c).collect();
        prop_assert_eq!(sparse.cells(), met.len());
        // All rows are in the middle of the other axes.
        let shape = wide.axes.shape();
        let middle = (1u64 << 13) + u64::from(rows.flow);
        for (position, &cell) in met.iter().enumerate() {
            let number = (middle * shape[1] as u64 + cell as u64) * shape[2] as u64 + middle;
            prop_assert_eq!(sparse.number_of(position), number);
            for &quantity in &layout.quantities {
                prop_assert_eq!(sparse.content(quantity, position), dense.content(quantity, cell));
            }
        }
    }

    /// Cells of several grids in slabs merge as those of one slab do.
    #[test]
    fn grids_in_slabs_merge(rows in rows(), bits in 0u32..7, cut in any::<prop::sample::Index>()) {
        let (layout, set) = (rows.layout(), InstructionSet::best());
        let cut = cut.index(rows.x.len() + 1);
        let merged = |slabs| {
            let mut parts = [0..cut, cut..rows.x.len()].map(|part| {
                let mut cells = Cells::cut(set, &layout, slabs);
                rows.fill(&mut cells, &layout, set, part);
                cells
            }).into_iter();
            let mut sum = parts.next().unwrap();
            parts.for_each(|part| sum.merge(part));
            bytes(layout.clone(), sum)
        };
        prop_assert_eq!(merged(Slabs::new(bits, 3)), merged(Slabs::ONE));
    }
}

const CELLS: u64 = 5000;
const ROWS: usize = 200_000;

/// More rows than slabs have room for, whose values are numbers or times.
struct Many {
    layout: Layout,
    cells: Vec<i64>,
    values: Vec<i64>,
}

impl Many {
    fn new(spread: u64, value: DataType) -> Self {
        let cell = |row: u64| (row.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20) % spread;
        let axis = Axis::Integer(Integer::new(0, CELLS.cast_signed() - 1).unwrap());
        let layout = Layout {
            searches: Vec::new(),
            axes: Axes::new(vec![axis], false).unwrap(),
            axis_expressions: vec![0],
            value_expressions: vec![1],
            value_types: vec![value],
            quantities: vec![Quantity::Count, Quantity::Sum(0), Quantity::Extremes(0)],
        };
        Self {
            layout,
            cells: (0..)
                .take(ROWS)
                .map(|row| cell(row).cast_signed())
                .collect(),
            values: (0..).take(ROWS).map(|row| row % 1009 - 500).collect(),
        }
    }

    fn fill(&self, into: &mut Cells, rows: Range<usize>) {
        let values = match self.layout.value_types[0] {
            DataType::Datetime => Column::Datetime(&self.values[rows.clone()]),
            _ => Column::I64(&self.values[rows.clone()]),
        };
        let columns = [Column::I64(&self.cells[rows.clone()]), values];
        into.fill(
            &self.layout,
            &mut Indexer::default(),
            &columns,
            rows.len(),
            None,
        );
    }

    fn shared(&self, slabs: Slabs, threads: usize) -> Cells {
        let mut shared = Cells::cut(InstructionSet::best(), &self.layout, slabs);
        let shares = (0..threads).map(|k| ROWS * k / threads..ROWS * (k + 1) / threads);
        thread::scope(|scope| {
            let started = shares.map(|rows| {
                let mut mine = shared.share(&self.layout);
                scope.spawn(move || {
                    self.fill(&mut mine, rows);
                    mine.settle();
                    mine
                })
            });
            for thread in started.collect::<Vec<_>>() {
                shared.merge(thread.join().unwrap());
            }
        });
        shared
    }
}

/// Random cells, and cells that all want the same slab.
#[test]
fn threads_share_cells() {
    for (spread, value) in [
        (CELLS, DataType::I64),
        (100, DataType::I64),
        (CELLS, DataType::Datetime),
    ] {
        let many = Many::new(spread, value);
        let mut private = Cells::new(&many.layout);
        many.fill(&mut private, 0..ROWS);
        let want = bytes(many.layout.clone(), private);
        for threads in [1, 2, 5] {
            // Just as many places as cells are met.
            let met = usize::try_from(spread).unwrap();
            for slabs in [Slabs::new(8, 300), Slabs::sparse(met, threads)] {
                let shared = many.shared(slabs, threads);
                assert_eq!(shared.rows().in_range, ROWS as u64);
                assert!(!shared.are_overfull());
                let same = bytes(many.layout.clone(), shared) == want;
                assert!(same, "{value} in {spread} cells, {threads} threads");
            }
            assert!(
                many.shared(Slabs::sparse(met - 1, threads), threads)
                    .are_overfull()
            );
        }
    }
}

#[test]
fn cells_are_cut_by_their_number_and_the_threads() {
    let count = |cells: usize, threads| Slabs::shared(cells, threads).count(cells);
    // Too few to be worth it.
    assert_eq!(count(1000, 8), 1);
    assert_eq!(Slabs::shared(1000, 8), Slabs::ONE);
    for threads in [1, 2, 8, 72] {
        for cells in [100_000, 10_000_000, 300_000_000, 4_000_000_000] {
            let slabs = count(cells, threads);
            assert!(
                (2..=1024).contains(&slabs),
                "{cells} cells, {threads} threads: {slabs}"
            );
            assert!(
                slabs >= 4 * threads || slabs > 10,
                "{cells} cells, {threads} threads: {slabs}"
            );
        }
    }
    assert_eq!(count(10_000_000, 2), 39);
}

/// One copy takes as much in slabs as in one, but for a trash cell each.
#[test]
fn slabs_take_no_more_memory() {
    let axis = Axis::Regular(Regular::new(1_000_003, 0.0, 1.0).unwrap());
    let layout = Layout {
        searches: Vec::new(),
        axes: Axes::new(vec![axis], false).unwrap(),
        axis_expressions: vec![0],
        value_expressions: vec![1],
        value_types: vec![DataType::F64],
        quantities: QUANTITIES
            .iter()
            .copied()
            .filter(|q| q.values() != [1])
            .collect(),
    };
    let (one, many) = (layout.bytes(Slabs::ONE), layout.bytes(Slabs::new(10, 0)));
    let slabs = Slabs::new(10, 0).count(1_000_003) as u64;
    assert_eq!(slabs, 977);
    let cell = one.div_ceil(1_000_004);
    assert!(
        many >= one && many <= one + cell * slabs,
        "{one} in one, {many} in many"
    );
}
