//! Datetimes: nanoseconds since 1970-01-01T00:00:00 UTC as int64, as in
//! `numpy.datetime64[ns]`.

/// Not a time: what NaN is among numbers.
pub const NAT: i64 = i64::MIN;

/// The largest double that is not above a time; NaN for [`NAT`].
///
/// Whether a time is below an edge, which is a double, is the same before and after.
#[inline]
#[must_use]
pub fn floor(time: i64) -> f64 {
    let (nearest, distance) = nearest(time);
    if distance > 0 {
        nearest.next_down()
    } else {
        nearest
    }
}

/// The smallest double that is not below a time; NaN for [`NAT`].
#[inline]
#[must_use]
pub fn ceil(time: i64) -> f64 {
    let (nearest, distance) = nearest(time);
    if distance < 0 {
        nearest.next_up()
    } else {
        nearest
    }
}

/// The nearest double, and how far it lies above.
#[inline]
fn nearest(time: i64) -> (f64, i128) {
    if time == NAT {
        return (f64::NAN, 0);
    }
    #[allow(clippy::cast_precision_loss)] // the loss is what is asked
    let nearest = time as f64;
    #[allow(clippy::cast_possible_truncation)] // at most 2^63
    let distance = nearest as i128 - i128::from(time);
    (nearest, distance)
}
