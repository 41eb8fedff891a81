//! Filter 32000: LZF, one stream without a header.
//!
//! Format: LibLZF's `lzf_d.c`. A control byte below 32 stands before as many
//! literals and one more; from 32 on its upper three bits are a match's length less
//! 2 (7: one more byte adds to it), its lower five and the next byte the distance
//! less 1.

use super::DecodeError;
use super::lz77::Output;

/// Decompresses `input` into the beginning of `output` and gives the length.
pub(super) fn decode(input: &[u8], output: &mut [u8]) -> Result<usize, DecodeError> {
    let mut output = Output::new(output);
    let mut rest = input;
    while let Some((&control, after)) = rest.split_first() {
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
        .ok_or_else(|| DecodeError::damaged("lzf", "it decodes to more than a chunk has"))?;
    Ok(rest)
}

fn one_match<'a>(
    control: usize,
    input: &'a [u8],
    output: &mut Output,
) -> Result<&'a [u8], DecodeError> {
    let mut length = (control >> 5) + 2;
    let mut rest = input;
    if length == 9 {
        let (&more, after) = rest.split_first().ok_or_else(short)?;
        length += usize::from(more);
        rest = after;
    }
    let (&low, rest) = rest.split_first().ok_or_else(short)?;
    let distance = ((control & 31) << 8) + usize::from(low) + 1;
    output
        .repeat(distance, length)
        .ok_or_else(|| DecodeError::damaged("lzf", "a match lies outside of the chunk"))?;
    Ok(rest)
}

fn short() -> DecodeError {
    DecodeError::damaged("lzf", "it is cut short")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // Written by h5py: 60 16-bit numbers i / 7; 520 bytes i % 130.
    const SHORT: &[u8] = b"\x01\x00\x00\xe0\x03\x00\x00\x01\xe0\x04\x01\x00\x02\xe0\x04\x01\x00\
        \x03\xe0\x04\x01\x00\x04\xe0\x04\x01\x00\x05\xe0\x04\x01\x00\x06\xe0\
        \x04\x01\x00\x07\xe0\x04\x01\x00\x08`\x01\x01\x08\x00";
    const LONG: &[u8] = b"\x1f\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\
        \x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f\x1f\
        \x20!\x22#$%&'()*+,-./0123456789:;<=>?\x1f@ABCDEFGHIJKLMNOPQRSTUVWXY\
        Z[\x5c]^_\x1f`abcdefghijklmnopqrstuvwxyz{|}~\x7f\x02\x80\x81\x00\xe0\
        \xff\x81\xe1r\x85\x01\x80\x81";

    #[test]
    fn decodes_what_h5py_wrote() {
        let short: Vec<u8> = (0..60_i16).flat_map(|i| (i / 7).to_le_bytes()).collect();
        let long: Vec<u8> = (0..4).flat_map(|_| 0..130).collect();
        for (bytes, expected) in [(SHORT, short), (LONG, long)] {
            let mut out = vec![0; expected.len() + 1];
            assert_eq!(decode(bytes, &mut out), Ok(expected.len()));
            assert_eq!(out[..expected.len()], expected);
            assert!(decode(bytes, &mut out[..expected.len() - 1]).is_err());
        }
    }

    #[test]
    fn lies_are_errors() {
        let mut out = [0; 16];
        for input in [
            &[3, 1, 2][..],
            &[15, 1],
            &[0, 1, 0x20],
            &[0, 1, 0xe0],
            &[0, 1, 0xe0, 255, 0],
            &[0, 1, 0x20, 1],
            &[0x20, 0],
        ] {
            assert!(decode(input, &mut out).is_err(), "{input:?}");
        }
        assert_eq!(decode(&[], &mut out), Ok(0));
    }

    proptest! {
        #[test]
        fn damage_is_never_worse_than_an_error(
            chunk in prop::sample::select(vec![SHORT, LONG]),
            place in any::<prop::sample::Index>(),
            byte: u8,
            cut in any::<prop::sample::Index>(),
        ) {
            let mut bytes = chunk.to_vec();
            bytes[place.index(chunk.len())] = byte;
            let mut out = [0; 600];
            let _ = decode(&bytes, &mut out);
            bytes.truncate(cut.index(chunk.len()));
            let _ = decode(&bytes, &mut out);
        }

        #[test]
        fn any_bytes_are_never_worse_than_an_error(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let mut out = [0; 600];
            let _ = decode(&bytes, &mut out);
        }
    }
}
