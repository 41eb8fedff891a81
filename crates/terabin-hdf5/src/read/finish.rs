//! From stored values to what they stand for: masks, packing, times.

use crate::meaning::{Mask, Meaning, Number, Packing, Time};
use crate::read::column::ColumnBuffer;
use crate::read::target::{MASKED, Marks};

/// Masks rows and converts the first `rows` values; says whether the buffers fit.
#[must_use]
pub(crate) fn finish(
    meaning: &Meaning,
    stored: &ColumnBuffer,
    finished: Option<&mut ColumnBuffer>,
    rows: usize,
    marks: &mut Marks,
) -> bool {
    for mask in &meaning.masks {
        set_mask(*mask, stored, rows, marks);
    }
    match (finished, meaning.time, meaning.packing) {
        (None, None, None) => true,
        (Some(ColumnBuffer::Datetime(to)), Some(time), _) => times(time, stored, to, rows),
        (Some(ColumnBuffer::F64(to)), None, Some(packing)) => unpack(packing, stored, to, rows),
        _ => false,
    }
}

fn set_mask(mask: Mask, stored: &ColumnBuffer, rows: usize, marks: &mut Marks) {
    match stored {
        ColumnBuffer::I64(v) => {
            let is = |x: &i64| mask.hits(i128::from(*x), Number::integer);
            marks.set_where(MASKED, v.iter().take(rows).map(is));
        }
        ColumnBuffer::U64(v) => {
            let is = |x: &u64| mask.hits(i128::from(*x), Number::integer);
            marks.set_where(MASKED, v.iter().take(rows).map(is));
        }
        ColumnBuffer::F32(v) => {
            let is = |x: &f32| mask.hits_float(f64::from(*x));
            marks.set_where(MASKED, v.iter().take(rows).map(is));
        }
        ColumnBuffer::F64(v) => {
            let is = |x: &f64| mask.hits_float(*x);
            marks.set_where(MASKED, v.iter().take(rows).map(is));
        }
        ColumnBuffer::Bool(_) | ColumnBuffer::Datetime(_) | ColumnBuffer::Text(_) => {}
    }
}

impl Mask {
    /// Whether an integer stands for no value: a mask that no integer can equal hits none.
    fn hits(self, x: i128, integer: impl Fn(Number) -> Option<i128>) -> bool {
        match self {
            Self::Equal(n) => integer(n) == Some(x),
            Self::Below(n) => match integer(n) {
                Some(n) => x < n,
                None => compare(x, n).is_lt(),
            },
            Self::Above(n) => match integer(n) {
                Some(n) => x > n,
                None => compare(x, n).is_gt(),
            },
        }
    }

    fn hits_float(self, x: f64) -> bool {
        match self {
            Self::Equal(n) => x == n.float() || (x.is_nan() && n.float().is_nan()),
            Self::Below(n) => x < n.float(),
            Self::Above(n) => x > n.float(),
        }
    }
}

/// An integer beside a number that is none; equal to a NaN, so that no mask hits.
fn compare(x: i128, n: Number) -> std::cmp::Ordering {
    #[allow(
        clippy::cast_precision_loss,
        reason = "the other side is no integer anyway"
    )]
    let x = x as f64;
    x.partial_cmp(&n.float())
        .unwrap_or(std::cmp::Ordering::Equal)
}

impl Number {
    fn integer(self) -> Option<i128> {
        match self {
            Self::Signed(n) => Some(i128::from(n)),
            Self::Unsigned(n) => Some(i128::from(n)),
            #[allow(clippy::cast_possible_truncation, reason = "it is whole and in range")]
            Self::Float(x) if x.trunc() == x && x.abs() < 1e30 => Some(x as i128),
            Self::Float(_) => None,
        }
    }

    #[allow(clippy::cast_precision_loss, reason = "as NumPy compares")]
    fn float(self) -> f64 {
        match self {
            Self::Signed(n) => n as f64,
            Self::Unsigned(n) => n as f64,
            Self::Float(x) => x,
        }
    }
}

#[allow(
    clippy::cast_precision_loss,
    reason = "packed values are small integers"
)]
fn unpack(packing: Packing, stored: &ColumnBuffer, to: &mut [f64], rows: usize) -> bool {
    let value = |x: f64| x * packing.scale + packing.offset;
    let Some(to) = to.get_mut(..rows) else {
        return false;
    };
    match stored {
        ColumnBuffer::I64(v) => to
            .iter_mut()
            .zip(v)
            .for_each(|(to, &x)| *to = value(x as f64)),
        ColumnBuffer::U64(v) => to
            .iter_mut()
            .zip(v)
            .for_each(|(to, &x)| *to = value(x as f64)),
        ColumnBuffer::F32(v) => to
            .iter_mut()
            .zip(v)
            .for_each(|(to, &x)| *to = value(f64::from(x))),
        ColumnBuffer::F64(v) => to.iter_mut().zip(v).for_each(|(to, &x)| *to = value(x)),
        _ => return false,
    }
    true
}

/// Not a time.
const NAT: i64 = i64::MIN;

fn times(time: Time, stored: &ColumnBuffer, to: &mut [i64], rows: usize) -> bool {
    let Some(to) = to.get_mut(..rows) else {
        return false;
    };
    match (time, stored) {
        (Time::Ticks { tick, epoch }, ColumnBuffer::I64(v)) => {
            let value = |x: i64| ticks(i128::from(x), tick, epoch);
            // NumPy's own NaT.
            let value = |x: i64| if x == NAT { NAT } else { value(x) };
            to.iter_mut().zip(v).for_each(|(to, &x)| *to = value(x));
        }
        (Time::Ticks { tick, epoch }, ColumnBuffer::U64(v)) => {
            let value = |x: u64| ticks(i128::from(x), tick, epoch);
            to.iter_mut().zip(v).for_each(|(to, &x)| *to = value(x));
        }
        (Time::Ticks { tick, epoch }, ColumnBuffer::F32(v)) => {
            let value = |x: f32| float_ticks(f64::from(x), tick, epoch);
            to.iter_mut().zip(v).for_each(|(to, &x)| *to = value(x));
        }
        (Time::Ticks { tick, epoch }, ColumnBuffer::F64(v)) => {
            let value = |x: f64| float_ticks(x, tick, epoch);
            to.iter_mut().zip(v).for_each(|(to, &x)| *to = value(x));
        }
        (Time::SecondsAndMicroseconds, ColumnBuffer::I64(v)) => {
            to.iter_mut().zip(v).for_each(|(to, &x)| *to = pair(x));
        }
        _ => return false,
    }
    true
}

/// A time beyond what nanoseconds in 64 bits hold is no time.
fn ticks(x: i128, tick: i64, epoch: i64) -> i64 {
    let nanoseconds = x * i128::from(tick) + i128::from(epoch);
    i64::try_from(nanoseconds).unwrap_or(NAT)
}

/// To the nearest nanosecond.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "whole ticks in range; a part of a tick has fewer than 2^53 nanoseconds"
)]
fn float_ticks(x: f64, tick: i64, epoch: i64) -> i64 {
    if x.is_nan() || x.abs() > 1e19 {
        return NAT;
    }
    let whole = x.floor();
    let part = ((x - whole) * tick as f64).round_ties_even() as i128;
    let nanoseconds = whole as i128 * i128::from(tick) + part + i128::from(epoch);
    i64::try_from(nanoseconds).unwrap_or(NAT)
}

fn pair(stored: i64) -> i64 {
    #[allow(clippy::cast_possible_truncation, reason = "the two halves")]
    let (microseconds, seconds) = (stored as i32, (stored >> 32) as i32);
    i64::from(seconds) * 1_000_000_000 + i64::from(microseconds) * 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_hit_what_they_name() {
        let stored = ColumnBuffer::I64(vec![-5, 0, 7, i64::MAX]);
        for (mask, expected) in [
            (Mask::Equal(Number::Float(7.0)), 1),
            (Mask::Equal(Number::Float(7.5)), 0),
            (Mask::Equal(Number::Float(f64::NAN)), 0),
            (Mask::Equal(Number::Signed(i64::MAX)), 1),
            (Mask::Below(Number::Float(-4.5)), 1),
            (Mask::Above(Number::Signed(0)), 2),
            (Mask::Above(Number::Unsigned(u64::MAX)), 0),
        ] {
            let mut marks = Marks::default();
            marks.clear(4);
            set_mask(mask, &stored, 4, &mut marks);
            assert_eq!(marks.counts().masked, expected, "{mask:?}");
        }
        let mut marks = Marks::default();
        marks.clear(2);
        let stored = ColumnBuffer::F32(vec![f32::NAN, 1.0]);
        set_mask(Mask::Equal(Number::Float(f64::NAN)), &stored, 2, &mut marks);
        assert_eq!(marks.counts().masked, 1);
    }

    #[test]
    fn times_are_exact() {
        let day = 86_400_000_000_000;
        assert_eq!(float_ticks(0.5, day, 0), day / 2);
        assert_eq!(float_ticks(-0.25, day, 1), -day / 4 + 1);
        assert_eq!(float_ticks(f64::NAN, day, 0), NAT);
        assert_eq!(ticks(1 << 40, day, 0), NAT);
        assert_eq!(ticks(3, 1_000_000_000, -1), 2_999_999_999);
        let stored = (12_i64 << 32) + 500_000;
        assert_eq!(pair(stored), 12_500_000_000);
        // PyTables stores -2.25 as -2 and -250,000.
        assert_eq!(pair(-4_295_217_296), -2_250_000_000);
    }
}
