//! Datasets whose elements lie one after the other: in the file, in external raw files,
//! or in the description itself.

use crate::description::Segment;
use crate::error::Result;
use crate::need::{DimUse, Need, Output, shifted};
use crate::read::chunked::fill_with;
use crate::read::handles::ReadFailure;
use crate::read::site::{Shared, Site, UNCONVERTED};
use crate::read::target::{Target, UNWRITTEN};
use crate::row_space::RowBox;

/// Rows that need conversion are read in pieces of about this many bytes.
pub(crate) const PIECE: usize = 1 << 20;

/// Elements farther apart than this many bytes are read one by one.
const FAR: usize = 1 << 16;

/// Where the bytes are.
#[derive(Clone, Copy)]
pub(crate) enum Bytes<'a> {
    /// In files.
    Segments(&'a [Segment]),
    /// In memory.
    Inline(&'a [u8]),
}

/// Reads rows straight into the columns, or through a small buffer.
pub(crate) struct ContiguousReader<'a> {
    site: Site<'a>,
    bytes: Bytes<'a>,
    /// Bytes from one place of each dimension to the next.
    steps: Vec<u64>,
    raw: Vec<u8>,
}

/// What is read of each item.
struct Item<'o> {
    /// Bytes from the beginning of an item to the first that is wanted.
    first: u64,
    /// How many bytes are read of it.
    bytes: usize,
    /// The outputs, and where the value of each begins among those bytes.
    outputs: Vec<(usize, &'o Output)>,
}

/// Elements at equal distances in the file that go to neighbouring rows.
#[derive(Clone, Copy)]
pub(crate) struct Run {
    from: u64,
    /// Bytes from one to the next; 0 repeats one element.
    stride: u64,
    /// The first row of the batch.
    pub(crate) to: usize,
    /// How many rows.
    pub(crate) count: usize,
}

impl<'a> ContiguousReader<'a> {
    pub(crate) fn new(site: Site<'a>, bytes: Bytes<'a>) -> Option<Self> {
        let shape = &site.dataset.shape;
        let mut steps = vec![site.dataset.element.size as u64; shape.len()];
        for dim in (1..shape.len()).rev() {
            steps[dim - 1] = steps[dim].checked_mul(shape[dim])?;
        }
        Some(Self {
            site,
            bytes,
            steps,
            raw: Vec::new(),
        })
    }

    /// Reads the rows in `part`.
    pub(crate) fn rows(
        &mut self,
        shared: &mut Shared,
        need: &Need,
        part: &RowBox,
        target: &mut Target<'_>,
    ) -> Result<()> {
        if matches!(self.bytes, Bytes::Segments([])) {
            return self.unwritten(need, part, target);
        }
        // Outputs that differ only within an item, an element with all its components, are
        // read together.
        let mut left: Vec<&Output> = need.outputs.iter().collect();
        while let Some(first) = left.first().copied() {
            let base = self.base(need, first, true);
            let (together, rest): (Vec<&Output>, Vec<&Output>) = left
                .into_iter()
                .partition(|o| self.base(need, o, true) == base);
            left = rest;
            let runs = base.and_then(|base| self.runs(need, base, part, target.rows));
            let item = self.item(need, &together);
            let (Some(runs), Some(item)) = (runs, item) else {
                return Err(self.site.failed(part, 0, "its offsets overflow"));
            };
            for run in runs {
                self.run(shared, run, &item, part, target)?;
            }
        }
        Ok(())
    }

    /// Where an output's places lie: those outside an item, or those within.
    fn base(&self, need: &Need, output: &Output, outside: bool) -> Option<u64> {
        let last = need.dims.iter().rposition(|d| *d != DimUse::Place);
        let dims = need.dims.iter().zip(&output.at).zip(&self.steps);
        let mut base = 0_u64;
        for (dim, ((d, &at), &step)) in dims.enumerate() {
            if *d == DimUse::Place && outside == last.is_some_and(|last| dim < last) {
                base = base.checked_add(at.checked_mul(step)?)?;
            }
        }
        Some(base)
    }

    /// The bytes of an item that the outputs need, and where each output's value begins
    /// among them: of very many components only those that are wanted are read.
    fn item<'o>(&self, need: &Need, outputs: &[&'o Output]) -> Option<Item<'o>> {
        let begins = outputs.iter().map(|o| {
            let within = usize::try_from(self.base(need, o, false)?).ok()?;
            within.checked_add(o.offset)
        });
        let begins: Vec<usize> = begins.collect::<Option<_>>()?;
        let ends = begins.iter().zip(outputs);
        let ends = ends.map(|(begin, o)| begin.checked_add(o.element.size));
        let first = begins.iter().copied().min()?;
        let end = ends.collect::<Option<Vec<_>>>()?.into_iter().max()?;
        let places = begins.iter().map(|begin| begin - first);
        Some(Item {
            first: first as u64,
            bytes: end - first,
            outputs: places.zip(outputs.iter().copied()).collect(),
        })
    }

    /// The runs of items for the rows in `part`, in the order of the rows.
    fn runs(&self, need: &Need, base: u64, part: &RowBox, whole: &RowBox) -> Option<Vec<Run>> {
        let mut from = vec![0_u64; part.start.len()];
        let mut first = base;
        for (d, &step) in need.dims.iter().zip(&self.steps) {
            if let DimUse::Row { row, shift } = *d {
                let start = shifted(*part.start.get(row)?, shift)?;
                first = first.checked_add(start.checked_mul(step)?)?;
                *from.get_mut(row)? = step;
            }
        }
        let mut runs = vec![Run {
            from: first,
            stride: 0,
            to: 0,
            count: 1,
        }];
        let mut wide = 1_usize;
        for (row, &stride) in from.iter().enumerate().rev() {
            let (start, count) = (*part.start.get(row)?, *part.count.get(row)?);
            let skip = usize::try_from(start.checked_sub(*whole.start.get(row)?)?).ok()?;
            let skip = skip.checked_mul(wide)?;
            for run in &mut runs {
                run.to = run.to.checked_add(skip)?;
            }
            runs = repeat(&runs, count, stride, wide)?;
            wide = wide.checked_mul(usize::try_from(*whole.count.get(row)?).ok()?)?;
        }
        Some(runs)
    }

    fn run(
        &mut self,
        shared: &mut Shared,
        run: Run,
        item: &Item<'_>,
        part: &RowBox,
        target: &mut Target<'_>,
    ) -> Result<()> {
        let run = Run {
            from: run.from.saturating_add(item.first),
            ..run
        };
        if self.direct(shared, run, item, part, target)? {
            return Ok(());
        }
        let stride = usize::try_from(run.stride).unwrap_or(usize::MAX);
        let step = match stride {
            0 => run.count,
            1..=FAR => (PIECE / stride).max(1),
            _ => 1,
        };
        for start in (0..run.count).step_by(step) {
            let count = step.min(run.count - start);
            let from = run.stride.saturating_mul(start as u64);
            let piece = Run {
                from: run.from.saturating_add(from),
                to: run.to.saturating_add(start),
                count,
                ..run
            };
            self.piece(shared, piece, item, part, target)?;
        }
        Ok(())
    }

    fn piece(
        &mut self,
        shared: &mut Shared,
        run: Run,
        item: &Item<'_>,
        part: &RowBox,
        target: &mut Target<'_>,
    ) -> Result<()> {
        let stride = usize::try_from(run.stride).unwrap_or(usize::MAX);
        let bytes = (run.count - 1)
            .checked_mul(stride)
            .and_then(|b| b.checked_add(item.bytes))
            .ok_or_else(|| self.site.no_memory(u64::MAX))?;
        self.load(shared, run.from, bytes, part)?;
        for (place, output) in &item.outputs {
            let column = target.columns.get_mut(output.column);
            let raw = self.raw.get(*place..bytes);
            let done = raw.zip(column).is_some_and(|(raw, column)| {
                column.write(&output.element, raw, stride, run.to, run.count)
            });
            if !done {
                return Err(self.site.failed(part, 0, UNCONVERTED));
            }
        }
        Ok(())
    }

    /// Reads into the column itself, where the stored type is the type in memory.
    fn direct(
        &self,
        shared: &mut Shared,
        run: Run,
        item: &Item<'_>,
        part: &RowBox,
        target: &mut Target<'_>,
    ) -> Result<bool> {
        let ([(_, output)], Bytes::Segments([segment])) = (&item.outputs[..], self.bytes) else {
            return Ok(false);
        };
        if run.stride != item.bytes as u64 {
            return Ok(false);
        }
        let bytes = (run.count as u64).saturating_mul(run.stride);
        if run.from.saturating_add(bytes) > segment.bytes {
            return Ok(false);
        }
        let column = target.columns.get_mut(output.column);
        let Some(buffer) = column.and_then(|c| c.native(&output.element, run.to, run.count)) else {
            return Ok(false);
        };
        let offset = segment.address.saturating_add(run.from);
        shared.counters.bytes_decoded += bytes;
        shared
            .read(self.site.host(segment.host), buffer, offset)
            .map_err(|e| self.site.unread(part, offset, e))?;
        Ok(true)
    }

    /// Puts `bytes` bytes from `from` on into the buffer.
    fn load(&mut self, shared: &mut Shared, from: u64, bytes: usize, part: &RowBox) -> Result<()> {
        self.site.grow(&mut self.raw, bytes)?;
        shared.counters.bytes_decoded += bytes as u64;
        let raw = &mut self.raw[..bytes];
        match self.bytes {
            Bytes::Inline(stored) => {
                let start = usize::try_from(from).unwrap_or(usize::MAX);
                let end = start.saturating_add(bytes);
                match stored.get(start..end) {
                    Some(stored) => raw.copy_from_slice(stored),
                    None => return Err(self.site.failed(part, 0, "its compact data is cut short")),
                }
            }
            Bytes::Segments(segments) => {
                read_segments(&self.site, shared, segments, from, raw)
                    .map_err(|(at, e)| self.site.unread(part, at, e))?;
            }
        }
        Ok(())
    }

    fn unwritten(&self, need: &Need, part: &RowBox, target: &mut Target<'_>) -> Result<()> {
        let mut element = vec![0; self.site.dataset.element.size];
        fill_with(&mut element, &self.site.dataset.fill);
        if repeat_element(&element, need, part, target) {
            Ok(())
        } else {
            Err(self
                .site
                .failed(part, 0, "its fill value cannot be converted"))
        }
    }
}

/// Gives the rows in `part` one element, and marks them as never written.
#[must_use]
pub(crate) fn repeat_element(
    element: &[u8],
    need: &Need,
    part: &RowBox,
    target: &mut Target<'_>,
) -> bool {
    let runs = rows_of(part, target.rows);
    runs.is_some_and(|runs| {
        runs.iter().all(|run| {
            let mut outputs = need.outputs.iter();
            target.marks.set(UNWRITTEN, run.to, run.count)
                && outputs.all(|o| {
                    let column = target.columns.get_mut(o.column);
                    let value = element.get(o.offset..);
                    value.zip(column).is_some_and(|(value, column)| {
                        column.write(&o.element, value, 0, run.to, run.count)
                    })
                })
        })
    })
}

/// The runs of rows of `part` within `whole`.
pub(crate) fn rows_of(part: &RowBox, whole: &RowBox) -> Option<Vec<Run>> {
    let mut runs = vec![Run {
        from: 0,
        stride: 0,
        to: 0,
        count: 1,
    }];
    let mut wide = 1_usize;
    for row in (0..part.start.len()).rev() {
        let skip = part.start.get(row)?.checked_sub(*whole.start.get(row)?)?;
        let skip = usize::try_from(skip).ok()?.checked_mul(wide)?;
        for run in &mut runs {
            run.to = run.to.checked_add(skip)?;
        }
        runs = repeat(&runs, *part.count.get(row)?, 0, wide)?;
        wide = wide.checked_mul(usize::try_from(*whole.count.get(row)?).ok()?)?;
    }
    Some(runs)
}

/// Repeats runs along one more dimension; runs that go on become one.
fn repeat(runs: &[Run], count: u64, stride: u64, wide: usize) -> Option<Vec<Run>> {
    let count = usize::try_from(count).ok()?;
    if let [only] = runs {
        let alone = only.count == 1 && wide == 1;
        let goes_on = only.count == wide && stride == only.stride.checked_mul(only.count as u64)?;
        if alone || goes_on {
            return Some(vec![Run {
                stride: if alone { stride } else { only.stride },
                count: only.count.checked_mul(count)?,
                ..*only
            }]);
        }
    }
    let mut out = Vec::new();
    out.try_reserve_exact(runs.len().checked_mul(count)?).ok()?;
    for i in 0..count {
        for run in runs {
            out.push(Run {
                from: run.from.checked_add(stride.checked_mul(i as u64)?)?,
                to: run.to.checked_add(wide.checked_mul(i)?)?,
                ..*run
            });
        }
    }
    Some(out)
}

/// Reads bytes that lie in segments; bytes beyond the last are zeros, as the library
/// has it.
fn read_segments(
    site: &Site<'_>,
    shared: &mut Shared,
    segments: &[Segment],
    from: u64,
    raw: &mut [u8],
) -> Result<(), (u64, ReadFailure)> {
    let (mut begin, mut done) = (0_u64, 0_usize);
    for segment in segments {
        let end = begin.saturating_add(segment.bytes);
        let at = from.saturating_add(done as u64);
        if at < end && done < raw.len() {
            let within = at.saturating_sub(begin);
            let room = usize::try_from(end - at).unwrap_or(usize::MAX);
            let stop = raw.len().min(done.saturating_add(room));
            let offset = segment.address.saturating_add(within);
            shared
                .read(site.host(segment.host), &mut raw[done..stop], offset)
                .map_err(|e| (offset, e))?;
            done = stop;
        }
        begin = end;
    }
    raw[done..].fill(0);
    Ok(())
}
