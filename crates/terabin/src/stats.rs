//! Exact numbers per column: histograms without axes.

use terabin_core::batch::DataType;
use terabin_core::statistic::Number;

use crate::bin::{Options, Report, bin};
use crate::error::{Error, Result};
use crate::run::Control;
use crate::spec::{HistogramSpec, Spec};
use crate::table::Table;

/// Exact count, NaN, extremes, sum, mean and standard deviation of a column.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnStats {
    /// The column.
    pub name: String,
    /// Its type in memory.
    pub data_type: DataType,
    /// Its rows, those left out that are masked, were skipped or are not kept by the filter.
    pub rows: u64,
    /// Rows that are NaN.
    pub nan: u64,
    /// Smallest value that is not NaN; NaN or 0 where there is none.
    pub min: Number,
    /// Largest value that is not NaN.
    pub max: Number,
    /// Sum of the values that are not NaN.
    pub sum: Number,
    /// Mean of the values that are not NaN; NaN where there is none.
    pub mean: f64,
    /// Standard deviation, ddof 0; NaN where there is no value.
    pub std: f64,
}

/// The statistics of the columns called `names`, or of every numeric column.
///
/// A name is a column's own, or what an expression calls it: `attr("Header", "Time")`.
/// `spec` gives rows, filter and table; its axes and statistics are not used.
///
/// # Errors
/// As [`bin`].
pub fn stats(
    table: &dyn Table,
    names: &[String],
    spec: &Spec,
    options: &Options,
    control: &mut dyn Control,
) -> Result<(Vec<ColumnStats>, Report)> {
    let names = if names.is_empty() {
        table.numeric_columns(&[])?
    } else {
        names.iter().map(|name| column(table, name)).collect()
    };
    if names.is_empty() {
        return Err(Error::request("there is no numeric column"));
    }
    let spec = Spec {
        data: spec.data.clone(),
        table: spec.table.clone(),
        rows: spec.rows.clone(),
        filter: spec.filter.clone(),
        histogram: names.iter().map(|name| without_axes(name)).collect(),
        ..Spec::default()
    };
    let report = bin(table, &spec, options, control)?;
    let columns = names.iter().zip(&report.results);
    let columns = columns
        .map(|(name, result)| {
            let number = |at: usize| {
                let planned = &result.plan.statistics[at];
                let values = result.histogram.values(planned.statistic, result.nan);
                values.get(0).unwrap_or(Number::F64(f64::NAN))
            };
            ColumnStats {
                name: name.clone(),
                data_type: result.histogram.value_type(0).unwrap_or(DataType::F64),
                rows: result.histogram.rows().in_range,
                nan: result.nan_value(),
                sum: number(1),
                mean: number(2).as_f64(),
                std: number(3).as_f64(),
                min: number(4),
                max: number(5),
            }
        })
        .collect();
    Ok((columns, report))
}

/// The column of this name; else the column that this text names in an expression.
fn column(table: &dyn Table, text: &str) -> String {
    let expr = terabin_expr::parse(text).ok();
    match expr.as_ref().and_then(|expr| expr.as_column()) {
        Some(name) if !table.has_column(text) => name.to_owned(),
        _ => text.to_owned(),
    }
}

fn without_axes(name: &str) -> HistogramSpec {
    let value = terabin_expr::Expr::column(name);
    let of = |function: &str| format!("{function}({value})");
    HistogramSpec {
        name: Some(name.to_owned()),
        stat: Some(["sum", "mean", "std", "min", "max"].map(of).into()),
        ..HistogramSpec::default()
    }
}
