//! Text to tokens.

use crate::error::{ParseError, one_line};

/// The most tokens that are read; a generated filter of some thousand terms fits.
///
/// Tokens, not bytes: the display of an expression may have more spaces.
const MOST_TOKENS: usize = 32_768;

/// A word of the language, with the bytes of the text that it stands for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Token<'t> {
    pub(crate) word: Word<'t>,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Word<'t> {
    /// A whole number.
    Int(u64),
    /// A number with a point or an exponent.
    Float(f64),
    /// A name as it stands, with dots and component; or a keyword.
    Name(String),
    /// A name in back-quotes, which is always a column.
    Quoted(String),
    /// A text in single or double quotes.
    Text(String),
    /// An operator, a bracket, or any other character.
    Symbol(&'t str),
    /// After the last token.
    End,
}

/// Symbols of two characters; every other symbol has one.
const PAIRS: [&str; 6] = ["<=", ">=", "==", "!=", "**", "//"];

/// The tokens of `text`, ending with [`Word::End`].
pub(crate) fn tokens(text: &str) -> Result<Vec<Token<'_>>, ParseError> {
    let mut lexer = Lexer { text, at: 0 };
    let mut tokens = Vec::new();
    loop {
        lexer.skip(char::is_whitespace);
        let start = lexer.at;
        let word = lexer.word()?;
        let last = word == Word::End;
        tokens.push(Token {
            word,
            start,
            end: lexer.at,
        });
        if last {
            return Ok(tokens);
        }
        if tokens.len() > MOST_TOKENS {
            let message = format!("an expression has at most {MOST_TOKENS} names and symbols");
            return Err(lexer.error(message, start));
        }
    }
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    fn word(&mut self) -> Result<Word<'t>, ParseError> {
        match self.peek() {
            None => Ok(Word::End),
            Some('`') => {
                let name = self.quoted()?;
                Ok(Word::Quoted(self.with_component(name)?))
            }
            Some(quote @ ('"' | '\'')) => self.text(quote).map(Word::Text),
            Some(c) if starts_name(c) => {
                let name = self.name().to_owned();
                if name == "in" {
                    // The bracket after it is a list's.
                    return Ok(Word::Name(name));
                }
                Ok(Word::Name(self.with_component(name)?))
            }
            Some(c) if c.is_ascii_digit() || self.at_fraction() => self.number(),
            Some(c) => {
                let pair = PAIRS.iter().find(|p| self.rest().starts_with(**p));
                Ok(Word::Symbol(
                    self.take(pair.map_or(c.len_utf8(), |p| p.len())),
                ))
            }
        }
    }

    /// A name and the names after its dots: `PartType0.Masses`.
    fn name(&mut self) -> &'t str {
        let start = self.at;
        self.skip(continues_name);
        while let Some(after) = self.rest().strip_prefix('.')
            && after.starts_with(starts_name)
        {
            self.take(1);
            self.skip(continues_name);
        }
        &self.text[start..self.at]
    }

    /// The text between back-quotes, where two of them stand for one.
    fn quoted(&mut self) -> Result<String, ParseError> {
        let start = self.at;
        self.take(1);
        let mut name = String::new();
        loop {
            name.push_str(self.skip(|c| c != '`'));
            if self.rest().starts_with("``") {
                self.take(2);
                name.push('`');
            } else if self.rest().starts_with('`') {
                self.take(1);
                break;
            } else {
                return Err(self.error("this back-quote is not closed", start));
            }
        }
        if name.is_empty() {
            return Err(self.error("there is no name between the back-quotes", start));
        }
        Ok(name)
    }

    /// The text between quotes; a backslash stands before a quote or a backslash.
    fn text(&mut self, quote: char) -> Result<String, ParseError> {
        let start = self.at;
        self.take(quote.len_utf8());
        let mut text = String::new();
        loop {
            text.push_str(self.skip(|c| c != quote && c != '\\'));
            let mut next = self.rest().chars();
            match (next.next(), next.next()) {
                (Some('\\'), Some(c @ ('"' | '\'' | '\\'))) => {
                    self.take(2);
                    text.push(c);
                }
                (Some('\\'), Some(_)) => {
                    let message = "a backslash in quotes stands before a quote or a backslash";
                    return Err(self.error(message, self.at));
                }
                (Some(c), _) if c == quote => {
                    self.take(quote.len_utf8());
                    return Ok(text);
                }
                _ => return Err(self.error("this quote is not closed", start)),
            }
        }
    }

    /// `name` with the component that follows it, if one does: `a[:,0]`, `a[:,0,2]`.
    fn with_component(&mut self, mut name: String) -> Result<String, ParseError> {
        let end_of_name = self.at;
        self.skip(char::is_whitespace);
        if self.peek() != Some('[') {
            self.at = end_of_name;
            return Ok(name);
        }
        let start = self.at;
        let Some(indices) = self.indices() else {
            let shown = one_line(&name);
            let message = format!("a component of `{shown}` is written `{shown}[:,0]`");
            return Err(self.error(message, start));
        };
        name.push_str("[:");
        for index in indices {
            name.push(',');
            name.push_str(&index.to_string());
        }
        name.push(']');
        Ok(name)
    }

    fn indices(&mut self) -> Option<Vec<u32>> {
        self.expect('[')?;
        self.expect(':')?;
        let mut indices = Vec::new();
        while self.expect(',').is_some() {
            self.skip(char::is_whitespace);
            indices.push(self.skip(|c| c.is_ascii_digit()).parse().ok()?);
        }
        self.expect(']')?;
        (!indices.is_empty()).then_some(indices)
    }

    fn expect(&mut self, wanted: char) -> Option<()> {
        self.skip(char::is_whitespace);
        let found = self.peek() == Some(wanted);
        found.then(|| {
            self.take(wanted.len_utf8());
        })
    }

    fn number(&mut self) -> Result<Word<'t>, ParseError> {
        let start = self.at;
        self.skip(in_digits);
        let mut float = false;
        if self.peek() == Some('.') {
            float = true;
            self.take(1);
            self.skip(in_digits);
        }
        if let Some(length) = exponent_mark(self.rest()) {
            float = true;
            self.take(length);
            self.skip(in_digits);
        }
        self.skip(continues_name);
        let written = &self.text[start..self.at];
        let number = if float {
            float_of(written)
        } else {
            int_of(written)
        };
        number.map_err(|problem| self.error(format!("`{}` {problem}", one_line(written)), start))
    }

    fn at_fraction(&self) -> bool {
        let mut chars = self.rest().chars();
        chars.next() == Some('.') && chars.next().is_some_and(|c| c.is_ascii_digit())
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take(&mut self, bytes: usize) -> &'t str {
        let taken = &self.text[self.at..self.at + bytes];
        self.at += bytes;
        taken
    }

    fn skip(&mut self, wanted: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let length = rest.find(|c| !wanted(c)).unwrap_or(rest.len());
        self.take(length)
    }

    fn error(&self, message: impl Into<String>, position: usize) -> ParseError {
        ParseError::new(message, position, self.text)
    }
}

fn starts_name(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

fn continues_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn in_digits(c: char) -> bool {
    c.is_ascii_digit() || c == '_'
}

/// The length of an `e` with its sign, if digits follow it.
fn exponent_mark(text: &str) -> Option<usize> {
    let after = text.strip_prefix(['e', 'E'])?;
    let digits = after.strip_prefix(['+', '-']).unwrap_or(after);
    digits
        .starts_with(|c: char| c.is_ascii_digit())
        .then(|| text.len() - digits.len())
}

fn int_of<'t>(written: &str) -> Result<Word<'t>, &'static str> {
    let digits = without_underscores(written).ok_or("is not a number")?;
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err("is not a number");
    }
    if digits.starts_with('0') && digits.bytes().any(|b| b != b'0') {
        return Err("has zeros in front, which Python does not allow");
    }
    let value = digits.parse();
    value
        .map(Word::Int)
        .map_err(|_| "does not fit in 64 bits; write it as a float, such as 1e20")
}

fn float_of<'t>(written: &str) -> Result<Word<'t>, &'static str> {
    let digits = without_underscores(written).ok_or("is not a number")?;
    let value: f64 = digits.parse().map_err(|_| "is not a number")?;
    if value.is_infinite() {
        return Err("is larger than any float64; write `inf` for infinity");
    }
    Ok(Word::Float(value))
}

/// `written` without its underscores, each of which must stand between two digits.
fn without_underscores(written: &str) -> Option<String> {
    let bytes = written.as_bytes();
    let digit = |at: Option<usize>| {
        at.and_then(|i| bytes.get(i))
            .is_some_and(u8::is_ascii_digit)
    };
    let misplaced = |i: usize| !(digit(i.checked_sub(1)) && digit(Some(i + 1)));
    let mut underscores = written.match_indices('_').map(|(i, _)| i);
    (!underscores.any(misplaced)).then(|| written.replace('_', ""))
}
