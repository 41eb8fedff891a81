//! Datetimes as texts: ISO 8601, UTC unless an offset is given, and widths such as `1h`.
//!
//! In numbers they are nanoseconds since 1970-01-01T00:00:00 UTC.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use terabin_core::datetime::NAT;
use terabin_core::statistic::Number;

use crate::error::{Error, Result};

/// The units of datetimes in results.
pub const UNITS: &str = "ns since 1970-01-01";

/// A time as ISO 8601 in UTC, `NaT` for none.
///
/// ```
/// assert_eq!(terabin::datetime_text(1_704_110_400_000_000_000), "2024-01-01T12:00:00");
/// ```
#[must_use]
pub fn datetime_text(time: i64) -> String {
    match civil(time) {
        Some(civil) if time != NAT => civil.to_string(),
        _ => "NaT".to_owned(),
    }
}

/// An edge in nanoseconds as ISO 8601; a number where the calendar of int64 ends.
pub fn edge_text(edge: f64) -> String {
    let whole = edge.floor();
    #[allow(clippy::cast_possible_truncation)] // checked
    let time = (whole.abs() < LAST).then_some(whole as i64);
    let Some(time) = time else {
        return Number::F64(edge).to_string();
    };
    let text = datetime_text(time);
    if edge == whole {
        return text;
    }
    // Near 1970 edges may lie between nanoseconds: their digits follow the nine.
    let seconds = text.split('.').next().unwrap_or_default();
    let fraction = (edge - whole).to_string();
    let digits = fraction.trim_start_matches("0.");
    format!("{seconds}.{:09}{digits}", time.rem_euclid(1_000_000_000))
}

/// The same without the time of the day where that is midnight.
pub fn short_text(edge: f64) -> String {
    let text = edge_text(edge);
    match text.strip_suffix("T00:00:00") {
        Some(date) => date.to_owned(),
        None => text,
    }
}

/// The nearest double that is a time.
pub fn within_calendar(time: f64) -> f64 {
    time.clamp((-LAST).next_up(), LAST.next_down())
}

/// 2^63 nanoseconds.
const LAST: f64 = 9_223_372_036_854_775_808.0;

pub(crate) fn civil(time: i64) -> Option<DateTime> {
    let stamp = Timestamp::from_nanosecond(time.into()).ok()?;
    Some(TimeZone::UTC.to_datetime(stamp))
}

/// The length of the datetime that `text` begins with; 0 if it begins with none.
///
/// A date, then optionally `T` with hours, minutes, seconds and a fraction, and an
/// offset or `Z`.
pub fn length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let follows = |at: usize, pattern: &str| matches(bytes.get(at..).unwrap_or_default(), pattern);
    let mut at = "dddd-dd-dd".len();
    if !follows(0, "dddd-dd-dd") {
        return 0;
    }
    let has_time = follows(at, "Tdd") || follows(at, " dd:dd");
    if has_time {
        at += 3;
        while follows(at, ":dd") {
            at += 3;
        }
        if follows(at, ".d") {
            at += 1;
            while follows(at, "d") {
                at += 1;
            }
        }
        if follows(at, "Z") {
            at += 1;
        } else if follows(at, "+dd:dd") || follows(at, "-dd:dd") {
            at += 6;
        }
    }
    if follows(at, "d") { 0 } else { at }
}

/// Whether bytes begin as a pattern says, in which `d` stands for a digit.
fn matches(bytes: &[u8], pattern: &str) -> bool {
    let pairs = || bytes.iter().zip(pattern.bytes());
    bytes.len() >= pattern.len()
        && pairs().all(|(&b, p)| {
            if p == b'd' {
                b.is_ascii_digit()
            } else {
                b == p
            }
        })
}

/// Whether a text is written as a datetime is, right or wrong.
pub fn looks_like_one(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && length(text) == text.len()
}

/// The nanoseconds since 1970-01-01T00:00:00 UTC of a text in ISO 8601.
///
/// ```
/// assert_eq!(terabin::read_datetime("1970-01-02T01:00+01:00")?, 86_400_000_000_000);
/// # Ok::<(), terabin::Error>(())
/// ```
///
/// # Errors
/// What is wrong with it.
pub fn read_datetime(text: &str) -> Result<i64> {
    let text = text.trim();
    let wrong = |reason: String| Error::request(format!("`{text}` is not a date: {reason}"));
    if !looks_like_one(text) {
        return Err(wrong(
            "write it as 2024-01-01 or 2024-01-01T12:30:00".into(),
        ));
    }
    let time = timestamp(text)
        .map_err(|e| wrong(e.to_string()))?
        .as_nanosecond();
    let time = i64::try_from(time).ok().filter(|&t| t != NAT);
    time.ok_or_else(|| wrong("datetimes reach from 1677-09-22 to 2262-04-11".into()))
}

fn timestamp(text: &str) -> std::result::Result<Timestamp, jiff::Error> {
    let end = text.as_bytes().get(text.len().saturating_sub(6)..);
    let offset = |end: &[u8]| matches(end, "+dd:dd") || matches(end, "-dd:dd");
    if text.ends_with('Z') || end.is_some_and(offset) {
        return text.parse();
    }
    let civil: DateTime = text.parse()?;
    TimeZone::UTC.to_timestamp(civil)
}

/// Units of widths and their nanoseconds, the largest first.
const WIDTHS: [(&str, f64); 8] = [
    ("w", 604_800e9),
    ("d", 86_400e9),
    ("h", 3600e9),
    ("min", 60e9),
    ("s", 1e9),
    ("ms", 1e6),
    ("us", 1e3),
    ("ns", 1.0),
];

/// The nanoseconds of `15min`; None if the text is no number with a unit of time.
pub fn read_width(text: &str) -> Option<f64> {
    let text = text.trim();
    let unit = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at(unit);
    let (_, nanoseconds) = WIDTHS.iter().find(|(name, _)| *name == unit)?;
    let number: f64 = number.trim().parse().ok()?;
    Some(number * nanoseconds)
}

/// A width in the largest unit that it is whole multiples of.
pub fn width_text(width: f64) -> String {
    let whole = |(_, unit): &&(&str, f64)| width % unit == 0.0 && width >= *unit;
    let (name, unit) = WIDTHS.iter().find(whole).unwrap_or(&WIDTHS[7]);
    let text = Number::F64(width / unit).to_string();
    if text.contains('e') {
        return format!("{width}ns");
    }
    format!("{text}{name}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DAY: i64 = 86_400_000_000_000;

    #[test]
    fn dates_are_read() {
        for (text, time) in [
            ("1970-01-01", 0),
            ("2024-01-01", 19_723 * DAY),
            ("2024-01-01T12", 19_723 * DAY + DAY / 2),
            ("2024-01-01T12:00", 19_723 * DAY + DAY / 2),
            ("2024-01-01 12:00", 19_723 * DAY + DAY / 2),
            ("2024-01-01T12:00:00Z", 19_723 * DAY + DAY / 2),
            ("2024-01-01T13:30:00+01:30", 19_723 * DAY + DAY / 2),
            ("2024-01-01T10:00-02:00", 19_723 * DAY + DAY / 2),
            ("1969-12-31T23:59:59.999999999", -1),
            ("2000-02-29T00:00:00.5", 11_016 * DAY + 500_000_000),
            ("2262-04-11T23:47:16.854775807", i64::MAX),
            ("1677-09-21T00:12:43.145224193", -i64::MAX),
        ] {
            assert_eq!(read_datetime(text).ok(), Some(time), "{text}");
            assert_eq!(length(&format!("{text}..x")), text.len());
        }
    }

    #[test]
    fn what_is_no_date_is_told_from_what_is_wrong() {
        for text in [
            "",
            "2024",
            "2024-1-1",
            "2024-01",
            "x2024-01-01",
            "2024-01-011",
            "1e3",
            "2024-01-01T",
            "2024-01-01..",
        ] {
            assert!(!looks_like_one(text), "{text}");
            assert!(read_datetime(text).is_err(), "{text}");
        }
        for text in [
            "2024-02-30",
            "2023-02-29",
            "2024-13-01",
            "2024-01-01T25",
            "1600-01-01",
            "2300-01-01T00:00",
            "1677-09-21T00:12:43.145224192",
        ] {
            assert!(looks_like_one(text), "{text}");
            assert!(read_datetime(text).is_err(), "{text}");
        }
    }

    #[test]
    fn widths_are_numbers_with_units() {
        for (text, width, back) in [
            ("1h", 3600e9, "1h"),
            ("90min", 5400e9, "90min"),
            ("1.5h", 5400e9, "90min"),
            ("24h", 86_400e9, "1d"),
            ("2w", 1_209_600e9, "2w"),
            ("250ms", 250e6, "250ms"),
            ("0.5ns", 0.5, "0.5ns"),
            ("7us", 7e3, "7us"),
        ] {
            assert_eq!(read_width(text), Some(width), "{text}");
            assert_eq!(width_text(width), back);
        }
        for text in ["1", "h", "1 year", "1m", "min(1)", "1e", ""] {
            assert_eq!(read_width(text), None, "{text}");
        }
    }

    #[test]
    fn edges_between_nanoseconds_and_beyond_the_calendar_have_texts() {
        assert_eq!(edge_text(0.5), "1970-01-01T00:00:00.0000000005");
        assert_eq!(edge_text(-0.25), "1969-12-31T23:59:59.99999999975");
        assert_eq!(edge_text(1e19), "1e19");
        assert_eq!(edge_text(f64::INFINITY), "inf");
        assert_eq!(short_text(19_723.0 * 86_400e9), "2024-01-01");
        assert_eq!(datetime_text(NAT), "NaT");
    }

    proptest! {
        #[test]
        fn texts_read_back(time in any::<i64>()) {
            let text = datetime_text(time);
            if time == NAT {
                prop_assert_eq!(text, "NaT");
            } else {
                prop_assert_eq!(read_datetime(&text).ok(), Some(time), "{}", text);
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[0-9TZ:. +-]{0,32}") {
            let length = length(&text);
            prop_assert!(length <= text.len());
            prop_assert!(looks_like_one(&text) || read_datetime(&text).is_err());
        }

        #[test]
        fn widths_read_back(width in prop_oneof![1.0..1e18, (1u32..1_000_000).prop_map(|n| f64::from(n) * 1e9)]) {
            prop_assert_eq!(read_width(&width_text(width)), Some(width));
        }
    }
}
