//! One worker's reader: splits in, aligned batches out.

pub(crate) mod block;
pub(crate) mod chunked;
pub(crate) mod column;
pub(crate) mod contiguous;
mod convert;
mod dataset_reader;
mod finish;
mod handles;
mod library_reader;
mod reader_bytes;
pub(crate) mod site;
pub(crate) mod target;
pub(crate) mod virtual_reader;

pub(crate) use handles::ReadFailure;
pub(crate) use reader_bytes::reader_bytes;

use std::ops::ControlFlow;

use terabin_core::batch::{Batch, Column, DataType};
use terabin_core::source::{Damage, ReadCounters, Reader, Source, SourceError, Split};

use crate::error::{Error, Result};
use crate::need::Need;
use crate::read::column::ColumnBuffer;
use crate::read::dataset_reader::DatasetReader;
use crate::read::finish::finish;
use crate::read::site::{Shared, Site};
use crate::read::target::{Marks, Target};
use crate::row_space::RowBox;
use crate::source::{Input, Origin, TableSource};

/// Reads the splits of a [`TableSource`]; takes no lock on the way.
pub(crate) struct TableReader<'a> {
    source: &'a TableSource,
    shared: Shared,
    marks: Marks,
    /// The columns as they are stored in the current input.
    stored: Vec<ColumnBuffer>,
    /// The columns of a batch, where they differ from what is stored.
    finished: Vec<Option<ColumnBuffer>>,
    current: Option<(u32, Vec<DatasetReader<'a>>)>,
}

impl<'a> TableReader<'a> {
    pub(crate) fn new(source: &'a TableSource) -> Self {
        Self {
            source,
            shared: Shared {
                skip_damaged: source.skip_damaged(),
                ..Shared::default()
            },
            marks: Marks::default(),
            stored: Vec::new(),
            finished: Vec::new(),
            current: None,
        }
    }

    fn read_split(
        &mut self,
        split: &Split,
        sink: &mut dyn FnMut(&Batch<'_>) -> ControlFlow<()>,
    ) -> Result<()> {
        let source = self.source;
        let input = usize::try_from(split.input)
            .ok()
            .and_then(|i| source.inputs().get(i))
            .filter(|i| split.start <= split.end && split.end <= i.space.rows())
            .ok_or(Error::Split { split: *split })?;
        self.enter(split.input, input)?;
        let mut start = split.start;
        while start < split.end {
            let most = source.batch_rows() as u64;
            let part = input.space.next(start, split.end, most);
            let first_row = split.first_row.saturating_add(start - split.start);
            start = start.saturating_add(part.rows());
            if self.batch(input, &part, first_row, sink)?.is_break() {
                break;
            }
        }
        self.shared
            .handles
            .verify()
            .map_err(|failure| input.failed(failure))
    }

    fn batch(
        &mut self,
        input: &Input,
        part: &RowBox,
        first_row: u64,
        sink: &mut dyn FnMut(&Batch<'_>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>> {
        let rows = usize::try_from(part.rows()).unwrap_or(usize::MAX);
        self.marks.clear(rows);
        let mut target = Target {
            columns: &mut self.stored,
            marks: &mut self.marks,
            rows: part,
        };
        let readers = self.current.iter_mut().flat_map(|(_, readers)| readers);
        for (reader, need) in readers.zip(&input.needs) {
            reader.rows(&mut self.shared, need, part, &mut target)?;
        }
        self.finish(input, part, rows)?;
        let counts = self.marks.counts();
        self.shared.counters.masked += counts.masked;
        self.shared.counters.skipped += counts.skipped;
        self.shared.counters.fill_rows += counts.unwritten;
        let columns = self.stored.iter().zip(&self.finished);
        let columns: Option<Vec<Column<'_>>> = columns
            .map(|(stored, finished)| finished.as_ref().unwrap_or(stored).column(rows))
            .collect();
        let columns = columns.ok_or_else(|| input.incomplete(part))?;
        let batch = Batch::new(&columns, rows, first_row);
        Ok(match self.marks.selection() {
            Some(selection) => sink(&batch.with_selection(selection)),
            None => sink(&batch),
        })
    }

    /// What is not read: indices, attributes, and what stored values stand for.
    fn finish(&mut self, input: &Input, part: &RowBox, rows: usize) -> Result<()> {
        let columns = self.stored.iter_mut().zip(&mut self.finished);
        for ((stored, finished), origin) in columns.zip(&input.origins) {
            let done = match origin {
                Origin::Stored { meaning, .. } => {
                    finish(meaning, stored, finished.as_mut(), rows, &mut self.marks)
                }
                Origin::Index(dim) => stored.index(*dim, part),
                // The value was set when the input was entered.
                Origin::Attribute(_) => true,
            };
            if !(done && stored.seal(rows)) {
                return Err(input.incomplete(part));
            }
        }
        Ok(())
    }

    fn enter(&mut self, number: u32, input: &'a Input) -> Result<()> {
        if self.current.as_ref().is_some_and(|(i, _)| *i == number) {
            return Ok(());
        }
        self.current = None;
        self.make_columns(input)?;
        let reader = |need: &Need| {
            let site = Site {
                file: &input.file,
                dataset: input.dataset(need),
                shape: &input.space.shape,
            };
            DatasetReader::new(site, need, input.kept.as_deref())
        };
        let readers: Result<Vec<_>> = input.needs.iter().map(reader).collect();
        self.current = Some((number, readers?));
        Ok(())
    }

    /// Buffers for the columns as this input stores them; those that fit already stay.
    fn make_columns(&mut self, input: &Input) -> Result<()> {
        let rows = self.source.batch_rows();
        let fields = &self.source.schema().fields;
        let no_memory = |name: &str, kind: DataType| Error::Memory {
            path: input.file.path.clone(),
            dataset: name.to_owned(),
            bytes: (rows as u64).saturating_mul(kind.size() as u64),
        };
        let buffer =
            |name: &str, kind| ColumnBuffer::new(kind, rows).ok_or_else(|| no_memory(name, kind));
        for (i, (field, origin)) in fields.iter().zip(&input.origins).enumerate() {
            let converted = match origin {
                Origin::Stored { stored, .. } => *stored,
                _ => None,
            };
            let stored = converted.unwrap_or(field.data_type);
            if self.stored.get(i).is_none_or(|c| c.data_type() != stored) {
                let new = buffer(&field.name, stored)?;
                match self.stored.get_mut(i) {
                    Some(old) => *old = new,
                    None => self.stored.push(new),
                }
            }
            let finished = match converted {
                None => None,
                Some(_) => Some(buffer(&field.name, field.data_type)?),
            };
            match self.finished.get_mut(i) {
                Some(old) => *old = finished,
                None => self.finished.push(finished),
            }
            if let (Origin::Attribute(value), Some(column)) = (origin, self.stored.get_mut(i))
                && !column.fill(*value)
            {
                return Err(no_memory(&field.name, field.data_type));
            }
        }
        Ok(())
    }
}

impl Reader for TableReader<'_> {
    fn read(
        &mut self,
        split: &Split,
        sink: &mut dyn FnMut(&Batch<'_>) -> ControlFlow<()>,
    ) -> Result<(), SourceError> {
        self.read_split(split, sink).map_err(SourceError::from)
    }

    fn counters(&self) -> ReadCounters {
        self.shared.counters
    }

    fn damages(&mut self) -> Vec<Damage> {
        std::mem::take(&mut self.shared.damages)
    }
}
