//! Categories: what a survey finds, and the bins of values.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use terabin_core::axes::{Axes, Indexer};
use terabin_core::axis::{Axis, AxisError, Category, NAN};
use terabin_core::batch::{Column, DataType, Texts};
use terabin_core::categories::{Categories, Excess, MAX_CATEGORIES, MAX_CATEGORY_BYTES};
use terabin_core::fill::{Cells, Layout};
use terabin_core::histogram::Histogram;
use terabin_core::kernel::InstructionSet;
use terabin_core::slabs::Slabs;
use terabin_core::state::{Content, Quantity};

/// Texts end to end.
struct Joined(Vec<u32>, Vec<u8>);

impl Joined {
    fn new<T: AsRef<[u8]>>(texts: &[T]) -> Self {
        let mut joined = Self(Vec::new(), Vec::new());
        for text in texts {
            joined.1.extend_from_slice(text.as_ref());
            joined.0.push(u32::try_from(joined.1.len()).unwrap());
        }
        joined
    }

    fn column(&self) -> Column<'_> {
        Column::Text(Texts::new(&self.0, &self.1))
    }
}

fn survey(columns: &[Column<'_>], selection: Option<&[bool]>) -> Result<Categories, Excess> {
    let layout = Layout {
        searches: Vec::new(),
        axes: Axes::default(),
        axis_expressions: Vec::new(),
        value_expressions: vec![0],
        value_types: vec![columns[0].data_type()],
        quantities: vec![Quantity::Categories(0)],
    };
    // Each column by a worker of its own.
    let mut total = Cells::new(&layout);
    for column in columns {
        let mut cells = Cells::new(&layout);
        cells.fill(
            &layout,
            &mut Indexer::default(),
            &[*column],
            column.len(),
            selection,
        );
        total.merge(cells);
    }
    let histogram = Histogram::new(layout, total);
    match histogram.content(Quantity::Categories(0), 0) {
        Some(Content::Categories(found)) => found,
        other => panic!("{other:?}"),
    }
}

fn bins(axis: &Category, column: Column<'_>) -> Vec<i32> {
    let mut bins = vec![77; column.len()];
    let set = InstructionSet::best();
    Axis::Category(axis.clone()).index(set, column, &mut Vec::new(), &mut bins);
    bins
}

fn text() -> impl Strategy<Value = Vec<u8>> {
    vec(
        prop_oneof![Just(b'a'), Just(b'b'), Just(0xff), Just(0)],
        0..4,
    )
}

/// Codes near each other, and integers of every size.
fn integer() -> impl Strategy<Value = i64> {
    prop_oneof![3 => -4i64..4, 1 => any::<i64>(), 1 => Just(i64::MIN), 1 => Just(i64::MAX)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_survey_finds_every_text_once(
        parts in vec(vec((text(), any::<bool>()), 0..30), 1..4),
    ) {
        let texts: Vec<Vec<_>> = parts.iter().map(|p| p.iter().map(|(t, _)| t).collect()).collect();
        let joined: Vec<_> = texts.iter().map(|t| Joined::new(t)).collect();
        let columns: Vec<_> = joined.iter().map(Joined::column).collect();
        let want: BTreeSet<_> = texts.iter().flatten().map(|t| (*t).clone()).collect();
        prop_assert_eq!(survey(&columns, None), Ok(Categories::Texts(want.into_iter().collect())));
        // Of rows that do not count nothing is found.
        let selection: Vec<bool> = parts[0].iter().map(|(_, s)| *s).collect();
        let kept = parts[0].iter().filter(|(_, s)| *s).map(|(t, _)| t.clone());
        let want: BTreeSet<_> = kept.collect();
        prop_assert_eq!(
            survey(&columns[..1], Some(&selection)),
            Ok(Categories::Texts(want.into_iter().collect()))
        );
    }

    #[test]
    fn the_bin_of_a_text_is_its_place_in_the_list(
        list in vec(text(), 0..8),
        texts in vec(text(), 0..40),
    ) {
        let distinct = list.iter().collect::<BTreeSet<_>>().len() == list.len();
        let axis = Category::new(Categories::Texts(list.clone()));
        prop_assert_eq!(axis.is_ok(), distinct);
        let Ok(axis) = axis else {
            return Ok(());
        };
        let want: Vec<i32> = texts.iter().map(|text| {
            let place = list.iter().position(|t| t == text).unwrap_or(list.len());
            i32::try_from(place).unwrap()
        }).collect();
        prop_assert_eq!(bins(&axis, Joined::new(&texts).column()), want);
    }

    #[test]
    fn the_bin_of_an_integer_is_its_place_in_the_list(
        list in vec(integer(), 0..8),
        values in vec(integer(), 0..40),
    ) {
        let mut list = list;
        let mut seen = BTreeSet::new();
        list.retain(|x| seen.insert(*x));
        let place = |x: &i64| {
            let place = list.iter().position(|y| x == y).unwrap_or(list.len());
            i32::try_from(place).unwrap()
        };
        let values: Vec<i64> = values.iter().chain(&list).copied().collect();
        let want: Vec<i32> = values.iter().map(place).collect();
        let axis = Category::new(Categories::I64(list.clone())).unwrap();
        prop_assert_eq!(bins(&axis, Column::I64(&values)), want.clone());
        // The same bits without a sign.
        let unsigned = |v: &[i64]| v.iter().map(|x| x.cast_unsigned()).collect::<Vec<u64>>();
        let axis = Category::new(Categories::U64(unsigned(&list))).unwrap();
        prop_assert_eq!(bins(&axis, Column::U64(&unsigned(&values))), want);
    }

    #[test]
    fn integers_are_sorted_by_value(values in vec(integer(), 1..40)) {
        let sorted: BTreeSet<i64> = values.iter().copied().collect();
        let want = Categories::I64(sorted.into_iter().collect());
        prop_assert_eq!(survey(&[Column::I64(&values)], None), Ok(want));
        let unsigned: Vec<u64> = values.iter().map(|x| x.cast_unsigned()).collect();
        let sorted: BTreeSet<u64> = unsigned.iter().copied().collect();
        let want = Categories::U64(sorted.into_iter().collect());
        prop_assert_eq!(survey(&[Column::U64(&unsigned)], None), Ok(want));
    }

    #[test]
    fn axes_read_back_from_text(list in vec(text(), 0..8)) {
        if let Ok(axis) = Category::new(Categories::Texts(list)) {
            let text = serde_json::to_string(&axis).unwrap();
            prop_assert_eq!(serde_json::from_str::<Category>(&text).unwrap(), axis);
        }
    }
}

#[test]
fn as_many_categories_as_there_may_be_and_one_more() {
    let most = i64::try_from(MAX_CATEGORIES).unwrap();
    let values: Vec<i64> = (0..most).map(|i| i * i).collect();
    let found = survey(&[Column::I64(&values), Column::I64(&values)], None).unwrap();
    assert_eq!(found, Categories::I64(values.clone()));
    assert_eq!(
        bins(&Category::new(found).unwrap(), Column::I64(&[9, 10])),
        [3, 65_536]
    );
    let more = survey(&[Column::I64(&values), Column::I64(&[-1])], None);
    assert_eq!(more, Err(Excess::Categories));
    let more = Category::new(Categories::I64((0..=most).collect()));
    assert_eq!(more, Err(AxisError::Categories(Excess::Categories)));
}

#[test]
fn a_text_is_as_long_as_it_may_be_or_one_more() {
    let [longest, longer] = [0, 1].map(|more| "x".repeat(MAX_CATEGORY_BYTES + more));
    let found = survey(&[Joined::new(&["a", &longest]).column()], None).unwrap();
    assert_eq!(found, Categories::Texts(vec!["a".into(), longest.into()]));
    let refused = Err(Excess::Length(longer.len()));
    assert_eq!(
        survey(&[Joined::new(&["a", &longer]).column()], None),
        refused
    );
    assert_eq!(
        Categories::Texts(vec![longer.into()]).check().err(),
        refused.err()
    );
}

#[test]
fn texts_have_a_limit_in_all() {
    let texts: Vec<String> = (0..20_000).map(|i| format!("{i:01000}")).collect();
    let joined = Joined::new(&texts);
    assert_eq!(survey(&[joined.column()], None), Err(Excess::Text));
    let all = Categories::Texts(texts.into_iter().map(String::into_bytes).collect());
    assert_eq!(all.check(), Err(Excess::Text));
}

#[test]
fn names_are_readable_and_bytes_that_are_no_text_stay_apart() {
    let list = Categories::Texts(vec![
        b"gas".into(),
        b"".into(),
        b"\xffa\0".into(),
        "é".into(),
    ]);
    assert_eq!(list.names(), ["gas", "", "\\xffa\\0", "é"]);
    assert_eq!(Categories::I64(vec![-3]).names(), ["-3"]);
}

#[test]
fn values_of_another_type_are_no_category() {
    let axis = Category::new(Categories::I64(vec![1])).unwrap();
    assert_eq!(bins(&axis, Column::U64(&[1])), [NAN]);
    assert_eq!(bins(&axis, Column::F64(&[1.0])), [NAN]);
    assert_eq!(bins(&Category::boolean(), Column::I64(&[1])), [NAN]);
    let found = survey(&[Column::F64(&[1.0])], None);
    assert!(found.is_ok_and(|c| c.is_empty()));
}

#[test]
fn a_survey_says_what_it_may_take() {
    let layout = |data_type| Layout {
        searches: Vec::new(),
        axes: Axes::default(),
        axis_expressions: Vec::new(),
        value_expressions: vec![0],
        value_types: vec![data_type],
        quantities: vec![Quantity::Categories(0)],
    };
    let values: Vec<i64> = (0..65_536).map(|i| i << 20).collect();
    let mut cells = Cells::new(&layout(DataType::I64));
    let columns = [Column::I64(&values)];
    cells.fill(
        &layout(DataType::I64),
        &mut Indexer::default(),
        &columns,
        values.len(),
        None,
    );
    assert!((cells.bytes() as u64) > 65_536 * 8);
    assert!(cells.bytes() as u64 <= layout(DataType::I64).bytes(Slabs::ONE));
    let texts: Vec<String> = (0..65_536).map(|i| format!("{i:0256}")).collect();
    let texts = Joined::new(&texts);
    let mut cells = Cells::new(&layout(DataType::Text));
    cells.fill(
        &layout(DataType::Text),
        &mut Indexer::default(),
        &[texts.column()],
        65_536,
        None,
    );
    assert!(cells.bytes() as u64 <= layout(DataType::Text).bytes(Slabs::ONE));
}
