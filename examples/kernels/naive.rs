//! Loops that anyone writes: the same cells, found by the same indexer, and sums in doubles.

use std::ops::Range;
use std::path::PathBuf;
use std::time::Instant;

use serde::Deserialize;
use serde_json::{Value, json};
use terabin_core::axes::{Axes, Indexer, RowCounts};
use terabin_core::batch::Column;
use terabin_core::kernel::FloatEnvironment;

use crate::columns::Columns;
use crate::{BLOCK, Bin, Result, in_threads, steps, write_answer};

/// A table of doubles for each thread, then their sum, then the numbers of every cell.
#[derive(Deserialize)]
pub struct Naive {
    by: Vec<String>,
    collect: Collect,
    /// The column of the values; none where rows are counted.
    of: Option<String>,
    threads: usize,
    rows: Option<usize>,
    answer: Option<PathBuf>,
}

/// What a naive loop keeps of the values in a cell.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Collect {
    /// How many there are.
    Count,
    /// Count and sum.
    Mean,
    /// Count, sum, sum of squares, least and greatest.
    Moments,
}

impl Naive {
    pub fn answer(&self, columns: &Columns) -> Result<Value> {
        let work = self.work(columns)?;
        let start = Instant::now();
        // A cell is an array of bits, so that an empty table costs what memory costs.
        let filled = || start.elapsed().as_secs_f64();
        let (fill_seconds, counts, values) = match self.collect {
            Collect::Count => {
                let table = work.tables([0], add_count, |a, b| a[0] += b[0]);
                (filled(), counts_of(&table), Vec::new())
            }
            Collect::Mean => {
                let table = work.tables([0; 2], add_mean, merge_mean);
                (filled(), counts_of(&table), means_of(&table))
            }
            Collect::Moments => {
                let table = work.tables(NO_MOMENTS, add_moments, merge_moments);
                (filled(), counts_of(&table), moments_of(&table))
            }
        };
        let seconds = start.elapsed().as_secs_f64();
        write_answer(self.answer.as_deref(), &counts, &values)?;
        Ok(json!({
            "seconds": seconds,
            "fill_seconds": fill_seconds,
            "counted": counts.iter().sum::<u64>(),
        }))
    }

    fn work<'a>(&self, columns: &'a Columns) -> Result<Work<'a>> {
        let plan = Bin {
            by: self.by.clone(),
            stat: Vec::new(),
            threads: 1,
            rows: Some(0),
            answer: None,
        };
        let (layout, ..) = plan.layout(columns)?;
        let name = |by: &str| by.split(':').next().unwrap_or(by).to_owned();
        let along: Vec<&[f64]> =
            (self.by.iter().map(|by| columns.column(&name(by)))).collect::<Result<_>>()?;
        let values = match &self.of {
            Some(name) => columns.column(name)?,
            // Counting reads no value; what it is handed is not touched.
            None => along.first().copied().unwrap_or_default(),
        };
        let axes = layout.axes;
        // The trash has a slot of its own.
        let slots = SLOTS.into_iter().find(|&n| axes.cells() < n);
        Ok(Work {
            slots: slots.ok_or("too many cells for a naive table")?,
            axes,
            along,
            values,
            rows: self.rows.unwrap_or(columns.rows).min(columns.rows),
            threads: self.threads,
        })
    }
}

/// What the threads of a naive loop share.
struct Work<'a> {
    axes: Axes,
    along: Vec<&'a [f64]>,
    values: &'a [f64],
    rows: usize,
    threads: usize,
    slots: usize,
}

impl Work<'_> {
    /// The sum of the tables of all threads; the cells alone, without the trash.
    fn tables<const N: usize>(
        &self,
        empty: [u64; N],
        add: impl Fn(&mut [u64; N], f64) + Sync,
        merge: impl Fn(&mut [u64; N], &[u64; N]),
    ) -> Vec<[u64; N]> {
        let tables = in_threads(self.rows, self.threads, |rows| self.fill(rows, empty, &add));
        let mut tables = tables.into_iter();
        let mut sum = tables.next().unwrap_or_default();
        sum.truncate(self.axes.cells());
        for table in tables {
            for (mine, theirs) in sum.iter_mut().zip(&table) {
                merge(mine, theirs);
            }
        }
        sum
    }

    fn fill<const N: usize>(
        &self,
        rows: Range<usize>,
        empty: [u64; N],
        add: impl Fn(&mut [u64; N], f64),
    ) -> Vec<[u64; N]> {
        let _ieee = FloatEnvironment::ieee();
        let mut table = vec![empty; self.slots];
        let mut indexer = Indexer::default();
        let mut counts = RowCounts::new(self.along.len());
        for block in steps(rows, BLOCK) {
            let axes: Vec<Column<'_>> = (self.along.iter())
                .map(|column| Column::F64(&column[block.clone()]))
                .collect();
            let cells = indexer.index(&self.axes, &axes, block.len(), None, &mut counts);
            scatter(&mut table, cells, &self.values[block], &add);
        }
        table
    }
}

/// Slots of a table. Where the compiler knows how many, a mask stands for the check of
/// bounds: with a mask alone the check stays.
const SLOTS: [usize; 4] = [1 << 10, 1 << 17, 1 << 20, 1 << 24];

fn scatter<const N: usize>(
    table: &mut [[u64; N]],
    cells: &[u32],
    values: &[f64],
    add: impl Fn(&mut [u64; N], f64),
) {
    let slots = table.len();
    if slots == SLOTS[0] {
        scatter_in::<N, { SLOTS[0] }>(table, cells, values, add);
    } else if slots == SLOTS[1] {
        scatter_in::<N, { SLOTS[1] }>(table, cells, values, add);
    } else if slots == SLOTS[2] {
        scatter_in::<N, { SLOTS[2] }>(table, cells, values, add);
    } else {
        scatter_in::<N, { SLOTS[3] }>(table, cells, values, add);
    }
}

fn scatter_in<const N: usize, const SLOTS: usize>(
    table: &mut [[u64; N]],
    cells: &[u32],
    values: &[f64],
    add: impl Fn(&mut [u64; N], f64),
) {
    let Ok(table) = <&mut [[u64; N]; SLOTS]>::try_from(table) else {
        return;
    };
    for (&cell, &value) in cells.iter().zip(values) {
        add(&mut table[cell as usize & (SLOTS - 1)], value);
    }
}

fn add_count([count]: &mut [u64; 1], _value: f64) {
    *count += 1;
}

fn add_mean([count, sum]: &mut [u64; 2], value: f64) {
    *count += 1;
    *sum = (f64::from_bits(*sum) + value).to_bits();
}

fn merge_mean(mine: &mut [u64; 2], theirs: &[u64; 2]) {
    mine[0] += theirs[0];
    mine[1] = (f64::from_bits(mine[1]) + f64::from_bits(theirs[1])).to_bits();
}

const NO_MOMENTS: [u64; 5] = [
    0,
    0,
    0,
    f64::INFINITY.to_bits(),
    f64::NEG_INFINITY.to_bits(),
];

fn add_moments([count, sum, squares, least, greatest]: &mut [u64; 5], value: f64) {
    *count += 1;
    *sum = (f64::from_bits(*sum) + value).to_bits();
    *squares = (f64::from_bits(*squares) + value * value).to_bits();
    // `f64::min` takes care of NaN, which a naive loop does not.
    let (low, high) = (f64::from_bits(*least), f64::from_bits(*greatest));
    *least = if value < low { value } else { low }.to_bits();
    *greatest = if value > high { value } else { high }.to_bits();
}

fn merge_moments(mine: &mut [u64; 5], theirs: &[u64; 5]) {
    mine[0] += theirs[0];
    let pair = |at: usize| (f64::from_bits(mine[at]), f64::from_bits(theirs[at]));
    let [sum, squares, least, greatest] = [1, 2, 3, 4].map(pair);
    mine[1] = (sum.0 + sum.1).to_bits();
    mine[2] = (squares.0 + squares.1).to_bits();
    mine[3] = least.0.min(least.1).to_bits();
    mine[4] = greatest.0.max(greatest.1).to_bits();
}

fn counts_of<const N: usize>(table: &[[u64; N]]) -> Vec<u64> {
    table.iter().map(|cell| cell[0]).collect()
}

#[allow(clippy::cast_precision_loss)] // no data here has 2^53 rows
fn means_of<const N: usize>(table: &[[u64; N]]) -> Vec<Vec<f64>> {
    let mean = |cell: &[u64; N]| f64::from_bits(cell[1]) / cell[0] as f64;
    vec![table.iter().map(mean).collect()]
}

/// Mean, standard deviation, least and greatest.
#[allow(clippy::cast_precision_loss)] // no data here has 2^53 rows
fn moments_of(table: &[[u64; 5]]) -> Vec<Vec<f64>> {
    let moments = table.iter().map(|cell| {
        let [sum, squares, least, greatest] = [1, 2, 3, 4].map(|at| f64::from_bits(cell[at]));
        let count = cell[0] as f64;
        let mean = sum / count;
        let variance = (squares / count - mean * mean).max(0.0);
        [mean, variance.sqrt(), least, greatest]
    });
    let moments: Vec<[f64; 4]> = moments.collect();
    [0, 1, 2, 3]
        .map(|at| moments.iter().map(|cell| cell[at]).collect())
        .into()
}
