//! What came out of a case, and its text.

use std::fmt::Write;
use std::path::Path;

use terabin::{HistogramResult, Number, Report};
use terabin_core::axis::Axis;
use terabin_core::batch::DataType;

/// The end of a run.
pub enum Outcome {
    Done(Done),
    Failed(Failed),
}

/// A run that failed.
pub struct Failed {
    pub exit: i32,
    pub message: String,
}

/// A run that gave histograms.
pub struct Done {
    pub rows: u64,
    pub passes: usize,
    pub state_hash: String,
    /// What the program says on stderr.
    pub notes: Vec<String>,
    pub histograms: Vec<Counted>,
}

/// One histogram.
pub struct Counted {
    pub name: String,
    pub state_hash: String,
    pub filtered: u64,
    pub in_range: u64,
    pub outside: u64,
    pub nan_axis: u64,
    pub underflow: Vec<u64>,
    pub overflow: Vec<u64>,
    /// By statistic.
    pub nan_value: Vec<(String, u64)>,
    pub axes: Vec<Bins>,
    /// Cells along each axis, flow included.
    pub shape: Vec<usize>,
    /// Of sparse histograms, the numbers of the cells.
    pub index: Option<Vec<u64>>,
    /// By statistic, row-major.
    pub values: Vec<(String, Vec<Number>)>,
    /// By statistic, whether the values are datetimes.
    pub times: Vec<bool>,
}

/// The bins of an axis.
pub struct Bins {
    pub name: String,
    pub edges: Vec<f64>,
    pub categories: Vec<String>,
    /// Whether edges are datetimes.
    pub times: bool,
    /// Whether underflow and overflow have cells.
    pub flow: bool,
}

impl Failed {
    /// Takes the name of the folder out of the message.
    pub fn hide(&mut self, folder: &Path) {
        self.message = self.message.replace(&*folder.to_string_lossy(), "{dir}");
    }
}

impl Done {
    pub fn new(report: &Report) -> Self {
        Self {
            rows: report.rows,
            passes: report.passes,
            state_hash: report.state_hash.clone(),
            notes: Vec::new(),
            histograms: report.results.iter().map(Counted::new).collect(),
        }
    }
}

impl Counted {
    fn new(result: &HistogramResult) -> Self {
        let rows = result.histogram.rows();
        let axes = result.histogram.axes();
        let statistics = &result.plan.statistics;
        let values = |name: &String| {
            let values = result.values(name).expect("a planned statistic");
            (0..result.histogram.cells())
                .map(|c| values.get(c).expect("a value per cell"))
                .collect()
        };
        Self {
            name: result.plan.name.clone(),
            state_hash: result.state_hash.clone(),
            filtered: rows.filtered,
            in_range: rows.in_range,
            outside: rows.outside,
            nan_axis: rows.nan_axis,
            underflow: rows.underflow.clone(),
            overflow: rows.overflow.clone(),
            nan_value: statistics
                .iter()
                .filter_map(|s| Some((s.name.clone(), result.left_out(s.statistic)?)))
                .collect(),
            axes: result
                .plan
                .axes
                .iter()
                .zip(axes.axes())
                .map(|(plan, axis)| Bins {
                    name: plan.name.clone(),
                    edges: axis.edges().unwrap_or_default(),
                    categories: axis.categories().unwrap_or_default().to_vec(),
                    times: plan.data_type == DataType::Datetime
                        && !matches!(axis, Axis::Circular(_)),
                    flow: axes.flow() && axis.has_flow(),
                })
                .collect(),
            shape: axes.shape(),
            index: axes.are_sparse().then(|| {
                let cells = 0..result.histogram.cells();
                cells.map(|c| result.histogram.number_of(c)).collect()
            }),
            times: statistics
                .iter()
                .map(|s| result.histogram.result_type(s.statistic) == DataType::Datetime)
                .collect(),
            values: statistics
                .iter()
                .map(|s| (s.name.clone(), values(&s.name)))
                .collect(),
        }
    }
}

impl Outcome {
    /// The part of a case from `[expect` on. An error keeps the words that the case has.
    pub fn text(&self, words: Option<&[String]>) -> String {
        match self {
            Self::Done(done) => done.text(),
            Self::Failed(failed) => {
                let all = [failed.message.clone()];
                let words: Vec<String> = words.unwrap_or(&all).iter().map(|w| quoted(w)).collect();
                let words = words.join(", ");
                format!(
                    "[expect.error]\nexit = {}\nwords = [{words}]\n",
                    failed.exit
                )
            }
        }
    }
}

impl Done {
    fn text(&self) -> String {
        let mut out = format!("[expect]\nrows = {}\npasses = {}\n", self.rows, self.passes);
        let mut line = |key: &str, value: String| {
            writeln!(out, "{key} = {value}").expect("a text takes all");
        };
        line("state_hash", quoted(&self.state_hash));
        if !self.notes.is_empty() {
            let notes: Vec<String> = self.notes.iter().map(|n| quoted(n)).collect();
            line("notes", list(&notes, None));
        }
        for histogram in &self.histograms {
            out.push('\n');
            out.push_str(&histogram.text(self.histograms.len() > 1));
        }
        out
    }
}

impl Counted {
    fn text(&self, with_hash: bool) -> String {
        let mut out = String::from("[[expect.histogram]]\n");
        let mut line = |key: &str, value: String| {
            writeln!(out, "{key} = {value}").expect("a text takes all");
        };
        line("name", quoted(&self.name));
        if with_hash {
            line("state_hash", quoted(&self.state_hash));
        }
        if self.filtered > 0 {
            line("filtered", self.filtered.to_string());
        }
        line("in_range", self.in_range.to_string());
        line("outside", self.outside.to_string());
        line("nan_axis", self.nan_axis.to_string());
        line("underflow", format!("{:?}", self.underflow));
        line("overflow", format!("{:?}", self.overflow));
        let nan = self
            .nan_value
            .iter()
            .map(|(n, c)| format!("{} = {c}", quoted(n)));
        let nan: Vec<String> = nan.collect();
        if !nan.is_empty() {
            line("nan_value", format!("{{ {} }}", nan.join(", ")));
        }
        let axes: Vec<String> = self.axes.iter().map(Bins::text).collect();
        line("axes", format!("[{}]", axes.join(", ")));
        if let Some(index) = &self.index {
            let numbers: Vec<String> = index.iter().map(u64::to_string).collect();
            writeln!(out, "index = {}", list(&numbers, None)).expect("a text takes all");
        }
        out.push_str("[expect.histogram.values]\n");
        for (name, values) in &self.values {
            let values: Vec<String> = values.iter().map(|v| number(*v)).collect();
            let rows = self.shape.len() > 1 && self.index.is_none();
            let row = self.shape.last().copied().filter(|_| rows);
            let key = if name == "count" {
                name.clone()
            } else {
                quoted(name)
            };
            writeln!(out, "{key} = {}", list(&values, row)).expect("a text takes all");
        }
        out
    }
}

impl Bins {
    fn text(&self) -> String {
        let edges = self.edges.iter().map(|&e| number(Number::F64(e)));
        let categories = self.categories.iter().map(|c| quoted(c));
        list(&edges.chain(categories).collect::<Vec<_>>(), None)
    }
}

/// The most characters of a line of numbers.
const WIDTH: usize = 96;

/// A list; on lines of its own where it is long, or where it has rows.
fn list(items: &[String], row: Option<usize>) -> String {
    let short = items.iter().map(|i| i.len() + 2).sum::<usize>() <= WIDTH;
    if short && row.is_none_or(|r| items.len() <= r) {
        return format!("[{}]", items.join(", "));
    }
    let mut out = String::from("[");
    let mut column = WIDTH;
    for (i, item) in items.iter().enumerate() {
        let starts_row = row.is_some_and(|r| i % r == 0);
        if starts_row || column + item.len() + 2 > WIDTH {
            out.push_str("\n    ");
            column = 4;
        } else {
            out.push(' ');
        }
        out.push_str(item);
        out.push(',');
        column += item.len() + 2;
    }
    out.push_str("\n]");
    out
}

/// A number as TOML: floats read back to the same bits, large integers are texts.
fn number(value: Number) -> String {
    match value {
        Number::F64(x) if x.is_nan() => "nan".into(),
        Number::F64(x) => format!("{x:?}"),
        Number::U64(x) if i64::try_from(x).is_err() => quoted(&x.to_string()),
        whole => whole.to_string(),
    }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
