//! What was typed.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use terabin::{ByteSize, Options, Result, Spec};

/// Bins billions of rows out of HDF5 files: exact, parallel, in constant memory
#[derive(Parser)]
#[command(name = "terabin", version, arg_required_else_help = true)]
pub struct Args {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Write reproducible HDF5 files to try everything on
    Generate(GenerateArgs),
    /// Show tables, columns, types, chunking and filters, and a `terabin bin` line to copy
    Inspect(InspectArgs),
    /// Exact count, NaN, min, max, sum, mean and std per column
    Stats(StatsArgs),
    /// Histograms and statistics per bin
    Bin(BinArgs),
}

#[derive(clap::Args)]
pub struct GenerateArgs {
    /// The folder for part-00000.h5 ...
    #[arg(value_name = "OUT_DIR")]
    pub out: PathBuf,
    /// Rows of all files together
    #[arg(long, value_name = "N")]
    pub rows: String,
    /// Files that share the rows
    #[arg(long, value_name = "K", default_value = "1")]
    pub files: String,
    /// Another seed gives other rows
    #[arg(long, value_name = "S", default_value = "0")]
    pub seed: String,
    /// A dataset per column, or one 2-D dataset `data` of rows
    #[arg(long, value_enum, default_value = "columns")]
    pub layout: LayoutArg,
    /// Type of the numbers
    #[arg(long, value_enum, default_value = "f64")]
    pub dtype: DtypeArg,
    /// Codecs, taken in turn by the files: none, gzip:4, zstd:3, lz4
    #[arg(
        long,
        value_name = "LIST",
        default_value = "none",
        value_delimiter = ','
    )]
    pub compress: Vec<String>,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum LayoutArg {
    Columns,
    Rows,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum DtypeArg {
    F64,
    F32,
}

#[derive(clap::Args)]
pub struct InspectArgs {
    /// Files, folders and globs
    #[arg(value_name = "DATA", required = true)]
    pub data: Vec<String>,
}

#[derive(clap::Args)]
pub struct StatsArgs {
    /// Files, folders and globs
    #[arg(value_name = "DATA")]
    pub paths: Vec<String>,
    /// Files, folders and globs, as DATA
    #[arg(long = "data", value_name = "DATA")]
    pub data: Vec<String>,
    /// Columns; all numeric ones unless given
    #[arg(long, value_name = "a,b")]
    pub columns: Vec<String>,
    /// Rows A..B, counted from 0 over all files
    #[arg(long, value_name = "A..B")]
    pub rows: Option<String>,
    /// Keep the rows for which this is true; the others are counted
    #[arg(long = "where", value_name = "EXPR")]
    pub filter: Option<String>,
    #[command(flatten)]
    pub common: CommonArgs,
}

#[derive(clap::Args)]
pub struct BinArgs {
    /// Files, folders and globs
    #[arg(value_name = "DATA")]
    pub paths: Vec<String>,
    /// Files, folders and globs, as DATA
    #[arg(long = "data", value_name = "DATA")]
    pub data: Vec<String>,
    /// An axis: x, x:256, x:256:-4..4, x:log:50:1e-3..8, x:step:0.5, x:edges:0,1,2 or
    /// @FILE, k:int:0..9, phi:circular:36:0..2*pi, t:step:1h:2024-01-01..2024-02-01,
    /// kind:cat, kind:cat:gas,star, a boolean expression; x:fd, or x:fd:0..10 (also auto,
    /// scott, sturges, sqrt, rice, doane); x:quantile:10; may be repeated.
    /// Without it every numeric column gets a histogram of its own
    #[arg(long = "by", value_name = "[NAME=]EXPR[:KIND][:ARGS]")]
    pub by: Vec<String>,
    /// Bins where an axis has no number of its own [default: 10]
    #[arg(long, value_name = "N")]
    pub bins: Option<String>,
    /// Range where an axis has none of its own [default: that of the data]
    #[arg(long, value_name = "LO..HI", allow_hyphen_values = true)]
    pub range: Option<String>,
    /// A statistic per bin: count(v), sum(v), mean(v), var(v), std(v), sem(v), min(v),
    /// max(v), median(v), quantile(v,0.9), percentile(v,90), cov(u,v), corr(u,v), first(v,t),
    /// last(v,t), sumw(w), sumw2(w), with `*` for every numeric column, `ddof=` and `weights=`:
    /// var(v, ddof=1, weights=w); may be repeated. Rows are always counted
    #[arg(long = "stat", value_name = "[NAME=]F(EXPR)")]
    pub stat: Vec<String>,
    /// Weights of every mean, var, std, sem, cov, corr, median and quantile that has none of
    /// its own; adds sumw and sumw2
    #[arg(long, value_name = "EXPR")]
    pub weights: Option<String>,
    /// Rows A..B, counted from 0 over all files
    #[arg(long, value_name = "A..B")]
    pub rows: Option<String>,
    /// Keep the rows for which this is true, as in 'x > 0 and y < 3'; the others are counted
    #[arg(long = "where", value_name = "EXPR")]
    pub filter: Option<String>,
    /// What NaN among the values does: omit, propagate or error [default: omit]
    #[arg(long, value_name = "RULE")]
    pub nan: Option<String>,
    /// Whose rule decides at the edges: numpy (the last bin closed), scipy (closed, and a
    /// little more) or boost (half open, equal bins by its formula) [default: numpy]
    #[arg(long, value_name = "NAME")]
    pub convention: Option<String>,
    /// Add underflow and overflow bins
    #[arg(long)]
    pub flow: bool,
    /// Read the request from a TOML file; options given here win
    #[arg(long, value_name = "FILE")]
    pub spec: Option<PathBuf>,
    /// Show rows, bytes, passes and memory by consumer, and stop
    #[arg(long)]
    pub plan: bool,
    /// Leave the exact state out of result.h5
    #[arg(long)]
    pub no_state: bool,
    /// The folder for result.h5, summary.json, CSV and pictures; without it the
    /// result is a table on stdout
    #[arg(long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub common: CommonArgs,
}

#[derive(clap::Args)]
pub struct CommonArgs {
    /// Threads [default: the CPUs this process may use]
    #[arg(long, value_name = "N")]
    pub ncpus: Option<String>,
    /// Bound on the peak resident memory, as 512MiB [default: half of what is free]
    #[arg(long, value_name = "SIZE")]
    pub memory: Option<String>,
    /// The table: a group, one dataset, or a glob of them
    #[arg(long, value_name = "T")]
    pub table: Option<String>,
    /// What rows that cannot be read do: fail, or skip to leave them out and name
    /// them [default: fail]
    #[arg(long, value_name = "RULE")]
    pub on_error: Option<String>,
    /// A folder whose files virtual datasets and external links may name, besides those
    /// beside the data; may be repeated
    #[arg(long, value_name = "DIR")]
    pub allow_external: Vec<String>,
    /// Take values as stored: mask no fill values, apply no scale and offset
    #[arg(long)]
    pub raw_values: bool,
    /// The leading dimensions whose elements are rows [default: as the datasets tell]
    #[arg(long, value_name = "K")]
    pub row_dims: Option<String>,
    /// The dimension of the rows, counted from 0, along which a column of fewer
    /// dimensions lies: freq=1; may be repeated
    #[arg(long, value_name = "NAME=DIM")]
    pub along: Vec<String>,
    /// One JSON object on stdout and nothing else
    #[arg(long)]
    pub json: bool,
    /// No progress, no notes, no list of the files written
    #[arg(long)]
    pub quiet: bool,
}

impl CommonArgs {
    /// How to run.
    pub fn options(&self) -> Result<Options> {
        let memory = self.memory.as_deref().map(str::parse::<ByteSize>);
        Ok(Options {
            threads: self.threads()?,
            memory: memory.transpose()?.map(|size| size.0),
            split_rows: None,
        })
    }

    /// Puts what was typed about the data on top of `spec`.
    pub fn apply(&self, spec: &mut Spec) -> Result<()> {
        if self.table.is_some() {
            spec.table.clone_from(&self.table);
        }
        if let Some(rule) = &self.on_error {
            spec.on_error = serde_json::from_value(rule.as_str().into())
                .map_err(|_| wrong(format!("--on-error {rule}: take fail or skip")))?;
        }
        if !self.allow_external.is_empty() {
            spec.allow_external.clone_from(&self.allow_external);
        }
        spec.raw_values |= self.raw_values;
        if let Some(dims) = &self.row_dims {
            spec.row_dims = Some(whole(dims, "--row-dims")?);
        }
        if !self.along.is_empty() {
            spec.along.clone_from(&self.along);
        }
        Ok(())
    }

    fn threads(&self) -> Result<Option<usize>> {
        let Some(text) = &self.ncpus else {
            return Ok(None);
        };
        match whole(text, "--ncpus")? {
            n @ 1..=4096 => Ok(usize::try_from(n).ok()),
            n => Err(wrong(format!("--ncpus {n}: take 1 to 4096 threads"))),
        }
    }
}

/// A whole number; `1_000_000` is one.
pub fn whole(text: &str, option: &str) -> Result<u64> {
    let digits = text.trim().replace('_', "");
    digits
        .parse()
        .map_err(|_| wrong(format!("{option} {text}: not a whole number of 0 or more")))
}

/// A wrong request.
pub fn wrong(message: String) -> terabin::Error {
    terabin::Error::Request(message)
}

/// Help and versions go to stdout; errors become one line, as all others.
pub fn refuse(error: &clap::Error) -> ExitCode {
    use clap::error::ErrorKind;
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => match error.print() {
            Ok(()) => ExitCode::SUCCESS,
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Err(_) => ExitCode::from(1),
        },
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            // Nothing was typed: the help is the answer.
            let _ = error.print();
            ExitCode::from(2)
        }
        _ => {
            let text = error.to_string();
            let lines = text.lines().map(str::trim).filter(|l| !l.is_empty());
            let said: Vec<_> = lines
                .filter(|l| !l.starts_with("Usage:") && !l.starts_with("For more information"))
                // Clap proposes `-- --option` for every option that it does not know.
                .filter(|l| !l.starts_with("tip: to pass"))
                .collect();
            let line = said.join("; ").replace(":; ", ": ");
            crate::complain(line.strip_prefix("error: ").unwrap_or(&line));
            ExitCode::from(2)
        }
    }
}
