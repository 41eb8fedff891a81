//! Times on axes of doubles: doubles that compare with the edges as the times do.
//!
//! Doubles of today's nanoseconds lie 256 apart. The one below a time decides `time <
//! edge` as exact arithmetic does; only at the end of a last bin, where that belongs to it,
//! and on circles this is not enough.

use crate::datetime::floor;

/// For axes whose last bin is closed at `last`.
pub fn closed(times: &[i64], last: f64, out: &mut Vec<f64>) {
    out.clear();
    out.extend(times.iter().map(|&time| {
        let below = floor(time);
        if below == last && is_above(time, below) {
            last.next_up()
        } else {
            below
        }
    }));
}

/// For circles from `low` to `high`: the times are brought there first, where both are
/// whole nanoseconds; the fraction of one is below what a time can tell.
pub fn wrapped(times: &[i64], low: f64, high: f64, out: &mut Vec<f64>) {
    let limits = whole(low).zip(whole(high)).filter(|(low, high)| low < high);
    out.clear();
    out.extend(times.iter().map(|&time| {
        let around = limits.filter(|_| time != crate::datetime::NAT);
        let around =
            around.map(|(low, high)| low + (i128::from(time) - low).rem_euclid(high - low));
        let within = around.and_then(|t| i64::try_from(t).ok());
        floor(within.unwrap_or(time))
    }));
}

fn is_above(time: i64, below: f64) -> bool {
    #[allow(clippy::cast_possible_truncation)] // at most 2^63
    let below = below as i128;
    i128::from(time) > below
}

fn whole(x: f64) -> Option<i128> {
    const MOST: f64 = 9_223_372_036_854_775_808.0;
    #[allow(clippy::cast_possible_truncation)] // checked
    (x.fract() == 0.0 && x.abs() <= MOST).then_some(x as i128)
}
