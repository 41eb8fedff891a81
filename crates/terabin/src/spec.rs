//! What was asked: plain data, in the words of the options.

use std::path::Path;

use serde::{Deserialize, Serialize};
use terabin_core::statistic::NanRule;

use crate::axis_request::{AxisRequest, Limits, bin_count};
use crate::error::{Error, Result};
use crate::statistic_request::StatisticRequest;
use crate::text::read_file;

/// A request for histograms over some data.
///
/// It is what `--spec FILE` holds as TOML, and what the options add up to. Without
/// `histogram` entries, `by` and `stat` describe a single one; without `by` as well,
/// every numeric column gets a histogram of its own.
///
/// ```
/// let spec = terabin::Spec::from_toml(r#"
///     data = ["raw/"]
///     bins = 100
///     [[histogram]]
///     by = ["x:256:-4..4", "y"]
///     stat = ["mean(mass)"]
/// "#)?;
/// assert_eq!(spec.histogram[0].by, ["x:256:-4..4", "y"]);
/// # Ok::<(), terabin::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Spec {
    /// Files, folders and globs.
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "one_or_many"
    )]
    pub data: Vec<String>,
    /// The table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// The rows, `A..B`, counted over all files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<String>,
    /// What NaN among the values does.
    pub nan: NanRule,
    /// The axes of the one histogram.
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "one_or_many"
    )]
    pub by: Vec<String>,
    /// The statistics of every histogram that names none.
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "one_or_many"
    )]
    pub stat: Vec<String>,
    /// The number of bins where an axis has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bins: Option<u64>,
    /// The range where an axis has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<String>,
    /// Underflow and overflow bins.
    pub flow: bool,
    /// Named histograms, filled in one pass.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub histogram: Vec<HistogramSpec>,
}

/// One histogram of a [`Spec`]; what is missing comes from the top.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HistogramSpec {
    /// The name; the names of the axes joined by `_` unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The axes.
    #[serde(deserialize_with = "one_or_many")]
    pub by: Vec<String>,
    /// The statistics.
    #[serde(
        skip_serializing_if = "Option::is_none",
        deserialize_with = "some_one_or_many"
    )]
    pub stat: Option<Vec<String>>,
    /// The number of bins where an axis has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bins: Option<u64>,
    /// The range where an axis has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<String>,
    /// Underflow and overflow bins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow: Option<bool>,
}

impl Spec {
    /// Reads the TOML of a spec file.
    ///
    /// # Errors
    /// Words that no option has, values of the wrong type; the line is named.
    pub fn from_toml(text: &str) -> Result<Self> {
        toml::from_str(text).map_err(|error: toml::de::Error| {
            let line = error.span().map_or(1, |s| {
                text[..s.start.min(text.len())].matches('\n').count() + 1
            });
            let message = error
                .message()
                .lines()
                .next()
                .unwrap_or_default()
                .to_owned();
            Error::request(format!("line {line}: {message}"))
        })
    }

    /// Reads a spec file.
    ///
    /// # Errors
    /// A file that cannot be read, and as [`Spec::from_toml`]; the file is named.
    pub fn read(path: &Path) -> Result<Self> {
        let at = path.display();
        let text = read_file(path)
            .map_err(|e| Error::request(format!("cannot read the spec {at}: {e}")))?;
        Self::from_toml(&text).map_err(|e| Error::request(format!("{at}: {e}")))
    }

    /// The histograms asked for, their texts parsed; empty if every numeric column gets
    /// one of its own.
    ///
    /// # Errors
    /// Texts that are no axis or statistic, a number of bins or a range that is none,
    /// `by` beside `histogram` entries.
    pub(crate) fn requests(&self) -> Result<Vec<HistogramRequest>> {
        if self.histogram.is_empty() {
            let single = HistogramSpec {
                by: self.by.clone(),
                ..HistogramSpec::default()
            };
            return if self.by.is_empty() {
                Ok(Vec::new())
            } else {
                Ok(vec![self.request(&single)?])
            };
        }
        if !self.by.is_empty() {
            return Err(Error::request(
                "`by` stands beside [[histogram]] entries: move it into one of them",
            ));
        }
        self.histogram.iter().map(|h| self.request(h)).collect()
    }

    /// The statistics and defaults of the histograms, whatever their axes.
    pub(crate) fn request(&self, spec: &HistogramSpec) -> Result<HistogramRequest> {
        let stat = spec.stat.as_ref().unwrap_or(&self.stat);
        let range = spec.range.as_ref().or(self.range.as_ref());
        let wrong = |e: Error| Error::request(format!("--range: {e}"));
        let bins = spec.bins.or(self.bins);
        Ok(HistogramRequest {
            name: spec.name.clone(),
            by: spec.by.iter().map(|t| t.parse()).collect::<Result<_>>()?,
            stat: stat.iter().map(|t| t.parse()).collect::<Result<_>>()?,
            bins: bins
                .map(|b| bin_count(&b.to_string()))
                .transpose()
                .map_err(|e| Error::request(format!("--bins: {e}")))?
                .unwrap_or(DEFAULT_BINS),
            range: range.map(|t| t.parse()).transpose().map_err(wrong)?,
            flow: spec.flow.unwrap_or(self.flow),
            optional: false,
        })
    }

    /// The rows asked for.
    ///
    /// # Errors
    /// A text that is no `A..B` of row numbers.
    pub(crate) fn row_range(&self) -> Result<Option<std::ops::Range<u64>>> {
        self.rows.as_deref().map(parse_rows).transpose()
    }
}

/// NumPy's.
const DEFAULT_BINS: u64 = 10;

/// A histogram asked for, its texts parsed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct HistogramRequest {
    pub name: Option<String>,
    pub by: Vec<AxisRequest>,
    pub stat: Vec<StatisticRequest>,
    pub bins: u64,
    pub range: Option<Limits>,
    pub flow: bool,
    /// Whether the run goes on without it where its data make no axis.
    pub optional: bool,
}

/// `A..B`, `A..` or `..B`.
pub(crate) fn parse_rows(text: &str) -> Result<std::ops::Range<u64>> {
    let wrong = || {
        Error::request(format!(
            "`{text}` is not a range of rows; write A..B with A <= B, the first row being 0"
        ))
    };
    let (start, end) = text.split_once("..").ok_or_else(wrong)?;
    let number = |text: &str, default: u64| match text.trim().replace('_', "").as_str() {
        "" => Ok(default),
        digits => digits.parse().map_err(|_| wrong()),
    };
    let range = number(start, 0)?..number(end, u64::MAX)?;
    if range.start > range.end {
        return Err(wrong());
    }
    Ok(range)
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a text or a list of texts")]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl From<OneOrMany> for Vec<String> {
    fn from(value: OneOrMany) -> Self {
        match value {
            OneOrMany::One(text) => vec![text],
            OneOrMany::Many(texts) => texts,
        }
    }
}

fn one_or_many<'de, D: serde::Deserializer<'de>>(
    d: D,
) -> std::result::Result<Vec<String>, D::Error> {
    OneOrMany::deserialize(d).map(Into::into)
}

fn some_one_or_many<'de, D: serde::Deserializer<'de>>(
    d: D,
) -> std::result::Result<Option<Vec<String>>, D::Error> {
    one_or_many(d).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_words_are_named_with_their_line() {
        let error = Spec::from_toml("bins = 3\nbinz = 4\n")
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("line 2") && error.contains("binz"),
            "{error}"
        );
    }

    #[test]
    fn histograms_inherit_from_the_top() {
        let spec = Spec::from_toml(
            "bins = 7\nstat = 'mean(v)'\n[[histogram]]\nby = 'x'\n[[histogram]]\nby = 'y'\nbins = 3\nstat = []\n",
        )
        .unwrap();
        let requests = spec.requests().unwrap();
        assert_eq!((requests[0].bins, requests[0].stat.len()), (7, 1));
        assert_eq!((requests[1].bins, requests[1].stat.len()), (3, 0));
    }

    #[test]
    fn row_ranges() {
        assert_eq!(parse_rows("1_000..2000").unwrap(), 1000..2000);
        assert_eq!(parse_rows("..5").unwrap(), 0..5);
        for wrong in ["5", "7..3", "a..b", "-1..2"] {
            assert!(parse_rows(wrong).is_err(), "{wrong}");
        }
    }
}
