//! Ticks of an axis of datetimes: round times, written as dates.

use jiff::civil::Date;

use super::ticks::{Span, Tick, Ticks};
use crate::datetime::{civil, datetime_text};

/// At most about `count` round times in `within`, for an axis of nanoseconds since
/// 1970-01-01, `span`; without any, where it reaches beyond the calendar of int64.
pub(super) fn time_ticks(span: Span, within: Span, count: i32) -> Ticks {
    let [Some(low), Some(high)] = [within.low, within.high].map(whole) else {
        return Ticks::default();
    };
    let most = i64::from(count.max(1));
    let least = (high / most).saturating_sub(low / most);
    let tick = |time: i64, text: String| Tick {
        #[expect(clippy::cast_precision_loss, reason = "for drawing")]
        at: span.fraction(time as f64),
        label: text,
    };
    let major = match steps().find(|&step| step >= least) {
        Some(step) => multiples(low, high, step)
            .map(|time| tick(time, text(time, step)))
            .collect(),
        None => firsts(low, high, least)
            .map(|(time, date)| tick(time, date.to_string()))
            .collect(),
    };
    Ticks {
        major,
        ..Ticks::default()
    }
}

const SECOND: i64 = 1_000_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Steps of the same length everywhere, in order.
fn steps() -> impl Iterator<Item = i64> {
    let powers = (0..9).map(|p| 10_i64.pow(p));
    let parts = powers.flat_map(|power| [1, 2, 5].map(|n| n * power));
    parts
        .chain([1, 2, 5, 10, 15, 30].map(|n| n * SECOND))
        .chain([1, 2, 5, 10, 15, 30].map(|n| n * MINUTE))
        .chain([1, 2, 3, 6, 12, 24, 48].map(|n| n * HOUR))
}

/// More ticks than this are never drawn.
const MOST: usize = 64;

fn multiples(low: i64, high: i64, step: i64) -> impl Iterator<Item = i64> {
    let first = low.div_euclid(step) + i64::from(low.rem_euclid(step) != 0);
    let multiple = move |k: i64| first.checked_add(k)?.checked_mul(step);
    (0..)
        .map_while(multiple)
        .take_while(move |&time| time <= high)
        .take(MOST)
}

/// The first days of months or years that are at least `least` nanoseconds apart, or
/// days of a week.
fn firsts(low: i64, high: i64, least: i64) -> impl Iterator<Item = (i64, Date)> {
    let days = least / DAY;
    let months = match days {
        0..=9 => 0,
        10..=30 => 1,
        31..=91 => 3,
        92..=182 => 6,
        _ => round_years(days / 365 + 1) * 12,
    };
    let start = civil(low).map(jiff::civil::DateTime::date);
    let first = start.and_then(|date| match months {
        0 => Some((date, 0)),
        _ => Some((Date::new(date.year(), 1, 1).ok()?, months)),
    });
    let dates = first.into_iter().flat_map(move |(first, months)| {
        (0..).map_while(move |k: i64| {
            let step = match months {
                0 => jiff::Span::new().try_weeks(k),
                _ => jiff::Span::new().try_months(k.checked_mul(months)?),
            };
            first.checked_add(step.ok()?).ok()
        })
    });
    dates
        .filter_map(|date| Some((time_of(date)?, date)))
        .skip_while(move |(time, _)| *time < low)
        .take_while(move |(time, _)| *time <= high)
        .take(MOST)
}

/// 1, 2 or 5 times a power of ten, not below.
fn round_years(years: i64) -> i64 {
    let steps = [1, 2, 5, 10, 20, 50, 100, 200, 500];
    steps.into_iter().find(|&s| s >= years).unwrap_or(1000)
}

fn time_of(date: Date) -> Option<i64> {
    let zoned = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    i64::try_from(zoned.timestamp().as_nanosecond()).ok()
}

/// As much of a time as multiples of `step` need.
fn text(time: i64, step: i64) -> String {
    let text = datetime_text(time);
    let length = match step {
        DAY.. => 10,
        MINUTE.. => 16,
        _ => text.len(),
    };
    text.get(..length).unwrap_or(&text).to_owned()
}

fn whole(x: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "checked")]
    (x.abs() < 9.2e18).then_some(x as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::datetime::read_datetime;

    fn labels(low: &str, high: &str, count: i32) -> Vec<String> {
        #[expect(clippy::cast_precision_loss, reason = "for drawing")]
        let [low, high] = [low, high].map(|t| read_datetime(t).unwrap() as f64);
        let span = Span { low, high };
        let ticks = time_ticks(span, span, count).major;
        assert!(ticks.iter().all(|t| (0.0..=1.0).contains(&t.at)));
        ticks.into_iter().map(|t| t.label).collect()
    }

    #[test]
    fn ticks_are_round_times() {
        let day = labels("2024-01-01", "2024-01-02", 4);
        assert_eq!(
            day,
            [
                "2024-01-01T00:00",
                "2024-01-01T06:00",
                "2024-01-01T12:00",
                "2024-01-01T18:00",
                "2024-01-02T00:00"
            ]
        );
        let month = labels("2024-01-03", "2024-02-03", 5);
        assert_eq!(
            month,
            [
                "2024-01-03",
                "2024-01-10",
                "2024-01-17",
                "2024-01-24",
                "2024-01-31"
            ]
        );
        let year = labels("2023-11-15", "2024-11-15", 4);
        assert_eq!(
            year,
            ["2024-01-01", "2024-04-01", "2024-07-01", "2024-10-01"]
        );
        let years = labels("1990-06-01", "2024-11-15", 5);
        assert_eq!(years, ["2000-01-01", "2010-01-01", "2020-01-01"]);
        let short = labels("2024-01-01T00:00:00", "2024-01-01T00:00:01", 2);
        assert_eq!(
            short,
            [
                "2024-01-01T00:00:00",
                "2024-01-01T00:00:00.5",
                "2024-01-01T00:00:01"
            ]
        );
    }

    #[test]
    fn any_span_has_a_bounded_number_of_ticks() {
        let far = [-9.3e18, -9.1e18, -1.0, 0.0, 0.5, 1.7e18, 9.1e18, 1e30];
        for low in far {
            for high in far.into_iter().filter(|&h| h > low) {
                for count in [0, 1, 7, i32::MAX] {
                    let span = Span { low, high };
                    assert!(time_ticks(span, span, count).major.len() <= MOST);
                }
            }
        }
    }
}
