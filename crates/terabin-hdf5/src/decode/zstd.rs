//! Filter 32015: one Zstandard frame.

use zstd::bulk::Decompressor;

use super::DecodeError;

/// The decompressor's own tables, made at the first chunk and kept.
#[derive(Default)]
pub(super) struct Context(Option<Decompressor<'static>>);

/// Decompresses `input` into the beginning of `output` and gives the length.
pub(super) fn decode(
    context: &mut Context,
    input: &[u8],
    output: &mut [u8],
) -> Result<usize, DecodeError> {
    let decompressor = match &mut context.0 {
        Some(d) => d,
        None => context
            .0
            .insert(Decompressor::new().map_err(|e| DecodeError::damaged("zstd", e))?),
    };
    decompressor
        .decompress_to_buffer(input, output)
        .map_err(|e| DecodeError::damaged("zstd", e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decompresses_what_was_compressed_and_never_beyond_the_buffer() {
        let bytes = vec![7_u8; 1000];
        let packed = zstd::bulk::compress(&bytes, 3).unwrap();
        let mut out = vec![0; 1000];
        let mut context = Context::default();
        assert_eq!(decode(&mut context, &packed, &mut out), Ok(1000));
        assert_eq!(out, bytes);
        assert!(decode(&mut context, &packed, &mut out[..999]).is_err());
        assert!(decode(&mut context, &packed[..packed.len() / 2], &mut out).is_err());
    }
}
