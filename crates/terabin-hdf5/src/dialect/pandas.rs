//! Frames and series that pandas has stored, by its own names of columns.
//!
//! `format="fixed"` stores blocks of columns of one type, `format="table"` one table of
//! PyTables whose fields are such blocks. Nothing that pandas has pickled is unpickled:
//! lists of texts are read as texts, and what is left keeps its stored names.

use std::collections::BTreeMap;

use super::attributes::{place, text};
use super::pickled_texts::pickled_texts;
use super::plain::{Placed, columns, tables_besides};
use super::{ColumnAxis, Table, TableColumn, pytables};
use crate::description::{DatasetDescription, FileDescription, GroupDescription};
use crate::element::{ElementClass, Leaf};
use crate::meaning::{Mask, Meaning, Number, Time};

/// The tables of a file with frames or series of pandas; their path is that of the group.
pub(super) fn tables(file: &FileDescription) -> Option<Vec<Table>> {
    let stored = |g: &'_ GroupDescription| text(&g.attributes, "pandas_type").is_some();
    let groups = file.groups.iter().filter(|g| stored(g));
    let groups: BTreeMap<_, _> = groups.map(|g| (g.path.as_str(), g)).collect();
    if groups.is_empty() {
        return None;
    }
    let datasets = file.datasets.iter().map(|d| (d.path.as_str(), d));
    let pandas = Pandas {
        groups,
        datasets: datasets.collect(),
    };
    Some(tables_besides(file, |number, dataset| {
        let known = pandas.place(number, dataset);
        Some(known.unwrap_or_else(|| pytables::place(number, dataset)))
    }))
}

struct Pandas<'a> {
    groups: BTreeMap<&'a str, &'a GroupDescription>,
    datasets: BTreeMap<&'a str, &'a DatasetDescription>,
}

impl Pandas<'_> {
    fn place(&self, number: usize, dataset: &DatasetDescription) -> Option<Vec<Placed>> {
        // The categories of categorical columns are stored as series within the frame.
        let mut above = dataset.path.match_indices("/meta/");
        if above.any(|(end, _)| self.groups.contains_key(&dataset.path[..end])) {
            return Some(Vec::new());
        }
        let group = *self.groups.get(dataset.group())?;
        let columns = match text(&group.attributes, "pandas_type")? {
            "frame" | "series" => self.fixed(group, number, dataset)?,
            kind if kind.ends_with("_table") && dataset.name() == "table" => {
                fields(group, number, dataset)
            }
            _ => return None,
        };
        let place = |column| (group.path.clone(), column);
        Some(columns.into_iter().map(place).collect())
    }

    /// The columns in a dataset of a group of the fixed format.
    fn fixed(
        &self,
        group: &GroupDescription,
        number: usize,
        dataset: &DatasetDescription,
    ) -> Option<Vec<TableColumn>> {
        let name = dataset.name();
        // Complex numbers keep their stored names: they are two columns each.
        let whole = columns(number, dataset)
            .next()
            .filter(|c| c.leaf.name.is_empty())?;
        if name == "axis0" || (name.starts_with("block") && name.ends_with("_items")) {
            return Some(Vec::new());
        }
        if name == "axis1" || name == "index" {
            // A column may have the name of the index, and then it is meant.
            let taken = self.items(group).any(|item| item == "index");
            let index = stored(whole, dataset, "kind").named(&group.path, "index");
            return Some(if taken { Vec::new() } else { vec![index] });
        }
        if name == "values" {
            let own = text(&group.attributes, "name").filter(|n| !is_pickled(n));
            let own = own.unwrap_or("values");
            return Some(vec![
                stored(whole, dataset, "value_type").named(&group.path, own),
            ]);
        }
        if let Some(level) = name.strip_prefix("axis1_label") {
            return Some(self.level(group, level, whole));
        }
        if name.starts_with("axis1_level") {
            return Some(Vec::new());
        }
        let block = name.strip_suffix("_values")?;
        let items = self
            .datasets
            .get(format!("{}/{block}_items", group.path).as_str())?;
        block_columns(group, &whole, dataset, &items.texts)
    }

    /// The names of the columns of a group of the fixed format.
    fn items(&self, group: &GroupDescription) -> impl Iterator<Item = &str> {
        let axis = self.datasets.get(format!("{}/axis0", group.path).as_str());
        let texts = axis.map_or(&[][..], |a| a.texts.as_slice());
        texts.iter().map(String::as_str)
    }

    /// A level of a MultiIndex: its codes, and its name, whose values stand elsewhere.
    fn level(&self, group: &GroupDescription, level: &str, codes: TableColumn) -> Vec<TableColumn> {
        let values = self
            .datasets
            .get(format!("{}/axis1_level{level}", group.path).as_str());
        let name = values
            .and_then(|d| d.text("name"))
            .filter(|n| !is_pickled(n));
        let stored = codes.last.clone();
        let refusal = format!(
            "is a level of a MultiIndex, stored as codes; name them {stored}, \
             or write the frame with format='table'"
        );
        let name = name.map_or_else(|| format!("level_{level}"), str::to_owned);
        let named = codes.clone().named(&group.path, &name).refused(&refusal);
        vec![codes, named]
    }
}

/// The columns of a block of the fixed format; none where its items do not name them.
fn block_columns(
    group: &GroupDescription,
    block: &TableColumn,
    dataset: &DatasetDescription,
    items: &[String],
) -> Option<Vec<TableColumn>> {
    let named = |item: &String| block.clone().named(&group.path, item);
    if let Some(refusal) = unreadable(dataset) {
        return Some(items.iter().map(|i| named(i).refused(refusal)).collect());
    }
    let rows = rows_of(dataset, items.len())?;
    let column = |(item, name): (u64, &String)| {
        let mut column = stored(named(name), dataset, "value_type");
        let axis = ColumnAxis {
            dim: rows,
            name: None,
        };
        column.axes = vec![axis];
        if let Some(at) = column.at.get_mut(1 - rows) {
            *at = item;
        }
        column
    };
    Some((0..).zip(items).map(column).collect())
}

/// Which of the two dimensions of a block has the rows; none where it is no block of so
/// many items, or where that cannot be told.
fn rows_of(dataset: &DatasetDescription, items: usize) -> Option<usize> {
    let [first, second] = dataset.shape.as_slice() else {
        return None;
    };
    let items = u64::try_from(items).ok()?;
    let transposed = place(&dataset.attributes, "transposed").map(|t| t == 1);
    // A bit field that could not be read is no answer: then the shape has to be one.
    let rows_first = *second == items && transposed.unwrap_or(*first != items);
    let rows_last = *first == items && !transposed.unwrap_or(*second == items);
    match (rows_first, rows_last) {
        (true, _) => Some(0),
        (_, true) => Some(1),
        _ => None,
    }
}

/// The columns of a table of the table format.
fn fields(
    group: &GroupDescription,
    number: usize,
    dataset: &DatasetDescription,
) -> Vec<TableColumn> {
    let mut all: Vec<TableColumn> = columns(number, dataset)
        .flat_map(|field| field_columns(group, dataset, &field))
        .collect();
    // A column may have the name of the index, and then it is meant.
    let is_index = |c: &TableColumn| c.last == "index";
    if all.iter().filter(|c| is_index(c)).count() > 1 {
        all.retain(|c| !(is_index(c) && c.leaf.name == "index"));
    }
    all
}

/// The columns of a field: it is an array of them where it is a block.
fn field_columns(
    group: &GroupDescription,
    dataset: &DatasetDescription,
    field: &TableColumn,
) -> Vec<TableColumn> {
    let name = &field.leaf.name;
    if name == "index" {
        return vec![stored(field.clone(), dataset, "index_kind").named(&group.path, "index")];
    }
    let kind = dataset.text(&format!("{name}_kind"));
    let names = kind
        .and_then(|k| pickled_texts(k.as_bytes()))
        .unwrap_or_default();
    let mut field = stored(field.clone(), dataset, &format!("{name}_dtype"));
    if dataset.text(&format!("{name}_meta")) == Some("category") {
        // The code of no category.
        field.meaning.masks.push(Mask::Below(Number::Signed(0)));
    }
    if dataset.text(&format!("{name}_dtype")) == Some("bool") {
        field.leaf.element.class = ElementClass::Bool;
    }
    let count = u64::try_from(names.len()).ok();
    match (field.leaf.shape.as_slice(), names.as_slice()) {
        ([], [name]) => vec![field.named(&group.path, name)],
        ([length], names) if Some(*length) == count => {
            let size = field.leaf.element.size;
            let leaf = |item: usize| Leaf {
                offset: field.leaf.offset.saturating_add(size.saturating_mul(item)),
                shape: Vec::new(),
                ..field.leaf.clone()
            };
            let column = |(item, name): (usize, &String)| TableColumn {
                leaf: leaf(item),
                ..field.clone().named(&group.path, name)
            };
            names.iter().enumerate().map(column).collect()
        }
        _ => {
            let name = name.clone();
            vec![field.named(&group.path, &name)]
        }
    }
}

/// The column with the meaning that the attribute `kind` gives to stored integers.
fn stored(mut column: TableColumn, dataset: &DatasetDescription, kind: &str) -> TableColumn {
    if let Some(refusal) = unreadable(dataset) {
        return column.refused(refusal);
    }
    column.leaf.element = pytables::truth_value(column.leaf.element);
    if column.leaf.element.class != ElementClass::Signed {
        return column;
    }
    let kind = dataset.text(kind).unwrap_or_default();
    if let Some(tick) = ticks(kind, "datetime64") {
        column.meaning = Meaning {
            time: Some(Time::Ticks { tick, epoch: 0 }),
            ..Meaning::default()
        };
    } else if kind.starts_with("timedelta64") {
        // A duration is an integer of its own unit; NaT is no duration.
        let nat = Mask::Equal(Number::Signed(i64::MIN));
        column.meaning.masks.push(nat);
    }
    column
}

/// Why the values of a dataset of the fixed format cannot be had.
fn unreadable(dataset: &DatasetDescription) -> Option<&'static str> {
    if dataset.text("PSEUDOATOM").is_some() {
        return Some("was pickled by pandas; write the frame with format='table'");
    }
    // An empty array is stored as one element, and its shape beside it.
    let is_empty = dataset.attributes.iter().any(|a| a.name == "shape");
    is_empty.then_some("has no rows: pandas stored an empty frame; leave the file out")
}

/// Whether a name is no text but something that was pickled, such as `N.` for None.
fn is_pickled(name: &str) -> bool {
    name == "N." || name.contains('\n')
}

/// Nanoseconds of a tick of `datetime64[us]` or `datetime64[ns, UTC]`; without a unit
/// they are nanoseconds, as pandas had no other before version 2.
pub(super) fn ticks(kind: &str, class: &str) -> Option<i64> {
    let unit = kind.strip_prefix(class)?;
    if unit.is_empty() {
        return Some(1);
    }
    let unit = unit.strip_prefix('[')?.strip_suffix(']')?;
    match unit.split(',').next()? {
        "ns" => Some(1),
        "us" => Some(1000),
        "ms" => Some(1_000_000),
        "s" => Some(1_000_000_000),
        "m" => Some(60_000_000_000),
        "h" => Some(3_600_000_000_000),
        "D" => Some(86_400_000_000_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::samples::{
        array, bit_field, column, compound, dataset, dims, file, float, group, names, of, signed,
        text, with,
    };

    fn items(path: &str, texts: &[&str]) -> DatasetDescription {
        let texts: Vec<String> = texts.iter().map(|&t| t.to_owned()).collect();
        DatasetDescription {
            texts,
            ..dataset(path, &[1], text(1))
        }
    }

    fn block(
        path: &str,
        shape: &[u64],
        element: crate::element::ElementType,
    ) -> DatasetDescription {
        with(dataset(path, shape, element), "transposed", [1_i64])
    }

    fn fixed(extra: Vec<DatasetDescription>) -> FileDescription {
        let index = dataset("/g/df/axis1", &[5], signed(8));
        let mut datasets = vec![
            items("/g/df/axis0", &["a", "b.c", "flag"]),
            with(index, "kind", ["datetime64[us]"]),
            items("/g/df/block0_items", &["a", "b.c"]),
            block("/g/df/block0_values", &[5, 2], float(8)),
            items("/g/df/block1_items", &["flag"]),
            block("/g/df/block1_values", &[5, 1], bit_field()),
        ];
        datasets.extend(extra);
        file(vec![group("/g/df", &[("pandas_type", "frame")])], datasets)
    }

    const MICROSECONDS: Option<Time> = Some(Time::Ticks {
        tick: 1000,
        epoch: 0,
    });

    #[test]
    fn a_fixed_frame_has_its_own_names() {
        let tables = tables(&fixed(Vec::new())).unwrap();
        let expected = vec!["g.df.index", "g.df.a", "g.df.b.c", "g.df.flag"];
        assert_eq!(names(&tables), [("/g/df", expected)]);
        let second = column(&tables, "g.df.b.c");
        assert_eq!((second.last.as_str(), dims(second)), ("b.c", vec![0]));
        assert_eq!(second.at, [0, 1]);
        assert_eq!(column(&tables, "g.df.index").meaning.time, MICROSECONDS);
        let flag = column(&tables, "g.df.flag");
        assert_eq!(flag.leaf.element.class, ElementClass::Bool);
    }

    #[test]
    fn blocks_that_are_not_transposed_have_their_rows_last() {
        let other = vec![
            items("/g/df/block2_items", &["u", "v"]),
            dataset("/g/df/block2_values", &[2, 5], signed(8)),
        ];
        let tables = tables(&fixed(other)).unwrap();
        let column = column(&tables, "g.df.v");
        assert_eq!((dims(column), column.at.as_slice()), (vec![1], &[1, 0][..]));
    }

    #[test]
    fn a_square_block_says_where_its_rows_are() {
        let square = dataset("/g/df/block2_values", &[2, 2], signed(8));
        for (block, expected) in [
            (with(square.clone(), "transposed", [1_i64]), Some(0)),
            (with(square.clone(), "transposed", [0_i64]), Some(1)),
            (square, None),
        ] {
            assert_eq!(rows_of(&block, 2), expected);
            assert_eq!(rows_of(&block, 3), None);
        }
    }

    #[test]
    fn what_pandas_pickled_is_listed_and_refused() {
        let vlen = of(ElementClass::Other("list".into()), 16);
        let objects = dataset("/g/df/block2_values", &[1], vlen);
        let pickled = vec![
            items("/g/df/block2_items", &["word"]),
            with(objects, "PSEUDOATOM", ["object"]),
            items("/g/df/axis1_level0", &[]),
            dataset("/g/df/axis1_label0", &[5], signed(1)),
        ];
        let tables = tables(&fixed(pickled)).unwrap();
        assert!(column(&tables, "g.df.word").refused.is_some());
        assert!(column(&tables, "g.df.level_0").refused.is_some());
        assert!(column(&tables, "g.df.axis1_label0").refused.is_none());
    }

    #[test]
    fn items_that_do_not_fit_leave_the_block_as_it_is() {
        let other = vec![
            items("/g/df/block2_items", &[]),
            block("/g/df/block2_values", &[5, 2], signed(8)),
        ];
        let tables = tables(&fixed(other)).unwrap();
        let block = column(&tables, "g.df.block2_values");
        assert_eq!(dims(block), [0, 1]);
    }

    fn table() -> FileDescription {
        let element = compound(vec![
            ("index", signed(8)),
            ("values_block_0", array(&[2], float(8))),
            ("values_block_1", array(&[1], signed(8))),
            ("values_block_2", array(&[2], signed(8))),
            ("n", signed(1)),
        ]);
        let attributes = [
            ("index_kind", "datetime64[us]"),
            ("values_block_0_kind", "(lp0\nVa\np1\naVb\np2\na."),
            ("values_block_1_kind", "(lp0\nVwhen\np1\na."),
            ("values_block_1_dtype", "datetime64[us, Europe/Berlin]"),
            ("values_block_2_kind", "(lp0\nI0\naI1\na."),
            ("n_kind", "(lp0\nVn\np1\na."),
            ("n_meta", "category"),
        ];
        let mut table = dataset("/df/table", &[5], element);
        for (name, text) in attributes {
            table = with(table, name, [text]);
        }
        let categories = dataset("/df/meta/n/meta/table", &[2], signed(8));
        let groups = vec![
            group("/df", &[("pandas_type", "frame_table")]),
            group("/df/meta/n/meta", &[("pandas_type", "series_table")]),
        ];
        let index = dataset("/df/_i_table/index/sorted", &[0, 9], signed(8));
        file(groups, vec![table, categories, index])
    }

    #[test]
    fn a_table_has_the_columns_of_its_blocks() {
        let tables = tables(&table()).unwrap();
        let expected = ["index", "a", "b", "when", "values_block_2", "n"];
        let expected = expected.map(|n| format!("df.{n}"));
        let expected = expected.iter().map(String::as_str).collect();
        assert_eq!(names(&tables), [("/df", expected)]);
        let offset = |name| column(&tables, name).leaf.offset;
        assert_eq!((offset("df.a"), offset("df.b")), (8, 16));
        assert_eq!(column(&tables, "df.index").meaning.time, MICROSECONDS);
        assert_eq!(column(&tables, "df.when").meaning.time, MICROSECONDS);
        assert_eq!(column(&tables, "df.values_block_2").leaf.shape, [2]);
        let masks = &column(&tables, "df.n").meaning.masks;
        assert_eq!(*masks, [Mask::Below(Number::Signed(0))]);
    }

    #[test]
    fn a_column_called_index_is_meant_by_it() {
        let mut file = table();
        for attribute in &mut file.datasets[0].attributes {
            if attribute.name == "n_kind" {
                let text = "(lp0\nVindex\np1\na.".to_owned();
                attribute.value = crate::description::AttributeData::Texts(vec![text]);
            }
        }
        let tables = tables(&file).unwrap();
        assert_eq!(column(&tables, "df.index").leaf.name, "n");
    }

    #[test]
    fn kinds_of_time() {
        assert_eq!(ticks("datetime64", "datetime64"), Some(1));
        assert_eq!(ticks("datetime64[s]", "datetime64"), Some(1_000_000_000));
        for other in ["datetime", "datetime64[", "datetime64[Y]", "integer", ""] {
            assert_eq!(ticks(other, "datetime64"), None, "{other}");
        }
    }
}
