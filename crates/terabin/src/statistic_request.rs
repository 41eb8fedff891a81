//! The text of `--stat`: which function of which values.

use std::fmt;
use std::str::FromStr;

use terabin_expr::Expr;

use crate::error::{Error, Result};
use crate::function::Function;
use crate::text::{split_name, split_outside_brackets};

/// What `--stat '[name=]f(expr)'` asks for.
///
/// ```
/// use terabin::StatisticRequest;
/// let request: StatisticRequest = "var(v, ddof=1, weights=w)".parse()?;
/// assert_eq!(request.to_string(), "var(v, ddof=1, weights=w)");
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
    /// The weights of the rows.
    pub weights: Option<Expr>,
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
    /// Two expressions.
    Pair(Expr, Expr),
}

impl StatisticRequest {
    /// The count of rows, which every histogram has.
    #[must_use]
    pub fn count() -> Self {
        Self::named("count", Function::Count, Value::None)
    }

    /// A function without weights.
    pub(crate) fn named(name: &str, function: Function, value: Value) -> Self {
        Self {
            name: name.to_owned(),
            function,
            value,
            weights: None,
        }
    }

    /// The expressions of its values.
    pub(crate) fn values(&self) -> Vec<&Expr> {
        match &self.value {
            Value::None | Value::EveryColumn => Vec::new(),
            Value::Expr(expr) => vec![expr],
            Value::Pair(first, second) => vec![first, second],
        }
    }

    /// The expressions of its values and of its weights.
    pub(crate) fn expressions(&self) -> impl Iterator<Item = &Expr> {
        self.values().into_iter().chain(&self.weights)
    }

    /// The request without its name.
    pub(crate) fn text(&self) -> String {
        let mut arguments = match &self.value {
            Value::None => return self.function.name().to_owned(),
            value => vec![value.to_string()],
        };
        arguments.extend(self.function.arguments());
        arguments.extend(self.weights.iter().map(|w| format!("weights={w}")));
        format!("{}({})", self.function.name(), arguments.join(", "))
    }
}

impl FromStr for StatisticRequest {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (name, rest) = split_name(text);
        let mut request =
            parse(rest.trim()).map_err(|e| Error::request(format!("--stat '{text}': {e}")))?;
        request.name = name.map_or_else(|| request.text(), str::to_owned);
        Ok(request)
    }
}

impl fmt::Display for StatisticRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.text();
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
            Self::Pair(first, second) => write!(f, "{first}, {second}"),
        }
    }
}

fn parse(text: &str) -> Result<StatisticRequest> {
    let Some((name, rest)) = text.split_once('(') else {
        if let Some(function) = Function::of_level(text, None) {
            return function.map(|f| StatisticRequest::named(text, f, Value::None));
        }
        let function = Function::named(text, None)?;
        return match function {
            Function::Count => Ok(StatisticRequest::count()),
            _ => Err(of_what(function)),
        };
    };
    let inner = rest
        .strip_suffix(')')
        .ok_or_else(|| Error::request("the closing bracket is missing"))?;
    let name = name.trim();
    let (mut values, mut ddof, mut weights) = (Vec::new(), None, None);
    for argument in split_outside_brackets(inner, ',') {
        match named_argument(argument.trim()) {
            None => values.push(argument.trim()),
            Some((key @ "ddof", _)) if ddof.is_some() => return Err(twice(key)),
            Some((key @ "weights", _)) if weights.is_some() => return Err(twice(key)),
            Some(("ddof", number)) => ddof = Some(ddof_of(number)?),
            Some(("weights", expr)) => weights = Some(expression(expr)?),
            Some((key, _)) => {
                return Err(Error::request(format!(
                    "unknown argument `{key}`; there are ddof and weights"
                )));
            }
        }
    }
    let function = match Function::of_level(name, values.get(1).copied()) {
        None => Function::named(name, ddof)?,
        Some(_) if ddof.is_some() => return Err(Error::request(format!("{name} takes no ddof"))),
        Some(function) => {
            // There is a level: without one it is an error.
            let function = function?;
            values.remove(1);
            function
        }
    };
    if weights.is_some() && !function.takes_weights() {
        return Err(Error::request(format!("{name} takes no weights")));
    }
    Ok(StatisticRequest {
        weights,
        ..StatisticRequest::named(name, function, value(function, &values)?)
    })
}

/// `ddof=1`, `weights=w`; what stands before the sign is a name, and behind it no second
/// one.
fn named_argument(text: &str) -> Option<(&str, &str)> {
    let (key, value) = text.split_once('=')?;
    let key = key.trim_end();
    let name = !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || c == '_');
    (name && !value.starts_with('=')).then(|| (key, value.trim()))
}

/// What stands in the brackets before the named arguments.
fn value(function: Function, texts: &[&str]) -> Result<Value> {
    let name = function.name();
    let pair = function.arity() == 2;
    match texts {
        [] | [""] if function == Function::Count => Ok(Value::None),
        [] | [""] => Err(of_what(function)),
        ["*"] if !pair => Ok(Value::EveryColumn),
        [text] if !pair => Ok(Value::Expr(expression(text)?)),
        [first, second] if pair => Ok(Value::Pair(expression(first)?, expression(second)?)),
        [_] => Err(Error::request(format!(
            "{name} takes two values: write {name}(u, v)"
        ))),
        [.., last] => Err(Error::request(format!("`{last}` is one argument too many"))),
    }
}

fn twice(key: &str) -> Error {
    Error::request(format!("{key} is given twice"))
}

fn of_what(function: Function) -> Error {
    let name = function.name();
    let columns = if function.arity() == 2 {
        "u, v"
    } else {
        "column"
    };
    Error::request(format!("{name} of what? write {name}({columns})"))
}

fn expression(text: &str) -> Result<Expr> {
    terabin_expr::parse(text).map_err(|e| Error::request(e.to_string()))
}

fn ddof_of(text: &str) -> Result<u32> {
    text.parse()
        .map_err(|_| Error::request(format!("`{text}` is not a value of ddof")))
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
            "mean(v, weights=w * 2)",
            "var(v, ddof=1, weights=w)",
            "cov(u, v)",
            "c=cov(u, v, ddof=0)",
            "corr(u, v, weights=w)",
            "percentile(v, 99.9)",
            "quantile(v, 0.999, weights=w)",
            "sumw(w)",
            "median(v)",
            "first(v, t)",
            "last(v, 2 * t)",
            "q=quantile(v, 0.9)",
            "sumw2(w)",
            "sum(a == b)",
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
            ("mean(v, wieghts=w)", "unknown argument `wieghts`"),
            ("sum(v, weights=w)", "sum takes no weights"),
            ("cov(u)", "takes two values"),
            ("mean(v, weights=w, weights=x)", "given twice"),
            ("quantile(v)", "write quantile(column, 0.9)"),
            ("percentile(v, 101)", "a number from 0 to 100"),
            ("quantile(v, w)", "no level"),
            ("quantile(v, 0.5, 1)", "one argument too many"),
            ("median(v, ddof=1)", "takes no ddof"),
            ("corr", "corr of what? write corr(u, v)"),
            ("cov(u, v, w)", "one argument too many"),
            ("sum(v, ddof=1)", "takes no ddof"),
            ("var(v, ddof=x)", "not a value of ddof"),
        ] {
            let error = text.parse::<StatisticRequest>().unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
