//! From a selection to the source that reads it.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use terabin_core::batch::DataType;
use terabin_core::source::{Field, Schema};

use crate::catalog::{Catalog, Entry};
use crate::cuts::cuts;
use crate::damage::{explained, refuse_lost, refuse_uncounted};
use crate::description::{DatasetDescription, Layout};
use crate::dialect::Table;
use crate::error::{Error, Result};
use crate::lookup::{Lookup, attribute};
use crate::meaning::Number;
use crate::need::Need;
use crate::resolve::{Request, request, table_of, unaliased, unknown_column};
use crate::row_dims::{Rows, Wanted, fit, rows, wanted};
use crate::row_space::{RowSpace, product};
use crate::source::{Input, Origin, TableSource};

/// The rows of a batch where nothing else is asked for.
pub const DEFAULT_BATCH_ROWS: usize = 16 * 1024;

/// What is to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// A group, one dataset alone, or a glob; found from the columns where absent.
    pub table: Option<String>,
    /// Names of columns, full or last part, components as `data[:,0]`; also
    /// `attr("Header", "MassTable", 1)` and `index(0)`.
    pub columns: Vec<String>,
    /// Columns that are not read, but are of the same request: together with the others
    /// they tell what a row is, and which table is meant.
    pub beside: Vec<String>,
    /// The rows to read, counted over all files; all of them where absent.
    pub rows: Option<Range<u64>>,
    /// The most rows of one batch.
    pub batch_rows: usize,
    /// How many leading dimensions are rows; as many as the datasets tell where absent.
    pub row_dims: Option<usize>,
    /// Along which dimension of the rows a dataset of fewer dimensions lies.
    pub along: Vec<(String, usize)>,
    /// Leaves out rows that cannot be read, and reports them, in place of failing.
    pub skip_damaged: bool,
}

impl Default for Selection {
    fn default() -> Self {
        Self {
            table: None,
            columns: Vec::new(),
            beside: Vec::new(),
            rows: None,
            batch_rows: DEFAULT_BATCH_ROWS,
            row_dims: None,
            along: Vec::new(),
            skip_damaged: false,
        }
    }
}

impl Catalog {
    /// Finds the selected columns in all files and makes them one source.
    ///
    /// # Errors
    /// Everything about the selection that descriptions can show: unknown, ambiguous
    /// and unusable names, columns of different lengths, shapes or types, missing
    /// columns and attributes. What may lie in a damaged part of a file is an error of
    /// the run: its rows cannot be counted, not even as left out.
    pub fn select(&self, selection: &Selection) -> Result<TableSource> {
        self.selected(selection).map_err(|e| explained(self, e))
    }

    fn selected(&self, selection: &Selection) -> Result<TableSource> {
        let names: Vec<String> = selection
            .columns
            .iter()
            .chain(&selection.beside)
            .map(|name| unaliased(self, name))
            .collect();
        if let Some((name, _)) = selection.along.iter().find(|(n, _)| !self.has_column(n)) {
            return Err(unknown_column(self, name));
        }
        let request = self.request(selection.table.as_deref(), &names)?;
        let mut found = Found {
            selection,
            names,
            inputs: Vec::new(),
            fields: vec![None; selection.columns.len()],
            rows: 0,
        };
        let mut without = Vec::new();
        for entry in self.entries() {
            let tables = request.tables(entry);
            refuse_lost(entry, &request, &tables)?;
            if tables.is_empty() {
                without.push(entry.file.path.clone());
            }
            for table in &tables {
                found.add(self, entry, table)?;
            }
        }
        // Fields go by the texts of the request, which expressions use.
        let fields = found.fields.iter().zip(&selection.columns);
        let fields = fields.filter_map(|(field, asked)| {
            let name = asked.clone();
            field.clone().map(|field| Field { name, ..field })
        });
        let schema = Schema {
            fields: fields.collect(),
        };
        let rows = selection.rows.clone().unwrap_or(0..u64::MAX);
        restrict(&mut found.inputs, &rows);
        Ok(TableSource {
            schema,
            inputs: found.inputs,
            batch_rows: selection.batch_rows.max(1),
            files_without_table: without,
            table: name(&request, selection),
            skip_damaged: selection.skip_damaged,
        })
    }

    /// What a name asks for that no dataset has; a column of that very name comes first.
    fn lookup(&self, name: &str) -> Option<Lookup> {
        let lookup = Lookup::of(name)?;
        (!self.columns().any(|c| c.is_called(name))).then_some(lookup)
    }

    fn request(&self, table: Option<&str>, names: &[String]) -> Result<Request> {
        let columns: Vec<String> = names
            .iter()
            .filter(|n| self.lookup(n).is_none())
            .cloned()
            .collect();
        match (table, &columns[..]) {
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

struct Found<'a> {
    selection: &'a Selection,
    /// Those of the columns, then those beside.
    names: Vec<String>,
    inputs: Vec<Input>,
    fields: Vec<Option<Field>>,
    rows: u64,
}

impl Found<'_> {
    fn add(&mut self, catalog: &Catalog, entry: &Entry, table: &Table) -> Result<()> {
        let read = self.selection.columns.len();
        let names = self.names.clone();
        let mut stored = Vec::new();
        for (number, name) in names.iter().enumerate() {
            if catalog.lookup(name).is_none() {
                stored.push((number, wanted(catalog, entry, table, name)?));
            }
        }
        let columns: Vec<&Wanted<'_>> = stored.iter().map(|(_, w)| w).collect();
        if columns.is_empty() {
            refuse_uncounted(entry, table)?;
        }
        let space = rows(entry, table, &columns, self.selection)?;
        let mut needs: Vec<Need> = Vec::new();
        let mut origins: Vec<Option<Origin>> = vec![None; read];
        for (number, wanted) in &stored {
            // What lies beside must fit, too: another pass reads it.
            let need = fit(entry, wanted, &space, *number, self.selection)?;
            if *number >= read {
                continue;
            }
            self.field(entry, *number, wanted)?;
            origins[*number] = Some(wanted.origin());
            match needs
                .iter_mut()
                .find(|n| n.dataset == need.dataset && n.dims == need.dims)
            {
                Some(known) => known.outputs.extend(need.outputs),
                None => needs.push(need),
            }
        }
        for (number, origin) in origins.iter_mut().enumerate() {
            if let Some(lookup) = catalog.lookup(&names[number]) {
                *origin = Some(self.lookup(entry, number, &lookup, &space)?);
            }
        }
        self.push(entry, table, needs, origins, space);
        Ok(())
    }

    fn push(
        &mut self,
        entry: &Entry,
        table: &Table,
        needs: Vec<Need>,
        origins: Vec<Option<Origin>>,
        space: Rows,
    ) {
        let rows = product(&space.shape);
        let mut input = Input {
            file: Arc::clone(&entry.file),
            table: table.path.clone(),
            needs,
            origins: origins.into_iter().flatten().collect(),
            space: RowSpace {
                shape: space.shape,
                tile: None,
            },
            range: 0..rows,
            kept: None,
            first_row: self.rows,
            cuts: Vec::new(),
        };
        input.cuts = cuts(input.datasets());
        input.space.tile = tile(&input);
        input.kept = input.space.tile.clone().or_else(|| plane(&input.space));
        self.inputs.push(input);
        self.rows = self.rows.saturating_add(rows);
    }

    fn field(&mut self, entry: &Entry, number: usize, wanted: &Wanted<'_>) -> Result<()> {
        let field = Field {
            name: self.names[number].clone(),
            data_type: wanted.data_type,
            units: wanted.units(),
            long_name: wanted.text("long_name"),
        };
        self.common(entry, number, field)
    }

    fn lookup(
        &mut self,
        entry: &Entry,
        number: usize,
        lookup: &Lookup,
        space: &Rows,
    ) -> Result<Origin> {
        let (origin, data_type) = match lookup {
            Lookup::Index(dim) if *dim < space.shape.len() => (Origin::Index(*dim), DataType::I64),
            Lookup::Index(dim) => {
                return Err(Error::NoDimension {
                    what: format!("index({dim})"),
                    dimensions: space.shape.len(),
                });
            }
            Lookup::Attribute(wanted) => {
                let value = attribute(&entry.file, wanted)?;
                let data_type = match value {
                    Number::Signed(_) => DataType::I64,
                    Number::Unsigned(_) => DataType::U64,
                    Number::Float(_) => DataType::F64,
                };
                (Origin::Attribute(value), data_type)
            }
        };
        let name = self.names[number].clone();
        self.common(
            entry,
            number,
            Field {
                name,
                data_type,
                units: None,
                long_name: None,
            },
        )?;
        Ok(origin)
    }

    /// Widens the field of a column to hold the values of this input, too.
    fn common(&mut self, entry: &Entry, number: usize, found: Field) -> Result<()> {
        let Some(known) = self.fields.get_mut(number) else {
            return Ok(());
        };
        let Some(field) = known else {
            *known = Some(found);
            return Ok(());
        };
        let first_type = field.data_type;
        if let Some(common) = first_type.common(found.data_type) {
            field.data_type = common;
            return Ok(());
        }
        Err(self.conflict(entry, first_type, &found))
    }

    fn conflict(&self, entry: &Entry, first_type: DataType, found: &Field) -> Error {
        let first = self.inputs.first();
        Error::Types {
            column: found.name.clone(),
            first: first.map_or_else(PathBuf::new, |i| i.file.path.clone()),
            first_type,
            second: entry.file.path.clone(),
            second_type: found.data_type,
        }
    }
}

/// The chunk that rows of several dimensions are read by: the largest among the
/// datasets that run along all of them.
fn tile(input: &Input) -> Option<Vec<u64>> {
    let dims = input.space.shape.len();
    if dims < 2 {
        return None;
    }
    let tiles = input.datasets().filter_map(|(dataset, need)| {
        let tile: Option<Vec<u64>> = (0..dims)
            .map(|row| chunk_along(dataset, need, row))
            .collect();
        tile
    });
    tiles.max_by_key(|t| product(t))
}

/// One step of the outermost of several dimensions: in row-major order the chunks that
/// it lies in are wanted again for the next step.
fn plane(space: &RowSpace) -> Option<Vec<u64>> {
    let (first, inner) = space.shape.split_first()?;
    let plane = std::iter::once((*first).min(1)).chain(inner.iter().copied());
    (!inner.is_empty()).then(|| plane.collect())
}

fn chunk_along(dataset: &DatasetDescription, need: &Need, row: usize) -> Option<u64> {
    let dim = need.dim_of(row)?;
    match &dataset.layout {
        Layout::Chunked(table) => table.shape.get(dim).copied(),
        Layout::Virtual(table) => {
            let block = table.blocks.first()?;
            let source = table.sources.get(block.source)?.as_ref()?;
            let Layout::Chunked(chunks) = &source.layout else {
                return None;
            };
            match block.source_dims.iter().position(|d| *d == Some(dim)) {
                Some(inner) => chunks.shape.get(inner).copied(),
                None => Some(1),
            }
        }
        _ => None,
    }
}

fn restrict(inputs: &mut [Input], rows: &Range<u64>) {
    for input in inputs {
        let all = input.space.rows();
        let start = rows.start.saturating_sub(input.first_row).min(all);
        let end = rows.end.saturating_sub(input.first_row).min(all);
        input.range = start..end.max(start);
        // Numbers of rows count in row-major order.
        if input.range != (0..all) {
            input.space.tile = None;
            input.kept = plane(&input.space);
        }
    }
}
