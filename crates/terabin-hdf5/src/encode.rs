//! From elements to the stored bytes of a chunk: the inverse of `decode`.

use std::fmt;
use std::str::FromStr;

use libdeflater::{CompressionLvl, Compressor};

use crate::decode::shuffle;
use crate::error::{Error, Result};

/// LZ4 blocks as large as the plugin's own default.
const LZ4_BLOCK: usize = 1 << 30;

/// How chunks are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// Not at all, and not shuffled.
    None,
    /// Deflate, which every HDF5 program reads; levels 1 to 12.
    Gzip(u32),
    /// Zstandard, levels 1 to 22.
    Zstd(i32),
    /// LZ4.
    Lz4,
}

impl fmt::Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Gzip(level) => write!(f, "gzip:{level}"),
            Self::Zstd(level) => write!(f, "zstd:{level}"),
            Self::Lz4 => f.write_str("lz4"),
        }
    }
}

impl FromStr for Codec {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (name, level) = match text.split_once(':') {
            Some((name, level)) => (name, Some(level)),
            None => (text, None),
        };
        match (name, level) {
            ("none", None) => Ok(Self::None),
            ("lz4", None) => Ok(Self::Lz4),
            ("gzip", level) => Ok(Self::Gzip(parse_level(text, level.unwrap_or("4"), 12)?)),
            ("zstd", level) => {
                let level = parse_level(text, level.unwrap_or("3"), 22)?;
                Ok(Self::Zstd(i32::try_from(level).unwrap_or(3)))
            }
            ("none" | "lz4", Some(_)) => Err(bad(text, format!("{name} has no level"))),
            _ => Err(bad(text, format!("{name:?} is not known"))),
        }
    }
}

fn parse_level(text: &str, level: &str, most: u32) -> Result<u32> {
    match level.parse::<u32>() {
        Ok(n) if (1..=most).contains(&n) => Ok(n),
        _ => Err(bad(text, format!("its level goes from 1 to {most}"))),
    }
}

fn bad(text: &str, reason: String) -> Error {
    Error::Codec {
        text: text.to_owned(),
        reason,
    }
}

/// Shuffles (except for [`Codec::None`]) and compresses one chunk.
///
/// The result is what `FileWriter::write_chunk` takes. A chunk is always passed
/// through every filter, even where that makes it larger.
///
/// # Errors
/// When the codec cannot be set up, which takes a level out of range or no memory.
pub fn encode(codec: Codec, element_size: usize, bytes: &[u8]) -> Result<Vec<u8>> {
    let failed = |reason: String| bad(&codec.to_string(), reason);
    if codec == Codec::None {
        return Ok(bytes.to_vec());
    }
    let shuffled = shuffle(element_size, bytes);
    match codec {
        Codec::None => Ok(shuffled),
        Codec::Gzip(level) => deflate(level, &shuffled).map_err(failed),
        Codec::Zstd(level) => {
            zstd::bulk::compress(&shuffled, level).map_err(|e| failed(e.to_string()))
        }
        Codec::Lz4 => lz4(&shuffled).map_err(failed),
    }
}

fn deflate(level: u32, bytes: &[u8]) -> Result<Vec<u8>, String> {
    let level = i32::try_from(level)
        .ok()
        .and_then(|l| CompressionLvl::new(l).ok())
        .ok_or("the level is out of range")?;
    let mut compressor = Compressor::new(level);
    let mut out = vec![0; compressor.zlib_compress_bound(bytes.len())];
    let length = compressor
        .zlib_compress(bytes, &mut out)
        .map_err(|e| e.to_string())?;
    out.truncate(length);
    Ok(out)
}

fn lz4(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let block = bytes.len().clamp(1, LZ4_BLOCK);
    let mut out = (bytes.len() as u64).to_be_bytes().to_vec();
    push_length(&mut out, block)?;
    for plain in bytes.chunks(block) {
        let packed = lz4_flex::block::compress(plain);
        let stored = if packed.len() < plain.len() {
            &packed
        } else {
            plain
        };
        push_length(&mut out, stored.len())?;
        out.extend_from_slice(stored);
    }
    Ok(out)
}

fn push_length(out: &mut Vec<u8>, length: usize) -> Result<(), String> {
    let length = u32::try_from(length).map_err(|_| "a block is too large")?;
    out.extend(length.to_be_bytes());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{DEFLATE, Decoder, LZ4, SHUFFLE, ZSTD};
    use crate::description::Filter;

    #[test]
    fn texts_read_back() {
        for text in ["none", "gzip:1", "gzip:12", "zstd:22", "lz4"] {
            assert_eq!(text.parse::<Codec>().unwrap().to_string(), text);
        }
        assert_eq!("gzip".parse::<Codec>().unwrap(), Codec::Gzip(4));
        assert_eq!("zstd".parse::<Codec>().unwrap(), Codec::Zstd(3));
        for text in [
            "", "gzip:0", "gzip:13", "zstd:-1", "lz4:1", "none:2", "brotli",
        ] {
            let error = text.parse::<Codec>().unwrap_err();
            assert!(error.is_request() && error.to_string().contains("is no codec"));
        }
    }

    #[test]
    fn decodes_to_what_was_encoded() {
        let bytes: Vec<u8> = (0..4000_u32)
            .map(|i| (i * i / 7).to_le_bytes()[0])
            .collect();
        let filter = |id, values: &[u32]| Filter {
            id,
            name: String::new(),
            values: values.to_vec(),
        };
        for (codec, id) in [
            (Codec::Gzip(4), DEFLATE),
            (Codec::Zstd(3), ZSTD),
            (Codec::Lz4, LZ4),
        ] {
            let packed = encode(codec, 8, &bytes).unwrap();
            let mut decoder = Decoder::default();
            decoder
                .stored(packed.len())
                .unwrap()
                .copy_from_slice(&packed);
            let filters = [filter(SHUFFLE, &[8]), filter(id, &[])];
            let mut out = Vec::new();
            decoder
                .decode(&filters, 0, 8, packed.len(), bytes.len(), &mut out)
                .unwrap();
            assert_eq!(out[..bytes.len()], bytes, "{codec}");
        }
    }
}
