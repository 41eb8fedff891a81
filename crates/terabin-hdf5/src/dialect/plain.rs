//! The plain dialect: a group is a table, its datasets are the columns.

use std::collections::BTreeMap;

use super::{Table, TableColumn};
use crate::description::FileDescription;

/// The tables of a file, by path.
pub(crate) fn tables(file: &FileDescription) -> Vec<Table> {
    let mut tables: BTreeMap<&str, Vec<TableColumn>> = BTreeMap::new();
    for (number, dataset) in file.datasets.iter().enumerate() {
        let column = TableColumn {
            name: dotted(&dataset.path),
            last: dataset.name().to_owned(),
            dataset: number,
        };
        tables.entry(dataset.group()).or_default().push(column);
    }
    tables
        .into_iter()
        .map(|(path, columns)| Table {
            path: path.to_owned(),
            columns,
        })
        .collect()
}

fn dotted(path: &str) -> String {
    path.trim_start_matches('/').replace('/', ".")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::description::{DatasetDescription, ElementClass, ElementType, Layout};

    fn dataset(path: &str, rows: u64) -> DatasetDescription {
        DatasetDescription {
            path: path.into(),
            shape: vec![rows],
            element: ElementType {
                class: ElementClass::Float,
                size: 8,
                big_endian: false,
            },
            layout: Layout::Contiguous { address: None },
            fill: vec![0; 8],
            filters: Vec::new(),
            stored_bytes: 0,
            attributes: Vec::new(),
        }
    }

    #[test]
    fn a_group_is_a_table_and_most_columns_give_its_rows() {
        let file = FileDescription {
            datasets: vec![
                dataset("/x", 5),
                dataset("/a/b/u", 7),
                dataset("/a/b/v", 7),
                dataset("/a/b/edges", 100),
            ],
            ..FileDescription::default()
        };
        let tables = tables(&file);
        let paths: Vec<_> = tables.iter().map(|t| t.path.as_str()).collect();
        assert_eq!(paths, ["/", "/a/b"]);
        assert_eq!(tables[0].columns[0].name, "x");
        assert_eq!(tables[1].columns[1].name, "a.b.v");
        assert_eq!(tables[1].columns[1].last, "v");
        assert_eq!(tables[1].rows(&file), Some(7));
    }
}
