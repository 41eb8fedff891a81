//! Virtual datasets: each block is read from the dataset that it is part of.

use std::ops::Range;

use crate::description::{DatasetDescription, VirtualBlock, VirtualTable};
use crate::error::Result;
use crate::need::{DimUse, Need, Output, shifted};
use crate::read::contiguous::repeat_element;
use crate::read::dataset_reader::DatasetReader;
use crate::read::site::{Shared, Site, UNCONVERTED};
use crate::read::target::Target;
use crate::row_space::RowBox;

/// Reads rows of a virtual dataset without the library.
pub(crate) struct VirtualReader<'a> {
    site: Site<'a>,
    table: &'a VirtualTable,
    tile: Option<&'a [u64]>,
    /// For each block, where it and all before it end along the first dimension: blocks
    /// are sorted by where they begin.
    ends: Vec<u64>,
    /// Readers of the sources used last, the latest at the end.
    open: Vec<(usize, DatasetReader<'a>)>,
}

/// Readers of sources that are kept; more seldom lie side by side.
pub(crate) const MOST_OPEN: usize = 16;

impl<'a> VirtualReader<'a> {
    pub(crate) fn new(site: Site<'a>, table: &'a VirtualTable, tile: Option<&'a [u64]>) -> Self {
        let mut most = 0;
        let ends = table.blocks.iter().map(|block| {
            let first = block.start.first().zip(block.count.first());
            most = most.max(first.map_or(u64::MAX, |(s, c)| s.saturating_add(*c)));
            most
        });
        Self {
            site,
            table,
            tile,
            ends: ends.collect(),
            open: Vec::new(),
        }
    }

    /// Reads the rows in `part`.
    pub(crate) fn rows(
        &mut self,
        shared: &mut Shared,
        need: &Need,
        part: &RowBox,
        target: &mut Target<'_>,
    ) -> Result<()> {
        // What no block has, for each output.
        let mut left = vec![vec![part.clone()]; need.outputs.len()];
        let table = self.table;
        for number in self.near(need, part) {
            let Some(block) = table.blocks.get(number) else {
                break;
            };
            let source = table.sources.get(block.source).and_then(Option::as_ref);
            let (Some(source), Some(found)) = (source, common(block, need, part)) else {
                continue;
            };
            let Some(inner) = inner_need(block, need) else {
                return Err(self
                    .site
                    .failed(part, 0, "its blocks do not fit their sources"));
            };
            if inner.outputs.is_empty() {
                continue;
            }
            for (left, output) in left.iter_mut().zip(&need.outputs) {
                if inner.outputs.iter().any(|o| o.column == output.column) {
                    *left = left.iter().flat_map(|l| without(l, &found)).collect();
                }
            }
            let mut reader = self.reader(block.source, source, &inner)?;
            let done = reader.rows(shared, &inner, &found, target);
            self.open.push((block.source, reader));
            done?;
        }
        self.fill(need, left, target)
    }

    /// The blocks that may have rows of `part`.
    fn near(&self, need: &Need, part: &RowBox) -> Range<usize> {
        let all = 0..self.table.blocks.len();
        let Some(&DimUse::Row { row, shift }) = need.dims.first() else {
            return all;
        };
        let first = part.start.get(row).and_then(|&s| shifted(s, shift));
        let (Some(first), Some(&count)) = (first, part.count.get(row)) else {
            return all;
        };
        let begin = |b: &VirtualBlock| b.start.first().copied().unwrap_or(0);
        let last = first.saturating_add(count);
        let start = self.ends.partition_point(|&end| end <= first);
        start..self.table.blocks.partition_point(|b| begin(b) < last)
    }

    fn fill(&self, need: &Need, left: Vec<Vec<RowBox>>, target: &mut Target<'_>) -> Result<()> {
        for (left, output) in left.into_iter().zip(&need.outputs) {
            let alone = Need {
                outputs: vec![output.clone()],
                ..need.clone()
            };
            for part in left {
                if !repeat_element(&self.site.dataset.fill, &alone, &part, target) {
                    return Err(self.site.failed(&part, 0, UNCONVERTED));
                }
            }
        }
        Ok(())
    }

    /// The reader of a source, which keeps its chunks from block to block.
    fn reader(
        &mut self,
        number: usize,
        dataset: &'a DatasetDescription,
        need: &Need,
    ) -> Result<DatasetReader<'a>> {
        if let Some(at) = self.open.iter().rposition(|(n, _)| *n == number) {
            return Ok(self.open.remove(at).1);
        }
        if self.open.len() >= MOST_OPEN {
            self.open.remove(0);
        }
        let site = Site {
            dataset,
            ..self.site
        };
        DatasetReader::new(site, need, self.tile)
    }
}

/// The rows of `part` that lie in a block.
fn common(block: &VirtualBlock, need: &Need, part: &RowBox) -> Option<RowBox> {
    let mut common = part.clone();
    for (dim, d) in need.dims.iter().enumerate() {
        let DimUse::Row { row, shift } = *d else {
            continue;
        };
        let first = i128::from(*block.start.get(dim)?) - i128::from(shift);
        let end = first + i128::from(*block.count.get(dim)?);
        let (from, rows) = (*common.start.get(row)?, *common.count.get(row)?);
        let low = first.max(i128::from(from));
        let high = end.min(i128::from(from) + i128::from(rows));
        if low >= high {
            return None;
        }
        *common.start.get_mut(row)? = u64::try_from(low).ok()?;
        *common.count.get_mut(row)? = u64::try_from(high - low).ok()?;
    }
    Some(common)
}

/// Whether an output's places lie in a block.
fn is_in(block: &VirtualBlock, need: &Need, output: &Output) -> bool {
    let mut dims = need.dims.iter().zip(&output.at).enumerate();
    dims.all(|(dim, (d, &at))| {
        let block = block.start.get(dim).zip(block.count.get(dim));
        *d != DimUse::Place
            || block.is_some_and(|(&s, &c)| at.checked_sub(s).is_some_and(|at| at < c))
    })
}

/// What is left of a box without a box within it: at most two boxes a dimension.
fn without(whole: &RowBox, hole: &RowBox) -> Vec<RowBox> {
    let mut left = Vec::new();
    let mut rest = whole.clone();
    for dim in 0..whole.start.len() {
        let end = |b: &RowBox| b.start[dim].saturating_add(b.count[dim]);
        let low = hole.start[dim].clamp(rest.start[dim], end(&rest));
        let high = end(hole).clamp(low, end(&rest));
        if low == high {
            return vec![whole.clone()];
        }
        for (from, to) in [(rest.start[dim], low), (high, end(&rest))] {
            if from < to {
                let mut part = rest.clone();
                part.start[dim] = from;
                part.count[dim] = to - from;
                left.push(part);
            }
        }
        rest.start[dim] = low;
        rest.count[dim] = high - low;
    }
    left
}

/// What is wanted of the source of a block, by the outputs that the block has.
fn inner_need(block: &VirtualBlock, need: &Need) -> Option<Need> {
    let mut dims = Vec::with_capacity(block.source_dims.len());
    // Where each place of the source comes from: a dimension and how far it is moved, or
    // a place of its own.
    let mut places: Vec<(Option<usize>, i64, u64)> = Vec::with_capacity(dims.capacity());
    for (source, along) in block.source_dims.iter().enumerate() {
        let first = *block.source_start.get(source)?;
        let Some(dim) = *along else {
            dims.push(DimUse::Place);
            places.push((None, 0, first));
            continue;
        };
        let moved = i64::try_from(i128::from(first) - i128::from(*block.start.get(dim)?)).ok()?;
        dims.push(match *need.dims.get(dim)? {
            DimUse::Place => DimUse::Place,
            DimUse::Row { row, shift } => DimUse::Row {
                row,
                shift: shift.checked_add(moved)?,
            },
        });
        places.push((Some(dim), moved, 0));
    }
    let inner = |output: &Output| {
        let at = places.iter().map(|&(dim, moved, own)| match dim {
            Some(dim) if need.dims.get(dim) == Some(&DimUse::Place) => {
                output.at.get(dim)?.checked_add_signed(moved)
            }
            _ => Some(own),
        });
        let at = at.collect::<Option<Vec<_>>>()?;
        Some(Output {
            at,
            ..output.clone()
        })
    };
    let outputs = need.outputs.iter().filter(|o| is_in(block, need, o));
    Some(Need {
        dataset: need.dataset,
        dims,
        outputs: outputs.map(inner).collect::<Option<_>>()?,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn cells(b: &RowBox) -> BTreeSet<(u64, u64)> {
        let (s, c) = (&b.start, &b.count);
        let rows = s[0]..s[0] + c[0];
        rows.flat_map(|i| (s[1]..s[1] + c[1]).map(move |k| (i, k)))
            .collect()
    }

    fn boxes() -> impl Strategy<Value = RowBox> {
        let pair = || prop::collection::vec(0_u64..6, 2);
        let counts = prop::collection::vec(1_u64..5, 2);
        (pair(), counts).prop_map(|(start, count)| RowBox { start, count })
    }

    proptest! {
        #[test]
        fn what_is_left_is_the_difference(whole in boxes(), hole in boxes()) {
            let expected: BTreeSet<_> = cells(&whole).difference(&cells(&hole)).copied().collect();
            let left = without(&whole, &hole);
            let total: usize = left.iter().map(|b| cells(b).len()).sum();
            let found: BTreeSet<_> = left.iter().flat_map(cells).collect();
            prop_assert_eq!(total, found.len());
            prop_assert_eq!(found, expected);
        }
    }
}
