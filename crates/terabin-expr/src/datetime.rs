//! Datetimes: their texts and their parts, in UTC.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use terabin_core::datetime::NAT;

use crate::buffer::{Lane, Target};
use crate::kernel::{Done, Failure, Relation};
use crate::map::map;

const SECOND: i64 = 1_000_000_000;
const DAY: i64 = 86_400 * SECOND;

/// A part of a datetime, as the attribute of `pandas.DatetimeIndex` of that name
/// (`Nanosecond`: all digits after the second).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Calendar {
    Year,
    Month,
    Day,
    /// Monday is 0.
    DayOfWeek,
    /// The first of January is 1.
    DayOfYear,
    Hour,
    Minute,
    Second,
    Nanosecond,
}

/// The nanoseconds since 1970 of a text in ISO 8601; what is wrong with it otherwise.
///
/// A time of day and an offset, `Z` or `+01:00`, may follow the date.
pub(crate) fn read(text: &str) -> Result<i64, &'static str> {
    let form = "a date is written \"2024-01-31\" or \"2024-01-31T12:30:00\"";
    let time = timestamp(text.trim()).ok_or(form)?.as_nanosecond();
    let time = i64::try_from(time).ok().filter(|&t| t != NAT);
    time.ok_or("datetimes reach from 1677-09-22 to 2262-04-11")
}

fn timestamp(text: &str) -> Option<Timestamp> {
    let (civil, offset) = without_offset(text);
    // Of other forms, some are read as something else: an offset `+0100` would not count.
    if !is_civil(civil) {
        return None;
    }
    if offset {
        return text.parse().ok();
    }
    let civil: DateTime = civil.parse().ok()?;
    TimeZone::UTC.to_timestamp(civil).ok()
}

/// The text before `Z` or `+01:00`, and whether there is one.
fn without_offset(text: &str) -> (&str, bool) {
    if let Some(civil) = text.strip_suffix('Z') {
        return (civil, true);
    }
    let end = text.len().checked_sub(6);
    match end.and_then(|at| text.split_at_checked(at)) {
        Some((civil, end)) if matches(end, "+dd:dd") || matches(end, "-dd:dd") => (civil, true),
        _ => (text, false),
    }
}

/// Whether a text is a date, and perhaps a time of day, by its characters.
fn is_civil(text: &str) -> bool {
    const DATE: &str = "dddd-dd-dd";
    let Some((date, time)) = text.split_at_checked(DATE.len()) else {
        return false;
    };
    let digits = time.strip_prefix(['T', ' ']);
    let in_time = |c: char| c.is_ascii_digit() || c == ':' || c == '.';
    matches(date, DATE) && (time.is_empty() || digits.is_some_and(|d| d.chars().all(in_time)))
}

/// Whether a text has the characters of a pattern, in which `d` stands for a digit.
fn matches(text: &str, pattern: &str) -> bool {
    text.len() == pattern.len()
        && text.bytes().zip(pattern.bytes()).all(|(b, p)| match p {
            b'd' => b.is_ascii_digit(),
            _ => b == p,
        })
}

/// Writes a part of every time; NaN where there is none.
pub(crate) fn part(field: Calendar, times: Lane<'_, i64>, target: Target<'_>) -> Done {
    let Target::F64(target) = target else {
        return Err(Failure::Types);
    };
    let mut write = |of: fn(i64) -> i64| {
        map(times, Lane::Constant(()), target, |time, ()| match time {
            NAT => f64::NAN,
            // Every part is below 2^31.
            time => f64::from(i32::try_from(of(time)).unwrap_or(0)),
        });
    };
    match field {
        Calendar::Year => write(|t| civil(t).0),
        Calendar::Month => write(|t| civil(t).1),
        Calendar::Day => write(|t| civil(t).2),
        Calendar::DayOfWeek => write(|t| (t.div_euclid(DAY) + 3).rem_euclid(7)),
        Calendar::DayOfYear => write(day_of_year),
        Calendar::Hour => write(|t| t.rem_euclid(DAY) / (3600 * SECOND)),
        Calendar::Minute => write(|t| t.rem_euclid(3600 * SECOND) / (60 * SECOND)),
        Calendar::Second => write(|t| t.rem_euclid(60 * SECOND) / SECOND),
        Calendar::Nanosecond => write(|t| t.rem_euclid(SECOND)),
    }
    Ok(())
}

/// Writes the start of the day of every time.
///
/// The start of the very first day lies before all times: it is the first of them.
pub(crate) fn day(times: Lane<'_, i64>, target: Target<'_>) -> Done {
    let Target::Datetime(target) = target else {
        return Err(Failure::Types);
    };
    map(times, Lane::Constant(()), target, |time, ()| match time {
        NAT => NAT,
        time => time.saturating_sub(time.rem_euclid(DAY)).max(NAT + 1),
    });
    Ok(())
}

/// Writes whether times compare so; what is no time is unequal to everything.
pub(crate) fn relate(
    relation: Relation,
    left: Lane<'_, i64>,
    right: Lane<'_, i64>,
    target: &mut [bool],
) {
    let both = |a, b| a != NAT && b != NAT;
    match relation {
        Relation::Less => map(left, right, target, |a, b| both(a, b) && a < b),
        Relation::LessEqual => map(left, right, target, |a, b| both(a, b) && a <= b),
        Relation::Equal => map(left, right, target, |a, b| both(a, b) && a == b),
        Relation::NotEqual => map(left, right, target, |a, b| !both(a, b) || a != b),
    }
}

/// Year, month and day (H. Hinnant, chrono-compatible low-level date algorithms).
fn civil(time: i64) -> (i64, i64, i64) {
    // Days and years since 0000-03-01: the leap day is the last of its year.
    let days = time.div_euclid(DAY) + 719_468;
    let era = days.div_euclid(146_097);
    let day = days.rem_euclid(146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    (era * 400 + year + next, month, day)
}

fn day_of_year(time: i64) -> i64 {
    const BEFORE: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let (year, month, day) = civil(time);
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let before = usize::try_from(month - 1).ok().and_then(|m| BEFORE.get(m));
    before.unwrap_or(&0) + day + i64::from(leap && month > 2)
}
