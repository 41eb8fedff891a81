//! What the layout of files costs, and what to do about it.

use std::collections::BTreeMap;

use crate::catalog::TableSummary;
use crate::description::{ChunkEntry, ChunkTable, DatasetDescription, FileDescription, Layout};

/// A cost that comes from the layout of the files, with the figures behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// What the layout is.
    pub what: String,
    /// What it costs, in chunks, bytes, files or threads.
    pub cost: String,
    /// What would be better.
    pub remedy: String,
}

/// What the layout of `files` costs a run of `threads` threads in `memory` bytes; the
/// gravest first, one for each kind of cost, nothing for a good layout.
///
/// `tables` are those of the same files. Only descriptions are looked at.
#[must_use]
pub fn advice(
    files: &[&FileDescription],
    tables: &[TableSummary],
    memory: u64,
    threads: usize,
) -> Vec<Advice> {
    let columns = columns(files);
    let threads = (threads as u64).max(1);
    let found = [
        large_chunks(&columns, memory, threads),
        through_library(tables),
        wide_rows(&columns),
        few_chunks(&columns, threads),
        tiny_chunks(&columns),
        small_files(files),
    ];
    found.into_iter().flatten().collect()
}

/// A read and a decoder call take microseconds; so many bytes take some tens of them.
const TINY_CHUNK: u64 = 64 << 10;
/// So many tiny chunks of a column begin to be noticed: some 10 ms.
const MANY_CHUNKS: u64 = 1000;
/// A chunk of so many bytes keeps one thread busy for about 10 ms of gzip; sharing less
/// among threads gains nothing.
const LONG_CHUNK: u64 = 4 << 20;
/// Rows of a chunk that is neither tiny nor long: 512 KiB of doubles.
const GOOD_CHUNK_ROWS: u64 = 1 << 16;
/// Bytes that are read in well under a millisecond however they lie.
const NEGLIGIBLE: u64 = 256 << 10;
/// A reader holds a decoded chunk and the decoder's second buffer.
const BUFFERS_PER_THREAD: u64 = 2;
/// So many files begin to be noticed: each takes about a millisecond to describe, as
/// the library does that one at a time.
const MANY_FILES: usize = 1000;
/// A smaller file is read faster than it is described.
const TINY_FILE: u64 = 1 << 20;
/// Of many files with fewer bytes on average, describing is a good part of the time.
const SMALL_FILE: u64 = 4 << 20;
/// Names that are listed before the others are only counted.
const NAMES: usize = 3;

/// The datasets of one path in all files.
struct Column<'a> {
    name: String,
    datasets: Vec<&'a DatasetDescription>,
}

impl<'a> Column<'a> {
    fn chunked(&self) -> impl Iterator<Item = (&'a DatasetDescription, &'a ChunkTable)> {
        self.datasets.iter().filter_map(|d| match &d.layout {
            Layout::Chunked(table) => Some((*d, table)),
            _ => None,
        })
    }

    /// The largest decoded chunk.
    fn chunk_bytes(&self) -> u64 {
        let chunks = self.chunked().map(|(d, table)| chunk_bytes(d, table));
        chunks.max().unwrap_or(0)
    }

    /// All values, decoded.
    fn bytes(&self) -> u64 {
        self.datasets
            .iter()
            .fold(0, |sum, d| sum.saturating_add(decoded(&d.shape, d)))
    }
}

fn columns<'a>(files: &[&'a FileDescription]) -> Vec<Column<'a>> {
    let mut by_path: BTreeMap<&str, Vec<&DatasetDescription>> = BTreeMap::new();
    for dataset in files.iter().flat_map(|f| &f.datasets) {
        if !dataset.shape.is_empty() {
            by_path.entry(&dataset.path).or_default().push(dataset);
        }
    }
    let column = |(path, datasets): (&str, _)| Column {
        name: path.trim_start_matches('/').replace('/', "."),
        datasets,
    };
    by_path.into_iter().map(column).collect()
}

fn decoded(shape: &[u64], dataset: &DatasetDescription) -> u64 {
    let elements = shape
        .iter()
        .fold(1_u64, |n, extent| n.saturating_mul(*extent));
    elements.saturating_mul(dataset.element.size as u64)
}

fn chunk_bytes(dataset: &DatasetDescription, table: &ChunkTable) -> u64 {
    decoded(&table.shape, dataset)
}

/// Chunks so large that their buffers take threads away.
fn large_chunks(columns: &[Column<'_>], memory: u64, threads: u64) -> Option<Advice> {
    let largest = columns.iter().max_by_key(|c| c.chunk_bytes())?;
    let chunk = largest.chunk_bytes();
    let per_thread = chunk.saturating_mul(BUFFERS_PER_THREAD);
    if per_thread.saturating_mul(threads) <= memory {
        return None;
    }
    let fitting = match memory / per_thread.max(1) {
        0 => "not even one thread fits: a run is refused".to_owned(),
        n => format!("only {n} of {threads} threads fit"),
    };
    Some(Advice {
        what: format!("a chunk of {} decodes to {}", largest.name, size(chunk)),
        cost: format!(
            "each thread needs {}; in {} of memory {fitting}",
            size(per_thread),
            size(memory)
        ),
        remedy: format!("give more with --memory, or {}", better_chunks()),
    })
}

/// Columns that go through the library, under its lock.
///
/// They are taken from the tables: what is no column is not read, whatever its layout.
fn through_library(tables: &[TableSummary]) -> Option<Advice> {
    let (mut slow, mut bytes) = (Vec::new(), 0_u64);
    let columns = tables.iter().flat_map(|t| &t.columns);
    for column in columns.filter(|c| c.usable.is_ok()) {
        if let Some(reason) = &column.through_library {
            slow.push(format!("{} ({reason})", column.name));
            bytes = bytes.saturating_add(column.stored_bytes);
        }
    }
    if slow.is_empty() {
        return None;
    }
    Some(Advice {
        what: format!("only the HDF5 library can read {}", names(&slow)),
        cost: format!(
            "it lets one thread in at a time, so that {} in the files are read as with --ncpus 1",
            size(bytes)
        ),
        remedy:
            "rewrite with a filter that is read in parallel (`terabin process --compress zstd:3`)"
                .into(),
    })
}

/// Rows of several components side by side, of which all are read for one.
fn wide_rows(columns: &[Column<'_>]) -> Option<Advice> {
    let wide = columns.iter().filter(|c| c.bytes() >= NEGLIGIBLE);
    let mut wide: Vec<_> = wide.filter_map(|c| Some((side_by_side(c)?, c))).collect();
    wide.sort_by_key(|((taken, _), _)| std::cmp::Reverse(*taken));
    let ((taken, of), worst) = wide.first()?;
    let needed = worst.bytes() / of;
    let listed: Vec<_> = wide.iter().map(|(_, c)| c.name.clone()).collect();
    Some(Advice {
        what: format!("rows of {of} values lie side by side in {}", names(&listed)),
        cost: format!(
            "one column of {} takes the bytes of {taken}: {} in place of {}, {taken} times as much",
            worst.name,
            size(needed.saturating_mul(*taken)),
            size(needed)
        ),
        remedy: format!(
            "where single columns are read, write each as a dataset of its own \
             (`terabin process --columns '{name}[:,0],{name}[:,1]'`)",
            name = worst.name
        ),
    })
}

/// How many components are read for one, and how many there are; the worst dataset's.
fn side_by_side(column: &Column<'_>) -> Option<(u64, u64)> {
    let taken = |d: &&DatasetDescription| {
        let [_, width] = *d.shape else { return None };
        let taken = match &d.layout {
            Layout::Contiguous { .. } => width,
            Layout::Chunked(table) => table.shape.get(1).copied().unwrap_or(1),
            _ => 1,
        };
        (taken > 1 && width > 1).then_some((taken, width))
    };
    column.datasets.iter().filter_map(taken).max()
}

/// Long chunks that are fewer than the threads.
fn few_chunks(columns: &[Column<'_>], threads: u64) -> Option<Advice> {
    let few = |c: &&Column<'_>| {
        let written = c.chunked().filter(|(_, table)| !table.entries.is_empty());
        written.count() == c.datasets.len()
            && c.chunk_bytes() >= LONG_CHUNK
            // That one chunk is too few is true of the next machine also.
            && (1..threads.max(2)).contains(&bands(c))
    };
    let few: Vec<&Column<'_>> = columns.iter().filter(few).collect();
    let worst = few.iter().min_by_key(|c| bands(c))?;
    let listed: Vec<_> = few.iter().map(|c| c.name.clone()).collect();
    let (count, bytes) = (bands(worst), size(worst.chunk_bytes()));
    let whole = match count {
        1 => format!("one chunk of {bytes}"),
        n => format!("{n} chunks of {bytes}"),
    };
    Some(Advice {
        what: format!("all rows of {} lie in {whole}", names(&listed)),
        cost: format!("a chunk is decoded by one thread: --ncpus beyond {count} gains nothing"),
        remedy: better_chunks(),
    })
}

/// Runs of rows that threads can share among them.
fn bands(column: &Column<'_>) -> u64 {
    let rows = |(d, table): (&DatasetDescription, &ChunkTable)| {
        let chunk = table.shape.first().copied().unwrap_or(1);
        d.rows().div_ceil(chunk.max(1))
    };
    column.chunked().map(rows).fold(0, u64::saturating_add)
}

/// Many chunks so small that finding and reading them outweighs their values.
///
/// The decoded size counts: a long chunk that compresses to a few bytes is decoded
/// fast for what it gives.
fn tiny_chunks(columns: &[Column<'_>]) -> Option<Advice> {
    let tiny = |c: &Column<'_>| -> Vec<(u64, u64, u64)> {
        let tiny = c.chunked().filter(|(d, t)| chunk_bytes(d, t) < TINY_CHUNK);
        // A dataset of one chunk is a small dataset.
        let tiny = tiny.filter(|(_, table)| table.entries.len() > 1);
        let figures = tiny.map(|(d, t)| {
            let better = d.rows().div_ceil(GOOD_CHUNK_ROWS);
            (t.entries.len() as u64, chunk_bytes(d, t), better)
        });
        figures.collect()
    };
    let (mut listed, mut all) = (Vec::new(), Vec::new());
    for column in columns {
        let figures = tiny(column);
        if figures.iter().map(|(chunks, ..)| chunks).sum::<u64>() > MANY_CHUNKS {
            listed.push(column.name.clone());
            all.extend(figures);
        }
    }
    let largest = all.iter().map(|(_, bytes, _)| *bytes).max()?;
    let chunks: u64 = all.iter().map(|(chunks, ..)| chunks).sum();
    let better: u64 = all.iter().map(|(.., better)| better).sum();
    let entry = size_of::<ChunkEntry>() as u64;
    Some(Advice {
        what: format!(
            "{chunks} chunks of {} at most in {}",
            size(largest),
            names(&listed)
        ),
        cost: format!(
            "each is found, read and decoded on its own, and described in {entry} B ({} in all); \
             {better} chunks of {GOOD_CHUNK_ROWS} rows would hold the same",
            size(chunks.saturating_mul(entry))
        ),
        remedy: better_chunks(),
    })
}

/// Many files that are described longer than they are read.
fn small_files(files: &[&FileDescription]) -> Option<Advice> {
    let count = files.len();
    let total = files
        .iter()
        .fold(0_u64, |sum, f| sum.saturating_add(f.size));
    let mean = total.checked_div(count as u64)?;
    let tiny = files.iter().filter(|f| f.size < TINY_FILE).count();
    if count <= MANY_FILES || (tiny <= MANY_FILES && mean >= SMALL_FILE) {
        return None;
    }
    Some(Advice {
        what: format!("{count} files of {} on average", size(mean)),
        cost: format!(
            "{count} files are opened and described, one at a time, for {} of data",
            size(total)
        ),
        remedy: "join them in one file (`terabin process --input FOLDER --output FOLDER`)".into(),
    })
}

fn better_chunks() -> String {
    format!(
        "rewrite with chunks of about {} Ki rows (`terabin process --rows-per-chunk {GOOD_CHUNK_ROWS}`)",
        GOOD_CHUNK_ROWS >> 10
    )
}

/// `x, y, z and 5 more`.
fn names(all: &[String]) -> String {
    let shown = all.get(..NAMES).unwrap_or(all).join(", ");
    match all.len().saturating_sub(NAMES) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// Bytes for people: `1.5 GiB`.
fn size(bytes: u64) -> String {
    let units = [(40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")];
    let Some((shift, unit)) = units.into_iter().find(|(shift, _)| bytes >> shift > 0) else {
        return format!("{bytes} B");
    };
    let tenths = (u128::from(bytes) * 10 + (1 << (shift - 1))) >> shift;
    format!("{}.{} {unit}", tenths / 10, tenths % 10)
}
