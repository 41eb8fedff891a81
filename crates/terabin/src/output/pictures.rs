//! A picture per statistic, for histograms of one and two axes.

use terabin_core::axis::Axis;
use terabin_core::batch::DataType;
use terabin_core::datetime;
use terabin_core::statistic::{Number, Statistic};

use super::{Folder, file_name};
use crate::bin::{HistogramResult, Report};
use crate::error::Result;
use crate::plan::{AxisPlan, StatisticPlan};
use crate::plot::{BinValues, Chart, ChartAxis, draw};
use crate::run::{Control, check};

/// The most pictures of one run.
const MAX_PICTURES: usize = 64;
const SIZE: (u32, u32) = (900, 600);

/// Draws into `folder`; what is left out is said in `notes`.
pub fn write(
    folder: &mut Folder,
    report: &Report,
    notes: &mut Vec<String>,
    control: &mut dyn Control,
) -> Result<()> {
    let mut wanted = Vec::new();
    for result in &report.results {
        if matches!(result.plan.axes.len(), 1 | 2) {
            if result.histogram.axes().are_sparse() {
                notes.push(format!(
                    "no pictures of {}: its cells are sparse",
                    result.plan.name
                ));
                continue;
            }
            wanted.extend(result.plan.statistics.iter().map(|s| (result, s)));
        }
    }
    if wanted.len() > MAX_PICTURES {
        notes.push(format!(
            "{} pictures would be drawn; the first {MAX_PICTURES} are",
            wanted.len()
        ));
    }
    for (result, statistic) in wanted.into_iter().take(MAX_PICTURES) {
        check(control)?;
        let name = picture_name(folder, result, statistic);
        folder.add(&name, |path| picture(result, statistic, path))?;
    }
    Ok(())
}

fn picture(
    result: &HistogramResult,
    planned: &StatisticPlan,
    path: &std::path::Path,
) -> Result<()> {
    let axes = result.histogram.axes();
    let pairs = || result.plan.axes.iter().zip(axes.axes());
    let edges: Vec<Vec<f64>> = (0..axes.axes().len())
        .map(|i| axes.cell_edges(i).unwrap_or_default())
        .collect();
    let labels: Vec<String> = pairs().map(|(plan, _)| axis_label(plan)).collect();
    let chart_axes: Vec<ChartAxis<'_>> = pairs()
        .zip(edges.iter().zip(&labels))
        .map(|((plan, axis), (edges, label))| ChartAxis {
            label,
            edges,
            log: matches!(axis, Axis::Log(_)),
            times: plan.is_time(),
            categories: axis.categories(),
        })
        .collect();
    let values = CellValues { result, planned };
    let chart = Chart {
        title: &result.plan.name,
        axes: &chart_axes,
        values: &values,
        value_label: &value_label(planned, values.are_times()),
        value_times: values.are_times(),
    };
    Ok(draw(&chart, path, SIZE)?)
}

/// The values of a statistic, rounded when they are asked for.
struct CellValues<'a> {
    result: &'a HistogramResult,
    planned: &'a StatisticPlan,
}

impl CellValues<'_> {
    fn are_times(&self) -> bool {
        self.result.histogram.result_type(self.planned.statistic) == DataType::Datetime
    }
}

impl BinValues for CellValues<'_> {
    fn bins(&self) -> usize {
        self.result.histogram.axes().cells()
    }

    fn value(&self, cell: usize) -> f64 {
        let number = |s| self.result.histogram.number(s, self.result.nan, cell);
        // An empty cell has no value to show, whatever number stands for it.
        if self.planned.name != "count" && number(Statistic::Count) == Number::U64(0) {
            return f64::NAN;
        }
        match number(self.planned.statistic) {
            Number::I64(time) if self.are_times() => datetime::floor(time),
            other => other.as_f64(),
        }
    }
}

fn axis_label(plan: &AxisPlan) -> String {
    if plan.is_time() {
        // The ticks are dates.
        return plan.label.clone();
    }
    with_units(&plan.label, plan.units.as_deref())
}

fn value_label(planned: &StatisticPlan, times: bool) -> String {
    if times {
        return planned.name.clone();
    }
    with_units(&planned.name, planned.units.as_deref())
}

fn with_units(label: &str, units: Option<&str>) -> String {
    match units {
        Some(units) if !units.is_empty() => format!("{label} [{units}]"),
        _ => label.to_owned(),
    }
}

/// `<histogram>-<statistic>.png` in characters that need no quotes, each once.
fn picture_name(folder: &Folder, result: &HistogramResult, planned: &StatisticPlan) -> String {
    let plain = |text: &str| -> String {
        let mut out = String::new();
        for c in text.chars() {
            let c = if c.is_alphanumeric() || "_-.%".contains(c) {
                c
            } else {
                '_'
            };
            if !(c == '_' && out.ends_with('_')) {
                out.push(c);
            }
        }
        out.trim_matches('_').to_owned()
    };
    let stem = format!(
        "{}-{}",
        plain(&file_name(&result.plan.name)),
        plain(&planned.name)
    );
    let taken = folder.names();
    let numbered = |n: usize| match n {
        0 => format!("{stem}.png"),
        _ => format!("{stem}-{}.png", n + 1),
    };
    // One more candidate than names taken: one of them is free.
    let free = (0..=taken.len()).map(numbered).find(|n| !taken.contains(n));
    free.unwrap_or_else(|| numbered(taken.len()))
}
