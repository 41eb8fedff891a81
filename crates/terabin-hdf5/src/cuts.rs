//! Where splits are cut along a single dimension of rows.

use crate::description::{ChunkTable, DatasetDescription, Layout};
use crate::need::{DimUse, Need};

/// From `start` on, chunks begin where `row - start + phase` is a multiple of `grid`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    pub(crate) start: u64,
    pub(crate) grid: u64,
    pub(crate) phase: u64,
}

/// The cuts of the dataset with the longest chunks; of virtual ones, those of its blocks.
pub(crate) fn cuts<'a>(
    datasets: impl Iterator<Item = (&'a DatasetDescription, &'a Need)>,
) -> Vec<Cut> {
    let mut best = vec![Cut {
        start: 0,
        grid: 1,
        phase: 0,
    }];
    let longest = |cuts: &[Cut]| cuts.iter().map(|c| c.grid).max();
    for (dataset, need) in datasets {
        let found = dataset_cuts(dataset, need);
        if longest(&found) > longest(&best) {
            best = found;
        }
    }
    best
}

fn dataset_cuts(dataset: &DatasetDescription, need: &Need) -> Vec<Cut> {
    let along = |d: &DimUse| matches!(d, DimUse::Row { row: 0, .. });
    let Some(dim) = need.dims.iter().position(along) else {
        return Vec::new();
    };
    let cut = |start, grid, phase| Cut { start, grid, phase };
    match &dataset.layout {
        Layout::Chunked(table) => vec![cut(0, chunk(table, dim), 0)],
        Layout::Virtual(table) => {
            let mut cuts: Vec<Cut> = Vec::new();
            for block in &table.blocks {
                let source = table.sources.get(block.source).and_then(Option::as_ref);
                let inner = block.source_dims.iter().position(|d| *d == Some(dim));
                let start = block.start.get(dim).copied().unwrap_or(0);
                cuts.push(match (source.map(|s| &s.layout), inner) {
                    (Some(Layout::Chunked(table)), Some(inner)) => {
                        let first = block.source_start.get(inner).copied().unwrap_or(0);
                        cut(start, chunk(table, inner), first)
                    }
                    _ => cut(start, 1, 0),
                });
            }
            cuts.sort_by_key(|c| c.start);
            cuts.dedup_by_key(|c| c.start);
            cuts
        }
        _ => Vec::new(),
    }
}

fn chunk(table: &ChunkTable, dim: usize) -> u64 {
    table.shape.get(dim).copied().unwrap_or(1).max(1)
}

/// The row at which the split that begins at `start` ends, `target` rows on or a little
/// farther: where a chunk ends.
pub(crate) fn next_cut(cuts: &[Cut], start: u64, target: u64) -> u64 {
    let after = cuts.partition_point(|c| c.start <= start);
    let cut = after.checked_sub(1).and_then(|i| cuts.get(i));
    let (grid, into) = match cut {
        Some(c) => (c.grid.max(1), (start - c.start).saturating_add(c.phase)),
        None => (1, start),
    };
    let step = target.max(1).div_ceil(grid).saturating_mul(grid);
    let end = start.saturating_add(step - into % step);
    // The chunks begin anew with the next block; blocks that are short go together.
    match cuts.get(after).map(|c| c.start) {
        Some(next) if next < end && next - start >= target / 2 => next,
        _ => end,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_end_where_chunks_end() {
        let cut = |start, grid, phase| Cut { start, grid, phase };
        assert_eq!(next_cut(&[cut(0, 100, 0)], 0, 250), 300);
        assert_eq!(next_cut(&[cut(0, 100, 0)], 300, 250), 600);
        assert_eq!(next_cut(&[cut(0, 100, 0)], 30, 50), 100);
        let blocks = [cut(0, 100, 0), cut(250, 100, 40)];
        assert_eq!(next_cut(&blocks, 200, 100), 250);
        assert_eq!(next_cut(&blocks, 250, 100), 310);
        assert_eq!(next_cut(&blocks, 310, 100), 410);
        assert_eq!(next_cut(&[], 10, 0), 11);
        assert_eq!(next_cut(&blocks, u64::MAX - 1, u64::MAX), u64::MAX);
    }
}
