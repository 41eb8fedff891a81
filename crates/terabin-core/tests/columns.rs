//! Datetimes and texts as columns.

use proptest::collection::vec;
use proptest::prelude::*;
use terabin_core::batch::{Batch, Column, DataType, Texts};
use terabin_core::datetime::{NAT, ceil, floor};

/// Times of today, near the ends of int64, and near powers of two.
fn time() -> impl Strategy<Value = i64> {
    let power = (0u32..63, -300i64..300).prop_map(|(p, d)| (1i64 << p).saturating_add(d));
    prop_oneof![
        any::<i64>(),
        power.clone(),
        power.prop_map(|t| -t),
        1_700_000_000_000_000_000i64..1_700_000_000_000_002_000,
        i64::MAX - 2000..=i64::MAX,
        i64::MIN + 1..i64::MIN + 2000,
    ]
    .prop_filter("a time", |&t| t != NAT)
}

/// How a time lies to a double, in exact arithmetic.
fn compare(time: i64, x: f64) -> std::cmp::Ordering {
    if x.abs() > 1e30 {
        return if x > 0.0 {
            std::cmp::Ordering::Less
        } else {
            std::cmp::Ordering::Greater
        };
    }
    #[allow(clippy::cast_possible_truncation)] // at most 10^30
    let whole = i128::from(time).cmp(&(x.floor() as i128));
    whole.then(if x.fract() == 0.0 {
        std::cmp::Ordering::Equal
    } else {
        std::cmp::Ordering::Less
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5000))]

    #[test]
    fn the_double_below_a_time_is_below_the_same_edges(t in time(), bits: u64, near in -3i32..4) {
        let nearby = (0..near.abs()).fold(floor(t), |x, _| {
            if near < 0 { x.next_down() } else { x.next_up() }
        });
        for edge in [f64::from_bits(bits), nearby] {
            if !edge.is_nan() {
                prop_assert_eq!(floor(t) < edge, compare(t, edge).is_lt(), "{} {}", t, edge);
                prop_assert_eq!(ceil(t) > edge, compare(t, edge).is_gt(), "{} {}", t, edge);
            }
        }
        prop_assert!(ceil(t) == floor(t) || ceil(t) == floor(t).next_up());
    }

    #[test]
    fn texts_slice_as_slices_do(
        texts in vec(vec(any::<u8>(), 0..5), 0..12),
        cuts in any::<[prop::sample::Index; 4]>(),
    ) {
        let bytes = texts.concat();
        let ends: Vec<u32> = texts.iter().scan(0, |end, t| {
            *end += u32::try_from(t.len()).unwrap();
            Some(*end)
        }).collect();
        let all = Texts::new(&ends, &bytes);
        prop_assert_eq!(all.len(), texts.len());
        let [a, b, c, d] = cuts.map(|cut| cut.index(texts.len() + 1));
        let outer = a.min(b)..a.max(b);
        let part = all.slice(outer.clone());
        let inner = c.min(part.len())..d.min(part.len()).max(c.min(part.len()));
        let want = &texts[outer][inner.clone()];
        let got = part.slice(inner);
        prop_assert_eq!(got.iter().collect::<Vec<_>>(), want);
        prop_assert_eq!(got.get(want.len()), b"");
    }
}

#[test]
fn no_time_is_nan() {
    assert!(floor(NAT).is_nan() && ceil(NAT).is_nan());
}

#[test]
fn texts_whose_ends_are_wrong_are_empty() {
    let texts = Texts::new(&[3, 1, 9, 2], b"abc");
    let got: Vec<&[u8]> = texts.iter().collect();
    assert_eq!(got, [&b"abc"[..], b"", b"", b""]);
}

#[test]
fn only_equal_types_hold_datetimes_or_texts_together() {
    for one in [DataType::Datetime, DataType::Text] {
        assert_eq!(one.common(one), Some(one));
        for other in [DataType::I64, DataType::F64, DataType::Bool] {
            assert_eq!(one.common(other), None);
            assert_eq!(other.common(one), None);
        }
    }
    assert_eq!(DataType::Datetime.common(DataType::Text), None);
}

#[test]
#[should_panic(expected = "a mark for every row")]
fn a_selection_has_a_mark_per_row() {
    let _ = Batch::new(&[Column::Bool(&[true; 2])], 2, 0).with_selection(&[true]);
}
