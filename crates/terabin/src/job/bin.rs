//! Filling histograms: the job behind `bin` and `stats`.

use terabin_core::axes::Indexer;
use terabin_core::batch::{Batch, Column};
use terabin_core::fill::{Cells, Layout};
use terabin_core::kernel::InstructionSet;
use terabin_core::source::Split;
use terabin_expr::{Bound, Scratch};

use crate::axis_rule::too_many;
use crate::error::{Error, Result};
use crate::resources::readable_bytes;
use crate::run::Job;

/// Fills every histogram of a pass; each worker has cells of its own, or its share of
/// those that all have together.
///
/// Cells merge exactly, so the splits need no order.
pub struct Bin<'a> {
    /// The expressions, each evaluated once per batch.
    pub expressions: &'a [Bound],
    /// The histograms.
    pub layouts: &'a [Layout],
    /// Of each histogram, the cells that all workers share; None where each has its own.
    pub shared: &'a [Option<Cells>],
    /// The texts of the expressions.
    pub texts: &'a [&'a str],
    /// The expression that rows must be true to.
    pub filter: Option<usize>,
    /// Whether a NaN value ends the run.
    pub refuse_nan: bool,
    /// The threads, each with a worker.
    pub threads: usize,
    /// Bytes that values beyond the windows of sums may take in all threads.
    pub side_limit: u64,
    /// The instructions that the loops run as.
    pub set: InstructionSet,
}

/// One thread's buffers and cells.
pub struct Worker {
    scratch: Vec<Scratch>,
    indexer: Indexer,
    cells: Vec<Cells>,
    mask: Vec<bool>,
}

impl Job for Bin<'_> {
    type Worker = Worker;
    type Out = ();
    type Sink = Option<Vec<Cells>>;
    const ORDERED: bool = false;

    fn worker(&self) -> Worker {
        Worker {
            scratch: self
                .expressions
                .iter()
                .map(|_| Scratch::default())
                .collect(),
            indexer: Indexer::new(self.set),
            cells: (self.layouts.iter().zip(self.shared))
                .map(|(layout, shared)| match shared {
                    Some(shared) => shared.share(layout),
                    None => Cells::on(self.set, layout),
                })
                .collect(),
            mask: Vec::new(),
        }
    }

    fn batch(&self, worker: &mut Worker, batch: &Batch<'_>) -> Result<()> {
        let pairs = self.expressions.iter().zip(&mut worker.scratch);
        let columns = pairs
            .map(|(expression, scratch)| expression.evaluate(batch, scratch))
            .collect::<std::result::Result<Vec<Column<'_>>, _>>()
            .map_err(|e| Error::Value(e.to_string()))?;
        let filter = self.filter.and_then(|f| columns.get(f));
        let (selection, filtered) = match filter {
            Some(&Column::Bool(kept)) => keep(kept, batch.selection(), &mut worker.mask),
            _ => (batch.selection(), 0),
        };
        for (layout, cells) in self.layouts.iter().zip(&mut worker.cells) {
            cells.filter_out(filtered);
            cells.fill(
                layout,
                &mut worker.indexer,
                &columns,
                batch.rows(),
                selection,
            );
            if self.refuse_nan {
                self.refuse_nan_rows(layout, cells, &columns, (batch.first_row(), selection))?;
            }
            if cells.are_overfull() {
                return Err(self.overfull(layout));
            }
            if let Some((value, excess)) = cells.excess() {
                let text = self.texts[layout.value_expressions[value]];
                return Err(too_many(text, excess));
            }
        }
        self.refuse_side(worker)
    }

    fn end(&self, _worker: &mut Worker, _split: &Split) -> Result<()> {
        Ok(())
    }

    fn leave(&self, worker: &mut Worker) -> Result<()> {
        for histogram in 0..worker.cells.len() {
            while worker.cells[histogram].settle_slab() {
                self.refuse_side(worker)?;
            }
        }
        Ok(())
    }

    fn take(&self, _sink: &mut Self::Sink, _split: &Split, _out: ()) -> Result<()> {
        Ok(())
    }

    fn finish(&self, sink: &mut Self::Sink, worker: Worker) {
        match sink {
            None => *sink = Some(worker.cells),
            Some(total) => {
                for (mine, theirs) in total.iter_mut().zip(worker.cells) {
                    mine.merge(theirs);
                }
            }
        }
    }
}

/// The rows that are selected and kept, and how many are selected only.
fn keep<'a>(
    kept: &[bool],
    selected: Option<&'a [bool]>,
    mask: &'a mut Vec<bool>,
) -> (Option<&'a [bool]>, u64) {
    let count = |marks: &[bool]| marks.iter().map(|&mark| u64::from(mark)).sum::<u64>();
    mask.clear();
    mask.extend_from_slice(kept);
    let before = selected.map_or(kept.len() as u64, count);
    if let Some(selected) = selected {
        let pairs = mask.iter_mut().zip(selected);
        pairs.for_each(|(mark, &selected)| *mark &= selected);
    }
    let filtered = before - count(mask);
    // Most rows of most batches are kept: blocks without a mask take less time.
    if filtered == 0 {
        return (selected, 0);
    }
    (Some(mask), filtered)
}

impl Bin<'_> {
    /// The error of `--nan error`.
    fn refuse_nan_rows(
        &self,
        layout: &Layout,
        cells: &Cells,
        columns: &[Column<'_>],
        (first_row, selection): (u64, Option<&[bool]>),
    ) -> Result<()> {
        let Some(value) = cells.nan_value().iter().position(|&n| n > 0) else {
            return Ok(());
        };
        let expression = layout.value_expressions[value];
        let rows = columns.get(expression).map_or(0, Column::len);
        // The batch is at hand: more and less of it is filled again to find the row.
        let clean = |rows: usize| {
            let some: Vec<_> = columns.iter().map(|c| c.slice(0..rows)).collect();
            let mut cells = Cells::new(&layout.without_states());
            let selection = selection.map(|s| &s[..rows]);
            cells.fill(layout, &mut Indexer::default(), &some, rows, selection);
            cells.nan_value()[value] == 0
        };
        let (mut before, mut behind) = (0, rows);
        while behind - before > 1 {
            let middle = before + (behind - before) / 2;
            if clean(middle) {
                before = middle;
            } else {
                behind = middle;
            }
        }
        Err(Error::Value(format!(
            "{} is NaN at row {}, and --nan error was asked for; --nan omit leaves such rows out of the statistic",
            self.texts[expression],
            first_row + before as u64,
        )))
    }

    /// Refuses values that take more memory than is left.
    fn refuse_side(&self, worker: &Worker) -> Result<()> {
        let of = |shared: bool| {
            let pairs = worker.cells.iter().zip(self.shared);
            let alike = pairs.filter(|(_, s)| s.is_some() == shared);
            alike.map(|(cells, _)| cells.side_bytes()).sum::<usize>()
        };
        // Other threads see rows of the same kind.
        let bytes = (of(false) * self.threads + of(true)) as u64;
        if bytes <= self.side_limit {
            return Ok(());
        }
        Err(Error::Value(format!(
            "the values span so many powers of two that exact sums of {} cells and more need {} beside what was planned, and {} are left: take fewer bins or threads, or give more with --memory",
            self.layouts.iter().map(Layout::cells).max().unwrap_or(0),
            readable_bytes(bytes),
            readable_bytes(self.side_limit),
        )))
    }

    /// The error of rows that meet more sparse cells than there is memory for.
    fn overfull(&self, layout: &Layout) -> Error {
        let axes = layout.axis_expressions.iter().map(|&e| self.texts[e]);
        let axes: Vec<&str> = axes.collect();
        let at = self
            .layouts
            .iter()
            .position(|other| std::ptr::eq(other, layout));
        let shared = at.and_then(|at| self.shared.get(at)?.as_ref());
        let most = shared
            .and_then(|cells| cells.slabs().most_met())
            .unwrap_or(0);
        Error::Value(format!(
            "rows lie in more than {most} of the {} cells over {}, and no more fit into the memory: take fewer bins or rows, or give more with --memory",
            layout.axes.cells(),
            axes.join(", "),
        ))
    }
}
