//! Units of time as the CF conventions write them: `days since 2000-01-01 00:00:00`.

use crate::meaning::Time;

const SECOND: i64 = 1_000_000_000;
const DAY: i64 = 86_400 * SECOND;

/// The ticks and the epoch of `units` in a calendar; none where they are no time, where
/// the calendar is not the usual one, or where the epoch lies outside 1677 to 2262, which
/// nanoseconds cannot reach: then the values stay numbers.
///
/// <https://cfconventions.org/cf-conventions/cf-conventions.html#time-coordinate>
pub(super) fn time(units: &str, calendar: Option<&str>) -> Option<Time> {
    // The Julian part of the mixed calendar ends in 1582, before every epoch here.
    let usual = ["standard", "gregorian", "proleptic_gregorian"];
    if calendar.is_some_and(|c| !usual.contains(&c.trim().to_lowercase().as_str())) {
        return None;
    }
    let (unit, rest) = units.trim().split_once(char::is_whitespace)?;
    let (since, epoch) = rest.trim_start().split_once(char::is_whitespace)?;
    let epoch = epoch.trim_start();
    if !since.eq_ignore_ascii_case("since") {
        return None;
    }
    Some(Time::Ticks {
        tick: tick(unit)?,
        epoch: epoch_of(epoch)?,
    })
}

/// Nanoseconds of a unit. Months and years have no fixed length.
fn tick(unit: &str) -> Option<i64> {
    Some(match unit.to_lowercase().as_str() {
        "days" | "day" | "d" => DAY,
        "hours" | "hour" | "hrs" | "hr" | "h" => 3600 * SECOND,
        "minutes" | "minute" | "mins" | "min" => 60 * SECOND,
        "seconds" | "second" | "secs" | "sec" | "s" => SECOND,
        "milliseconds" | "millisecond" | "millisecs" | "millisec" | "msecs" | "msec" | "ms" => {
            1_000_000
        }
        "microseconds" | "microsecond" | "microsecs" | "microsec" | "us" => 1000,
        "nanoseconds" | "nanosecond" | "nanosecs" | "nanosec" | "ns" => 1,
        _ => return None,
    })
}

/// Nanoseconds from 1970-01-01T00:00:00 UTC to a date with or without a time and a zone.
fn epoch_of(text: &str) -> Option<i64> {
    let text = text.trim();
    let end = text.find(['T', ' ']).unwrap_or(text.len());
    let (date, clock) = text.split_at_checked(end)?;
    let days = days(date)?;
    let nanoseconds = clock_of(clock.trim_start_matches(['T', ' ']))?;
    let total = i128::from(days) * i128::from(DAY) + i128::from(nanoseconds);
    i64::try_from(total).ok()
}

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar, by the method of
/// Howard Hinnant, <https://howardhinnant.github.io/date_algorithms.html>.
fn days(date: &str) -> Option<i64> {
    let mut parts = date.split('-').map(str::parse::<u16>);
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let (year, month, day) = (
        i64::from(year.ok()?),
        i64::from(month.ok()?),
        i64::from(day.ok()?),
    );
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if parts.next().is_some() || !(1..=length).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

/// Nanoseconds of the day in UTC, of a text such as `12:30:00.5 +01:00`; 0 where empty.
fn clock_of(text: &str) -> Option<i64> {
    let zone = text.find(|c: char| !c.is_ascii_digit() && c != ':' && c != '.');
    let (clock, zone) = text.split_at_checked(zone.unwrap_or(text.len()))?;
    let mut parts = clock.split(':').filter(|p| !p.is_empty());
    let mut part = |limit: i64| match parts.next() {
        None => Some(0),
        Some(part) => part.parse().ok().filter(|n| (0..limit).contains(n)),
    };
    let (hours, minutes) = (part(24)?, part(60)?);
    let seconds = parts.next().map_or(Some(0), seconds)?;
    if parts.next().is_some() {
        return None;
    }
    Some((hours * 3600 + minutes * 60) * SECOND + seconds - shift(zone.trim())?)
}

/// Nanoseconds of seconds with or without a fraction.
fn seconds(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole: i64 = whole.parse().ok().filter(|n| (0..60).contains(n))?;
    let digits = fraction.chars().chain(std::iter::repeat('0')).take(9);
    let fraction: i64 = digits.collect::<String>().parse().ok()?;
    Some(whole * SECOND + fraction)
}

/// Nanoseconds that a zone is ahead of UTC.
fn shift(zone: &str) -> Option<i64> {
    if ["", "z", "utc", "gmt"].contains(&zone.to_lowercase().as_str()) {
        return Some(0);
    }
    let sign = match zone.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let digits = zone.get(1..)?;
    let (hours, minutes) = match digits.split_once(':') {
        Some(parts) => parts,
        None if digits.len() > 2 => digits.split_at_checked(digits.len() - 2)?,
        None => (digits, "0"),
    };
    let number = |text: &str, limit| text.parse().ok().filter(|n: &i64| (0..limit).contains(n));
    Some(sign * (number(hours, 24)? * 60 + number(minutes, 60)?) * 60 * SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(units: &str) -> Option<(i64, i64)> {
        match time(units, None)? {
            Time::Ticks { tick, epoch } => Some((tick, epoch)),
            Time::SecondsAndMicroseconds => None,
        }
    }

    #[test]
    fn units_as_they_are_written() {
        let noon = 946_728_000 * SECOND;
        for text in [
            "hours since 2000-01-01 12:00:00",
            "Hours since 2000-01-01T12:00:00Z",
            "hr since 2000-1-1 12:00 UTC",
            "h since 2000-01-01 12",
            "h Since 2000-01-01 12:00:00.0 +00:00",
            "hours  since  2000-01-01 13:30 +1:30",
            "hours since 2000-01-01T06:00:00 -0600",
            "hours since 2000-01-01 06:00 -6",
        ] {
            assert_eq!(of(text), Some((3600 * SECOND, noon)), "{text}");
        }
        assert_eq!(of("days since 1970-01-01"), Some((DAY, 0)));
        let before = Some((1000, -500_000_000));
        assert_eq!(of("us since 1969-12-31 23:59:59.5"), before);
    }

    #[test]
    fn every_day_follows_the_day_before() {
        let mut expected = days("1600-01-01").unwrap();
        assert_eq!(expected, -135_140);
        for year in 1600..2400 {
            for month in 1..=12 {
                for day in 1..=31 {
                    if let Some(found) = days(&format!("{year}-{month}-{day}")) {
                        assert_eq!(found, expected, "{year}-{month}-{day}");
                        expected += 1;
                    }
                }
            }
        }
        assert_eq!(Some(expected), days("2400-01-01"));
    }

    #[test]
    fn what_is_no_time_stays_a_number() {
        for text in [
            "K",
            "",
            "days",
            "days since",
            "days since yesterday",
            "months since 2000-01-01",
            "days before 2000-01-01",
            "days since 2001-02-29",
            "days since 0001-01-01",
            "days since 2000-01-01 25:00",
            "days since 2000-01-01 12:00 CET",
            "days since 2000-01-01-01",
            "s since 2000-01-01 00:00:00:00",
            "s since 2000-01-01 00:00 +\u{e9}0",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
        let other = Some("360_day");
        assert_eq!(time("days since 2000-01-01", other), None);
        assert!(time("days since 2000-01-01", Some("Gregorian")).is_some());
    }
}
