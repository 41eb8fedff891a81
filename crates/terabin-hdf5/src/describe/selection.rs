//! Which places of a dataset a mapping selects.

use hdf5_metno_sys::h5s::{
    H5S_UNLIMITED, H5S_sel_type, H5Sget_regular_hyperslab, H5Sget_select_type,
    H5Sget_simple_extent_ndims, H5Sis_regular_hyperslab,
};

use crate::library::{Cause, Id, status};

/// The places that a selection has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Selection {
    /// None.
    Nothing,
    /// Every place.
    All,
    /// Those whose every coordinate is one of these, one entry for each dimension.
    Steps(Vec<Steps>),
    /// A set that is no such product.
    Irregular,
}

/// Coordinates: `count` runs of `block`, `stride` apart. A count or block of
/// [`Steps::ENDLESS`] goes on as far as there is data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Steps {
    pub(super) start: u64,
    pub(super) stride: u64,
    pub(super) count: u64,
    pub(super) block: u64,
}

/// Coordinates one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) start: u64,
    pub(super) length: u64,
}

/// More runs than this are not spelled out.
pub(super) const MOST: usize = 1 << 20;

impl Steps {
    pub(super) const ENDLESS: u64 = H5S_UNLIMITED;

    /// All coordinates below `extent`.
    pub(super) fn whole(extent: u64) -> Self {
        Self {
            start: 0,
            stride: 1,
            count: 1,
            block: extent,
        }
    }

    pub(super) fn is_endless(&self) -> bool {
        self.count == Self::ENDLESS || self.block == Self::ENDLESS
    }

    /// How many coordinates there are, where that is certain.
    pub(super) fn total(&self) -> Option<u64> {
        if self.is_endless() {
            return None;
        }
        self.count.checked_mul(self.block)
    }

    /// How many of the coordinates lie below `extent`.
    pub(super) fn below(&self, extent: u64) -> u64 {
        let room = extent.saturating_sub(self.start);
        if self.block == Self::ENDLESS || self.stride == 0 {
            return room;
        }
        let whole = (room / self.stride).saturating_mul(self.block);
        whole.saturating_add((room % self.stride).min(self.block))
    }

    /// The first `total` coordinates; none where they are too many runs or impossible.
    pub(super) fn runs(&self, total: u64) -> Option<Vec<Run>> {
        if total == 0 {
            return Some(Vec::new());
        }
        let joined = self.count == 1 || self.block == Self::ENDLESS || self.stride == self.block;
        if joined {
            self.start.checked_add(total)?;
            let run = Run {
                start: self.start,
                length: total,
            };
            return Some(vec![run]);
        }
        if self.block == 0 || self.stride < self.block {
            return None;
        }
        let (mut start, mut left) = (self.start, total);
        let mut runs = Vec::new();
        while left > 0 {
            if runs.len() >= MOST {
                return None;
            }
            let length = left.min(self.block);
            start.checked_add(length)?;
            runs.push(Run { start, length });
            left -= length;
            if left > 0 {
                start = start.checked_add(self.stride)?;
            }
        }
        Some(runs)
    }
}

/// What a dataspace selects.
pub(super) fn selection(space: &Id) -> Result<Selection, Cause> {
    // SAFETY: `space` is a dataspace.
    let (kind, rank) = unsafe {
        (
            H5Sget_select_type(space.raw()),
            H5Sget_simple_extent_ndims(space.raw()),
        )
    };
    match kind {
        H5S_sel_type::H5S_SEL_ALL => return Ok(Selection::All),
        H5S_sel_type::H5S_SEL_NONE => return Ok(Selection::Nothing),
        H5S_sel_type::H5S_SEL_HYPERSLABS => {}
        _ => return Ok(Selection::Irregular),
    }
    // SAFETY: `space` has a selection of blocks.
    let regular = unsafe { H5Sis_regular_hyperslab(space.raw()) };
    status(regular)?;
    if regular == 0 {
        return Ok(Selection::Irregular);
    }
    let rank = usize::try_from(rank).map_err(|_| Cause("its dataspace has no rank".into()))?;
    let (mut start, mut stride) = (vec![0; rank], vec![0; rank]);
    let (mut count, mut block) = (vec![0; rank], vec![0; rank]);
    // SAFETY: room for every dimension in each of the four.
    status(unsafe {
        H5Sget_regular_hyperslab(
            space.raw(),
            start.as_mut_ptr(),
            stride.as_mut_ptr(),
            count.as_mut_ptr(),
            block.as_mut_ptr(),
        )
    })?;
    let ends = start.iter().zip(&stride);
    let sizes = count.iter().zip(&block);
    let steps = |((&start, &stride), (&count, &block))| Steps {
        start,
        stride,
        count,
        block,
    };
    Ok(Selection::Steps(ends.zip(sizes).map(steps).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(start: u64, stride: u64, count: u64, block: u64) -> Steps {
        Steps {
            start,
            stride,
            count,
            block,
        }
    }

    fn pairs(runs: Option<Vec<Run>>) -> Option<Vec<(u64, u64)>> {
        runs.map(|r| r.iter().map(|r| (r.start, r.length)).collect())
    }

    #[test]
    fn steps_are_runs() {
        let endless = Steps::ENDLESS;
        assert_eq!(pairs(Steps::whole(7).runs(7)), Some(vec![(0, 7)]));
        assert_eq!(pairs(steps(3, 4, 3, 4).runs(12)), Some(vec![(3, 12)]));
        let apart = steps(1, 4, 3, 2);
        assert_eq!(apart.total(), Some(6));
        assert_eq!(pairs(apart.runs(6)), Some(vec![(1, 2), (5, 2), (9, 2)]));
        assert_eq!(steps(1, 4, endless, 2).total(), None);
        let cut = steps(1, 4, endless, 2);
        assert_eq!(cut.below(6), 3);
        assert_eq!(pairs(cut.runs(3)), Some(vec![(1, 2), (5, 1)]));
        assert_eq!(steps(2, 1, 1, endless).below(10), 8);
        assert_eq!(steps(2, 1, 1, endless).below(1), 0);
        assert_eq!(pairs(steps(2, 1, 1, endless).runs(8)), Some(vec![(2, 8)]));
    }

    #[test]
    fn impossible_steps_are_refused() {
        assert_eq!(steps(0, 1, 5, 2).runs(10), None);
        assert_eq!(steps(u64::MAX, 1, 1, 2).runs(2), None);
        assert_eq!(steps(0, u64::MAX, 3, 1).runs(3), None);
        assert_eq!(steps(0, 2, u64::MAX - 1, 1).runs(u64::MAX - 1), None);
        assert_eq!(steps(0, 1, 2, 0).runs(1), None);
        assert_eq!(steps(0, 9, u64::MAX - 1, 9).total(), None);
    }
}
