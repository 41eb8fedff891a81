//! Bins columns in memory as asked, beside loops that only scatter or only read: the
//! program behind `make bench-kernels`.
//!
//! `kernels FOLDER` reads every `*.npy` file of the folder once, tells what it holds, and
//! then answers each line of JSON with one line of JSON. Requests are in [`Request`].

use std::error::Error;
use std::io::stdin;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Instant;
use std::{env, fs, thread};

use serde::Deserialize;
use serde_json::{Value, json};
use terabin::{ArrayTable, Options, Report, Spec, Unattended};
use terabin_core::axes::Indexer;
use terabin_core::batch::Column;
use terabin_core::fill::{Cells, Layout};
use terabin_core::kernel::{FloatEnvironment, InstructionSet};
use terabin_core::slabs::Slabs;

mod columns;
mod naive;
mod schedule;

use columns::Columns;
use naive::Naive;
use schedule::Schedule;

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
            Request::Fill(request) => request.fill(&columns)?,
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
    Fill(Bin),
    Naive(Naive),
    Read(ReadOnly),
}

/// `terabin::bin` and the numbers of every statistic; or, as [`Request::Fill`], its
/// cells filled and merged, without plan, hash and numbers: what a naive loop does.
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

    fn fill(&self, columns: &Columns) -> Result<Value> {
        let (layout, slabs, evaluated) = self.layout(columns)?;
        let rows = self.rows.unwrap_or(columns.rows).min(columns.rows);
        let start = Instant::now();
        let all = Cells::cut(InstructionSet::best(), &layout, slabs);
        let parts = in_threads(rows, self.threads, |rows| {
            let (began, _ieee) = (Schedule::now(), FloatEnvironment::ieee());
            let mut cells = match slabs {
                Slabs::ONE => Cells::new(&layout),
                _ => all.share(&layout),
            };
            let mut indexer = Indexer::default();
            for batch in steps(rows, BATCH) {
                let values: Vec<Column<'_>> = (evaluated.iter())
                    .map(|column| Column::F64(&column[batch.clone()]))
                    .collect();
                cells.fill(&layout, &mut indexer, &values, batch.len(), None);
            }
            cells.settle();
            (cells, began.and_then(|began| began.blocked_seconds()))
        });
        let (parts, blocked): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
        let mut parts = parts.into_iter();
        let mut sum = parts.next().ok_or("no thread")?;
        parts.for_each(|part| sum.merge(part));
        let seconds = start.elapsed().as_secs_f64();
        Ok(json!({
            "fill_seconds": seconds,
            "blocked_seconds": blocked,
            "counted": sum.rows().in_range,
        }))
    }

    /// What the plan collects, how it cuts the cells, and the columns that it collects
    /// from.
    fn layout<'a>(&self, columns: &'a Columns) -> Result<(Layout, Slabs, Vec<&'a [f64]>)> {
        let table = ArrayTable::new(columns.first(self.rows)?);
        let preview = terabin::preview(&table, &self.spec(), &self.options())?;
        let slabs = preview.memory.slabs.first().copied().unwrap_or(Slabs::ONE);
        let plan = preview.plan;
        let evaluated = plan.expressions.iter().map(|name| columns.column(name));
        let layout = plan.layouts()?.into_iter().next().ok_or("no histogram")?;
        Ok((layout, slabs, evaluated.collect::<Result<_>>()?))
    }

    fn report(&self, columns: &Columns) -> Result<Report> {
        let table = ArrayTable::new(columns.first(self.rows)?);
        let (spec, options) = (self.spec(), self.options());
        Ok(terabin::bin(&table, &spec, &options, &mut Unattended)?)
    }

    fn spec(&self) -> Spec {
        Spec {
            by: self.by.clone(),
            stat: self.stat.clone(),
            ..Spec::default()
        }
    }

    fn options(&self) -> Options {
        Options {
            threads: Some(self.threads),
            ..Options::default()
        }
    }
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
            for block in steps(rows, BLOCK) {
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

/// Rows of one step and of one batch, as the library takes them.
const BLOCK: usize = 1 << 10;
const BATCH: usize = 1 << 14;

fn steps(rows: Range<usize>, step: usize) -> impl Iterator<Item = Range<usize>> {
    let end = rows.end;
    rows.step_by(step)
        .map(move |start| start..(start + step).min(end))
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
