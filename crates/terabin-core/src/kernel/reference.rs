//! The definitions: naive, obviously right, kept as what every kernel is tested against.

use crate::axis::{NAN, UNDERFLOW};

/// The bin of `x` between increasing `edges`: `edges[k] <= x < edges[k+1]`, the last
/// bin closed on the right; underflow, overflow and NaN as in [`crate::axis`].
///
/// ```
/// use terabin_core::kernel::reference::bin;
/// let edges = [0.0, 1.0, 2.0];
/// assert_eq!([bin(&edges, -0.1), bin(&edges, 1.0), bin(&edges, 2.0), bin(&edges, 2.1)], [-1, 1, 1, 2]);
/// ```
#[must_use]
pub fn bin(edges: &[f64], x: f64) -> i32 {
    let bins = edges.len().saturating_sub(1);
    if x.is_nan() {
        return NAN;
    }
    let index = |k: usize| i32::try_from(k).unwrap_or(i32::MAX);
    for k in 0..bins {
        let closed = k + 1 == bins && x == edges[k + 1];
        if edges[k] <= x && (x < edges[k + 1] || closed) {
            return index(k);
        }
    }
    if x < edges[0] { UNDERFLOW } else { index(bins) }
}
