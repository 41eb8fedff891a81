//! One worker's reader: splits in, aligned batches out.

use std::ops::{ControlFlow, Range};

use terabin_core::batch::{Batch, Column};
use terabin_core::source::{ReadCounters, Reader, Source, SourceError, Split};

use crate::band::BandReader;
use crate::column::ColumnBuffer;
use crate::contiguous::ContiguousReader;
use crate::description::Layout;
use crate::error::{Error, Result};
use crate::fallback::LibraryReader;
use crate::site::{Component, Shared, Site};
use crate::source::{Input, Need, TableSource};

/// Reads the splits of a [`TableSource`]; takes no lock on the way.
pub(crate) struct TableReader<'a> {
    source: &'a TableSource,
    shared: Shared,
    columns: Vec<ColumnBuffer>,
    current: Option<(u32, Vec<DatasetReader<'a>>)>,
}

impl<'a> TableReader<'a> {
    pub(crate) fn new(source: &'a TableSource) -> Self {
        Self {
            source,
            shared: Shared::default(),
            columns: Vec::new(),
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
            .filter(|i| split.start <= split.end && split.end <= i.rows)
            .ok_or(Error::Split { split: *split })?;
        self.make_columns(input)?;
        self.enter(split.input, input)?;
        let mut start = split.start;
        while start < split.end {
            let end = split
                .end
                .min(start.saturating_add(source.batch_rows() as u64));
            self.fill(start..end)?;
            let columns: Vec<Column<'_>> = self.columns.iter().map(ColumnBuffer::column).collect();
            let rows = usize::try_from(end - start).unwrap_or(usize::MAX);
            let first_row = split.first_row.saturating_add(start - split.start);
            if sink(&Batch::new(&columns, rows, first_row)).is_break() {
                break;
            }
            start = end;
        }
        Ok(())
    }

    fn make_columns(&mut self, input: &Input) -> Result<()> {
        let fields = &self.source.schema().fields;
        for field in fields.iter().skip(self.columns.len()) {
            let rows = self.source.batch_rows();
            let buffer = ColumnBuffer::new(field.data_type, rows).ok_or_else(|| Error::Memory {
                path: input.file.path.clone(),
                dataset: field.name.clone(),
                bytes: (rows as u64).saturating_mul(field.data_type.size() as u64),
            })?;
            self.columns.push(buffer);
        }
        Ok(())
    }

    fn enter(&mut self, number: u32, input: &'a Input) -> Result<()> {
        if self.current.as_ref().is_none_or(|(i, _)| *i != number) {
            self.current = None;
            let readers: Result<Vec<_>> = input
                .needs
                .iter()
                .map(|need| DatasetReader::new(number, input, need))
                .collect();
            self.current = Some((number, readers?));
        }
        Ok(())
    }

    fn fill(&mut self, rows: Range<u64>) -> Result<()> {
        self.columns.iter_mut().for_each(ColumnBuffer::clear);
        self.shared.unwritten.clear();
        for reader in self.current.iter_mut().flat_map(|(_, readers)| readers) {
            reader.rows(&mut self.shared, rows.clone(), &mut self.columns)?;
        }
        self.shared.counters.fill_rows += covered(&mut self.shared.unwritten);
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
}

/// How many rows lie in at least one of the ranges.
fn covered(ranges: &mut [Range<u64>]) -> u64 {
    ranges.sort_unstable_by_key(|r| r.start);
    let (mut end, mut rows) = (0, 0);
    for range in ranges.iter() {
        rows += range.end.saturating_sub(range.start.max(end));
        end = end.max(range.end);
    }
    rows
}

/// One dataset on its way into columns.
struct DatasetReader<'a> {
    components: &'a [Component],
    way: Way<'a>,
}

enum Way<'a> {
    Contiguous(ContiguousReader<'a>),
    Bands(BandReader<'a>),
    Library(LibraryReader<'a>),
}

impl<'a> DatasetReader<'a> {
    fn new(number: u32, input: &'a Input, need: &'a Need) -> Result<Self> {
        let dataset = input.dataset(need);
        let site = Site {
            input: number,
            file: &input.file,
            dataset,
        };
        let components = &need.components[..];
        let way = match &dataset.layout {
            Layout::Contiguous { address } => {
                Some(Way::Contiguous(ContiguousReader::new(site, *address)))
            }
            Layout::Chunked(table) => BandReader::new(site, table, components).map(Way::Bands),
            Layout::Library { .. } => LibraryReader::new(site).map(Way::Library),
            Layout::Refused { .. } => None,
        };
        let way = way.ok_or_else(|| site.failed(0..dataset.rows(), 0, "it cannot be read"))?;
        Ok(Self { components, way })
    }

    fn rows(
        &mut self,
        shared: &mut Shared,
        rows: Range<u64>,
        columns: &mut [ColumnBuffer],
    ) -> Result<()> {
        match &mut self.way {
            Way::Contiguous(r) => r.rows(shared, rows, self.components, columns),
            Way::Bands(r) => r.rows(shared, rows, self.components, columns),
            Way::Library(r) => r.rows(shared, rows, self.components, columns),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::covered;

    #[test]
    fn overlapping_ranges_count_once() {
        assert_eq!(covered(&mut []), 0);
        assert_eq!(covered(&mut [5..9, 0..2, 7..10, 8..9]), 7);
    }
}
