//! From what was asked to a plan: names, types and axes are resolved.

use terabin_core::batch::DataType;
use terabin_core::source::{Field, Schema};
use terabin_expr::{Expr, is_constant};

use crate::axis_request::{AxisKind, AxisRequest};
use crate::axis_rule::{AxisNeed, axis_need};
use crate::datetime::UNITS;
use crate::error::{Error, Result};
use crate::function::Function;
use crate::histogram_request::HistogramRequest;
use crate::memory_plan::refuse_huge;
use crate::output::file_name;
use crate::plan::{AxisPlan, HistogramPlan, Plan, StatisticPlan, columns_of};
use crate::spec::{HistogramSpec, Spec};
use crate::statistic_request::{StatisticRequest, Value};
use crate::table::Table;

/// The plan of a spec for a table, under a limit of memory in bytes.
///
/// # Errors
/// Everything in the request that is wrong for these data.
pub(crate) fn resolve(table: &dyn Table, spec: &Spec, memory: u64) -> Result<Plan> {
    let requests = histogram_requests(table, spec)?;
    let bins = requests.iter().map(bins_asked);
    refuse_huge(bins.fold(0, u64::saturating_add), memory)?;
    let filter = spec.filter.as_deref().map(parse_filter).transpose()?;
    let texts = expression_texts(&requests, filter.as_ref());
    let mut columns = columns_of(texts.iter().map(String::as_str))?;
    columns.retain(|c| !is_constant(c) || table.has_column(c));
    let source = table.select(&columns, &columns)?;
    let mut plan = Plan {
        columns,
        types: Vec::new(),
        // It is the first.
        filter: filter.is_some().then_some(0),
        histograms: Vec::new(),
        nan: spec.nan,
        rows: source.rows(),
        passes_done: 0,
        expressions: texts,
        notes: Vec::new(),
        searches: Vec::new(),
        first: None,
    };
    let all: Vec<usize> = (0..plan.expressions.len()).collect();
    let bound = plan.bind(source.schema(), &all)?;
    plan.types = bound.iter().map(terabin_expr::Bound::data_type).collect();
    check_filter(&plan)?;
    for request in &requests {
        let histogram = histogram_plan(&plan, request, source.schema())?;
        check_histogram_name(&histogram.name, &plan.histograms)?;
        plan.histograms.push(histogram);
    }
    plan.first = plan.of_rules()?;
    if !plan.is_survey() {
        plan.layouts()?;
    }
    Ok(plan)
}

/// The texts of all expressions, each once.
fn expression_texts(requests: &[HistogramRequest], filter: Option<&Expr>) -> Vec<String> {
    let mut expressions = Expressions::default();
    if let Some(filter) = filter {
        expressions.add(filter);
    }
    for request in requests {
        request.by.iter().for_each(|b| expressions.add(&b.expr));
        for stat in &request.stat {
            stat.expressions().for_each(|expr| expressions.add(expr));
        }
    }
    expressions.texts
}

fn parse_filter(text: &str) -> Result<Expr> {
    let wrong = |e| Error::request(format!("--where '{text}': {e}"));
    terabin_expr::parse(text).map_err(wrong)
}

fn check_filter(plan: &Plan) -> Result<()> {
    let Some(filter) = plan.filter else {
        return Ok(());
    };
    let (text, data_type) = (&plan.expressions[filter], plan.types[filter]);
    if data_type == DataType::Bool {
        return Ok(());
    }
    Err(Error::request(format!(
        "--where '{text}' is {data_type}, not true or false: compare it, as in {text} > 0"
    )))
}

fn check_histogram_name(name: &str, others: &[HistogramPlan]) -> Result<()> {
    check_name("histogram", name)?;
    let mut others = others.iter();
    if others.any(|h| file_name(&h.name) == file_name(name)) {
        return Err(Error::request(format!(
            "two histograms are called `{name}`: give them names"
        )));
    }
    Ok(())
}

/// About how many bins the axes of a request have, one after the other.
fn bins_asked(request: &HistogramRequest) -> u64 {
    let bins = |by: &AxisRequest| by.kind.bins_asked(request.bins, request.range).max(1);
    request.by.iter().map(bins).fold(0, u64::saturating_add)
}

/// The histograms asked for, or one per numeric column; `*` written out.
fn histogram_requests(table: &dyn Table, spec: &Spec) -> Result<Vec<HistogramRequest>> {
    let mut requests = spec.requests()?;
    let every = |r: &HistogramRequest| r.stat.iter().any(|s| s.value == Value::EveryColumn);
    let shared = spec.request(&HistogramSpec::default())?;
    if !requests.is_empty() && !requests.iter().any(every) {
        requests.iter_mut().for_each(weigh);
        return Ok(requests);
    }
    let mut used = used_columns(requests.iter().chain([&shared]))?;
    used.retain(|c| !is_constant(c) || table.has_column(c));
    let numeric = table.numeric_columns(&used)?;
    if requests.is_empty() {
        requests = numeric
            .iter()
            .map(|column| HistogramRequest {
                by: vec![AxisRequest::column(column)],
                // One hopeless column must not keep the others from their histograms.
                optional: true,
                ..shared.clone()
            })
            .collect();
    }
    for request in &mut requests {
        request.stat = write_out(&request.stat, &numeric)?;
        weigh(request);
    }
    Ok(requests)
}

/// Gives the statistics of a histogram with weights those, and their sums beside them.
fn weigh(request: &mut HistogramRequest) {
    let Some(weights) = &request.weights else {
        return;
    };
    for stat in &mut request.stat {
        if stat.function.takes_weights() {
            stat.weights.get_or_insert_with(|| weights.clone());
        }
    }
    for function in [Function::SumWeights, Function::SumSquaredWeights] {
        let value = Value::Expr(weights.clone());
        let sum = StatisticRequest::named(function.name(), function, value);
        request.stat.push(sum);
    }
}

fn used_columns<'a>(requests: impl Iterator<Item = &'a HistogramRequest>) -> Result<Vec<String>> {
    let mut texts = Vec::new();
    for request in requests {
        texts.extend(request.by.iter().map(|b| b.expr.to_string()));
        let stats = request.stat.iter().flat_map(StatisticRequest::expressions);
        texts.extend(stats.chain(&request.weights).map(Expr::to_string));
    }
    columns_of(texts.iter().map(String::as_str))
}

/// A statistic per numeric column in the place of `*`.
fn write_out(stats: &[StatisticRequest], numeric: &[String]) -> Result<Vec<StatisticRequest>> {
    let mut out = Vec::new();
    for stat in stats {
        if stat.value != Value::EveryColumn {
            out.push(stat.clone());
            continue;
        }
        if stat.name != stat.to_string() {
            return Err(Error::request(format!(
                "--stat '{stat}': one name cannot stand for every column"
            )));
        }
        out.extend(numeric.iter().map(|column| {
            let mut of_column = stat.clone();
            of_column.value = Value::Expr(Expr::column(column));
            of_column.name = of_column.text();
            of_column
        }));
    }
    Ok(out)
}

/// Refuses names that a file or an HDF5 group cannot have.
fn check_name(what: &str, name: &str) -> Result<()> {
    let reason = if name.is_empty() {
        "has no name; give it one, or axes with --by"
    } else if name == "." || name == ".." {
        "cannot be called that"
    } else if name.contains('\0') {
        "has a NUL character in its name"
    } else if file_name(name).len() > MAX_NAME {
        "has too long a name; give it a shorter one with NAME="
    } else {
        return Ok(());
    };
    let shown: String = name.chars().take(40).collect();
    Err(Error::request(format!("the {what} `{shown}` {reason}")))
}

/// Dimensions of an HDF5 dataset.
const MAX_AXES: usize = 32;

/// Bytes of a name, so that endings and temporary names still fit a file name.
const MAX_NAME: usize = 200;

/// The texts of expressions, each once.
#[derive(Default)]
struct Expressions {
    texts: Vec<String>,
}

impl Expressions {
    fn add(&mut self, expr: &Expr) {
        let text = expr.to_string();
        if !self.texts.contains(&text) {
            self.texts.push(text);
        }
    }
}

fn number_of(plan: &Plan, expr: &Expr) -> usize {
    let text = expr.to_string();
    // Every expression was added above.
    plan.expressions
        .iter()
        .position(|t| *t == text)
        .unwrap_or(0)
}

fn histogram_plan(
    plan: &Plan,
    request: &HistogramRequest,
    schema: &Schema,
) -> Result<HistogramPlan> {
    let mut axes = Vec::new();
    for by in &request.by {
        let expression = number_of(plan, &by.expr);
        let data_type = plan.types[expression];
        let need = axis_need(by, data_type, request.bins, request.range)?;
        let (axis, rule) = match need {
            AxisNeed::Known(axis) => (Some(axis.with_convention(request.convention)), None),
            AxisNeed::Rule(rule) => (None, Some(rule)),
        };
        let field = field_of(&by.expr, schema);
        axes.push(AxisPlan {
            request: by.to_string(),
            expression,
            label: label(field, &by.name),
            units: axis_units(field, &by.kind),
            data_type,
            name: by.name.clone(),
            axis,
            rule,
        });
    }
    if axes.len() > MAX_AXES {
        return Err(Error::request(format!(
            "{} axes; a result file holds at most {MAX_AXES}",
            axes.len()
        )));
    }
    let names: Vec<_> = axes.iter().map(|a| a.name.as_str()).collect();
    let name = request.name.clone().unwrap_or_else(|| names.join("_"));
    let (statistics, values) = statistic_plans(plan, request, schema)
        .map_err(|e| Error::request(format!("histogram {name}: {e}")))?;
    Ok(HistogramPlan {
        name,
        axes,
        statistics,
        flow: request.flow,
        convention: request.convention,
        values,
        optional: request.optional,
    })
}

/// The statistics, the count first, and the expressions of their values in the order of
/// their texts.
fn statistic_plans(
    plan: &Plan,
    request: &HistogramRequest,
    schema: &Schema,
) -> Result<(Vec<StatisticPlan>, Vec<usize>)> {
    let used = request.stat.iter().flat_map(StatisticRequest::expressions);
    let mut values: Vec<usize> = used.map(|expr| number_of(plan, expr)).collect();
    values.sort_by_key(|&e| &plan.expressions[e]);
    values.dedup();
    let mut statistics: Vec<StatisticPlan> = Vec::new();
    for stat in [&StatisticRequest::count()]
        .into_iter()
        .chain(&request.stat)
    {
        let planned = statistic_plan(plan, &values, stat, schema)?;
        match statistics
            .iter()
            .find(|s| file_name(&s.name) == file_name(&planned.name))
        {
            None => statistics.push(planned),
            Some(same) if same.statistic == planned.statistic => {}
            Some(_) => {
                return Err(Error::request(format!(
                    "two statistics are called `{}`",
                    planned.name
                )));
            }
        }
    }
    Ok((statistics, values))
}

/// One statistic; `values` are the expressions of the histogram's values.
fn statistic_plan(
    plan: &Plan,
    values: &[usize],
    stat: &StatisticRequest,
    schema: &Schema,
) -> Result<StatisticPlan> {
    let place = |expr: &Expr| {
        let expression = number_of(plan, expr);
        values.iter().position(|&e| e == expression)
    };
    for expr in stat.expressions() {
        check_value(stat, expr, plan.types[number_of(plan, expr)])?;
    }
    let places: Vec<usize> = stat.values().into_iter().filter_map(place).collect();
    let field = stat
        .values()
        .first()
        .and_then(|value| field_of(value, schema));
    let planned = StatisticPlan {
        name: stat.name.clone(),
        request: stat.to_string(),
        statistic: stat
            .function
            .of(&places, stat.weights.as_ref().and_then(place)),
        label: match stat.value {
            Value::Pair(..) => stat.value.to_string(),
            _ => label(field, &stat.value.to_string()),
        },
        units: units(field).filter(|_| stat.function.keeps_units()),
    };
    check_name("statistic", &planned.name)?;
    Ok(planned)
}

/// Refuses statistics that values of a type do not have.
fn check_value(stat: &StatisticRequest, value: &Expr, data_type: DataType) -> Result<()> {
    let of_times = matches!(
        stat.function,
        Function::Count | Function::Min | Function::Max | Function::First | Function::Last
    );
    match data_type {
        DataType::Text => Err(Error::request(format!(
            "{stat}: `{value}` is string, and texts have no statistics; bin by them with --by '{value}:cat'"
        ))),
        DataType::Datetime if !of_times => Err(Error::request(format!(
            "{stat}: `{value}` is datetime64[ns], which has count, min, max, first and last; bin by it with --by '{value}:step:1h'"
        ))),
        _ => Ok(()),
    }
}

/// A circle of times has durations as edges.
fn axis_units(field: Option<&Field>, kind: &AxisKind) -> Option<String> {
    let circular = matches!(kind, AxisKind::Circular { .. });
    if circular && field.is_some_and(|f| f.data_type == DataType::Datetime) {
        return Some("ns".to_owned());
    }
    units(field)
}

/// The units of a column's numbers.
fn units(field: Option<&Field>) -> Option<String> {
    let field = field?;
    match field.data_type {
        DataType::Datetime => Some(UNITS.to_owned()),
        _ => field.units.clone(),
    }
}

/// The column that an expression is, if it is just that.
fn field_of<'a>(expr: &Expr, schema: &'a Schema) -> Option<&'a Field> {
    let name = expr.as_column()?;
    schema.fields.iter().find(|f| f.name == name)
}

fn label(field: Option<&Field>, name: &str) -> String {
    field
        .and_then(|f| f.long_name.clone())
        .unwrap_or_else(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use terabin_core::batch::Column;

    use super::*;
    use crate::table::ArrayTable;

    fn plan(by: &[&str], stat: &[&str]) -> Result<Plan> {
        let x = [0.1, 0.2, f64::NAN];
        let k = [1i64, 2, 3];
        let table = ArrayTable::new(vec![
            ("x".into(), Column::F64(&x)),
            ("k".into(), Column::I64(&k)),
        ]);
        let texts = |texts: &[&str]| texts.iter().map(|&t| t.to_owned()).collect();
        let spec = Spec {
            by: texts(by),
            stat: texts(stat),
            ..Spec::default()
        };
        resolve(&table, &spec, 1 << 30)
    }

    #[test]
    fn plans_read_back_from_text_with_every_bit() {
        let by = [
            "x:7:0.1..0.3",
            "x:log:3:1e-3..8",
            "k:int:0..9",
            "x",
            "x > 0",
            "x:fd",
            "x:quantile:3:0.1..0.3",
        ];
        let plan = plan(&by, &["mean(x)", "var(x, ddof=1)", "sum(k)"]).unwrap();
        let text = serde_json::to_string(&plan).unwrap();
        assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
    }

    #[test]
    fn an_expression_is_evaluated_once_however_often_it_is_named() {
        let plan = plan(
            &["x*2:4:0..1", "k:int:0..3"],
            &["mean(x * 2)", "sum((x)*2)"],
        )
        .unwrap();
        assert_eq!(plan.expressions, ["x * 2", "k"]);
        assert_eq!(plan.columns, ["x", "k"]);
    }

    #[test]
    fn the_order_of_statistics_does_not_change_what_is_collected() {
        let quantities = |stat: &[&str]| {
            let plan = plan(&["x:4:0..1"], stat).unwrap();
            plan.layouts().unwrap()[0].quantities.len()
        };
        // Rows; valid, sum and squares of x; sum of k.
        assert_eq!(quantities(&["std(x)", "sum(k)", "mean(x)"]), 5);
        assert_eq!(quantities(&["mean(x)", "std(x)", "sum(k)"]), 5);
    }
}
