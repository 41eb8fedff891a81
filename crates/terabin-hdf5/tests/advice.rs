//! Each costly layout is told with its figures, and a good one is not.

mod support;

use std::path::Path;

use proptest::prelude::*;
use support::Folder;
use terabin_hdf5::{
    Advice, Catalog, ChunkEntry, ChunkTable, FileDescription, FileWriter, Layout, OpenOptions,
    Values, advice, describe,
};

const MIB: u64 = 1 << 20;
const MEMORY: u64 = 1024 * MIB;

/// A described file with the dataset `/g/x` of doubles: what a test changes is plain data.
fn file() -> FileDescription {
    let folder = Folder::new();
    let path = folder.path("x.h5");
    write(&path);
    describe(&path, &OpenOptions::default()).unwrap()
}

fn write(path: &Path) {
    let mut writer = FileWriter::create(path).unwrap();
    writer.group("/g").unwrap();
    writer
        .dataset("/g/x", &[2], Values::F64(&[1.0, 2.0]))
        .unwrap();
    writer.close().unwrap();
}

/// The same with another shape and the first `written` chunks of `chunk`.
fn chunked(shape: &[u64], chunk: &[u64], written: u64) -> FileDescription {
    let mut file = file();
    let entry = |index| ChunkEntry {
        index,
        address: 4096,
        stored: 8,
        filter_mask: 0,
    };
    file.datasets[0].shape = shape.to_vec();
    file.datasets[0].layout = Layout::Chunked(ChunkTable {
        shape: chunk.to_vec(),
        entries: (0..written).map(entry).collect(),
        ..ChunkTable::default()
    });
    file
}

fn only(file: &FileDescription, threads: usize) -> Advice {
    let mut found = advice(&[file], &[], MEMORY, threads);
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

fn assert_says(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "`{word}` is missing in: {text}");
    }
}

#[test]
fn good_layouts_need_no_advice() {
    assert_eq!(advice(&[], &[], MEMORY, 8), []);
    assert_eq!(advice(&[&file()], &[], MEMORY, 8), []);
    let good = chunked(&[10_000_000], &[65_536], 153);
    assert_eq!(advice(&[&good], &[], MEMORY, 8), []);
    // A small dataset in one chunk is a small dataset.
    let small = chunked(&[1000], &[1000], 1);
    assert_eq!(advice(&[&small; 900], &[], MEMORY, 8), []);
}

#[test]
fn tiny_chunks_are_counted() {
    let found = only(&chunked(&[8_000_000], &[8], 1_000_000), 2);
    assert_says(&found.what, &["1000000 chunks of 64 B", "g.x"]);
    // 32 bytes for each; 8,000,000 / 65,536 rows, rounded up.
    assert_says(&found.cost, &["30.5 MiB", "123 chunks of 65536 rows"]);
    assert_says(&found.remedy, &["terabin process --rows-per-chunk 65536"]);
    assert_eq!(advice(&[&chunked(&[8000], &[8], 1000)], &[], MEMORY, 2), []);
}

#[test]
fn rows_side_by_side_cost_their_width() {
    let found = only(&chunked(&[1_000_000, 8], &[65_536, 8], 16), 2);
    assert_says(&found.what, &["rows of 8 values", "in g.x"]);
    assert_says(&found.cost, &["8 times as much", "61.0 MiB", "7.6 MiB"]);
    assert_says(&found.remedy, &["terabin process --columns 'g.x[:,0]"]);

    let halves = only(&chunked(&[1_000_000, 8], &[65_536, 4], 32), 2);
    assert_says(&halves.cost, &["4 times as much", "30.5 MiB", "7.6 MiB"]);
    let apart = chunked(&[1_000_000, 8], &[65_536, 1], 128);
    assert_eq!(advice(&[&apart], &[], MEMORY, 2), []);

    let mut contiguous = file();
    contiguous.datasets[0].shape = vec![1_000_000, 3];
    assert_says(&only(&contiguous, 2).cost, &["3 times as much"]);
}

#[test]
fn chunks_that_outgrow_the_memory_lower_the_threads() {
    let large = chunked(&[1 << 30], &[16 << 20], 64);
    assert_eq!(advice(&[&large], &[], MEMORY, 4), []);
    let found = only(&large, 5);
    assert_says(&found.what, &["g.x decodes to 128.0 MiB"]);
    assert_says(&found.cost, &["256.0 MiB", "only 4 of 5 threads"]);
    assert_says(&found.remedy, &["--memory", "--rows-per-chunk"]);

    let found = advice(&[&large], &[], 255 * MIB, 1);
    assert_says(&found[0].cost, &["not even one thread"]);
}

#[test]
fn one_chunk_is_work_for_one_thread() {
    let one = chunked(&[1_000_000], &[1_000_000], 1);
    let found = only(&one, 8);
    assert_says(&found.what, &["all rows of g.x", "one chunk of 7.6 MiB"]);
    assert_says(&found.cost, &["one thread", "--ncpus beyond 1 gains"]);
    // Two files of one chunk each are work for two.
    assert_eq!(advice(&[&one, &one], &[], MEMORY, 2), []);
    // What was never written is not decoded.
    let hollow = chunked(&[1_000_000], &[1_000_000], 0);
    assert_eq!(advice(&[&hollow], &[], MEMORY, 8), []);
}

#[test]
fn many_small_files_are_counted() {
    let mut small = file();
    small.size = 4 * MIB - 1;
    assert_eq!(advice(&vec![&small; 1000], &[], MEMORY, 2), []);
    let found = advice(&vec![&small; 1001], &[], MEMORY, 2);
    assert_eq!(found.len(), 1);
    assert_says(&found[0].what, &["1001 files of 4.0 MiB"]);
    assert_says(&found[0].remedy, &["terabin process --input"]);
    small.size = 4 * MIB;
    assert_eq!(advice(&vec![&small; 1001], &[], MEMORY, 2), []);
    // One large file does not make the small ones fewer.
    let (mut tiny, mut large) = (file(), file());
    tiny.size = MIB - 1;
    large.size = MIB * MIB;
    let mut files = vec![&tiny; 1001];
    files.push(&large);
    assert_eq!(advice(&files, &[], MEMORY, 2).len(), 1);
}

#[test]
fn what_the_library_reads_is_told_with_the_reason() {
    let folder = Folder::new();
    let path = folder.path("x.h5");
    write(&path);
    let mut tables = Catalog::open(&[path]).unwrap().tables();
    assert_eq!(advice(&[], &tables, MEMORY, 2), []);
    let columns = tables.iter_mut().flat_map(|t| &mut t.columns);
    for column in columns {
        column.through_library = Some("its filter is unknown".into());
        column.stored_bytes = 8 * MIB;
    }
    let found = advice(&[], &tables, MEMORY, 2).remove(0);
    assert_says(
        &found.what,
        &["HDF5 library", "g.x (its filter is unknown)"],
    );
    assert_says(&found.cost, &["one thread", "8.0 MiB"]);
    assert_says(&found.remedy, &["terabin process --compress zstd:3"]);
    // What is no column is not read.
    tables[0].columns[0].usable = Err("is a scalar".into());
    assert_eq!(advice(&[], &tables[..1], MEMORY, 2), []);
}

#[test]
fn many_columns_of_one_kind_are_one_advice() {
    let mut file = chunked(&[8_000_000], &[8], 2000);
    for k in 0..5 {
        let mut next = file.datasets[0].clone();
        next.path = format!("/g/y{k}");
        file.datasets.push(next);
    }
    let found = only(&file, 2);
    assert_says(&found.what, &["12000 chunks", "g.x, g.y0, g.y1 and 3 more"]);
}

proptest! {
    /// Whatever files declare, there is an answer.
    #[test]
    fn extremes_do_no_harm(
        shape in prop::collection::vec(any::<u64>(), 0..4),
        chunk in prop::collection::vec(any::<u64>(), 0..4),
        written in 0_u64..3,
        size in any::<u64>(),
        memory in any::<u64>(),
        threads in any::<usize>(),
    ) {
        let mut file = chunked(&shape, &chunk, written);
        file.size = size;
        file.datasets[0].element.size = usize::MAX;
        for found in advice(&[&file, &file], &[], memory, threads) {
            prop_assert!(!found.cost.is_empty());
        }
    }
}
