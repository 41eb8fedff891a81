//! The plain dialect: a group is a table, its datasets are the columns, and so are the
//! members of compounds.

use std::collections::BTreeMap;

use super::{Table, TableColumn};
use crate::description::{DatasetDescription, FileDescription};

/// The tables of a file, by path.
pub(super) fn tables(file: &FileDescription) -> Vec<Table> {
    tables_besides(file, |_, _| None)
}

/// A column and the path of the table that it belongs to.
pub(super) type Placed = (String, TableColumn);

/// The tables of a file, by path: what `known` makes of a dataset, which is no column
/// where it is hidden, and plain columns of those that it knows nothing of.
pub(super) fn tables_besides(
    file: &FileDescription,
    known: impl Fn(usize, &DatasetDescription) -> Option<Vec<Placed>>,
) -> Vec<Table> {
    let mut tables: BTreeMap<String, Vec<TableColumn>> = BTreeMap::new();
    for (number, dataset) in file.datasets.iter().enumerate() {
        let placed = known(number, dataset).unwrap_or_else(|| placed(number, dataset));
        for (path, column) in placed {
            tables.entry(path).or_default().push(column);
        }
    }
    let table = |(path, columns)| Table { path, columns };
    tables.into_iter().map(table).collect()
}

fn placed(number: usize, dataset: &DatasetDescription) -> Vec<Placed> {
    let columns = columns(number, dataset);
    columns.map(|c| (dataset.group().to_owned(), c)).collect()
}

/// The columns of a dataset: itself, or the members of a compound.
pub(super) fn columns(
    number: usize,
    dataset: &DatasetDescription,
) -> impl Iterator<Item = TableColumn> {
    let leaves = dataset.element.leaves();
    leaves
        .into_iter()
        .map(move |leaf| TableColumn::plain(number, dataset, leaf))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::description::Layout;
    use crate::element::{ElementClass, ElementType, Member};

    fn float() -> ElementType {
        ElementType {
            class: ElementClass::Float,
            size: 8,
            big_endian: false,
            bits: None,
        }
    }

    fn dataset(path: &str, rows: u64, element: ElementType) -> DatasetDescription {
        DatasetDescription {
            path: path.into(),
            host: 0,
            host_path: path.into(),
            shape: vec![rows],
            fill: vec![0; element.size],
            element,
            layout: Layout::Contiguous {
                segments: Vec::new(),
            },
            filters: Vec::new(),
            stored_bytes: 0,
            attributes: Vec::new(),
            texts: Vec::new(),
            scales: Vec::new(),
        }
    }

    #[test]
    fn a_group_is_a_table_and_most_columns_give_its_rows() {
        let member = Member {
            name: "f".into(),
            offset: 0,
            element: float(),
        };
        let compound = ElementType {
            class: ElementClass::Compound(vec![member]),
            ..float()
        };
        let file = FileDescription {
            datasets: vec![
                dataset("/x", 5, float()),
                dataset("/a/b/u", 7, float()),
                dataset("/a/b/v", 7, compound),
                dataset("/a/b/edges", 100, float()),
            ],
            ..FileDescription::default()
        };
        let tables = tables(&file);
        let paths: Vec<_> = tables.iter().map(|t| t.path.as_str()).collect();
        assert_eq!(paths, ["/", "/a/b"]);
        assert_eq!(tables[0].columns[0].name, "x");
        assert_eq!(tables[1].columns[1].name, "a.b.v.f");
        assert_eq!(tables[1].columns[1].last, "f");
        assert_eq!(tables[1].rows(&file), Some(7));
    }
}
