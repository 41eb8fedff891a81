//! Exports of vaex: a group `columns` in a table, and a group for each column with its
//! values as `data`.

use std::collections::BTreeSet;

use super::attributes::text;
use super::pandas::ticks;
use super::plain::{Placed, columns, tables_besides};
use super::{Table, TableColumn};
use crate::description::{DatasetDescription, FileDescription};
use crate::meaning::{Mask, Meaning, Number, Time};

/// The tables of a file that vaex has exported; a column is called as in vaex.
///
/// Values under a mask or a bitmap of missing values, strings and dictionaries are
/// refused: what is missing would be counted.
pub(super) fn tables(file: &FileDescription) -> Option<Vec<Table>> {
    let groups = file.groups.iter();
    let table = groups.filter(|g| text(&g.attributes, "type") == Some("table"));
    let places: Vec<(&str, String)> = table
        .map(|g| (g.path.as_str(), format!("{}/columns/", g.path)))
        .collect();
    if places.is_empty() {
        return None;
    }
    let paths: BTreeSet<&str> = file.datasets.iter().map(|d| d.path.as_str()).collect();
    Some(tables_besides(file, |number, dataset| {
        let within = |(table, columns): &(&str, String)| {
            let rest = dataset.path.strip_prefix(columns.as_str())?;
            let (name, part) = rest.split_once('/')?;
            let column = format!("{columns}{name}");
            Some(placed(
                &paths,
                table,
                &column,
                (name, part),
                number,
                dataset,
            ))
        };
        places.iter().find_map(within)
    }))
}

/// The column in the dataset `part` of the group `column`; none where it is no value.
fn placed(
    paths: &BTreeSet<&str>,
    table: &str,
    column: &str,
    (name, part): (&str, &str),
    number: usize,
    dataset: &DatasetDescription,
) -> Vec<Placed> {
    let has = |part: &str| paths.contains(format!("{column}/{part}").as_str());
    let is_dictionary = part == "indices/data";
    if part != "data" && !is_dictionary {
        return Vec::new();
    }
    let refusal = if is_dictionary {
        Some("is dictionary-encoded by vaex")
    } else if has("indices") || has("indices/data") {
        Some("holds strings in vaex's own layout")
    } else if has("mask") || has("null_bitmap") {
        Some("has missing values, which vaex marks in a dataset of their own")
    } else {
        None
    };
    let place = |values: TableColumn| {
        let mut values = typed(values, dataset).named(&format!("{table}/columns"), name);
        if let Some(refusal) = refusal {
            let remedy = "export it with vaex as plain numbers, such as with fillna";
            values = values.refused(&format!("{refusal}; {remedy}"));
        }
        (table.to_owned(), values)
    };
    columns(number, dataset).map(place).collect()
}

/// The column with the type that the attribute `dtype` gives to stored integers.
fn typed(mut column: TableColumn, dataset: &DatasetDescription) -> TableColumn {
    let dtype = dataset.text("dtype").unwrap_or_default();
    if let Some(tick) = ticks(dtype, "datetime64") {
        column.meaning = Meaning {
            time: Some(Time::Ticks { tick, epoch: 0 }),
            ..Meaning::default()
        };
    } else if dtype.starts_with("timedelta64") {
        let nat = Mask::Equal(Number::Signed(i64::MIN));
        column.meaning.masks.push(nat);
    }
    column
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::samples::{column, dataset, file, float, group, names, signed, text, with};

    fn export() -> FileDescription {
        let at = |path: &str, element| dataset(&format!("/table/columns/{path}"), &[6], element);
        file(
            vec![
                group("/", &[]),
                group("/table", &[("type", "table")]),
                group("/table/columns", &[("column_order", "x,t,m,s,d")]),
            ],
            vec![
                at("x/data", float(8)),
                with(at("t/data", signed(8)), "dtype", ["datetime64[us]"]),
                at("m/data", float(8)),
                at("m/mask", signed(1)),
                at("s/data", text(1)),
                at("s/indices", signed(4)),
                at("d/indices/data", signed(4)),
                at("d/dictionary/data", float(8)),
                dataset("/beside", &[2], float(8)),
            ],
        )
    }

    #[test]
    fn columns_are_called_as_in_vaex() {
        let tables = tables(&export()).unwrap();
        let expected: Vec<String> = ["x", "t", "m", "s", "d"]
            .map(|n| format!("table.columns.{n}"))
            .into();
        let expected = expected.iter().map(String::as_str).collect();
        assert_eq!(
            names(&tables),
            [("/", vec!["beside"]), ("/table", expected)]
        );
        let time = column(&tables, "table.columns.t");
        assert_eq!(time.last, "t");
        assert_eq!(
            time.meaning.time,
            Some(Time::Ticks {
                tick: 1000,
                epoch: 0
            })
        );
    }

    #[test]
    fn missing_values_and_strings_are_refused() {
        let tables = tables(&export()).unwrap();
        let refusal = |name| {
            let name = format!("table.columns.{name}");
            column(&tables, &name).refused.clone().unwrap_or_default()
        };
        assert_eq!(refusal("x"), "");
        assert!(refusal("m").contains("missing values"), "{}", refusal("m"));
        assert!(refusal("s").contains("strings"), "{}", refusal("s"));
        assert!(refusal("d").contains("dictionary"), "{}", refusal("d"));
    }

    #[test]
    fn other_files_are_not_recognised() {
        let other = file(vec![group("/table", &[])], Vec::new());
        assert_eq!(tables(&other), None);
    }
}
