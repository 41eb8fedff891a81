//! The colours of charts.

use plotters::style::RGBColor;

/// Text, frames and ticks.
pub(super) const INK: RGBColor = RGBColor(0x26, 0x26, 0x26);
/// Lines behind an outline.
pub(super) const GRID: RGBColor = RGBColor(0xe8, 0xe8, 0xe8);
/// Cells without data.
pub(super) const NO_DATA: RGBColor = RGBColor(0xe6, 0xe6, 0xe6);
/// An outline.
pub(super) const LINE: RGBColor = RGBColor(0x2b, 0x5c, 0x8a);
/// What lies under an outline.
pub(super) const FILL: RGBColor = RGBColor(0xcd, 0xdd, 0xec);

/// The colour of `fraction`, from 0 to 1, on the viridis map.
///
/// Viridis by van der Walt and Smith (CC0), sampled at 17 points: between them it
/// differs from the original by less than the eye can tell.
pub(super) fn viridis(fraction: f64) -> RGBColor {
    const STEPS: f64 = 16.0;
    let at = if fraction.is_nan() {
        0.0
    } else {
        fraction.clamp(0.0, 1.0) * STEPS
    };
    let below = at.floor().min(STEPS - 1.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "from 0 to 15"
    )]
    let index = below as usize;
    let (low, high) = (VIRIDIS[index], VIRIDIS[index + 1]);
    let part = at - below;
    RGBColor(
        between(low.0, high.0, part),
        between(low.1, high.1, part),
        between(low.2, high.2, part),
    )
}

fn between(low: u8, high: u8, part: f64) -> u8 {
    let (low, high) = (f64::from(low), f64::from(high));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "lies between two bytes"
    )]
    let mixed = (low + (high - low) * part).round() as u8;
    mixed
}

const VIRIDIS: [(u8, u8, u8); 17] = [
    (68, 1, 84),
    (72, 24, 106),
    (71, 45, 123),
    (66, 64, 134),
    (59, 82, 139),
    (51, 99, 141),
    (44, 114, 142),
    (38, 130, 142),
    (33, 145, 140),
    (31, 160, 136),
    (40, 174, 128),
    (63, 188, 115),
    (94, 201, 98),
    (132, 212, 75),
    (173, 220, 48),
    (216, 226, 25),
    (253, 231, 37),
];
