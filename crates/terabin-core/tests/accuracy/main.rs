//! Sums, means, spreads and covariances of many cells of many grids are the exact rational,
//! rounded once; `tests/python/test_joint_statistics.py` holds correlations to theirs.
//!
//! `TERABIN_CELLS` says how many cells; 2,000 without it.

mod columns;
mod definition;
#[path = "../generators/mod.rs"]
mod generators;
#[path = "../model/mod.rs"]
mod model;
#[path = "../nearest/mod.rs"]
mod nearest;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use columns::{Rows, kinds};
use definition::Cell;
use generators::Values;
use terabin_core::axes::{Axes, Indexer};
use terabin_core::axis::{Axis, Integer};
use terabin_core::batch::Column;
use terabin_core::fill::{Cells, Layout};
use terabin_core::histogram::Histogram;
use terabin_core::kernel::InstructionSet;
use terabin_core::moment_statistic::{Measure, MomentStatistic};
use terabin_core::state::Quantity;
use terabin_core::statistic::{NanRule, Number, Statistic};

#[test]
fn every_number_is_the_exact_rational_rounded_once() {
    let started = Instant::now();
    let kinds = kinds().len();
    let per_grid = (cells() / (LEAST_GRIDS * kinds)).clamp(1, MOST_CELLS_OF_A_GRID);
    let grids = cells().div_ceil(per_grid);
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Found::default()));
    let work = || {
        // Strategies are made once for a thread.
        let kinds = columns::kinds();
        while let Some(grid) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|&g| g < grids) {
            let rows = Rows::draw(&kinds, grid, per_grid);
            let of_grid = check(&rows);
            found.lock().unwrap().add(of_grid);
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    let found = found.into_inner().unwrap();
    println!(
        "{} grids of {kinds} kinds, {} cells, {} rows, {} numbers ({} finite), {} neighbours: {} wrong, {:.0} s",
        grids,
        found.cells,
        found.rows,
        found.numbers,
        found.finite,
        found.neighbours,
        found.wrong.len(),
        started.elapsed().as_secs_f64()
    );
    let first: Vec<&str> = found.wrong.iter().take(20).map(String::as_str).collect();
    assert!(
        first.is_empty(),
        "{} wrong\n{}",
        found.wrong.len(),
        first.join("\n")
    );
    assert!(found.finite * 2 > found.numbers, "most numbers are no NaN");
}

fn cells() -> usize {
    let asked = std::env::var("TERABIN_CELLS");
    asked.map_or(2000, |n| n.parse().expect("a number of cells"))
}

/// Of a kind, so that its values meet all weights.
const LEAST_GRIDS: usize = 8;

/// The cells of a grid share the windows of its sums, those of another have others.
const MOST_CELLS_OF_A_GRID: usize = 2000;

/// What came of the cells so far.
#[derive(Default)]
struct Found {
    cells: usize,
    rows: usize,
    numbers: usize,
    finite: usize,
    /// Neighbours of right numbers that were found wrong, as they must be.
    neighbours: usize,
    wrong: Vec<String>,
}

impl Found {
    fn add(&mut self, other: Self) {
        self.cells += other.cells;
        self.rows += other.rows;
        self.numbers += other.numbers;
        self.finite += other.finite;
        self.neighbours += other.neighbours;
        self.wrong.extend(other.wrong);
    }
}

/// The statistics, by the positions of value, other value and weights.
fn statistics() -> Vec<Statistic> {
    use Measure::{Cov, Mean, Sem, Std, Var};
    let moment = |measure, second, weights, ddof| {
        Statistic::Moment(MomentStatistic {
            measure,
            first: 0,
            second,
            weights,
            ddof,
        })
    };
    let mut all = vec![Statistic::Sum(0), Statistic::Mean(0)];
    for ddof in [0, 1] {
        all.extend([Statistic::Var, Statistic::Std, Statistic::Sem].map(|of| of(0, ddof)));
        all.extend([Var, Std, Sem].map(|measure| moment(measure, 0, Some(2), ddof)));
        all.extend([None, Some(2)].map(|weights| moment(Cov, 1, weights, ddof)));
    }
    all.push(moment(Mean, 0, Some(2), 0));
    all
}

/// All numbers of a grid against their definitions.
fn check(rows: &Rows) -> Found {
    let mut found = Found::default();
    let histogram = histogram(rows);
    let statistics = statistics();
    let values = statistics
        .iter()
        .map(|&of| histogram.values(of, NanRule::Omit));
    let values: Vec<_> = values.collect();
    for (number, cell) in rows.cells().enumerate() {
        let cell = Cell::new(cell.each_ref().map(model_of));
        found.cells += 1;
        found.rows += cell.rows();
        for (&of, values) in statistics.iter().zip(&values) {
            let wanted = cell.wanted(of);
            let got = values.get(number).expect("a number for every cell");
            found.numbers += 1;
            found.finite += usize::from(got.as_f64().is_finite());
            if !wanted.is(got) {
                let values = rows.cells().nth(number);
                let at = format!("grid {}, cell {number}, {of:?}", rows.name);
                found
                    .wrong
                    .push(format!("{at}: {got:?} of {values:?}, not {wanted:?}"));
            } else if let (Number::F64(x), true) = (got, number % NEIGHBOURS == 0) {
                found.neighbours += reject_neighbours(&wanted, x);
            }
        }
    }
    found
}

fn model_of(values: &Values) -> Vec<model::Real> {
    model::reals(values)
}

/// In one of so many cells the neighbours are tried.
const NEIGHBOURS: usize = 16;

/// An oracle that takes a neighbour for right proves nothing.
fn reject_neighbours(wanted: &definition::Wanted, x: f64) -> usize {
    if !x.is_finite() {
        return 0;
    }
    for neighbour in [x.next_down(), x.next_up()] {
        assert!(
            !wanted.is(Number::F64(neighbour)),
            "{neighbour:e} passes beside {x:e}"
        );
    }
    2
}

/// The rows in parts, each with another set of instructions and batches of another size.
fn histogram(rows: &Rows) -> Histogram {
    let last = i64::try_from(rows.count).unwrap() - 1;
    let axis = Axis::Integer(Integer::new(0, last).unwrap());
    let mut quantities: Vec<Quantity> = statistics().iter().flat_map(|s| s.quantities()).collect();
    quantities.sort_unstable();
    quantities.dedup();
    let layout = Layout {
        axes: Axes::new(vec![axis], false).expect("some thousand cells"),
        axis_expressions: vec![3],
        value_expressions: vec![0, 1, 2],
        value_types: rows.columns.iter().map(Values::data_type).collect(),
        quantities,
        searches: Vec::new(),
    };
    let mut all = Cells::new(&layout);
    for (part, &set) in InstructionSet::available().iter().enumerate() {
        let mut cells = Cells::on(set, &layout);
        let mut indexer = Indexer::new(set);
        for batch in rows.part(part).chunks(rows.batch) {
            let of_cells: Vec<i64> = batch.iter().map(|&row| rows.cell[row]).collect();
            let values = rows.columns.each_ref().map(|c| c.pick(batch));
            let [u, v, w] = values.each_ref().map(Values::column);
            let columns = [u, v, w, Column::I64(&of_cells)];
            cells.fill(&layout, &mut indexer, &columns, batch.len(), None);
        }
        all.merge(cells);
    }
    Histogram::new(layout, all)
}
