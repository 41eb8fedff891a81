//! How much memory a reader takes.

use terabin_core::batch::DataType;

use crate::decode::limit;
use crate::description::{DatasetDescription, Layout, VirtualTable};
use crate::need::{DimUse, Need};
use crate::read::chunked::{chunk_bytes, kept};
use crate::read::column::TEXT_BYTES;
use crate::read::contiguous::PIECE;
use crate::read::library_reader::MOST_TEXT;
use crate::read::virtual_reader::MOST_OPEN;
use crate::source::{Input, Origin, TableSource};

/// The most bytes that one reader of the source holds at a time.
pub(crate) fn reader_bytes(source: &TableSource) -> u64 {
    let batch = (source.batch_rows as u64).saturating_mul(row_bytes(source));
    // The decoder's buffers stay from input to input, so that the largest of each
    // come together.
    let inputs = source
        .inputs
        .iter()
        .map(|i| input_bytes(i, source.batch_rows as u64));
    let most = inputs.reduce(|a, b| Held {
        kept: a.kept.max(b.kept),
        decoder: a.decoder.max(b.decoder),
    });
    let most = most.unwrap_or_default();
    batch.saturating_add(most.kept).saturating_add(most.decoder)
}

/// Bytes of a row in all columns of a batch, with what they are converted from.
fn row_bytes(source: &TableSource) -> u64 {
    let converts = |column: usize| {
        let origins = source.inputs.iter().filter_map(|i| i.origins.get(column));
        origins.into_iter().any(|o| {
            matches!(
                o,
                Origin::Stored {
                    stored: Some(_),
                    ..
                }
            )
        })
    };
    let fields = source.schema.fields.iter().enumerate();
    let bytes = fields.map(|(column, field)| match field.data_type {
        DataType::Text => TEXT_BYTES,
        kind => kind.size() as u64 + if converts(column) { 8 } else { 0 },
    });
    // Besides the columns, a row has its flags.
    bytes.fold(2, u64::saturating_add)
}

#[derive(Clone, Copy, Default)]
struct Held {
    /// What readers of datasets keep.
    kept: u64,
    /// The decoder's buffers, which they share.
    decoder: u64,
}

fn input_bytes(input: &Input, batch_rows: u64) -> Held {
    let datasets = input.datasets();
    let held = datasets.map(|(d, need)| {
        let held = dataset_bytes(d, need, input.kept.as_deref());
        let sizes = need.outputs.iter().map(|o| &o.element);
        // Numbers lie in the batch already.
        let texts: u64 = sizes
            .filter(|e| e.data_type().is_none())
            // Each text by itself, and all of them in a buffer that grew by doubling.
            .map(|e| batch_rows.saturating_mul(e.size as u64).saturating_mul(3))
            .fold(0, u64::saturating_add);
        Held {
            kept: held.kept.saturating_add(texts),
            ..held
        }
    });
    held.fold(Held::default(), |sum, h| Held {
        kept: sum.kept.saturating_add(h.kept),
        decoder: sum.decoder.max(h.decoder),
    })
}

fn dataset_bytes(dataset: &DatasetDescription, need: &Need, tile: Option<&[u64]>) -> Held {
    let size = dataset.element.size as u64;
    let item = dataset
        .shape
        .iter()
        .zip(&need.dims)
        .filter(|(_, d)| **d == DimUse::Place);
    let item = item.fold(size, |n, (&extent, _)| n.saturating_mul(extent));
    match &dataset.layout {
        Layout::Chunked(table) => {
            let chunk = chunk_bytes(table, dataset.element.size).unwrap_or(0);
            let stored = table.entries.iter().map(|e| e.stored).max().unwrap_or(0);
            let tiles = kept(need, table, tile, chunk);
            Held {
                kept: (chunk as u64).saturating_mul(tiles),
                // The decoder works between two buffers.
                decoder: (limit(&dataset.filters, chunk) as u64)
                    .max(stored)
                    .saturating_mul(2),
            }
        }
        Layout::Virtual(table) => virtual_bytes(table, need, tile),
        Layout::Library { .. } => Held {
            // The library's texts, ours, and all of them in one buffer.
            kept: MOST_TEXT.saturating_mul(3),
            decoder: 0,
        },
        _ => Held {
            kept: item.max(PIECE as u64),
            decoder: 0,
        },
    }
}

/// A reader for each source that is open.
fn virtual_bytes(table: &VirtualTable, need: &Need, tile: Option<&[u64]>) -> Held {
    let sources = table.sources.iter().flatten().map(|source| {
        let mut inner = need.clone();
        inner.dims.resize(source.shape.len(), DimUse::Place);
        for output in &mut inner.outputs {
            output.at.resize(source.shape.len(), 0);
        }
        dataset_bytes(source, &inner, tile)
    });
    let most = sources.fold(Held::default(), |a, b| Held {
        kept: a.kept.max(b.kept),
        decoder: a.decoder.max(b.decoder),
    });
    let open = (table.sources.len() as u64).min(MOST_OPEN as u64);
    Held {
        kept: most.kept.saturating_mul(open),
        ..most
    }
}
