//! PyTables: a table is one compound dataset, its fields are the columns; times and truth
//! values have types of their own, and the groups `_i_...` hold indexes.

use super::Table;
use super::attributes::text;
use super::plain::{Placed, columns, tables_besides};
use crate::description::{DatasetDescription, FileDescription};
use crate::element::{Bits, ElementClass, ElementType};
use crate::meaning::Time;

/// The tables of a file that PyTables has written.
pub(super) fn tables(file: &FileDescription) -> Option<Vec<Table>> {
    is_pytables(file).then(|| tables_besides(file, |n, d| Some(place(n, d))))
}

/// Whether the root group says that PyTables has written the file.
fn is_pytables(file: &FileDescription) -> bool {
    let root = file.groups.iter().find(|g| g.path == "/");
    root.is_some_and(|g| text(&g.attributes, "PYTABLES_FORMAT_VERSION").is_some())
}

/// Where a dataset of PyTables has its columns: nowhere where it is part of an index.
///
/// A table has the path of its dataset, since a group may have tables of several lengths.
pub(super) fn place(number: usize, dataset: &DatasetDescription) -> Vec<Placed> {
    if dataset.path.split('/').any(|part| part.starts_with("_i_")) {
        return Vec::new();
    }
    let is_table = dataset.text("CLASS") == Some("TABLE");
    let path = if is_table {
        dataset.path.as_str()
    } else {
        dataset.group()
    };
    let typed = columns(number, dataset).map(|mut column| {
        if let Some(time) = time(&column.leaf.element) {
            column.meaning.time = Some(time);
        }
        column.leaf.element = truth_value(column.leaf.element);
        (path.to_owned(), column)
    });
    typed.collect()
}

/// Time64 has two halves; Time32 is a time of seconds, as every other time of HDF5.
fn time(element: &ElementType) -> Option<Time> {
    let halves = element.class == ElementClass::Time && element.size == 8;
    halves.then_some(Time::SecondsAndMicroseconds)
}

/// A bit field of eight bits is how PyTables stores truth values, and pandas through it.
pub(super) fn truth_value(element: ElementType) -> ElementType {
    let byte = Bits {
        offset: 0,
        precision: 8,
    };
    if element.class == ElementClass::Unsigned && element.size == 1 && element.bits == Some(byte) {
        ElementType {
            class: ElementClass::Bool,
            bits: None,
            ..element
        }
    } else {
        element
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::samples::{
        array, bit_field, column, compound, dataset, file, float, group, names, of, signed, text,
        unsigned, with,
    };

    fn events() -> FileDescription {
        let element = compound(vec![
            ("kind", text(8)),
            ("t32", of(ElementClass::Time, 4)),
            ("t64", of(ElementClass::Time, 8)),
            ("flag", bit_field()),
            ("small", unsigned(1)),
            ("pos", array(&[3], float(8))),
            ("inner", compound(vec![("u", float(8)), ("v", signed(4))])),
        ]);
        file(
            vec![group("/", &[("PYTABLES_FORMAT_VERSION", "2.1")])],
            vec![
                with(dataset("/run/events", &[6], element), "CLASS", ["TABLE"]),
                dataset("/run/_i_events/kind/sorted", &[0, 1024], text(8)),
                dataset("/run/times", &[2], of(ElementClass::Time, 8)),
                dataset("/flags", &[2], bit_field()),
            ],
        )
    }

    #[test]
    fn a_table_has_its_fields_and_an_index_none() {
        let tables = tables(&events()).unwrap();
        let fields = [
            "kind", "t32", "t64", "flag", "small", "pos", "inner.u", "inner.v",
        ];
        let fields = fields.map(|f| format!("run.events.{f}"));
        let expected = [
            ("/", vec!["flags"]),
            ("/run", vec!["run.times"]),
            ("/run/events", fields.iter().map(String::as_str).collect()),
        ];
        assert_eq!(names(&tables), expected);
    }

    #[test]
    fn times_and_truth_values_have_their_meaning() {
        let tables = tables(&events()).unwrap();
        let time = |name| column(&tables, name).meaning.time;
        let seconds = Time::Ticks {
            tick: 1_000_000_000,
            epoch: 0,
        };
        assert_eq!(time("run.events.t32"), Some(seconds));
        assert_eq!(time("run.events.t64"), Some(Time::SecondsAndMicroseconds));
        assert_eq!(time("run.times"), Some(Time::SecondsAndMicroseconds));
        let class = |name| column(&tables, name).leaf.element.class.clone();
        assert_eq!(class("run.events.flag"), ElementClass::Bool);
        assert_eq!(class("flags"), ElementClass::Bool);
        assert_eq!(class("run.events.small"), ElementClass::Unsigned);
    }

    #[test]
    fn other_files_are_not_recognised() {
        let plain = file(
            vec![group("/", &[("CLASS", "GROUP")])],
            vec![dataset("/x", &[6], float(8))],
        );
        assert_eq!(tables(&plain), None);
    }
}
