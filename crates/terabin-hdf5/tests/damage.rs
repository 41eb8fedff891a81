//! A damaged file gives an error or the right values, never others, and never a panic.

mod support;

use std::fs;
use std::path::Path;

use support::{Folder, Values, open, selection, try_read};
use terabin_core::source::Source;
use terabin_hdf5::{
    Catalog, ChunkedLayout, Codec, FileWriter, Selection, StoredType, Values as Written, encode,
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
    try_read(&source, 40).unwrap();
    for length in (0..whole.len()).step_by(7) {
        fs::write(&path, &whole[..length]).unwrap();
        match try_read(&source, 40) {
            Ok(_) => panic!("cut at {length}: it was {} bytes", whole.len()),
            Err(error) => {
                let text = error.to_string();
                assert!(text.contains("a.h5: the input changed"), "{text}");
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

/// A file with groups of the older versions, which have no checksums.
fn plain(path: &Path, groups: &[&str]) {
    let values: Vec<f64> = (0..9).map(f64::from).collect();
    let file = hdf5_metno::File::with_options()
        .with_fapl(|list| list.libver_earliest())
        .create(path)
        .unwrap();
    for group in groups {
        let group = file.create_group(group).unwrap();
        for name in ["x", "y"] {
            let dataset = group.new_dataset::<f64>().shape(9);
            dataset.create(name).unwrap().write_raw(&values).unwrap();
        }
    }
    file.close().unwrap();
}

/// Overwrites where the names of a group's links are: the heap of the group `number`, with
/// the root as the first.
fn damage_group(path: &Path, number: usize) {
    let mut bytes = fs::read(path).unwrap();
    let is_heap = |&at: &usize| &bytes[at..at + 4] == b"HEAP";
    let heap = (0..bytes.len() - 4).filter(is_heap).nth(number).unwrap();
    bytes[heap] = b'?';
    fs::write(path, bytes).unwrap();
}

fn wanted(table: Option<&str>, column: &str) -> Selection {
    Selection {
        table: table.map(str::to_owned),
        ..selection(&[column], 10)
    }
}

#[test]
fn rows_of_a_damaged_group_never_vanish() {
    let folder = Folder::new();
    let (a, b) = (folder.path("a.h5"), folder.path("b.h5"));
    plain(&a, &["gas", "star"]);
    plain(&b, &["gas", "star"]);
    damage_group(&b, 1);
    let both = open(&[&a, &b]);
    for request in [
        wanted(Some("gas"), "x"),
        wanted(Some("*"), "x"),
        wanted(Some("g*"), "x"),
        wanted(None, "gas.x"),
        Selection {
            skip_damaged: true,
            ..wanted(Some("gas"), "x")
        },
    ] {
        let error = both.select(&request).unwrap_err();
        assert!(!error.is_request(), "{error}");
        let text = error.to_string();
        assert!(text.contains("b.h5: /gas cannot be read"), "{text}");
    }
    // What lies elsewhere is there.
    let source = both.select(&wanted(Some("star"), "x")).unwrap();
    assert_eq!(source.files_without_table(), [] as [&Path; 0]);
    assert_eq!(both.select(&wanted(Some("s*"), "x")).unwrap().rows(), 18);

    // A name that no file has may be one that was lost.
    let alone = open(&[&b]);
    for request in [
        wanted(None, "z"),
        wanted(None, "gas.x"),
        wanted(Some("gas"), "x"),
    ] {
        let error = alone.select(&request).unwrap_err();
        assert!(
            !error.is_request() && error.to_string().contains("/gas"),
            "{error}"
        );
    }
    let error = alone.select(&wanted(Some("stars"), "x")).unwrap_err();
    assert!(error.is_request(), "{error}");
    let error = open(&[&a]).select(&wanted(None, "z")).unwrap_err();
    assert!(error.is_request(), "{error}");
}

#[test]
fn a_second_path_of_a_group_is_that_group_in_every_file() {
    let folder = Folder::new();
    let (a, b) = (folder.path("a.h5"), folder.path("b.h5"));
    plain(&a, &["gas"]);
    plain(&b, &["now"]);
    let file = hdf5_metno::File::open_rw(&a).unwrap();
    file.link_soft("/gas", "now").unwrap();
    file.close().unwrap();
    let source = open(&[&a, &b]).select(&wanted(Some("now"), "x")).unwrap();
    assert_eq!(source.rows(), 18);
}

#[test]
fn a_file_that_is_flipped_anywhere_keeps_its_rows_or_is_an_error() {
    let folder = Folder::new();
    let (a, b) = (folder.path("a.h5"), folder.path("b.h5"));
    plain(&a, &["gas"]);
    plain(&b, &["gas"]);
    let whole = fs::read(&b).unwrap();
    let mut kept = 0;
    for at in (0..whole.len()).step_by(3) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x80;
        fs::write(&b, &bytes).unwrap();
        let Ok(catalog) = Catalog::open(&[a.clone(), b.clone()]) else {
            continue;
        };
        let Ok(source) = catalog.select(&wanted(Some("gas"), "x")) else {
            continue;
        };
        // A name that was changed is another name.
        let noted = catalog
            .files()
            .any(|f| f.notes.iter().any(|n| n.contains("UTF-8")));
        assert!(source.rows() == 18 || noted, "byte {at}: {}", source.rows());
        kept += 1;
    }
    assert!(kept > 100, "{kept}");
}
