//! A statistic of all cells as a dataset, written piece by piece.

use std::ops::Range;

use terabin_core::batch::DataType;
use terabin_core::histogram::Values;
use terabin_core::statistic::Statistic;
use terabin_hdf5::{FileWriter, StoredType, Values as Stored};

use crate::bin::HistogramResult;
use crate::error::Result;
use crate::run::{Control, check};

/// Cells whose values are in memory at once.
pub const PIECE: usize = 1 << 16;

/// Writes a statistic in the type `kind`: I64, U64 or F64.
pub fn write(
    file: &mut FileWriter,
    path: &str,
    result: &HistogramResult,
    (statistic, kind): (Statistic, DataType),
    control: &mut dyn Control,
) -> Result<()> {
    let histogram = &result.histogram;
    write_pieces(file, path, result, kind, control, &|cells| {
        histogram.values_as(kind, statistic, result.nan, cells)
    })
}

/// Writes what `piece` gives for some cells, as values of the type `kind`.
pub fn write_pieces(
    file: &mut FileWriter,
    path: &str,
    result: &HistogramResult,
    kind: DataType,
    control: &mut dyn Control,
    piece: &dyn Fn(Range<usize>) -> Values,
) -> Result<()> {
    let element = match kind {
        DataType::I64 | DataType::Datetime => StoredType::I64,
        DataType::U64 => StoredType::U64,
        _ => StoredType::F64,
    };
    let mut stream = file.value_stream(path, element, &shape(result))?;
    let cells = result.histogram.cells();
    for start in (0..cells).step_by(PIECE) {
        check(control)?;
        match piece(start..(start + PIECE).min(cells)) {
            Values::F64(v) => stream.write(Stored::F64(&v))?,
            Values::I64(v) => stream.write(Stored::I64(&v))?,
            Values::U64(v) => stream.write(Stored::U64(&v))?,
        }
    }
    Ok(stream.close()?)
}

/// Cells along each axis, flow included; of sparse histograms one list.
fn shape(result: &HistogramResult) -> Vec<u64> {
    if result.histogram.axes().are_sparse() {
        return vec![result.histogram.cells() as u64];
    }
    let shape = result.histogram.axes().shape();
    shape.into_iter().map(|n| n as u64).collect()
}
