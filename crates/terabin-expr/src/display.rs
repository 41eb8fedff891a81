//! An expression as text that reads back, with no more parentheses than it needs.

use std::fmt;

use crate::error::one_line;
use crate::expr::{Expr, Kind, Unary};
use crate::lookup::quoted;
use crate::parse::{Level, reads_bare};

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(f, self, self.nodes().len().saturating_sub(1))
    }
}

/// The part of `expr` whose root is `node`, on one line for a message.
pub(crate) fn part(expr: &Expr, node: usize) -> String {
    struct Part<'a>(&'a Expr, usize);
    impl fmt::Display for Part<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write(f, self.0, self.1)
        }
    }
    one_line(&Part(expr, node).to_string())
}

/// Something still to be written.
enum Piece {
    Text(&'static str),
    /// A node, in parentheses if it binds less tightly than the level.
    Node(usize, Level),
}

/// A list of pieces in place of recursion: chains may be thousands of terms deep.
fn write(f: &mut fmt::Formatter<'_>, expr: &Expr, root: usize) -> fmt::Result {
    let mut pieces = vec![Piece::Node(root, Level::Or)];
    while let Some(piece) = pieces.pop() {
        match piece {
            Piece::Text(text) => f.write_str(text)?,
            Piece::Node(node, least) => {
                let kind = &expr.nodes()[node].kind;
                let inner = parts(kind);
                let wrapped = level(kind) < least;
                if wrapped {
                    f.write_str("(")?;
                    pieces.push(Piece::Text(")"));
                }
                write_leaf(f, kind)?;
                pieces.extend(inner.into_iter().rev());
            }
        }
    }
    Ok(())
}

fn level(kind: &Kind) -> Level {
    match kind {
        Kind::Unary(Unary::Not, _) => Level::Not,
        Kind::Unary(..) => Level::Sign,
        Kind::Binary(operator, ..) => operator.written().own,
        Kind::Compare(..) => Level::Compare,
        _ => Level::Value,
    }
}

/// The pieces of an operation in the order in which they are written.
fn parts(kind: &Kind) -> Vec<Piece> {
    match kind {
        Kind::Unary(operator, operand) => {
            let (text, level) = match operator {
                Unary::Plus => ("+", Level::Sign),
                Unary::Minus => ("-", Level::Sign),
                Unary::Invert => ("~", Level::Sign),
                Unary::Not => ("not ", Level::Not),
            };
            vec![Piece::Text(text), Piece::Node(*operand, level)]
        }
        Kind::Binary(operator, left, right) => {
            let written = operator.written();
            let mut pieces = vec![Piece::Node(*left, written.left)];
            pieces.extend([
                Piece::Text(" "),
                Piece::Text(written.text),
                Piece::Text(" "),
            ]);
            pieces.push(Piece::Node(*right, written.right));
            pieces
        }
        Kind::Compare(first, rest) => {
            let mut pieces = vec![Piece::Node(*first, Level::BitOr)];
            for (operator, operand) in rest {
                pieces.extend([Piece::Text(" "), Piece::Text(operator.written())]);
                pieces.extend([Piece::Text(" "), Piece::Node(*operand, Level::BitOr)]);
            }
            pieces
        }
        Kind::Call(function, arguments) => {
            let mut pieces = vec![Piece::Text(function.name())];
            pieces.extend(bracketed(arguments, ")"));
            pieces
        }
        Kind::List(elements) if elements.len() == 1 => bracketed(elements, ",)"),
        Kind::List(elements) => bracketed(elements, ")"),
        _ => Vec::new(),
    }
}

/// Nodes with commas between them, in parentheses.
fn bracketed(nodes: &[usize], close: &'static str) -> Vec<Piece> {
    let mut pieces = vec![Piece::Text("(")];
    for (i, node) in nodes.iter().enumerate() {
        pieces.extend((i > 0).then_some(Piece::Text(", ")));
        pieces.push(Piece::Node(*node, Level::Or));
    }
    pieces.push(Piece::Text(close));
    pieces
}

fn write_leaf(f: &mut fmt::Formatter<'_>, kind: &Kind) -> fmt::Result {
    match kind {
        Kind::Int(value) => write!(f, "{value}"),
        // Debug, as it keeps the point or exponent that makes it a float.
        Kind::Float(value) => write!(f, "{value:?}"),
        Kind::Bool(true) => f.write_str("True"),
        Kind::Bool(false) => f.write_str("False"),
        Kind::Text(text) => f.write_str(&quoted(text)),
        Kind::Named(name) => f.write_str(name),
        Kind::Column(name) if reads_bare(name) => f.write_str(name),
        Kind::Column(name) => write!(f, "`{}`", name.replace('`', "``")),
        _ => Ok(()),
    }
}
