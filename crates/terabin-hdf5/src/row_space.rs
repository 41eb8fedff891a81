//! The rows of a table as a grid of one or more dimensions, and the order in which they
//! are read.

use std::ops::Range;

/// A box of rows: for each dimension, where it begins and how far it goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RowBox {
    pub(crate) start: Vec<u64>,
    pub(crate) count: Vec<u64>,
}

impl RowBox {
    /// How many rows it has.
    pub(crate) fn rows(&self) -> u64 {
        product(&self.count)
    }
}

/// All rows of one input, and their order: row-major, or tile by tile.
///
/// Chunks of a dataset with several dimensions of rows hold rows that are far apart in
/// row-major order: read so, each would be decoded many times, or a whole slab of them
/// kept. Tile by tile each is decoded once. Nothing but the order depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RowSpace {
    pub(crate) shape: Vec<u64>,
    /// The extents of a tile; row-major where absent.
    pub(crate) tile: Option<Vec<u64>>,
}

impl RowSpace {
    /// How many rows there are.
    pub(crate) fn rows(&self) -> u64 {
        product(&self.shape)
    }

    /// The largest box that begins with the row at `position` and goes on in the order
    /// of reading: at most up to `end`, at most `most` rows, within one tile.
    pub(crate) fn next(&self, position: u64, end: u64, most: u64) -> RowBox {
        let (tile, within) = self.tile_at(position);
        let limit = most.min(end.saturating_sub(position)).max(1);
        let inner = row_major(&tile.count, within, limit);
        let start = tile.start.iter().zip(&inner.start);
        RowBox {
            start: start.map(|(t, i)| t.saturating_add(*i)).collect(),
            count: inner.count,
        }
    }

    /// Where the tile that holds the row at `position` ends.
    pub(crate) fn tile_end(&self, position: u64) -> u64 {
        let (tile, within) = self.tile_at(position);
        position.saturating_sub(within).saturating_add(tile.rows())
    }

    /// The tile that holds the row at `position`, and the row's place in it.
    fn tile_at(&self, position: u64) -> (RowBox, u64) {
        let Some(tile) = &self.tile else {
            let whole = RowBox {
                start: vec![0; self.shape.len()],
                count: self.shape.clone(),
            };
            return (whole, position);
        };
        let mut found = RowBox::default();
        let mut left = position;
        // All tiles of one row of tiles come before those of the next: dimension by
        // dimension, `thick` rows stand for one step.
        let mut thick = 1_u64;
        for (dim, (&extent, &step)) in self.shape.iter().zip(tile).enumerate() {
            let rest = product(self.shape.get(dim + 1..).unwrap_or(&[]));
            let step = step.max(1);
            let plane = thick.saturating_mul(rest).max(1);
            let start = (left / plane / step).saturating_mul(step);
            let count = extent.saturating_sub(start).min(step);
            left = left.saturating_sub(start.saturating_mul(plane));
            found.start.push(start);
            found.count.push(count);
            thick = thick.saturating_mul(count);
        }
        (found, left)
    }
}

/// The largest box in row-major order that begins at `position` of a grid.
fn row_major(shape: &[u64], position: u64, limit: u64) -> RowBox {
    let mut start = vec![0; shape.len()];
    let mut left = position;
    for (place, &extent) in start.iter_mut().zip(shape).rev() {
        *place = left.checked_rem(extent).unwrap_or(0);
        left = left.checked_div(extent).unwrap_or(0);
    }
    let mut count = vec![1; shape.len()];
    let mut inner = 1_u64;
    for dim in (0..shape.len()).rev() {
        let (at, extent) = (start[dim], shape[dim]);
        count[dim] = extent.saturating_sub(at).min(limit / inner.max(1)).max(1);
        // A dimension that is not taken whole ends the box.
        if at != 0 || count[dim] != extent {
            break;
        }
        inner = inner.saturating_mul(extent);
        if inner > limit / 2 {
            break;
        }
    }
    RowBox { start, count }
}

/// The row-major number of the first and one past the last row of a box.
pub(crate) fn bounds(shape: &[u64], part: &RowBox) -> Range<u64> {
    let number = |place: &dyn Fn(u64, u64) -> u64| {
        let dims = shape.iter().zip(part.start.iter().zip(&part.count));
        dims.fold(0_u64, |n, (&extent, (&start, &count))| {
            n.saturating_mul(extent).saturating_add(place(start, count))
        })
    };
    let first = number(&|start, _| start);
    let last = number(&|start, count| start.saturating_add(count.saturating_sub(1)));
    first..last.saturating_add(1)
}

/// The product, at most `u64::MAX`.
pub(crate) fn product(extents: &[u64]) -> u64 {
    extents.iter().fold(1, |n, &e| n.saturating_mul(e))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn every_row(space: &RowSpace, most: u64) -> Vec<Vec<u64>> {
        let mut rows = Vec::new();
        let mut position = 0;
        while position < space.rows() {
            let part = space.next(position, space.rows(), most);
            assert!(part.rows() <= most.max(1) && part.rows() > 0);
            let range = bounds(&space.shape, &part);
            assert!(range.end <= space.rows());
            let mut place = part.start.clone();
            for _ in 0..part.rows() {
                rows.push(place.clone());
                for dim in (0..place.len()).rev() {
                    place[dim] += 1;
                    if place[dim] < part.start[dim] + part.count[dim] {
                        break;
                    }
                    place[dim] = part.start[dim];
                }
            }
            position += part.rows();
        }
        rows
    }

    proptest! {
        #[test]
        fn every_row_comes_once(
            shape in prop::collection::vec(1_u64..7, 1..4),
            tile in prop::option::of(prop::collection::vec(1_u64..5, 3)),
            most in 1_u64..40,
        ) {
            let tile = tile.map(|t| t[..shape.len()].to_vec());
            let space = RowSpace { shape, tile };
            let rows = every_row(&space, most);
            let set: BTreeSet<_> = rows.iter().cloned().collect();
            prop_assert_eq!(rows.len() as u64, space.rows());
            prop_assert_eq!(set.len(), rows.len());
            if space.tile.is_none() {
                prop_assert!(rows.is_sorted());
            }
        }

        #[test]
        fn tiles_end_where_the_next_begins(
            shape in prop::collection::vec(1_u64..7, 1..4),
            tile in prop::collection::vec(1_u64..5, 3),
        ) {
            let tile = tile[..shape.len()].to_vec();
            let space = RowSpace { shape, tile: Some(tile) };
            let mut position = 0;
            while position < space.rows() {
                let end = space.tile_end(position);
                prop_assert!(end > position);
                prop_assert_eq!(space.tile_end(end - 1), end);
                position = end;
            }
            prop_assert_eq!(position, space.rows());
        }
    }
}
