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
        "`{operand}` is {found}, and no operation takes that: {}",
        alone(*.found)
    )]
    NotNumber {
        /// The part of the expression that is no number.
        operand: String,
        /// The type that it has.
        found: DataType,
        /// Where the operand stands.
        position: Range<usize>,
    },
    /// Arithmetic on constants leaves the range of int64.
    #[error("`{expression}` does not fit in int64; write a number in it as a float, such as 1.0")]
    Overflow {
        /// The part of the expression that overflows.
        expression: String,
        /// Where it stands.
        position: Range<usize>,
    },
}

impl TypeError {
    /// The range of bytes of the text that is meant.
    #[must_use]
    pub fn position(&self) -> Range<usize> {
        match self {
            Self::UnknownColumn { position, .. }
            | Self::NotBoolean { position, .. }
            | Self::NotNumber { position, .. }
            | Self::Overflow { position, .. } => position.clone(),
        }
    }
}

/// An expression that has no value.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EvalError {
    /// Integer arithmetic leaves the range of int64.
    #[error("row {row}: `{expression}` does not fit in int64; convert an operand with float64()")]
    Overflow {
        /// The part of the expression that overflows.
        expression: String,
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
    #[error("`{expression}` is true or false, not a number")]
    NotNumeric {
        /// The whole expression.
        expression: String,
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
    const AROUND: usize = 40;
    let before = text.get(..position).unwrap_or(text);
    let skipped = before.chars().count().saturating_sub(AROUND);
    let mut line = String::new();
    if skipped > 0 {
        line.push('…');
    }
    let kept = before.chars().count() - skipped + AROUND;
    line.extend(text.chars().skip(skipped).take(kept).map(printable));
    if text.chars().nth(skipped + kept).is_some() {
        line.push('…');
    }
    line
}

fn printable(c: char) -> char {
    if c.is_control() { ' ' } else { c }
}

/// What a column that is no number is good for.
fn alone(found: DataType) -> &'static str {
    match found {
        DataType::Text => "bin by the column itself, with a bin per text (:cat)",
        _ => "use the column by itself",
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
