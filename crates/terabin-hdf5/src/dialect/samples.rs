//! Descriptions of small files for the tests of dialects.

use crate::description::{
    Attribute, AttributeData, DatasetDescription, FileDescription, GroupDescription, Layout,
};
use crate::element::{Bits, ElementClass, ElementType, Member, Padding};

use super::{Table, TableColumn};

pub(super) fn dataset(path: &str, shape: &[u64], element: ElementType) -> DatasetDescription {
    DatasetDescription {
        path: path.into(),
        host: 0,
        host_path: path.into(),
        shape: shape.to_vec(),
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

pub(super) fn group(path: &str, attributes: &[(&str, &str)]) -> GroupDescription {
    let attribute = |&(name, text): &(&str, &str)| attribute(name, [text]);
    GroupDescription {
        path: path.into(),
        attributes: attributes.iter().map(attribute).collect(),
    }
}

pub(super) fn file(
    groups: Vec<GroupDescription>,
    datasets: Vec<DatasetDescription>,
) -> FileDescription {
    FileDescription {
        groups,
        datasets,
        ..FileDescription::default()
    }
}

/// What a test writes as the value of an attribute.
pub(super) trait Values {
    fn data(self) -> AttributeData;
}

impl<const N: usize> Values for [f64; N] {
    fn data(self) -> AttributeData {
        AttributeData::Floats(self.to_vec())
    }
}

impl<const N: usize> Values for [i64; N] {
    fn data(self) -> AttributeData {
        AttributeData::Signed(self.to_vec())
    }
}

impl<const N: usize> Values for [&str; N] {
    fn data(self) -> AttributeData {
        AttributeData::Texts(self.map(String::from).to_vec())
    }
}

pub(super) fn attribute<const N: usize, T>(name: &str, values: [T; N]) -> Attribute
where
    [T; N]: Values,
{
    Attribute {
        name: name.into(),
        shape: vec![N as u64],
        value: values.data(),
    }
}

/// The dataset with one more attribute.
pub(super) fn with<const N: usize, T>(
    mut dataset: DatasetDescription,
    name: &str,
    values: [T; N],
) -> DatasetDescription
where
    [T; N]: Values,
{
    dataset.attributes.push(attribute(name, values));
    dataset
}

pub(super) fn float(size: usize) -> ElementType {
    ElementType {
        class: ElementClass::Float,
        size,
        big_endian: false,
        bits: None,
    }
}

pub(super) fn signed(size: usize) -> ElementType {
    of(ElementClass::Signed, size)
}

pub(super) fn unsigned(size: usize) -> ElementType {
    of(ElementClass::Unsigned, size)
}

/// A bit field of eight bits, which PyTables stores truth values as.
pub(super) fn bit_field() -> ElementType {
    ElementType {
        bits: Some(Bits {
            offset: 0,
            precision: 8,
        }),
        ..unsigned(1)
    }
}

pub(super) fn text(size: usize) -> ElementType {
    of(ElementClass::Text(Padding::NulTerminated), size)
}

pub(super) fn of(class: ElementClass, size: usize) -> ElementType {
    ElementType {
        class,
        ..float(size)
    }
}

pub(super) fn array(shape: &[u64], base: ElementType) -> ElementType {
    let count: u64 = shape.iter().product();
    let size = base.size * usize::try_from(count).unwrap();
    let (shape, base) = (shape.to_vec(), Box::new(base));
    of(ElementClass::Array { shape, base }, size)
}

/// Members one after the other.
pub(super) fn compound(members: Vec<(&str, ElementType)>) -> ElementType {
    let mut size = 0;
    let member = |(name, element): (&str, ElementType)| {
        let offset = size;
        size += element.size;
        Member {
            name: name.into(),
            offset,
            element,
        }
    };
    let members = members.into_iter().map(member).collect();
    of(ElementClass::Compound(members), size)
}

/// The column of a full name.
pub(super) fn column<'a>(tables: &'a [Table], name: &str) -> &'a TableColumn {
    let mut columns = tables.iter().flat_map(|t| &t.columns);
    columns.find(|c| c.name == name).expect(name)
}

/// The path of each table and the full names of its columns.
pub(super) fn names(tables: &[Table]) -> Vec<(&str, Vec<&str>)> {
    tables
        .iter()
        .map(|t| {
            (
                t.path.as_str(),
                t.columns.iter().map(|c| c.name.as_str()).collect(),
            )
        })
        .collect()
}

/// The numbers of the dimensions that run, in order.
pub(super) fn dims(column: &TableColumn) -> Vec<usize> {
    column.axes.iter().map(|a| a.dim).collect()
}

/// The names of the dimensions that run, in order; empty where there is none.
pub(super) fn axis_names(column: &TableColumn) -> Vec<&str> {
    column
        .axes
        .iter()
        .map(|a| a.name.as_deref().unwrap_or_default())
        .collect()
}
