//! Every row lies in one split, whatever the chunks, the range and the target.

mod support;

use proptest::prelude::*;
use support::{Folder, Values, open, read, selection};
use terabin_core::source::Source;
use terabin_hdf5::{ChunkedLayout, Codec, FileWriter, Selection, StoredType, encode};

/// A file whose `x` counts on from `first`, in chunks of which those in `skipped` are
/// never written.
fn write(folder: &Folder, name: &str, first: u64, rows: u64, chunk: u64, skipped: &[u64]) {
    let mut writer = FileWriter::create(&folder.path(name)).unwrap();
    let layout = ChunkedLayout {
        element: StoredType::U64,
        shape: vec![rows],
        chunk: vec![chunk],
        codec: Codec::Lz4,
    };
    let handle = writer.create_chunked("/x", &layout).unwrap();
    let written = (0..rows.div_ceil(chunk)).filter(|c| !skipped.contains(c));
    for start in written.map(|c| c * chunk) {
        let bytes: Vec<u8> = (start..start + chunk)
            .flat_map(|i| (first + i).to_le_bytes())
            .collect();
        let packed = encode(Codec::Lz4, 8, &bytes).unwrap();
        writer.write_chunk(handle, &[start], &packed).unwrap();
    }
    writer.close().unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cover_the_rows_once(
        a in (1_u64..200, 1_u64..70),
        b in (1_u64..200, 1_u64..70),
        target in 0_u64..300,
        range in (0_u64..420, 0_u64..420),
        batch_rows in 1_usize..90,
    ) {
        let folder = Folder::new();
        write(&folder, "a.h5", 0, a.0, a.1.min(a.0), &[]);
        write(&folder, "b.h5", a.0, b.0, b.1.min(b.0), &[]);
        let catalog = open(&[&folder.path("a.h5"), &folder.path("b.h5")]);
        let rows = range.0.min(range.1)..range.0.max(range.1);
        let selection = Selection { rows: Some(rows.clone()), ..selection(&["x"], batch_rows) };
        let source = catalog.select(&selection).unwrap();
        let expected: Vec<u64> = (0..a.0 + b.0).filter(|r| rows.contains(r)).collect();
        prop_assert_eq!(source.rows(), expected.len() as u64);
        let splits = source.splits(target);
        prop_assert!(splits.iter().all(|s| s.rows() > 0));
        let numbers: Vec<u64> = splits.iter().flat_map(|s| s.first_row..s.first_row + s.rows()).collect();
        prop_assert_eq!(&numbers, &expected);
        let found = read(&source, target);
        prop_assert_eq!(found.first().cloned().unwrap_or(Values::U64(vec![])), Values::U64(expected));
    }
}

#[test]
fn cuts_lie_on_chunks_and_each_chunk_is_decoded_once() {
    let folder = Folder::new();
    write(&folder, "a.h5", 0, 1000, 64, &[]);
    let source = open(&[&folder.path("a.h5")])
        .select(&selection(&["x"], 10))
        .unwrap();
    let splits = source.splits(100);
    assert!(
        splits
            .iter()
            .all(|s| s.start % 64 == 0 && (s.rows() == 128 || s.end == 1000))
    );
    let mut reader = source.reader();
    for split in splits {
        reader
            .read(&split, &mut |_| std::ops::ControlFlow::Continue(()))
            .unwrap();
    }
    assert_eq!(reader.counters().bytes_decoded, 16 * 64 * 8);
    assert!(source.reader_bytes() >= 64 * 8 + 10 * 8);
    assert!(source.stored_bytes() > 0);
}

#[test]
fn chunks_that_were_never_written_have_the_fill_value_and_are_counted() {
    let folder = Folder::new();
    write(&folder, "a.h5", 1, 100, 16, &[0, 6]);
    let source = open(&[&folder.path("a.h5")])
        .select(&selection(&["x"], 10))
        .unwrap();
    let expected = (0..100).map(|i| if (16..96).contains(&i) { i + 1 } else { 0 });
    assert_eq!(read(&source, 30), [Values::U64(expected.collect())]);
    let mut reader = source.reader();
    for split in source.splits(30) {
        reader
            .read(&split, &mut |_| std::ops::ControlFlow::Continue(()))
            .unwrap();
    }
    assert_eq!(reader.counters().fill_rows, 20);
}

#[test]
fn a_split_of_other_data_is_an_error() {
    let folder = Folder::new();
    write(&folder, "a.h5", 0, 10, 4, &[]);
    let source = open(&[&folder.path("a.h5")])
        .select(&selection(&["x"], 10))
        .unwrap();
    let mut split = source.splits(100)[0];
    split.end = 11;
    let read = source
        .reader()
        .read(&split, &mut |_| std::ops::ControlFlow::Continue(()));
    assert!(
        read.unwrap_err()
            .to_string()
            .contains("rows 0..11 of input 0")
    );
}

#[test]
fn workers_read_side_by_side() {
    let folder = Folder::new();
    write(&folder, "a.h5", 0, 5000, 64, &[]);
    let source = open(&[&folder.path("a.h5")])
        .select(&selection(&["x"], 100))
        .unwrap();
    let splits = source.splits(200);
    let worker = |number: usize| {
        let mut reader = source.reader();
        let mut sum = 0;
        for split in splits.iter().skip(number).step_by(4) {
            let add = &mut |batch: &terabin_core::batch::Batch<'_>| {
                if let [terabin_core::batch::Column::U64(x)] = batch.columns() {
                    sum += x.iter().sum::<u64>();
                }
                std::ops::ControlFlow::Continue(())
            };
            reader.read(split, add).unwrap();
        }
        sum
    };
    let total: u64 = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..4).map(|n| scope.spawn(move || worker(n))).collect();
        workers.into_iter().map(|w| w.join().unwrap()).sum()
    });
    assert_eq!(total, (0..5000).sum());
}
