//! NeXus: groups of detector data say which of their datasets is the signal and what its
//! dimensions are called.

use std::collections::BTreeMap;

use super::attributes::{place, places, text, texts};
use super::plain::{Placed, columns, tables_besides};
use super::{ColumnAxis, Table};
use crate::description::{DatasetDescription, FileDescription, GroupDescription};

/// The classes of groups that have a signal.
const WITH_SIGNAL: [&str; 2] = ["NXdata", "NXdetector"];

/// The tables of a NeXus file in which a group names the dimensions of its signal, in the
/// present form or the older ones: the groups, with these names.
///
/// What has no named dimensions is left to its shape.
///
/// <https://manual.nexusformat.org/datarules.html#find-plottable-data>
pub(super) fn tables(file: &FileDescription) -> Option<Vec<Table>> {
    let mut members: BTreeMap<&str, Vec<&DatasetDescription>> = BTreeMap::new();
    for dataset in &file.datasets {
        members.entry(dataset.group()).or_default().push(dataset);
    }
    let mut stacks: BTreeMap<&str, Stack> = BTreeMap::new();
    for group in &file.groups {
        let class = text(&group.attributes, "NX_class");
        let has_signal = class.is_some_and(|c| WITH_SIGNAL.contains(&c));
        let members = members.get(group.path.as_str()).filter(|_| has_signal);
        if let Some(stack) = members.and_then(|m| Stack::of(group, m)) {
            stacks.insert(&group.path, stack);
        }
    }
    if stacks.is_empty() {
        return None;
    }
    Some(tables_besides(file, |number, dataset| {
        let stack = stacks.get(dataset.group())?;
        Some(named(stack, number, dataset))
    }))
}

fn named(stack: &Stack, number: usize, dataset: &DatasetDescription) -> Vec<Placed> {
    let names = stack.names(dataset);
    let named = columns(number, dataset).map(|mut column| {
        let axis = |(dim, name): (usize, &String)| ColumnAxis {
            dim,
            name: Some(name.clone()),
        };
        if let Some(names) = names.as_ref().filter(|n| n.len() == dataset.shape.len()) {
            column.axes = names.iter().enumerate().map(axis).collect();
        }
        (dataset.group().to_owned(), column)
    });
    named.collect()
}

/// The names that a group gives to dimensions.
struct Stack {
    /// The shape of the signal and the name of each dimension.
    shape: Vec<u64>,
    names: Vec<String>,
    /// The names of the dimensions of datasets that the group speaks of.
    indices: BTreeMap<String, Vec<usize>>,
}

impl Stack {
    /// None where the group has no signal or says nothing of its dimensions.
    fn of(group: &GroupDescription, members: &[&DatasetDescription]) -> Option<Self> {
        let marked = |d: &&&DatasetDescription| {
            place(&d.attributes, "signal") == Some(1) || d.text("signal") == Some("1")
        };
        let signal = match text(&group.attributes, "signal") {
            Some(name) => members.iter().find(|d| d.name() == name),
            None => members.iter().find(marked),
        }?;
        let axes = axes(group, signal, members);
        if axes.iter().all(Option::is_none) {
            return None;
        }
        let name = |dim: usize| {
            let own = axes.get(dim).cloned().flatten();
            own.unwrap_or_else(|| format!("dim_{dim}"))
        };
        let indices = members.iter().filter_map(|d| {
            let places = places(&group.attributes, &format!("{}_indices", d.name()));
            (!places.is_empty()).then(|| (d.name().to_owned(), places))
        });
        Some(Self {
            names: (0..signal.shape.len()).map(name).collect(),
            shape: signal.shape.clone(),
            indices: indices.collect(),
        })
    }

    /// The names of the dimensions of a dataset, where they are known.
    fn names(&self, dataset: &DatasetDescription) -> Option<Vec<String>> {
        if let Some(dims) = self.indices.get(dataset.name()) {
            let names = dims.iter().map(|&dim| self.names.get(dim).cloned());
            return names.collect();
        }
        if dataset.shape == self.shape {
            return Some(self.names.clone());
        }
        let own = self.names.iter().position(|n| n == dataset.name())?;
        let fits = dataset.shape.len() == 1 && dataset.shape.first() == self.shape.get(own);
        fits.then(|| vec![dataset.name().to_owned()])
    }
}

/// The name of the axis along each dimension of the signal, where the group has one.
fn axes(
    group: &GroupDescription,
    signal: &DatasetDescription,
    members: &[&DatasetDescription],
) -> Vec<Option<String>> {
    let name = |text: &str| {
        let text = text.trim();
        (!text.is_empty() && text != ".").then(|| text.to_owned())
    };
    let rank = signal.shape.len();
    let of_group = texts(&group.attributes, "axes");
    if of_group.len() == rank && rank > 1 {
        return of_group.iter().map(|t| name(t)).collect();
    }
    // Before 2014 the signal, or its group, named its axes in one text.
    let text = text(&group.attributes, "axes").or_else(|| signal.text("axes"));
    if let Some(text) = text {
        let inner = text.trim().trim_start_matches('[').trim_end_matches(']');
        return inner.split([':', ',']).map(name).take(rank).collect();
    }
    // Earlier still, an axis gave the number of its dimension, counted from 1.
    let along = |dim: usize| {
        let is_axis = |d: &&&DatasetDescription| place(&d.attributes, "axis") == Some(dim + 1);
        let primary = |d: &&&DatasetDescription| place(&d.attributes, "primary") == Some(1);
        let mut all = members.iter().filter(is_axis);
        let first = all.clone().next();
        all.find(primary).or(first).map(|d| d.name().to_owned())
    };
    (0..rank).map(along).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::samples::{
        attribute, axis_names, column, dataset, file, float, group, with,
    };

    fn entry(class: &str, datasets: Vec<DatasetDescription>) -> FileDescription {
        let groups = vec![
            group("/entry", &[("NX_class", "NXentry")]),
            group("/entry/data", &[("NX_class", class)]),
        ];
        let at = |d: DatasetDescription| DatasetDescription {
            path: format!("/entry/data/{}", d.path),
            ..d
        };
        file(groups, datasets.into_iter().map(at).collect())
    }

    fn of<'a>(tables: &'a [Table], name: &str) -> Vec<&'a str> {
        axis_names(column(tables, &format!("entry.data.{name}")))
    }

    fn stack() -> Vec<DatasetDescription> {
        vec![
            dataset("data", &[7, 4, 5], float(8)),
            dataset("errors", &[7, 4, 5], float(8)),
            dataset("mask", &[4, 5], float(8)),
            dataset("exposure", &[7], float(8)),
            dataset("frame", &[7], float(8)),
            dataset("edges", &[6], float(8)),
        ]
    }

    #[test]
    fn the_group_names_the_dimensions_of_its_signal() {
        let mut file = entry("NXdata", stack());
        let attributes = &mut file.groups[1].attributes;
        attributes.push(attribute("signal", ["data"]));
        attributes.push(attribute("axes", ["frame", ".", "x"]));
        attributes.push(attribute("mask_indices", [1_i64, 2]));
        attributes.push(attribute("edges_indices", [2_i64]));
        let tables = tables(&file).unwrap();
        assert_eq!(of(&tables, "data"), ["frame", "dim_1", "x"]);
        assert_eq!(of(&tables, "errors"), ["frame", "dim_1", "x"]);
        assert_eq!(of(&tables, "mask"), ["dim_1", "x"]);
        assert_eq!(of(&tables, "frame"), ["frame"]);
        assert_eq!(of(&tables, "edges"), ["x"]);
        // Its shape says where it runs.
        assert_eq!(of(&tables, "exposure"), [""]);
    }

    #[test]
    fn the_signal_may_name_its_axes() {
        let mut datasets = stack();
        let signal = with(datasets.remove(0), "signal", [1_i64]);
        datasets.push(with(signal, "axes", ["[frame:y:x]"]));
        let tables = tables(&entry("NXdetector", datasets)).unwrap();
        assert_eq!(of(&tables, "data"), ["frame", "y", "x"]);
    }

    #[test]
    fn axes_may_number_their_dimensions() {
        let mut datasets = stack();
        let signal = with(datasets.remove(0), "signal", [1_i64]);
        let frame = with(datasets.remove(3), "axis", [1_i64]);
        let late = with(dataset("time", &[7], float(8)), "axis", [1_i64]);
        let late = with(late, "primary", [1_i64]);
        datasets.extend([signal, frame, late]);
        let tables = tables(&entry("NXdata", datasets)).unwrap();
        assert_eq!(of(&tables, "data"), ["time", "dim_1", "dim_2"]);
        assert_eq!(of(&tables, "time"), ["time"]);
    }

    #[test]
    fn what_has_no_names_is_left_to_its_shape() {
        assert_eq!(tables(&entry("NXdetector", stack())), None);
    }

    #[test]
    fn other_files_are_not_recognised() {
        let plain = file(vec![group("/entry", &[])], Vec::new());
        assert_eq!(tables(&plain), None);
    }
}
