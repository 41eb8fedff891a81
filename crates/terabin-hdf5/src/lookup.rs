//! Columns that no dataset has: `attr("Header", "MassTable", 1)` and `index(0)`.

use crate::description::{Attribute, AttributeData, FileDescription};
use crate::error::{Error, Result};
use crate::meaning::Number;

/// What a name that is a call asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Lookup {
    /// The place along a dimension of the rows.
    Index(usize),
    /// An element of an attribute.
    Attribute(AttributeName),
}

/// An element of an attribute of a group or dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AttributeName {
    object: String,
    attribute: String,
    element: u64,
}

impl Lookup {
    /// What `name` asks for, if it is a call as expressions display it.
    pub(crate) fn of(name: &str) -> Option<Self> {
        let arguments = |call: &str| name.strip_prefix(call)?.strip_suffix(')');
        if let Some(dim) = arguments("index(") {
            return dim.trim().parse().ok().map(Self::Index);
        }
        let (object, rest) = quoted(arguments("attr(")?)?;
        let (attribute, rest) = quoted(rest.strip_prefix(", ")?)?;
        let element = match rest.strip_prefix(", ") {
            Some(element) => element.trim().parse().ok()?,
            None if rest.is_empty() => 0,
            None => return None,
        };
        Some(Self::Attribute(AttributeName {
            object,
            attribute,
            element,
        }))
    }
}

/// A text in double quotes with backslashes before quotes and backslashes, and what follows.
fn quoted(text: &str) -> Option<(String, &str)> {
    let inner = text.strip_prefix('"')?;
    let mut out = String::new();
    let mut chars = inner.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((out, inner.get(at + 1..)?)),
            '\\' => out.push(chars.next()?.1),
            c => out.push(c),
        }
    }
    None
}

/// The number that a file has for an attribute.
pub(crate) fn attribute(file: &FileDescription, wanted: &AttributeName) -> Result<Number> {
    let path = format!("/{}", wanted.object.trim_matches('/').replace('.', "/"));
    let plain = format!("/{}", wanted.object.trim_matches('/'));
    let is = |p: &str| p == path || p == plain;
    let aliased = file.aliases.iter().find(|a| is(&a.path));
    let aliased = aliased.map(|a| a.target.as_str());
    let is = |p: &str| is(p) || aliased == Some(p);
    let groups = file.groups.iter().filter(|g| is(&g.path));
    let datasets = file.datasets.iter().filter(|d| is(&d.path));
    let attributes = groups
        .flat_map(|g| &g.attributes)
        .chain(datasets.flat_map(|d| &d.attributes));
    let mut named = attributes.filter(|a| a.name == wanted.attribute);
    named
        .find_map(|a| element(a, usize::try_from(wanted.element).ok()?))
        .ok_or_else(|| Error::NoAttribute {
            path: file.path.clone(),
            object: plain,
            attribute: wanted.attribute.clone(),
            element: wanted.element,
        })
}

fn element(attribute: &Attribute, at: usize) -> Option<Number> {
    match &attribute.value {
        AttributeData::Signed(v) => v.get(at).map(|&x| Number::Signed(x)),
        AttributeData::Unsigned(v) => v.get(at).map(|&x| Number::Unsigned(x)),
        AttributeData::Floats(v) => v.get(at).map(|&x| Number::Float(x)),
        AttributeData::Bools(v) => v.get(at).map(|&x| Number::Signed(i64::from(x))),
        AttributeData::Texts(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_told_from_names() {
        assert_eq!(Lookup::of("index(2)"), Some(Lookup::Index(2)));
        let expected = AttributeName {
            object: "Hea\"der".into(),
            attribute: "Mass\\Table".into(),
            element: 1,
        };
        let name = "attr(\"Hea\\\"der\", \"Mass\\\\Table\", 1)";
        assert_eq!(Lookup::of(name), Some(Lookup::Attribute(expected)));
        for name in ["index", "index(x)", "attr(a)", "x", "attr(\"a\")"] {
            assert_eq!(Lookup::of(name), None, "{name}");
        }
    }
}
