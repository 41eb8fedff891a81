//! Results as JSON: floats read back to the same bits, NaN and infinities as texts.

use serde_json::{Map, Value, json};
use terabin_core::axes::RowCounts;
use terabin_core::axis::Axis;
use terabin_core::source::Damage;
use terabin_core::statistic::Number;

use crate::bin::{HistogramResult, Preview, Report};
use crate::resources::peak_resident_memory;

/// A number: NaN and infinities are the texts `NaN`, `Infinity` and `-Infinity`.
#[must_use]
pub fn float(x: f64) -> Value {
    match serde_json::Number::from_f64(x) {
        Some(number) => Value::Number(number),
        None if x.is_nan() => "NaN".into(),
        None if x > 0.0 => "Infinity".into(),
        None => "-Infinity".into(),
    }
}

/// A statistic's number.
#[must_use]
pub fn number(n: Number) -> Value {
    match n {
        Number::I64(x) => x.into(),
        Number::U64(x) => x.into(),
        Number::F64(x) => float(x),
    }
}

/// The object of `bin --json`.
#[must_use]
pub fn report(report: &Report, outputs: &[String]) -> Value {
    let mut object = Map::new();
    object.insert("rows".into(), report.rows.into());
    // No row is lost before the axes are asked, so that every histogram tells the same.
    let first = report.results.first().map(|r| r.histogram.rows());
    let count = |of: fn(&RowCounts) -> u64| first.map_or(0, of).into();
    object.insert("masked".into(), count(|rows| rows.masked));
    object.insert("filtered".into(), count(|rows| rows.filtered));
    object.insert("skipped".into(), count(|rows| rows.skipped));
    if let [only] = report.results.as_slice() {
        object.extend(row_counts(only));
    }
    let histograms: Vec<Value> = report.results.iter().map(histogram).collect();
    object.insert("fill_rows".into(), report.counters.fill_rows.into());
    object.insert("histograms".into(), histograms.into());
    object.insert("state_hash".into(), report.state_hash.clone().into());
    object.insert("seconds".into(), float(report.seconds));
    #[allow(clippy::cast_precision_loss)] // a rate
    let rate = report.rows as f64 / report.seconds.max(f64::MIN_POSITIVE);
    object.insert("rows_per_second".into(), float(rate));
    object.insert("bytes_read".into(), report.counters.bytes_read.into());
    object.insert("bytes_decoded".into(), report.counters.bytes_decoded.into());
    object.insert("passes".into(), report.passes.into());
    object.insert("peak_rss_bytes".into(), peak_resident_memory().into());
    object.insert("threads".into(), report.threads.into());
    object.insert("outputs".into(), outputs.into());
    Value::Object(object)
}

/// The object of `bin --plan --json`.
#[must_use]
pub fn preview(preview: &Preview) -> Value {
    let memory = &preview.memory;
    let consumers = memory.consumers.iter();
    let consumers: Vec<Value> = consumers
        .map(|(name, bytes)| json!({ "name": name, "bytes": bytes }))
        .collect();
    let histograms: Vec<Value> = preview
        .plan
        .histograms
        .iter()
        .map(|h| {
            let axes: Vec<_> = h.axes.iter().map(|a| &a.request).collect();
            let statistics: Vec<_> = h.statistics.iter().map(|s| &s.name).collect();
            let convention = h.convention.word();
            json!({ "name": h.name, "by": axes, "stat": statistics, "convention": convention })
        })
        .collect();
    json!({
        "rows": preview.plan.rows,
        "columns": preview.plan.columns,
        "bytes_stored": preview.stored_bytes,
        "passes": preview.plan.passes(),
        "splits": preview.splits,
        "threads": memory.threads,
        "memory": { "total": memory.total(), "limit": memory.limit, "consumers": consumers },
        "histograms": histograms,
    })
}

/// The report with the axes and the statistics of each histogram and with what could not
/// be read: `summary.json`.
#[must_use]
pub fn summary(full: &Report, spec: &Value, outputs: &[String]) -> Value {
    let mut object = report(full, outputs);
    let histograms = object.get_mut("histograms").and_then(Value::as_array_mut);
    for (entry, result) in histograms.into_iter().flatten().zip(&full.results) {
        entry["axes"] = result
            .plan
            .axes
            .iter()
            .enumerate()
            .map(|(i, plan)| {
                let axis = &result.histogram.axes().axes()[i];
                let rows = result.histogram.rows();
                json!({
                    "name": plan.name,
                    "request": plan.request,
                    "units": plan.units,
                    "kind": axis.kind(),
                    "convention": axis.convention().word(),
                    "bins": axis.bins(),
                    "low": limit(axis, false),
                    "high": limit(axis, true),
                    "underflow": rows.underflow[i],
                    "overflow": rows.overflow[i],
                })
            })
            .collect();
        entry["statistics"] = result
            .plan
            .statistics
            .iter()
            .map(|s| s.name.clone())
            .collect();
    }
    object["damages"] = full.damages.iter().map(damage).collect();
    object["spec"] = spec.clone();
    object["terabin_version"] = env!("CARGO_PKG_VERSION").into();
    object
}

fn damage(damage: &Damage) -> Value {
    json!({
        "file": damage.file,
        "dataset": damage.dataset,
        "rows": [damage.rows.start, damage.rows.end],
        "cause": damage.cause,
    })
}

fn limit(axis: &Axis, upper: bool) -> Value {
    let edges = axis.edges().unwrap_or_default();
    let edge = if upper { edges.last() } else { edges.first() };
    edge.map_or(Value::Null, |&e| float(e))
}

fn row_counts(result: &HistogramResult) -> Map<String, Value> {
    let rows = result.histogram.rows();
    [
        ("in_range", rows.in_range),
        ("outside", rows.outside),
        ("nan_axis", rows.nan_axis),
    ]
    .into_iter()
    .map(|(key, n)| (key.to_owned(), n.into()))
    .collect()
}

fn histogram(result: &HistogramResult) -> Value {
    let mut object = Map::new();
    object.insert("name".into(), result.plan.name.clone().into());
    object.extend(row_counts(result));
    let with_value = result.plan.statistics.iter();
    let nan_value: Map<String, Value> = with_value
        .filter_map(|s| Some((s.name.clone(), result.left_out(s.statistic)?.into())))
        .collect();
    object.insert("nan_value".into(), nan_value.into());
    object.insert("state_hash".into(), result.state_hash.clone().into());
    object.into()
}

/// The object of `stats --json`, from a report of [`crate::stats`].
#[must_use]
pub fn stats(columns: &[crate::stats::ColumnStats]) -> Value {
    let columns: Vec<Value> = columns
        .iter()
        .map(|c| {
            json!({
                "name": c.name,
                "dtype": c.data_type.to_string(),
                "rows": c.rows,
                "nan": c.nan,
                "min": extreme(c.min, c.rows == c.nan),
                "max": extreme(c.max, c.rows == c.nan),
                "sum": number(c.sum),
                "mean": float(c.mean),
                "std": float(c.std),
            })
        })
        .collect();
    json!({ "columns": columns })
}

/// Nothing is the extreme of no values, whatever the type.
fn extreme(n: Number, empty: bool) -> Value {
    if empty { Value::Null } else { number(n) }
}
