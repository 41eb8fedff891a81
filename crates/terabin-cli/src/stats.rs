//! `terabin stats`

use std::io::{self, Write};

use terabin::output::json;
use terabin::output::text_table::{self, Side};
use terabin::{ColumnStats, FileTable, Spec};

use crate::args::StatsArgs;
use crate::signals::Signals;
use crate::watch::Watch;
use crate::{Failure, print};

/// Runs the command.
pub fn run(args: &StatsArgs, signals: &Signals) -> Result<(), Failure> {
    let mut spec = Spec {
        data: args.paths.iter().chain(&args.data).cloned().collect(),
        rows: args.rows.clone(),
        filter: args.filter.clone(),
        ..Spec::default()
    };
    args.common.apply(&mut spec)?;
    let options = args.common.options()?;
    let table = FileTable::open(&spec)?;
    let names = columns(&args.columns);
    let mut watch = Watch::new(signals, args.common.quiet || args.common.json);
    let (columns, report) = terabin::stats(&table, &names, &spec, &options, &mut watch)?;
    drop(watch);
    print::notes(args.common.quiet, &table.notes());
    print::row_notes(args.common.quiet, &report);
    print::notes(args.common.quiet, &report.damage_notes());
    if args.common.json {
        print::json(&json::stats(&columns))?;
    } else {
        show(&columns)?;
        print::cost(args.common.quiet, &report);
    }
    Ok(())
}

/// `a,b`: commas outside of brackets part names.
fn columns(texts: &[String]) -> Vec<String> {
    let mut names = Vec::new();
    for text in texts {
        let mut depth = 0_usize;
        let parts = text.split(|c| {
            match c {
                '[' | '(' => depth += 1,
                ']' | ')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            c == ',' && depth == 0
        });
        names.extend(parts.map(|p| p.trim().to_owned()).filter(|p| !p.is_empty()));
    }
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}

fn show(columns: &[ColumnStats]) -> io::Result<()> {
    let head = [
        "column", "dtype", "rows", "nan", "min", "max", "sum", "mean", "std",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    let text = |n: terabin::Number| text_table::shorten(&n.to_string());
    for c in columns {
        let empty = c.rows == c.nan;
        let extreme = |n| if empty { String::new() } else { text(n) };
        rows.push(vec![
            c.name.clone(),
            c.data_type.to_string(),
            c.rows.to_string(),
            c.nan.to_string(),
            extreme(c.min),
            extreme(c.max),
            text(c.sum),
            text(terabin::Number::F64(c.mean)),
            text(terabin::Number::F64(c.std)),
        ]);
    }
    let mut out = io::stdout().lock();
    text_table::align(|| rows.iter().cloned(), Side::Right, &mut out)?;
    out.flush()
}
