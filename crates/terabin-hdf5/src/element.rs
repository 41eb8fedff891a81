//! What one element of a dataset is, as it is stored.

use std::fmt;

use terabin_core::batch::DataType;

/// The type of an element as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElementType {
    /// What kind of value it is.
    pub class: ElementClass,
    /// Bytes of one element in the file.
    pub size: usize,
    /// Whether the most significant byte comes first.
    pub big_endian: bool,
    /// Which bits of an integer count, where not all of them do.
    pub bits: Option<Bits>,
}

/// The bits of an integer that count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bits {
    /// The number of the lowest bit that counts.
    pub offset: u32,
    /// How many bits count.
    pub precision: u32,
}

/// The kind of value that an element is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ElementClass {
    /// A signed integer, or an enumeration of them.
    Signed,
    /// An unsigned integer, an enumeration of them, or a bit field.
    Unsigned,
    /// An IEEE floating-point number.
    Float,
    /// A truth value, as h5py writes it.
    Bool,
    /// A string of fixed length.
    Text(Padding),
    /// A string of any length.
    VariableText,
    /// The time class of HDF5: what it means is the dialect's to know.
    Time,
    /// NumPy's `datetime64`, as h5py writes it: ticks of so many nanoseconds since 1970.
    NumpyTime {
        /// Nanoseconds of one tick.
        tick: i64,
    },
    /// Members with names.
    Compound(Vec<Member>),
    /// A small array of elements of one type.
    Array {
        /// The extent of each dimension.
        shape: Vec<u64>,
        /// What one of them is.
        base: Box<ElementType>,
    },
    /// Anything else, by a readable name.
    Other(String),
}

/// What follows a string that is shorter than its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// It ends at the first NUL.
    NulTerminated,
    /// NULs at the end are left out.
    Nuls,
    /// Spaces at the end are left out.
    Spaces,
}

impl Padding {
    /// A text without what fills its place.
    #[must_use]
    pub fn strip(self, stored: &[u8]) -> &[u8] {
        let last = |pad: u8| stored.iter().rposition(|&b| b != pad).map_or(0, |p| p + 1);
        let end = match self {
            Self::NulTerminated => stored.iter().position(|&b| b == 0),
            Self::Nuls => Some(last(0)),
            Self::Spaces => Some(last(b' ')),
        };
        &stored[..end.unwrap_or(stored.len())]
    }
}

/// A member of a compound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Where it begins, in bytes from the beginning of the compound.
    pub offset: usize,
    /// What it is.
    pub element: ElementType,
}

/// A value inside an element that can be a column of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// The names of the members on the way, joined by dots; empty where the element
    /// itself is the value.
    pub name: String,
    /// Bytes from the beginning of the element.
    pub offset: usize,
    /// The extents of the arrays on the way; elements lie one after the other.
    pub shape: Vec<u64>,
    /// What the value is: neither a compound nor an array.
    pub element: ElementType,
}

/// Compounds within compounds are followed no deeper than this.
const DEEPEST: usize = 16;
/// The most leaves of one element.
const MOST: usize = 4096;

impl ElementType {
    /// The type that the values have in memory, if they can be a column.
    #[must_use]
    pub fn data_type(&self) -> Option<DataType> {
        match (&self.class, self.size) {
            (ElementClass::Signed, _) => Some(DataType::I64),
            (ElementClass::Unsigned, _) => Some(DataType::U64),
            (ElementClass::Float, 2 | 4) => Some(DataType::F32),
            (ElementClass::Float, 8) => Some(DataType::F64),
            (ElementClass::Bool, _) => Some(DataType::Bool),
            _ => None,
        }
    }

    /// The values inside an element: the element itself, or the members of a compound,
    /// with the arrays that they are part of.
    ///
    /// Compounds inside arrays are left out, and what lies too deep.
    #[must_use]
    pub fn leaves(&self) -> Vec<Leaf> {
        let mut leaves = Vec::new();
        let whole = Leaf {
            name: String::new(),
            offset: 0,
            shape: Vec::new(),
            element: self.clone(),
        };
        grow(&whole, 0, &mut leaves);
        leaves
    }
}

fn grow(leaf: &Leaf, depth: usize, out: &mut Vec<Leaf>) {
    if depth > DEEPEST || out.len() >= MOST {
        return;
    }
    match &leaf.element.class {
        ElementClass::Compound(members) if leaf.shape.is_empty() => {
            for member in members {
                let dot = if leaf.name.is_empty() { "" } else { "." };
                let inner = Leaf {
                    name: format!("{}{dot}{}", leaf.name, member.name),
                    offset: leaf.offset.saturating_add(member.offset),
                    shape: Vec::new(),
                    element: member.element.clone(),
                };
                grow(&inner, depth + 1, out);
            }
        }
        ElementClass::Compound(_) => {}
        ElementClass::Array { shape, base } => {
            let inner = Leaf {
                shape: leaf.shape.iter().chain(shape).copied().collect(),
                element: (**base).clone(),
                ..leaf.clone()
            };
            grow(&inner, depth + 1, out);
        }
        _ => out.push(leaf.clone()),
    }
}

impl fmt::Display for ElementType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = match self.bits {
            Some(bits) => u64::from(bits.precision),
            None => (self.size as u64).saturating_mul(8),
        };
        match &self.class {
            ElementClass::Signed => write!(f, "int{bits}"),
            ElementClass::Unsigned => write!(f, "uint{bits}"),
            ElementClass::Float => write!(f, "float{bits}"),
            ElementClass::Bool => f.write_str("bool"),
            ElementClass::Text(_) | ElementClass::VariableText => f.write_str("text"),
            ElementClass::Time => write!(f, "time{bits}"),
            ElementClass::NumpyTime { .. } => f.write_str("datetime64"),
            ElementClass::Compound(_) => f.write_str("compound"),
            ElementClass::Array { shape, base } => write!(f, "{base} x {shape:?}"),
            ElementClass::Other(name) => f.write_str(name),
        }?;
        if self.big_endian && self.size > 1 && self.data_type().is_some() {
            f.write_str(" big-endian")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn float(size: usize) -> ElementType {
        ElementType {
            class: ElementClass::Float,
            size,
            big_endian: false,
            bits: None,
        }
    }

    #[test]
    fn leaves_of_compounds_and_arrays() {
        let of = |class, size| ElementType {
            class,
            ..float(size)
        };
        let array = |shape: &[u64], base: ElementType, size| {
            let (shape, base) = (shape.to_vec(), Box::new(base));
            of(ElementClass::Array { shape, base }, size)
        };
        let member = |name: &str, offset, element| Member {
            name: name.into(),
            offset,
            element,
        };
        let inner = of(ElementClass::Compound(vec![member("u", 4, float(4))]), 8);
        let whole = of(
            ElementClass::Compound(vec![
                member("a", 0, float(8)),
                member("m", 8, array(&[2], array(&[3], float(8), 24), 48)),
                member("in", 56, inner.clone()),
                member("many", 64, array(&[2], inner, 16)),
            ]),
            80,
        );
        let found: Vec<_> = whole.leaves();
        let found: Vec<_> = found
            .iter()
            .map(|l| (l.name.as_str(), l.offset, l.shape.as_slice()))
            .collect();
        let expected: [(&str, usize, &[u64]); 3] =
            [("a", 0, &[]), ("m", 8, &[2, 3]), ("in.u", 60, &[])];
        assert_eq!(found, expected);
        assert_eq!(float(8).leaves().len(), 1);
    }

    #[test]
    fn texts_lose_their_padding_only() {
        assert_eq!(Padding::NulTerminated.strip(b"ab\0c\0"), b"ab");
        assert_eq!(Padding::Nuls.strip(b"ab\0c\0"), b"ab\0c");
        assert_eq!(Padding::Spaces.strip(b"a b  "), b"a b");
        assert_eq!(Padding::Nuls.strip(b"\0\0"), b"");
        assert_eq!(Padding::NulTerminated.strip(b"abc"), b"abc");
    }
}
