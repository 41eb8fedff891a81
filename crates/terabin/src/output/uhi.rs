//! Counts, sums and means in the UHI serialisation, schema 1, so that other programs of
//! the field open them (<https://uhi.readthedocs.io/en/latest/serialization.html>).

use terabin_core::axis::{Axis, Category};
use terabin_core::categories::Categories;
use terabin_core::statistic::Statistic;
use terabin_hdf5::{FileWriter, Values as Stored};

use super::{file_name, result_file::shape};
use crate::bin::HistogramResult;
use crate::error::Result;
use crate::plan::{AxisPlan, StatisticPlan};
use crate::run::{Control, check};

/// Writes `<group>/uhi/<stat>` for every count, sum and mean.
pub fn write(
    file: &mut FileWriter,
    group: &str,
    result: &HistogramResult,
    control: &mut dyn Control,
) -> Result<()> {
    for planned in &result.plan.statistics {
        check(control)?;
        let path = format!("{group}/uhi/{}", file_name(&planned.name));
        match planned.statistic {
            Statistic::Count | Statistic::CountValid(_) => {
                let values = whole_numbers(result, planned);
                write_head(file, &path, "int", result)?;
                let path = format!("{path}/storage/values");
                file.dataset(&path, &shape(result), Stored::I64(&values))?;
            }
            Statistic::Sum(_) => {
                write_head(file, &path, "double", result)?;
                write_values(file, &path, "values", result, planned.statistic)?;
            }
            Statistic::Mean(v) => {
                write_head(file, &path, "mean", result)?;
                write_values(file, &path, "counts", result, Statistic::CountValid(v))?;
                write_values(file, &path, "values", result, planned.statistic)?;
                // Unknown (NaN) unless a variance was asked for as well: its sums of
                // squares cost more than the mean itself.
                write_values(file, &path, "variances", result, Statistic::Var(v, 1))?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn whole_numbers(result: &HistogramResult, planned: &StatisticPlan) -> Vec<i64> {
    let counts = result.histogram.values(planned.statistic, result.nan);
    (0..result.histogram.axes().cells())
        .map(|cell| match counts.get(cell) {
            Some(terabin_core::statistic::Number::U64(n)) => i64::try_from(n).unwrap_or(i64::MAX),
            _ => 0,
        })
        .collect()
}

fn write_values(
    file: &mut FileWriter,
    path: &str,
    name: &str,
    result: &HistogramResult,
    statistic: Statistic,
) -> Result<()> {
    let collected = result.histogram.collects(statistic);
    let values = if collected {
        result.histogram.values(statistic, result.nan).to_f64()
    } else {
        vec![f64::NAN; result.histogram.axes().cells()]
    };
    let path = format!("{path}/storage/{name}");
    Ok(file.dataset(&path, &shape(result), Stored::F64(&values))?)
}

/// Everything but the storage's arrays.
fn write_head(
    file: &mut FileWriter,
    path: &str,
    storage: &str,
    result: &HistogramResult,
) -> Result<()> {
    file.group(path)?;
    file.attribute(path, "uhi_schema", 1i64)?;
    let info = format!("{path}/writer_info/terabin");
    file.group(&info)?;
    file.attribute(&info, "version", env!("CARGO_PKG_VERSION"))?;
    file.group(&format!("{path}/ref_axes"))?;
    let mut references = Vec::new();
    let axes = result.histogram.axes();
    for (i, (plan, axis)) in result.plan.axes.iter().zip(axes.axes()).enumerate() {
        let path = format!("{path}/ref_axes/axis_{i}");
        write_axis(file, &path, plan, axis, axes.flow())?;
        references.push(path);
    }
    file.references(&format!("{path}/axes"), &references)?;
    file.group(&format!("{path}/storage"))?;
    Ok(file.attribute(&format!("{path}/storage"), "type", storage)?)
}

/// Boost's integer categories have 32 bits: others go by their names.
fn write_categories(file: &mut FileWriter, path: &str, axis: &Category) -> Result<()> {
    let of_32_bits = |v: &[i64]| v.iter().all(|&x| i32::try_from(x).is_ok());
    let integers = match axis.categories() {
        Categories::Truths => return Ok(file.attribute(path, "type", "boolean")?),
        Categories::Texts(_) => None,
        Categories::I64(v) => Some(v.clone()),
        Categories::U64(v) => v.iter().map(|&x| i64::try_from(x).ok()).collect(),
    };
    file.attribute(path, "flow", false)?;
    let categories = format!("{path}/categories");
    if let Some(integers) = integers.filter(|v| of_32_bits(v)) {
        file.attribute(path, "type", "category_int")?;
        let shape = [integers.len() as u64];
        return Ok(file.dataset(&categories, &shape, Stored::I64(&integers))?);
    }
    file.attribute(path, "type", "category_str")?;
    Ok(file.strings(&categories, axis.names())?)
}

fn write_axis(
    file: &mut FileWriter,
    path: &str,
    plan: &AxisPlan,
    axis: &Axis,
    flow: bool,
) -> Result<()> {
    file.group(path)?;
    let metadata = format!("{path}/metadata");
    file.group(&metadata)?;
    file.attribute(&metadata, "name", plan.name.as_str())?;
    file.attribute(&metadata, "label", plan.label.as_str())?;
    if let Axis::Category(axis) = axis {
        return write_categories(file, path, axis);
    }
    let edges = axis.edges().unwrap_or_default();
    let flow = flow && axis.has_flow();
    file.attribute(path, "underflow", flow)?;
    file.attribute(path, "overflow", flow)?;
    // Boost's circular axes have an overflow bin that ours do not: as plain bins they
    // open everywhere, and the metadata tell.
    file.attribute(path, "circular", false)?;
    file.attribute(&metadata, "circular", matches!(axis, Axis::Circular(_)))?;
    if let (Axis::Variable(_) | Axis::Log(_), _) | (_, []) = (axis, edges.as_slice()) {
        file.attribute(path, "type", "variable")?;
        let shape = [edges.len() as u64];
        return Ok(file.dataset(&format!("{path}/edges"), &shape, Stored::F64(&edges))?);
    }
    file.attribute(path, "type", "regular")?;
    file.attribute(path, "bins", axis.bins() as u64)?;
    file.attribute(path, "lower", edges[0])?;
    Ok(file.attribute(path, "upper", edges[edges.len() - 1])?)
}
