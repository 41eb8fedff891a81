//! The filters of a chunk, undone block by block.

use super::{Context, unsupported};
use crate::decode::{DecodeError, bitunshuffle::bitunshuffle, grow, shuffle};

/// The filters in the order in which they are undone.
#[derive(Default)]
pub(super) struct Filters {
    /// The last ones undone come last.
    moving: [Moving; SLOTS],
    /// Whether, after all others, the first block is taken from the others.
    delta: bool,
}

/// A filter that moves bytes, from one buffer to another.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Moving {
    #[default]
    Nothing,
    /// Bytes of elements, of a size of its own where this is not 0.
    Shuffle(u8),
    /// Bits of elements.
    Bitshuffle,
    /// Bits of elements, in blocks with a multiple of eight elements.
    BitshuffleWhole,
}

/// Filters that a chunk can have.
const SLOTS: usize = 6;
/// The last format version with five filters.
const FIVE_FILTERS: u8 = 3;
/// The last format version that bitshuffles blocks with a multiple of eight only.
const WHOLE_BLOCKS: u8 = 2;
/// Flags of a chunk without named filters.
const SHUFFLED: u8 = 0x01;
const BITSHUFFLED: u8 = 0x04;
const DELTA: u8 = 0x08;

impl Filters {
    /// The filters that the second half of a header names: six numbers, and from the
    /// eighth byte on a parameter for each.
    pub(super) fn parse(version: u8, header: [u8; 14]) -> Result<Self, DecodeError> {
        let mut filters = Self::default();
        let slots = SLOTS - usize::from(version == FIVE_FILTERS);
        for (place, slot) in (0..slots).rev().zip(&mut filters.moving) {
            *slot = match header[place] {
                // Bits that were cut off before compression are gone.
                0 | 4 => continue,
                _ if filters.delta => {
                    return Err(unsupported("has a delta filter after another filter"));
                }
                1 => Moving::Shuffle(header[8 + place]),
                2 => bitshuffle(version),
                3 => {
                    filters.delta = true;
                    continue;
                }
                _ => return Err(unsupported("has a filter that is not Blosc2's own")),
            };
        }
        Ok(filters)
    }

    /// The filters of a chunk whose header has no place for them.
    pub(super) fn of_flags(version: u8, flags: u8) -> Self {
        let mut filters = Self {
            delta: flags & DELTA != 0,
            ..Self::default()
        };
        if flags & SHUFFLED != 0 {
            filters.moving[0] = Moving::Shuffle(0);
        } else if flags & BITSHUFFLED != 0 {
            filters.moving[0] = bitshuffle(version);
        }
        filters
    }

    /// Whether a block's bytes are its values.
    pub(super) fn is_empty(&self) -> bool {
        !self.delta && self.moving.iter().all(|&m| m == Moving::Nothing)
    }

    /// Undoes the filters of a block, from the context's buffer to all of `out`.
    pub(super) fn undo(
        &self,
        context: &mut Context,
        element: usize,
        index: usize,
        out: &mut [u8],
    ) -> Result<(), DecodeError> {
        let length = out.len();
        let mut moving = self.moving.iter().filter(|&&m| m != Moving::Nothing);
        let last = moving.next_back();
        for filter in moving {
            grow(&mut context.second, length)?;
            filter.undo(
                element,
                &context.block[..length],
                &mut context.second[..length],
            )?;
            std::mem::swap(&mut context.block, &mut context.second);
        }
        let bytes = context.block.get(..length).unwrap_or(&context.block);
        last.unwrap_or(&Moving::Nothing).undo(element, bytes, out)?;
        if self.delta {
            undo_delta(&mut context.first, element, index, out)?;
        }
        Ok(())
    }
}

fn bitshuffle(version: u8) -> Moving {
    if version == WHOLE_BLOCKS {
        Moving::BitshuffleWhole
    } else {
        Moving::Bitshuffle
    }
}

impl Moving {
    fn undo(self, element: usize, input: &[u8], out: &mut [u8]) -> Result<(), DecodeError> {
        match self {
            Self::Shuffle(0) => shuffle::decode(element, input, out).map(|_| ()),
            Self::Shuffle(n) => shuffle::decode(usize::from(n), input, out).map(|_| ()),
            Self::BitshuffleWhole if !(input.len() / element.max(1)).is_multiple_of(8) => {
                out.copy_from_slice(input);
                Ok(())
            }
            Self::Bitshuffle | Self::BitshuffleWhole => bitunshuffle(element, input, out),
            Self::Nothing => {
                out.copy_from_slice(input);
                Ok(())
            }
        }
    }
}

/// Exclusive or of whole units: with the unit before in the first block, with the
/// first block in the others.
fn undo_delta(
    first: &mut Vec<u8>,
    element: usize,
    index: usize,
    out: &mut [u8],
) -> Result<(), DecodeError> {
    let unit = match element {
        1 | 2 | 4 | 8 => element,
        n if n % 8 == 0 => 8,
        _ => 1,
    };
    let whole = out.len() - out.len() % unit;
    if index == 0 {
        for i in unit..whole {
            out[i] ^= out[i - unit];
        }
        grow(first, out.len())?;
        first[..out.len()].copy_from_slice(out);
        return Ok(());
    }
    for (byte, reference) in out[..whole].iter_mut().zip(first) {
        *byte ^= *reference;
    }
    Ok(())
}
