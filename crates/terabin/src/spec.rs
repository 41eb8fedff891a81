//! What was asked: plain data, in the words of the options.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use terabin_core::axis::Convention;
use terabin_core::statistic::NanRule;

use crate::error::{Error, Result};
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
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
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
    /// What rows must be true to: the others are left out and counted.
    #[serde(rename = "where", skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// What NaN among the values does.
    pub nan: NanRule,
    /// Whose rule says which bin a value beside an edge falls in.
    #[serde(skip_serializing_if = "is_default")]
    pub convention: Convention,
    /// What rows that cannot be read do.
    #[serde(skip_serializing_if = "is_default")]
    pub on_error: OnError,
    /// Folders whose files virtual datasets and external links may name, besides those
    /// of the data.
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "one_or_many"
    )]
    pub allow_external: Vec<String>,
    /// Values as stored: nothing is masked, scaled or offset.
    #[serde(skip_serializing_if = "is_default")]
    pub raw_values: bool,
    /// How many leading dimensions are rows, 1 to 32.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row_dims: Option<u64>,
    /// `NAME=DIM`: the dimension of the rows, counted from 0, along which a column of
    /// fewer dimensions lies.
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "one_or_many"
    )]
    pub along: Vec<String>,
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
    /// The weights of mean, var, std, sem, cov, corr, median and quantile that have none;
    /// their sums stand beside the statistics as `sumw` and `sumw2`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weights: Option<String>,
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

/// What rows that cannot be read do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnError {
    /// They end the run.
    #[default]
    Fail,
    /// They are left out, counted and named.
    Skip,
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
    /// The weights of its statistics.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weights: Option<String>,
    /// The number of bins where an axis has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bins: Option<u64>,
    /// The range where an axis has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<String>,
    /// Underflow and overflow bins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow: Option<bool>,
    /// Whose rule says which bin a value beside an edge falls in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub convention: Option<Convention>,
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

    /// The rows asked for.
    ///
    /// # Errors
    /// A text that is no `A..B` of row numbers.
    pub(crate) fn row_range(&self) -> Result<Option<std::ops::Range<u64>>> {
        self.rows.as_deref().map(parse_rows).transpose()
    }

    /// How many leading dimensions are rows.
    ///
    /// # Errors
    /// A number of dimensions that no dataset has.
    pub(crate) fn row_dimensions(&self) -> Result<Option<usize>> {
        let wrong = |k: u64| {
            Error::request(format!(
                "--row-dims {k}: take 1 to {MAX_DIMENSIONS} dimensions"
            ))
        };
        let count = |k: u64| match usize::try_from(k) {
            Ok(count @ 1..=MAX_DIMENSIONS) => Ok(count),
            _ => Err(wrong(k)),
        };
        self.row_dims.map(count).transpose()
    }

    /// The columns that lie along one dimension of the rows, with that dimension.
    ///
    /// # Errors
    /// Texts that are no `NAME=DIM`, a column named twice, dimensions that rows do not
    /// have.
    pub(crate) fn lying_along(&self) -> Result<Vec<(String, usize)>> {
        let dimensions = self.row_dimensions()?.unwrap_or(MAX_DIMENSIONS);
        let mut all: Vec<(String, usize)> = Vec::new();
        for text in &self.along {
            let wrong = |why: String| Error::request(format!("--along {text}: {why}"));
            let (name, dimension) = parse_along(text)
                .ok_or_else(|| wrong("write NAME=DIM, the first dimension being 0".to_owned()))?;
            if dimension >= dimensions {
                return Err(wrong(format!(
                    "rows have at most {dimensions} dimensions, counted from 0"
                )));
            }
            if all.iter().any(|(known, _)| *known == name) {
                return Err(wrong(format!("`{name}` is named twice")));
            }
            all.push((name, dimension));
        }
        Ok(all)
    }

    /// The folders that `allow_external` names.
    ///
    /// # Errors
    /// What is no folder.
    pub(crate) fn external_folders(&self) -> Result<Vec<PathBuf>> {
        let folder = |text: &String| {
            let path = PathBuf::from(text);
            if path.is_dir() {
                return Ok(path);
            }
            Err(Error::request(format!(
                "--allow-external {text}: there is no such folder"
            )))
        };
        self.allow_external.iter().map(folder).collect()
    }
}

/// Dimensions of an HDF5 dataset.
const MAX_DIMENSIONS: usize = 32;

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

/// `NAME=DIM`, the name as an expression has it or as it is.
fn parse_along(text: &str) -> Option<(String, usize)> {
    let (name, dimension) = text.rsplit_once('=')?;
    let (name, dimension) = (name.trim(), dimension.trim().parse().ok()?);
    let column = terabin_expr::parse(name)
        .ok()
        .and_then(|expr| expr.as_column().map(str::to_owned));
    (!name.is_empty()).then(|| (column.unwrap_or_else(|| name.to_owned()), dimension))
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
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
    fn row_ranges() {
        assert_eq!(parse_rows("1_000..2000").unwrap(), 1000..2000);
        assert_eq!(parse_rows("..5").unwrap(), 0..5);
        for wrong in ["5", "7..3", "a..b", "-1..2"] {
            assert!(parse_rows(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn how_data_are_read_is_said_in_the_words_of_the_options() {
        let text = "on-error = 'skip'\nallow-external = '/'\nraw-values = true\nrow-dims = 2\nalong = 'freq=1'\n";
        let spec = Spec::from_toml(text).unwrap();
        assert_eq!((spec.on_error, spec.raw_values), (OnError::Skip, true));
        assert_eq!(spec.row_dimensions().unwrap(), Some(2));
        assert_eq!(spec.lying_along().unwrap(), [("freq".to_owned(), 1)]);
        assert_eq!(spec.external_folders().unwrap(), [PathBuf::from("/")]);
        let json = serde_json::to_value(&spec).unwrap();
        let wanted = serde_json::json!({
            "nan": "omit", "flow": false, "on-error": "skip", "allow-external": ["/"],
            "raw-values": true, "row-dims": 2, "along": ["freq=1"],
        });
        assert_eq!(json, wanted);
        assert_eq!(serde_json::from_value::<Spec>(json).unwrap(), spec);
    }

    #[test]
    fn columns_lie_along_a_dimension() {
        let along = |texts: &[&str], row_dims| {
            let along = texts.iter().map(|&t| t.to_owned()).collect();
            let spec = Spec {
                row_dims,
                along,
                ..Spec::default()
            };
            spec.lying_along().map_err(|e| e.to_string())
        };
        let names = ["freq=1", "`a=b`=0", "mass (g) = 2", "a.b[:, 0]=31"];
        let found = along(&names, None).unwrap();
        let found: Vec<_> = found.iter().map(|(n, d)| (n.as_str(), *d)).collect();
        assert_eq!(
            found,
            [("freq", 1), ("a=b", 0), ("mass (g)", 2), ("a.b[:,0]", 31)]
        );
        for wrong in [
            "freq", "=1", "freq=", "freq=x", "freq=-1", "freq=1.5", "freq=32",
        ] {
            let error = along(&[wrong], None).unwrap_err();
            assert!(error.starts_with(&format!("--along {wrong}: ")), "{error}");
        }
        assert!(along(&["a=2"], Some(2)).unwrap_err().contains("at most 2"));
        assert!(
            along(&["a=0", "`a`=1"], None)
                .unwrap_err()
                .contains("twice")
        );
    }

    #[test]
    fn rows_have_some_dimensions() {
        for (row_dims, fits) in [
            (0, false),
            (1, true),
            (32, true),
            (33, false),
            (u64::MAX, false),
        ] {
            let spec = Spec {
                row_dims: Some(row_dims),
                ..Spec::default()
            };
            assert_eq!(spec.row_dimensions().is_ok(), fits, "{row_dims}");
        }
    }

    #[test]
    fn only_folders_are_allowed() {
        let allow_external = vec!["/".to_owned(), "/nowhere at all".to_owned()];
        let spec = Spec {
            allow_external,
            ..Spec::default()
        };
        let error = spec.external_folders().unwrap_err().to_string();
        assert!(error.contains("/nowhere at all"), "{error}");
    }
}
