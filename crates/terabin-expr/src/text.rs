//! Comparisons of texts, byte by byte.

use terabin_core::batch::Texts;

use crate::kernel::{Done, Failure, Relation};

/// The texts of an operand.
#[derive(Clone, Copy, Debug)]
pub(crate) enum TextLane<'a> {
    Rows(Texts<'a>),
    Constant(&'a str),
}

/// Writes whether texts are equal, or differ.
pub(crate) fn relate(
    relation: Relation,
    left: TextLane<'_>,
    right: TextLane<'_>,
    target: &mut [bool],
) -> Done {
    let wanted = match relation {
        Relation::Equal => true,
        Relation::NotEqual => false,
        Relation::Less | Relation::LessEqual => return Err(Failure::Types),
    };
    for (row, t) in target.iter_mut().enumerate() {
        *t = (left.get(row) == right.get(row)) == wanted;
    }
    Ok(())
}

impl<'a> TextLane<'a> {
    #[inline]
    fn get(self, row: usize) -> &'a [u8] {
        match self {
            Self::Rows(texts) => texts.get(row),
            Self::Constant(text) => text.as_bytes(),
        }
    }
}
