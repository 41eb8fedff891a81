//! What the fuzz targets share: one chunk with one filter, out of the fuzzer's bytes.
//!
//! The decoders are the program's own sources, compiled here without the HDF5
//! library, which they do not use.

#[path = "../../crates/terabin-hdf5/src/decode/mod.rs"]
#[allow(
    dead_code,
    reason = "the targets use what decodes, one filter at a time"
)]
mod decode;

/// What the decoders know about a file.
mod description {
    /// A filter as `terabin_hdf5` describes it.
    pub struct Filter {
        pub id: i32,
        #[allow(dead_code, reason = "the decoders know filters by number")]
        pub name: String,
        pub values: Vec<u32>,
    }
}

/// The largest chunk that is decoded: more takes time and finds nothing.
const LARGEST: usize = 1 << 20;

/// Decodes a chunk of one filter, `id` its registered number: neither a panic nor
/// another length than the chunk's may come of it.
///
/// `data`, little-endian: the size of an element in 1 byte, the size of the chunk in
/// 4, the number of the filter's values in 1, the values in 4 each, the stored bytes.
pub fn chunk(id: i32, data: &[u8]) {
    let Some((header, rest)) = data.split_first_chunk::<6>() else {
        return;
    };
    let &[element, size @ .., count] = header;
    let Some((values, stored)) = rest.split_at_checked(4 * usize::from(count)) else {
        return;
    };
    let filter = description::Filter {
        id,
        name: String::new(),
        values: values
            .as_chunks()
            .0
            .iter()
            .map(|v| u32::from_le_bytes(*v))
            .collect(),
    };
    let expected = u32::from_le_bytes(size) as usize % (LARGEST + 1);
    if let Ok(bytes) = decode::decode_chunk(&[filter], 0, element.into(), stored, expected) {
        assert_eq!(bytes.len(), expected);
    }
}
