//! Filter 32008: bitshuffle, alone or with LZ4 or Zstandard.
//!
//! Alone, the blocks stand one after the other without a header. With a compressor,
//! big-endian: 8 bytes original size, 4 bytes block size; then for each block 4 bytes
//! stored size and the compressed block. Blocks are multiples of eight elements; the
//! last one may be smaller, and elements that fill no eight stand as they are.

use super::{DecodeError, bitunshuffle::bitunshuffle, fields, grow, zstd};

/// What is kept from chunk to chunk.
#[derive(Default)]
pub(super) struct Context {
    zstd: zstd::Context,
    block: Vec<u8>,
}

/// Decodes `input` into the beginning of `output` and gives the length.
///
/// `values` are the filter's: element size at 2, elements of a block at 3 (0: the
/// default), the compressor at 4.
pub(super) fn decode(
    context: &mut Context,
    values: &[u32],
    input: &[u8],
    output: &mut [u8],
) -> Result<usize, DecodeError> {
    let element = values.get(2).map_or(0, |&v| size(v));
    if element == 0 {
        return Err(damaged("its element size is 0"));
    }
    let compressor = match values.get(4) {
        None | Some(0) => Compressor::None,
        Some(2) => Compressor::Lz4,
        Some(3) => Compressor::Zstd,
        Some(_) => {
            return Err(DecodeError::Unsupported {
                filter: "bitshuffle",
                what: "has another compressor than LZ4 and Zstandard",
            });
        }
    };
    let (length, block, rest) = match compressor {
        Compressor::None => (input.len(), values.get(3).map_or(0, |&v| size(v)), input),
        _ => header(element, input)?,
    };
    if length % element != 0 {
        return Err(damaged("its size is no multiple of the element size"));
    }
    let output = output
        .get_mut(..length)
        .ok_or_else(|| damaged(&format!("it claims {length} bytes, more than a chunk has")))?;
    blocks(
        context,
        compressor,
        &Shape::new(element, block)?,
        rest,
        output,
    )?;
    Ok(length)
}

#[derive(Clone, Copy)]
enum Compressor {
    None,
    Lz4,
    Zstd,
}

/// The sizes, in bytes, of what is sorted together.
struct Shape {
    element: usize,
    block: usize,
}

impl Shape {
    /// `block` elements, or as many as the format's default.
    fn new(element: usize, block: usize) -> Result<Self, DecodeError> {
        let elements = match block {
            0 => (TARGET / element / 8 * 8).max(SMALLEST),
            n if n % 8 == 0 => n,
            _ => return Err(damaged("its block size is no multiple of 8 elements")),
        };
        Ok(Self {
            element,
            block: elements.saturating_mul(element),
        })
    }
}

/// Bytes of a block by default.
const TARGET: usize = 8192;
/// Fewest elements of a block by default.
const SMALLEST: usize = 128;

/// The original size, the elements of a block, and what follows the header.
fn header(element: usize, input: &[u8]) -> Result<(usize, usize, &[u8]), DecodeError> {
    let length = fields::be64(input, 0);
    let block = fields::be32(input, 8);
    match (length, block, input.get(12..)) {
        (Some(length), Some(block), Some(rest)) => Ok((length, block / element, rest)),
        _ => Err(damaged("its header is cut short")),
    }
}

fn blocks(
    context: &mut Context,
    compressor: Compressor,
    shape: &Shape,
    input: &[u8],
    output: &mut [u8],
) -> Result<(), DecodeError> {
    let eight = shape.element.saturating_mul(8);
    let (sorted, plain) = output.split_at_mut(output.len() - output.len() % eight);
    let mut rest = input;
    for out in sorted.chunks_mut(shape.block) {
        rest = one_block(context, compressor, shape.element, rest, out)?;
    }
    plain.copy_from_slice(rest.get(..plain.len()).ok_or_else(short)?);
    Ok(())
}

fn one_block<'a>(
    context: &mut Context,
    compressor: Compressor,
    element: usize,
    input: &'a [u8],
    out: &mut [u8],
) -> Result<&'a [u8], DecodeError> {
    if let Compressor::None = compressor {
        let (bytes, rest) = input.split_at_checked(out.len()).ok_or_else(short)?;
        bitunshuffle(element, bytes, out)?;
        return Ok(rest);
    }
    let stored = fields::be32(input, 0).ok_or_else(short)?;
    let (bytes, rest) = input[4..].split_at_checked(stored).ok_or_else(short)?;
    grow(&mut context.block, out.len())?;
    let sorted = &mut context.block[..out.len()];
    let produced = match compressor {
        Compressor::Zstd => zstd::decode(&mut context.zstd, bytes, sorted)?,
        _ => lz4_flex::block::decompress_into(bytes, sorted)
            .map_err(|e| DecodeError::damaged("bitshuffle", e))?,
    };
    if produced != out.len() {
        return Err(damaged("a block decodes to another length"));
    }
    bitunshuffle(element, sorted, out)?;
    Ok(rest)
}

fn size(value: u32) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

fn short() -> DecodeError {
    damaged("a block is cut short")
}

fn damaged(reason: &str) -> DecodeError {
    DecodeError::damaged("bitshuffle", reason)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // Written by hdf5plugin: 16-bit numbers 7 * (i / 9), 13 without a compressor,
    // else 75 in blocks of 64.
    const ALONE: &[u8] = b"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\
        \x00\x07\x00\x07\x00\x07\x00\x07\x00";
    const LZ4: &[u8] = b"\x00\x00\x00\x00\x00\x00\x00\x96\x00\x00\x00\x80\x00\x00\x00=\xf0\
        \x19\x00\xfe\x03\xf8\x0f\xe0?\x80\x00\xfe\xff\x07\x00\xe0\xff\x7f\
        \x00\xfe\xff\xff\xff\x1f\x00\x00\x00\x00\xfc\x07\xf0\x1f\xc0\x7f\x00\
        \x00\x00\xf8\xff\x1f\x00\x80\x12\x00A\x00\xe0\xff\xff\x08\x00\x0f\
        \x02\x003P\x00\x00\x00\x00\x00\x00\x00\x00\x12\xf0\x01\xff\x00\x00\
        \x00\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00\x00\x008\x008\x008\x00";
    const ZSTD: &[u8] = b"\x00\x00\x00\x00\x00\x00\x00\x96\x00\x00\x00\x80\x00\x00\x00?(\xb5/\
        \xfd\x20\x80\xb5\x01\x00\xd4\x02\x00\xfe\x03\xf8\x0f\xe0?\x80\x00\
        \xfe\xff\x07\x00\xe0\xff\x7f\x00\xfe\xff\xff\xff\x1f\x00\x00\x00\x00\
        \xfc\x07\xf0\x1f\xc0\x7f\x00\x00\x00\xf8\xff\x1f\x00\x80\x00\xe0\xff\
        \xff\x00\x02\x00\x0c\x90d\x05e\x00\x00\x00\x16(\xb5/\xfd\x20\x10m\
        \x00\x008\xff\x00\x00\x00\xff\xff\x00\x01\x00\x050\x028\x008\x008\
        \x00";

    fn run(values: &[u32], input: &[u8], output: &mut [u8]) -> Result<usize, DecodeError> {
        decode(&mut Context::default(), values, input, output)
    }

    #[test]
    fn decodes_what_hdf5plugin_wrote() {
        let numbers: Vec<u8> = (0..75_i16)
            .flat_map(|i| (7 * (i / 9)).to_le_bytes())
            .collect();
        for (values, bytes, length) in [
            ([0, 4, 2, 8, 0], ALONE, 26),
            ([0, 4, 2, 64, 2], LZ4, 150),
            ([0, 4, 2, 64, 3], ZSTD, 150),
        ] {
            let mut out = [0; 151];
            assert_eq!(run(&values, bytes, &mut out), Ok(length));
            assert_eq!(out[..length], numbers[..length]);
            assert!(run(&values, bytes, &mut out[..length - 1]).is_err());
        }
    }

    #[test]
    fn the_default_block_depends_on_the_element() {
        for (element, elements) in [(1, 8192), (3, 2728), (4, 2048), (64, 128), (1000, 128)] {
            let shape = Shape::new(element, 0).unwrap();
            assert_eq!(shape.block, elements * element);
        }
    }

    #[test]
    fn lies_are_errors() {
        let mut out = [0; 150];
        for values in [
            &[][..],
            &[0, 4, 0, 64, 2],
            &[0, 4, 7, 64, 2],
            &[0, 4, 2, 64, 9],
        ] {
            assert!(run(values, LZ4, &mut out).is_err(), "{values:?}");
        }
        assert!(run(&[0, 4, 2, 7, 0], ALONE, &mut out).is_err());
        for (place, byte) in [(0, 1), (7, 0x95), (11, 14), (12, 1), (15, 60)] {
            let mut bytes = LZ4.to_vec();
            bytes[place] = byte;
            assert!(run(&[0, 4, 2, 64, 2], &bytes, &mut out).is_err(), "{place}");
        }
        for length in [11, 13, 40, LZ4.len() - 1] {
            assert!(run(&[0, 4, 2, 64, 2], &LZ4[..length], &mut out).is_err());
        }
    }

    proptest! {
        #[test]
        fn damage_is_never_worse_than_an_error(
            chunk in prop::sample::select(vec![LZ4]),
            place in any::<prop::sample::Index>(),
            byte: u8,
            cut in any::<prop::sample::Index>(),
        ) {
            let mut bytes = chunk.to_vec();
            bytes[place.index(chunk.len())] = byte;
            let mut out = [0; 150];
            let _ = run(&[0, 4, 2, 64, 2], &bytes, &mut out);
            bytes.truncate(cut.index(chunk.len()));
            let _ = run(&[0, 4, 2, 64, 2], &bytes, &mut out);
        }

        #[test]
        fn any_bytes_are_never_worse_than_an_error(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let mut out = [0; 150];
            let _ = run(&[0, 4, 2, 64, 2], &bytes, &mut out);
        }
    }
}
