//! Values as integers in the same order.

use crate::batch::{Column, DataType};
use crate::datetime::NAT;
use crate::statistic::Number;

/// Half of all keys: what lies below is negative.
const ZERO: u64 = 1 << 63;

/// A value that has a key.
pub(crate) trait Keyed: Copy {
    /// The key; None for NaN. -0.0 has that of 0.
    fn key(self) -> Option<u64>;
}

impl Keyed for f64 {
    #[inline]
    fn key(self) -> Option<u64> {
        let bits = (self + 0.0).to_bits();
        let key = if bits & ZERO == 0 { bits | ZERO } else { !bits };
        (!self.is_nan()).then_some(key)
    }
}

impl Keyed for f32 {
    #[inline]
    fn key(self) -> Option<u64> {
        f64::from(self).key()
    }
}

impl Keyed for i64 {
    #[inline]
    fn key(self) -> Option<u64> {
        Some(self.cast_unsigned() ^ ZERO)
    }
}

impl Keyed for u64 {
    #[inline]
    fn key(self) -> Option<u64> {
        Some(self)
    }
}

impl Keyed for bool {
    #[inline]
    fn key(self) -> Option<u64> {
        Some(self.into())
    }
}

/// Calls `each` with the position and key of every value that is not NaN.
pub fn with_keys(column: Column<'_>, mut each: impl FnMut(usize, u64)) {
    fn all<T: Keyed>(values: &[T], each: &mut impl FnMut(usize, u64)) {
        for (i, value) in values.iter().enumerate() {
            if let Some(key) = value.key() {
                each(i, key);
            }
        }
    }
    match column {
        Column::F64(v) => all(v, &mut each),
        Column::F32(v) => all(v, &mut each),
        Column::I64(v) => all(v, &mut each),
        Column::U64(v) => all(v, &mut each),
        Column::Bool(v) => all(v, &mut each),
        Column::Datetime(v) => {
            for (i, &time) in v.iter().enumerate().filter(|(_, t)| **t != NAT) {
                each(i, time.cast_unsigned() ^ ZERO);
            }
        }
        // Texts have no numbers.
        Column::Text(_) => {}
    }
}

/// The key of every value, None for NaN, in the place of what was in `out`.
pub(crate) fn keys(column: Column<'_>, out: &mut Vec<Option<u64>>) {
    out.clear();
    out.resize(column.len(), None);
    with_keys(column, |row, key| {
        if let Some(place) = out.get_mut(row) {
            *place = Some(key);
        }
    });
}

/// The value that a key stands for in a column of this type.
#[must_use]
pub fn number(key: u64, data_type: DataType) -> Number {
    match data_type {
        DataType::F64 | DataType::F32 | DataType::Text => {
            let bits = if key & ZERO == 0 { !key } else { key ^ ZERO };
            Number::F64(f64::from_bits(bits))
        }
        DataType::I64 | DataType::Datetime => Number::I64((key ^ ZERO).cast_signed()),
        DataType::U64 | DataType::Bool => Number::U64(key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn keys_are_in_the_order_of_the_values(a in any::<f64>(), b in any::<f64>()) {
            prop_assume!(!a.is_nan() && !b.is_nan());
            let order = (a + 0.0).total_cmp(&(b + 0.0));
            prop_assert_eq!(a.key().cmp(&b.key()), order);
            let back = number(a.key().unwrap(), DataType::F64);
            prop_assert_eq!(back, Number::F64(a + 0.0));
        }

        #[test]
        fn keys_of_integers(a in any::<i64>(), b in any::<i64>()) {
            prop_assert_eq!(a.key().cmp(&b.key()), a.cmp(&b));
            prop_assert_eq!(number(a.key().unwrap(), DataType::I64), Number::I64(a));
        }
    }

    #[test]
    fn nan_has_no_key_and_infinities_lie_at_the_ends() {
        let mut keys = Vec::new();
        let column = [f64::NEG_INFINITY, f64::NAN, -1.0, -0.0, 0.0, f64::INFINITY];
        with_keys(Column::F64(&column), |i, key| keys.push((i, key)));
        assert_eq!(
            keys.iter().map(|k| k.0).collect::<Vec<_>>(),
            [0, 2, 3, 4, 5]
        );
        assert_eq!(keys[2].1, keys[3].1);
        assert!(keys.windows(2).all(|k| k[0].1 <= k[1].1));
    }
}
