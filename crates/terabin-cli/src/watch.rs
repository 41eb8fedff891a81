//! Progress on a terminal, and the wish to stop.

use std::io::IsTerminal;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use terabin::{Control, Progress, peak_resident_memory, readable_bytes};

use crate::signals::Signals;

/// Shows a bar on stderr if that is a terminal, and stops on signals.
pub struct Watch<'a> {
    signals: &'a Signals,
    bar: Option<ProgressBar>,
    pass: usize,
    started: Instant,
}

impl<'a> Watch<'a> {
    /// Starts watching; from here on signals are answered by the run.
    pub fn new(signals: &'a Signals, quiet: bool) -> Self {
        signals.busy();
        let show = !quiet && std::io::stderr().is_terminal();
        Self {
            signals,
            bar: show.then(new_bar),
            pass: 0,
            started: Instant::now(),
        }
    }
}

fn new_bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    let template =
        "{prefix}[{bar:30}] {percent:>3} %  {human_pos} of {human_len} rows  {msg}  {eta} left";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar
}

impl Control for Watch<'_> {
    fn progress(&mut self, progress: Progress) {
        let Some(bar) = &self.bar else { return };
        if self.pass != progress.pass {
            self.pass = progress.pass;
            self.started = Instant::now();
            bar.reset();
            bar.set_length(progress.total_rows);
            if progress.passes > 1 {
                bar.set_prefix(format!("pass {} of {} ", progress.pass, progress.passes));
            }
        }
        bar.set_position(progress.rows);
        #[allow(clippy::cast_precision_loss)] // a rate to look at
        let rate = progress.rows as f64 / self.started.elapsed().as_secs_f64().max(1e-3);
        let memory = readable_bytes(peak_resident_memory());
        bar.set_message(format!("{:.1} M rows/s  {memory}", rate / 1e6));
    }

    fn should_stop(&mut self) -> bool {
        self.signals.caught()
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        self.signals.idle();
    }
}
