//! Every loop gives what its definition gives, on every instruction set of this processor.

use num_bigint::BigInt;
use proptest::collection::vec;
use proptest::prelude::*;
use terabin_core::axes::{Axes, Indexer, RowCounts};
use terabin_core::axis::{Axis, Log, Regular, linspace};
use terabin_core::batch::Column;
use terabin_core::exact::{Exact, First, Packed, Power, Scratch, Second, Term};
use terabin_core::kernel::counts::Counters;
use terabin_core::kernel::gather::{self, Order};
use terabin_core::kernel::linear::Linear;
use terabin_core::kernel::search::Search;
use terabin_core::kernel::squares::Significands;
use terabin_core::kernel::terms::{Terms, Window, decode};
use terabin_core::kernel::{InstructionSet, extremes, reference, squares};

#[path = "generators/edges.rs"]
mod edges;
use edges::{any_bins, beside, equal_bins};

fn with_values(
    edges: impl Strategy<Value = Vec<f64>>,
) -> impl Strategy<Value = (Vec<f64>, Vec<f64>)> {
    edges.prop_flat_map(|edges| (Just(edges.clone()), beside(&edges)))
}

fn defined(edges: &[f64], values: &[f64]) -> Vec<i32> {
    values.iter().map(|&x| reference::bin(edges, x)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn equal_bins_by_arithmetic((edges, values) in with_values(equal_bins())) {
        let Some(rule) = Linear::new(&edges) else { return Ok(()) };
        for set in InstructionSet::available() {
            let mut bins = vec![77; values.len()];
            rule.index(set, &values, &mut bins);
            prop_assert_eq!(&bins, &defined(&edges, &values), "{}", set);
        }
    }

    #[test]
    fn a_last_bin_may_end_elsewhere(
        (edges, values) in with_values(equal_bins()),
        factor in prop_oneof![Just(0.0), Just(1e-15), 0.0..1e-6, 0.0..0.5, 0.0..3e9],
        open in any::<bool>(),
    ) {
        let Some(rule) = Linear::new(&edges) else { return Ok(()) };
        let mut bounds = edges.clone();
        let (last, width) = (edges[edges.len() - 1], edges[1] - edges[0]);
        let end = if open { last.next_down() } else { last + factor * width };
        bounds[edges.len() - 1] = end;
        let Some(rule) = rule.closed_at(end) else {
            prop_assert!(factor > 2e9 || end.is_infinite());
            return Ok(());
        };
        let beside = [end.next_down(), end, end.next_up()];
        let values: Vec<f64> = values.into_iter().chain(beside).collect();
        for set in InstructionSet::available() {
            let mut bins = vec![77; values.len()];
            rule.index(set, &values, &mut bins);
            prop_assert_eq!(&bins, &defined(&bounds, &values), "{}", set);
        }
    }

    #[test]
    fn any_bins_by_a_table((edges, values) in with_values(any_bins())) {
        let Some(search) = Search::new(&edges) else { return Ok(()) };
        for set in InstructionSet::available() {
            let mut bins = vec![77; values.len()];
            search.index(set, &values, &mut bins);
            prop_assert_eq!(&bins, &defined(&edges, &values), "{}", set);
        }
    }
}

#[test]
fn usual_axes_need_no_search_in_their_edges() {
    assert!(Linear::new(&linspace(-4.0, 4.0, 256)).is_some());
    assert!(Linear::new(&linspace(0.0, 1e6, 1 << 20)).is_some());
    assert!(Linear::new(&linspace(1e9, 1e9 + 1.0, 100)).is_some());
    // Ten bins of 16 ulps each: a guess may be wrong by more than a bin.
    assert!(Linear::new(&linspace(1e16, 1e16 + 20.0, 10)).is_none());
    let rule = Linear::new(&linspace(0.0, 1.0, 2)).expect("arithmetic");
    assert!(rule.closed_at(1e9).is_some() && rule.closed_at(1.1e9).is_none());
    assert!(rule.closed_at(f64::INFINITY).is_none());
    assert!(rule.closed_at(0.99).is_none());
    let log = Log::new(50, 1e-3, 8.0).expect("an axis");
    assert!(Search::new(log.edges()).is_some());
    let squares: Vec<f64> = (0..101).map(|i| f64::from(i * i)).collect();
    assert!(Search::new(&squares).is_some());
}

const CELLS: usize = 5;

/// Rows scattered, or mostly in the cell of the row before.
fn cells(rows: usize) -> impl Strategy<Value = Vec<u32>> {
    let one = 0..u32::try_from(CELLS).expect("a few");
    let runs = vec((one.clone(), 1usize..40), 1..40).prop_map(move |runs| {
        let rows_of = |(cell, n)| std::iter::repeat_n(cell, n);
        let mut all: Vec<u32> = runs.into_iter().flat_map(rows_of).collect();
        all.resize(rows, 0);
        all
    });
    prop_oneof![vec(one, rows), runs]
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        6 => -1e3..1e3,
        1 => Just(0.0),
        1 => Just(-0.0),
        2 => (-60i32..60, -2.0..2.0).prop_map(|(e, m)| m * 2f64.powi(e)),
        1 => any::<u64>().prop_map(f64::from_bits),
    ]
}

fn rows() -> impl Strategy<Value = (Vec<u32>, Vec<f64>)> {
    (0usize..150).prop_flat_map(|rows| (cells(rows), vec(number(), rows)))
}

/// The integer that a double is in units of 2^-1075.
fn scaled(x: f64) -> BigInt {
    let term = Term::from_f64(x);
    let size = BigInt::from(term.magnitude) << (term.exponent + 1075).unsigned_abs();
    if term.negative { -size } else { size }
}

fn of_cell<'a, T: Copy>(
    cells: &'a [u32],
    values: &'a [T],
    cell: usize,
) -> impl Iterator<Item = T> + 'a {
    let rows = cells.iter().zip(values);
    rows.filter(move |(c, _)| **c as usize == cell)
        .map(|(_, v)| *v)
}

const WINDOW: Window = Window {
    base: 1023 - 20,
    reach: 40,
    spare: 0,
};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn terms_add_up_to_the_big_integers((cells, values) in rows()) {
        for set in InstructionSet::available() {
            let mut terms = Terms::default();
            let left_out = terms.set_reals(set, WINDOW, &values);
            prop_assert_eq!(left_out, values.iter().any(|&x| !WINDOW.holds(x)), "{}", set);
            let (mut sums, mut full) = (vec![[0; 2]; CELLS], Vec::new());
            terms.add_to(set, &cells, &mut sums, &mut full);
            prop_assert!(full.is_empty());
            for (cell, &sum) in sums.iter().enumerate() {
                let (rows, sum) = decode(sum);
                prop_assert_eq!(rows, of_cell(&cells, &values, cell).count() as u64, "{}", set);
                let held = of_cell(&cells, &values, cell).filter(|&x| WINDOW.holds(x));
                let unit = WINDOW.base;
                prop_assert_eq!(BigInt::from(sum) << unit, held.map(scaled).sum::<BigInt>(), "{}", set);
            }
        }
    }

    #[test]
    fn squares_add_up_to_the_big_integers((cells, values) in rows()) {
        let window = Window { reach: squares::REACH, ..WINDOW };
        for set in InstructionSet::available() {
            let (mut sums, mut full) = (vec![[0; 3]; CELLS], Vec::new());
            let mut significands = Significands::default();
            let left_out = significands.set(set, window, &values);
            significands.add_to(set, &cells, &mut sums, &mut full);
            prop_assert_eq!(left_out, values.iter().any(|&x| !window.holds(x)), "{}", set);
            prop_assert!(full.is_empty());
            for (cell, &sum) in sums.iter().enumerate() {
                let held = of_cell(&cells, &values, cell).filter(|&x| window.holds(x));
                let want: BigInt = held.map(|x| scaled(x).pow(2)).sum();
                prop_assert_eq!(Second::integer(sum).to_big() << (2 * window.base), want, "{}", set);
            }
        }
    }

    #[test]
    fn counters_count(rows in 0usize..300, many in any::<bool>(), seed in cells(300)) {
        // Few cells are counted in copies, many in one array.
        let extent = if many { 5000 } else { CELLS };
        let cells = &seed[..rows];
        for set in InstructionSet::available() {
            let mut counters = Counters::new(extent);
            counters.add(set, cells);
            counters.add(set, cells);
            for cell in 0..extent {
                let want = 2 * of_cell(cells, cells, cell).count() as u64;
                prop_assert_eq!(counters.get(cell), want, "{}", set);
            }
        }
    }

    #[test]
    fn extremes_are_the_smallest_and_the_largest((cells, values) in rows()) {
        for set in InstructionSet::available() {
            let mut pairs = vec![extremes::EMPTY; CELLS];
            extremes::widen(set, &cells, &values, &mut pairs);
            for (cell, &pair) in pairs.iter().enumerate() {
                let numbers = || of_cell(&cells, &values, cell).filter(|x| !x.is_nan());
                let low = numbers().reduce(f64::min).map(|x| (x + 0.0).to_bits());
                let high = numbers().reduce(f64::max).map(|x| (x + 0.0).to_bits());
                let got = extremes::decode(pair);
                prop_assert_eq!(got.map(|(low, _)| low.to_bits()), low, "{}", set);
                prop_assert_eq!(got.map(|(_, high)| high.to_bits()), high, "{}", set);
            }
        }
    }
}

/// So many rows of the largest size that cells are emptied again and again.
#[test]
fn full_cells_lose_nothing() {
    fn check<P: Power>(values: &[f64], wanted: impl Fn(f64) -> BigInt, unit: u32) {
        let mut sums = Packed::<P>::new(2, InstructionSet::best());
        let (cells, mut scratch) = (vec![0; values.len()], Scratch::default());
        let repeats = 50;
        for _ in 0..repeats {
            let refused = |_, _| unreachable!("all are finite");
            sums.add_reals(&mut scratch, &cells, values, refused);
        }
        let want: BigInt = values.iter().map(|&x| wanted(x)).sum::<BigInt>() * repeats;
        let got = sums.exact(0);
        let shift = got.exponent + i32::try_from(unit).expect("small");
        assert_eq!(got.integer.to_big() << shift.unsigned_abs(), want);
        if let Some(rows) = sums.rows(0) {
            assert_eq!(rows, values.len() as u64 * repeats);
        }
    }
    let largest = 2f64.next_down();
    let shrinking = (1..=4096).map(|i| largest / f64::from(i)).collect();
    for values in [vec![largest; 4096], vec![-largest; 4096], shrinking] {
        check::<First>(&values, scaled, 1075);
        check::<Second>(&values, |x| scaled(x).pow(2), 2150);
    }
}

/// Terms of the largest size, until cells are emptied and a last time before they would be.
#[test]
fn full_terms_lose_nothing() {
    let largest = 2f64.next_down() * 2f64.powi(40 - 20);
    assert!(WINDOW.holds(largest) && !WINDOW.holds(largest * 2.0));
    for set in InstructionSet::available() {
        for (values, clustered) in [
            ([largest, -largest], false),
            ([largest, largest], false),
            ([-largest, -largest], false),
            ([-largest, -largest], true),
        ] {
            for rows in [64, 1023, 1024, 1088, 4000] {
                let all: Vec<f64> = values.into_iter().cycle().take(rows).collect();
                let cell = |i: usize| u32::try_from(if clustered { 0 } else { i % 2 }).expect("0");
                let cells: Vec<u32> = (0..rows).map(cell).collect();
                let (mut terms, mut full) = (Terms::default(), Vec::new());
                assert!(!terms.set_reals(set, WINDOW, &all));
                let mut sums = vec![[0; 2]; 2];
                terms.add_to(set, &cells, &mut sums, &mut full);
                assert!(rows < 2048 || !full.is_empty());
                for which in 0..2 {
                    let emptied = full
                        .iter()
                        .filter(|(c, _)| *c == which)
                        .map(|(_, sum)| *sum);
                    let parts = emptied.chain([sums[which as usize]]).map(decode);
                    let (count, sum) = parts.fold((0, BigInt::ZERO), |(n, all), (rows, sum)| {
                        (n + rows, all + sum)
                    });
                    let mine = || of_cell(&cells, &all, which as usize);
                    assert_eq!(count, mine().count() as u64, "{rows} rows on {set}");
                    assert_eq!(sum << WINDOW.base, mine().map(scaled).sum::<BigInt>());
                }
            }
        }
    }
}

/// Cells of squares that are nearly full: no test adds the 2^24 rows that fill one.
#[test]
fn full_squares_lose_nothing() {
    let window = Window {
        base: 1023,
        reach: squares::REACH,
        spare: 0,
    };
    let before = [u64::MAX - 7, u64::MAX, u64::MAX];
    for set in InstructionSet::available() {
        for x in [1.0, 1.5, 2f64.powi(31).next_up()] {
            let (mut sums, mut full) = (vec![before; 2], Vec::new());
            let mut significands = Significands::default();
            significands.set(set, window, &[x, 0.0, x]);
            significands.add_to(set, &[1, 1, 1], &mut sums, &mut full);
            let held = full.iter().map(|&(_, sum)| Second::integer(sum).to_big());
            let total = held.sum::<BigInt>() + Second::integer(sums[1]).to_big();
            let want = Second::integer(before).to_big() + 2 * (scaled(x) >> window.base).pow(2);
            assert_eq!((full.len(), total), (1, want), "{x} on {set}");
            assert_eq!(sums[0], before);
        }
    }
}

proptest! {
    #[test]
    fn single_floats_are_their_doubles(
        bits in vec(any::<u32>(), 0..200), near in vec(-1e3f32..1e3, 0..200),
    ) {
        // Infinities and NaN are no terms; subnormal numbers are.
        let values = || bits.iter().map(|&b| f32::from_bits(b)).chain(near.iter().copied());
        let values: Vec<f32> = values().filter(|x| x.is_finite()).collect();
        let cells: Vec<u32> = (0..values.len()).map(|i| u32::from(i % 3 == 0)).collect();
        for set in InstructionSet::available() {
            let mut scratch = Scratch::default();
            let mut sums = Packed::<First>::new(3, set);
            let mut squares = Packed::<Second>::new(3, set);
            let refused = |_, _| unreachable!("all are finite");
            sums.add_reals(&mut scratch, &cells, &values, refused);
            squares.add_reals(&mut scratch, &cells, &values, refused);
            for cell in 0..2 {
                let doubles = || of_cell(&cells, &values, cell).map(f64::from);
                let (sum, square) = (sums.exact(cell), squares.exact(cell));
                let want: BigInt = doubles().map(scaled).sum();
                prop_assert_eq!(at_scale(&sum, 1075), want, "{}", set);
                let want: BigInt = doubles().map(|x| scaled(x).pow(2)).sum();
                prop_assert_eq!(at_scale(&square, 2150), want, "{}", set);
                prop_assert_eq!(sums.rows(cell), Some(doubles().count() as u64));
            }
        }
    }

    #[test]
    fn integers_are_their_own_terms(values in vec(any::<i64>(), 0..200), wide in vec(any::<u64>(), 0..200)) {
        let values: Vec<i128> = (values.iter().map(|&x| x.into()))
            .chain(wide.iter().map(|&x| x.into()))
            .collect();
        let cells: Vec<u32> = (0..values.len()).map(|i| u32::from(i % 3 == 0)).collect();
        for set in InstructionSet::available() {
            let mut scratch = Scratch::default();
            let mut sums = Packed::<First>::new(3, set);
            let mut squares = Packed::<Second>::new(3, set);
            sums.add_integers(&mut scratch, &cells, values.iter().copied());
            squares.add_integers(&mut scratch, &cells, values.iter().copied());
            for cell in 0..2 {
                let own = || of_cell(&cells, &values, cell).map(BigInt::from);
                prop_assert_eq!(at_scale(&sums.exact(cell), 0), own().sum::<BigInt>(), "{}", set);
                let want: BigInt = own().map(|x| x.pow(2)).sum();
                prop_assert_eq!(at_scale(&squares.exact(cell), 0), want, "{}", set);
            }
        }
    }

    #[test]
    fn cells_of_rows_are_the_same_on_every_set(
        x in vec(number(), 150), y in vec(-5.0..5.0, 150),
        selected in vec(any::<bool>(), 150), flow: bool, filtered: bool,
    ) {
        let axis = || Axis::Regular(Regular::new(7, -4.0, 4.0).expect("an axis"));
        let axes = Axes::new(vec![axis(), axis()], flow).expect("few cells");
        let selection = filtered.then_some(&selected[..]);
        let columns = [Column::F64(&x), Column::F64(&y)];
        let found = InstructionSet::available().into_iter().map(|set| {
            let mut counts = RowCounts::new(2);
            let mut indexer = Indexer::new(set);
            let cells = indexer.index(&axes, &columns, 150, selection, &mut counts);
            (cells.to_vec(), counts)
        });
        let found: Vec<_> = found.collect();
        prop_assert!(found.windows(2).all(|pair| pair[0] == pair[1]));
    }
}

/// Places of a slab.
const ROOM: u32 = 310;

proptest! {
    #[test]
    fn rows_wait_behind_those_of_their_slab(
        cells in vec(0u32..=100, 0..300),
        bits in 0u32..7,
        before in vec(0u32..5, 102),
    ) {
        let order = Order { bits, trash: 100 };
        let slabs = 100usize.div_ceil(1 << bits);
        let slab = |cell: u32| if cell == 100 { slabs } else { (cell >> bits) as usize };
        let starts = || (0..).zip(&before[..=slabs]).map(|(k, n): (u32, &u32)| k * ROOM + n);
        let inside = cells.iter().filter(|&&cell| cell != 100);
        let limits = (inside.clone().min().map_or(100, |&c| c), inside.max().map_or(0, |&c| c));
        for set in InstructionSet::available() {
            prop_assert_eq!(gather::span(set, &cells, 100), limits);
            let mut ends: Vec<u32> = starts().collect();
            let mut waiting = vec![u32::MAX; (slabs + 1) * ROOM as usize];
            let mut places = vec![0; cells.len()];
            gather::gather(set, order, &cells, &mut ends, &mut waiting, &mut places);
            let mut wanted: Vec<u32> = starts().collect();
            for (&cell, &place) in cells.iter().zip(&places) {
                prop_assert_eq!(place, wanted[slab(cell)]);
                prop_assert_eq!(waiting[place as usize], cell % (1 << bits));
                wanted[slab(cell)] += 1;
            }
            prop_assert_eq!(&ends, &wanted);
            let values: Vec<u32> = (0..).take(cells.len()).collect();
            gather::scatter(set, &values, &places, &mut waiting);
            prop_assert!(places.iter().zip(&values).all(|(&p, v)| waiting[p as usize] == *v));
        }
    }
}

/// The integer that an exact sum is in units of 2^-scale.
fn at_scale(exact: &Exact, scale: i32) -> BigInt {
    exact.integer.to_big() << (exact.exponent + scale).unsigned_abs()
}

#[test]
fn a_number_beyond_the_cells_is_refused() {
    let refused = std::panic::catch_unwind(|| {
        extremes::widen(
            InstructionSet::best(),
            &[3],
            &[1.0],
            &mut [extremes::EMPTY; 3],
        );
    });
    assert!(refused.is_err());
}
