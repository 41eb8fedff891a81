//! From a block of elements in memory to the columns of a batch.

use crate::decode::unshuffle;
use crate::need::{DimUse, Need, Output};
use crate::read::column::ColumnBuffer;
use crate::read::target::Target;
use crate::row_space::RowBox;

/// A box of a dataset whose elements lie in memory in row-major order.
#[derive(Clone, Copy)]
pub(crate) struct Block<'a> {
    /// The first element's place in the dataset.
    pub(crate) origin: &'a [u64],
    /// How far it goes.
    pub(crate) extent: &'a [u64],
    /// Bytes of one element.
    pub(crate) size: usize,
}

/// The bytes of the elements of a block.
#[derive(Clone, Copy)]
pub(crate) enum Elements<'a> {
    /// One after the other.
    Ordered(&'a [u8]),
    /// Sorted by their place in the element.
    Shuffled(&'a [u8]),
}

impl Block<'_> {
    /// Writes what the block has of the rows in `part` to the columns; says whether
    /// every element was there and could be converted.
    #[must_use]
    pub(crate) fn write(
        &self,
        elements: Elements<'_>,
        need: &Need,
        output: &Output,
        part: &RowBox,
        target: &mut Target<'_>,
    ) -> bool {
        let Some(runs) = self.runs(need, output, part, target.rows) else {
            return false;
        };
        let Some(column) = target.columns.get_mut(output.column) else {
            return false;
        };
        runs.all(|run| match elements {
            Elements::Ordered(bytes) => ordered(bytes, &run, output, column),
            Elements::Shuffled(bytes) => self.shuffled(bytes, &run, output, column),
        })
    }

    /// Puts elements in order on the way to their column, which takes them as they are if
    /// it can.
    fn shuffled(
        &self,
        bytes: &[u8],
        run: &Run,
        output: &Output,
        column: &mut ColumnBuffer,
    ) -> bool {
        let Some(first) = run.from.checked_div(self.size) else {
            return false;
        };
        let straight = run.stride == self.size && output.element.size == self.size;
        if let Some(to) = column.native(&output.element, run.to, run.count)
            && straight
        {
            return unshuffle(self.size, bytes, first, to);
        }
        let mut piece = [0; PIECE];
        let step = (PIECE / self.size).max(1);
        (0..run.count).step_by(step).all(|begin| {
            let count = step.min(run.count - begin);
            let part = Run {
                from: 0,
                stride: self.size,
                to: run.to + begin,
                count,
            };
            let place = |i: usize| first + (begin + i) * (run.stride / self.size);
            let Some(piece) = piece.get_mut(..count * self.size) else {
                return false;
            };
            let in_order = if run.stride == self.size {
                unshuffle(self.size, bytes, place(0), piece)
            } else {
                let mut elements = piece.chunks_exact_mut(self.size).zip(0..);
                elements.all(|(to, i)| unshuffle(self.size, bytes, place(i), to))
            };
            in_order && ordered(piece, &part, output, column)
        })
    }

    /// Marks the rows of `part` that the block has.
    #[must_use]
    pub(crate) fn mark(
        &self,
        flag: u8,
        need: &Need,
        output: &Output,
        part: &RowBox,
        target: &mut Target<'_>,
    ) -> bool {
        let Some(runs) = self.runs(need, output, part, target.rows) else {
            return false;
        };
        runs.all(|run| target.marks.set(flag, run.to, run.count))
    }

    /// Calls `each` with the byte and the row of every element that lies in `part`.
    #[must_use]
    pub(crate) fn each(
        &self,
        need: &Need,
        output: &Output,
        part: &RowBox,
        whole: &RowBox,
        mut each: impl FnMut(usize, usize) -> bool,
    ) -> bool {
        let runs = self.runs(need, output, part, whole);
        runs.is_some_and(|runs| {
            runs.all(|run| (0..run.count).all(|i| each(run.from + i * run.stride, run.to + i)))
        })
    }

    /// The runs of elements that lie in the block and in `part`; their destination is
    /// counted in `whole`, of which `part` is a part.
    fn runs(&self, need: &Need, output: &Output, part: &RowBox, whole: &RowBox) -> Option<Runs> {
        let steps = steps(self.extent, self.size)?;
        let mut runs = Runs::default();
        let mut sources = vec![(0, 0, u64::MAX); part.start.len()];
        for (dim, &use_of) in need.dims.iter().enumerate() {
            let (origin, extent) = (*self.origin.get(dim)?, *self.extent.get(dim)?);
            let step = *steps.get(dim)?;
            match use_of {
                DimUse::Place => {
                    let place = output.at.get(dim)?.checked_sub(origin)?;
                    if place >= extent {
                        return Some(Runs::none());
                    }
                    runs.from = runs
                        .from
                        .checked_add(usize::try_from(place).ok()?.checked_mul(step)?)?;
                }
                DimUse::Row { row, shift } => {
                    // In the rows' own counting, which a block may begin before.
                    let first = i128::from(origin) - i128::from(shift);
                    let last = first + i128::from(extent);
                    *sources.get_mut(row)? = (step, first, u64::try_from(last).ok()?);
                }
            }
        }
        let mut wide = 1_usize;
        for (row, &(step, first, last)) in sources.iter().enumerate().rev() {
            let (start, count) = (*part.start.get(row)?, *part.count.get(row)?);
            let low = u64::try_from(first.max(i128::from(start))).ok()?;
            let high = start.checked_add(count)?.min(last);
            if low >= high {
                return Some(Runs::none());
            }
            if step != 0 {
                let skip = usize::try_from(i128::from(low) - first).ok()?;
                runs.from = runs.from.checked_add(skip.checked_mul(step)?)?;
            }
            let place = usize::try_from(low.checked_sub(*whole.start.get(row)?)?).ok()?;
            runs.to = runs.to.checked_add(place.checked_mul(wide)?)?;
            runs.push(usize::try_from(high - low).ok()?, step, wide);
            wide = wide.checked_mul(usize::try_from(*whole.count.get(row)?).ok()?)?;
        }
        Some(runs)
    }
}

/// The most bytes that are put in order before they are converted.
const PIECE: usize = 1 << 12;

fn ordered(bytes: &[u8], run: &Run, output: &Output, column: &mut ColumnBuffer) -> bool {
    let from = run.from.checked_add(output.offset);
    let bytes = from.and_then(|from| bytes.get(from..));
    bytes.is_some_and(|b| column.write(&output.element, b, run.stride, run.to, run.count))
}

/// Bytes from one place of each dimension to the next.
fn steps(extent: &[u64], size: usize) -> Option<Vec<usize>> {
    let mut steps = vec![size; extent.len()];
    for dim in (1..extent.len()).rev() {
        steps[dim - 1] = steps[dim].checked_mul(usize::try_from(extent[dim]).ok()?)?;
    }
    Some(steps)
}

/// Elements at equal distances that go to neighbouring rows of the batch.
pub(crate) struct Run {
    /// Bytes from the beginning of the block.
    pub(crate) from: usize,
    /// Bytes from one element to the next; 0 repeats one element.
    pub(crate) stride: usize,
    /// The first row of the batch.
    pub(crate) to: usize,
    /// How many.
    pub(crate) count: usize,
}

/// Nested loops over runs, the innermost first.
#[derive(Default)]
struct Runs {
    from: usize,
    to: usize,
    levels: Vec<Level>,
}

struct Level {
    count: usize,
    from: usize,
    to: usize,
}

impl Runs {
    fn none() -> Self {
        Self {
            levels: vec![Level {
                count: 0,
                from: 0,
                to: 0,
            }],
            ..Self::default()
        }
    }

    /// Adds the next outer loop; one that goes on where the inner ends becomes part of it.
    fn push(&mut self, count: usize, from: usize, to: usize) {
        let first = self.levels.len() == 1;
        if let Some(last) = self.levels.last_mut() {
            let alone = first && last.count == 1 && to == 1;
            let goes_on = Some(from) == last.count.checked_mul(last.from)
                && Some(to) == last.count.checked_mul(last.to);
            if alone {
                *last = Level { count, from, to };
                return;
            }
            if goes_on {
                last.count = last.count.saturating_mul(count);
                return;
            }
        }
        self.levels.push(Level { count, from, to });
    }

    fn all(&self, mut each: impl FnMut(Run) -> bool) -> bool {
        let Some((inner, outer)) = self.levels.split_first() else {
            // No dimension of rows: nothing runs.
            return true;
        };
        let mut places = vec![0_usize; outer.len()];
        let (mut from, mut to) = (self.from, self.to);
        if inner.count == 0 || outer.iter().any(|l| l.count == 0) {
            return true;
        }
        loop {
            let run = Run {
                from,
                stride: inner.from,
                to,
                count: inner.count,
            };
            if !each(run) {
                return false;
            }
            let mut dim = 0;
            loop {
                let (Some(place), Some(level)) = (places.get_mut(dim), outer.get(dim)) else {
                    return true;
                };
                *place += 1;
                from = from.wrapping_add(level.from);
                to = to.wrapping_add(level.to);
                if *place < level.count {
                    break;
                }
                from = from.wrapping_sub(level.from.wrapping_mul(level.count));
                to = to.wrapping_sub(level.to.wrapping_mul(level.count));
                *place = 0;
                dim += 1;
            }
        }
    }
}
