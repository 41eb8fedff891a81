//! Runs that end early: errors, panics, a wish to stop.

use super::*;

/// The error came out, and the run did not go on to its end.
fn assert_stopped(outcome: &Outcome, message: &str) {
    let error = outcome.result.as_ref().expect_err("an error");
    assert_eq!(error.to_string(), message);
    let done = outcome.collected.taken.len() as u64;
    assert!(done < MANY / 2, "{done} splits were taken after the error");
}

#[test]
fn the_first_error_stops_all_and_is_returned() {
    for threads in THREADS {
        for fails in [
            Fails::Batch(2 * ROWS + 1),
            Fails::End(7),
            Fails::Take(0),
            Fails::Take(9),
        ] {
            let job = Collect::<_, true>(fails);
            let outcome = collect(&Rows::new(), MANY, &job, threads, Watch::new());
            assert_stopped(&outcome, "refused");
            let Collect(fails) = job;
            let job = Collect::<_, false>(fails);
            let outcome = collect(&Rows::new(), MANY, &job, threads, Watch::new());
            assert_stopped(&outcome, "refused");
        }
    }
}

#[test]
fn nothing_is_taken_after_an_error_in_taking() {
    for threads in THREADS {
        let job = Collect::<_, true>(Fails::Take(4));
        let outcome = collect(&Rows::new(), 300, &job, threads, Watch::new());
        let taken: Vec<u64> = outcome
            .collected
            .taken
            .iter()
            .map(|(split, _)| *split)
            .collect();
        assert_eq!(taken, [0, 1, 2, 3, 4]);
        let job = Collect::<_, false>(Fails::Take(4));
        let outcome = collect(&Rows::new(), 300, &job, threads, Watch::new());
        let last = outcome.collected.taken.last().expect("a split");
        assert_eq!(last.0, 4);
    }
}

/// Panics in a worker or on the calling thread.
enum Panics {
    End(u64),
    Take(u64),
}

impl Script for Panics {
    fn end(&self, split: u64) -> Result<()> {
        assert!(!matches!(self, Self::End(at) if *at == split), "a defect");
        Ok(())
    }

    fn take(&self, split: u64) -> Result<()> {
        assert!(!matches!(self, Self::Take(at) if *at == split), "a defect");
        Ok(())
    }
}

/// A run that hangs would hang the test: the other workers wait for the lost split.
#[test]
fn a_panic_ends_the_run_and_is_passed_on() {
    for panics in [Panics::End(3), Panics::Take(3)] {
        let job = Collect::<_, true>(panics);
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            collect(&Rows::new(), 300, &job, 2, Watch::new())
        }));
        assert!(caught.is_err());
    }
}

#[test]
fn unreadable_splits_stop_all() {
    for threads in THREADS {
        let mut source = Rows::new();
        source.unreadable = Some(5);
        let job = Collect::<_, true>(Fails::End(u64::MAX));
        let outcome = collect(&source, MANY, &job, threads, Watch::new());
        assert_stopped(&outcome, "unreadable");
        assert!(matches!(outcome.result, Err(Error::Source(_))));
    }
}

#[test]
fn a_request_to_stop_interrupts_within_a_batch() {
    for threads in THREADS {
        let start = Instant::now();
        let job = Collect::<_, true>(Fails::End(u64::MAX));
        let watch = Watch::stopping_after(50);
        let outcome = collect(&Rows::new(), MANY, &job, threads, watch);
        assert_stopped(&outcome, "interrupted; nothing was written");
        assert!(matches!(outcome.result, Err(Error::Interrupted)));
        assert!(
            start.elapsed() < Duration::from_secs(5),
            "{:?}",
            start.elapsed()
        );
    }
}

/// Remembers what came last; fails in one row.
struct Last {
    fails: u64,
    row: AtomicU64,
    ended: AtomicBool,
}

impl Last {
    fn failing_at(fails: u64) -> Self {
        Self {
            fails,
            row: AtomicU64::new(0),
            ended: AtomicBool::new(false),
        }
    }
}

impl Script for Last {
    fn batch(&self, row: u64) -> Result<()> {
        self.row.store(row, Ordering::SeqCst);
        Fails::error_if(row == self.fails)
    }

    fn end(&self, _split: u64) -> Result<()> {
        self.ended.store(true, Ordering::SeqCst);
        Ok(())
    }
}

/// Runs one split of so many rows on one thread.
fn run_one_split(rows: u64, job: &Collect<Last, false>, watch: &mut Watch) -> Result<Moved> {
    let split = Split {
        input: 0,
        start: 0,
        end: rows,
        first_row: 0,
    };
    let progress = Progress {
        pass: 1,
        passes: 1,
        rows: 0,
        total_rows: rows,
    };
    let mut collected = Collected::default();
    let result = run(
        &Rows::new(),
        &[split],
        job,
        &mut collected,
        1,
        progress,
        watch,
    );
    assert_eq!(collected.taken, []);
    result
}

/// An endless split: only the clock wakes the caller.
#[test]
fn a_request_to_stop_interrupts_in_the_middle_of_a_split() {
    let job = Collect::<_, false>(Last::failing_at(u64::MAX));
    let result = run_one_split(u64::MAX, &job, &mut Watch::stopping_after(1));
    assert!(matches!(result, Err(Error::Interrupted)));
    assert!(
        !job.0.ended.load(Ordering::SeqCst),
        "half a split was ended"
    );
}

#[test]
fn a_split_goes_no_further_than_its_error() {
    let job = Collect::<_, false>(Last::failing_at(7));
    let result = run_one_split(100, &job, &mut Watch::new());
    assert!(matches!(result, Err(Error::Value(_))));
    assert_eq!(job.0.row.load(Ordering::SeqCst), 7);
    assert!(
        !job.0.ended.load(Ordering::SeqCst),
        "half a split was ended"
    );
}
