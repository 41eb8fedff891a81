//! BloscLZ, the compressor of Blosc's own, as it stands inside Blosc chunks.
//!
//! Format: C-Blosc's `blosclz.c`. A control byte below 32 stands before as many
//! literals and one more; from 32 on its upper three bits are a match's length less
//! 2 (7: bytes follow that add to it, up to the first that is not 255), its lower
//! five and the next byte the distance less 1, and where all of these bits are set
//! two more bytes add to it.

use super::DecodeError;
use super::lz77::Output;

/// Decompresses `input` into the beginning of `output` and gives the length.
pub(super) fn decode(input: &[u8], output: &mut [u8]) -> Result<usize, DecodeError> {
    let mut output = Output::new(output);
    let mut rest = input;
    // The upper bits of the first control byte are a mark of the format's level.
    let mut mask = 31;
    while let Some((&control, after)) = rest.split_first() {
        let control = control & mask;
        mask = 255;
        rest = if control < 32 {
            literals(usize::from(control) + 1, after, &mut output)?
        } else {
            one_match(usize::from(control), after, &mut output)?
        };
    }
    Ok(output.filled())
}

fn literals<'a>(
    count: usize,
    input: &'a [u8],
    output: &mut Output,
) -> Result<&'a [u8], DecodeError> {
    let (bytes, rest) = input.split_at_checked(count).ok_or_else(short)?;
    output
        .literals(bytes)
        .ok_or_else(|| DecodeError::damaged("blosclz", "it decodes to more than a block has"))?;
    Ok(rest)
}

fn one_match<'a>(
    control: usize,
    input: &'a [u8],
    output: &mut Output,
) -> Result<&'a [u8], DecodeError> {
    let mut bytes = input.iter();
    let mut next = || bytes.next().map(|&b| usize::from(b)).ok_or_else(short);
    let mut length = (control >> 5) + 2;
    if length == 9 {
        loop {
            let more = next()?;
            length += more;
            if more != 255 {
                break;
            }
        }
    }
    let mut distance = ((control & 31) << 8) + next()?;
    if distance == NEAR {
        distance += (next()? << 8) + next()?;
    }
    output
        .repeat(distance + 1, length)
        .ok_or_else(|| DecodeError::damaged("blosclz", "a match lies outside of the block"))?;
    Ok(bytes.as_slice())
}

/// The largest distance, less 1, of 13 bits.
const NEAR: usize = (1 << 13) - 1;

fn short() -> DecodeError {
    DecodeError::damaged("blosclz", "it is cut short")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_kinds_of_matches() {
        let mut out = [0; 600];
        // The mark, then a match of 3 with distance 1.
        assert_eq!(decode(&[0x20, 7, 0x20, 0], &mut out), Ok(4));
        assert_eq!(out[..4], [7; 4]);
        // A length of 9 and 255 and 2.
        assert_eq!(decode(&[0x21, 7, 8, 0xe0, 255, 2, 1], &mut out), Ok(268));
        assert_eq!(out[..6], [7, 8, 7, 8, 7, 8]);
    }

    #[test]
    fn far_matches_have_sixteen_bits() {
        let far = [0x20_u8, 1, 0xe0]
            .into_iter()
            .chain([255; 35])
            .chain([10, 0]);
        let input: Vec<u8> = far.chain([0x3f, 255, 2, 4]).collect();
        let mut out = vec![0; 1 + 9 + 35 * 255 + 10 + 3];
        let length = out.len();
        assert!(NEAR + 0x204 < length);
        assert_eq!(decode(&input, &mut out), Ok(length));
        assert!(out.iter().all(|&b| b == 1));
        let beyond: Vec<u8> = input[..40]
            .iter()
            .copied()
            .chain([0x3f, 255, 9, 4])
            .collect();
        assert!(decode(&beyond, &mut out).is_err());
    }

    #[test]
    fn lies_are_errors() {
        let mut out = [0; 16];
        for input in [
            &[3, 1, 2][..],
            &[15, 1],
            &[0, 1, 0x20],
            &[0, 1, 0xe0],
            &[0, 1, 0xe0, 255],
            &[0, 1, 0xe0, 255, 0, 0],
            &[0, 1, 0x20, 1],
            &[0, 1, 0x3f, 255],
            &[0, 1, 0x3f, 255, 0],
        ] {
            assert!(decode(input, &mut out).is_err(), "{input:?}");
        }
        assert_eq!(decode(&[], &mut out), Ok(0));
    }
}
