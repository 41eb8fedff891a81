//! The main job: histograms of a table.

use std::time::Instant;

use terabin_core::fill::{Cells, Layout};
use terabin_core::histogram::{Histogram, Values};
use terabin_core::kernel::FloatEnvironment;
use terabin_core::slabs::Slabs;
use terabin_core::source::{Damage, ReadCounters, Source, Split};
use terabin_core::state::Quantity;
use terabin_core::statistic::{NanRule, Statistic};
use terabin_expr::Bound;

use crate::damage::{self, Damages};
use crate::error::{Error, Result};
use crate::job;
use crate::memory_plan::{MemoryPlan, Needs};
use crate::plan::{HistogramPlan, Partial, PassLimits, Plan, Step};
use crate::resolve::resolve;
use crate::resources::{available_cpus, default_memory, instruction_set};
use crate::run::{Control, Moved, Progress, check, run};
use crate::spec::Spec;
use crate::table::Table;

/// How a run is done; nothing here changes a result.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Threads; all that this process may use unless given.
    pub threads: Option<usize>,
    /// The bound on peak resident memory in bytes; half of what is free unless given.
    pub memory: Option<u64>,
    /// Rows of a split; chosen from the rows and threads unless given.
    pub split_rows: Option<u64>,
}

impl Options {
    /// With the limit of memory in numbers: free memory changes as a run goes on.
    fn settled(self) -> Self {
        Self {
            memory: Some(self.memory_limit()),
            ..self
        }
    }

    fn memory_limit(&self) -> u64 {
        self.memory.unwrap_or_else(default_memory)
    }
}

/// What a run gave.
pub struct Report {
    /// The histograms, in the order of the request.
    pub results: Vec<HistogramResult>,
    /// Rows of the data.
    pub rows: u64,
    /// What the readers moved, all passes together.
    pub counters: ReadCounters,
    /// Passes over the data.
    pub passes: usize,
    /// Wall time, from the request to the last hash.
    pub seconds: f64,
    /// Threads used.
    pub threads: usize,
    /// The hash of the exact states: one histogram's own, or that of all by name.
    pub state_hash: String,
    /// What the user should know: histograms left out.
    pub notes: Vec<String>,
    /// What could not be read and was left out, by file, dataset and rows; at most
    /// 10,000 places.
    pub damages: Vec<Damage>,
}

impl Report {
    /// Rows that could not be read and were left out.
    #[must_use]
    pub fn skipped(&self) -> u64 {
        // No row is lost before the axes are asked: every histogram tells the same.
        let first = self.results.first();
        first.map_or(0, |r| r.histogram.rows().skipped)
    }

    /// What the user should know of rows that could not be read: nothing where there
    /// were none.
    #[must_use]
    pub fn damage_notes(&self) -> Vec<String> {
        damage::notes(self.skipped(), &self.damages)
    }
}

/// One finished histogram.
pub struct HistogramResult {
    /// Names, labels and statistics.
    pub plan: HistogramPlan,
    /// The exact numbers.
    pub histogram: Histogram,
    /// What NaN among the values does.
    pub nan: NanRule,
    /// The hash of the exact state.
    pub state_hash: String,
}

impl HistogramResult {
    /// The values of the statistic called `name`, row-major over the cells.
    #[must_use]
    pub fn values(&self, name: &str) -> Option<Values> {
        let planned = self.plan.statistics.iter().find(|s| s.name == name)?;
        Some(self.histogram.values(planned.statistic, self.nan))
    }

    /// The rows of each cell.
    #[must_use]
    pub fn counts(&self) -> Vec<u64> {
        match self.values("count") {
            Some(Values::U64(counts)) => counts,
            _ => Vec::new(),
        }
    }

    /// The rows in a cell that a statistic leaves out because one of its values is NaN;
    /// None for the count of rows.
    #[must_use]
    pub fn left_out(&self, statistic: Statistic) -> Option<u64> {
        match statistic.values().as_slice() {
            [] => None,
            &[value] => self.histogram.nan_value().get(value).copied(),
            _ => {
                let sum = |q| self.histogram.counts(q).sum::<u64>();
                Some(sum(Quantity::Count) - sum(statistic.rows()))
            }
        }
    }

    /// NaN values of the statistics, each value counted once.
    #[must_use]
    pub fn nan_value(&self) -> u64 {
        self.histogram.nan_value().iter().sum()
    }
}

/// What a run would do, without reading a row.
pub struct Preview {
    /// The first pass's plan.
    pub plan: Plan,
    /// Where the memory goes in the fill. An axis whose number of bins only a survey
    /// tells counts with one bin.
    pub memory: MemoryPlan,
    /// Splits of the fill.
    pub splits: usize,
    /// Bytes of the columns in storage.
    pub stored_bytes: u64,
}

/// Bins the rows of a table as `spec` asks.
///
/// The numbers do not depend on `options`, nor on how the rows are stored.
///
/// # Errors
/// Wrong requests before the first row is read ([`crate::ErrorKind::Request`]); failed
/// reads; an interrupt by `control`; rows that are unaccounted for.
pub fn bin(
    table: &dyn Table,
    spec: &Spec,
    options: &Options,
    control: &mut dyn Control,
) -> Result<Report> {
    let started = Instant::now();
    let _ieee = FloatEnvironment::ieee();
    instruction_set()?;
    let options = &options.settled();
    let mut plan = resolve(table, spec, options.memory_limit())?;
    if plan.is_survey() {
        // What the fill takes is refused before the survey reads a row.
        Pass::new(table, &plan.provisional()?, options, 0)?;
    }
    let (mut counters, mut damages) = (ReadCounters::default(), Damages::default());
    let mut filled = Vec::new();
    loop {
        let held = filled.iter().map(Histogram::bytes).sum::<usize>() as u64;
        let pass = Pass::new(table, &plan, options, held)?;
        let (cells, moved) = pass.run(&plan, control)?;
        counters.add(&moved.counters);
        damages.add(moved.damages);
        // Surveys and searches read some of the columns; the fill reads them all.
        if !plan.is_search() {
            counters.fill_rows = moved.counters.fill_rows;
            counters.masked = moved.counters.masked;
            counters.skipped = moved.counters.skipped;
        }
        let limits = PassLimits {
            memory: options.memory_limit(),
            besides: pass.memory.besides_cells,
            threads: options.threads.unwrap_or_else(available_cpus).max(1),
        };
        match plan.advance(Partial { cells }, filled, limits)? {
            Step::Again(next, histograms) => (plan, filled) = (next, histograms),
            Step::Done(histograms) => {
                let mut report = Report {
                    results: results(&plan, histograms),
                    rows: plan.rows,
                    counters,
                    passes: plan.passes_done + 1,
                    seconds: 0.0,
                    threads: pass.threads(),
                    state_hash: String::new(),
                    notes: plan.notes.clone(),
                    damages: damages.into_list(),
                };
                finish(&mut report, control)?;
                report.seconds = started.elapsed().as_secs_f64();
                return Ok(report);
            }
        }
    }
}

/// Plans a run without reading a row.
///
/// # Errors
/// As [`bin`], as far as metadata can show.
pub fn preview(table: &dyn Table, spec: &Spec, options: &Options) -> Result<Preview> {
    let options = &options.settled();
    let plan = resolve(table, spec, options.memory_limit())?;
    let pass = Pass::new(table, &plan.provisional()?, options, 0)?;
    Ok(Preview {
        splits: pass.splits.len(),
        stored_bytes: table.stored_bytes(&plan.columns)?,
        memory: pass.memory,
        plan,
    })
}

/// Everything that one pass needs, checked.
struct Pass<'a> {
    source: Box<dyn Source + 'a>,
    bound: Vec<Bound>,
    layouts: Vec<Layout>,
    memory: MemoryPlan,
    splits: Vec<Split>,
}

impl<'a> Pass<'a> {
    /// `held` are the bytes of histograms that are filled already.
    fn new(table: &'a dyn Table, plan: &Plan, options: &Options, held: u64) -> Result<Self> {
        let source = table.select(&plan.needed_columns()?, &plan.columns)?;
        let bound = plan.bind(source.schema(), &plan.needed_expressions())?;
        let layouts = plan.layouts()?;
        let rows = source.batch_rows();
        let scratch: usize = bound.iter().map(|b| b.scratch_bytes(rows)).sum();
        // Rows that the filter keeps are marked.
        let mask = if plan.filter.is_some() { rows } else { 0 };
        let needs = Needs {
            layouts: &layouts,
            rows: source.rows(),
            held_bytes: held,
            search_bytes: plan.search_bytes(),
            table_bytes: table.bytes(),
            reader_bytes: source.reader_bytes(),
            scratch_bytes: (scratch + mask) as u64,
        };
        let threads = options.threads.unwrap_or_else(available_cpus).max(1);
        let memory = MemoryPlan::new(&needs, threads, options.memory_limit())?;
        // Enough splits for the threads to share evenly, large enough to be worth it.
        let share = source.rows() / (memory.threads as u64 * SPLITS_PER_THREAD);
        let target = share.clamp(MIN_SPLIT_ROWS, MAX_SPLIT_ROWS);
        let splits = source.splits(options.split_rows.unwrap_or(target));
        Ok(Self {
            source,
            bound,
            layouts,
            memory,
            splits,
        })
    }

    fn run(&self, plan: &Plan, control: &mut dyn Control) -> Result<(Vec<Cells>, Moved)> {
        let refuse = plan.nan == NanRule::Error && !plan.is_survey();
        let texts = plan.needed_expressions().into_iter();
        let texts: Vec<&str> = texts.map(|e| plan.expressions[e].as_str()).collect();
        let set = instruction_set()?;
        let shared = self.layouts.iter().zip(&self.memory.slabs);
        let shared = shared
            .map(|(layout, &slabs)| (slabs != Slabs::ONE).then(|| Cells::cut(set, layout, slabs)));
        let shared: Vec<Option<Cells>> = shared.collect();
        let job = job::bin::Bin {
            expressions: &self.bound,
            layouts: &self.layouts,
            shared: &shared,
            texts: &texts,
            filter: plan.needed_filter(),
            refuse_nan: refuse,
            threads: self.memory.threads,
            side_limit: self.memory.limit.saturating_sub(self.memory.total()),
            set,
        };
        let progress = Progress {
            pass: plan.passes_done + 1,
            passes: plan.passes(),
            rows: 0,
            total_rows: self.source.rows(),
        };
        let mut sink = None;
        let moved = run(
            &*self.source,
            &self.splits,
            &job,
            &mut sink,
            self.memory.threads,
            progress,
            control,
        )?;
        // Without a worker there was no row.
        let mut cells: Vec<Cells> =
            sink.unwrap_or_else(|| self.layouts.iter().map(Cells::new).collect());
        for cells in &mut cells {
            cells.leave_out(moved.counters.skipped, moved.counters.masked);
        }
        Ok((cells, moved))
    }

    /// The threads that have a split to work on.
    fn threads(&self) -> usize {
        self.memory.threads.min(self.splits.len()).max(1)
    }
}

const SPLITS_PER_THREAD: u64 = 16;
const MIN_SPLIT_ROWS: u64 = 1 << 16;
const MAX_SPLIT_ROWS: u64 = 1 << 22;

fn results(plan: &Plan, histograms: Vec<Histogram>) -> Vec<HistogramResult> {
    let pairs = plan.histograms.iter().zip(histograms);
    pairs
        .map(|(planned, histogram)| HistogramResult {
            plan: planned.clone(),
            histogram,
            nan: plan.nan,
            state_hash: String::new(),
        })
        .collect()
}

/// Checks that every row is in one count, and hashes.
fn finish(report: &mut Report, control: &mut dyn Control) -> Result<()> {
    let mut hashes = Vec::new();
    for result in &mut report.results {
        let accounted = result.histogram.rows().total();
        if accounted != report.rows {
            return Err(Error::Unaccounted {
                rows: report.rows,
                accounted,
            });
        }
        let mut hasher = blake3::Hasher::new();
        result.histogram.canonical(|bytes| {
            hasher.update(bytes);
            check(control)
        })?;
        let hash = hasher.finalize();
        result.state_hash = format!("{HASH_PREFIX}{}", hash.to_hex());
        hashes.push((result.plan.name.clone(), hash));
    }
    report.state_hash = joint_hash(hashes);
    Ok(())
}

/// The version of the canonical bytes.
const HASH_PREFIX: &str = "tb1:";

/// One histogram's own hash, or the hash of all hashes in name order.
fn joint_hash(mut hashes: Vec<(String, blake3::Hash)>) -> String {
    hashes.sort_by(|a, b| a.0.cmp(&b.0));
    if let [(_, only)] = hashes.as_slice() {
        return format!("{HASH_PREFIX}{}", only.to_hex());
    }
    let mut hasher = blake3::Hasher::new();
    for (_, hash) in &hashes {
        hasher.update(hash.as_bytes());
    }
    format!("{HASH_PREFIX}{}", hasher.finalize().to_hex())
}
