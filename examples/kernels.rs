//! Bins columns in memory as asked, beside loops that only scatter or only read: the
//! program behind `make bench-kernels`.
//!
//! `kernels FOLDER` reads every `*.npy` file of the folder once, tells what it holds, and
//! then answers each line of JSON with one line of JSON. Requests are in [`Request`].

use std::error::Error;
use std::io::{Read, stdin};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Instant;
use std::{env, fs, thread};

#[cfg(target_os = "linux")]
use memmap2::Advice;
use memmap2::{MmapMut, MmapOptions};
use serde::Deserialize;
use serde_json::{Value, json};
use terabin::{ArrayTable, Options, Report, Spec, Unattended};
use terabin_core::axes::{Axes, Indexer, RowCounts};
use terabin_core::batch::Column;
use terabin_core::kernel::{FloatEnvironment, InstructionSet};

fn main() -> Result<()> {
    let folder = env::args_os().nth(1).ok_or("usage: kernels FOLDER")?;
    let columns = Columns::load(Path::new(&folder))?;
    let about = json!({
        "version": terabin::VERSION,
        "instructions": InstructionSet::best().to_string(),
        "rows": columns.rows,
    });
    println!("{about}");
    for line in stdin().lines() {
        let answer = match serde_json::from_str(&line?)? {
            Request::Bin(request) => request.answer(&columns)?,
            Request::Naive(request) => request.answer(&columns)?,
            Request::Read(request) => request.answer(&columns)?,
        };
        println!("{answer}");
    }
    Ok(())
}

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// One line of the input.
#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "lowercase")]
enum Request {
    Bin(Bin),
    Naive(Naive),
    Read(ReadOnly),
}

/// `terabin::bin` and the numbers of every statistic.
#[derive(Deserialize)]
struct Bin {
    by: Vec<String>,
    stat: Vec<String>,
    threads: usize,
    /// The first so many rows; all of them unless given.
    rows: Option<usize>,
    /// Where to write the counts and statistics, one file of 8-byte numbers for each.
    answer: Option<PathBuf>,
}

impl Bin {
    fn answer(&self, columns: &Columns) -> Result<Value> {
        let start = Instant::now();
        let report = self.report(columns)?;
        let result = report.results.first().ok_or("no histogram")?;
        let binned = start.elapsed().as_secs_f64();
        let counts = result.counts();
        let values = self.stat.iter().map(|name| {
            let values = result.values(name);
            Ok(values.ok_or_else(|| format!("no {name}"))?.to_f64())
        });
        let values: Vec<Vec<f64>> = values.collect::<Result<_>>()?;
        let seconds = start.elapsed().as_secs_f64();
        write_answer(self.answer.as_deref(), &counts, &values)?;
        Ok(json!({
            "seconds": seconds,
            "bin_seconds": binned,
            "counted": counts.iter().sum::<u64>(),
            "state_hash": report.state_hash,
            "threads": report.threads,
        }))
    }

    fn report(&self, columns: &Columns) -> Result<Report> {
        let table = ArrayTable::new(columns.first(self.rows)?);
        let spec = Spec {
            by: self.by.clone(),
            stat: self.stat.clone(),
            ..Spec::default()
        };
        let options = Options {
            threads: Some(self.threads),
            ..Options::default()
        };
        Ok(terabin::bin(&table, &spec, &options, &mut Unattended)?)
    }
}

/// The same cells, found by the same indexer, and a table of doubles for each thread.
#[derive(Deserialize)]
struct Naive {
    by: Vec<String>,
    collect: Collect,
    /// The column of the values; none where rows are counted.
    of: Option<String>,
    threads: usize,
    rows: Option<usize>,
    answer: Option<PathBuf>,
}

/// What a naive loop keeps of the values in a cell.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Collect {
    /// How many there are.
    Count,
    /// Count and sum.
    Mean,
    /// Count, sum, sum of squares, least and greatest.
    Moments,
}

impl Naive {
    fn answer(&self, columns: &Columns) -> Result<Value> {
        let work = self.work(columns)?;
        let start = Instant::now();
        // A cell is an array of bits, so that an empty table costs what memory costs.
        let (counts, values) = match self.collect {
            Collect::Count => {
                let table = work.tables([0], add_count, |a, b| a[0] += b[0]);
                (counts_of(&table), Vec::new())
            }
            Collect::Mean => {
                let table = work.tables([0; 2], add_mean, merge_mean);
                (counts_of(&table), means_of(&table))
            }
            Collect::Moments => {
                let table = work.tables(NO_MOMENTS, add_moments, merge_moments);
                (counts_of(&table), moments_of(&table))
            }
        };
        let seconds = start.elapsed().as_secs_f64();
        write_answer(self.answer.as_deref(), &counts, &values)?;
        Ok(json!({ "seconds": seconds, "counted": counts.iter().sum::<u64>() }))
    }

    fn work<'a>(&self, columns: &'a Columns) -> Result<Work<'a>> {
        let plan = Bin {
            by: self.by.clone(),
            stat: Vec::new(),
            threads: 1,
            rows: Some(0),
            answer: None,
        };
        let report = plan.report(columns)?;
        let result = report.results.first().ok_or("no histogram")?;
        let name = |by: &str| by.split(':').next().unwrap_or(by).to_owned();
        let along: Vec<&[f64]> =
            (self.by.iter().map(|by| columns.column(&name(by)))).collect::<Result<_>>()?;
        let values = match &self.of {
            Some(name) => columns.column(name)?,
            // Counting reads no value; what it is handed is not touched.
            None => along.first().copied().unwrap_or_default(),
        };
        let axes = result.histogram.axes().clone();
        // The trash has a slot of its own.
        let slots = SLOTS.into_iter().find(|&n| axes.cells() < n);
        Ok(Work {
            slots: slots.ok_or("too many cells for a naive table")?,
            axes,
            along,
            values,
            rows: self.rows.unwrap_or(columns.rows).min(columns.rows),
            threads: self.threads,
        })
    }
}

/// What the threads of a naive loop share.
struct Work<'a> {
    axes: Axes,
    along: Vec<&'a [f64]>,
    values: &'a [f64],
    rows: usize,
    threads: usize,
    slots: usize,
}

impl Work<'_> {
    /// The sum of the tables of all threads; the cells alone, without the trash.
    fn tables<const N: usize>(
        &self,
        empty: [u64; N],
        add: impl Fn(&mut [u64; N], f64) + Sync,
        merge: impl Fn(&mut [u64; N], &[u64; N]),
    ) -> Vec<[u64; N]> {
        let tables = in_threads(self.rows, self.threads, |rows| self.fill(rows, empty, &add));
        let mut tables = tables.into_iter();
        let mut sum = tables.next().unwrap_or_default();
        sum.truncate(self.axes.cells());
        for table in tables {
            for (mine, theirs) in sum.iter_mut().zip(&table) {
                merge(mine, theirs);
            }
        }
        sum
    }

    fn fill<const N: usize>(
        &self,
        rows: Range<usize>,
        empty: [u64; N],
        add: impl Fn(&mut [u64; N], f64),
    ) -> Vec<[u64; N]> {
        let _ieee = FloatEnvironment::ieee();
        let mut table = vec![empty; self.slots];
        let mut indexer = Indexer::default();
        let mut counts = RowCounts::new(self.along.len());
        for block in blocks(rows) {
            let axes: Vec<Column<'_>> = (self.along.iter())
                .map(|column| Column::F64(&column[block.clone()]))
                .collect();
            let cells = indexer.index(&self.axes, &axes, block.len(), None, &mut counts);
            scatter(&mut table, cells, &self.values[block], &add);
        }
        table
    }
}

/// Slots of a table. Where the compiler knows how many, a mask stands for the check of
/// bounds: with a mask alone the check stays.
const SLOTS: [usize; 4] = [1 << 10, 1 << 17, 1 << 20, 1 << 24];

fn scatter<const N: usize>(
    table: &mut [[u64; N]],
    cells: &[u32],
    values: &[f64],
    add: impl Fn(&mut [u64; N], f64),
) {
    let slots = table.len();
    if slots == SLOTS[0] {
        scatter_in::<N, { SLOTS[0] }>(table, cells, values, add);
    } else if slots == SLOTS[1] {
        scatter_in::<N, { SLOTS[1] }>(table, cells, values, add);
    } else if slots == SLOTS[2] {
        scatter_in::<N, { SLOTS[2] }>(table, cells, values, add);
    } else {
        scatter_in::<N, { SLOTS[3] }>(table, cells, values, add);
    }
}

fn scatter_in<const N: usize, const SLOTS: usize>(
    table: &mut [[u64; N]],
    cells: &[u32],
    values: &[f64],
    add: impl Fn(&mut [u64; N], f64),
) {
    let Ok(table) = <&mut [[u64; N]; SLOTS]>::try_from(table) else {
        return;
    };
    for (&cell, &value) in cells.iter().zip(values) {
        add(&mut table[cell as usize & (SLOTS - 1)], value);
    }
}

fn add_count([count]: &mut [u64; 1], _value: f64) {
    *count += 1;
}

fn add_mean([count, sum]: &mut [u64; 2], value: f64) {
    *count += 1;
    *sum = (f64::from_bits(*sum) + value).to_bits();
}

fn merge_mean(mine: &mut [u64; 2], theirs: &[u64; 2]) {
    mine[0] += theirs[0];
    mine[1] = (f64::from_bits(mine[1]) + f64::from_bits(theirs[1])).to_bits();
}

const NO_MOMENTS: [u64; 5] = [
    0,
    0,
    0,
    f64::INFINITY.to_bits(),
    f64::NEG_INFINITY.to_bits(),
];

fn add_moments([count, sum, squares, least, greatest]: &mut [u64; 5], value: f64) {
    *count += 1;
    *sum = (f64::from_bits(*sum) + value).to_bits();
    *squares = (f64::from_bits(*squares) + value * value).to_bits();
    // `f64::min` takes care of NaN, which a naive loop does not.
    let (low, high) = (f64::from_bits(*least), f64::from_bits(*greatest));
    *least = if value < low { value } else { low }.to_bits();
    *greatest = if value > high { value } else { high }.to_bits();
}

fn merge_moments(mine: &mut [u64; 5], theirs: &[u64; 5]) {
    mine[0] += theirs[0];
    let pair = |at: usize| (f64::from_bits(mine[at]), f64::from_bits(theirs[at]));
    let [sum, squares, least, greatest] = [1, 2, 3, 4].map(pair);
    mine[1] = (sum.0 + sum.1).to_bits();
    mine[2] = (squares.0 + squares.1).to_bits();
    mine[3] = least.0.min(least.1).to_bits();
    mine[4] = greatest.0.max(greatest.1).to_bits();
}

fn counts_of<const N: usize>(table: &[[u64; N]]) -> Vec<u64> {
    table.iter().map(|cell| cell[0]).collect()
}

#[allow(clippy::cast_precision_loss)] // no data here has 2^53 rows
fn means_of<const N: usize>(table: &[[u64; N]]) -> Vec<Vec<f64>> {
    let mean = |cell: &[u64; N]| f64::from_bits(cell[1]) / cell[0] as f64;
    vec![table.iter().map(mean).collect()]
}

/// Mean, standard deviation, least and greatest.
#[allow(clippy::cast_precision_loss)] // no data here has 2^53 rows
fn moments_of(table: &[[u64; 5]]) -> Vec<Vec<f64>> {
    let moments = table.iter().map(|cell| {
        let [sum, squares, least, greatest] = [1, 2, 3, 4].map(|at| f64::from_bits(cell[at]));
        let count = cell[0] as f64;
        let mean = sum / count;
        let variance = (squares / count - mean * mean).max(0.0);
        [mean, variance.sqrt(), least, greatest]
    });
    let moments: Vec<[f64; 4]> = moments.collect();
    [0, 1, 2, 3]
        .map(|at| moments.iter().map(|cell| cell[at]).collect())
        .into()
}

/// Adds the bits of columns: what it costs to have them pass by.
#[derive(Deserialize)]
struct ReadOnly {
    columns: Vec<String>,
    threads: usize,
}

impl ReadOnly {
    fn answer(&self, columns: &Columns) -> Result<Value> {
        let names = self.columns.iter();
        let columns_read: Vec<&[f64]> = names
            .map(|name| columns.column(name))
            .collect::<Result<_>>()?;
        let start = Instant::now();
        let sums = in_threads(columns.rows, self.threads, |rows| {
            let mut sum = 0u64;
            for block in blocks(rows) {
                for column in &columns_read {
                    let bits = column[block.clone()].iter().map(|value| value.to_bits());
                    sum = bits.fold(sum, u64::wrapping_add);
                }
            }
            sum
        });
        let seconds = start.elapsed().as_secs_f64();
        let sum = sums.into_iter().fold(0, u64::wrapping_add);
        Ok(json!({ "seconds": seconds, "sum": sum }))
    }
}

/// Rows of one step, as the library takes them.
const BLOCK: usize = 1024;

fn blocks(rows: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let end = rows.end;
    rows.step_by(BLOCK)
        .map(move |start| start..(start + BLOCK).min(end))
}

/// What `work` gives on each thread, for an even share of the rows.
fn in_threads<T: Send>(
    rows: usize,
    threads: usize,
    work: impl Fn(Range<usize>) -> T + Sync,
) -> Vec<T> {
    let work = &work;
    thread::scope(|scope| {
        let shares = (0..threads).map(|k| rows * k / threads..rows * (k + 1) / threads);
        let started: Vec<_> = shares
            .map(|share| scope.spawn(move || work(share)))
            .collect();
        started.into_iter().filter_map(|t| t.join().ok()).collect()
    })
}

/// Columns of doubles of equal length.
struct Columns {
    named: Vec<(String, MmapMut)>,
    rows: usize,
}

impl Columns {
    fn load(folder: &Path) -> Result<Self> {
        let mut named = Vec::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|e| e == "npy") {
                let name = path.file_stem().unwrap_or_default().to_string_lossy();
                let column = read_npy(&path).map_err(|e| format!("{}: {e}", path.display()))?;
                named.push((name.into_owned(), column));
            }
        }
        let rows = named.first().ok_or("no *.npy file")?.1.len() / VALUE_BYTES;
        if named.iter().any(|(_, c)| c.len() != rows * VALUE_BYTES) {
            return Err("columns of different length".into());
        }
        Ok(Self { named, rows })
    }

    fn column(&self, name: &str) -> Result<&[f64]> {
        let found = self.named.iter().find(|(n, _)| n == name);
        let (_, bytes) = found.ok_or_else(|| format!("no column {name}"))?;
        bytemuck::try_cast_slice(bytes).map_err(|e| e.to_string().into())
    }

    /// All columns, of the first `rows` rows.
    fn first(&self, rows: Option<usize>) -> Result<Vec<(String, Column<'_>)>> {
        let rows = rows.unwrap_or(self.rows).min(self.rows);
        let columns = self.named.iter().map(|(name, _)| {
            let values = self.column(name)?;
            Ok((name.clone(), Column::F64(&values[..rows])))
        });
        columns.collect()
    }
}

const VALUE_BYTES: usize = size_of::<f64>();

/// The values of a file in NumPy's format, version 1: little-endian doubles, one dimension.
///
/// NumPy asks for large pages for its own arrays; these columns get the same.
fn read_npy(path: &Path) -> Result<MmapMut> {
    let mut file = fs::File::open(path)?;
    let mut start = [0; 10];
    file.read_exact(&mut start)?;
    let [b'\x93', b'N', b'U', b'M', b'P', b'Y', 1, _, low, high] = start else {
        return Err("not NumPy's format, version 1".into());
    };
    let mut header = vec![0; usize::from(u16::from_le_bytes([low, high]))];
    file.read_exact(&mut header)?;
    if !String::from_utf8_lossy(&header).contains("'descr': '<f8'") {
        return Err("not little-endian doubles".into());
    }
    let before = (start.len() + header.len()) as u64;
    let bytes = usize::try_from(file.metadata()?.len().saturating_sub(before))?;
    let mut column = MmapOptions::new().len(bytes).map_anon()?;
    // A kernel that has no large pages refuses; the record tells how many there were.
    #[cfg(target_os = "linux")]
    let _ = column.advise(Advice::HugePage);
    file.read_exact(&mut column)?;
    Ok(column)
}

/// Writes `PREFIX.count` and `PREFIX.0`, `PREFIX.1`, ... little-endian.
fn write_answer(prefix: Option<&Path>, counts: &[u64], values: &[Vec<f64>]) -> Result<()> {
    let Some(prefix) = prefix else {
        return Ok(());
    };
    let counts: Vec<u8> = counts.iter().flat_map(|n| n.to_le_bytes()).collect();
    fs::write(prefix.with_extension("count"), counts)?;
    for (k, values) in values.iter().enumerate() {
        let values: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        fs::write(prefix.with_extension(k.to_string()), values)?;
    }
    Ok(())
}
