//! `attr()` and `index()`: columns that are named by literals in a call.

/// An argument as it stands in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Literal {
    /// A text in quotes.
    Text(String),
    /// A whole number.
    Whole(u64),
}

/// What is wrong with a call: the message, and the number of the argument that is
/// meant, or None for the whole call.
pub(crate) type Wrong = (String, Option<usize>);

/// A function whose value is a column of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lookup {
    /// `attr("Header", "MassTable", 1)`: an element of an attribute, read per file.
    Attribute,
    /// `index(0)`: a row's index in a dimension.
    Index,
}

impl Lookup {
    pub(crate) const ALL: [(&'static str, Self); 2] =
        [("attr", Self::Attribute), ("index", Self::Index)];

    /// The function of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(known, _)| *known == name);
        found.map(|(_, lookup)| *lookup)
    }

    /// What to write, for the end of a message.
    pub(crate) fn usage(self) -> &'static str {
        match self {
            Self::Attribute => {
                "`attr` takes a path and a name in quotes, then perhaps an element counted from 0: attr(\"Header\", \"MassTable\", 1)"
            }
            Self::Index => "`index` takes the number of a dimension, counted from 0: index(0)",
        }
    }

    /// The name of the column: the call as it is written canonically, with one space
    /// after commas, double quotes, and no element 0.
    pub(crate) fn column(self, arguments: &[Literal]) -> Result<String, Wrong> {
        use Literal::{Text, Whole};
        match (self, arguments) {
            (Self::Attribute, [Text(path), Text(name)] | [Text(path), Text(name), Whole(0)]) => {
                Ok(format!("attr({}, {})", quoted(path), quoted(name)))
            }
            (Self::Attribute, [Text(path), Text(name), Whole(element)]) => {
                let (path, name) = (quoted(path), quoted(name));
                Ok(format!("attr({path}, {name}, {element})"))
            }
            (Self::Index, [Whole(dimension)]) => Ok(format!("index({dimension})")),
            _ => Err(self.wrong(arguments)),
        }
    }

    fn wrong(self, arguments: &[Literal]) -> Wrong {
        let (name, wanted, counts) = match self {
            Self::Attribute => ("attr", "2 or 3 arguments", 2..=3),
            Self::Index => ("index", "1 argument", 1..=1),
        };
        if !counts.contains(&arguments.len()) {
            let message = format!("`{name}` takes {wanted}, not {}", arguments.len());
            return (message, None);
        }
        let fits = |(at, argument): (usize, &Literal)| {
            let text = self == Self::Attribute && at < 2;
            text == matches!(argument, Literal::Text(_))
        };
        let first = arguments.iter().enumerate().position(|a| !fits(a));
        (self.usage().to_owned(), first)
    }
}

/// `text` as a literal that reads back.
pub(crate) fn quoted(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            literal.push('\\');
        }
        literal.push(c);
    }
    literal.push('"');
    literal
}
