//! Whether all values are numbers.

use super::multiversion;
use super::terms::Real;

multiversion! {
    /// Whether a value is NaN.
    pub fn has_nan<T: Real>(values: &[T]) -> bool = has_nan_body;
}

#[inline(always)]
fn has_nan_body<T: Real>(values: &[T]) -> bool {
    let any = |any, value: &T| any | value.double().is_nan();
    values.iter().fold(false, any)
}
