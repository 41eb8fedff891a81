//! Tokens to a tree, with Python's precedences.

use std::ops::Range;

use crate::error::{ParseError, one_line};
use crate::expr::{Binary, Comparison, Expr, Kind, NAMED, Node, Unary};
use crate::token::{Token, Word, tokens};

/// Parentheses, calls, signs and powers within each other; each costs some stack.
const MOST_NESTED: usize = 100;

/// Words of Python that are no column unless in back-quotes.
pub(crate) const KEYWORDS: [&str; 10] = [
    "and", "or", "not", "in", "is", "if", "else", "True", "False", "None",
];

/// Reads an expression.
///
/// # Errors
/// A text that does not follow the grammar, an unknown function or a wrong number
/// of its arguments, an unclosed quote, a list that stands neither after `in` nor in
/// `distance()`, an integer of more than 64 bits, more than 32,768 names and symbols, or
/// more than 100 parentheses within each other.
///
/// ```
/// use terabin_expr::parse;
///
/// assert_eq!(parse("a + b*c > 0 or d")?, parse("((a + (b*c)) > 0) or d")?);
/// let error = parse("sqr(x)").unwrap_err();
/// assert_eq!(error.message(), "there is no function `sqr`; did you mean `sqrt`?");
/// # Ok::<(), terabin_expr::ParseError>(())
/// ```
pub fn parse(text: &str) -> Result<Expr, ParseError> {
    let mut parser = Parser {
        text,
        tokens: tokens(text)?,
        at: 0,
        nodes: Vec::new(),
        nested: 0,
    };
    let root = parser.expression(Level::Or)?;
    parser.no_list(root)?;
    match parser.peek() {
        Word::End => Ok(Expr::new(parser.nodes)),
        _ => Err(parser.unexpected()),
    }
}

/// How tightly an operator binds, from `or` to a bare value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Or,
    And,
    Not,
    Compare,
    BitOr,
    BitAnd,
    Sum,
    Product,
    Sign,
    Power,
    Value,
}

/// An operator that stands between two operands.
#[derive(Clone, Copy)]
pub(crate) struct Written {
    pub(crate) text: &'static str,
    operator: Binary,
    /// How tightly it binds, and the least that its sides do.
    pub(crate) own: Level,
    pub(crate) left: Level,
    pub(crate) right: Level,
}

/// All of them but for comparisons.
const BINARY: [Written; 11] = [
    written("or", Binary::Or, Level::Or, Level::And),
    written("and", Binary::And, Level::And, Level::Not),
    written("|", Binary::BitOr, Level::BitOr, Level::BitAnd),
    written("&", Binary::BitAnd, Level::BitAnd, Level::Sum),
    written("+", Binary::Add, Level::Sum, Level::Product),
    written("-", Binary::Subtract, Level::Sum, Level::Product),
    written("*", Binary::Multiply, Level::Product, Level::Sign),
    written("/", Binary::Divide, Level::Product, Level::Sign),
    written("//", Binary::FloorDivide, Level::Product, Level::Sign),
    written("%", Binary::Modulo, Level::Product, Level::Sign),
    Written {
        // Tighter than a sign before it, less tight than one after it.
        left: Level::Value,
        ..written("**", Binary::Power, Level::Power, Level::Sign)
    },
];

const fn written(text: &'static str, operator: Binary, own: Level, right: Level) -> Written {
    Written {
        text,
        operator,
        own,
        left: own,
        right,
    }
}

const COMPARISONS: [(&str, Comparison); 8] = [
    ("<", Comparison::Less),
    ("<=", Comparison::LessEqual),
    (">", Comparison::Greater),
    (">=", Comparison::GreaterEqual),
    ("==", Comparison::Equal),
    ("!=", Comparison::NotEqual),
    ("in", Comparison::In),
    ("not in", Comparison::NotIn),
];

const SIGNS: [(&str, Unary); 3] = [
    ("+", Unary::Plus),
    ("-", Unary::Minus),
    ("~", Unary::Invert),
];

impl Binary {
    /// How it is written.
    pub(crate) fn written(self) -> Written {
        let found = BINARY.iter().find(|written| written.operator == self);
        *found.unwrap_or(&BINARY[0])
    }
}

impl Comparison {
    pub(crate) fn written(self) -> &'static str {
        let found = COMPARISONS.iter().find(|(_, operator)| *operator == self);
        found.map_or("", |(text, _)| text)
    }
}

pub(crate) struct Parser<'t> {
    pub(crate) text: &'t str,
    pub(crate) tokens: Vec<Token<'t>>,
    pub(crate) at: usize,
    pub(crate) nodes: Vec<Node>,
    nested: usize,
}

impl Parser<'_> {
    /// An expression of operators that bind at least as tightly as `level`.
    pub(crate) fn expression(&mut self, level: Level) -> Result<usize, ParseError> {
        let mut left = self.operand(level)?;
        loop {
            if let Some(written) = self.operator(&BINARY, |o| o.text)
                && written.own >= level
            {
                self.at += 1;
                let right = match written.operator {
                    // Powers are within each other: their chain is not a loop.
                    Binary::Power => self.nested(written.right)?,
                    _ => self.expression(written.right)?,
                };
                let kind = Kind::Binary(written.operator, left, right);
                self.no_list(left)?;
                self.no_list(right)?;
                left = self.push(kind, self.span(left, right));
            } else if level <= Level::Compare && self.comparison().is_some() {
                left = self.comparisons(left)?;
            } else {
                return Ok(left);
            }
        }
    }

    /// The rest of `first < b <= c`.
    fn comparisons(&mut self, first: usize) -> Result<usize, ParseError> {
        let mut rest = Vec::new();
        let mut last = first;
        while let Some((operator, words)) = self.comparison() {
            self.no_list(last)?;
            self.at += words;
            last = self.expression(Level::BitOr)?;
            match operator {
                Comparison::In | Comparison::NotIn => self.need_list(last)?,
                _ => self.no_list(last)?,
            }
            rest.push((operator, last));
        }
        let span = self.span(first, last);
        Ok(self.push(Kind::Compare(first, rest), span))
    }

    /// The comparison that comes next, and how many words it has.
    fn comparison(&self) -> Option<(Comparison, usize)> {
        let is = |at: usize, text: &str| {
            let token = self.tokens.get(at);
            token.is_some_and(|t| matches!(&t.word, Word::Name(name) if name == text))
        };
        if is(self.at, "not") && is(self.at + 1, "in") {
            return Some((Comparison::NotIn, 2));
        }
        let (_, operator) = self.operator(&COMPARISONS, |o| o.0)?;
        Some((operator, 1))
    }

    /// A value with the signs before it; `not` only where Python allows it.
    fn operand(&mut self, level: Level) -> Result<usize, ParseError> {
        let negated = matches!(self.peek(), Word::Name(name) if name == "not");
        if negated && level <= Level::Not {
            return self.prefixed(Unary::Not, Level::Not);
        }
        match self.operator(&SIGNS, |s| s.0) {
            Some((_, sign)) => self.prefixed(sign, Level::Sign),
            None => self.value(),
        }
    }

    fn prefixed(&mut self, operator: Unary, level: Level) -> Result<usize, ParseError> {
        let start = self.token().start;
        self.at += 1;
        let operand = self.nested(level)?;
        self.no_list(operand)?;
        let span = start..self.nodes[operand].position.end;
        Ok(self.push(Kind::Unary(operator, operand), span))
    }

    fn value(&mut self) -> Result<usize, ParseError> {
        let Token { word, start, end } = self.token().clone();
        let kind = match word {
            Word::Int(value) => Kind::Int(value),
            Word::Float(value) => Kind::Float(value),
            Word::Quoted(name) => Kind::Column(name),
            Word::Name(name) if self.next_is("(") => return self.call(&name, start),
            Word::Name(name) => self.name(name)?,
            Word::Symbol("(") => return self.bracketed(")"),
            Word::Symbol("[") => return self.bracketed("]"),
            Word::Text(text) => Kind::Text(text),
            Word::Symbol(_) | Word::End => return Err(self.unexpected()),
        };
        self.at += 1;
        Ok(self.push(kind, start..end))
    }

    fn name(&self, name: String) -> Result<Kind, ParseError> {
        if let Some((constant, _)) = NAMED.iter().find(|(known, _)| *known == name) {
            return Ok(Kind::Named(constant));
        }
        match name.as_str() {
            "True" => Ok(Kind::Bool(true)),
            "False" => Ok(Kind::Bool(false)),
            word if KEYWORDS.contains(&word) => Err(self.unexpected()),
            _ => Ok(Kind::Column(name)),
        }
    }

    /// An expression in parentheses; a list, if there is a comma, or none, or brackets.
    pub(crate) fn bracketed(&mut self, close: &'static str) -> Result<usize, ParseError> {
        let start = self.token().start;
        self.at += 1;
        let mut elements = Vec::new();
        let mut comma = false;
        while *self.peek() != Word::Symbol(close) {
            let element = self.nested(Level::Or)?;
            self.no_list(element)?;
            elements.push(element);
            comma = *self.peek() == Word::Symbol(",");
            if !comma {
                break;
            }
            self.at += 1;
        }
        let end = self.closing(close)?;
        let [inner] = elements[..] else {
            return Ok(self.push(Kind::List(elements), start..end));
        };
        if comma || close == "]" {
            return Ok(self.push(Kind::List(elements), start..end));
        }
        let node = &mut self.nodes[inner];
        if !matches!(node.kind, Kind::Column(_) | Kind::Named(_)) {
            node.position = start..end;
        }
        Ok(inner)
    }

    /// Refuses a list where a value is needed.
    pub(crate) fn no_list(&self, node: usize) -> Result<(), ParseError> {
        let node = &self.nodes[node];
        if matches!(node.kind, Kind::List(_)) {
            let message = "a list stands only after `in` and in distance()";
            return Err(ParseError::new(message, node.position.start, self.text));
        }
        Ok(())
    }

    /// Refuses a value where a list is needed.
    fn need_list(&self, node: usize) -> Result<(), ParseError> {
        let node = &self.nodes[node];
        if matches!(node.kind, Kind::List(_)) {
            return Ok(());
        }
        let message = "`in` takes a list: (1, 2, 5), or (5,) for one";
        Err(ParseError::new(message, node.position.start, self.text))
    }

    /// An expression inside another, unless there are too many already.
    pub(crate) fn nested(&mut self, level: Level) -> Result<usize, ParseError> {
        if self.nested == MOST_NESTED {
            let message =
                format!("more than {MOST_NESTED} parentheses, signs or powers within each other");
            return Err(ParseError::new(message, self.token().start, self.text));
        }
        self.nested += 1;
        let inner = self.expression(level)?;
        self.nested -= 1;
        Ok(inner)
    }

    pub(crate) fn closing(&mut self, bracket: &'static str) -> Result<usize, ParseError> {
        if *self.peek() != Word::Symbol(bracket) {
            return Err(self.unexpected());
        }
        let end = self.token().end;
        self.at += 1;
        Ok(end)
    }

    /// The entry of `table` for the next token.
    fn operator<T: Copy>(&self, table: &[T], text: fn(&T) -> &'static str) -> Option<T> {
        let next = match self.peek() {
            Word::Symbol(symbol) => symbol,
            Word::Name(name) => name.as_str(),
            _ => return None,
        };
        table.iter().find(|entry| text(entry) == next).copied()
    }

    pub(crate) fn token(&self) -> &Token<'_> {
        // The last token is the end, which no rule steps over.
        &self.tokens[self.at]
    }

    pub(crate) fn peek(&self) -> &Word<'_> {
        &self.token().word
    }

    pub(crate) fn next_is(&self, symbol: &str) -> bool {
        let next = self.tokens.get(self.at + 1);
        next.is_some_and(|token| token.word == Word::Symbol(symbol))
    }

    pub(crate) fn push(&mut self, kind: Kind, position: Range<usize>) -> usize {
        self.nodes.push(Node { kind, position });
        self.nodes.len() - 1
    }

    fn span(&self, first: usize, last: usize) -> Range<usize> {
        self.nodes[first].position.start..self.nodes[last].position.end
    }

    pub(crate) fn unexpected(&self) -> ParseError {
        let token = self.token();
        let hint = match &token.word {
            Word::End if token.start == 0 || self.text.trim().is_empty() => {
                return ParseError::new("there is no expression", 0, self.text);
            }
            Word::End => return ParseError::new("unexpected end", token.start, self.text),
            Word::Symbol("=") => "; equality is written `==`",
            Word::Name(name) if name == "not" => "; put `not` and its operand in parentheses",
            Word::Name(name) if KEYWORDS.contains(&name.as_str()) => {
                "; a column of that name is written in back-quotes"
            }
            _ => "",
        };
        let written = one_line(&self.text[token.start..token.end]);
        ParseError::new(
            format!("unexpected `{written}`{hint}"),
            token.start,
            self.text,
        )
    }
}

/// Whether `name` reads as this column without back-quotes.
pub(crate) fn reads_bare(name: &str) -> bool {
    parse(name).is_ok_and(|expr| {
        let kinds: Vec<&Kind> = expr.nodes().iter().map(|n| &n.kind).collect();
        matches!(kinds.as_slice(), [Kind::Column(read)] if read == name)
    })
}
