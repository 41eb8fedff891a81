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
