//! What a row is, and how the dimensions of each dataset lie to the rows.

use terabin_core::batch::DataType;

use crate::catalog::{Catalog, Entry};
use crate::description::DatasetDescription;
use crate::dialect::{Table, TableColumn};
use crate::error::{Error, Result};
use crate::need::{DimUse, Need, Output};
use crate::resolve::{split_component, unknown_column};
use crate::row_space::product;
use crate::select::Selection;
use crate::source::Origin;

/// A column that was asked for, in one file.
pub(crate) struct Wanted<'a> {
    pub(crate) name: &'a str,
    pub(crate) column: &'a TableColumn,
    pub(crate) dataset: &'a DatasetDescription,
    /// The components that were named: places along the last dimensions.
    pub(crate) components: Vec<u64>,
    pub(crate) data_type: DataType,
}

/// The dimensions of the rows.
pub(crate) struct Rows {
    pub(crate) shape: Vec<u64>,
    /// Their names, where the file has them.
    names: Vec<Option<String>>,
    /// The column that they were taken from.
    of: String,
}

impl Wanted<'_> {
    /// The extents of the dimensions that no component was named for.
    fn free(&self) -> Vec<u64> {
        let mut shape = self.column.shape(self.dataset);
        shape.truncate(shape.len().saturating_sub(self.components.len()));
        shape
    }

    pub(crate) fn origin(&self) -> Origin {
        let meaning = self.column.meaning.clone();
        let converts = meaning.time.is_some() || meaning.packing.is_some();
        let element = self.column.leaf.element.data_type();
        // What is no number and stands for a time is stored as ticks.
        let stored = converts.then(|| element.unwrap_or(DataType::I64));
        Origin::Stored { meaning, stored }
    }

    pub(crate) fn units(&self) -> Option<String> {
        if self.data_type == DataType::Datetime {
            return None;
        }
        self.text("units").or_else(|| self.text("unit"))
    }

    pub(crate) fn text(&self, attribute: &str) -> Option<String> {
        self.dataset.text(attribute).map(str::to_owned)
    }
}

/// Finds a column of a table by its name.
pub(crate) fn wanted<'a>(
    catalog: &Catalog,
    entry: &'a Entry,
    table: &'a Table,
    name: &'a str,
) -> Result<Wanted<'a>> {
    let (base, components) = split_component(name);
    let column = table.columns.iter().find(|c| c.name == base);
    let column = column.or_else(|| table.columns.iter().find(|c| c.last == base));
    let dataset = column.and_then(|c| entry.file.datasets.get(c.dataset));
    let (Some(column), Some(dataset)) = (column, dataset) else {
        return Err(if catalog.has_column(name) {
            Error::MissingColumn {
                path: entry.file.path.clone(),
                table: table.path.clone(),
                column: name.to_owned(),
            }
        } else {
            unknown_column(catalog, name)
        });
    };
    let refused = |reason: String| Error::Unusable {
        path: entry.file.path.clone(),
        dataset: column.whereabouts(dataset),
        reason,
    };
    let data_type = column.usable(dataset).map_err(refused)?;
    let shape = column.shape(dataset);
    let first = shape.len().saturating_sub(components.len());
    if !components.is_empty() && first == 0 {
        return Err(refused(format!(
            "has one value for each row and no components; name it {base}"
        )));
    }
    let extents = shape.get(first..).unwrap_or(&[]);
    for (&place, &extent) in components.iter().zip(extents) {
        if place >= extent {
            return Err(refused(format!(
                "has {extent} components, counted from 0, so there is no [:,{place}]"
            )));
        }
    }
    Ok(Wanted {
        name,
        column,
        dataset,
        components,
        data_type,
    })
}

/// The dimensions of the rows of all columns together.
pub(crate) fn rows(
    entry: &Entry,
    table: &Table,
    columns: &[&Wanted<'_>],
    selection: &Selection,
) -> Result<Rows> {
    // Of two, the one that was named first.
    let most = columns.iter().rev().max_by_key(|w| w.free().len());
    let Some(first) = most else {
        let shape = table.row_shape(&entry.file).unwrap_or_else(|| vec![0]);
        return Ok(Rows {
            names: vec![None; shape.len()],
            shape,
            of: table.path.clone(),
        });
    };
    let free = first.free();
    let every = free.len() >= 3 || (free.len() == 2 && first.column.is_named());
    let count = match selection.row_dims {
        Some(count) if count <= free.len() => count,
        Some(_) => {
            return Err(Error::NoDimension {
                what: format!("--row-dims with {}", first.name),
                dimensions: free.len(),
            });
        }
        None if every => free.len(),
        None => 1,
    };
    if count < free.len() {
        return Err(components(entry, first, &free, count));
    }
    let name = |k: usize| first.column.axes.get(k).and_then(|a| a.name.clone());
    Ok(Rows {
        names: (0..count).map(name).collect(),
        shape: free,
        of: first.dataset.path.clone(),
    })
}

/// The error for a column whose components were not named.
fn components(entry: &Entry, wanted: &Wanted<'_>, free: &[u64], count: usize) -> Error {
    let base = split_component(wanted.name).0;
    let width = product(free.get(count..).unwrap_or(&[]));
    let zeros = vec!["0"; free.len() - count + wanted.components.len()].join(",");
    Error::Unusable {
        path: entry.file.path.clone(),
        dataset: wanted.dataset.path.clone(),
        reason: format!("has {width} components; name one of them, such as {base}[:,{zeros}]"),
    }
}

/// How a column lies to the rows.
pub(crate) fn fit(
    entry: &Entry,
    wanted: &Wanted<'_>,
    rows: &Rows,
    number: usize,
    selection: &Selection,
) -> Result<Need> {
    let free = wanted.free();
    let along = along(entry, wanted, &free, rows, selection)?;
    let mut dims = vec![DimUse::Place; wanted.dataset.shape.len()];
    let mut at = wanted.column.at.clone();
    at.resize(dims.len(), 0);
    let mut offset = wanted.column.leaf.offset;
    // Logical dimensions: those of the dataset, then those of arrays in an element.
    let stored = wanted.column.axes.len();
    for (k, axis) in wanted.column.axes.iter().enumerate() {
        let row = along.get(k).copied();
        let place = k.checked_sub(free.len());
        let place = place.and_then(|p| wanted.components.get(p)).copied();
        match (row, dims.get_mut(axis.dim), at.get_mut(axis.dim)) {
            (Some(row), Some(d), _) => *d = DimUse::Row { row, shift: 0 },
            (None, _, Some(at)) => *at = place.unwrap_or(0),
            _ => {}
        }
    }
    let mut step = wanted.column.leaf.element.size;
    for (k, &extent) in wanted.column.leaf.shape.iter().enumerate().rev() {
        let place = (stored + k).checked_sub(free.len());
        let place = place.and_then(|p| wanted.components.get(p)).copied();
        let skip = usize::try_from(place.unwrap_or(0)).unwrap_or(usize::MAX);
        offset = offset.saturating_add(skip.saturating_mul(step));
        step = step.saturating_mul(usize::try_from(extent).unwrap_or(usize::MAX));
    }
    Ok(Need {
        dataset: wanted.column.dataset,
        dims,
        outputs: vec![Output {
            column: number,
            at,
            offset,
            element: wanted.column.leaf.element.clone(),
        }],
    })
}

/// For each free dimension of a column, the dimension of the rows that it runs along.
fn along(
    entry: &Entry,
    wanted: &Wanted<'_>,
    free: &[u64],
    rows: &Rows,
    selection: &Selection,
) -> Result<Vec<usize>> {
    let all = rows.shape.len();
    let failed = |reason| Error::Shapes {
        path: entry.file.path.clone(),
        column: wanted.name.to_owned(),
        shape: free.into(),
        reason,
        rows: rows.shape.as_slice().into(),
        of: rows.of.as_str().into(),
    };
    if free.len() > wanted.column.axes.len() {
        // A dimension of an array in an element cannot be one of rows.
        return Err(components(entry, wanted, free, wanted.column.axes.len()));
    }
    let told = selection
        .along
        .iter()
        .find(|(name, _)| name == wanted.name || wanted.column.is_called(name));
    if let (Some(&(_, dim)), 1) = (told, free.len()) {
        return match rows.shape.get(dim) {
            Some(extent) if *extent == free[0] => Ok(vec![dim]),
            Some(_) => Err(failed("does not have the length of that dimension of")),
            None => Err(Error::NoDimension {
                what: format!("--along {}={dim}", wanted.name),
                dimensions: all,
            }),
        };
    }
    let axes = &wanted.column.axes;
    if axes.iter().take(free.len()).all(|a| a.name.is_some())
        && rows.names.iter().all(Option::is_some)
    {
        let named = by_name(wanted, free, rows);
        return named.ok_or_else(|| failed("has dimensions of other names than"));
    }
    if free == rows.shape {
        return Ok((0..all).collect());
    }
    if all == 1 {
        return Err(Error::Lengths {
            path: entry.file.path.clone(),
            first: rows.of.clone(),
            first_rows: rows.shape[0],
            second: wanted.dataset.path.clone(),
            second_rows: free.first().copied().unwrap_or(0),
        });
    }
    let skip = all.saturating_sub(free.len());
    let leading = rows.shape.get(..free.len()) == Some(free);
    let trailing = skip > 0 && rows.shape.get(skip..) == Some(free);
    match (leading, trailing) {
        (true, false) => Ok((0..free.len()).collect()),
        (false, true) => Ok((skip..all).collect()),
        (true, true) => Err(failed("fits both the first and the last dimensions of")),
        (false, false) => Err(failed("fits neither the first nor the last dimensions of")),
    }
}

/// The dimensions by their names; none where the rows do not have a name, or not so often.
fn by_name(wanted: &Wanted<'_>, free: &[u64], rows: &Rows) -> Option<Vec<usize>> {
    let mut taken: Vec<usize> = Vec::with_capacity(free.len());
    for (axis, extent) in wanted.column.axes.iter().zip(free) {
        let fits = |&row: &usize| {
            rows.names.get(row) == Some(&axis.name)
                && rows.shape.get(row) == Some(extent)
                && !taken.contains(&row)
        };
        taken.push((0..rows.shape.len()).find(fits)?);
    }
    Some(taken)
}
