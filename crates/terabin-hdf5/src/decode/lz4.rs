//! Filter 32004: LZ4 blocks with the framing of the HDF5 plugin.
//!
//! Big-endian: 8 bytes original size, 4 bytes block size; then for each block
//! 4 bytes stored size and the block. A block whose stored size is its original
//! size is stored as it is.

use super::DecodeError;

/// Decompresses `input` into the beginning of `output` and gives the length.
pub(super) fn decode(input: &[u8], output: &mut [u8]) -> Result<usize, DecodeError> {
    let (total, rest) = take_u64(input)?;
    let (block, mut rest) = take_u32(rest)?;
    let length = usize::try_from(total).map_err(|_| damaged("its size is out of range"))?;
    let output = output
        .get_mut(..length)
        .ok_or_else(|| damaged(&format!("it claims {length} bytes, more than a chunk has")))?;
    if length == 0 {
        return Ok(0);
    }
    let block = usize::try_from(block).unwrap_or(usize::MAX).min(length);
    if block == 0 {
        return Err(damaged("its block size is 0"));
    }
    for out in output.chunks_mut(block) {
        rest = one_block(rest, out)?;
    }
    Ok(length)
}

fn one_block<'a>(input: &'a [u8], out: &mut [u8]) -> Result<&'a [u8], DecodeError> {
    let (stored, rest) = take_u32(input)?;
    let stored = usize::try_from(stored).unwrap_or(usize::MAX);
    let (bytes, rest) = rest
        .split_at_checked(stored)
        .ok_or_else(|| damaged("a block is cut short"))?;
    if stored == out.len() {
        out.copy_from_slice(bytes);
    } else {
        let produced = lz4_flex::block::decompress_into(bytes, out)
            .map_err(|e| DecodeError::damaged("lz4", e))?;
        if produced != out.len() {
            return Err(damaged("a block decodes to another length"));
        }
    }
    Ok(rest)
}

fn take_u64(input: &[u8]) -> Result<(u64, &[u8]), DecodeError> {
    input
        .split_first_chunk::<8>()
        .map(|(b, rest)| (u64::from_be_bytes(*b), rest))
        .ok_or_else(|| damaged("its header is cut short"))
}

fn take_u32(input: &[u8]) -> Result<(u32, &[u8]), DecodeError> {
    input
        .split_first_chunk::<4>()
        .map(|(b, rest)| (u32::from_be_bytes(*b), rest))
        .ok_or_else(|| damaged("its header is cut short"))
}

fn damaged(reason: &str) -> DecodeError {
    DecodeError::damaged("lz4", reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(total: u64, block: u32, blocks: &[&[u8]]) -> Vec<u8> {
        let mut out = total.to_be_bytes().to_vec();
        out.extend(block.to_be_bytes());
        for b in blocks {
            out.extend(u32::try_from(b.len()).unwrap().to_be_bytes());
            out.extend(*b);
        }
        out
    }

    #[test]
    fn joins_compressed_and_plain_blocks() {
        let packed = lz4_flex::block::compress(&[5; 100]);
        let input = frame(103, 100, &[&packed, &[1, 2, 3]]);
        let mut out = [0; 103];
        assert_eq!(decode(&input, &mut out), Ok(103));
        assert!(out[..100].iter().all(|&b| b == 5));
        assert_eq!(out[100..], [1, 2, 3]);
    }

    #[test]
    fn lies_are_errors() {
        let mut out = [0; 16];
        for input in [
            frame(u64::MAX, 16, &[]),
            frame(17, 16, &[]),
            frame(16, 0, &[]),
            frame(16, 16, &[]),
            frame(16, 16, &[&[1, 2, 3]]),
            vec![0; 5],
        ] {
            assert!(decode(&input, &mut out).is_err());
        }
    }
}
