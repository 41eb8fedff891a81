//! The compressed streams inside chunks of Blosc and Blosc2.

use super::{DecodeError, blosclz, deflate, zstd};

/// What compressed a stream, as the upper three bits of a chunk's flags say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compressor {
    /// Blosc's own.
    Blosclz,
    /// LZ4 and LZ4HC.
    Lz4,
    /// Snappy, in Blosc 1 only.
    Snappy,
    /// Deflate with a zlib header.
    Zlib,
    /// Zstandard.
    Zstd,
}

impl Compressor {
    /// The compressor of a chunk with these `flags`, `None` for the ones of plugins.
    pub(super) fn of(flags: u8) -> Option<Self> {
        Some(match flags >> 5 {
            0 => Self::Blosclz,
            1 => Self::Lz4,
            2 => Self::Snappy,
            3 => Self::Zlib,
            4 => Self::Zstd,
            _ => return None,
        })
    }
}

/// What is kept from chunk to chunk.
#[derive(Default)]
pub(super) struct Context {
    /// The decompressors' own tables.
    pub(super) codecs: Codecs,
    /// A block before its filter is undone.
    pub(super) block: Vec<u8>,
    /// A second one, for blocks with more than one filter.
    pub(super) second: Vec<u8>,
    /// The first block of a chunk whose others are differences from it.
    pub(super) first: Vec<u8>,
}

/// The decompressors that keep tables.
#[derive(Default)]
pub(super) struct Codecs {
    deflate: deflate::Context,
    zstd: zstd::Context,
}

impl Codecs {
    /// Decompresses `input`, which has to fill `output`; of the same length, it is
    /// stored as it is.
    pub(super) fn decompress(
        &mut self,
        compressor: Compressor,
        input: &[u8],
        output: &mut [u8],
    ) -> Result<(), DecodeError> {
        if input.len() == output.len() {
            output.copy_from_slice(input);
            return Ok(());
        }
        let damaged = |e: &dyn std::fmt::Display| DecodeError::damaged("blosc", e);
        let produced = match compressor {
            Compressor::Blosclz => blosclz::decode(input, output)?,
            Compressor::Lz4 => {
                lz4_flex::block::decompress_into(input, output).map_err(|e| damaged(&e))?
            }
            Compressor::Snappy => snap::raw::Decoder::new()
                .decompress(input, output)
                .map_err(|e| damaged(&e))?,
            Compressor::Zlib => deflate::decode(&mut self.deflate, input, output)?,
            Compressor::Zstd => zstd::decode(&mut self.zstd, input, output)?,
        };
        if produced == output.len() {
            Ok(())
        } else {
            Err(damaged(&"a block decodes to another length"))
        }
    }
}
