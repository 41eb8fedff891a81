//! Edges of bins, and values beside them.

use proptest::collection::vec;
use proptest::prelude::*;
use terabin_core::axis::{Log, linspace};

/// Edges, their neighbours, and everything else a double can be.
pub fn beside(edges: &[f64]) -> impl Strategy<Value = Vec<f64>> + use<> {
    let edges = edges.to_vec();
    let near = (any::<prop::sample::Index>(), -2i32..=2).prop_map(move |(at, steps)| {
        let edge = *at.get(&edges);
        (0..steps.abs()).fold(edge, |x, _| {
            if steps < 0 {
                x.next_down()
            } else {
                x.next_up()
            }
        })
    });
    let any = prop_oneof![
        4 => near,
        3 => -1e3..1e3,
        1 => any::<u64>().prop_map(f64::from_bits),
        1 => prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(f64::NEG_INFINITY), Just(-0.0)],
    ];
    // Lengths about the width of vectors, and some steps of a loop.
    vec(any, 0..200)
}

pub fn equal_bins() -> impl Strategy<Value = Vec<f64>> {
    let low = prop_oneof![
        3 => -1e3..1e3,
        1 => Just(0.0),
        1 => Just(1e9),
        1 => -1e-300..1e-300,
        1 => Just(-1.7e308),
    ];
    let exponent = prop_oneof![4 => -40i32..40, 1 => -1060i32..-1000, 1 => 1000i32..1023];
    let width = (exponent, 1.0..2.0).prop_map(|(e, m)| m * 2f64.powi(e));
    (low, width, 1usize..300).prop_map(|(low, width, bins)| linspace(low, low + width, bins))
}

pub fn any_bins() -> impl Strategy<Value = Vec<f64>> {
    let increasing = vec((-30i32..30, 1.0..2.0), 2..80).prop_map(|steps| {
        let widths = steps.into_iter().map(|(e, m)| m * 2f64.powi(e));
        let mut edges: Vec<f64> = widths
            .scan(-5.0, |at, w| {
                *at += w;
                Some(*at)
            })
            .collect();
        edges.dedup();
        edges
    });
    let log = (1u64..100, -6i32..3, 1i32..7).prop_filter_map("too narrow", |(bins, low, span)| {
        let axis = Log::new(bins, 10f64.powi(low), 10f64.powi(low + span));
        Some(axis.ok()?.edges().to_vec())
    });
    let open = increasing.clone().prop_map(|mut edges| {
        edges.insert(0, f64::NEG_INFINITY);
        edges.push(f64::INFINITY);
        edges
    });
    prop_oneof![increasing, log, open, equal_bins()]
}
