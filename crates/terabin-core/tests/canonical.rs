//! Canonical bytes: a function of the content, and a different one for every content.

mod generators;

use std::convert::Infallible;

use generators::{Values, values};
use proptest::collection::vec;
use proptest::prelude::*;
use terabin_core::axes::{Axes, Indexer};
use terabin_core::axis::{Axis, Category, Circular, Convention, Integer, Regular, Variable};
use terabin_core::batch::{Column, DataType};
use terabin_core::exact::Exact;
use terabin_core::fill::{Cells, Layout};
use terabin_core::histogram::Histogram;
use terabin_core::state::{Content, Extremes, FiniteRange, Quantity};

const QUANTITIES: [Quantity; 6] = [
    Quantity::Count,
    Quantity::Valid(0),
    Quantity::Sum(0),
    Quantity::Squares(0),
    Quantity::Extremes(0),
    Quantity::FiniteRange(0),
];

fn layout(axes: Vec<Axis>, flow: bool, value: DataType, quantities: &[Quantity]) -> Layout {
    Layout {
        searches: Vec::new(),
        axis_expressions: (1..=axes.len()).collect(),
        axes: Axes::new(axes, flow).expect("a few cells"),
        value_expressions: vec![0],
        value_types: vec![value],
        quantities: quantities.to_vec(),
    }
}

fn unit_bins(bins: u64) -> Axis {
    #[allow(clippy::cast_precision_loss)] // a few bins
    Axis::Regular(Regular::new(bins, 0.0, bins as f64).unwrap())
}

/// All rows at once.
fn filled(layout: Layout, columns: &[Column<'_>]) -> Histogram {
    let mut cells = Cells::new(&layout);
    cells.fill(
        &layout,
        &mut Indexer::default(),
        columns,
        columns[0].len(),
        None,
    );
    Histogram::new(layout, cells)
}

fn bytes(histogram: &Histogram) -> Vec<u8> {
    let mut bytes = Vec::new();
    let Ok(()) = histogram.canonical::<Infallible>(|piece| {
        bytes.extend_from_slice(piece);
        Ok(())
    });
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn batches_order_and_merges_never_show(
        (values, x, order) in values().prop_flat_map(|values| {
            let rows = values.column().len();
            let x = prop_oneof![8 => -1.0..4.0, 1 => Just(f64::NAN)];
            let order = Just((0..rows).collect::<Vec<usize>>()).prop_shuffle();
            (Just(values), vec(x, rows), order)
        }),
        flow: bool,
        batch_rows in 1usize..9,
        parts in 1usize..5,
    ) {
        let layout = layout(vec![unit_bins(3)], flow, values.data_type(), &QUANTITIES);
        let whole = filled(layout.clone(), &[values.column(), Column::F64(&x)]);
        let mut indexer = Indexer::default();
        let mut all = Cells::new(&layout);
        for part in order.chunks(order.len().div_ceil(parts).max(1)) {
            let mut cells = Cells::new(&layout);
            for batch in part.chunks(batch_rows) {
                let x: Vec<f64> = batch.iter().map(|&row| x[row]).collect();
                let columns = [values.pick(batch), Values::F64(x)];
                let columns = columns.each_ref().map(Values::column);
                cells.fill(&layout, &mut indexer, &columns, batch.len(), None);
            }
            all.merge(cells);
        }
        prop_assert_eq!(all.rows(), whole.rows());
        prop_assert_eq!(all.nan_value(), whole.nan_value());
        prop_assert_eq!(bytes(&Histogram::new(layout, all)), bytes(&whole));
    }

    /// Few different values, so that equal contents are as common as different ones.
    #[test]
    fn bytes_are_equal_where_contents_are_and_only_there(
        a in vec((0usize..4, 0usize..7), 0..4),
        b in vec((0usize..4, 0usize..7), 0..4),
        quantity in prop::sample::select(QUANTITIES.to_vec()),
    ) {
        let histogram = |rows: &[(usize, usize)]| {
            let place = [0.5, 1.5, -1.0, f64::NAN];
            let value = [0.0, -0.0, 1.0, 2.0, -2.0, f64::NAN, f64::INFINITY];
            let x: Vec<f64> = rows.iter().map(|r| place[r.0]).collect();
            let v: Vec<f64> = rows.iter().map(|r| value[r.1]).collect();
            let layout = layout(vec![unit_bins(2)], false, DataType::F64, &[quantity]);
            filled(layout, &[Column::F64(&v), Column::F64(&x)])
        };
        let (a, b) = (histogram(&a), histogram(&b));
        let contents = |h: &Histogram| (h.rows().clone(), [0, 1].map(|c| h.content(quantity, c)));
        prop_assert_eq!(contents(&a) == contents(&b), bytes(&a) == bytes(&b));
    }
}

/// Contents of one kind, no two equal.
fn different_contents() -> Vec<Vec<Content>> {
    let sum = |integer: i64, exponent, positive_infinity, negative_infinity| {
        Content::Sum(Exact {
            integer: i128::from(integer).into(),
            exponent,
            positive_infinity,
            negative_infinity,
        })
    };
    let range = |min, min_positive, max| {
        Content::FiniteRange(Some(FiniteRange {
            min,
            min_positive,
            max,
        }))
    };
    vec![
        [0, 1, 256, u64::MAX].map(Content::Count).to_vec(),
        vec![
            sum(0, 0, false, false),
            sum(0, 0, true, false),
            sum(0, 0, false, true),
            sum(0, 0, true, true),
            sum(1, 0, false, false),
            sum(-1, 0, false, false),
            sum(1, 1, false, false),
            sum(1, -1, false, false),
            sum(1, -2148, false, false),
            sum(127, 0, false, false),
            sum(255, 0, false, false),
            sum(-129, 0, false, false),
            sum(65535, 0, false, false),
            sum(i64::MAX, 0, false, false),
        ],
        vec![
            Content::Extremes(None),
            Content::Extremes(Some(Extremes::I64(0, 0))),
            Content::Extremes(Some(Extremes::U64(0, 0))),
            Content::Extremes(Some(Extremes::F64(0.0, 0.0))),
            Content::Extremes(Some(Extremes::I64(-1, 0))),
            Content::Extremes(Some(Extremes::I64(0, 1))),
            Content::Extremes(Some(Extremes::F64(0.0, f64::INFINITY))),
            Content::Extremes(Some(Extremes::F64(f64::NEG_INFINITY, 0.0))),
        ],
        vec![
            Content::FiniteRange(None),
            range(0.0, f64::INFINITY, 0.0),
            range(-1.0, f64::INFINITY, 0.0),
            range(-1.0, 0.5, 0.5),
            range(-1.0, 0.5, 1.0),
            range(-1.0, 0.25, 1.0),
        ],
    ]
}

#[test]
fn different_contents_have_different_bytes_and_none_begins_another() {
    for kind in different_contents() {
        let all: Vec<Vec<u8>> = kind
            .iter()
            .map(|content| {
                let mut bytes = Vec::new();
                content.canonical(&mut bytes);
                bytes
            })
            .collect();
        for (i, a) in all.iter().enumerate() {
            for (j, b) in all.iter().enumerate() {
                // Else the bytes of two cells could be read as those of two others.
                assert!(i == j || !a.starts_with(b), "{:?} {:?}", kind[i], kind[j]);
            }
        }
    }
}

#[test]
fn different_questions_have_different_bytes() {
    let edges = |edges: &[f64]| Axis::Variable(Variable::new(edges.to_vec()).unwrap());
    let axes = [
        vec![],
        vec![unit_bins(2)],
        vec![unit_bins(3)],
        vec![unit_bins(2), unit_bins(2)],
        vec![edges(&[0.0, 1.0, 2.0])],
        vec![edges(&[0.0, 1.0, 2.0f64.next_up()])],
        vec![edges(&[-0.0, 1.0, 2.0])],
        vec![unit_bins(2).with_convention(Convention::Scipy)],
        vec![unit_bins(2).with_convention(Convention::Boost)],
        vec![edges(&[0.0, 1.0, 2.0]).with_convention(Convention::Boost)],
        vec![Axis::Circular(Circular::new(2, 0.0, 2.0).unwrap())],
        vec![Axis::Integer(Integer::new(0, 1).unwrap())],
        vec![Axis::Category(Category::boolean())],
    ];
    let mut seen = Vec::new();
    for axes in axes {
        for flow in [false, true] {
            for quantities in [&[][..], &[Quantity::Count], &QUANTITIES] {
                let layout = layout(axes.clone(), flow, DataType::F64, quantities);
                seen.push(bytes(&Histogram::new(layout.clone(), Cells::new(&layout))));
            }
        }
    }
    let all = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), all);
}

/// The layout of the bytes, written out.
#[test]
fn the_layout_is_that_of_version_1() {
    let quantities = &QUANTITIES;
    let layout = layout(vec![unit_bins(2)], false, DataType::F64, quantities);
    let v = [1.5, -4.0, f64::NAN, f64::NEG_INFINITY, 1.0, 1.0];
    let x = [0.5, 0.5, 0.5, 1.5, 7.0, f64::NAN];
    let got = bytes(&filled(layout, &[Column::F64(&v), Column::F64(&x)]));
    let number = |n: u64| n.to_le_bytes().to_vec();
    let double = |x: f64| x.to_le_bytes().to_vec();
    let want = [
        b"TBS1".to_vec(),
        // Without flow, one axis: kind, bins, edges.
        vec![0],
        number(1),
        number(7),
        b"regular".to_vec(),
        number(2),
        double(0.0),
        double(1.0),
        double(2.0),
        // Rows skipped, masked, filtered, NaN on an axis, outside, in range; underflow
        // and overflow of the axis.
        number(0),
        number(0),
        number(0),
        number(1),
        number(1),
        number(4),
        number(0),
        number(1),
        // Six states, each with its tag and both cells.
        number(6),
        vec![1],
        number(3),
        number(1),
        vec![2],
        number(2),
        number(1),
        // -5 * 2^-1: no infinity, exponent -1, one byte. Then -infinity alone.
        vec![3],
        vec![0, 0xff, 0xff, 1, 0, 0xfb],
        vec![2, 0, 0, 0, 0],
        // 18.25 = 73 * 2^-2. Then +infinity.
        vec![4],
        vec![0, 0xfe, 0xff, 1, 0, 73],
        vec![1, 0, 0, 0, 0],
        vec![5],
        vec![3],
        double(-4.0),
        double(1.5),
        vec![3],
        double(f64::NEG_INFINITY),
        double(f64::NEG_INFINITY),
        // Smallest, smallest above zero, largest; then none.
        vec![6],
        vec![3],
        double(-4.0),
        double(1.5),
        double(1.5),
        vec![0],
    ];
    assert_eq!(got, want.concat());
}

#[test]
fn categories_are_part_of_the_bytes() {
    let axes = vec![Axis::Category(Category::boolean())];
    let layout = layout(axes, true, DataType::F64, &[]);
    let got = bytes(&Histogram::new(layout.clone(), Cells::new(&layout)));
    let number = |n: u64| n.to_le_bytes().to_vec();
    let text = |text: &str| [number(text.len() as u64), text.as_bytes().to_vec()].concat();
    let want = [
        b"TBS1".to_vec(),
        vec![1],
        number(1),
        text("cat"),
        number(2),
        text("false"),
        text("true"),
        // Rows, underflow, overflow, states.
        [0; 9].map(number).concat(),
    ];
    assert_eq!(got, want.concat());
}

#[test]
fn another_convention_is_part_of_the_kind() {
    let head = |axis: Axis| {
        let layout = layout(vec![axis], false, DataType::F64, &[]);
        bytes(&Histogram::new(layout.clone(), Cells::new(&layout)))
    };
    let kind = |bytes: &[u8]| {
        let length = usize::from(bytes[13]);
        String::from_utf8(bytes[21..21 + length].to_vec()).unwrap()
    };
    let numpy = head(unit_bins(2));
    assert_eq!(kind(&numpy), "regular");
    for (convention, text) in [
        (Convention::Scipy, "regular:scipy"),
        (Convention::Boost, "regular:boost"),
    ] {
        let other = head(unit_bins(2).with_convention(convention));
        assert_eq!(kind(&other), text);
        // Nothing else differs, the edges least of all.
        assert_eq!(other[21 + text.len()..], numpy[21 + "regular".len()..]);
    }
}

/// Large histograms are handed on in pieces, which together are the same bytes.
#[test]
fn pieces_join_to_the_whole() {
    const CELLS: usize = 300_000;
    let axes = vec![Axis::Integer(
        Integer::new(1, CELLS.try_into().unwrap()).unwrap(),
    )];
    let layout = layout(axes, false, DataType::F64, &[Quantity::Count]);
    let x: Vec<i64> = (1..=CELLS.try_into().unwrap())
        .flat_map(|n| vec![n; usize::from(n % 3 == 0)])
        .collect();
    let v = vec![0.0; x.len()];
    let histogram = filled(layout, &[Column::F64(&v), Column::I64(&x)]);
    let mut pieces = Vec::new();
    let Ok(()) = histogram.canonical::<Infallible>(|piece| {
        pieces.push(piece.to_vec());
        Ok(())
    });
    assert!(pieces.len() > 1, "one piece");
    let whole = pieces.concat();
    let counts: Vec<u8> = (1..=CELLS)
        .flat_map(|n| u64::from(n % 3 == 0).to_le_bytes())
        .collect();
    assert!(whole.starts_with(b"TBS1") && whole.ends_with(&counts));
    let head = 4 + 1 + 8 + (8 + 3) + 8 + (CELLS + 1) * 8 + 8 * 8 + 8 + 1;
    assert_eq!(whole.len(), head + counts.len());
    let mut taken = 0;
    let failed = histogram.canonical(|_| {
        taken += 1;
        Err("the disk is full")
    });
    assert_eq!((failed, taken), (Err("the disk is full"), 1));
}
