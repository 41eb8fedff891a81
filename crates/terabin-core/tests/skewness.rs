//! The skewness, rounded once: what exact arithmetic keeps and two passes over doubles do not.

use proptest::collection::vec;
use proptest::prelude::*;
use terabin_core::batch::{Column, DataType};
use terabin_core::exact::Scratch;
use terabin_core::kernel::InstructionSet;
use terabin_core::moment_statistic::{Measure, MomentStatistic};
use terabin_core::state::Quantity;

fn skewness(values: &[f64]) -> f64 {
    let statistic = MomentStatistic::of(Measure::Skew, 0, 0);
    statistic.round(&|quantity: Quantity| {
        let mut state = quantity.state(2, &[DataType::F64], InstructionSet::best());
        let cells = vec![0; values.len()];
        state.fill(&mut Scratch::default(), &cells, &[Column::F64(values)]);
        state.exact(0)
    })
}

/// `mean((x - mean)^3) / mean((x - mean)^2)^1.5` in doubles.
fn naive(values: &[f64]) -> f64 {
    #[allow(clippy::cast_precision_loss)] // a few values
    let mean =
        |f: &dyn Fn(f64) -> f64| values.iter().map(|&x| f(x)).sum::<f64>() / values.len() as f64;
    let centre = mean(&|x| x);
    mean(&|x| (x - centre).powi(3)) / mean(&|x| (x - centre).powi(2)).powf(1.5)
}

#[test]
fn small_cases_by_hand() {
    assert_eq!(skewness(&[0.0, 0.0, 1.0]), std::f64::consts::FRAC_1_SQRT_2);
    assert_eq!(
        skewness(&[0.0, 0.0, -1.0]),
        -std::f64::consts::FRAC_1_SQRT_2
    );
    assert_eq!(skewness(&[0.1, 0.2, f64::NAN]), 0.0);
    for none in [
        &[][..],
        &[0.1],
        &[0.1; 3],
        &[f64::NAN],
        &[0.0, f64::INFINITY],
    ] {
        assert!(skewness(none).is_nan(), "{none:?}");
    }
}

proptest! {
    #[test]
    fn it_is_near_the_naive_one(values in vec(-10.0..10.0_f64, 3..40)) {
        let (exact, naive) = (skewness(&values), naive(&values));
        prop_assert!((exact - naive).abs() < 1e-9, "{} {}", exact, naive);
    }

    #[test]
    fn shifts_and_scales_change_no_bit(values in vec(-1000..1000_i16, 3..40), power in -60..60_i32) {
        let plain: Vec<f64> = values.iter().map(|&v| f64::from(v)).collect();
        let scale = 2.0_f64.powi(power);
        let moved: Vec<f64> = plain.iter().map(|v| (v + 1e15) * scale).collect();
        let turned: Vec<f64> = plain.iter().map(|v| -v).collect();
        prop_assert_eq!(skewness(&plain).to_bits(), skewness(&moved).to_bits());
        prop_assert_eq!((0.0 - skewness(&plain)).abs().to_bits(), skewness(&turned).abs().to_bits());
    }
}
