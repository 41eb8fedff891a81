//! Reproducible rows for demonstrations, tests and benchmarks.
//!
//! Every value is a function of the seed, its column and the number of its row,
//! and of nothing else: no state runs along the rows. Whatever the files, splits,
//! batches or threads, row 123,456,789 has the same bits, on every machine.
//!
//! | column | distribution |
//! |---|---|
//! | `x`, `y`, `z` | standard normal |
//! | `mass` | Pareto, minimum 1, exponent 2.5 |
//! | `temperature` | lognormal, median 10,000, sigma 1; NaN once in 10,000 rows on average |
//! | `id` | the number of the row |

mod normal;
mod random;
#[cfg(test)]
mod tests;

use std::ops::{ControlFlow, Range};

use terabin_core::batch::{Batch, Column, DataType};
use terabin_core::source::{Field, ReadCounters, Reader, Schema, Source, SourceError, Split};

use random::Distribution;

/// Rows that are computed, not stored: a [`Source`] of any size.
#[derive(Clone, Debug)]
pub struct GeneratedSource {
    spec: GenerateSpec,
    schema: Schema,
}

/// Which rows to generate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GenerateSpec {
    /// Rows of all files together.
    pub rows: u64,
    /// Files that share the rows as evenly as possible; earlier ones take the remainder.
    pub files: u32,
    /// Another seed gives other, independent rows.
    pub seed: u64,
    /// The type of the columns other than `id`.
    pub precision: Precision,
}

/// The type of generated numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// f64.
    #[default]
    Double,
    /// f32: the f64 value rounded once.
    Single,
}

/// A request for rows that cannot be met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GenerateError {
    /// There is no file to hold the rows.
    #[error("rows need at least one file")]
    NoFiles,
    /// More rows than disks hold.
    #[error("{0} rows are too many: at most {MAX_ROWS} can be generated")]
    TooManyRows(u64),
    /// A split that this source did not cut.
    #[error("file {input} of the generated rows has no rows {start}..{end}")]
    ForeignSplit {
        /// The file of the split.
        input: u32,
        /// Its first row within the file.
        start: u64,
        /// One past its last row within the file.
        end: u64,
    },
}

/// 4.8 TB of doubles.
const MAX_ROWS: u64 = 100_000_000_000;

/// Rows of one batch.
const BATCH_ROWS: usize = 16 * 1024;

/// The float columns, in the order of the schema.
const FLOATS: [Distribution; 5] = [
    Distribution::Normal,
    Distribution::Normal,
    Distribution::Normal,
    Distribution::Pareto,
    Distribution::Temperature,
];

impl GeneratedSource {
    /// The rows of `spec`.
    ///
    /// # Errors
    /// When there is no file, or more rows than `id` can number.
    pub fn new(spec: GenerateSpec) -> Result<Self, GenerateError> {
        if spec.files == 0 {
            return Err(GenerateError::NoFiles);
        }
        if spec.rows > MAX_ROWS {
            return Err(GenerateError::TooManyRows(spec.rows));
        }
        let schema = schema(spec.precision);
        Ok(Self { spec, schema })
    }

    /// The number of files.
    #[must_use]
    pub fn files(&self) -> u32 {
        self.spec.files
    }

    /// The rows of file number `file`, as numbers in the whole source; none
    /// beyond the last file.
    #[must_use]
    pub fn file_rows(&self, file: u32) -> Range<u64> {
        let files = u64::from(self.spec.files);
        let (even, remainder) = (self.spec.rows / files, self.spec.rows % files);
        let first = |file: u64| file.min(files) * even + file.min(remainder);
        first(u64::from(file))..first(u64::from(file) + 1)
    }
}

impl Source for GeneratedSource {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn rows(&self) -> u64 {
        self.spec.rows
    }

    /// Cuts each file at multiples of `target_rows`, so that a writer whose
    /// chunks have as many rows never sees a chunk in two splits.
    fn splits(&self, target_rows: u64) -> Vec<Split> {
        (0..self.spec.files)
            .flat_map(|file| file_splits(file, self.file_rows(file), target_rows.max(1)))
            .collect()
    }

    fn reader(&self) -> Box<dyn Reader + '_> {
        Box::new(GeneratedReader {
            source: self,
            buffers: Buffers::default(),
        })
    }

    fn batch_rows(&self) -> usize {
        BATCH_ROWS
    }

    fn reader_bytes(&self) -> u64 {
        let per_row: usize = self.schema.fields.iter().map(|f| f.data_type.size()).sum();
        let staging = match self.spec.precision {
            Precision::Double => 0,
            Precision::Single => size_of::<f64>(),
        };
        (BATCH_ROWS * (per_row + staging)) as u64
    }
}

fn file_splits(input: u32, rows: Range<u64>, target: u64) -> impl Iterator<Item = Split> {
    let count = rows.end - rows.start;
    (0..count.div_ceil(target)).map(move |k| {
        let start = k * target;
        Split {
            input,
            start,
            end: start.saturating_add(target).min(count),
            first_row: rows.start + start,
        }
    })
}

fn schema(precision: Precision) -> Schema {
    let float = match precision {
        Precision::Double => DataType::F64,
        Precision::Single => DataType::F32,
    };
    let field = |name: &str, data_type, units: Option<&str>, long_name: Option<&str>| Field {
        name: name.to_owned(),
        data_type,
        units: units.map(str::to_owned),
        long_name: long_name.map(str::to_owned),
    };
    Schema {
        fields: vec![
            field("x", float, None, None),
            field("y", float, None, None),
            field("z", float, None, None),
            field("mass", float, Some("Msun"), None),
            field("temperature", float, Some("K"), Some("gas temperature")),
            field("id", DataType::I64, None, None),
        ],
    }
}

struct GeneratedReader<'a> {
    source: &'a GeneratedSource,
    buffers: Buffers,
}

impl Reader for GeneratedReader<'_> {
    fn read(
        &mut self,
        split: &Split,
        sink: &mut dyn FnMut(&Batch<'_>) -> ControlFlow<()>,
    ) -> Result<(), SourceError> {
        let mut rows = self.rows_of(split).map_err(SourceError::new)?;
        while !rows.is_empty() {
            let end = rows.end.min(rows.start + BATCH_ROWS as u64);
            let flow = self.buffers.batch(&self.source.spec, rows.start..end, sink);
            if flow.is_break() {
                break;
            }
            rows.start = end;
        }
        Ok(())
    }

    /// All zero: nothing comes from storage.
    fn counters(&self) -> ReadCounters {
        ReadCounters::default()
    }
}

impl GeneratedReader<'_> {
    /// The rows of `split` as numbers in the whole source.
    fn rows_of(&self, split: &Split) -> Result<Range<u64>, GenerateError> {
        let file = self.source.file_rows(split.input);
        let within = split.start <= split.end && split.end <= file.end - file.start;
        if !within || split.first_row != file.start + split.start {
            return Err(GenerateError::ForeignSplit {
                input: split.input,
                start: split.start,
                end: split.end,
            });
        }
        Ok(split.first_row..file.start + split.end)
    }
}

/// The memory of one reader, reused from batch to batch.
#[derive(Default)]
struct Buffers {
    doubles: [Vec<f64>; FLOATS.len()],
    singles: [Vec<f32>; FLOATS.len()],
    staging: Vec<f64>,
    ids: Vec<i64>,
}

impl Buffers {
    fn batch(
        &mut self,
        spec: &GenerateSpec,
        rows: Range<u64>,
        sink: &mut dyn FnMut(&Batch<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let first_row = rows.start;
        self.ids.clear();
        // Exact: `GeneratedSource::new` refuses rows beyond i64.
        self.ids.extend(rows.map(u64::cast_signed));
        match spec.precision {
            Precision::Double => self.fill_doubles(spec.seed, first_row),
            Precision::Single => self.fill_singles(spec.seed, first_row),
        }
        let ids = Column::I64(&self.ids);
        let floats = match spec.precision {
            Precision::Double => self.doubles.each_ref().map(|v| Column::F64(v)),
            Precision::Single => self.singles.each_ref().map(|v| Column::F32(v)),
        };
        let [x, y, z, mass, temperature] = floats;
        let columns = [x, y, z, mass, temperature, ids];
        sink(&Batch::new(&columns, self.ids.len(), first_row))
    }

    fn fill_doubles(&mut self, seed: u64, first_row: u64) {
        for (column, (values, distribution)) in (0..).zip(self.doubles.iter_mut().zip(FLOATS)) {
            values.resize(self.ids.len(), 0.0);
            distribution.fill(seed, column, first_row, values);
        }
    }

    fn fill_singles(&mut self, seed: u64, first_row: u64) {
        self.staging.resize(self.ids.len(), 0.0);
        for (column, (values, distribution)) in (0..).zip(self.singles.iter_mut().zip(FLOATS)) {
            distribution.fill(seed, column, first_row, &mut self.staging);
            values.clear();
            values.extend(self.staging.iter().map(|&v| rounded(v)));
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "rounding is the purpose")]
fn rounded(value: f64) -> f32 {
    value as f32
}
