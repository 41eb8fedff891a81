//! `result.h5`: numbers, axes, accounting and the exact state.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use terabin_core::axis::Axis;
use terabin_core::batch::DataType;
use terabin_core::histogram::Values;
use terabin_hdf5::{FileWriter, Values as Stored};

use super::{OutputOptions, file_name, statistic_dataset, uhi};
use crate::bin::{HistogramResult, Report};
use crate::error::{Error, Result};
use crate::run::{Control, check};

/// Writes the file; its layout is the same for one histogram and for many.
pub fn write(
    path: &Path,
    report: &Report,
    spec: &str,
    options: OutputOptions,
    control: &mut dyn Control,
) -> Result<()> {
    let mut file = FileWriter::create(path)?;
    file.attribute("/", "terabin_version", env!("CARGO_PKG_VERSION"))?;
    file.attribute("/", "state_hash", report.state_hash.as_str())?;
    file.attribute("/", "created", now().as_str())?;
    file.string("/spec", spec)?;
    file.group("/histograms")?;
    for result in &report.results {
        let group = format!("/histograms/{}", file_name(&result.plan.name));
        write_histogram(&mut file, &group, report, result, control)?;
        if options.state {
            write_state(&mut file, &group, result, control)?;
        }
    }
    Ok(file.close()?)
}

fn write_histogram(
    file: &mut FileWriter,
    group: &str,
    report: &Report,
    result: &HistogramResult,
    control: &mut dyn Control,
) -> Result<()> {
    file.group(group)?;
    file.attribute(group, "name", result.plan.name.as_str())?;
    file.attribute(group, "state_hash", result.state_hash.as_str())?;
    file.attribute(group, "flow", result.plan.flow)?;
    write_axes(file, group, result)?;
    if result.histogram.axes().are_sparse() {
        write_index(file, group, result, control)?;
    }
    write_statistics(file, group, result, control)?;
    write_accounting(file, group, report, result)?;
    uhi::write(file, group, result, control)
}

fn write_axes(file: &mut FileWriter, group: &str, result: &HistogramResult) -> Result<()> {
    let axes = result.histogram.axes();
    file.group(&format!("{group}/axes"))?;
    for (i, (plan, axis)) in result.plan.axes.iter().zip(axes.axes()).enumerate() {
        let path = format!("{group}/axes/{i}");
        file.group(&path)?;
        match (axis.edges(), axis.categories()) {
            (_, Some(categories)) => file.strings(&format!("{path}/categories"), categories)?,
            (edges, None) => {
                let edges = edges.unwrap_or_default();
                let shape = [edges.len() as u64];
                file.dataset(&format!("{path}/edges"), &shape, Stored::F64(&edges))?;
            }
        }
        file.attribute(&path, "name", plan.name.as_str())?;
        file.attribute(&path, "label", plan.label.as_str())?;
        file.attribute(&path, "units", plan.units.as_deref().unwrap_or(""))?;
        file.attribute(&path, "kind", axis.kind())?;
        if let Axis::Category(axis) = axis {
            file.attribute(&path, "dtype", axis.categories().type_name())?;
        }
        file.attribute(&path, "convention", axis.convention().word())?;
        file.attribute(&path, "request", plan.request.as_str())?;
    }
    Ok(())
}

/// The row-major numbers of the cells that rows met, which the statistics are of.
fn write_index(
    file: &mut FileWriter,
    group: &str,
    result: &HistogramResult,
    control: &mut dyn Control,
) -> Result<()> {
    let path = format!("{group}/coo");
    file.group(&path)?;
    let shape = result.histogram.axes().shape();
    let shape: Vec<u64> = shape.into_iter().map(|n| n as u64).collect();
    file.dataset(
        &format!("{path}/shape"),
        &[shape.len() as u64],
        Stored::U64(&shape),
    )?;
    let index = format!("{path}/index");
    statistic_dataset::write_pieces(file, &index, result, DataType::U64, control, &|cells| {
        Values::U64(cells.map(|cell| result.histogram.number_of(cell)).collect())
    })
}

fn write_statistics(
    file: &mut FileWriter,
    group: &str,
    result: &HistogramResult,
    control: &mut dyn Control,
) -> Result<()> {
    file.group(&format!("{group}/stats"))?;
    for planned in &result.plan.statistics {
        check(control)?;
        let path = format!("{group}/stats/{}", file_name(&planned.name));
        let statistic = planned.statistic;
        let kind = result.histogram.values_type(statistic, result.nan);
        statistic_dataset::write(file, &path, result, (statistic, kind), control)?;
        file.attribute(&path, "request", planned.request.as_str())?;
        file.attribute(&path, "label", planned.label.as_str())?;
        file.attribute(&path, "units", planned.units.as_deref().unwrap_or(""))?;
    }
    Ok(())
}

fn write_accounting(
    file: &mut FileWriter,
    group: &str,
    report: &Report,
    result: &HistogramResult,
) -> Result<()> {
    let path = format!("{group}/accounting");
    file.group(&path)?;
    let rows = result.histogram.rows();
    for (name, count) in [
        ("rows", report.rows),
        ("skipped", rows.skipped),
        ("masked", rows.masked),
        ("filtered", rows.filtered),
        ("nan_axis", rows.nan_axis),
        ("outside", rows.outside),
        ("in_range", rows.in_range),
        ("fill_rows", report.counters.fill_rows),
        ("nan_value", result.nan_value()),
    ] {
        file.attribute(&path, name, count)?;
    }
    for (i, (under, over)) in rows.underflow.iter().zip(&rows.overflow).enumerate() {
        file.attribute(&path, &format!("underflow_{i}"), *under)?;
        file.attribute(&path, &format!("overflow_{i}"), *over)?;
    }
    Ok(())
}

/// The canonical bytes: what the state hash is the hash of.
fn write_state(
    file: &mut FileWriter,
    group: &str,
    result: &HistogramResult,
    control: &mut dyn Control,
) -> Result<()> {
    let mut stream = file.byte_stream(&format!("{group}/state"))?;
    result.histogram.canonical(|bytes| {
        check(control)?;
        Ok::<_, Error>(stream.write(bytes)?)
    })?;
    Ok(stream.close()?)
}

/// The time as ISO 8601 in UTC.
fn now() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let seconds = since.map_or(0, |d| d.as_secs());
    let seconds = i64::try_from(seconds).unwrap_or_default();
    let stamp = Timestamp::from_second(seconds);
    stamp.unwrap_or(Timestamp::UNIX_EPOCH).to_string()
}
