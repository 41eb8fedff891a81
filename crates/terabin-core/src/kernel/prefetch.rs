//! Asking for memory before it is needed.

/// Values of a step between two requests.
pub const STEP: usize = 64;
/// Rows between a request for a cell and its use.
const ROWS_AHEAD: usize = 24;

/// Asks for what follows `block` in memory, as far behind its end as `start` lies behind
/// its beginning: the same columns of the next block of rows.
///
/// Columns are read in turns, so that the processor's own prefetching begins anew with
/// each. What this and the next gain stands in
/// `benchmarks/record/intel-xeon-2cpu-2026-11-22-unsafe.md`.
#[inline(always)]
pub fn next_block<T>(block: &[T], start: usize) {
    let next = block.as_ptr().wrapping_add(block.len() + start);
    for line in 0..STEP * size_of::<T>() / LINE {
        request(next.cast::<u8>().wrapping_add(line * LINE));
    }
}

/// The rows for which the cell of a later row can be asked for, and the later cells.
#[inline(always)]
pub fn ahead(numbers: &[u32]) -> (usize, &[u32]) {
    let asked = numbers.len().saturating_sub(ROWS_AHEAD);
    (asked, &numbers[numbers.len() - asked..])
}

/// Asks for a cell.
///
/// Cells that are not in the second cache come from afar.
#[inline(always)]
pub fn cell<T>(cells: &[T], number: usize) {
    request(cells.as_ptr().wrapping_add(number).cast());
}

/// Bytes of a cache line.
const LINE: usize = 64;

#[inline(always)]
#[allow(unsafe_code)]
fn request(place: *const u8) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a request reads nothing; an address that is not ours is ignored.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(place.cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = place;
}
