//! Searches for ranks find what sorting finds, whatever the budget, parts and batches.

mod generators;

use std::sync::Arc;

use generators::{Values, values};
use proptest::collection::vec;
use proptest::prelude::*;
use terabin_core::axes::{Axes, Indexer};
use terabin_core::axis::{Axis, Integer};
use terabin_core::batch::{Column, DataType};
use terabin_core::fill::{Cells, Layout};
use terabin_core::histogram::Histogram;
use terabin_core::order::{Budget, Level, QuantileOf, Search, SearchOf};
use terabin_core::statistic::{NanRule, Statistic};

const CELLS: usize = 3;
const PARTS: usize = 3;

/// Rows in parts, as threads have them.
#[derive(Clone, Debug)]
struct Run {
    values: Values,
    weights: Option<Vec<u64>>,
    cells: Vec<i64>,
    parts: Vec<usize>,
    batch_rows: usize,
}

fn runs() -> impl Strategy<Value = Run> {
    values().prop_flat_map(|values| {
        let rows = values.column().len();
        // One more cell than there is: rows outside.
        (
            vec(0..=i64::try_from(CELLS).unwrap(), rows),
            vec(0..PARTS, rows),
            1usize..9,
        )
            .prop_map(move |(cells, parts, batch_rows)| Run {
                values: values.clone(),
                weights: None,
                cells,
                parts,
                batch_rows,
            })
    })
}

fn levels() -> Vec<Level> {
    let quantiles = [0.0, 0.1, 0.5, 0.75, 1.0].map(|q| Level::quantile(q).unwrap());
    let mut all: Vec<Level> = quantiles.into_iter().chain([Level::MEDIAN]).collect();
    all.sort_unstable();
    all
}

impl Run {
    fn of(&self, level: Level) -> QuantileOf {
        QuantileOf {
            value: 0,
            weights: self.weights.is_some().then_some(1),
            level,
        }
    }

    fn search_of(&self, search: Search) -> SearchOf {
        let QuantileOf { value, weights, .. } = self.of(Level::HALF);
        SearchOf {
            value,
            weights,
            search: Arc::new(search),
        }
    }

    /// Fills, and searches with a budget until all is found.
    fn quantiles(&self, levels: &[Level], budget: Budget) -> Histogram {
        let layout = self.layout(Vec::new());
        let mut histogram = Histogram::new(layout.clone(), self.fill(&layout));
        let weights = self.of(Level::HALF).weights;
        let mut search = histogram.search(0, weights, levels.to_vec()).unwrap();
        let mut passes = 0;
        while !search.is_done() {
            search.ask(budget);
            let layout = self.layout(vec![self.search_of(search.clone())]);
            let found = self.fill(&layout).into_found().pop().unwrap();
            search = search.narrow(found).unwrap();
            passes += 1;
            // A pass halves at least one span of 64 bits; two ranks a level have one each.
            assert!(passes <= 64 * CELLS * 2 * levels.len());
        }
        histogram.set_quantiles(&self.search_of(search));
        histogram
    }

    fn layout(&self, searches: Vec<SearchOf>) -> Layout {
        let last = i64::try_from(CELLS).unwrap() - 1;
        Layout {
            axes: Axes::new(vec![Axis::Integer(Integer::new(0, last).unwrap())], false).unwrap(),
            axis_expressions: vec![0],
            value_expressions: vec![1, 2],
            value_types: vec![self.values.data_type(), DataType::U64],
            quantities: if searches.is_empty() {
                self.of(Level::MEDIAN).quantities()
            } else {
                Vec::new()
            },
            searches,
        }
    }

    fn fill(&self, layout: &Layout) -> Cells {
        let mut parts: Vec<Cells> = (0..PARTS).map(|p| self.part(layout, p)).collect();
        let mut all = parts.pop().unwrap();
        for part in parts {
            all.merge(part);
        }
        all
    }

    fn part(&self, layout: &Layout, part: usize) -> Cells {
        let mut cells = Cells::new(layout);
        let mine: Vec<usize> = (0..self.cells.len())
            .filter(|&r| self.parts[r] == part)
            .collect();
        for batch in mine.chunks(self.batch_rows) {
            let key: Vec<i64> = batch.iter().map(|&row| self.cells[row]).collect();
            let values = self.values.pick(batch);
            let weight = |&row: &usize| self.weights.as_ref().map_or(1, |w| w[row]);
            let weights: Vec<u64> = batch.iter().map(weight).collect();
            let columns = [Column::I64(&key), values.column(), Column::U64(&weights)];
            cells.fill(layout, &mut Indexer::default(), &columns, batch.len(), None);
        }
        cells
    }

    /// The least value up to which the share of the weights is the level at least.
    fn weighted(&self, cell: usize, level: Level) -> f64 {
        let weights = self.weights.as_ref().unwrap();
        let mut rows: Vec<(f64, u64)> = Vec::new();
        for row in (0..self.cells.len()).filter(|&r| usize::try_from(self.cells[r]) == Ok(cell)) {
            let one = self.values.pick(&[row]);
            let value = match one {
                Values::F64(v) => v[0],
                Values::F32(v) => v[0].into(),
                Values::Bool(v) => u8::from(v[0]).into(),
                Values::I64(_) | Values::U64(_) => unreachable!("left out"),
            };
            rows.extend((!value.is_nan()).then_some((value, weights[row])));
        }
        let total: u64 = rows.iter().map(|r| r.1).sum();
        let reaches = |value: f64| {
            let up_to: u64 = rows.iter().filter(|r| r.0 <= value).map(|r| r.1).sum();
            let share = |n: u64| f64::from(u32::try_from(n).unwrap());
            share(up_to) / share(total) >= level.level()
        };
        let weighing = rows.iter().filter(|r| r.1 > 0 && reaches(r.0));
        weighing
            .map(|r| r.0)
            .min_by(f64::total_cmp)
            .unwrap_or(f64::NAN)
    }

    /// The numbers of a cell that are not NaN, in order.
    fn sorted(&self, cell: usize) -> Vec<f64> {
        let rows = (0..self.cells.len()).filter(|&r| usize::try_from(self.cells[r]) == Ok(cell));
        let rows: Vec<usize> = rows.collect();
        #[allow(clippy::cast_precision_loss)] // the test leaves larger integers out
        let mut numbers: Vec<f64> = match self.values.pick(&rows) {
            Values::F64(v) => v,
            Values::F32(v) => v.iter().map(|&x| x.into()).collect(),
            Values::I64(v) => v.iter().map(|&x| x as f64).collect(),
            Values::U64(v) => v.iter().map(|&x| x as f64).collect(),
            Values::Bool(v) => v.iter().map(|&x| u8::from(x).into()).collect(),
        };
        numbers.retain(|x| !x.is_nan());
        numbers.sort_by(f64::total_cmp);
        numbers
    }
}

/// As NumPy defines it, in floats.
fn quantile(sorted: &[f64], level: Level) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return f64::NAN;
    };
    let (at, middle) = (
        level.level() * f64::from(u32::try_from(last).unwrap()),
        level.is_median(),
    );
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a rank
    let low = at.floor() as usize;
    let (a, b) = (sorted[low], sorted[(low + 1).min(last)]);
    let share = at - at.floor();
    if share == 0.0 || a == b {
        a
    } else if middle {
        let sum = a + b;
        if sum.is_finite() {
            sum / 2.0
        } else {
            a / 2.0 + b / 2.0
        }
    } else if a.is_infinite() || b.is_infinite() {
        a + b
    } else if share >= 0.5 {
        b - (b - a) * (1.0 - share)
    } else {
        a + (b - a) * share
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn quantiles_are_those_of_sorted_values(
        run in runs(), counters in 0u64..30_000, keys in 0u64..2000,
    ) {
        let large = |x: &f64| matches!(run.values.data_type(), DataType::I64 | DataType::U64)
            && x.abs() > 9e15;
        if (0..CELLS).any(|c| run.sorted(c).iter().any(large)) {
            return Ok(());
        }
        let histogram = run.quantiles(&levels(), Budget { counters, keys });
        for level in levels() {
            let got = histogram.values(Statistic::Quantile(run.of(level)), NanRule::Omit).to_f64();
            for (cell, got) in got.into_iter().enumerate() {
                let want = quantile(&run.sorted(cell), level);
                prop_assert!(
                    got == want || (got.is_nan() && want.is_nan()),
                    "cell {cell}, {level:?}: {got}, not {want}"
                );
            }
        }
    }

    #[test]
    fn weighted_quantiles_are_those_of_sorted_values(
        run in runs(), weights in vec(0u64..4, 400), counters in 0u64..30_000, keys in 0u64..500,
    ) {
        if run.cells.len() > weights.len() {
            return Ok(());
        }
        // Sorting does without integers that no double is.
        if matches!(run.values.data_type(), DataType::I64 | DataType::U64) {
            return Ok(());
        }
        let run = Run { weights: Some(weights), ..run };
        let levels: Vec<Level> = levels().into_iter().filter(|l| !l.is_median()).collect();
        let histogram = run.quantiles(&levels, Budget { counters, keys });
        for level in levels {
            let got = histogram.values(Statistic::Quantile(run.of(level)), NanRule::Omit).to_f64();
            for (cell, got) in got.into_iter().enumerate() {
                let want = run.weighted(cell, level);
                prop_assert!(
                    got == want || (got.is_nan() && want.is_nan()),
                    "cell {cell}, {level:?}: {got}, not {want}"
                );
            }
        }
    }

    #[test]
    fn other_rows_than_before_are_noticed(run in runs()) {
        let layout = run.layout(Vec::new());
        let mut search = Histogram::new(layout.clone(), run.fill(&layout)).search(0, None, levels())
            .unwrap();
        if search.is_done() {
            return Ok(());
        }
        search.ask(Budget {
            counters: 500,
            keys: 500,
        });
        let nothing = Cells::new(&run.layout(vec![run.search_of(search.clone())]));
        prop_assert!(search.narrow(nothing.into_found().pop().unwrap()).is_none());
    }
}
