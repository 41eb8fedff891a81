//! Large pages for many cells.

use std::ops::{Deref, DerefMut};

/// Bytes of a large page.
const PAGE: usize = 2 << 20;

/// Zeros whose memory the system may give in large pages: they begin with one.
///
/// Rows go to cells all over the memory. A mean in 10^7 of them took 72 ns a row with small
/// pages and 45 with large ones, on a machine that did other things as well (2026-11-22).
#[derive(Debug)]
pub struct Zeros<T> {
    /// The zeros, with room before and behind them that takes no memory.
    all: Vec<T>,
    start: usize,
    length: usize,
}

impl<T: Clone + Default> Zeros<T> {
    /// So many zeros.
    #[must_use]
    pub fn new(length: usize) -> Self {
        let size = size_of::<T>().max(1);
        let large = length.saturating_mul(size) >= PAGE;
        let room = if large { PAGE.div_ceil(size) } else { 0 };
        // Fresh memory of the system is zero and not there yet: advice comes in time.
        let all = vec![T::default(); length + room];
        let skipped = all.as_ptr().addr().wrapping_neg() % PAGE;
        let start = if large { skipped.div_ceil(size) } else { 0 };
        let zeros = Self { all, start, length };
        if large {
            let first = zeros.all.as_ptr().cast::<u8>().wrapping_add(skipped);
            // At most a value less than the zeros are: the first may begin behind.
            advise(first, length * size / PAGE * PAGE);
        }
        zeros
    }
}

impl<T> Zeros<T> {
    /// Bytes held.
    #[must_use]
    pub fn bytes(&self) -> usize {
        size_of_val(&**self)
    }
}

impl<T> Deref for Zeros<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.all[self.start..self.start + self.length]
    }
}

impl<T> DerefMut for Zeros<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.all[self.start..self.start + self.length]
    }
}

/// Advises on large pages for a range of memory that begins with one.
#[allow(unsafe_code)]
fn advise(first: *const u8, bytes: usize) {
    #[cfg(target_os = "linux")]
    // SAFETY: whole pages of memory that is ours; advice changes no content. The system
    // may decline it: nothing depends on that.
    unsafe {
        libc::madvise(first.cast_mut().cast(), bytes, libc::MADV_HUGEPAGE);
    }
    #[cfg(not(target_os = "linux"))]
    let _: (*const u8, usize) = (first, bytes);
}
