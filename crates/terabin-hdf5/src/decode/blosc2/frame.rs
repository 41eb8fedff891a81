//! A contiguous frame: a header, its chunks, the chunk with their places, a trailer.
//!
//! Reference: C-Blosc2's README_CFRAME_FORMAT. The header is MessagePack with every
//! field at a fixed place, so that places are all that is needed.

use super::chunk::{Chunk, Content};
use super::{Context, damaged, repeat, short, unsupported};
use crate::decode::{DecodeError, fields};

/// What a frame with one chunk holds.
pub(super) struct Frame<'a> {
    /// Its chunk.
    pub(super) chunk: Chunk<'a>,
    /// Bytes of an item of the array.
    pub(super) item: usize,
    /// The description of the array, where it is one.
    pub(super) metalayer: Option<&'a [u8]>,
}

impl<'a> Frame<'a> {
    /// Finds the chunk in the bytes of a frame.
    pub(super) fn parse(context: &mut Context, input: &'a [u8]) -> Result<Self, DecodeError> {
        if fields::array(input, 2) != Some(*b"b2frame\0") {
            return Err(damaged("it is no frame"));
        }
        let size = |at| fields::be64(input, at).ok_or_else(short);
        let small = |at| fields::be32(input, at).ok_or_else(short);
        let input = input.get(..size(FRAME_LENGTH)?).ok_or_else(short)?;
        let body = input.get(small(HEADER_LENGTH)?..).ok_or_else(short)?;
        let (chunks, index) = body
            .split_at_checked(size(STORED_LENGTH)?)
            .ok_or_else(short)?;
        let (length, item) = (size(LENGTH)?, small(ITEM)?);
        if length == 0 || length > small(CHUNK_LENGTH)? || item == 0 {
            return Err(unsupported("has another number of chunks than one"));
        }
        let chunk = match place(context, index)? {
            Place::At(at) => Chunk::parse(chunks.get(at..).ok_or_else(short)?)?,
            Place::Special(kind) => Chunk::special(kind, length, item)?,
        };
        if chunk.length != length {
            return Err(damaged("its chunk has another length than it says"));
        }
        Ok(Self {
            chunk,
            item,
            metalayer: metalayer(input)?,
        })
    }
}

// Places in the header.
const HEADER_LENGTH: usize = 11;
const FRAME_LENGTH: usize = 16;
const LENGTH: usize = 30;
const STORED_LENGTH: usize = 39;
const ITEM: usize = 48;
const CHUNK_LENGTH: usize = 58;
const METALAYERS: usize = 92;

/// Where the chunk is: in the chunks, or nowhere since all its values are the same.
enum Place {
    At(usize),
    Special(u8),
}

/// The place of the one chunk, out of the `index` chunk.
fn place(context: &mut Context, index: &[u8]) -> Result<Place, DecodeError> {
    let index = Chunk::parse(index)?;
    let mut bytes = [0; 8];
    if index.length != bytes.len() {
        return Err(unsupported("has another number of chunks than one"));
    }
    match index.content {
        Content::Repeated(value) => repeat(value, &mut bytes)?,
        _ => index.decode(context, 0, &mut bytes)?,
    }
    let [.., last] = bytes;
    if last & 0x80 != 0 {
        return Ok(Place::Special(last & 0x7f));
    }
    let at = usize::try_from(u64::from_le_bytes(bytes)).map_err(|_| short())?;
    Ok(Place::At(at))
}

/// The content of the metalayer that describes an array, if the frame has one.
///
/// The map from names to places in the frame follows the fixed part of the header.
fn metalayer(input: &[u8]) -> Result<Option<&[u8]>, DecodeError> {
    let [high, low] = fields::array(input, METALAYERS).ok_or_else(short)?;
    let mut rest = input.get(METALAYERS + 2..).ok_or_else(short)?;
    for _ in 0..u16::from_be_bytes([high, low]) {
        let (&tag, after) = rest.split_first().ok_or_else(short)?;
        let length = usize::from(tag & 0x1f);
        let (name, after) = after.split_at_checked(length).ok_or_else(short)?;
        if name == b"b2nd" || name == b"caterva" {
            let at = fields::be32(after, 1).ok_or_else(short)?;
            let content = input.get(at..).ok_or_else(short)?;
            let length = fields::be32(content, 1).ok_or_else(short)?;
            let content = content[5..].get(..length).ok_or_else(short)?;
            return Ok(Some(content));
        }
        rest = after.get(5..).ok_or_else(short)?;
    }
    Ok(None)
}
