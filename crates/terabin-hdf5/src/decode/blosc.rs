//! Filter 32001: one chunk of Blosc 1.
//!
//! Little-endian. A header of 16 bytes: format version, compressor version, flags,
//! element size; then 4 bytes each of original size, block size and stored size. Then
//! 4 bytes for each block with its place in the chunk, and the blocks: one stream, or
//! one for each byte of the elements, each after 4 bytes with its stored size.
//! Reference: C-Blosc's README_CHUNK_FORMAT.

use super::blosc_stream::{Codecs, Compressor, Context};
use super::{DecodeError, bitunshuffle::bitunshuffle, fields, grow, shuffle};

/// Decodes `input` into the beginning of `output` and gives the length.
pub(super) fn decode(
    context: &mut Context,
    input: &[u8],
    output: &mut [u8],
) -> Result<usize, DecodeError> {
    let header = Header::parse(input)?;
    let length = header.length;
    let output = output
        .get_mut(..length)
        .ok_or_else(|| damaged(&format!("it claims {length} bytes, more than a chunk has")))?;
    if length == 0 {
        return Ok(0);
    }
    if header.block == 0 || header.block > length || header.element == 0 {
        return Err(damaged("its block or element size is out of range"));
    }
    let chunk = input.get(..header.stored).ok_or_else(short)?;
    if header.flags & PLAIN != 0 {
        let bytes = chunk.get(HEADER..).ok_or_else(short)?;
        output.copy_from_slice(bytes.get(..length).ok_or_else(short)?);
        return Ok(length);
    }
    let compressor = Compressor::of(header.flags).ok_or(DecodeError::Unsupported {
        filter: "blosc",
        what: "has a compressor that is not Blosc's own",
    })?;
    for (i, out) in output.chunks_mut(header.block).enumerate() {
        let start = fields::le32(chunk, HEADER + 4 * i).ok_or_else(short)?;
        let streams = chunk.get(start..).ok_or_else(short)?;
        block(context, &header, compressor, streams, out)?;
    }
    Ok(length)
}

struct Header {
    flags: u8,
    element: usize,
    length: usize,
    block: usize,
    stored: usize,
}

/// Bytes of the header.
const HEADER: usize = 16;
/// The format version that chunks have.
const VERSION: u8 = 2;
/// Flags: the bytes of elements are sorted by their place.
const SHUFFLED: u8 = 0x01;
/// Nothing is compressed or sorted.
const PLAIN: u8 = 0x02;
/// The bits of elements are sorted by their place.
const BITSHUFFLED: u8 = 0x04;
/// Kept for later versions.
const RESERVED: u8 = 0x08;
/// Each block is one stream.
const UNSPLIT: u8 = 0x10;
/// Elements with more bytes than this are never split.
const MOST_SPLITS: usize = 16;
/// Blocks with fewer elements than this are never split.
const FEWEST_SPLIT: usize = 128;

impl Header {
    fn parse(input: &[u8]) -> Result<Self, DecodeError> {
        let [version, _, flags, element] = fields::array(input, 0).ok_or_else(short)?;
        if version != VERSION || flags & RESERVED != 0 {
            return Err(DecodeError::Unsupported {
                filter: "blosc",
                what: "has another format version than 2",
            });
        }
        let size = |at| fields::le32(input, at).ok_or_else(short);
        Ok(Self {
            flags,
            element: usize::from(element),
            length: size(4)?,
            block: size(8)?,
            stored: size(12)?,
        })
    }

    /// The number of streams of a block.
    fn streams(&self, length: usize) -> usize {
        let split = self.flags & UNSPLIT == 0
            && length == self.block
            && self.element <= MOST_SPLITS
            && length / self.element >= FEWEST_SPLIT;
        if split { self.element } else { 1 }
    }
}

fn block(
    context: &mut Context,
    header: &Header,
    compressor: Compressor,
    streams: &[u8],
    out: &mut [u8],
) -> Result<(), DecodeError> {
    let codecs = &mut context.codecs;
    let shuffled = header.flags & SHUFFLED != 0 && header.element > 1;
    let bitshuffled =
        header.flags & BITSHUFFLED != 0 && (out.len() / header.element).is_multiple_of(8);
    if !shuffled && !bitshuffled {
        return decompress(codecs, header, compressor, streams, out);
    }
    grow(&mut context.block, out.len())?;
    let sorted = &mut context.block[..out.len()];
    decompress(codecs, header, compressor, streams, sorted)?;
    if shuffled {
        shuffle::decode(header.element, sorted, out).map(|_| ())
    } else {
        bitunshuffle(header.element, sorted, out)
    }
}

fn decompress(
    codecs: &mut Codecs,
    header: &Header,
    compressor: Compressor,
    streams: &[u8],
    out: &mut [u8],
) -> Result<(), DecodeError> {
    let count = header.streams(out.len());
    if !out.len().is_multiple_of(count) {
        return Err(damaged("its block size is no multiple of the element size"));
    }
    let mut rest = streams;
    for part in out.chunks_mut(out.len() / count) {
        let stored = fields::le32(rest, 0).ok_or_else(short)?;
        let (stream, after) = rest[4..].split_at_checked(stored).ok_or_else(short)?;
        codecs.decompress(compressor, stream, part)?;
        rest = after;
    }
    Ok(())
}

fn short() -> DecodeError {
    damaged("it is cut short")
}

fn damaged(reason: &str) -> DecodeError {
    DecodeError::damaged("blosc", reason)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // Written by hdf5plugin: 32-bit numbers 1000 * (i / 200) in four streams, and
    // 7 * (i / 9) with bits sorted where the elements are a multiple of eight.
    const SPLIT: &[u8] = b"\x02\x01\x01\x04\x00\x08\x00\x00\x00\x08\x00\x00n\x00\x00\x00\x14\
        \x00\x00\x00\x18\x00\x00\x00#\x00\x00\x00\x00\xe0\xba\x03\x01\x00\
        \xe8\xe0\xbd\x00\x01\xe8\xd0\xe0c\x00\x02\xd0\xd0\xd0\x18\x00\x00\
        \x00#\x00\x00\x00\x00\xe0\xba\x03\x01\x00\x03\xe0\xbd\x00\x01\x03\
        \x07\xe0c\x00\x02\x07\x07\x07\x0d\x00\x00\x00#\x00\x00\x00\x00\xe0\
        \xff\xf1\x03\x02\x00\x00\x00\x0d\x00\x00\x00#\x00\x00\x00\x00\xe0\
        \xff\xf1\x03\x02\x00\x00\x00";
    const LZ4: &[u8] = b"\x02\x014\x04\x90\x01\x00\x00\x90\x01\x00\x00U\x00\x00\x00\x14\x00\
        \x00\x00=\x00\x00\x00\x1f\x00\x01\x00\x10\x1f\x07\x04\x00\x10\x1f\
        \x0e\x04\x00\x10\x1f\x15\x04\x00\x10\x1f\x1c\x04\x00\x10\x1f#\x04\
        \x00\x10\x1f*\x04\x00\x10\x1f1\x04\x00\x10\x1f8\x04\x00\x10\x1f?\x04\
        \x00\x10\x1fF\x04\x00\x0fP\x00M\x00\x00\x00";
    const ZLIB: &[u8] = b"\x02\x01q\x04\x90\x01\x00\x00\x90\x01\x00\x00B\x00\x00\x00\x14\x00\
        \x00\x00*\x00\x00\x00x\xdac`\x80\x02v\x18\xe0\x83\x01Q\x18\x90\x81\
        \x01e\x18\xd0\x82\x01C\x18\xb0\x80\x01{\x18p\x83\x01_\x86Q@4\x00\x00\
        \xf8M\x0d\xd7";
    const ZSTD: &[u8] = b"\x02\x01\x94\x04\xa0\x01\x00\x00\xa0\x01\x00\x00`\x00\x00\x00\x14\
        \x00\x00\x00H\x00\x00\x00(\xb5/\xfd`\xa0\x00\xf5\x01\x00\x12\xc5\x0c\
        \x12\xe0i\x0c2\x18\xc2B\x07\x00f\x00\x10:\xdc\x08\xccM\x01\x9e\xac\
        \xff\x8f\xaa\xd6_\x14\x9bj\xf5\x12#\x10H\xfa\xa7*\xfe\x13|J>\x82O\
        \xab\xf32N\xb0:\x03\x02\x00A@\x8d\x13\x033";

    fn run(input: &[u8], output: &mut [u8]) -> Result<usize, DecodeError> {
        decode(&mut Context::default(), input, output)
    }

    /// A chunk with one block.
    fn one(flags: u8, element: u8, length: u32, stream: &[u8]) -> Vec<u8> {
        let size = u32::try_from(stream.len()).unwrap();
        let mut out = vec![2, 1, flags, element];
        for n in [length, length, 24 + size, 20, size] {
            out.extend(n.to_le_bytes());
        }
        out.extend(stream);
        out
    }

    #[test]
    fn decodes_what_hdf5plugin_wrote() {
        let numbers = |n: i32, step: i32, factor: i32| {
            (0..n)
                .flat_map(|i| (factor * (i / step)).to_le_bytes())
                .collect::<Vec<u8>>()
        };
        for (bytes, expected) in [
            (SPLIT, numbers(512, 200, 1000)),
            (LZ4, numbers(100, 9, 7)),
            (ZLIB, numbers(100, 9, 7)),
            (ZSTD, numbers(104, 9, 7)),
        ] {
            let mut out = vec![0; expected.len() + 1];
            assert_eq!(run(bytes, &mut out), Ok(expected.len()));
            assert_eq!(out[..expected.len()], expected);
            assert!(run(bytes, &mut out[..expected.len() - 1]).is_err());
        }
    }

    #[test]
    fn decodes_snappy_and_plain_chunks() {
        let bytes = [5; 300];
        let packed = snap::raw::Encoder::new().compress_vec(&bytes).unwrap();
        let mut out = [0; 300];
        assert_eq!(run(&one(0x50, 1, 300, &packed), &mut out), Ok(300));
        assert_eq!(out, bytes);
        let plain = [&[2, 1, PLAIN, 8, 3, 0, 0, 0, 3, 0, 0, 0, 19, 0, 0, 0, 7, 8, 9][..]];
        assert_eq!(run(&plain.concat(), &mut out), Ok(3));
        assert_eq!(out[..3], [7, 8, 9]);
    }

    #[test]
    fn lies_are_errors() {
        let mut out = [0; 2048];
        let set = |places: &[(usize, u8)]| {
            let mut bytes = SPLIT.to_vec();
            for &(at, byte) in places {
                bytes[at] = byte;
            }
            bytes
        };
        for input in [
            set(&[(0, 3)]),
            set(&[(2, 0x09)]),
            set(&[(2, 0xa1)]),
            set(&[(3, 0)]),
            set(&[(3, 3)]),
            set(&[(5, 9)]),
            set(&[(9, 9)]),
            set(&[(9, 0)]),
            set(&[(15, 1)]),
            set(&[(19, 255)]),
            set(&[(23, 255)]),
            set(&[(2, PLAIN)]),
            SPLIT[..SPLIT.len() - 1].to_vec(),
            SPLIT[..15].to_vec(),
            one(0x10, 1, 5, &[0, 1]),
        ] {
            assert!(run(&input, &mut out).is_err(), "{input:?}");
        }
        assert_eq!(run(&set(&[(4, 0), (5, 0)]), &mut out), Ok(0));
    }

    proptest! {
        #[test]
        fn damage_is_never_worse_than_an_error(
            chunk in prop::sample::select(vec![SPLIT, LZ4, ZLIB, ZSTD]),
            place in any::<prop::sample::Index>(),
            byte: u8,
            cut in any::<prop::sample::Index>(),
        ) {
            let mut bytes = chunk.to_vec();
            bytes[place.index(chunk.len())] = byte;
            let mut out = [0; 2048];
            let _ = run(&bytes, &mut out);
            bytes.truncate(cut.index(chunk.len()));
            let _ = run(&bytes, &mut out);
        }

        #[test]
        fn any_bytes_are_never_worse_than_an_error(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let mut out = [0; 2048];
            let _ = run(&bytes, &mut out);
        }
    }
}
