//! What Linux does with the time of a thread: it runs, waits for a processor, or is blocked.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

/// A thread's time up to a moment.
pub struct Schedule {
    at: Instant,
    /// On a processor, or waiting for one.
    runnable: Duration,
}

impl Schedule {
    /// The calling thread's; None where the system does not tell.
    pub fn now() -> Option<Self> {
        // The counts of a thread that runs are those of its last turn: a new one begins.
        thread::yield_now();
        let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        let mut counts = text.split_whitespace().map_while(|n| n.parse().ok());
        let (running, waiting): (u64, u64) = (counts.next()?, counts.next()?);
        Some(Self {
            at: Instant::now(),
            runnable: Duration::from_nanos(running + waiting),
        })
    }

    /// Seconds since then in which the calling thread was blocked: on a lock, or on a page.
    pub fn blocked_seconds(&self) -> Option<f64> {
        let now = Self::now()?;
        let wall = now.at.duration_since(self.at);
        let runnable = now.runnable.saturating_sub(self.runnable);
        Some(wall.saturating_sub(runnable).as_secs_f64())
    }
}
