//! `result.h5`: numbers, axes, accounting and the exact state.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use terabin_core::histogram::Values;
use terabin_hdf5::{FileWriter, Values as Stored};

use super::{OutputOptions, file_name, uhi};
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
        file.attribute(&path, "convention", "numpy")?;
        file.attribute(&path, "request", plan.request.as_str())?;
    }
    Ok(())
}

fn write_statistics(
    file: &mut FileWriter,
    group: &str,
    result: &HistogramResult,
    control: &mut dyn Control,
) -> Result<()> {
    let shape = shape(result);
    file.group(&format!("{group}/stats"))?;
    for planned in &result.plan.statistics {
        check(control)?;
        let path = format!("{group}/stats/{}", file_name(&planned.name));
        match result.histogram.values(planned.statistic, result.nan) {
            Values::F64(v) => file.dataset(&path, &shape, Stored::F64(&v))?,
            Values::I64(v) => file.dataset(&path, &shape, Stored::I64(&v))?,
            Values::U64(v) => file.dataset(&path, &shape, Stored::U64(&v))?,
        }
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

/// Cells along each axis, flow included.
pub(super) fn shape(result: &HistogramResult) -> Vec<u64> {
    let shape = result.histogram.axes().shape();
    shape.into_iter().map(|n| n as u64).collect()
}

/// The time as ISO 8601 in UTC.
fn now() -> String {
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| d.as_secs());
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// The Gregorian date of a day since 1970 (Hinnant, "chrono-compatible low-level date
/// algorithms").
fn civil(days: u64) -> (u64, u64, u64) {
    let z = days + 719_468;
    let era = z / 146_097;
    let day_of_era = z % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::civil;

    #[test]
    fn dates() {
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(11_016), (2000, 2, 29));
        assert_eq!(civil(20_779), (2026, 11, 22));
    }
}
