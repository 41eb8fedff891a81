//! A chunk: a header, the places of its blocks, and the blocks.
//!
//! Little-endian. As in Blosc 1, but with a header of 32 bytes that names up to six
//! filters, with streams that are runs of one byte, and chunks that are runs of one
//! value. Reference: C-Blosc2's README_CHUNK_FORMAT.

use super::filters::Filters;
use super::{damaged, short, unsupported};
use crate::decode::blosc_stream::{Codecs, Compressor, Context};
use crate::decode::{DecodeError, fields, grow};

/// A chunk whose header is checked.
pub(super) struct Chunk<'a> {
    /// Bytes of the values.
    pub(super) length: usize,
    /// Bytes of the values of each block but a shorter last one; never 0.
    pub(super) block: usize,
    /// Where the values come from.
    pub(super) content: Content<'a>,
    element: usize,
    filters: Filters,
}

/// Where the values of a chunk come from.
pub(super) enum Content<'a> {
    /// One value over and over.
    Repeated(&'a [u8]),
    /// All blocks as they are.
    Plain(&'a [u8]),
    /// Compressed streams.
    Blocks(Blocks<'a>),
}

/// Compressed blocks.
pub(super) struct Blocks<'a> {
    chunk: &'a [u8],
    /// Where the chunk has the blocks' places.
    places: usize,
    compressor: Compressor,
    /// Streams of each block but a shorter last one.
    streams: usize,
}

/// Bytes of the header of Blosc 1.
const SHORT_HEADER: usize = 16;
/// Bytes of the header with filters.
const HEADER: usize = 32;
/// The newest format version.
const VERSION: u8 = 6;
/// Flags: the two bits that no Blosc 1 chunk has both, for a header with filters.
const EXTENDED: u8 = 0x05;
/// Nothing is compressed or filtered.
const PLAIN: u8 = 0x02;
/// Each block is one stream.
const UNSPLIT: u8 = 0x10;

impl<'a> Chunk<'a> {
    /// Checks the header at the beginning of `input`, which may be longer.
    pub(super) fn parse(input: &'a [u8]) -> Result<Self, DecodeError> {
        let [version, _, flags, element] = fields::array(input, 0).ok_or_else(short)?;
        let size = |at| fields::le32(input, at).ok_or_else(short);
        let (length, block) = (size(4)?, size(8)?);
        if version > VERSION {
            return Err(unsupported("has a format version above 6"));
        }
        if block == 0 || element == 0 {
            return Err(damaged("its block or element size is 0"));
        }
        let chunk = input.get(..size(12)?).ok_or_else(short)?;
        let extended = flags & EXTENDED == EXTENDED;
        let (header, filters, special) = if extended {
            let filters = Filters::parse(version, fields::array(chunk, 16).ok_or_else(short)?)?;
            (HEADER, filters, special(chunk)?)
        } else {
            (SHORT_HEADER, Filters::of_flags(version, flags), 0)
        };
        let content = match special {
            0 => stored(flags, element, header, chunk)?,
            VALUE => Content::Repeated(chunk.get(HEADER..).ok_or_else(short)?),
            kind => Content::Repeated(special_value(kind, usize::from(element))?),
        };
        Ok(Self {
            length,
            block: block.min(length.max(1)),
            content,
            element: usize::from(element),
            filters,
        })
    }

    /// A chunk of `length` bytes without any data, all of the same value.
    pub(super) fn special(kind: u8, length: usize, item: usize) -> Result<Self, DecodeError> {
        Ok(Self {
            length,
            block: length.max(1),
            content: Content::Repeated(special_value(kind, item)?),
            element: item,
            filters: Filters::default(),
        })
    }

    /// Decodes block `index` to all of `out`; the first block before all others.
    pub(super) fn decode(
        &self,
        context: &mut Context,
        index: usize,
        out: &mut [u8],
    ) -> Result<(), DecodeError> {
        let blocks = match &self.content {
            Content::Repeated(value) => return super::repeat(value, out),
            Content::Plain(bytes) => {
                let start = index.saturating_mul(self.block);
                let bytes = bytes.get(start..).ok_or_else(short)?;
                out.copy_from_slice(bytes.get(..out.len()).ok_or_else(short)?);
                return Ok(());
            }
            Content::Blocks(blocks) => blocks,
        };
        if self.filters.is_empty() {
            return blocks.decompress(&mut context.codecs, index, self.block, out);
        }
        grow(&mut context.block, out.len())?;
        let filtered = &mut context.block[..out.len()];
        blocks.decompress(&mut context.codecs, index, self.block, filtered)?;
        self.filters.undo(context, self.element, index, out)
    }
}

/// Which special value the chunk has all over, 0 for none.
fn special(chunk: &[u8]) -> Result<u8, DecodeError> {
    let [more, flags] = fields::array(chunk, 30).ok_or_else(short)?;
    let what = match (more, flags) {
        (1.., _) => "has blocks of different lengths",
        (_, flags) if flags & 0x01 != 0 => "has a dictionary",
        (_, flags) if flags & 0x08 != 0 => "has its blocks elsewhere",
        (_, flags) if flags & 0x80 != 0 => "has measurements in place of values",
        _ => return Ok(flags >> 4),
    };
    Err(unsupported(what))
}

const ZEROS: u8 = 1;
const NANS: u8 = 2;
const VALUE: u8 = 3;
const UNINITIALIZED: u8 = 4;

/// The value; what was never written reads as 0.
fn special_value(kind: u8, item: usize) -> Result<&'static [u8], DecodeError> {
    const NAN4: [u8; 4] = 0x7fc0_0000_u32.to_le_bytes();
    const NAN8: [u8; 8] = 0x7ff8_0000_0000_0000_u64.to_le_bytes();
    match (kind, item) {
        (ZEROS | UNINITIALIZED, _) => Ok(&[0]),
        (NANS, 4) => Ok(&NAN4),
        (NANS, 8) => Ok(&NAN8),
        _ => Err(damaged("its special value is unknown")),
    }
}

fn stored(flags: u8, element: u8, header: usize, chunk: &[u8]) -> Result<Content<'_>, DecodeError> {
    if flags & PLAIN != 0 {
        return Ok(Content::Plain(chunk.get(header..).ok_or_else(short)?));
    }
    let compressor = match Compressor::of(flags) {
        None | Some(Compressor::Snappy) => {
            return Err(unsupported("has a compressor that is not Blosc2's own"));
        }
        Some(c) => c,
    };
    Ok(Content::Blocks(Blocks {
        chunk,
        places: header,
        compressor,
        streams: if flags & UNSPLIT == 0 {
            usize::from(element)
        } else {
            1
        },
    }))
}

impl Blocks<'_> {
    /// Decompresses the streams of block `index` to all of `out`; all blocks but the
    /// last have `block` bytes.
    fn decompress(
        &self,
        codecs: &mut Codecs,
        index: usize,
        block: usize,
        out: &mut [u8],
    ) -> Result<(), DecodeError> {
        let place = index.saturating_mul(4).saturating_add(self.places);
        let start = fields::le32(self.chunk, place).ok_or_else(short)?;
        let mut rest = self.chunk.get(start..).ok_or_else(short)?;
        let streams = if out.len() == block { self.streams } else { 1 };
        if out.is_empty() || !out.len().is_multiple_of(streams) {
            return Err(damaged("its block size is no multiple of the element size"));
        }
        for part in out.chunks_mut(out.len() / streams) {
            rest = self.stream(codecs, rest, part)?;
        }
        Ok(())
    }

    /// One stream after its size: 0 for zeros, a negative one for a run of a byte.
    fn stream<'b>(
        &self,
        codecs: &mut Codecs,
        input: &'b [u8],
        out: &mut [u8],
    ) -> Result<&'b [u8], DecodeError> {
        let size = i32::from_le_bytes(fields::array(input, 0).ok_or_else(short)?);
        let rest = &input[4..];
        let Ok(stored) = usize::try_from(size) else {
            let (&token, rest) = rest.split_first().ok_or_else(short)?;
            return match u8::try_from(size.unsigned_abs()) {
                Ok(value) if token & 1 == 1 => {
                    out.fill(value);
                    Ok(rest)
                }
                _ => Err(unsupported("has an unknown kind of run")),
            };
        };
        let (stream, rest) = rest.split_at_checked(stored).ok_or_else(short)?;
        if stored == 0 {
            out.fill(0);
        } else {
            codecs.decompress(self.compressor, stream, out)?;
        }
        Ok(rest)
    }
}
