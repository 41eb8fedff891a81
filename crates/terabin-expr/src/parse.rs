//! Tokens to a tree, with Python's precedences.

use std::ops::Range;

use crate::error::{ParseError, one_line};
use crate::expr::{Binary, Comparison, Expr, Function, Kind, NAMED, Node, Unary};
use crate::lookup::{Literal, Lookup, no_value};
use crate::near::{near, proposal};
use crate::token::{Token, Word, tokens};

/// Parentheses, calls and signs within each other; each costs some stack.
const MOST_NESTED: usize = 100;

/// Words of Python that are no column unless in back-quotes.
const KEYWORDS: [&str; 10] = [
    "and", "or", "not", "in", "is", "if", "else", "True", "False", "None",
];

/// Reads an expression.
///
/// # Errors
/// A text that does not follow the grammar, an unknown function or a wrong number
/// of its arguments, an unclosed quote, a text outside of `attr()`, an integer of more than 64 bits, more
/// than 32,768 names and symbols, or more than 100 parentheses within each other.
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
    parser.expression(Level::Or)?;
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
    Value,
}

/// The operators that stand between two operands, but for comparisons: the
/// operator, its level, and the level of its right side.
const BINARY: [(&str, Binary, Level, Level); 8] = [
    ("or", Binary::Or, Level::Or, Level::And),
    ("and", Binary::And, Level::And, Level::Not),
    ("|", Binary::BitOr, Level::BitOr, Level::BitAnd),
    ("&", Binary::BitAnd, Level::BitAnd, Level::Sum),
    ("+", Binary::Add, Level::Sum, Level::Product),
    ("-", Binary::Subtract, Level::Sum, Level::Product),
    ("*", Binary::Multiply, Level::Product, Level::Sign),
    ("/", Binary::Divide, Level::Product, Level::Sign),
];

const COMPARISONS: [(&str, Comparison); 6] = [
    ("<", Comparison::Less),
    ("<=", Comparison::LessEqual),
    (">", Comparison::Greater),
    (">=", Comparison::GreaterEqual),
    ("==", Comparison::Equal),
    ("!=", Comparison::NotEqual),
];

const SIGNS: [(&str, Unary); 3] = [
    ("+", Unary::Plus),
    ("-", Unary::Minus),
    ("~", Unary::Invert),
];

impl Binary {
    /// How it is written, its level, and the level of its right side.
    pub(crate) fn written(self) -> (&'static str, Level, Level) {
        let found = BINARY.iter().find(|(_, operator, ..)| *operator == self);
        found.map_or(("", Level::Or, Level::Or), |(text, _, level, right)| {
            (text, *level, *right)
        })
    }
}

impl Comparison {
    pub(crate) fn written(self) -> &'static str {
        let found = COMPARISONS.iter().find(|(_, operator)| *operator == self);
        found.map_or("", |(text, _)| text)
    }
}

struct Parser<'t> {
    text: &'t str,
    tokens: Vec<Token<'t>>,
    at: usize,
    nodes: Vec<Node>,
    nested: usize,
}

impl Parser<'_> {
    /// An expression of operators that bind at least as tightly as `level`.
    fn expression(&mut self, level: Level) -> Result<usize, ParseError> {
        let mut left = self.operand(level)?;
        loop {
            if let Some((_, operator, own, right)) = self.operator(&BINARY, |o| o.0)
                && own >= level
            {
                self.at += 1;
                let right = self.expression(right)?;
                left = self.push(Kind::Binary(operator, left, right), self.span(left, right));
            } else if level <= Level::Compare && self.operator(&COMPARISONS, |o| o.0).is_some() {
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
        while let Some((_, operator)) = self.operator(&COMPARISONS, |o| o.0) {
            self.at += 1;
            last = self.expression(Level::BitOr)?;
            rest.push((operator, last));
        }
        let span = self.span(first, last);
        Ok(self.push(Kind::Compare(first, rest), span))
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
            Word::Symbol("(") => return self.parenthesised(),
            Word::Text(text) => return Err(ParseError::new(no_value(&text), start, self.text)),
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

    fn parenthesised(&mut self) -> Result<usize, ParseError> {
        let start = self.token().start;
        self.at += 1;
        let inner = self.nested(Level::Or)?;
        let end = self.closing()?;
        let node = &mut self.nodes[inner];
        if !matches!(node.kind, Kind::Column(_) | Kind::Named(_)) {
            node.position = start..end;
        }
        Ok(inner)
    }

    fn call(&mut self, name: &str, start: usize) -> Result<usize, ParseError> {
        if let Some(lookup) = Lookup::named(name) {
            return self.lookup(lookup, start);
        }
        let Some((_, function, wanted)) = Function::ALL.into_iter().find(|f| f.0 == name) else {
            return Err(self.unknown_function(name, start));
        };
        self.at += 2;
        let mut arguments = Vec::new();
        if *self.peek() != Word::Symbol(")") {
            arguments.push(self.nested(Level::Or)?);
        }
        while *self.peek() == Word::Symbol(",") {
            self.at += 1;
            arguments.push(self.nested(Level::Or)?);
        }
        let end = self.closing()?;
        if arguments.len() != wanted {
            let count = |n| format!("{n} argument{}", if n == 1 { "" } else { "s" });
            let message = format!("`{name}` takes {}, not {}", count(wanted), arguments.len());
            return Err(ParseError::new(message, start, self.text));
        }
        Ok(self.push(Kind::Call(function, arguments), start..end))
    }

    /// `attr("Header", "MassTable", 1)`, which is a column of that name.
    fn lookup(&mut self, lookup: Lookup, start: usize) -> Result<usize, ParseError> {
        self.at += 2;
        let (mut arguments, mut places) = (Vec::new(), Vec::new());
        while *self.peek() != Word::Symbol(")") || !arguments.is_empty() {
            let Token { word, start, .. } = self.token().clone();
            arguments.push(match word {
                Word::Text(text) => Literal::Text(text),
                Word::Int(number) => Literal::Whole(number),
                Word::End => return Err(self.unexpected()),
                _ => return Err(ParseError::new(lookup.usage(), start, self.text)),
            });
            places.push(start);
            self.at += 1;
            if *self.peek() != Word::Symbol(",") {
                break;
            }
            self.at += 1;
        }
        let end = self.closing()?;
        let column = lookup.column(&arguments).map_err(|(message, argument)| {
            let place = argument.and_then(|i| places.get(i)).unwrap_or(&start);
            ParseError::new(message, *place, self.text)
        })?;
        Ok(self.push(Kind::Column(column), start..end))
    }

    fn unknown_function(&self, name: &str, start: usize) -> ParseError {
        if KEYWORDS.contains(&name) {
            return self.unexpected();
        }
        let lookups = Lookup::ALL.iter().map(|l| l.0);
        let near = near(name, Function::ALL.iter().map(|f| f.0).chain(lookups));
        let message = format!(
            "there is no function `{}`{}",
            one_line(name),
            proposal(&near)
        );
        ParseError::new(message, start, self.text)
    }

    /// An expression inside another, unless there are too many already.
    fn nested(&mut self, level: Level) -> Result<usize, ParseError> {
        if self.nested == MOST_NESTED {
            let message = format!("more than {MOST_NESTED} parentheses or signs within each other");
            return Err(ParseError::new(message, self.token().start, self.text));
        }
        self.nested += 1;
        let inner = self.expression(level)?;
        self.nested -= 1;
        Ok(inner)
    }

    fn closing(&mut self) -> Result<usize, ParseError> {
        if *self.peek() != Word::Symbol(")") {
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

    fn token(&self) -> &Token<'_> {
        // The last token is the end, which no rule steps over.
        &self.tokens[self.at]
    }

    fn peek(&self) -> &Word<'_> {
        &self.token().word
    }

    fn next_is(&self, symbol: &str) -> bool {
        let next = self.tokens.get(self.at + 1);
        next.is_some_and(|token| token.word == Word::Symbol(symbol))
    }

    fn push(&mut self, kind: Kind, position: Range<usize>) -> usize {
        self.nodes.push(Node { kind, position });
        self.nodes.len() - 1
    }

    fn span(&self, first: usize, last: usize) -> Range<usize> {
        self.nodes[first].position.start..self.nodes[last].position.end
    }

    fn unexpected(&self) -> ParseError {
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
