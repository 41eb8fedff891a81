//! A damaged file gives an error or the right values, never others, and never a panic.

mod support;

use std::fs;
use std::path::Path;

use support::{Folder, Values, open, selection, try_read};
use terabin_hdf5::{
    Catalog, ChunkedLayout, Codec, FileWriter, StoredType, Values as Written, encode,
};

const ROWS: u64 = 100;

fn write(path: &Path) {
    let bytes: Vec<u8> = (0..ROWS + 4).flat_map(u64::to_le_bytes).collect();
    let mut writer = FileWriter::create(path).unwrap();
    let layout = ChunkedLayout {
        element: StoredType::U64,
        shape: vec![ROWS],
        chunk: vec![52],
        codec: Codec::Zstd(3),
    };
    let handle = writer.create_chunked("/t/x", &layout).unwrap();
    for (start, chunk) in [(0, &bytes[..52 * 8]), (52, &bytes[52 * 8..])] {
        let packed = encode(layout.codec, 8, chunk).unwrap();
        writer.write_chunk(handle, &[start], &packed).unwrap();
    }
    let plain: Vec<u64> = (0..ROWS).collect();
    writer
        .dataset("/t/y", &[ROWS], Written::U64(&plain))
        .unwrap();
    writer.close().unwrap();
}

/// The columns `x` and `y` where everything goes well.
fn attempt(path: &Path) -> Option<Vec<Values>> {
    let catalog = Catalog::open(&[path.to_owned()]).ok()?;
    let source = catalog.select(&selection(&["x", "y"], 30)).ok()?;
    try_read(&source, 40).ok()
}

#[test]
fn every_length_of_a_cut_file() {
    let folder = Folder::new();
    let path = folder.path("a.h5");
    write(&path);
    let whole = fs::read(&path).unwrap();
    let right = attempt(&path).unwrap();
    assert_eq!(right[0], Values::U64((0..ROWS).collect()));
    for length in 0..whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        if let Some(found) = attempt(&path) {
            assert_eq!(found, right, "cut at {length}");
        }
    }
}

#[test]
fn a_file_that_is_cut_after_it_was_described() {
    let folder = Folder::new();
    let path = folder.path("a.h5");
    write(&path);
    let whole = fs::read(&path).unwrap();
    let source = open(&[&path]).select(&selection(&["x", "y"], 30)).unwrap();
    let right = try_read(&source, 40).unwrap();
    for length in (0..whole.len()).step_by(7) {
        fs::write(&path, &whole[..length]).unwrap();
        match try_read(&source, 40) {
            Ok(found) => assert_eq!(found, right, "cut at {length}"),
            Err(error) => {
                let text = error.to_string();
                assert!(
                    text.contains("a.h5: /t/") && text.contains("rows "),
                    "{text}"
                );
            }
        }
    }
}

#[test]
fn every_flipped_byte_is_survived() {
    let folder = Folder::new();
    let path = folder.path("a.h5");
    write(&path);
    let whole = fs::read(&path).unwrap();
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0xff;
        fs::write(&path, &bytes).unwrap();
        // Plain values carry no checksum: only that nothing panics is asked here.
        let _ = attempt(&path);
    }
}
