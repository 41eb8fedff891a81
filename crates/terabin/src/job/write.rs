//! Writing rows to HDF5 files, encoded by the workers, placed in order.

use std::path::Path;

use terabin_core::batch::{Batch, Column, DataType};
use terabin_core::source::{Field, Schema, Source, Split};
use terabin_hdf5::{ChunkedLayout, Codec, DatasetHandle, FileWriter, StoredType, encode};

use crate::error::{Error, Result};
use crate::output::Folder;
use crate::run::{Control, Job, Moved, Progress, run};

/// How rows are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteSpec {
    /// One codec per file, in turn.
    pub codecs: Vec<Codec>,
    /// How the columns lie in the file.
    pub layout: Layout,
    /// Rows of a chunk.
    pub chunk_rows: u64,
}

/// How the columns of a table lie in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// A dataset per column.
    Columns,
    /// All float columns in one dataset `data` (rows, columns) whose attribute `columns`
    /// holds their names; the others have a dataset each.
    Rows,
}

/// Writes every input of `source` to a file of its own, named by `name`, into a folder.
///
/// The bytes do not depend on the threads. Files appear under their names when all are
/// whole. Splits are cut at multiples of the chunk, so `source` must cut where it is
/// told to.
///
/// # Errors
/// Columns of texts, failed writes, [`Error::Interrupted`].
pub fn write(
    source: &dyn Source,
    inputs: &[std::ops::Range<u64>],
    spec: &WriteSpec,
    mut folder: Folder,
    name: &dyn Fn(usize) -> String,
    threads: usize,
    control: &mut dyn Control,
) -> Result<Vec<std::path::PathBuf>> {
    let fields = &source.schema().fields;
    if let Some(text) = fields.iter().find(|f| f.data_type == DataType::Text) {
        let name = &text.name;
        return Err(Error::request(format!(
            "`{name}` holds texts, and only numbers are written"
        )));
    }
    let splits = source.splits(spec.chunk_rows);
    let mut first = 0;
    for (i, rows) in inputs.iter().enumerate() {
        let job = Write::new(source.schema(), spec, i, rows.end - rows.start);
        let in_file = splits[first..].iter().take_while(|s| s.input as usize == i);
        let last = first + in_file.count();
        let progress = Progress {
            pass: i + 1,
            passes: inputs.len(),
            rows: 0,
            total_rows: rows.end - rows.start,
        };
        let splits = &splits[first..last];
        first = last;
        folder.add(&name(i), |path| {
            let mut sink = job.open(path)?;
            let _: Moved = run(source, splits, &job, &mut sink, threads, progress, control)?;
            Ok(sink.file.close()?)
        })?;
    }
    folder.publish()
}

/// Encodes the splits of one file, a chunk per dataset and split.
struct Write<'a> {
    schema: &'a Schema,
    codec: Codec,
    groups: Vec<Group>,
    rows: u64,
    chunk_rows: u64,
}

/// The open file and the dataset of each group of columns.
struct Sink {
    file: FileWriter,
    datasets: Vec<DatasetHandle>,
}

/// Columns that share a dataset.
struct Group {
    path: String,
    columns: Vec<usize>,
    stored: StoredType,
    /// Whether the dataset has a second dimension, the columns.
    wide: bool,
}

impl Group {
    fn shape(&self, rows: u64) -> Vec<u64> {
        let width = self.wide.then_some(self.columns.len() as u64);
        [Some(rows), width].into_iter().flatten().collect()
    }

    /// Bytes of one row.
    fn row_bytes(&self) -> usize {
        self.stored.size() * self.columns.len()
    }
}

impl<'a> Write<'a> {
    fn new(schema: &'a Schema, spec: &WriteSpec, file: usize, rows: u64) -> Self {
        let codec = spec.codecs.get(file % spec.codecs.len().max(1));
        Self {
            schema,
            codec: codec.copied().unwrap_or(Codec::None),
            groups: groups(schema, spec.layout),
            rows,
            chunk_rows: spec.chunk_rows.clamp(1, rows.max(1)),
        }
    }

    fn open(&self, path: &Path) -> Result<Sink> {
        let mut file = FileWriter::create(path)?;
        let mut datasets = Vec::new();
        for group in &self.groups {
            let shape = group.shape(self.rows);
            datasets.push(if self.codec == Codec::None {
                file.create_contiguous(&group.path, group.stored, &shape)?
            } else {
                let layout = ChunkedLayout {
                    element: group.stored,
                    shape,
                    chunk: group.shape(self.chunk_rows),
                    codec: self.codec,
                };
                file.create_chunked(&group.path, &layout)?
            });
            self.describe(&mut file, group)?;
        }
        Ok(Sink { file, datasets })
    }

    fn describe(&self, file: &mut FileWriter, group: &Group) -> Result<()> {
        let fields = || group.columns.iter().map(|&i| &self.schema.fields[i]);
        if group.wide {
            let names: Vec<String> = fields().map(|f| f.name.clone()).collect();
            return Ok(file.attribute(&group.path, "columns", names)?);
        }
        for field in fields() {
            for (name, value) in [("units", &field.units), ("long_name", &field.long_name)] {
                if let Some(value) = value {
                    file.attribute(&group.path, name, value.as_str())?;
                }
            }
        }
        Ok(())
    }
}

fn groups(schema: &Schema, layout: Layout) -> Vec<Group> {
    let fields = schema.fields.iter().enumerate();
    let single = |(i, field): (usize, &Field)| Group {
        path: format!("/{}", field.name),
        columns: vec![i],
        stored: stored_type(field.data_type),
        wide: false,
    };
    match layout {
        Layout::Columns => fields.map(single).collect(),
        Layout::Rows => {
            let (floats, others): (Vec<_>, Vec<_>) =
                fields.partition(|(_, f)| f.data_type.is_float());
            let data = floats.first().map(|(_, first)| Group {
                path: "/data".into(),
                columns: floats.iter().map(|&(i, _)| i).collect(),
                stored: stored_type(first.data_type),
                wide: true,
            });
            data.into_iter()
                .chain(others.into_iter().map(single))
                .collect()
        }
    }
}

fn stored_type(data_type: DataType) -> StoredType {
    match data_type {
        DataType::I64 | DataType::Datetime => StoredType::I64,
        DataType::U64 => StoredType::U64,
        DataType::F32 => StoredType::F32,
        DataType::F64 => StoredType::F64,
        DataType::Bool => StoredType::Bool,
        // `write` refuses texts: their bytes have no place in rows of one size.
        DataType::Text => StoredType::U8,
    }
}

impl Job for Write<'_> {
    /// The bytes of each dataset.
    type Worker = Vec<Vec<u8>>;
    type Out = Vec<Vec<u8>>;
    type Sink = Sink;
    const ORDERED: bool = true;

    fn worker(&self) -> Self::Worker {
        self.groups.iter().map(|_| Vec::new()).collect()
    }

    fn batch(&self, worker: &mut Self::Worker, batch: &Batch<'_>) -> Result<()> {
        for (bytes, group) in worker.iter_mut().zip(&self.groups) {
            let columns: Vec<_> = group.columns.iter().map(|&i| batch.columns()[i]).collect();
            append(bytes, &columns, batch.rows());
        }
        Ok(())
    }

    fn end(&self, worker: &mut Self::Worker, _split: &Split) -> Result<Self::Out> {
        let mut out = Vec::new();
        for (bytes, group) in worker.iter_mut().zip(&self.groups) {
            if self.codec == Codec::None {
                out.push(std::mem::take(bytes));
                continue;
            }
            // A chunk is stored whole, also where the rows end within it.
            let rows = usize::try_from(self.chunk_rows).unwrap_or(usize::MAX);
            bytes.resize(rows.saturating_mul(group.row_bytes()), 0);
            out.push(encode(self.codec, group.stored.size(), bytes)?);
            bytes.clear();
        }
        Ok(out)
    }

    fn take(&self, sink: &mut Sink, split: &Split, out: Self::Out) -> Result<()> {
        for ((handle, group), bytes) in sink.datasets.iter().zip(&self.groups).zip(out) {
            if self.codec == Codec::None {
                sink.file.write_rows(*handle, split.start, &bytes)?;
                continue;
            }
            let mut offset = vec![0; group.shape(0).len()];
            offset[0] = split.start;
            sink.file.write_chunk(*handle, &offset, &bytes)?;
        }
        Ok(())
    }

    fn finish(&self, _sink: &mut Sink, _worker: Self::Worker) {}
}

/// Appends rows, little-endian; the columns of one row lie together.
fn append(bytes: &mut Vec<u8>, columns: &[Column<'_>], rows: usize) {
    if let [only] = columns {
        return append_column(bytes, only);
    }
    for row in 0..rows {
        for column in columns {
            append_column(bytes, &column.slice(row..row + 1));
        }
    }
}

fn append_column(bytes: &mut Vec<u8>, column: &Column<'_>) {
    match column {
        Column::I64(v) | Column::Datetime(v) => {
            bytes.extend(v.iter().flat_map(|x| x.to_le_bytes()));
        }
        Column::U64(v) => bytes.extend(v.iter().flat_map(|x| x.to_le_bytes())),
        Column::F32(v) => bytes.extend(v.iter().flat_map(|x| x.to_le_bytes())),
        Column::F64(v) => bytes.extend(v.iter().flat_map(|x| x.to_le_bytes())),
        Column::Bool(v) => bytes.extend(v.iter().map(|&x| u8::from(x))),
        Column::Text(_) => {}
    }
}
