//! Arrays in memory as a source.

use std::ops::ControlFlow;

use crate::batch::{Batch, Column};
use crate::source::{Field, ReadCounters, Reader, Schema, Source, SourceError, Split};

/// Columns in memory, handed out without a copy.
pub struct ArraySource<'a> {
    schema: Schema,
    columns: Vec<Column<'a>>,
    rows: usize,
    batch_rows: usize,
}

impl<'a> ArraySource<'a> {
    /// Named columns of equal length, in batches of at most `batch_rows` rows.
    ///
    /// # Errors
    /// Columns of different length; both are named.
    ///
    /// ```
    /// use terabin_core::{ArraySource, batch::Column, source::Source};
    /// let source = ArraySource::new(&[("x", Column::F64(&[1.0, 2.0]))], 1024)?;
    /// assert_eq!(source.rows(), 2);
    /// # Ok::<(), terabin_core::source::SourceError>(())
    /// ```
    pub fn new(columns: &[(&str, Column<'a>)], batch_rows: usize) -> Result<Self, SourceError> {
        let rows = columns.first().map_or(0, |(_, c)| c.len());
        if let Some((name, column)) = columns.iter().find(|(_, c)| c.len() != rows) {
            let first = columns.first().map_or("", |(name, _)| *name);
            return Err(SourceError::new(format!(
                "columns of different length: {first} has {rows} rows, {name} has {}",
                column.len()
            )));
        }
        Ok(Self {
            schema: Schema {
                fields: columns.iter().map(|(name, c)| field(name, *c)).collect(),
            },
            columns: columns.iter().map(|&(_, c)| c).collect(),
            rows,
            batch_rows: batch_rows.max(1),
        })
    }
}

fn field(name: &str, column: Column<'_>) -> Field {
    Field {
        name: name.to_owned(),
        data_type: column.data_type(),
        units: None,
        long_name: None,
    }
}

impl Source for ArraySource<'_> {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn rows(&self) -> u64 {
        self.rows as u64
    }

    fn splits(&self, target_rows: u64) -> Vec<Split> {
        let step = usize::try_from(target_rows.max(1)).unwrap_or(usize::MAX);
        (0..self.rows)
            .step_by(step)
            .map(|start| Split {
                input: 0,
                start: start as u64,
                end: start.saturating_add(step).min(self.rows) as u64,
                first_row: start as u64,
            })
            .collect()
    }

    fn reader(&self) -> Box<dyn Reader + '_> {
        Box::new(ArrayReader(self))
    }

    fn batch_rows(&self) -> usize {
        self.batch_rows.min(self.rows)
    }

    fn reader_bytes(&self) -> u64 {
        0
    }
}

struct ArrayReader<'a>(&'a ArraySource<'a>);

impl Reader for ArrayReader<'_> {
    fn read(
        &mut self,
        split: &Split,
        sink: &mut dyn FnMut(&Batch<'_>) -> ControlFlow<()>,
    ) -> Result<(), SourceError> {
        let row = |n: u64| usize::try_from(n).unwrap_or(usize::MAX).min(self.0.rows);
        for start in (row(split.start)..row(split.end)).step_by(self.0.batch_rows) {
            let end = start.saturating_add(self.0.batch_rows).min(row(split.end));
            let columns: Vec<_> = self.0.columns.iter().map(|c| c.slice(start..end)).collect();
            if sink(&Batch::new(&columns, end - start, start as u64)).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn counters(&self) -> ReadCounters {
        ReadCounters::default()
    }
}
