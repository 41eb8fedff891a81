//! Categories as data: what an axis has bins for, and what a survey finds.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Values of one type, each once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Categories {
    /// The two truth values, false first.
    Truths,
    /// Texts, as bytes.
    Texts(Vec<Vec<u8>>),
    /// Signed integers.
    I64(Vec<i64>),
    /// Unsigned integers.
    U64(Vec<u64>),
}

/// The most categories of one axis.
pub const MAX_CATEGORIES: usize = 65_536;
/// The most bytes of one text.
pub const MAX_CATEGORY_BYTES: usize = 1024;
/// The most bytes of all texts together: what a survey holds is bounded by it.
pub const MAX_TEXT_BYTES: usize = 16 << 20;

/// Why values make no categories.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Excess {
    /// More than [`MAX_CATEGORIES`].
    #[error("more than {MAX_CATEGORIES} categories, the most that an axis has")]
    Categories,
    /// A text of more than [`MAX_CATEGORY_BYTES`].
    #[error("a text of {0} bytes, where a category has at most {MAX_CATEGORY_BYTES}")]
    Length(usize),
    /// Texts of more than [`MAX_TEXT_BYTES`].
    #[error("texts of more than {} MiB in all, the most that the categories of an axis have", MAX_TEXT_BYTES >> 20)]
    Text,
}

impl Categories {
    /// The number of categories.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Truths => 2,
            Self::Texts(v) => v.len(),
            Self::I64(v) => v.len(),
            Self::U64(v) => v.len(),
        }
    }

    /// Whether there are none, as where there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether they are within the limits.
    ///
    /// # Errors
    /// What there is too much of.
    pub fn check(&self) -> Result<(), Excess> {
        if self.len() > MAX_CATEGORIES {
            return Err(Excess::Categories);
        }
        let Self::Texts(texts) = self else {
            return Ok(());
        };
        if let Some(long) = texts.iter().find(|t| t.len() > MAX_CATEGORY_BYTES) {
            return Err(Excess::Length(long.len()));
        }
        let bytes: usize = texts.iter().map(Vec::len).sum();
        if bytes > MAX_TEXT_BYTES {
            return Err(Excess::Text);
        }
        Ok(())
    }

    /// What the categories are called: texts as they are, integers in decimal digits.
    ///
    /// Bytes that are no UTF-8 are written `\xff`, NUL `\0`.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        match self {
            Self::Truths => vec!["false".into(), "true".into()],
            Self::Texts(v) => v.iter().map(|t| text_name(t)).collect(),
            Self::I64(v) => v.iter().map(ToString::to_string).collect(),
            Self::U64(v) => v.iter().map(ToString::to_string).collect(),
        }
    }

    /// The name of the type of the values.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Truths => "bool",
            Self::Texts(_) => "string",
            Self::I64(_) => "int64",
            Self::U64(_) => "uint64",
        }
    }
}

fn text_name(text: &[u8]) -> String {
    let mut name = String::new();
    for chunk in text.utf8_chunks() {
        name.push_str(&chunk.valid().replace('\0', "\\0"));
        let invalid = chunk.invalid().iter().copied();
        name.extend(invalid.flat_map(std::ascii::escape_default).map(char::from));
    }
    name
}
