//! MATLAB 7.3: dimensions are stored in reverse, and a column vector has two of them.

use super::attributes::text;
use super::plain::{Placed, columns, tables_besides};
use super::{ColumnAxis, Table, TableColumn};
use crate::description::{DatasetDescription, FileDescription};
use crate::element::ElementClass;

/// The tables of a MAT-file of version 7.3: the variables, and the fields of structs.
///
/// Dimensions are counted as MATLAB counts them, and those of extent 1 are left out where
/// another is longer. Text, cells, objects and empty variables are refused; a sparse matrix
/// is a group of its stored values, row numbers and column ends.
pub(super) fn tables(file: &FileDescription) -> Option<Vec<Table>> {
    let groups = file.groups.iter().map(|g| &g.attributes);
    let mut attributes = groups.chain(file.datasets.iter().map(|d| &d.attributes));
    let is_matlab = attributes.any(|a| text(a, "MATLAB_class").is_some());
    is_matlab.then(|| tables_besides(file, |n, d| Some(place(n, d))))
}

fn place(number: usize, dataset: &DatasetDescription) -> Vec<Placed> {
    // What cells and objects refer to has no names of its own.
    let internal = ["#refs#", "#subsystem#"];
    if dataset.path.split('/').any(|part| internal.contains(&part)) {
        return Vec::new();
    }
    let class = dataset.text("MATLAB_class");
    let refusal = refusal(dataset, class);
    let place = |mut column: TableColumn| {
        column.axes = axes(&dataset.shape);
        if class == Some("logical") && column.leaf.element.class == ElementClass::Unsigned {
            column.leaf.element.class = ElementClass::Bool;
        }
        if let Some(refusal) = refusal {
            column = column.refused(refusal);
        }
        (dataset.group().to_owned(), column)
    };
    columns(number, dataset).map(place).collect()
}

/// The dimensions in MATLAB's order, without those of extent 1 where one is longer.
fn axes(shape: &[u64]) -> Vec<ColumnAxis> {
    let axis = |dim| ColumnAxis { dim, name: None };
    let reversed = (0..shape.len()).rev();
    let long: Vec<_> = reversed
        .clone()
        .filter(|&dim| shape.get(dim) != Some(&1))
        .map(axis)
        .collect();
    if long.is_empty() {
        reversed.take(1).map(axis).collect()
    } else {
        long
    }
}

fn refusal(dataset: &DatasetDescription, class: Option<&str>) -> Option<&'static str> {
    let has = |name: &str| dataset.attributes.iter().any(|a| a.name == name);
    if has("MATLAB_empty") {
        return Some("is an empty variable of MATLAB; name one with values");
    }
    let is_reference = matches!(dataset.element.class, ElementClass::Other(_));
    match class {
        Some("char" | "string") => Some("holds MATLAB text; name a numeric variable"),
        Some("cell" | "function_handle") | None if is_reference => {
            Some("is a cell or an array of structs; store numbers as a numeric array")
        }
        _ if has("MATLAB_object_decode") => {
            Some("is an object of MATLAB; store its properties as numeric arrays")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::samples::{
        column, compound, dataset, dims, file, float, group, names, of, unsigned, with,
    };

    fn variables() -> FileDescription {
        let of_class = |path, shape: &[u64], element, class| {
            with(dataset(path, shape, element), "MATLAB_class", [class])
        };
        let complex = compound(vec![("real", float(8)), ("imag", float(8))]);
        let reference = of(ElementClass::Other("reference".into()), 8);
        let empty = of_class("/e", &[2], unsigned(8), "double");
        file(
            vec![group("/st", &[("MATLAB_class", "struct")])],
            vec![
                of_class("/column", &[1, 6], float(8), "double"),
                of_class("/row", &[5, 1], float(8), "double"),
                of_class("/matrix", &[4, 3], float(8), "double"),
                of_class("/cube", &[4, 3, 2], float(8), "double"),
                of_class("/scalar", &[1, 1], float(8), "double"),
                of_class("/flag", &[3, 1], unsigned(1), "logical"),
                of_class("/z", &[2, 1], complex, "double"),
                of_class("/s", &[1, 5], unsigned(2), "char"),
                of_class("/cell", &[1, 2], reference.clone(), "cell"),
                with(empty, "MATLAB_empty", [1_i64]),
                of_class("/st/a", &[1, 4], float(8), "double"),
                dataset("/structs/p", &[1, 2], reference),
                of_class("/#refs#/b", &[1, 1], float(8), "double"),
            ],
        )
    }

    #[test]
    fn dimensions_run_in_matlab_order() {
        let tables = tables(&variables()).unwrap();
        let dims = |name| dims(column(&tables, name));
        assert_eq!(dims("column"), [1]);
        assert_eq!(dims("row"), [0]);
        assert_eq!(dims("matrix"), [1, 0]);
        assert_eq!(dims("cube"), [2, 1, 0]);
        assert_eq!(dims("scalar"), [1]);
        assert_eq!(dims("z.imag"), [0]);
        assert_eq!(dims("st.a"), [1]);
    }

    #[test]
    fn variables_and_fields_are_columns() {
        let tables = tables(&variables()).unwrap();
        let root = [
            "column", "row", "matrix", "cube", "scalar", "flag", "z.real", "z.imag", "s", "cell",
            "e",
        ];
        let expected = [
            ("/", root.to_vec()),
            ("/st", vec!["st.a"]),
            ("/structs", vec!["structs.p"]),
        ];
        assert_eq!(names(&tables), expected);
        let flag = &column(&tables, "flag").leaf.element.class;
        assert_eq!(*flag, ElementClass::Bool);
    }

    #[test]
    fn text_cells_and_empty_variables_are_refused() {
        let tables = tables(&variables()).unwrap();
        let mut refused: Vec<&str> = tables
            .iter()
            .flat_map(|t| &t.columns)
            .filter(|c| c.refused.is_some())
            .map(|c| c.name.as_str())
            .collect();
        refused.sort_unstable();
        assert_eq!(refused, ["cell", "e", "s", "structs.p"]);
    }

    #[test]
    fn other_files_are_not_recognised() {
        assert_eq!(tables(&FileDescription::default()), None);
    }
}
