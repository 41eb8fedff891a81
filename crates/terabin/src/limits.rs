//! Places on an axis as texts: limits and edges, numbers or dates.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use terabin_core::statistic::Number;

use crate::datetime;
use crate::error::{Error, Result};
use crate::text::{read_file, split_outside_brackets};

/// Lower and upper limit, `LO..HI`; constant expressions, or dates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Lower limit.
    pub low: f64,
    /// Upper limit.
    pub high: f64,
    /// Whether they are dates, in nanoseconds since 1970-01-01.
    pub dates: bool,
}

/// Edges of an axis; constant expressions, or dates.
#[derive(Clone, Debug, PartialEq)]
pub struct Places {
    /// The numbers.
    pub values: Vec<f64>,
    /// Whether they are dates, in nanoseconds since 1970-01-01.
    pub dates: bool,
}

/// Edges in the text or in a file.
#[derive(Clone, Debug, PartialEq)]
pub enum EdgeList {
    /// `0,1,2,5,10`
    Here(Places),
    /// `@edges.txt`: numbers or dates between white space or commas; `#` starts a
    /// comment.
    File(String),
}

impl FromStr for Limits {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (low, high) = text
            .split_once("..")
            .ok_or_else(|| Error::request(format!("`{text}` is not a range; write LO..HI")))?;
        let places = Places::read(&[low, high])?;
        Ok(Self {
            low: places.values[0],
            high: places.values[1],
            dates: places.dates,
        })
    }
}

impl fmt::Display for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [low, high] = [self.low, self.high].map(|x| place_text(x, self.dates));
        write!(f, "{low}..{high}")
    }
}

impl Places {
    /// Reads constant expressions, or dates and infinities.
    ///
    /// # Errors
    /// What is neither, and dates among other numbers.
    pub(crate) fn read(texts: &[&str]) -> Result<Self> {
        let mut places = Self {
            values: Vec::with_capacity(texts.len()),
            dates: false,
        };
        let mut plain = None;
        for text in texts {
            let (value, date) = place(text)?;
            places.dates |= date;
            if !date && value.is_finite() {
                plain = Some(text.trim());
            }
            places.values.push(value);
        }
        match plain {
            Some(number) if places.dates => Err(Error::request(format!(
                "`{number}` is a number where others are dates"
            ))),
            _ => Ok(places),
        }
    }
}

impl fmt::Display for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts = self.values.iter().map(|&x| place_text(x, self.dates));
        f.write_str(&texts.collect::<Vec<_>>().join(","))
    }
}

impl FromStr for EdgeList {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text.strip_prefix('@') {
            Some(path) => Ok(Self::File(path.to_owned())),
            None => Places::read(&split_outside_brackets(text, ',')).map(Self::Here),
        }
    }
}

impl fmt::Display for EdgeList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Here(places) => places.fmt(f),
            Self::File(path) => write!(f, "@{path}"),
        }
    }
}

impl EdgeList {
    /// The edges.
    ///
    /// # Errors
    /// A file that cannot be read, or a word in it that is no place, with its line.
    pub fn read(&self) -> Result<Places> {
        let path = match self {
            Self::Here(places) => return Ok(places.clone()),
            Self::File(path) => path,
        };
        let text = read_file(Path::new(path))
            .map_err(|e| Error::request(format!("cannot read the edges file {path}: {e}")))?;
        let mut all = Vec::new();
        for (i, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default();
            let words = line.split(|c: char| c.is_whitespace() || c == ',');
            for word in words.filter(|w| !w.is_empty()) {
                place(word).map_err(|_| {
                    let line = i + 1;
                    Error::request(format!("{path}, line {line}: `{word}` is not a number"))
                })?;
                all.push(word);
            }
        }
        Places::read(&all).map_err(|e| Error::request(format!("{path}: {e}")))
    }
}

fn place_text(x: f64, date: bool) -> String {
    if date && x.is_finite() {
        datetime::short_text(x)
    } else {
        Number::F64(x).to_string()
    }
}

/// A constant expression or a date, and which of them.
fn place(text: &str) -> Result<(f64, bool)> {
    if !datetime::looks_like_one(text) {
        return number(text).map(|x| (x, false));
    }
    let time = datetime::read_datetime(text)?;
    // Edges are doubles: today's nanoseconds are rounded to multiples of 256.
    #[allow(clippy::cast_precision_loss)]
    Ok((datetime::within_calendar(time as f64), true))
}

/// A constant expression.
pub(crate) fn number(text: &str) -> Result<f64> {
    let wrong =
        |error: String| Error::request(format!("`{}` is not a number: {error}", text.trim()));
    if text.trim().is_empty() {
        return Err(Error::request(
            "a limit or an edge is missing: a number was to stand there",
        ));
    }
    let expr = terabin_expr::parse(text).map_err(|e| wrong(e.to_string()))?;
    expr.constant().map_err(|e| wrong(e.to_string()))
}
