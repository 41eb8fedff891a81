//! Filter 307: one bzip2 stream.

use bzip2::{Decompress, Status};

use super::DecodeError;

/// Decompresses `input` into the beginning of `output` and gives the length.
pub(super) fn decode(input: &[u8], output: &mut [u8]) -> Result<usize, DecodeError> {
    let mut stream = Decompress::new(false);
    let status = stream
        .decompress(input, output)
        .map_err(|e| DecodeError::damaged("bzip2", e))?;
    if status != Status::StreamEnd {
        return Err(DecodeError::damaged(
            "bzip2",
            "it is cut short or holds more bytes than a chunk",
        ));
    }
    usize::try_from(stream.total_out()).map_err(|e| DecodeError::damaged("bzip2", e))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::bits::hex;
    use super::*;

    /// A chunk that the bzip2 plugin of HDF5 wrote.
    fn chunk() -> Vec<u8> {
        hex(
            "425a683931415926535921a5355100000065f1ffe0000100800010021400020200200040000100a0\
             0021b4a13403431a851a32068d323486a44ca1a153536373857b733bdbea211e2636db79c63311f8\
             bb9229c284810d29aa88",
        )
    }

    fn numbers() -> Vec<u8> {
        let number = |i: i32| match i {
            ..60 => 0,
            60..90 => (i - 60) / 3,
            _ => (i * i * 7919) % 401 - 200,
        };
        (0..100)
            .flat_map(|i| i16::try_from(number(i)).unwrap().to_le_bytes())
            .collect()
    }

    #[test]
    fn decodes_what_the_plugin_wrote_and_never_beyond_the_buffer() {
        let mut out = vec![0; 300];
        assert_eq!(decode(&chunk(), &mut out), Ok(200));
        assert_eq!(out[..200], numbers());
        assert_eq!(decode(&chunk(), &mut out[..200]), Ok(200));
        assert!(decode(&chunk(), &mut out[..199]).is_err());
        assert!(decode(&chunk(), &mut []).is_err());
    }

    #[test]
    fn a_cut_stream_is_an_error() {
        let stored = chunk();
        for end in 0..stored.len() {
            assert!(decode(&stored[..end], &mut [0; 200]).is_err());
        }
    }

    proptest! {
        #[test]
        fn damage_is_an_error_or_a_chunk(place in any::<prop::sample::Index>(), byte: u8) {
            let mut stored = chunk();
            *place.get_mut(&mut stored) = byte;
            let mut out = [0; 200];
            // The checksum finds what changes the numbers.
            if decode(&stored, &mut out) == Ok(200) {
                prop_assert_eq!(out.to_vec(), numbers());
            }
        }
    }
}
