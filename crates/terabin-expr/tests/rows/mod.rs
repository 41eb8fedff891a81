//! The values of an expression over a few columns.

use terabin_core::batch::{Batch, Column};
use terabin_core::source::{Field, Schema};
use terabin_expr::{EvalError, Scratch, TypeError, parse};

fn schema(columns: &[(&str, Column<'_>)]) -> Schema {
    let field = |(name, column): &(&str, Column<'_>)| Field {
        name: (*name).to_owned(),
        data_type: column.data_type(),
        units: None,
        long_name: None,
    };
    Schema {
        fields: columns.iter().map(field).collect(),
    }
}

/// Hands the value of `text` over the columns to `check`; the first row is number 1000.
pub fn with(
    text: &str,
    columns: &[(&str, Column<'_>)],
    check: impl FnOnce(Result<Column<'_>, EvalError>),
) {
    let bound = parse(text).unwrap().bind(&schema(columns)).expect(text);
    let values: Vec<Column<'_>> = columns.iter().map(|(_, column)| *column).collect();
    let rows = values.first().map_or(0, Column::len);
    let mut scratch = Scratch::new();
    check(bound.evaluate(&Batch::new(&values, rows, 1000), &mut scratch));
}

pub fn floats(text: &str, columns: &[(&str, Column<'_>)]) -> Vec<f64> {
    let mut found = Vec::new();
    with(text, columns, |value| match value {
        Ok(Column::F64(values)) => found = values.to_vec(),
        other => panic!("{text}: {other:?}"),
    });
    found
}

pub fn truths(text: &str, columns: &[(&str, Column<'_>)]) -> Vec<bool> {
    let mut found = Vec::new();
    with(text, columns, |value| match value {
        Ok(Column::Bool(values)) => found = values.to_vec(),
        other => panic!("{text}: {other:?}"),
    });
    found
}

pub fn wrong(text: &str, columns: &[(&str, Column<'_>)]) -> TypeError {
    let bound = parse(text).unwrap().bind(&schema(columns));
    bound.expect_err(text)
}
