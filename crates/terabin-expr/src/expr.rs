//! The tree of an expression, and what can be asked of it without a schema.

use std::ops::Range;

use terabin_core::source::Schema;

use crate::bind::bind;
use crate::bound::{Bound, Constant};
use crate::error::{EvalError, TypeError, one_line};
use crate::function::Function;

/// A parsed expression.
///
/// Two are equal if they mean the same tree, whatever their spaces and redundant
/// parentheses. Its display reads back to an equal one.
///
/// ```
/// let expr = terabin_expr::parse("(a*b)+ Coordinates[:, 0]")?;
/// assert_eq!(expr.to_string(), "a * b + Coordinates[:,0]");
/// assert_eq!(terabin_expr::parse(&expr.to_string())?, expr);
/// # Ok::<(), terabin_expr::ParseError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Expr {
    // Children come before their parents, the root last. A flat list needs no
    // recursion to walk, compare or drop, however long a chain of `or` is.
    nodes: Vec<Node>,
}

#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    pub(crate) position: Range<usize>,
}

/// A part of an expression; numbers in it are indices of other nodes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Int(u64),
    Float(f64),
    Bool(bool),
    Text(String),
    /// `(a, b)` or `[a, b]`, which stands after `in` and in `distance()` alone.
    List(Vec<usize>),
    /// `pi` and its like: a number, unless the schema has a column of that name.
    Named(&'static str),
    Column(String),
    Unary(Unary, usize),
    Binary(Binary, usize, usize),
    Compare(usize, Vec<(Comparison, usize)>),
    Call(Function, Vec<usize>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unary {
    Plus,
    Minus,
    Invert,
    Not,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Modulo,
    Power,
    BitAnd,
    BitOr,
    And,
    Or,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
    In,
    NotIn,
}

/// Names that are numbers, with their values.
pub(crate) const NAMED: [(&str, f64); 4] = [
    ("pi", std::f64::consts::PI),
    ("e", std::f64::consts::E),
    ("inf", f64::INFINITY),
    ("nan", f64::NAN),
];

/// Whether `name` is a number where no column is called so: `pi`, `e`, `inf`, `nan`.
///
/// ```
/// assert!(terabin_expr::is_constant("pi"));
/// assert!(!terabin_expr::is_constant("Pi"));
/// ```
#[must_use]
pub fn is_constant(name: &str) -> bool {
    NAMED.iter().any(|(known, _)| *known == name)
}

impl Expr {
    /// The names that may be columns, each once, in order of appearance.
    ///
    /// `pi`, `e`, `inf` and `nan` are among them, as a column of that name wins;
    /// [`is_constant`] tells that one of them need not exist. `attr()` and `index()` are
    /// columns, named as they are displayed.
    ///
    /// ```
    /// let expr = terabin_expr::parse("2*pi*r > r + a[:,0] + index( 1 )")?;
    /// assert_eq!(expr.columns(), ["pi", "r", "a[:,0]", "index(1)"]);
    /// # Ok::<(), terabin_expr::ParseError>(())
    /// ```
    #[must_use]
    pub fn columns(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for (name, _) in self.appearances() {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// Every appearance of a name that may be a column, with its bytes in the text.
    ///
    /// ```
    /// let expr = terabin_expr::parse("x*`my x`")?;
    /// assert_eq!(expr.appearances(), [("x", 0..1), ("my x", 2..8)]);
    /// # Ok::<(), terabin_expr::ParseError>(())
    /// ```
    #[must_use]
    pub fn appearances(&self) -> Vec<(&str, Range<usize>)> {
        let nodes = self.nodes.iter();
        nodes
            .filter_map(|n| Some((n.kind.name()?, n.position.clone())))
            .collect()
    }

    /// Quotients of nothing but names as the dotted names that may have been meant,
    /// with their bytes in the text.
    ///
    /// `/` always divides; where the names are unknown, a message can propose this.
    ///
    /// ```
    /// let expr = terabin_expr::parse("PartType0/Masses > 3")?;
    /// assert_eq!(expr.dotted_names(), [("PartType0.Masses".to_owned(), 0..16)]);
    /// # Ok::<(), terabin_expr::ParseError>(())
    /// ```
    #[must_use]
    pub fn dotted_names(&self) -> Vec<(String, Range<usize>)> {
        let mut paths: Vec<Option<String>> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let path = match &node.kind {
                Kind::Binary(Binary::Divide, left, right) if paths[*left].is_some() => {
                    // The child's path moves into its parent's, so only the longest stays.
                    let right = self.nodes[*right].kind.path();
                    right.and_then(|name| Some(paths[*left].take()? + "." + name))
                }
                kind => kind.path().map(str::to_owned),
            };
            paths.push(path);
        }
        let longest = self.nodes.iter().zip(paths);
        longest
            .filter(|(node, _)| matches!(node.kind, Kind::Binary(..)))
            .filter_map(|(node, path)| Some((path?, node.position.clone())))
            .collect()
    }

    /// The column's name, if the expression is a name alone.
    ///
    /// `pi` gives its name too, as a column of that name wins.
    ///
    /// ```
    /// assert_eq!(terabin_expr::parse("(`x`)")?.as_column(), Some("x"));
    /// assert_eq!(terabin_expr::parse("+x")?.as_column(), None);
    /// # Ok::<(), terabin_expr::ParseError>(())
    /// ```
    #[must_use]
    pub fn as_column(&self) -> Option<&str> {
        match self.nodes.as_slice() {
            [only] => only.kind.name(),
            _ => None,
        }
    }

    /// A bare column, whatever characters its name has.
    ///
    /// ```
    /// assert_eq!(terabin_expr::Expr::column("mass (g)").to_string(), "`mass (g)`");
    /// ```
    #[must_use]
    pub fn column(name: &str) -> Self {
        Self::new(vec![Node {
            kind: Kind::Column(name.to_owned()),
            position: 0..name.len(),
        }])
    }

    /// The value of an expression without columns, such as `2*pi` or `-4`.
    ///
    /// Integers beyond 2⁵³ become the nearest float; `nan` and `inf` are values.
    ///
    /// # Errors
    /// [`EvalError::NotConstant`] if there is a column, [`EvalError::NotNumeric`] for
    /// a truth value or `row()`, [`EvalError::Type`] for what [`Expr::bind`] refuses.
    ///
    /// ```
    /// assert_eq!(terabin_expr::parse("2*pi")?.constant(), Ok(std::f64::consts::TAU));
    /// assert!(terabin_expr::parse("2*x")?.constant().is_err());
    /// # Ok::<(), terabin_expr::ParseError>(())
    /// ```
    #[expect(clippy::cast_precision_loss, reason = "documented: the nearest float")]
    pub fn constant(&self) -> Result<f64, EvalError> {
        let expression = || one_line(&self.to_string());
        for node in &self.nodes {
            if let Kind::Column(name) = &node.kind {
                return Err(EvalError::NotConstant {
                    expression: expression(),
                    column: one_line(name),
                });
            }
        }
        let bound = self.bind(&Schema::default())?;
        match bound.as_constant() {
            Some(Constant::I64(v)) => Ok(v as f64),
            Some(Constant::U64(v)) => Ok(v as f64),
            Some(Constant::F32(v)) => Ok(f64::from(v)),
            Some(Constant::F64(v)) => Ok(v),
            Some(Constant::Bool(_) | Constant::Datetime(_)) | None => Err(EvalError::NotNumeric {
                expression: expression(),
                found: bound.data_type(),
            }),
        }
    }

    /// Looks up the names in `schema`, types every part and computes the constant ones.
    ///
    /// # Errors
    /// A name that is no column, a part whose type does not fit its place, and constants
    /// that have no value, such as `1 // 0`.
    ///
    /// ```
    /// use terabin_core::source::Schema;
    ///
    /// let bound = terabin_expr::parse("1 + 2 < pi")?.bind(&Schema::default())?;
    /// assert_eq!(bound.data_type(), terabin_core::batch::DataType::Bool);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn bind(&self, schema: &Schema) -> Result<Bound, TypeError> {
        bind(self, schema)
    }

    pub(crate) fn new(nodes: Vec<Node>) -> Self {
        Self { nodes }
    }

    pub(crate) fn nodes(&self) -> &[Node] {
        &self.nodes
    }
}

impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        let mine = self.nodes.iter().map(|n| &n.kind);
        mine.eq(other.nodes.iter().map(|n| &n.kind))
    }
}

impl Kind {
    /// The name that may be a column's.
    fn name(&self) -> Option<&str> {
        match self {
            Self::Column(name) => Some(name),
            Self::Named(name) => Some(name),
            _ => None,
        }
    }

    /// The nodes of its operands, those in lists as well.
    pub(crate) fn children(&self) -> Vec<usize> {
        match self {
            Self::Unary(_, a) => vec![*a],
            Self::Binary(_, a, b) => vec![*a, *b],
            Self::Compare(first, rest) => {
                let rest = rest.iter().map(|(_, node)| *node);
                std::iter::once(*first).chain(rest).collect()
            }
            Self::Call(_, nodes) | Self::List(nodes) => nodes.clone(),
            _ => Vec::new(),
        }
    }

    /// The name that may be part of a path: `attr()` and `index()` are none.
    fn path(&self) -> Option<&str> {
        self.name().filter(|name| !name.ends_with(')'))
    }
}
