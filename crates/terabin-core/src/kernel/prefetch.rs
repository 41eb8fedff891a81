//! Asking for memory before it is needed.

/// Values of a step between two requests.
pub const STEP: usize = 64;

/// Asks for what follows `block` in memory, as far behind its end as `start` lies behind
/// its beginning: the same columns of the next block of rows.
///
/// Columns are read in turns, so that the processor's own prefetching begins anew with
/// each; without this a count over two columns in memory takes half as long again
/// (2026-11-22).
#[inline(always)]
#[allow(unsafe_code)]
pub fn next_block<T>(block: &[T], start: usize) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let next = block
            .as_ptr()
            .wrapping_add(block.len() + start)
            .cast::<i8>();
        for line in 0..STEP * size_of::<T>() / 64 {
            // SAFETY: a request reads nothing; an address that is not ours is ignored.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(next.wrapping_add(line * 64)) };
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (block, start);
}
