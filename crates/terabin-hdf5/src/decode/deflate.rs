//! Filter 1: deflate with a zlib header.

use libdeflater::Decompressor;

use super::DecodeError;

/// The decompressor's own tables, kept from chunk to chunk.
pub(super) struct Context(Decompressor);

impl Default for Context {
    fn default() -> Self {
        Self(Decompressor::new())
    }
}

/// Inflates `input` into the beginning of `output` and gives the length.
pub(super) fn decode(
    context: &mut Context,
    input: &[u8],
    output: &mut [u8],
) -> Result<usize, DecodeError> {
    context
        .0
        .zlib_decompress(input, output)
        .map_err(|e| DecodeError::damaged("gzip", e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inflates_what_was_deflated_and_never_beyond_the_buffer() {
        let bytes = vec![7_u8; 1000];
        let mut packed = vec![0; 2000];
        let n = libdeflater::Compressor::default()
            .zlib_compress(&bytes, &mut packed)
            .unwrap();
        let mut out = vec![0; 1000];
        let mut context = Context::default();
        assert_eq!(decode(&mut context, &packed[..n], &mut out), Ok(1000));
        assert_eq!(out, bytes);
        assert!(decode(&mut context, &packed[..n], &mut out[..999]).is_err());
        assert!(decode(&mut context, &packed[..n / 2], &mut out).is_err());
    }
}
