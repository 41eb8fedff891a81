//! From the stored bytes of a chunk to its elements: the filters, undone in reverse.
//!
//! Each filter is one file with pure functions from bytes to bytes.

mod bits;
mod bitshuffle;
mod bitunshuffle;
mod blosc;
mod blosc2;
mod blosc_stream;
mod blosclz;
mod bzip2;
mod deflate;
mod fields;
mod fletcher32;
mod lz4;
mod lz77;
mod lzf;
mod nbit;
mod scaleoffset;
mod shuffle;
mod szip;
mod zstd;

pub(crate) use shuffle::{shuffle, unshuffle};

use crate::description::Filter;

/// The number of deflate (gzip).
pub const DEFLATE: i32 = 1;
/// The number of the byte shuffle.
pub const SHUFFLE: i32 = 2;
/// The number of the Fletcher32 checksum.
pub const FLETCHER32: i32 = 3;
/// The number of LZ4.
pub const LZ4: i32 = 32004;
/// The number of Zstandard.
pub const ZSTD: i32 = 32015;

const SZIP: i32 = 4;
const NBIT: i32 = 5;
const SCALEOFFSET: i32 = 6;
const BZIP2: i32 = 307;
const LZF: i32 = 32000;
const BLOSC: i32 = 32001;
const BITSHUFFLE: i32 = 32008;
const BLOSC2: i32 = 32026;

/// Whether this module undoes a filter.
pub(crate) fn supported(id: i32) -> bool {
    matches!(
        id,
        DEFLATE
            | SHUFFLE
            | FLETCHER32
            | SZIP
            | NBIT
            | SCALEOFFSET
            | BZIP2
            | LZF
            | BLOSC
            | LZ4
            | BITSHUFFLE
            | ZSTD
            | BLOSC2
    )
}

/// Undoes the filters of one stored chunk, which must give exactly `expected` bytes.
///
/// Bit `i` of `mask` is set where filter `i` was skipped; `element` is the size of an
/// element in bytes. For trials and fuzzing: readers keep their buffers from chunk to
/// chunk.
///
/// # Errors
/// Damaged data, a result of another length, an unknown filter, as a text.
pub fn decode_chunk(
    filters: &[Filter],
    mask: u32,
    element: usize,
    stored: &[u8],
    expected: usize,
) -> Result<Vec<u8>, String> {
    let mut decoder = Decoder::default();
    let mut out = Vec::new();
    let buffer = decoder.stored(stored.len()).map_err(|e| e.to_string())?;
    buffer.copy_from_slice(stored);
    decoder
        .decode(filters, mask, element, stored.len(), expected, &mut out)
        .map_err(|e| e.to_string())?;
    out.truncate(expected);
    Ok(out)
}

/// The common name of a filter.
#[must_use]
pub fn filter_name(id: i32) -> Option<&'static str> {
    Some(match id {
        DEFLATE => "gzip",
        SHUFFLE => "shuffle",
        FLETCHER32 => "fletcher32",
        SZIP => "szip",
        NBIT => "nbit",
        SCALEOFFSET => "scaleoffset",
        BZIP2 => "bzip2",
        LZF => "lzf",
        BLOSC => "blosc",
        LZ4 => "lz4",
        BITSHUFFLE => "bitshuffle",
        32013 => "zfp",
        ZSTD => "zstd",
        32017 => "sz",
        32024 => "sz3",
        BLOSC2 => "blosc2",
        _ => return None,
    })
}

/// Why stored bytes cannot be decoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DecodeError {
    /// A filter's own framing or checksum is wrong.
    #[error("{filter} data is damaged: {reason}")]
    Damaged {
        filter: &'static str,
        reason: String,
    },
    /// The result has another length than a chunk.
    #[error("the chunk decodes to {found} bytes instead of {expected}")]
    Length { found: usize, expected: usize },
    /// A form of a filter that is known and not undone.
    #[error(
        "{filter} data {what}, which is not supported; rewrite the file with `h5repack -f GZIP=4`"
    )]
    Unsupported {
        filter: &'static str,
        what: &'static str,
    },
    /// A filter that this module does not know.
    #[error("filter {0} is unknown")]
    Unknown(i32),
    /// A buffer of this size cannot be had.
    #[error("a buffer of {0} bytes cannot be had")]
    Memory(usize),
}

impl DecodeError {
    fn damaged(filter: &'static str, reason: impl std::fmt::Display) -> Self {
        Self::Damaged {
            filter,
            reason: reason.to_string(),
        }
    }
}

/// Undoes the filters of one chunk after the other with the same buffers.
#[derive(Default)]
pub(crate) struct Decoder {
    front: Vec<u8>,
    back: Vec<u8>,
    deflate: deflate::Context,
    zstd: zstd::Context,
    blosc: blosc_stream::Context,
    bitshuffle: bitshuffle::Context,
}

impl Decoder {
    /// A buffer of `length` bytes for the stored chunk, to fill before [`Decoder::decode`].
    pub(crate) fn stored(&mut self, length: usize) -> Result<&mut [u8], DecodeError> {
        grow(&mut self.front, length)?;
        Ok(&mut self.front[..length])
    }

    /// Decodes the `stored` bytes in the buffer to exactly `expected` bytes in `out`.
    pub(crate) fn decode(
        &mut self,
        filters: &[Filter],
        mask: u32,
        element: usize,
        stored: usize,
        expected: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), DecodeError> {
        let limit = limit(filters, expected);
        let mut length = stored;
        for (i, filter) in filters.iter().enumerate().rev() {
            if u32::try_from(i).is_ok_and(|i| mask.checked_shr(i).unwrap_or(0) & 1 == 1) {
                continue;
            }
            length = self.undo(filter, element, length, limit)?;
        }
        if length != expected {
            return Err(DecodeError::Length {
                found: length,
                expected,
            });
        }
        if self.front.capacity() <= limit.saturating_add(SPARE) {
            std::mem::swap(&mut self.front, out);
            return Ok(());
        }
        // A buffer that a larger chunk needed stays here: kept with a small chunk, it
        // would be missing here and made anew for the next large one.
        grow(out, expected)?;
        out[..expected].copy_from_slice(&self.front[..expected]);
        Ok(())
    }

    fn undo(
        &mut self,
        filter: &Filter,
        element: usize,
        length: usize,
        limit: usize,
    ) -> Result<usize, DecodeError> {
        let input = self.front.get(..length).unwrap_or(&self.front);
        if filter.id == FLETCHER32 {
            return fletcher32::strip(input).map(<[u8]>::len);
        }
        grow(&mut self.back, limit)?;
        let output = &mut self.back[..limit];
        let produced = match filter.id {
            DEFLATE => deflate::decode(&mut self.deflate, input, output),
            SHUFFLE => shuffle::decode(shuffle_element(filter, element), input, output),
            LZ4 => lz4::decode(input, output),
            ZSTD => zstd::decode(&mut self.zstd, input, output),
            SZIP => szip::decode(&filter.values, input, output),
            NBIT => nbit::decode(&filter.values, input, output),
            SCALEOFFSET => scaleoffset::decode(&filter.values, input, output),
            BZIP2 => bzip2::decode(input, output),
            LZF => lzf::decode(input, output),
            BLOSC => blosc::decode(&mut self.blosc, input, output),
            BITSHUFFLE => bitshuffle::decode(&mut self.bitshuffle, &filter.values, input, output),
            BLOSC2 => blosc2::decode(&mut self.blosc, &filter.values, input, output),
            id => Err(DecodeError::Unknown(id)),
        }?;
        std::mem::swap(&mut self.front, &mut self.back);
        Ok(produced)
    }
}

/// Bytes that a chunk's buffer may be larger than the chunk.
const SPARE: usize = 1 << 10;

/// The element size that the file gives to the shuffle, which may differ from the type's.
fn shuffle_element(filter: &Filter, element: usize) -> usize {
    filter
        .values
        .first()
        .and_then(|&v| usize::try_from(v).ok())
        .unwrap_or(element)
}

/// The filters without a shuffle of elements of this size that is undone last, and the
/// mask for them: such elements may stay shuffled until they are wanted.
pub(crate) fn without_shuffle(
    filters: &[Filter],
    mask: u32,
    element: usize,
) -> Option<(&[Filter], u32)> {
    let (first, rest) = filters.split_first()?;
    let shuffled = first.id == SHUFFLE && shuffle_element(first, element) == element;
    (shuffled && mask & 1 == 0).then_some((rest, mask >> 1))
}

/// No step of the pipeline may produce more: the chunk with what each filter that was
/// applied after it made it longer by.
pub(crate) fn limit(filters: &[Filter], expected: usize) -> usize {
    let longer = HEADER.saturating_add(expected / SHARE);
    expected.saturating_add(filters.len().saturating_mul(longer))
}

/// Headers, tables and checksums: the most bytes by which a filter makes short data
/// longer; bzip2 by 600.
const HEADER: usize = 640;
/// Data that cannot be made shorter get longer by less than this part: lzf by a 32nd, LZ4
/// by a 255th, deflate by a 3000th.
const SHARE: usize = 32;

fn grow(buffer: &mut Vec<u8>, length: usize) -> Result<(), DecodeError> {
    if buffer.len() < length {
        let more = length - buffer.len();
        buffer
            .try_reserve_exact(more)
            .map_err(|_| DecodeError::Memory(length))?;
        buffer.resize(length, 0);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::fletcher32::checksum;
    use super::*;

    fn filter(id: i32, values: &[u32]) -> Filter {
        Filter {
            id,
            name: String::new(),
            values: values.to_vec(),
        }
    }

    fn run(
        filters: &[Filter],
        mask: u32,
        stored: &[u8],
        expected: usize,
    ) -> Result<Vec<u8>, DecodeError> {
        let mut decoder = Decoder::default();
        decoder.stored(stored.len())?.copy_from_slice(stored);
        let mut out = Vec::new();
        decoder.decode(filters, mask, 2, stored.len(), expected, &mut out)?;
        out.truncate(expected);
        Ok(out)
    }

    #[test]
    fn each_mask_bit_skips_its_own_filter() {
        let filters = [filter(SHUFFLE, &[2]), filter(FLETCHER32, &[])];
        let shuffled = [1, 3, 2, 4];
        let mut stored = shuffled.to_vec();
        stored.extend(checksum(&shuffled).to_le_bytes());
        assert_eq!(run(&filters, 0, &stored, 4), Ok(vec![1, 2, 3, 4]));
        assert_eq!(run(&filters, 0b01, &stored, 4), Ok(vec![1, 3, 2, 4]));
        assert_eq!(run(&filters, 0b10, &shuffled, 4), Ok(vec![1, 2, 3, 4]));
        assert_eq!(run(&filters, 0b11, &shuffled, 4), Ok(shuffled.to_vec()));
    }

    #[test]
    fn another_length_is_an_error() {
        let expected = DecodeError::Length {
            found: 3,
            expected: 4,
        };
        assert_eq!(run(&[], 0, &[1, 2, 3], 4), Err(expected));
        assert_eq!(
            run(&[filter(9, &[])], 0, &[1], 1),
            Err(DecodeError::Unknown(9))
        );
    }
}
