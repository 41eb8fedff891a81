//! The bounds of bins: what a convention makes of edges, as data.
//!
//! Every convention gives larger values larger bins. So each bin has a smallest double and
//! the last one a largest, and these are all that the loops need to know: they are found
//! once, when the axis is made.

use std::sync::Arc;

use super::Convention;
use super::edges::Edges;

/// How the edges came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spacing {
    /// By `linspace`.
    Equal,
    /// In any other way.
    Any,
}

/// The smallest value of each bin, then the largest of the last.
///
/// They do not decrease, but for a last bin that no value falls in: its largest value is
/// below its smallest.
pub fn bounds(edges: &Edges, spacing: Spacing, convention: Convention) -> Arc<[f64]> {
    let mut bounds = match (convention, spacing) {
        (Convention::Numpy, _) => return edges.shared(),
        (Convention::Boost, Spacing::Equal) => boost_regular(edges),
        _ => edges.as_slice().to_vec(),
    };
    if let Some(last) = bounds.last_mut() {
        *last = match convention {
            Convention::Scipy => scipy_end(edges),
            _ => last.next_down(),
        };
    }
    bounds.into()
}

/// The largest value that SciPy counts into the last bin (`_bin_numbers` in
/// `scipy/stats/_binned_statistic.py`, 1.17): one at or above the last edge that
/// `np.around` brings to the same number.
fn scipy_end(edges: &Edges) -> f64 {
    let last = edges.last();
    let widths = edges.as_slice().windows(2).map(|w| w[1] - w[0]);
    let narrowest = widths.fold(f64::INFINITY, f64::min);
    if narrowest.is_infinite() {
        // SciPy fails here.
        return last;
    }
    #[allow(clippy::cast_possible_truncation)] // at most 330; truncation is SciPy's
    let decimals = -libm::log10(narrowest) as i32 + 6;
    let edge = around(last, decimals);
    let beyond = |x: f64| around(x, decimals) != edge;
    if beyond(last) {
        // Where the power of ten is infinite, numbers are rounded to NaN.
        last.next_down()
    } else if beyond(f64::INFINITY) {
        first(last, beyond).next_down()
    } else {
        f64::INFINITY
    }
}

/// `np.around(x, decimals)` (`PyArray_Round` in `numpy/_core/src/multiarray/calculation.c`).
fn around(x: f64, decimals: i32) -> f64 {
    let places = decimals.unsigned_abs();
    // Above 10^22 not the nearest double to the power, but NumPy's.
    let power = (0..places).fold(1.0, |power, _| power * 10.0);
    if decimals < 0 {
        (x / power).round_ties_even() * power
    } else {
        (x * power).round_ties_even() / power
    }
}

/// Boost's axis of equal bins (`regular.hpp`, `index`): the smallest value of each bin, then
/// the smallest of the overflow.
fn boost_regular(edges: &Edges) -> Vec<f64> {
    let (low, delta) = (edges.first(), edges.last() - edges.first());
    #[allow(clippy::cast_precision_loss)] // bins are far below 2^53
    let bins = edges.bins() as f64;
    // Subtracting, dividing by and multiplying with a positive number keep the order, also
    // rounded; the truncation to a bin reaches k where the product does. The product
    // reaches `bins` only where the quotient reaches 1.
    let place = |x: f64| (x - low) / delta * bins;
    #[allow(clippy::cast_precision_loss)] // as above
    let smallest = |(k, &edge): (usize, &f64)| first(edge, |x| place(x) >= k as f64);
    edges.as_slice().iter().enumerate().map(smallest).collect()
}

/// The smallest double that `holds`, where all larger ones hold as well and infinity does;
/// sought from `near` in steps that double, then by bisection.
fn first(near: f64, holds: impl Fn(f64) -> bool) -> f64 {
    let (least, most) = (rank(f64::NEG_INFINITY), rank(f64::INFINITY));
    let (mut fails, mut reached, mut step) = (rank(near), rank(near), 1i64);
    if holds(near) {
        while holds(double(fails)) {
            if fails == least {
                return f64::NEG_INFINITY;
            }
            reached = fails;
            fails = fails.saturating_sub(step).max(least);
            step = step.saturating_mul(2);
        }
    } else {
        while reached < most && !holds(double(reached)) {
            fails = reached;
            reached = reached.saturating_add(step).min(most);
            step = step.saturating_mul(2);
        }
    }
    while reached - fails > 1 {
        let middle = fails + (reached - fails) / 2;
        if holds(double(middle)) {
            reached = middle;
        } else {
            fails = middle;
        }
    }
    double(reached)
}

/// The place of a double among all, in their order.
fn rank(x: f64) -> i64 {
    let bits = x.to_bits().cast_signed();
    if bits < 0 { i64::MIN - bits } else { bits }
}

/// The double at a place.
fn double(rank: i64) -> f64 {
    let bits = if rank < 0 { i64::MIN - rank } else { rank };
    f64::from_bits(bits.cast_unsigned())
}
