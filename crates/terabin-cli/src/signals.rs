//! SIGINT and SIGTERM: a run stops within a moment and leaves nothing half-written.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::flag;

/// Which signal arrived, if one did.
pub struct Signals {
    caught: Arc<AtomicUsize>,
    /// While set, a signal ends the process at once: nothing is being written.
    idle: Arc<AtomicBool>,
}

impl Signals {
    /// Starts watching.
    pub fn install() -> io::Result<Self> {
        let signals = Self {
            caught: Arc::default(),
            idle: Arc::new(AtomicBool::new(true)),
        };
        for signal in [SIGINT, SIGTERM] {
            let number = usize::try_from(signal).unwrap_or(0);
            flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&signals.idle))?;
            flag::register_usize(signal, Arc::clone(&signals.caught), number)?;
        }
        // A file beyond the limit of its size is a failed write then, with its message.
        flag::register(SIGXFSZ, Arc::default())?;
        Ok(signals)
    }

    /// From here on a signal is answered by whoever asks [`Signals::caught`].
    pub fn busy(&self) {
        self.idle.store(false, Ordering::SeqCst);
    }

    /// From here on a signal ends the process at once again; one that came is late.
    pub fn idle(&self) {
        self.idle.store(true, Ordering::SeqCst);
    }

    /// Whether a signal arrived.
    pub fn caught(&self) -> bool {
        self.caught.load(Ordering::SeqCst) != 0
    }

    /// 130 after SIGINT, 143 after SIGTERM.
    pub fn exit_code(&self) -> u8 {
        let signal = self.caught.load(Ordering::SeqCst);
        u8::try_from(128 + signal).unwrap_or(1)
    }
}
