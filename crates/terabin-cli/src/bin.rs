//! `terabin bin`

use std::io::{self, Write};
use std::path::Path;

use terabin::output::{self, Folder, OutputOptions, json, text_table};
use terabin::plan::Plan;
use terabin::{FileTable, Options, Report, Spec, readable_bytes};

use crate::args::{BinArgs, whole, wrong};
use crate::signals::Signals;
use crate::watch::Watch;
use crate::{Failure, print};

/// Runs the command.
pub fn run(args: &BinArgs, signals: &Signals) -> Result<(), Failure> {
    let spec = spec(args)?;
    let options = args.common.options()?;
    let table = FileTable::open(&spec)?;
    if args.plan {
        return plan(&table, &spec, &options, args);
    }
    if let Some(output) = &args.output {
        refuse_inputs(&table, output)?;
    }
    // The request is checked before a folder is made for it.
    terabin::preview(&table, &spec, &options)?;
    let folder = args.output.as_deref().map(Folder::open).transpose()?;
    print::notes(args.common.quiet, &table.notes());
    let mut watch = Watch::new(signals, args.common.quiet || args.common.json);
    let report = terabin::bin(&table, &spec, &options, &mut watch)?;
    let written = match folder {
        Some(folder) => {
            let options = OutputOptions {
                state: !args.no_state,
            };
            output::write(folder, &report, &spec, options, &mut watch)?
        }
        None => output::Written::default(),
    };
    drop(watch);
    print::row_notes(args.common.quiet, &report);
    print::notes(args.common.quiet, &report.damage_notes());
    print::notes(args.common.quiet, &report.notes);
    print::notes(args.common.quiet, &written.notes);
    if args.common.json {
        print::json(&json::report(&report, &written.files))?;
    } else if args.output.is_some() {
        if !args.common.quiet {
            list(&report, &written.files)?;
        }
    } else {
        tables(&report, args.common.quiet)?;
    }
    if !args.common.json {
        print::cost(args.common.quiet, &report);
    }
    Ok(())
}

/// An input that lies where a result would be written is not replaced by it.
fn refuse_inputs(table: &FileTable, output: &Path) -> Result<(), Failure> {
    let Ok(folder) = output.canonicalize() else {
        return Ok(());
    };
    let is_there = |path: &Path| {
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        path.parent() == Some(&folder)
            && output::is_result_name(&path.file_name().unwrap_or_default().to_string_lossy())
    };
    let mut inputs = table.catalog().files().map(|f| f.path.as_path());
    match inputs.find(|path| is_there(path)) {
        None => Ok(()),
        Some(path) => Err(wrong(format!(
            "{}: this input could be replaced by a result; choose another --output",
            path.display()
        ))
        .into()),
    }
}

/// The spec file, if there is one, with the options on top.
fn spec(args: &BinArgs) -> Result<Spec, Failure> {
    let mut spec = match &args.spec {
        None => Spec::default(),
        Some(path) => Spec::read(path)?,
    };
    let data: Vec<String> = args.data.iter().chain(&args.paths).cloned().collect();
    if !data.is_empty() {
        spec.data = data;
    }
    if !args.by.is_empty() {
        spec.by.clone_from(&args.by);
    }
    if !args.stat.is_empty() {
        spec.stat.clone_from(&args.stat);
    }
    if let Some(bins) = &args.bins {
        spec.bins = Some(whole(bins, "--bins")?);
    }
    if let Some(rule) = &args.nan {
        spec.nan = serde_json::from_value(rule.as_str().into())
            .map_err(|_| wrong(format!("--nan {rule}: take omit, propagate or error")))?;
    }
    if let Some(name) = &args.convention {
        spec.convention = serde_json::from_value(name.as_str().into())
            .map_err(|_| wrong(format!("--convention {name}: take numpy, scipy or boost")))?;
    }
    let given = |new: &Option<String>, old: &mut Option<String>| {
        if new.is_some() {
            old.clone_from(new);
        }
    };
    given(&args.range, &mut spec.range);
    given(&args.weights, &mut spec.weights);
    given(&args.rows, &mut spec.rows);
    given(&args.filter, &mut spec.filter);
    spec.flow |= args.flow;
    args.common.apply(&mut spec)?;
    Ok(spec)
}

fn plan(table: &FileTable, spec: &Spec, options: &Options, args: &BinArgs) -> Result<(), Failure> {
    let preview = terabin::preview(table, spec, options)?;
    print::notes(args.common.quiet, &table.notes());
    if args.common.json {
        return Ok(print::json(&json::preview(&preview))?);
    }
    let mut out = io::stdout().lock();
    let plan = &preview.plan;
    writeln!(out, "rows        {}", plan.rows)?;
    writeln!(out, "columns     {}", plan.columns.join(", "))?;
    writeln!(
        out,
        "bytes       {} stored",
        readable_bytes(preview.stored_bytes)
    )?;
    writeln!(out, "passes      {}{}", plan.passes(), of_passes(plan))?;
    writeln!(out, "splits      {}", preview.splits)?;
    writeln!(out, "threads     {}", preview.memory.threads)?;
    writeln!(out, "strategy    {}", preview.memory.strategy())?;
    for histogram in &plan.histograms {
        let axes: Vec<_> = histogram.axes.iter().map(|a| a.request.as_str()).collect();
        let stats: Vec<_> = histogram
            .statistics
            .iter()
            .map(|s| s.name.as_str())
            .collect();
        let (axes, stats) = (axes.join(" x "), stats.join(", "));
        writeln!(out, "histogram   {}: {axes} -> {stats}", histogram.name)?;
    }
    let (total, limit) = (preview.memory.total(), preview.memory.limit);
    writeln!(
        out,
        "memory      {} of {}",
        readable_bytes(total),
        readable_bytes(limit)
    )?;
    for (consumer, bytes) in &preview.memory.consumers {
        writeln!(out, "  {:>10}  {consumer}", readable_bytes(*bytes))?;
    }
    Ok(())
}

/// What the passes of a plan are for.
fn of_passes(plan: &Plan) -> String {
    let surveys_search = plan.first.as_ref().is_some_and(|f| f.takes_searches());
    let survey = match (plan.is_survey(), surveys_search) {
        (false, _) => "",
        (true, false) => "a survey, then ",
        (true, true) => "a survey, those that narrow down the quantiles of axes, ",
    };
    match (survey, plan.takes_searches()) {
        ("", false) => String::new(),
        (_, false) if surveys_search => {
            format!(" or so ({survey}then the fill: as few as memory allows)")
        }
        (_, false) => format!(" ({survey}the fill)"),
        (_, true) => format!(
            " or so ({survey}the fill, then those that narrow down quantiles: as few as memory allows)"
        ),
    }
}

/// The accounting of each histogram and the files written.
fn list(report: &Report, files: &[String]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for result in &report.results {
        let rows = result.histogram.rows();
        writeln!(
            out,
            "{}: {} in range, {} outside, {} NaN on an axis",
            result.plan.name, rows.in_range, rows.outside, rows.nan_axis
        )?;
    }
    for file in files {
        writeln!(out, "{file}")?;
    }
    out.flush()
}

fn tables(report: &Report, quiet: bool) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    for (i, result) in report.results.iter().enumerate() {
        if report.results.len() > 1 {
            let gap = if i == 0 { "" } else { "\n" };
            writeln!(out, "{gap}# {}", result.plan.name)?;
        }
        let left_out = text_table::write(result, print::max_rows(), &mut out)?;
        if left_out > 0 {
            writeln!(out, "... {left_out} more; --output DIR writes all")?;
        }
        let rows = result.histogram.rows();
        if rows.outside + rows.nan_axis > 0 {
            out.flush()?;
            let note = format!(
                "{}: {} rows outside, {} NaN on an axis",
                result.plan.name, rows.outside, rows.nan_axis
            );
            print::notes(quiet, &[note]);
        }
    }
    out.flush()
}
