//! The text of `--by`: which variable, which bins.

use std::fmt;
use std::str::FromStr;

use terabin_core::statistic::Number;
use terabin_expr::Expr;

use crate::bin_rule::BinRule;
use crate::datetime::{read_width, width_text};
use crate::error::{Error, Result};
use crate::limits::{EdgeList, Limits, number};
use crate::text::{quoted, split_name, split_outside_brackets, split_outside_quotes, unquoted};

/// What `--by '[name=]EXPR[:KIND][:ARGS]'` asks for.
///
/// ```
/// use terabin::AxisRequest;
/// let request: AxisRequest = "r=x*2:256:-4..4".parse()?;
/// assert_eq!(request.name, "r");
/// assert_eq!(request.to_string(), "r=x * 2:256:-4..4");
/// # Ok::<(), terabin::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct AxisRequest {
    /// The name of the axis; the expression's text unless given.
    pub name: String,
    /// What is binned.
    pub expr: Expr,
    /// The bins.
    pub kind: AxisKind,
}

/// The bins asked for; what is None comes from `--bins`, `--range` or the data.
#[derive(Clone, Debug, PartialEq)]
pub enum AxisKind {
    /// Equal bins; two bins for a boolean expression.
    Equal {
        /// Number of bins.
        bins: Option<u64>,
        /// Limits.
        range: Option<Limits>,
    },
    /// Bins of equal ratio.
    Log {
        /// Number of bins.
        bins: Option<u64>,
        /// Limits, both above zero.
        range: Option<Limits>,
    },
    /// Bins of a given width.
    Step {
        /// The width; of times in nanoseconds.
        step: f64,
        /// Whether it was given with a unit of time.
        of_time: bool,
        /// First edge and the limit that the last edge reaches.
        range: Option<Limits>,
    },
    /// Given edges.
    Edges(EdgeList),
    /// One bin per integer, both limits counted.
    Int {
        /// First and last integer.
        range: Option<Limits>,
    },
    /// Equal bins on a circle.
    Circular {
        /// Number of bins.
        bins: Option<u64>,
        /// One period.
        range: Option<Limits>,
    },
    /// Equal bins, as many as a rule makes of the data.
    Rule {
        /// The rule.
        rule: BinRule,
        /// Limits, beyond which values do not count.
        range: Option<Limits>,
    },
    /// Bins between quantiles of the data.
    Quantile {
        /// Number of bins.
        bins: Option<u64>,
        /// Limits, beyond which values do not count.
        range: Option<Limits>,
    },
    /// One bin per value.
    Cat {
        /// The values as texts; those of the data unless given.
        categories: Option<Vec<String>>,
    },
}

impl AxisKind {
    /// About how many bins this makes, before it makes any: none where only the data
    /// tell.
    pub(crate) fn bins_asked(&self, default_bins: u64, default_range: Option<Limits>) -> u64 {
        let width = |range: &Option<Limits>| {
            let limits = range.or(default_range);
            let width = limits.map_or(0.0, |l| l.high - l.low);
            // Limits that are none are refused as such.
            if width.is_finite() {
                width.max(0.0)
            } else {
                0.0
            }
        };
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates
        match self {
            Self::Equal { bins, .. }
            | Self::Log { bins, .. }
            | Self::Circular { bins, .. }
            | Self::Quantile { bins, .. } => bins.unwrap_or(default_bins),
            // A step that is none is refused as such.
            Self::Step { step, range, .. } if *step > 0.0 => (width(range) / step) as u64,
            Self::Int { range } => width(range) as u64,
            Self::Cat { categories } => categories.as_ref().map_or(0, |c| c.len() as u64),
            Self::Step { .. } | Self::Edges(_) | Self::Rule { .. } => 0,
        }
    }
}

impl AxisRequest {
    /// Equal bins of a bare column.
    #[must_use]
    pub fn column(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            expr: Expr::column(name),
            kind: AxisKind::Equal {
                bins: None,
                range: None,
            },
        }
    }
}

impl FromStr for AxisRequest {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = |error: Error| Error::request(format!("--by '{text}': {error}"));
        let (name, rest) = split_name(text);
        let parts = split_outside_brackets(rest, ':');
        let (expr, args) = parts.split_first().map_or(("", &[][..]), |(e, a)| (e, a));
        let expr: Expr =
            terabin_expr::parse(expr).map_err(|e| wrong(Error::request(e.to_string())))?;
        Ok(Self {
            name: name.map_or_else(|| default_name(&expr), str::to_owned),
            kind: kind(args).map_err(wrong)?,
            expr,
        })
    }
}

impl fmt::Display for AxisRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let expr = self.expr.to_string();
        if self.name != default_name(&self.expr) {
            write!(f, "{}=", self.name)?;
        }
        write!(f, "{expr}{}", self.kind)
    }
}

impl fmt::Display for AxisKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, first, range) = match self {
            Self::Equal { bins, range } => ("", bins.map(|b| b.to_string()), range),
            Self::Log { bins, range } => (":log", bins.map(|b| b.to_string()), range),
            Self::Circular { bins, range } => (":circular", bins.map(|b| b.to_string()), range),
            Self::Step {
                step,
                of_time,
                range,
            } => {
                let number = || Number::F64(*step).to_string();
                let width = of_time.then(|| width_text(*step));
                (":step", Some(width.unwrap_or_else(number)), range)
            }
            Self::Int { range } => (":int", None, range),
            Self::Rule { rule, range } => ("", Some(rule.name().to_owned()), range),
            Self::Quantile { bins, range } => (":quantile", bins.map(|b| b.to_string()), range),
            Self::Edges(edges) => return write!(f, ":edges:{edges}"),
            Self::Cat { categories: None } => return f.write_str(":cat"),
            Self::Cat {
                categories: Some(list),
            } => {
                let list: Vec<_> = list.iter().map(|c| quoted(c, ",:")).collect();
                return write!(f, ":cat:{}", list.join(","));
            }
        };
        f.write_str(kind)?;
        if let Some(first) = first {
            write!(f, ":{first}")?;
        }
        match range {
            Some(range) => write!(f, ":{range}"),
            None => Ok(()),
        }
    }
}

/// A bare column's name, else the text.
fn default_name(expr: &Expr) -> String {
    expr.as_column()
        .map_or_else(|| expr.to_string(), str::to_owned)
}

/// The part after the expression.
fn kind(args: &[&str]) -> Result<AxisKind> {
    let (word, rest) = match args.split_first() {
        None => {
            return Ok(AxisKind::Equal {
                bins: None,
                range: None,
            });
        }
        Some((word, rest)) => (word.trim(), rest),
    };
    if let Some(rule) = BinRule::named(word) {
        return by_rule(rule, rest);
    }
    match word {
        "log" => bins_and_range(rest).map(|(bins, range)| AxisKind::Log { bins, range }),
        "circular" => bins_and_range(rest).map(|(bins, range)| AxisKind::Circular { bins, range }),
        "step" => step(rest),
        "int" => match rest {
            [] => Ok(AxisKind::Int { range: None }),
            [range] => Ok(AxisKind::Int {
                range: Some(range.parse()?),
            }),
            _ => Err(too_many(rest)),
        },
        "edges" => edges(rest).map(AxisKind::Edges),
        "cat" => categories(rest).map(|categories| AxisKind::Cat { categories }),
        "quantile" => bins_and_range(rest).map(|(bins, range)| AxisKind::Quantile { bins, range }),
        _ if word.starts_with(|c: char| c.is_alphabetic()) && !word.contains("..") => {
            Err(Error::request(format!(
                "unknown kind of axis `{word}`; there are a number of bins, log, step, edges, int, cat, circular, quantile and the rules {}",
                BinRule::names().collect::<Vec<_>>().join(", ")
            )))
        }
        _ => bins_and_range(args).map(|(bins, range)| AxisKind::Equal { bins, range }),
    }
}

/// `[BINS][:LO..HI]`
fn bins_and_range(args: &[&str]) -> Result<(Option<u64>, Option<Limits>)> {
    match args {
        [] => Ok((None, None)),
        [range] if range.contains("..") => Ok((None, Some(range.parse()?))),
        [bins] => Ok((Some(bin_count(bins)?), None)),
        [bins, range] => Ok((Some(bin_count(bins)?), Some(range.parse()?))),
        _ => Err(too_many(args)),
    }
}

/// `[:LO..HI]`
fn by_rule(rule: BinRule, args: &[&str]) -> Result<AxisKind> {
    let range = match args {
        [] => None,
        [range] if range.contains("..") => Some(range.parse()?),
        [range, ..] if range.contains("..") => return Err(too_many(args)),
        [other, ..] => {
            let name = rule.name();
            return Err(Error::request(format!(
                "`:{other}` after {name}: the rule gives the number of bins itself, and only limits may follow, as in x:{name}:0..10"
            )));
        }
    };
    Ok(AxisKind::Rule { rule, range })
}

fn step(args: &[&str]) -> Result<AxisKind> {
    let (step, range) = match args {
        [] => return Err(Error::request("a step axis needs its width: x:step:0.5")),
        [step] => (step, None),
        [step, range] => (step, Some(range.parse()?)),
        _ => return Err(too_many(args)),
    };
    let width = read_width(step);
    Ok(AxisKind::Step {
        step: width.map_or_else(|| number(step), Ok)?,
        of_time: width.is_some(),
        range,
    })
}

fn edges(args: &[&str]) -> Result<EdgeList> {
    match args {
        [] => Err(Error::request(
            "an edges axis needs its edges: x:edges:0,1,2,5",
        )),
        [list] => list.parse(),
        // A path may hold colons of its own.
        [file, ..] if file.starts_with('@') => args.join(":").parse(),
        _ => Err(too_many(args)),
    }
}

/// `gas,star`; quotes hold commas, white space and nothing together.
fn categories(args: &[&str]) -> Result<Option<Vec<String>>> {
    if args.is_empty() {
        return Ok(None);
    }
    // A category may hold colons of its own.
    let list = args.join(":");
    let words = split_outside_quotes(&list, ',').into_iter();
    let categories = words.map(|word| match word.trim() {
        "" => Err(Error::request(
            "a category has no text; the empty text is written ''",
        )),
        word => Ok(unquoted(word)),
    });
    categories.collect::<Result<_>>().map(Some)
}

/// A number of bins.
pub(crate) fn bin_count(text: &str) -> Result<u64> {
    let digits = text.trim().replace('_', "");
    let bins = digits.parse().map_err(|_| {
        let whole = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit());
        let wrong = if whole {
            "are more bins than an axis has: take fewer"
        } else {
            "is not a number of bins: write a whole number in digits"
        };
        Error::request(format!("`{text}` {wrong}"))
    })?;
    if bins == 0 {
        return Err(Error::request("an axis needs at least one bin, not 0"));
    }
    Ok(bins)
}

fn too_many(args: &[&str]) -> Error {
    Error::request(format!(
        "`:{}` is more than this kind of axis takes",
        args.join(":")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_reads_back() {
        for text in [
            "x",
            "x:256",
            "x:256:-4..4",
            "x:-4..4",
            "r=sqrt(x):log:50:0.001..8",
            "x:step:0.5:0..10",
            "x:step:0.5",
            "x:edges:0,1,2,5,10",
            "x:edges:-inf,0,inf",
            "x:edges:@edges.txt",
            "k:int:0..9",
            "k:int",
            "x:fd",
            "x:auto:0..10",
            "x:quantile",
            "x:quantile:4:0..10",
            "kind:cat",
            "kind:cat:gas,star",
            "kind:cat:'','a,b',' c','it''s \"x\"'",
            "t:24:2024-01-01..2024-01-02T12:30:00",
            "t:2024-01-01..2024-01-01T00:00:00.5",
            "t:step:1h:2024-01-01..2024-02-01",
            "t:step:90min",
            "t:edges:-inf,2024-01-01,2024-01-01T12:30:00,inf",
            "phi:circular:36:0..6.283185307179586",
            "x > 0",
            "Coordinates[:,0]:10",
        ] {
            let request: AxisRequest = text.parse().unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(request.to_string(), text);
        }
    }

    #[test]
    fn limits_are_constant_expressions() {
        let request: AxisRequest = "phi:circular:36:0..2*pi".parse().unwrap();
        let AxisKind::Circular {
            range: Some(limits),
            ..
        } = request.kind
        else {
            panic!("{request}");
        };
        assert_eq!(limits.high.to_bits(), std::f64::consts::TAU.to_bits());
    }

    #[test]
    fn wrong_forms_are_explained() {
        for (text, says) in [
            ("x:0", "at least one bin"),
            ("x:log:-5:1..2", "not a number of bins"),
            ("x:stone", "unknown kind of axis `stone`"),
            ("x:fd:7", "gives the number of bins itself"),
            ("x:fd:0..1:7", "is more than"),
            ("x:quantile:0", "at least one bin"),
            ("x:10:1-2", "not a range"),
            ("x:10:a..2", "`a` is not a number"),
            ("x:10:0..1:7", "more than this kind"),
            ("x:step", "needs its width"),
            (
                "t:24:2024-01-01..5",
                "`5` is a number where others are dates",
            ),
            ("t:24:2024-02-30..2024-03-01", "`2024-02-30` is not a date"),
            ("t:step:1m", "`1m` is not a number"),
            ("kind:cat:gas,,star", "written ''"),
            ("x:edges:1,,2", "an edge is missing"),
            (":10", "--by ':10'"),
        ] {
            let error = text.parse::<AxisRequest>().unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
