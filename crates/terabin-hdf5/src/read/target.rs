//! Where the rows of a batch go while they are read.

use crate::read::column::ColumnBuffer;
use crate::read::contiguous::rows_of;
use crate::row_space::RowBox;

/// The columns of a batch, and what is known of its rows.
pub(crate) struct Target<'a> {
    pub(crate) columns: &'a mut [ColumnBuffer],
    pub(crate) marks: &'a mut Marks,
    /// The rows of the batch, in row-major order.
    pub(crate) rows: &'a RowBox,
}

/// The row has the fill value of an attribute in some column.
pub(crate) const MASKED: u8 = 1;
/// The row lies in bytes that could not be read.
pub(crate) const SKIPPED: u8 = 2;
/// Some column of the row was never written.
pub(crate) const UNWRITTEN: u8 = 4;

/// Flags of the rows of a batch.
#[derive(Default)]
pub(crate) struct Marks {
    flags: Vec<u8>,
    any: u8,
    kept: Vec<bool>,
}

/// Rows by their flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct MarkCounts {
    pub(crate) masked: u64,
    pub(crate) skipped: u64,
    pub(crate) unwritten: u64,
}

impl Marks {
    /// `rows` rows without any flag.
    pub(crate) fn clear(&mut self, rows: usize) {
        self.flags.clear();
        self.flags.resize(rows, 0);
        self.any = 0;
    }

    /// Sets a flag of `count` rows; says whether there are so many.
    #[must_use]
    pub(crate) fn set(&mut self, flag: u8, from: usize, count: usize) -> bool {
        let place = from..from.saturating_add(count);
        let Some(flags) = self.flags.get_mut(place) else {
            return false;
        };
        for f in flags {
            *f |= flag;
        }
        self.any |= flag;
        true
    }

    /// Sets a flag of the rows of `part`, which lies within the batch's rows `whole`.
    #[must_use]
    pub(crate) fn set_box(&mut self, flag: u8, part: &RowBox, whole: &RowBox) -> bool {
        let runs = rows_of(part, whole);
        runs.is_some_and(|runs| runs.iter().all(|run| self.set(flag, run.to, run.count)))
    }

    /// Sets a flag of the rows for which `is` holds.
    pub(crate) fn set_where(&mut self, flag: u8, is: impl Iterator<Item = bool>) {
        for (f, is) in self.flags.iter_mut().zip(is) {
            *f |= flag * u8::from(is);
            self.any |= *f;
        }
    }

    /// How many rows have which flag; a row counts as skipped before it counts as masked.
    pub(crate) fn counts(&self) -> MarkCounts {
        let count = |is: &dyn Fn(u8) -> bool| self.flags.iter().filter(|f| is(**f)).count() as u64;
        if self.any == 0 {
            return MarkCounts::default();
        }
        MarkCounts {
            masked: count(&|f| f & (MASKED | SKIPPED) == MASKED),
            skipped: count(&|f| f & SKIPPED != 0),
            unwritten: count(&|f| f & (UNWRITTEN | SKIPPED) == UNWRITTEN),
        }
    }

    /// The rows that take part, where not all do.
    pub(crate) fn selection(&mut self) -> Option<&[bool]> {
        if self.any & (MASKED | SKIPPED) == 0 {
            return None;
        }
        self.kept.clear();
        let kept = self.flags.iter().map(|f| f & (MASKED | SKIPPED) == 0);
        self.kept.extend(kept);
        Some(&self.kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_counts_once() {
        let mut marks = Marks::default();
        marks.clear(4);
        assert_eq!(marks.selection(), None);
        assert!(marks.set(SKIPPED, 1, 2));
        marks.set_where(MASKED, [true, true, false, false].into_iter());
        assert!(marks.set(UNWRITTEN, 2, 2));
        assert!(!marks.set(UNWRITTEN, 3, 2));
        let expected = MarkCounts {
            masked: 1,
            skipped: 2,
            unwritten: 1,
        };
        assert_eq!(marks.counts(), expected);
        assert_eq!(marks.selection(), Some(&[false, false, false, true][..]));
    }
}
