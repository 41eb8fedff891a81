//! A case through the program: its exit, its JSON and its CSV files.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use terabin::Number;
use terabin::Spec;

use crate::case::Case;
use crate::outcome::{Bins, Counted, Done, Outcome};

/// Compares the program with what the library gave; adds what only the program says.
pub fn check(case: &Case, folder: &Path, outcome: &mut Outcome) -> Result<(), String> {
    let spec_file = folder.join("spec.toml");
    fs::write(&spec_file, case.spec_text()).map_err(|e| e.to_string())?;
    let spec_option = vec!["--spec".to_owned(), spec_file.display().to_string()];
    let results = folder.join("results");
    let run = |how: &[String]| run(case, how, &results);
    match outcome {
        Outcome::Failed(failed) => {
            let mut ways = vec![spec_option];
            ways.extend(case.spec().ok().as_ref().and_then(options));
            for way in ways {
                refused(&run(&way)?, failed.exit, &failed.message, folder)?;
                if results.exists() && failed.exit == 2 {
                    return Err("a refused request made the folder for its results".into());
                }
            }
            Ok(())
        }
        Outcome::Done(done) => {
            done.notes = compare(&run(&spec_option)?, &results, done)?;
            let here = folder.to_string_lossy();
            for note in &mut done.notes {
                *note = note.replace(&*here, "{dir}");
            }
            match case.spec().ok().as_ref().and_then(options) {
                Some(way) => compare(&run(&way)?, &results, done).map(|_| ()),
                None => Ok(()),
            }
        }
    }
}

fn run(case: &Case, how: &[String], results: &Path) -> Result<Output, String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_terabin"));
    command
        .arg("bin")
        .args(how)
        .args(["--json", "--ncpus", "3", "--output"])
        .arg(results);
    if let Some(memory) = case.memory() {
        command.args(["--memory", memory]);
    }
    command.output().map_err(|e| e.to_string())
}

/// The options that ask for the same as the spec; none can name several histograms.
fn options(spec: &Spec) -> Option<Vec<String>> {
    if !spec.histogram.is_empty() {
        return None;
    }
    let word = |word: Result<Value, serde_json::Error>| match word {
        Ok(Value::String(word)) => Some(word),
        _ => None,
    };
    let nan = word(serde_json::to_value(spec.nan));
    let convention = Some(spec.convention.to_string());
    let on_error = word(serde_json::to_value(spec.on_error));
    let each = |option: &'static str, texts: &[String]| -> Vec<String> {
        texts.iter().map(|t| format!("{option}={t}")).collect()
    };
    let one = |option, text: &Option<String>| each(option, text.as_slice());
    let mut all = each("--data", &spec.data);
    all.extend(each("--by", &spec.by));
    all.extend(each("--stat", &spec.stat));
    all.extend(one("--weights", &spec.weights));
    all.extend(one("--table", &spec.table));
    all.extend(one("--rows", &spec.rows));
    all.extend(one("--where", &spec.filter));
    all.extend(one("--range", &spec.range));
    all.extend(one("--bins", &spec.bins.map(|b| b.to_string())));
    all.extend(one("--nan", &nan));
    all.extend(one("--convention", &convention));
    all.extend(one("--on-error", &on_error));
    all.extend(each("--allow-external", &spec.allow_external));
    all.extend(one("--row-dims", &spec.row_dims.map(|k| k.to_string())));
    all.extend(each("--along", &spec.along));
    all.extend(spec.flow.then(|| "--flow".to_owned()));
    all.extend(spec.raw_values.then(|| "--raw-values".to_owned()));
    Some(all)
}

fn refused(output: &Output, exit: i32, message: &str, folder: &Path) -> Result<(), String> {
    let stderr = String::from_utf8_lossy(&output.stderr);
    let stderr = stderr.replace(&*folder.to_string_lossy(), "{dir}");
    let exit_code = output.status.code();
    if exit_code != Some(exit) {
        return Err(format!("exit {exit_code:?} instead of {exit}: {stderr}"));
    }
    if stderr.lines().count() != 1 || !stderr.starts_with("terabin: ") {
        return Err(format!("an error is one line, not\n{stderr}"));
    }
    if !output.stdout.is_empty() {
        return Err("a failed run wrote to the standard output".into());
    }
    // A spec file's errors name it first; the message follows.
    if exit == 2 && !stderr.contains(message) {
        return crate::same("library", message, "program", &stderr);
    }
    Ok(())
}

/// Compares a finished run; returns its notes.
fn compare(output: &Output, results: &Path, done: &Done) -> Result<Vec<String>, String> {
    let stderr = String::from_utf8_lossy(&output.stderr);
    if output.status.code() != Some(0) {
        return Err(format!(
            "the program failed where the library did not: {stderr}"
        ));
    }
    let report: Value = serde_json::from_slice(&output.stdout).map_err(|e| e.to_string())?;
    let summary = fs::read(results.join("summary.json")).map_err(|e| e.to_string())?;
    let summary: Value = serde_json::from_slice(&summary).map_err(|e| e.to_string())?;
    crate::same("library", &facts(done), "program", &told(&report, &summary))?;
    for histogram in &done.histograms {
        let file = results.join(format!("{}.csv", histogram.name.replace('/', "%2F")));
        let written = fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
        crate::same("library", &table(histogram), "CSV", &written)?;
    }
    let notes = stderr
        .lines()
        .map(|l| l.trim_start_matches("terabin: ").to_owned());
    Ok(notes.collect())
}

/// The counts of rows and the hashes, from the library.
fn facts(done: &Done) -> String {
    let mut out = format!(
        "{} rows, {} passes, {}\n",
        done.rows, done.passes, done.state_hash
    );
    for h in &done.histograms {
        let nan: Vec<_> = h
            .nan_value
            .iter()
            .map(|(n, c)| format!("{n} {c}"))
            .collect();
        writeln!(
            out,
            "{}: in range {}, outside {}, NaN {}, below {:?}, above {:?}, NaN of {nan:?}, {}",
            h.name, h.in_range, h.outside, h.nan_axis, h.underflow, h.overflow, h.state_hash
        )
        .expect("a text takes all");
    }
    out
}

/// The same from the program.
fn told(report: &Value, summary: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or("none").to_owned();
    let hash = text(&report["state_hash"]);
    let mut out = format!(
        "{} rows, {} passes, {hash}\n",
        report["rows"], report["passes"]
    );
    let entries = |value: &Value| value.as_array().cloned().unwrap_or_default();
    for (h, s) in entries(&report["histograms"])
        .iter()
        .zip(entries(&summary["histograms"]))
    {
        let axes = entries(&s["axes"]);
        let each = |key: &str| {
            axes.iter()
                .map(|a| a[key].as_u64().unwrap_or(u64::MAX))
                .collect()
        };
        let (below, above): (Vec<u64>, Vec<u64>) = (each("underflow"), each("overflow"));
        let nan = h["nan_value"].as_object().into_iter().flatten();
        let nan: Vec<_> = nan.map(|(n, c)| format!("{n} {c}")).collect();
        writeln!(
            out,
            "{}: in range {}, outside {}, NaN {}, below {below:?}, above {above:?}, NaN of {nan:?}, {}",
            text(&h["name"]), h["in_range"], h["outside"], h["nan_axis"], text(&h["state_hash"])
        )
        .expect("a text takes all");
    }
    out
}

/// Times are whole nanoseconds in cases.
#[allow(clippy::cast_possible_truncation)]
fn edge(axis: &Bins, edge: f64) -> String {
    if axis.times && edge.is_finite() {
        terabin::datetime_text(edge as i64)
    } else {
        Number::F64(edge).to_string()
    }
}

/// The CSV that the histogram must have.
fn table(histogram: &Counted) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut header = Vec::new();
    for axis in &histogram.axes {
        if axis.edges.is_empty() {
            header.push(axis.name.clone());
        } else {
            header.extend(["low", "high"].map(|end| format!("{}_{end}", axis.name)));
        }
    }
    header.extend(histogram.values.iter().map(|(name, _)| name.clone()));
    writer.write_record(&header).expect("memory");
    let cells: usize = histogram.shape.iter().product();
    let all = || (0..cells as u64).collect();
    let numbers = histogram.index.clone().unwrap_or_else(all);
    for (cell, number) in numbers.into_iter().enumerate() {
        let number = usize::try_from(number).expect("64 bits");
        let mut record = Vec::new();
        let mut stride = cells;
        for (axis, extent) in histogram.axes.iter().zip(&histogram.shape) {
            stride /= extent;
            let bin = number / stride % extent;
            if axis.categories.is_empty() {
                let mut edges = axis.edges.clone();
                if axis.flow {
                    edges.insert(0, f64::NEG_INFINITY);
                    edges.push(f64::INFINITY);
                }
                record.extend([edges[bin], edges[bin + 1]].map(|e| edge(axis, e)));
            } else {
                record.push(axis.categories[bin].clone());
            }
        }
        let values = histogram.values.iter().zip(&histogram.times);
        record.extend(values.map(|((_, v), &is_time)| match v[cell] {
            Number::I64(time) if is_time => terabin::datetime_text(time),
            number => number.to_string(),
        }));
        writer.write_record(&record).expect("memory");
    }
    let bytes = writer.into_inner().expect("memory");
    String::from_utf8(bytes).expect("texts only")
}
