//! Calls: a name and the arguments between its parentheses.

use crate::error::{ParseError, one_line};
use crate::expr::Kind;
use crate::function::Function;
use crate::lookup::{Literal, Lookup};
use crate::near::{near, proposal};
use crate::parse::{KEYWORDS, Level, Parser};
use crate::token::{Token, Word};

impl Parser<'_> {
    /// The call of `name`, which is the next token.
    pub(crate) fn call(&mut self, name: &str, start: usize) -> Result<usize, ParseError> {
        if let Some(lookup) = Lookup::named(name) {
            return self.lookup(lookup, start);
        }
        let Some((function, wanted)) = Function::named(name) else {
            return Err(self.unknown_function(name, start));
        };
        self.at += 2;
        if function == Function::Distance {
            return self.distance(start);
        }
        let mut arguments = Vec::new();
        if *self.peek() != Word::Symbol(")") {
            arguments.push(self.argument()?);
        }
        while *self.peek() == Word::Symbol(",") {
            self.at += 1;
            arguments.push(self.argument()?);
        }
        let end = self.closing(")")?;
        if arguments.len() != wanted {
            let count = |n| format!("{n} argument{}", if n == 1 { "" } else { "s" });
            let message = format!("`{name}` takes {}, not {}", count(wanted), arguments.len());
            return Err(ParseError::new(message, start, self.text));
        }
        Ok(self.push(Kind::Call(function, arguments), start..end))
    }

    fn argument(&mut self) -> Result<usize, ParseError> {
        if matches!(self.peek(), Word::Name(_)) && self.next_is("=") {
            let message = "only distance() has an argument with a name: box=";
            return Err(ParseError::new(message, self.token().start, self.text));
        }
        let argument = self.nested(Level::Or)?;
        self.no_list(argument)?;
        Ok(argument)
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
        let end = self.closing(")")?;
        let column = lookup.column(&arguments).map_err(|(message, argument)| {
            let place = argument.and_then(|i| places.get(i)).unwrap_or(&start);
            ParseError::new(message, *place, self.text)
        })?;
        Ok(self.push(Kind::Column(column), start..end))
    }

    /// The arguments of `distance(p, c, box=None)`.
    ///
    /// A point is a list of numbers, or the name of a column, which stands for as many
    /// of its components as the other point has numbers.
    fn distance(&mut self, start: usize) -> Result<usize, ParseError> {
        let first = if self.at_bare_name() {
            let components = self.elements_after_comma();
            self.components(components)?
        } else {
            self.nested(Level::Or)?
        };
        let many = self.elements(first)?;
        self.expect(",")?;
        let second = if self.at_bare_name() {
            self.components(many)?
        } else {
            self.nested(Level::Or)?
        };
        let found = self.elements(second)?;
        self.need_count(found, many, second)?;
        let mut arguments = vec![first, second];
        if *self.peek() == Word::Symbol(",") {
            self.at += 1;
            arguments.extend(self.size_of_box(many)?);
        }
        let end = self.closing(")")?;
        Ok(self.push(Kind::Call(Function::Distance, arguments), start..end))
    }

    /// `box=100`, `box=(100, 100, 50)`, `box=None`, or any of them without the name.
    fn size_of_box(&mut self, dimensions: usize) -> Result<Option<usize>, ParseError> {
        if matches!(self.peek(), Word::Name(name) if name == "box") && self.next_is("=") {
            self.at += 2;
        }
        if matches!(self.peek(), Word::Name(name) if name == "None") {
            self.at += 1;
            return Ok(None);
        }
        let size = self.nested(Level::Or)?;
        if let Kind::List(sizes) = &self.nodes[size].kind {
            self.need_count(sizes.len(), dimensions, size)?;
        }
        Ok(Some(size))
    }

    /// Whether an argument is nothing but a name.
    fn at_bare_name(&self) -> bool {
        matches!(self.peek(), Word::Name(_) | Word::Quoted(_))
            && (self.next_is(",") || self.next_is(")"))
    }

    /// The number of elements of the list after the next name and comma.
    ///
    /// Counted in the tokens: as Display writes the components, they come first.
    fn elements_after_comma(&self) -> usize {
        let (mut depth, mut commas, mut trailing) = (0_usize, 0, true);
        for token in self.tokens.iter().skip(self.at + 2) {
            trailing = match token.word {
                Word::Symbol("(" | "[") => {
                    depth += 1;
                    false
                }
                Word::Symbol(")" | "]") if depth <= 1 => break,
                Word::Symbol(")" | "]") => {
                    depth -= 1;
                    false
                }
                Word::Symbol(",") if depth == 1 => {
                    commas += 1;
                    true
                }
                _ if depth == 0 => break,
                _ => false,
            };
        }
        commas + usize::from(!trailing)
    }

    /// The components of the column that the next token names, as a list.
    fn components(&mut self, many: usize) -> Result<usize, ParseError> {
        let Token { word, start, end } = self.token().clone();
        let (Word::Name(name) | Word::Quoted(name)) = word else {
            return Err(self.unexpected());
        };
        self.at += 1;
        let component = |i: usize| match name.strip_suffix(']') {
            Some(open) if name.contains("[:,") => format!("{open},{i}]"),
            _ => format!("{name}[:,{i}]"),
        };
        let columns = (0..many).map(|i| self.push(Kind::Column(component(i)), start..end));
        let columns = columns.collect();
        Ok(self.push(Kind::List(columns), start..end))
    }

    fn elements(&self, point: usize) -> Result<usize, ParseError> {
        match &self.nodes[point].kind {
            Kind::List(elements) if !elements.is_empty() => Ok(elements.len()),
            _ => {
                let message =
                    "`distance` takes points: distance(Coordinates, (50, 50, 50), box=100)";
                let place = self.nodes[point].position.start;
                Err(ParseError::new(message, place, self.text))
            }
        }
    }

    fn need_count(&self, found: usize, wanted: usize, node: usize) -> Result<(), ParseError> {
        if found == wanted {
            return Ok(());
        }
        let message =
            format!("`distance` needs {wanted} numbers here as in the first point, not {found}");
        let place = self.nodes[node].position.start;
        Err(ParseError::new(message, place, self.text))
    }

    fn expect(&mut self, symbol: &str) -> Result<(), ParseError> {
        if *self.peek() != Word::Symbol(symbol) {
            return Err(self.unexpected());
        }
        self.at += 1;
        Ok(())
    }

    fn unknown_function(&self, name: &str, start: usize) -> ParseError {
        if KEYWORDS.contains(&name) {
            return self.unexpected();
        }
        let lookups = Lookup::ALL.iter().map(|l| l.0);
        let near = near(name, Function::names().chain(lookups));
        let message = format!(
            "there is no function `{}`{}",
            one_line(name),
            proposal(&near)
        );
        ParseError::new(message, start, self.text)
    }
}
