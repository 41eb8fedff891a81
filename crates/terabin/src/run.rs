//! The one scheduler: scoped threads over one queue of splits.
//!
//! [`run`] is the only place that starts threads. The calling thread hands finished
//! splits to the job, reports progress and asks whether to stop.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use terabin_core::batch::Batch;
use terabin_core::kernel::FloatEnvironment;
use terabin_core::source::{Damage, ReadCounters, Reader, Source, Split};

use crate::damage::Damages;
use crate::error::{Error, Result};

/// What a pass does with batches.
pub trait Job: Sync {
    /// What one thread works with.
    type Worker: Send;
    /// What one split gives.
    type Out: Send;
    /// Where the calling thread collects.
    type Sink;
    /// Whether splits are taken in order. If so, workers stay within a window of the
    /// oldest unfinished split, so that what waits is bounded.
    const ORDERED: bool;

    /// A fresh worker, made on its own thread.
    fn worker(&self) -> Self::Worker;

    /// Adds a batch of the current split.
    ///
    /// # Errors
    /// Values that the job refuses.
    fn batch(&self, worker: &mut Self::Worker, batch: &Batch<'_>) -> Result<()>;

    /// Ends the current split.
    ///
    /// # Errors
    /// What the split's result needs and could not get.
    fn end(&self, worker: &mut Self::Worker, split: &Split) -> Result<Self::Out>;

    /// Ends a worker's part after its last split, on its own thread.
    ///
    /// # Errors
    /// What the rest of the worker's rows needs and could not get.
    fn leave(&self, _worker: &mut Self::Worker) -> Result<()> {
        Ok(())
    }

    /// Takes the result of a split, on the calling thread.
    ///
    /// # Errors
    /// Failed writes, above all.
    fn take(&self, sink: &mut Self::Sink, split: &Split, out: Self::Out) -> Result<()>;

    /// Takes what a worker still holds after its last split, on the calling thread.
    fn finish(&self, sink: &mut Self::Sink, worker: Self::Worker);
}

/// What the calling thread tells and asks about ten times a second.
pub trait Control {
    /// Reports how far the pass is.
    fn progress(&mut self, progress: Progress);

    /// Whether to stop now.
    fn should_stop(&mut self) -> bool;
}

/// Stops between steps that take no split.
pub(crate) fn check(control: &mut dyn Control) -> Result<()> {
    if control.should_stop() {
        return Err(Error::Interrupted);
    }
    Ok(())
}

/// A control that is silent and never stops.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unattended;

impl Control for Unattended {
    fn progress(&mut self, _progress: Progress) {}

    fn should_stop(&mut self) -> bool {
        false
    }
}

/// How far a pass is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Which pass, counted from 1.
    pub pass: usize,
    /// How many passes there are.
    pub passes: usize,
    /// Rows done.
    pub rows: u64,
    /// Rows in all.
    pub total_rows: u64,
}

/// What the readers of a run met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// What they moved.
    pub counters: ReadCounters,
    /// What they could not read and left out, by file, dataset and rows.
    pub damages: Vec<Damage>,
}

/// Runs a job over splits on `threads` threads.
///
/// `progress` holds the pass numbers and is filled in as rows are done. The first
/// error stops all workers and is returned; the order of threads never shows in the
/// result, as jobs merge exactly or are ordered.
///
/// # Errors
/// The source's, the job's, or [`Error::Interrupted`].
pub fn run<J: Job>(
    source: &dyn Source,
    splits: &[Split],
    job: &J,
    sink: &mut J::Sink,
    threads: usize,
    mut progress: Progress,
    control: &mut dyn Control,
) -> Result<Moved> {
    let threads = threads.clamp(1, splits.len().max(1));
    let queue = Queue::new(splits.len(), J::ORDERED.then_some(threads * WINDOW));
    let rows = AtomicU64::new(0);
    let (sender, receiver) = mpsc::channel();
    std::thread::scope(|scope| {
        let _stop = StopOnPanic(&queue);
        let mut outcome = Ok(());
        for started in 0..threads {
            let sender = sender.clone();
            let work = Work {
                source,
                splits,
                job,
                queue: &queue,
                rows: &rows,
                sender,
            };
            let spawned = std::thread::Builder::new().spawn_scoped(scope, move || work.run());
            if let Err(error) = spawned {
                // Fewer threads give the same bits.
                if started == 0 {
                    outcome = Err(Error::Threads(error));
                }
                break;
            }
        }
        drop(sender);
        let mut collector = Collector {
            splits,
            job,
            sink,
            queue: &queue,
            waiting: BTreeMap::new(),
            counters: ReadCounters::default(),
            damages: Damages::default(),
        };
        loop {
            match receiver.recv_timeout(TICK) {
                Ok(message) if outcome.is_ok() => outcome = collector.take(message),
                Ok(_) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            progress.rows = rows.load(Ordering::Relaxed);
            control.progress(progress);
            if outcome.is_ok() && control.should_stop() {
                outcome = Err(Error::Interrupted);
            }
            if outcome.is_err() {
                queue.stop();
            }
        }
        outcome.map(|()| Moved {
            counters: collector.counters,
            damages: collector.damages.into_list(),
        })
    })
}

/// How often the calling thread looks up.
const TICK: Duration = Duration::from_millis(100);
/// Splits per thread that an ordered job may be ahead of its oldest unfinished one.
const WINDOW: usize = 4;

enum Message<J: Job> {
    Split(usize, J::Out),
    Damages(Vec<Damage>),
    Worker(J::Worker, ReadCounters),
    Failed(Error),
}

/// Hands out split numbers; shared by all threads.
struct Queue {
    state: Mutex<QueueState>,
    moved: Condvar,
    stopped: AtomicBool,
    splits: usize,
    window: Option<usize>,
}

#[derive(Default)]
struct QueueState {
    next: usize,
    taken: usize,
}

impl Queue {
    fn new(splits: usize, window: Option<usize>) -> Self {
        Self {
            state: Mutex::default(),
            moved: Condvar::new(),
            stopped: AtomicBool::new(false),
            splits,
            window,
        }
    }

    /// The next split; None at the end or after a stop.
    fn next(&self) -> Option<usize> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = self
            .moved
            .wait_while(state, |s| {
                let ahead = self.window.is_some_and(|w| s.next >= s.taken + w);
                ahead && !self.is_stopped()
            })
            .unwrap_or_else(PoisonError::into_inner);
        if self.is_stopped() || state.next == self.splits {
            return None;
        }
        state.next += 1;
        Some(state.next - 1)
    }

    fn taken(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.taken += 1;
        self.moved.notify_all();
    }

    fn stop(&self) {
        // Under the lock, so that no waiter misses the wake-up.
        let _state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.stopped.store(true, Ordering::Relaxed);
        self.moved.notify_all();
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}

/// Lets the other threads go when this one panics: they may wait for its split.
struct StopOnPanic<'a>(&'a Queue);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.stop();
        }
    }
}

/// One thread's part.
struct Work<'a, J: Job> {
    source: &'a dyn Source,
    splits: &'a [Split],
    job: &'a J,
    queue: &'a Queue,
    rows: &'a AtomicU64,
    sender: Sender<Message<J>>,
}

impl<J: Job> Work<'_, J> {
    fn run(self) {
        let _stop = StopOnPanic(self.queue);
        // A thread starts with the state of the one that starts it.
        let _ieee = FloatEnvironment::ieee();
        let mut reader = self.source.reader();
        let mut worker = self.job.worker();
        while let Some(id) = self.queue.next() {
            let message = match self.split(&mut *reader, &mut worker, &self.splits[id]) {
                Ok(Some(out)) => Message::Split(id, out),
                Ok(None) => return,
                Err(error) => Message::Failed(error),
            };
            let damages = reader.damages();
            if !damages.is_empty() {
                let _ = self.sender.send(Message::Damages(damages));
            }
            // The receiver lives as long as any sender.
            let _ = self.sender.send(message);
        }
        if let Err(error) = self.job.leave(&mut worker) {
            let _ = self.sender.send(Message::Failed(error));
            return;
        }
        let counters = reader.counters();
        let _ = self.sender.send(Message::Worker(worker, counters));
    }

    /// One split; None if the run was stopped in the middle.
    fn split(
        &self,
        reader: &mut dyn Reader,
        worker: &mut J::Worker,
        split: &Split,
    ) -> Result<Option<J::Out>> {
        let mut failed = None;
        reader.read(split, &mut |batch| {
            if self.queue.is_stopped() {
                return ControlFlow::Break(());
            }
            if let Err(error) = self.job.batch(worker, batch) {
                failed = Some(error);
                return ControlFlow::Break(());
            }
            self.rows.fetch_add(batch.rows() as u64, Ordering::Relaxed);
            ControlFlow::Continue(())
        })?;
        match failed {
            Some(error) => Err(error),
            None if self.queue.is_stopped() => Ok(None),
            None => self.job.end(worker, split).map(Some),
        }
    }
}

/// The calling thread's part.
struct Collector<'a, J: Job> {
    splits: &'a [Split],
    job: &'a J,
    sink: &'a mut J::Sink,
    queue: &'a Queue,
    waiting: BTreeMap<usize, J::Out>,
    counters: ReadCounters,
    damages: Damages,
}

impl<J: Job> Collector<'_, J> {
    fn take(&mut self, message: Message<J>) -> Result<()> {
        match message {
            Message::Failed(error) => Err(error),
            Message::Damages(damages) => {
                self.damages.add(damages);
                Ok(())
            }
            Message::Worker(worker, counters) => {
                self.counters.add(&counters);
                self.job.finish(self.sink, worker);
                Ok(())
            }
            Message::Split(id, out) if J::ORDERED => {
                self.waiting.insert(id, out);
                self.take_in_order()
            }
            Message::Split(id, out) => self.job.take(self.sink, &self.splits[id], out),
        }
    }

    fn take_in_order(&mut self) -> Result<()> {
        loop {
            let next = {
                let state = self.queue.state.lock();
                state.unwrap_or_else(PoisonError::into_inner).taken
            };
            let Some(out) = self.waiting.remove(&next) else {
                return Ok(());
            };
            self.job.take(self.sink, &self.splits[next], out)?;
            self.queue.taken();
        }
    }
}

#[cfg(test)]
mod tests;
