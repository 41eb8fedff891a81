//! From a selection to the source that reads it.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use terabin_core::batch::DataType;
use terabin_core::source::{Field, Schema};

use crate::catalog::{Catalog, Entry};
use crate::description::DatasetDescription;
use crate::dialect::{Table, usable};
use crate::error::{Error, Result};
use crate::resolve::{Request, request, split_component, table_of, unaliased, unknown_column};
use crate::site::Component;
use crate::source::{Input, Need, TableSource};

/// The rows of a batch where nothing else is asked for.
pub const DEFAULT_BATCH_ROWS: usize = 16 * 1024;

/// What is to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// A group, one dataset alone, or a glob; found from the columns where absent.
    pub table: Option<String>,
    /// Names of columns, full or last part, components as `data[:,0]`.
    pub columns: Vec<String>,
    /// The rows to read, counted over all files; all of them where absent.
    pub rows: Option<Range<u64>>,
    /// The most rows of one batch.
    pub batch_rows: usize,
}

impl Default for Selection {
    fn default() -> Self {
        Self {
            table: None,
            columns: Vec::new(),
            rows: None,
            batch_rows: DEFAULT_BATCH_ROWS,
        }
    }
}

impl Catalog {
    /// Finds the selected columns in all files and makes them one source.
    ///
    /// # Errors
    /// Everything about the selection that descriptions can show: unknown, ambiguous
    /// and unusable names, columns of different lengths or types, missing columns.
    pub fn select(&self, selection: &Selection) -> Result<TableSource> {
        let names: Vec<String> = selection
            .columns
            .iter()
            .map(|name| unaliased(self, name))
            .collect();
        let request = self.request(selection.table.as_deref(), &names)?;
        let mut found = Found::default();
        for entry in self.entries() {
            let tables = request.tables(entry);
            if tables.is_empty() {
                found.without.push(entry.file.path.clone());
            }
            for table in &tables {
                found.add(self, entry, table, &names)?;
            }
        }
        // Fields go by the texts of the request, which expressions use.
        for (field, asked) in found.fields.iter_mut().zip(&selection.columns) {
            field.name.clone_from(asked);
        }
        let rows = selection.rows.clone().unwrap_or(0..u64::MAX);
        restrict(&mut found.inputs, &rows);
        Ok(TableSource::new(
            Schema {
                fields: found.fields,
            },
            found.inputs,
            selection.batch_rows.max(1),
            found.without,
            name(&request, selection),
        ))
    }

    fn request(&self, table: Option<&str>, names: &[String]) -> Result<Request> {
        match (table, names) {
            (Some(table), _) => request(self, table),
            (None, []) => Ok(Request::Group(self.default_table()?.table)),
            (None, names) => table_of(self, names),
        }
    }
}

fn name(request: &Request, selection: &Selection) -> String {
    match (request, &selection.table) {
        (Request::Group(path) | Request::Dataset(path), _) => path.clone(),
        (Request::Pattern(_), text) => text.clone().unwrap_or_default(),
    }
}

#[derive(Default)]
struct Found {
    inputs: Vec<Input>,
    fields: Vec<Field>,
    without: Vec<PathBuf>,
    rows: u64,
}

impl Found {
    fn add(
        &mut self,
        catalog: &Catalog,
        entry: &Entry,
        table: &Table,
        names: &[String],
    ) -> Result<()> {
        let mut needs: Vec<Need> = Vec::new();
        for (column, name) in names.iter().enumerate() {
            let (number, component) = find(catalog, entry, table, name)?;
            let dataset = &entry.file.datasets[number];
            self.field(entry, column, name, dataset)?;
            let component = Component { component, column };
            match needs.iter_mut().find(|n| n.dataset == number) {
                Some(need) => need.components.push(component),
                None => needs.push(Need {
                    dataset: number,
                    components: vec![component],
                }),
            }
        }
        let rows = rows(entry, table, &needs)?;
        self.inputs.push(Input {
            file: Arc::clone(&entry.file),
            table: table.path.clone(),
            needs,
            rows,
            range: 0..rows,
            first_row: self.rows,
        });
        self.rows = self.rows.saturating_add(rows);
        Ok(())
    }

    /// The first file gives name, type and description; the others widen the type.
    fn field(
        &mut self,
        entry: &Entry,
        column: usize,
        name: &str,
        dataset: &DatasetDescription,
    ) -> Result<()> {
        let data_type = usable(dataset).map_err(|reason| refused(entry, dataset, reason))?;
        match self.fields.get_mut(column) {
            None => self.fields.push(Field {
                name: name.to_owned(),
                data_type,
                units: dataset.text("units").map(str::to_owned),
                long_name: dataset.text("long_name").map(str::to_owned),
            }),
            Some(field) => match field.data_type.common(data_type) {
                Some(common) => field.data_type = common,
                None => return Err(self.conflict(entry, column, name, data_type)),
            },
        }
        Ok(())
    }

    fn conflict(&self, entry: &Entry, column: usize, name: &str, found: DataType) -> Error {
        let fits = |input: &&Input| {
            let need = |n: &&Need| n.components.iter().any(|c| c.column == column);
            let need = input.needs.iter().find(need);
            let there = need.and_then(|n| input.dataset(n).element.data_type());
            there.is_some_and(|t| t.common(found).is_none())
        };
        let first = self.inputs.iter().find(fits);
        Error::Types {
            column: name.to_owned(),
            first: first.map_or_else(PathBuf::new, |i| i.file.path.clone()),
            first_type: self.fields.get(column).map_or(found, |f| f.data_type),
            second: entry.file.path.clone(),
            second_type: found,
        }
    }
}

fn find(catalog: &Catalog, entry: &Entry, table: &Table, name: &str) -> Result<(usize, u64)> {
    let (base, component) = split_component(name);
    let column = table.columns.iter().find(|c| c.name == base);
    let column = column.or_else(|| table.columns.iter().find(|c| c.last == base));
    let Some(column) = column else {
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
    let dataset = &entry.file.datasets[column.dataset];
    let refused = |reason: String| refused(entry, dataset, reason);
    usable(dataset).map_err(refused)?;
    let width = dataset.width();
    match (dataset.shape.len(), component) {
        (2, Some(k)) if k < width => Ok((column.dataset, k)),
        (2, Some(k)) => Err(refused(format!(
            "has {width} components, counted from 0, so there is no [:,{k}]"
        ))),
        (2, None) => Err(refused(format!(
            "has {width} components; name one of them, such as {base}[:,0]"
        ))),
        (_, Some(_)) => Err(refused(format!(
            "has one value for each row and no components; name it {base}"
        ))),
        (_, None) => Ok((column.dataset, 0)),
    }
}

/// The length that the named columns share, or that of the table where none is named.
fn rows(entry: &Entry, table: &Table, needs: &[Need]) -> Result<u64> {
    let mut datasets = needs.iter().map(|n| &entry.file.datasets[n.dataset]);
    let Some(first) = datasets.next() else {
        return Ok(table.rows(&entry.file).unwrap_or(0));
    };
    match datasets.find(|d| d.rows() != first.rows()) {
        None => Ok(first.rows()),
        Some(second) => Err(Error::Lengths {
            path: entry.file.path.clone(),
            first: first.path.clone(),
            first_rows: first.rows(),
            second: second.path.clone(),
            second_rows: second.rows(),
        }),
    }
}

fn restrict(inputs: &mut [Input], rows: &Range<u64>) {
    for input in inputs {
        let start = rows.start.saturating_sub(input.first_row).min(input.rows);
        let end = rows.end.saturating_sub(input.first_row).min(input.rows);
        input.range = start..end.max(start);
    }
}

fn refused(entry: &Entry, dataset: &DatasetDescription, reason: String) -> Error {
    Error::Unusable {
        path: entry.file.path.clone(),
        dataset: dataset.path.clone(),
        reason,
    }
}
