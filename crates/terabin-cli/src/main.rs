//! The `terabin` program: arguments become a spec, the library does the work.

mod args;
mod bin;
mod environment;
mod generate;
mod inspect;
mod print;
mod signals;
mod stats;
mod watch;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use terabin::{ErrorKind, FloatEnvironment};

use args::{Args, Command};
use signals::Signals;

fn main() -> ExitCode {
    if let Some(code) = environment::shed() {
        return code;
    }
    // A library that was loaded before may flush subnormal numbers: limits, results and
    // their texts have them.
    let _ieee = FloatEnvironment::ieee();
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => return args::refuse(&error),
    };
    let signals = match Signals::install() {
        Ok(signals) => signals,
        Err(error) => {
            complain(&format!("cannot watch for signals: {error}"));
            return ExitCode::from(1);
        }
    };
    let done = match args.command {
        Command::Generate(args) => generate::run(&args, &signals),
        Command::Inspect(args) => inspect::run(&args),
        Command::Stats(args) => stats::run(&args, &signals),
        Command::Bin(args) => bin::run(&args, &signals),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Print(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(Failure::Print(error)) => {
            complain(&format!("cannot write to the standard output: {error}"));
            ExitCode::from(1)
        }
        Err(Failure::Run(error)) => {
            complain(&error.to_string());
            exit_code(error.kind(), &signals)
        }
    }
}

/// Why a command ended early.
enum Failure {
    /// The library's error.
    Run(terabin::Error),
    /// The standard output is gone or full.
    Print(io::Error),
}

impl From<terabin::Error> for Failure {
    fn from(error: terabin::Error) -> Self {
        Self::Run(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Print(error)
    }
}

/// One line on stderr, whatever the message holds.
fn complain(message: &str) {
    let line = message.split_whitespace().collect::<Vec<_>>().join(" ");
    // There is nowhere left to report to.
    let _ = writeln!(io::stderr(), "terabin: {line}");
}

fn exit_code(kind: ErrorKind, signals: &Signals) -> ExitCode {
    ExitCode::from(match kind {
        ErrorKind::Request => 2,
        ErrorKind::Accounting => 3,
        ErrorKind::Interrupted => signals.exit_code(),
        _ => 1,
    })
}
