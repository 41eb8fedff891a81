//! Counts, sums and means in the UHI serialisation, schema 1, so that other programs of
//! the field open them (<https://uhi.readthedocs.io/en/latest/serialization.html>).

use terabin_core::axis::{Axis, Category};
use terabin_core::batch::DataType;
use terabin_core::categories::Categories;
use terabin_core::histogram::Values;
use terabin_core::statistic::Statistic;
use terabin_hdf5::{FileWriter, StoredType, Values as Stored};

use super::{PIECE, file_name, statistic_dataset};
use crate::bin::HistogramResult;
use crate::error::Result;
use crate::plan::AxisPlan;
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
                write_head(file, &path, "int", result, control)?;
                let path = format!("{path}/storage/values");
                let counts = (planned.statistic, DataType::I64);
                statistic_dataset::write(file, &path, result, counts, control)?;
            }
            Statistic::Sum(_) => {
                write_head(file, &path, "double", result, control)?;
                write_values(file, (&path, "values"), result, planned.statistic, control)?;
            }
            Statistic::Mean(v) => {
                write_head(file, &path, "mean", result, control)?;
                write_values(
                    file,
                    (&path, "counts"),
                    result,
                    Statistic::CountValid(v),
                    control,
                )?;
                write_values(file, (&path, "values"), result, planned.statistic, control)?;
                // Unknown (NaN) unless a variance was asked for as well: its sums of
                // squares cost more than the mean itself.
                write_values(
                    file,
                    (&path, "variances"),
                    result,
                    Statistic::Var(v, 1),
                    control,
                )?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Writes a statistic as doubles; all NaN where it was not collected.
fn write_values(
    file: &mut FileWriter,
    (group, name): (&str, &str),
    result: &HistogramResult,
    statistic: Statistic,
    control: &mut dyn Control,
) -> Result<()> {
    let path = format!("{group}/storage/{name}");
    let kind = DataType::F64;
    if result.histogram.collects(statistic) {
        return statistic_dataset::write(file, &path, result, (statistic, kind), control);
    }
    statistic_dataset::write_pieces(file, &path, result, kind, control, &|cells| {
        Values::F64(vec![f64::NAN; cells.len()])
    })
}

/// Everything but the storage's arrays.
fn write_head(
    file: &mut FileWriter,
    path: &str,
    storage: &str,
    result: &HistogramResult,
    control: &mut dyn Control,
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
    let path = format!("{path}/storage");
    file.group(&path)?;
    file.attribute(&path, "type", storage)?;
    if axes.are_sparse() {
        write_index(file, &path, result, control)?;
    }
    Ok(())
}

/// The bins of the cells that rows met: a line for each axis.
fn write_index(
    file: &mut FileWriter,
    storage: &str,
    result: &HistogramResult,
    control: &mut dyn Control,
) -> Result<()> {
    let histogram = &result.histogram;
    let (shape, cells) = (histogram.axes().shape(), histogram.cells());
    let size = [shape.len() as u64, cells as u64];
    let mut stream = file.value_stream(&format!("{storage}/index"), StoredType::I64, &size)?;
    for (axis, &extent) in shape.iter().enumerate() {
        let stride: usize = shape[axis + 1..].iter().product();
        for start in (0..cells).step_by(PIECE) {
            check(control)?;
            let piece = start..(start + PIECE).min(cells);
            // Axes have fewer than 2^31 bins.
            let bin = |cell| {
                let number = histogram.number_of(cell) / stride as u64;
                (number % extent as u64).cast_signed()
            };
            stream.write(Stored::I64(&piece.map(bin).collect::<Vec<_>>()))?;
        }
    }
    Ok(stream.close()?)
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
