//! What can be wrong with an expression: its text, its types, its values.

use std::ops::Range;

use terabin_core::batch::DataType;
use thiserror::Error;

use crate::near::proposal;

/// A text that is not an expression.
///
/// Its display is one line: what, where, and the text around that place.
///
/// ```
/// let error = terabin_expr::parse("x + ").unwrap_err();
/// assert_eq!(error.to_string(), "unexpected end, at byte 4 of `x + `");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}, at byte {position} of `{excerpt}`")]
pub struct ParseError {
    message: String,
    position: usize,
    /// The text around the position; the whole may be very long.
    excerpt: String,
}

impl ParseError {
    pub(crate) fn new(message: impl Into<String>, position: usize, text: &str) -> Self {
        Self {
            message: message.into(),
            position,
            excerpt: excerpt(text, position),
        }
    }

    /// What is wrong, without the place.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Where it was noticed, in bytes from the start of the text; at most its length.
    #[must_use]
    pub fn position(&self) -> usize {
        self.position
    }

    /// The part of `text`, which was parsed, and a caret below the place.
    ///
    /// ```
    /// let text = "1 + sqr(x)";
    /// let error = terabin_expr::parse(text).unwrap_err();
    /// assert_eq!(error.pointed(text), "1 + sqr(x)\n    ^");
    /// ```
    #[must_use]
    pub fn pointed(&self, text: &str) -> String {
        pointed(text, &(self.position..self.position))
    }
}

/// An expression that has no meaning for the columns of a schema.
///
/// `position` is the range of bytes of the text that is meant.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TypeError {
    /// A name that the schema does not have.
    #[error("there is no column `{name}`{}", proposal(near))]
    UnknownColumn {
        /// The name as the expression has it.
        name: String,
        /// Columns with similar names, the nearest first.
        near: Vec<String>,
        /// Where the name stands.
        position: Range<usize>,
    },
    /// A number where a truth value is needed.
    #[error(
        "`{operator}` needs booleans, but `{operand}` is {found}{}",
        remedy(operator)
    )]
    NotBoolean {
        /// The operator or function that needs it.
        operator: &'static str,
        /// The part of the expression that is not boolean.
        operand: String,
        /// The type that it has.
        found: DataType,
        /// Where the operand stands.
        position: Range<usize>,
    },
    /// A datetime or a text in an operation on numbers.
    #[error(
        "`{operand}` is {found}, where a number is needed; {}",
        of_no_number(*.found, operand)
    )]
    NotNumber {
        /// The part of the expression that is no number.
        operand: String,
        /// The type that it has.
        found: DataType,
        /// Where the operand stands.
        position: Range<usize>,
    },
    /// Something else where a datetime is needed.
    #[error("`{function}` takes a datetime, but `{operand}` is {found}")]
    NotDatetime {
        /// The function that needs it.
        function: &'static str,
        /// The part of the expression that is no datetime.
        operand: String,
        /// The type that it has.
        found: DataType,
        /// Where the operand stands.
        position: Range<usize>,
    },
    /// A comparison that the types of its sides do not have.
    #[error(
        "`{operator}` does not compare {} with {}; texts have `==`, `!=` and `in`, datetimes compare with dates in quotes",
        .types[0], .types[1]
    )]
    NotComparable {
        /// The comparison.
        operator: &'static str,
        /// The types of its sides.
        types: [DataType; 2],
        /// Where its right side stands.
        position: Range<usize>,
    },
    /// A text beside a datetime that is no date.
    #[error("`{text}` is not a date: {reason}")]
    NotDate {
        /// The text.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
        /// Where it stands.
        position: Range<usize>,
    },
    /// A box of no size in `distance()`.
    #[error("`{expression}` is no size of a box: it takes numbers above 0")]
    NotBox {
        /// The part of the expression that is zero, negative or NaN.
        expression: String,
        /// Where it stands.
        position: Range<usize>,
    },
    /// An operation on constants that has no value.
    #[error("`{expression}` {why}{}", of_constants(*.why))]
    Undefined {
        /// The part of the expression that has no value.
        expression: String,
        /// Why not.
        why: Undefined,
        /// Where it stands.
        position: Range<usize>,
    },
}

/// Why an operation has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Undefined {
    /// The exact integer is none of int64.
    #[error("does not fit in int64")]
    Overflow,
    /// An integer divided by the integer 0.
    #[error("divides an integer by zero")]
    DivisionByZero,
    /// An integer with a negative integer exponent.
    #[error("raises an integer to a negative power")]
    NegativePower,
    /// A float that is no int64: NaN, infinite or too large.
    #[error("is NaN, infinite or too large for int64")]
    NoInteger,
}

impl TypeError {
    /// The range of bytes of the text that is meant.
    #[must_use]
    pub fn position(&self) -> Range<usize> {
        match self {
            Self::UnknownColumn { position, .. }
            | Self::NotBoolean { position, .. }
            | Self::NotNumber { position, .. }
            | Self::NotDatetime { position, .. }
            | Self::NotComparable { position, .. }
            | Self::NotDate { position, .. }
            | Self::NotBox { position, .. }
            | Self::Undefined { position, .. } => position.clone(),
        }
    }

    /// The part of `text`, which was parsed, and a line of carets below what is meant.
    ///
    /// ```
    /// let text = "x + hour(y)";
    /// let error = terabin_expr::parse(text)?.bind(&Default::default()).unwrap_err();
    /// assert_eq!(error.pointed(text), "x + hour(y)\n^");
    /// # Ok::<(), terabin_expr::ParseError>(())
    /// ```
    #[must_use]
    pub fn pointed(&self, text: &str) -> String {
        pointed(text, &self.position())
    }
}

/// An expression that has no value.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EvalError {
    /// An operation on integers, or to an integer, that has no value in some row.
    #[error("row {row}: `{expression}` {why}{}", of_rows(*.why))]
    Undefined {
        /// The part of the expression that has no value.
        expression: String,
        /// Why not.
        why: Undefined,
        /// The number of the row in the whole source, counted from 0.
        row: u64,
    },
    /// The batch does not have the columns of the schema that was bound to.
    #[error("the batch does not have the columns that `{expression}` was bound to")]
    OtherSchema {
        /// The part of the expression that could not be computed.
        expression: String,
    },
    /// A constant was asked for, but the value depends on rows.
    #[error("`{expression}` is not a constant: `{column}` is not a number")]
    NotConstant {
        /// The whole expression.
        expression: String,
        /// Its first column.
        column: String,
    },
    /// A number was asked for, but the constant is a truth value.
    #[error("`{expression}` is {found}, not a number")]
    NotNumeric {
        /// The whole expression.
        expression: String,
        /// Its type.
        found: DataType,
    },
    /// The constant has no type.
    #[error(transparent)]
    Type(#[from] TypeError),
}

/// `text` on one line and not too long, for a message.
pub(crate) fn one_line(text: &str) -> String {
    const MOST: usize = 60;
    let mut line: String = text.chars().take(MOST).map(printable).collect();
    if text.chars().nth(MOST).is_some() {
        line.push('…');
    }
    line
}

/// The part of `text` around byte `position`, on one line.
fn excerpt(text: &str, position: usize) -> String {
    around(text, position).0
}

/// The part of `text` around a place, and below it a line with carets under the place.
fn pointed(text: &str, place: &Range<usize>) -> String {
    let (line, before) = around(text, place.start);
    let meant = text.get(place.clone()).map_or(0, |m| m.chars().count());
    let room = line.chars().count().saturating_sub(before);
    let carets = "^".repeat(meant.clamp(1, room.max(1)));
    format!("{line}\n{}{carets}", " ".repeat(before))
}

/// The part of `text` around byte `position` on one line, and the characters before it.
fn around(text: &str, position: usize) -> (String, usize) {
    const AROUND: usize = 40;
    let before = text.get(..position).unwrap_or(text).chars().count();
    let skipped = before.saturating_sub(AROUND);
    let mut line = String::new();
    if skipped > 0 {
        line.push('…');
    }
    let kept = before - skipped + AROUND;
    line.extend(text.chars().skip(skipped).take(kept).map(printable));
    if text.chars().nth(skipped + kept).is_some() {
        line.push('…');
    }
    (line, before - skipped + usize::from(skipped > 0))
}

fn printable(c: char) -> char {
    if c.is_control() { ' ' } else { c }
}

/// What to do with a value that is no number.
fn of_no_number(found: DataType, operand: &str) -> String {
    match found {
        DataType::Text if operand.starts_with('"') => {
            "a column's name takes back-quotes, not quotes".to_owned()
        }
        DataType::Text => format!("compare it with a text: `{operand} == \"gas\"`"),
        _ => "compare it with a date in quotes, or take a part of it: hour(), date()".to_owned(),
    }
}

/// What to do where constants have no value.
fn of_constants(why: Undefined) -> &'static str {
    match why {
        Undefined::NoInteger => "",
        _ => "; write a number in it as a float, such as 1.0",
    }
}

/// What to do where a row has no value.
fn of_rows(why: Undefined) -> &'static str {
    match why {
        Undefined::NoInteger => "; leave it a float, or replace such numbers with where()",
        _ => "; convert an operand with float64()",
    }
}

/// `x > 0 & y > 0` means `x > (0 & y) > 0`, which surprises most people once.
fn remedy(operator: &str) -> &'static str {
    match operator {
        "&" => {
            "; it binds tighter than comparisons: write `(x > 0) & (y > 0)` or `x > 0 and y > 0`"
        }
        "|" => "; it binds tighter than comparisons: write `(x > 0) | (y > 0)` or `x > 0 or y > 0`",
        "~" => "; it binds tighter than comparisons: write `~(x > 0)` or `not x > 0`",
        _ => "; compare it with a number, such as `x != 0`",
    }
}
