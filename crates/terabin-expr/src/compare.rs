//! Comparisons that are exact between numbers of different types.

/// `<`, `<=` and `==` as between the real numbers; all false where a side is NaN.
pub(crate) trait Compare<B>: Copy {
    fn less(self, other: B) -> bool;
    fn less_equal(self, other: B) -> bool;
    fn equal(self, other: B) -> bool;
}

macro_rules! compare_same {
    ($($type:ty),*) => {$(
        impl Compare<$type> for $type {
            fn less(self, other: $type) -> bool {
                self < other
            }
            fn less_equal(self, other: $type) -> bool {
                self <= other
            }
            #[allow(clippy::float_cmp, reason = "this is what == means")]
            fn equal(self, other: $type) -> bool {
                self == other
            }
        }
    )*};
}

compare_same!(i64, u64, f64);

impl Compare<u64> for i64 {
    fn less(self, other: u64) -> bool {
        self < 0 || self.cast_unsigned() < other
    }
    fn less_equal(self, other: u64) -> bool {
        self < 0 || self.cast_unsigned() <= other
    }
    fn equal(self, other: u64) -> bool {
        self >= 0 && self.cast_unsigned() == other
    }
}

impl Compare<i64> for u64 {
    fn less(self, other: i64) -> bool {
        other >= 0 && self < other.cast_unsigned()
    }
    fn less_equal(self, other: i64) -> bool {
        other >= 0 && self <= other.cast_unsigned()
    }
    fn equal(self, other: i64) -> bool {
        other.equal(self)
    }
}

// Rounding to float64 keeps the order, so the rounded integer decides unless it
// equals the float. Then the float is whole and at most 2^64, and i128 holds both.
macro_rules! compare_float {
    ($($integer:ty),*) => {$(
        #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)] // see above
        #[allow(clippy::float_cmp, reason = "the equal case is decided exactly")]
        impl Compare<f64> for $integer {
            fn less(self, other: f64) -> bool {
                let rounded = self as f64;
                rounded < other || (rounded == other && i128::from(self) < other as i128)
            }
            fn less_equal(self, other: f64) -> bool {
                let rounded = self as f64;
                rounded < other || (rounded == other && i128::from(self) <= other as i128)
            }
            fn equal(self, other: f64) -> bool {
                self as f64 == other && i128::from(self) == other as i128
            }
        }

        #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)] // see above
        #[allow(clippy::float_cmp, reason = "the equal case is decided exactly")]
        impl Compare<$integer> for f64 {
            fn less(self, other: $integer) -> bool {
                let rounded = other as f64;
                self < rounded || (self == rounded && (self as i128) < i128::from(other))
            }
            fn less_equal(self, other: $integer) -> bool {
                let rounded = other as f64;
                self < rounded || (self == rounded && self as i128 <= i128::from(other))
            }
            fn equal(self, other: $integer) -> bool {
                other.equal(self)
            }
        }
    )*};
}

compare_float!(i64, u64);

#[cfg(test)]
mod tests {
    use super::Compare;

    #[test]
    fn a_rounded_integer_is_not_its_float() {
        let float = 9_007_199_254_740_992.0_f64;
        let above = 9_007_199_254_740_993_i64;
        assert!(!above.equal(float));
        assert!(float.less(above) && !above.less_equal(float));
    }

    #[test]
    fn the_ends_of_the_integers() {
        let two_63 = 9_223_372_036_854_775_808.0_f64;
        let two_64 = 18_446_744_073_709_551_616.0_f64;
        assert!(i64::MAX.less(two_63) && !i64::MAX.equal(two_63));
        assert!(i64::MIN.equal(-two_63));
        assert!(u64::MAX.less(two_64) && !u64::MAX.equal(two_64));
        assert!((-1_i64).less(u64::MAX) && !u64::MAX.less(-1_i64));
        assert!(!i64::MAX.less(f64::NAN) && !f64::NAN.less_equal(0_u64));
    }
}
