//! The text of `--stat`: which function of which value.

use std::fmt;
use std::str::FromStr;

use terabin_core::statistic::Statistic;
use terabin_expr::Expr;

use crate::error::{Error, Result};
use crate::text::{split_name, split_outside_brackets};

/// What `--stat '[name=]f(expr)'` asks for.
///
/// ```
/// use terabin::StatisticRequest;
/// let request: StatisticRequest = "var(v, ddof=1)".parse()?;
/// assert_eq!(request.to_string(), "var(v, ddof=1)");
/// # Ok::<(), terabin::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct StatisticRequest {
    /// The name in results; the text of the request unless given.
    pub name: String,
    /// The function.
    pub function: Function,
    /// Its value.
    pub value: Value,
}

/// The functions of `--stat`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// Rows, or values that are not NaN.
    Count,
    /// Sum.
    Sum,
    /// Mean.
    Mean,
    /// Variance.
    Var {
        /// What is taken off the count in the denominator.
        ddof: u32,
    },
    /// Standard deviation.
    Std {
        /// As for the variance.
        ddof: u32,
    },
    /// Standard error of the mean.
    Sem {
        /// As for the variance.
        ddof: u32,
    },
    /// Smallest value.
    Min,
    /// Largest value.
    Max,
}

/// What a function is taken of.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing: rows are counted.
    None,
    /// `*`: every numeric column, a statistic each.
    EveryColumn,
    /// An expression.
    Expr(Expr),
}

const NAMES: [&str; 8] = ["count", "sum", "mean", "var", "std", "sem", "min", "max"];

impl Function {
    /// The statistic of the value at position `value`.
    #[must_use]
    pub fn of(self, value: Option<usize>) -> Statistic {
        match (self, value) {
            (_, None) => Statistic::Count,
            (Self::Count, Some(v)) => Statistic::CountValid(v),
            (Self::Sum, Some(v)) => Statistic::Sum(v),
            (Self::Mean, Some(v)) => Statistic::Mean(v),
            (Self::Var { ddof }, Some(v)) => Statistic::Var(v, ddof),
            (Self::Std { ddof }, Some(v)) => Statistic::Std(v, ddof),
            (Self::Sem { ddof }, Some(v)) => Statistic::Sem(v, ddof),
            (Self::Min, Some(v)) => Statistic::Min(v),
            (Self::Max, Some(v)) => Statistic::Max(v),
        }
    }

    /// The text of a request for this function of `value`.
    #[must_use]
    pub fn text(self, value: &str) -> String {
        let (name, ddof) = match self {
            Self::Count => ("count", None),
            Self::Sum => ("sum", None),
            Self::Mean => ("mean", None),
            Self::Var { ddof } => ("var", (ddof != 0).then_some(ddof)),
            Self::Std { ddof } => ("std", (ddof != 0).then_some(ddof)),
            Self::Sem { ddof } => ("sem", (ddof != 1).then_some(ddof)),
            Self::Min => ("min", None),
            Self::Max => ("max", None),
        };
        match (value, ddof) {
            ("", _) => name.to_owned(),
            (_, None) => format!("{name}({value})"),
            (_, Some(ddof)) => format!("{name}({value}, ddof={ddof})"),
        }
    }

    fn named(name: &str, ddof: Option<u32>) -> Result<Self> {
        let function = match name {
            "count" => Self::Count,
            "sum" => Self::Sum,
            "mean" => Self::Mean,
            "var" => Self::Var {
                ddof: ddof.unwrap_or(0),
            },
            "std" => Self::Std {
                ddof: ddof.unwrap_or(0),
            },
            "sem" => Self::Sem {
                ddof: ddof.unwrap_or(1),
            },
            "min" => Self::Min,
            "max" => Self::Max,
            _ => return Err(unknown(name)),
        };
        let takes_ddof = matches!(
            function,
            Self::Var { .. } | Self::Std { .. } | Self::Sem { .. }
        );
        if ddof.is_some() && !takes_ddof {
            return Err(Error::request(format!("{name} takes no ddof")));
        }
        Ok(function)
    }
}

impl StatisticRequest {
    /// The count of rows, which every histogram has.
    #[must_use]
    pub fn count() -> Self {
        Self {
            name: "count".to_owned(),
            function: Function::Count,
            value: Value::None,
        }
    }
}

impl FromStr for StatisticRequest {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (name, rest) = split_name(text);
        let (function, value) =
            parse(rest.trim()).map_err(|e| Error::request(format!("--stat '{text}': {e}")))?;
        Ok(Self {
            name: name.map_or_else(|| function.text(&value.to_string()), str::to_owned),
            function,
            value,
        })
    }
}

impl fmt::Display for StatisticRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.function.text(&self.value.to_string());
        if self.name != text {
            write!(f, "{}=", self.name)?;
        }
        f.write_str(&text)
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::EveryColumn => f.write_str("*"),
            Self::Expr(expr) => expr.fmt(f),
        }
    }
}

fn parse(text: &str) -> Result<(Function, Value)> {
    let Some((name, rest)) = text.split_once('(') else {
        let function = Function::named(text, None)?;
        return match function {
            Function::Count => Ok((function, Value::None)),
            _ => Err(Error::request(format!(
                "{text} of what? write {text}(column)"
            ))),
        };
    };
    let inner = rest
        .strip_suffix(')')
        .ok_or_else(|| Error::request("the closing bracket is missing"))?;
    let args = split_outside_brackets(inner, ',');
    let mut ddof = None;
    for arg in args.iter().skip(1) {
        ddof = Some(ddof_argument(arg)?);
    }
    let function = Function::named(name.trim(), ddof)?;
    let value = match args.first().map_or("", |a| a.trim()) {
        "" if function == Function::Count => Value::None,
        "" => {
            return Err(Error::request(format!(
                "{name} of what? write {name}(column)"
            )));
        }
        "*" => Value::EveryColumn,
        text => Value::Expr(terabin_expr::parse(text).map_err(|e| Error::request(e.to_string()))?),
    };
    Ok((function, value))
}

/// `ddof=1`
fn ddof_argument(arg: &str) -> Result<u32> {
    let (key, value) = arg
        .split_once('=')
        .ok_or_else(|| Error::request(format!("`{}` is one argument too many", arg.trim())))?;
    if key.trim() != "ddof" {
        return Err(Error::request(format!(
            "unknown argument `{}`; var, std and sem take ddof",
            key.trim()
        )));
    }
    value
        .trim()
        .parse()
        .map_err(|_| Error::request(format!("`{}` is not a value of ddof", value.trim())))
}

fn unknown(name: &str) -> Error {
    let near = NAMES
        .iter()
        .find(|n| strsim::damerau_levenshtein(n, name) <= 2)
        .map(|n| format!("; did you mean {n}?"));
    Error::request(format!(
        "unknown statistic `{name}`{}; there are {}",
        near.unwrap_or_default(),
        NAMES.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_reads_back() {
        for text in [
            "count",
            "count(v)",
            "sum(v)",
            "m=mean(x + y)",
            "var(v)",
            "var(v, ddof=1)",
            "sem(v)",
            "sem(v, ddof=0)",
            "mean(*)",
            "max(a[:,1])",
        ] {
            let request: StatisticRequest = text.parse().unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(request.to_string(), text);
        }
    }

    #[test]
    fn wrong_forms_are_explained() {
        for (text, says) in [
            ("maen(v)", "did you mean mean?"),
            ("mean", "mean of what?"),
            ("mean()", "mean of what?"),
            ("mean(v", "bracket"),
            ("mean(v, w)", "one argument too many"),
            ("mean(v, weights=w)", "unknown argument `weights`"),
            ("sum(v, ddof=1)", "takes no ddof"),
            ("var(v, ddof=x)", "not a value of ddof"),
        ] {
            let error = text.parse::<StatisticRequest>().unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
