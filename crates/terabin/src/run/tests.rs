use std::collections::HashSet;
use std::sync::atomic::AtomicUsize;
use std::time::Instant;

use terabin_core::source::{Schema, SourceError};

use super::*;

/// Rows without columns, in splits of [`ROWS`] rows and batches of one.
struct Rows {
    schema: Schema,
    /// The split that cannot be read.
    unreadable: Option<u64>,
}

const ROWS: u64 = 3;

impl Rows {
    fn new() -> Self {
        Self {
            schema: Schema::default(),
            unreadable: None,
        }
    }
}

impl Source for Rows {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn rows(&self) -> u64 {
        0
    }

    fn splits(&self, _target_rows: u64) -> Vec<Split> {
        Vec::new()
    }

    fn reader(&self) -> Box<dyn Reader + '_> {
        Box::new(RowsReader {
            source: self,
            counters: ReadCounters::default(),
        })
    }

    fn batch_rows(&self) -> usize {
        1
    }

    fn reader_bytes(&self) -> u64 {
        0
    }
}

struct RowsReader<'a> {
    source: &'a Rows,
    counters: ReadCounters,
}

impl Reader for RowsReader<'_> {
    fn read(
        &mut self,
        split: &Split,
        sink: &mut dyn FnMut(&Batch<'_>) -> ControlFlow<()>,
    ) -> std::result::Result<(), SourceError> {
        if self.source.unreadable == Some(number(split)) {
            return Err(SourceError::new("unreadable"));
        }
        for row in split.start..split.end {
            self.counters.bytes_read += 1;
            self.counters.bytes_decoded += 10;
            self.counters.fill_rows += 100;
            if sink(&Batch::new(&[], 1, row)).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn counters(&self) -> ReadCounters {
        self.counters
    }
}

fn splits(n: u64) -> Vec<Split> {
    let split = |i| Split {
        input: 0,
        start: i * ROWS,
        end: (i + 1) * ROWS,
        first_row: i * ROWS,
    };
    (0..n).map(split).collect()
}

/// The number of a split.
fn number(split: &Split) -> u64 {
    split.start / ROWS
}

/// What happens in the course of a run, in the calls of its job.
trait Script: Sync {
    fn batch(&self, _row: u64) -> Result<()> {
        Ok(())
    }

    fn end(&self, _split: u64) -> Result<()> {
        Ok(())
    }

    fn take(&self, _split: u64) -> Result<()> {
        Ok(())
    }
}

struct Smooth;

impl Script for Smooth {}

/// Collects the rows of each split.
struct Collect<S, const ORDERED: bool>(S);

#[derive(Debug, Default)]
struct Collected {
    /// Splits in the order taken, with the rows that were in them.
    taken: Vec<(u64, Vec<u64>)>,
    /// Workers that finished.
    workers: usize,
}

impl<S: Script, const ORDERED: bool> Job for Collect<S, ORDERED> {
    type Worker = Vec<u64>;
    type Out = Vec<u64>;
    type Sink = Collected;
    const ORDERED: bool = ORDERED;

    fn worker(&self) -> Vec<u64> {
        Vec::new()
    }

    fn batch(&self, worker: &mut Vec<u64>, batch: &Batch<'_>) -> Result<()> {
        worker.push(batch.first_row());
        self.0.batch(batch.first_row())
    }

    fn end(&self, worker: &mut Vec<u64>, split: &Split) -> Result<Vec<u64>> {
        self.0.end(number(split))?;
        Ok(std::mem::take(worker))
    }

    fn take(&self, sink: &mut Collected, split: &Split, out: Vec<u64>) -> Result<()> {
        sink.taken.push((number(split), out));
        self.0.take(number(split))
    }

    fn finish(&self, sink: &mut Collected, worker: Vec<u64>) {
        assert_eq!(worker, [0; 0], "every split was ended");
        sink.workers += 1;
    }
}

/// Remembers reports, and stops once `stop_after` rows are done.
struct Watch {
    stop_after: u64,
    reports: Vec<Progress>,
}

impl Watch {
    fn new() -> Self {
        Self::stopping_after(u64::MAX)
    }

    fn stopping_after(stop_after: u64) -> Self {
        Self {
            stop_after,
            reports: Vec::new(),
        }
    }
}

impl Control for Watch {
    fn progress(&mut self, progress: Progress) {
        self.reports.push(progress);
    }

    fn should_stop(&mut self) -> bool {
        self.reports
            .last()
            .is_some_and(|p| p.rows >= self.stop_after)
    }
}

struct Outcome {
    result: Result<Moved>,
    collected: Collected,
    reports: Vec<Progress>,
}

fn collect<S: Script, const ORDERED: bool>(
    source: &Rows,
    n: u64,
    job: &Collect<S, ORDERED>,
    threads: usize,
    mut watch: Watch,
) -> Outcome {
    let mut collected = Collected::default();
    let progress = Progress {
        pass: 1,
        passes: 1,
        rows: 0,
        total_rows: n * ROWS,
    };
    let result = run(
        source,
        &splits(n),
        job,
        &mut collected,
        threads,
        progress,
        &mut watch,
    );
    Outcome {
        result,
        collected,
        reports: watch.reports,
    }
}

const THREADS: [usize; 5] = [0, 1, 2, 5, 64];

/// Each split once, with all of its rows, on no more threads than asked for.
fn assert_complete(outcome: &Outcome, n: u64, threads: usize) {
    let counters = outcome
        .result
        .as_ref()
        .expect("a run without errors")
        .counters;
    assert_eq!(
        (
            counters.bytes_read,
            counters.bytes_decoded,
            counters.fill_rows
        ),
        (n * ROWS, n * ROWS * 10, n * ROWS * 100)
    );
    let mut taken = outcome.collected.taken.clone();
    taken.sort();
    let rows = |i: u64| (i * ROWS..(i + 1) * ROWS).collect();
    let all: Vec<(u64, Vec<u64>)> = (0..n).map(|i| (i, rows(i))).collect();
    assert_eq!(taken, all);
    let most = usize::try_from(n).unwrap().clamp(1, threads.max(1));
    assert_eq!(outcome.collected.workers, most);
    let last = outcome.reports.last().expect("a report");
    assert_eq!((last.rows, last.total_rows), (n * ROWS, n * ROWS));
}

#[test]
fn each_split_is_processed_once() {
    for threads in THREADS {
        for n in [0, 1, 2, 63, 300] {
            let unordered = Collect::<_, false>(Smooth);
            let outcome = collect(&Rows::new(), n, &unordered, threads, Watch::new());
            assert_complete(&outcome, n, threads);
        }
    }
}

#[test]
fn ordered_jobs_take_splits_in_order() {
    /// Later splits are done sooner.
    struct Backwards;

    impl Script for Backwards {
        fn end(&self, split: u64) -> Result<()> {
            std::thread::sleep(Duration::from_micros(300 * (7 - split % 8)));
            Ok(())
        }
    }

    for threads in THREADS {
        for n in [0, 1, 2, 63] {
            let ordered = Collect::<_, true>(Backwards);
            let outcome = collect(&Rows::new(), n, &ordered, threads, Watch::new());
            assert_complete(&outcome, n, threads);
            let order = outcome.collected.taken.iter().map(|(split, _)| *split);
            assert!(order.eq(0..n), "{:?}", outcome.collected.taken);
        }
    }
}

/// The first split ends last, so that the results of all others wait for it.
struct FirstIsSlow {
    /// Results that no thread but the first has to wait for.
    window: usize,
    waiting: AtomicUsize,
    most: AtomicUsize,
}

impl Script for FirstIsSlow {
    fn end(&self, split: u64) -> Result<()> {
        let waiting = self.waiting.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(waiting, Ordering::SeqCst);
        if split == 0 {
            let start = Instant::now();
            while self.waiting.load(Ordering::SeqCst) < self.window {
                if start.elapsed() > Duration::from_secs(5) {
                    return Err(Error::Value("the others do not go on".into()));
                }
                std::thread::yield_now();
            }
            // Time to run out of the window.
            std::thread::sleep(Duration::from_millis(30));
        }
        Ok(())
    }

    fn take(&self, _split: u64) -> Result<()> {
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        Ok(())
    }
}

#[test]
fn ordered_jobs_fill_their_window_and_stay_within() {
    for threads in [2, 5, 64] {
        let window = threads * WINDOW;
        let job = Collect::<_, true>(FirstIsSlow {
            window,
            waiting: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
        });
        let n = 3 * window as u64;
        let outcome = collect(&Rows::new(), n, &job, threads, Watch::new());
        assert_complete(&outcome, n, threads);
        assert_eq!(
            job.0.most.load(Ordering::SeqCst),
            window,
            "{threads} threads"
        );
    }
}

/// Fails in one place.
enum Fails {
    Batch(u64),
    End(u64),
    Take(u64),
}

impl Fails {
    fn error_if(fails: bool) -> Result<()> {
        if fails {
            Err(Error::Value("refused".into()))
        } else {
            Ok(())
        }
    }
}

impl Script for Fails {
    fn batch(&self, row: u64) -> Result<()> {
        // Slow enough for the error to stop the others long before the end.
        std::thread::sleep(Duration::from_micros(50));
        Self::error_if(matches!(self, Self::Batch(at) if *at == row))
    }

    fn end(&self, split: u64) -> Result<()> {
        Self::error_if(matches!(self, Self::End(at) if *at == split))
    }

    fn take(&self, split: u64) -> Result<()> {
        Self::error_if(matches!(self, Self::Take(at) if *at == split))
    }
}

/// Splits that 64 threads would take half a minute for.
const MANY: u64 = 1_000_000;

#[test]
fn workers_are_made_on_threads_of_their_own() {
    /// Remembers the threads that worked.
    struct Threads(Mutex<HashSet<std::thread::ThreadId>>);

    impl Script for Threads {
        fn end(&self, _split: u64) -> Result<()> {
            self.0.lock().unwrap().insert(std::thread::current().id());
            Ok(())
        }

        fn take(&self, _split: u64) -> Result<()> {
            assert!(
                !self
                    .0
                    .lock()
                    .unwrap()
                    .contains(&std::thread::current().id())
            );
            Ok(())
        }
    }

    let job = Collect::<_, false>(Threads(Mutex::default()));
    let outcome = collect(&Rows::new(), 300, &job, 5, Watch::new());
    assert_complete(&outcome, 300, 5);
}

mod stops;
