//! The cells of rows are those of the definition, whichever way the loops find them.

use proptest::collection::vec;
use proptest::prelude::*;
use terabin_core::axes::{Axes, Indexer, RowCounts};
use terabin_core::axis::{Axis, NAN, Regular, UNDERFLOW, Variable};
use terabin_core::batch::Column;
use terabin_core::kernel::{InstructionSet, reference};

#[path = "generators/edges.rs"]
mod edges;
use edges::{any_bins, beside, equal_bins};

/// An axis of the edges, and values most of which lie in its bins: whole steps of rows lie plainly
/// there, and others do not because of one.
fn axis_with_values() -> impl Strategy<Value = (Vec<f64>, Axis, Vec<f64>)> {
    let equal = equal_bins().prop_filter_map("too narrow", |edges| {
        let bins = edges.len() as u64 - 1;
        let axis = Regular::new(bins, edges[0], edges[edges.len() - 1]).ok()?;
        Some((axis.edges().to_vec(), Axis::Regular(axis)))
    });
    let uneven = any_bins().prop_filter_map("not increasing", |edges| {
        let axis = Variable::new(edges.clone()).ok()?;
        Some((edges, Axis::Variable(axis)))
    });
    prop_oneof![equal, uneven].prop_flat_map(|(edges, axis)| {
        let (low, high) = (edges[0].max(-1e300), edges[edges.len() - 1].min(1e300));
        let within = (0.0..1.0).prop_map(move |part| low * (1.0 - part) + high * part);
        // Within a few bins of the ends.
        let part = 2.0 / f64::from(u32::try_from(edges.len()).expect("few"));
        let about = (-part..part, any::<bool>()).prop_map(move |(part, end)| {
            let part = if end { 1.0 + part } else { part };
            low * (1.0 - part) + high * part
        });
        let odd = (beside(&edges), vec(about, 200)).prop_map(|(beside, about)| {
            let pairs = beside.into_iter().zip(about);
            pairs.flat_map(|(a, b)| [a, b]).collect::<Vec<f64>>()
        });
        let places = vec(0usize..ROWS, 400);
        (vec(within, ROWS), odd, 0usize..8, places).prop_map(
            move |(mut values, odd, most, places)| {
                for (x, place) in odd.into_iter().zip(places).take(most) {
                    values[place] = x;
                }
                (edges.clone(), axis.clone(), values)
            },
        )
    })
}

/// Some steps of a loop, and a part of one.
const ROWS: usize = 300;

/// The cell of a row by its definition, or why it has none.
fn defined_cell(edges: &[&[f64]], row: &[f64], flow: bool, counts: &mut RowCounts) -> Option<u32> {
    let bins = edges.iter().zip(row).map(|(e, &x)| reference::bin(e, x));
    let bins: Vec<i32> = bins.collect();
    let (mut cell, mut lost) = (0, false);
    for (axis, (&bin, edges)) in bins.iter().zip(edges).enumerate() {
        let last = i32::try_from(edges.len()).expect("few") - 2;
        counts.underflow[axis] += u64::from(bin == UNDERFLOW);
        counts.overflow[axis] += u64::from(bin > last);
        lost |= bin < 0 || bin > last;
        cell = cell * (last + 1 + 2 * i32::from(flow)) + bin.max(UNDERFLOW) + i32::from(flow);
    }
    let nan = bins.contains(&NAN);
    counts.nan_axis += u64::from(nan);
    counts.outside += u64::from(lost && !nan);
    counts.in_range += u64::from(!lost);
    (!nan && (flow || !lost)).then(|| u32::try_from(cell).expect("inside"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn cells_of_rows_are_those_of_the_definition(
        all in vec(axis_with_values(), 1..4), flow: bool, filtered: bool,
    ) {
        let axes = all.iter().map(|(_, axis, _)| axis.clone()).collect();
        let axes = Axes::new(axes, flow).expect("few cells");
        let trash = u32::try_from(axes.cells()).expect("few cells");
        let edges: Vec<&[f64]> = all.iter().map(|(edges, ..)| &edges[..]).collect();
        let columns: Vec<Column> = all.iter().map(|(.., v)| Column::F64(v)).collect();
        let mut want = RowCounts::new(all.len());
        let row = |i: usize| all.iter().map(|(.., values)| values[i]).collect::<Vec<_>>();
        let cells = (0..ROWS).map(|i| defined_cell(&edges, &row(i), flow, &mut want));
        let cells: Vec<u32> = cells.map(|cell| cell.unwrap_or(trash)).collect();
        let selected = filtered.then(|| vec![true; ROWS]);
        for set in InstructionSet::available() {
            let (mut counts, mut indexer) = (RowCounts::new(all.len()), Indexer::new(set));
            let got = indexer.index(&axes, &columns, ROWS, selected.as_deref(), &mut counts);
            prop_assert_eq!(got, &cells, "{}", set);
            prop_assert_eq!(&counts, &want, "{}", set);
        }
    }
}

/// As many bins as places in fixed point may have, one fewer and one more, in blocks of one
/// indexer: some of them all plain, some with rows on edges, beside them and outside.
#[test]
fn many_bins_are_those_of_the_definition_block_after_block() {
    let bins = [(1 << 19) - 1, 1 << 19, (1 << 19) + 1];
    let ranges = [
        (0.0, 1.0),
        (-1e300, 1e300),
        (1e9, 1e9 + 0.5),
        (-3e-310, 5e-310),
    ];
    for (bins, (low, high)) in bins.into_iter().flat_map(|b| ranges.map(|r| (b, r))) {
        let axis = Regular::new(bins, low, high).expect("bins wide enough");
        let edges = axis.edges().to_vec();
        let axes = Axes::new(vec![Axis::Regular(axis)], false).expect("few cells");
        let trash = u32::try_from(bins).expect("few cells");
        for set in InstructionSet::available() {
            let (mut counts, mut inside) = (RowCounts::new(1), 0);
            let mut indexer = Indexer::new(set);
            for block in 0..40u64 {
                let values: Vec<f64> = (0..1024).map(|row| value(&edges, block, row)).collect();
                let cells = values.iter().map(|&x| found(&edges, x).unwrap_or(trash));
                let cells: Vec<u32> = cells.collect();
                inside += cells.iter().filter(|&&cell| cell != trash).count() as u64;
                let columns = [Column::F64(&values)];
                let got = indexer.index(&axes, &columns, 1024, None, &mut counts);
                assert_eq!(
                    got, cells,
                    "{bins} bins, {low}..{high}, {set}, block {block}"
                );
            }
            assert_eq!(counts.in_range, inside);
        }
    }
}

/// The bin of a value, searched for: to look at every edge takes too long here.
fn found(edges: &[f64], x: f64) -> Option<u32> {
    let last = edges.len() - 1;
    let bin = match edges.partition_point(|&edge| edge <= x) {
        _ if x == edges[last] => last - 1,
        beyond if x.is_nan() || beyond > last => return None,
        behind => behind.checked_sub(1)?,
    };
    u32::try_from(bin).ok()
}

/// A value somewhere on the axis; in every third block some on edges and beside them, and in
/// every fifth one in four outside.
fn value(edges: &[f64], block: u64, row: u64) -> f64 {
    let random = (block * 1024 + row + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let (first, last) = (edges[0], edges[edges.len() - 1]);
    let edge = edges[usize::try_from(random >> 20).expect("64 bits") % edges.len()];
    match (block % 3, block % 5, random % 8) {
        (0, _, 0) => edge,
        (0, _, 1) => edge.next_up(),
        (0, _, 2) => edge.next_down(),
        (_, 0, 3) => last.next_up(),
        (_, 0, 4) => f64::NAN,
        _ => {
            #[allow(clippy::cast_precision_loss)] // a share
            let share = (random >> 11) as f64 / (1u64 << 53) as f64;
            first * (1.0 - share) + last * share
        }
    }
}
