//! Where an axis has ticks, and how numbers are written on them.

use std::ops::RangeInclusive;

/// The ticks of an axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Ticks {
    /// With labels.
    pub(super) major: Vec<Tick>,
    /// Without; fractions of the axis.
    pub(super) minor: Vec<f64>,
    /// What every label has to be multiplied with.
    pub(super) factor: Option<String>,
}

/// A labelled tick.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    /// Where it lies, from 0 to 1.
    pub(super) at: f64,
    pub(super) label: String,
}

/// A stretch of numbers, mapped to 0..1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Span {
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Span {
    /// Where `value` lies: 0 at `low`, 1 at `high`.
    pub(super) fn fraction(self, value: f64) -> f64 {
        // Halves, because the difference of two large numbers may overflow.
        (value / 2.0 - self.low / 2.0) / (self.high / 2.0 - self.low / 2.0)
    }

    /// At most about `count` round numbers in `within`, written with a common factor.
    pub(super) fn ticks(self, within: Self, count: i32) -> Ticks {
        within.labelled(count, |v| self.fraction(v))
    }

    /// Round numbers in `self` at the places that `fraction` gives them.
    fn labelled(self, count: i32, fraction: impl Fn(f64) -> f64) -> Ticks {
        let step = (self.high / 2.0 - self.low / 2.0) / f64::from(count.max(1)) * 2.0;
        let step = round_step(step);
        let format = NumberFormat::new(self, step);
        let major = multiples(self, step).map(|v| Tick {
            at: fraction(v),
            label: format.write(v),
        });
        Ticks {
            major: major.collect(),
            minor: Vec::new(),
            factor: format.factor(),
        }
    }
}

/// The multiples of `step` in `within`; none if the numbers are too close for that.
fn multiples(within: Span, step: f64) -> impl Iterator<Item = f64> {
    const MOST: usize = 64;
    let slack = 1e-9;
    let first = (within.low / step - slack).ceil();
    let last = (within.high / step + slack).floor();
    // Beyond 2^53 steps the numbers of steps cannot be told apart.
    let most = if first + 1.0 > first { MOST } else { 0 };
    // Adding zero turns -0 into 0.
    let numbers = std::iter::successors(Some(first + 0.0), |k| Some(k + 1.0));
    numbers
        .take(most)
        .take_while(move |&k| k <= last)
        .map(move |k| k * step + 0.0)
        .filter(|v| v.is_finite())
}

/// The next of 1, 2, 5 times a power of ten that is not below `step`.
fn round_step(step: f64) -> f64 {
    let power = power_of_ten(exponent(step));
    let round = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power);
    round
        .into_iter()
        .find(|&r| r >= step * 0.999)
        .unwrap_or(step)
}

/// The decimal exponent of a positive number; 0 where there is none.
fn exponent(value: f64) -> i32 {
    let exponent = (value.log10() + 1e-9).floor();
    if exponent.is_finite() {
        whole(exponent)
    } else {
        0
    }
}

fn power_of_ten(exponent: i32) -> f64 {
    10_f64.powi(exponent.clamp(-307, 308))
}

/// How the numbers of one axis are written: with a common power of a thousand, and,
/// where they differ in their last digits only, as distances from a round number.
struct NumberFormat {
    offset: f64,
    exponent: i32,
    decimals: usize,
}

impl NumberFormat {
    /// For the numbers of `span` in steps of `step`.
    fn new(span: Span, step: f64) -> Self {
        let offset = offset(span, step);
        let largest = (span.low - offset).abs().max((span.high - offset).abs());
        let plain = largest == 0.0 || (1e-2..1e5).contains(&largest);
        let common = if plain {
            0
        } else {
            exponent(largest).div_euclid(3) * 3
        };
        let decimals = (common - exponent(step)).clamp(0, 12);
        Self {
            offset,
            exponent: common,
            decimals: decimals.unsigned_abs() as usize,
        }
    }

    fn write(&self, value: f64) -> String {
        let scaled = (value - self.offset) / power_of_ten(self.exponent);
        with_minus(&format!("{scaled:.*}", self.decimals))
    }

    fn factor(&self) -> Option<String> {
        let factor = (self.exponent != 0).then(|| format!("×{}", power_text(self.exponent)));
        let offset = number_text(self.offset.abs());
        let offset = match self.offset {
            v if v > 0.0 => Some(format!("+ {offset}")),
            v if v < 0.0 => Some(format!("− {offset}")),
            _ => None,
        };
        let parts: Vec<_> = factor.into_iter().chain(offset).collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    }
}

/// A round number near `span` if labels without it would have seven digits or more.
fn offset(span: Span, step: f64) -> f64 {
    if span.low.abs().max(span.high.abs()) / step < 1e6 {
        return 0.0;
    }
    let round = power_of_ten(exponent(span.high - span.low) + 1);
    let offset = (span.low / round).floor() * round;
    if offset.is_finite() { offset } else { 0.0 }
}

/// A single number, as short as reads back.
pub(super) fn number_text(value: f64) -> String {
    match value {
        f64::INFINITY => "∞".to_owned(),
        f64::NEG_INFINITY => "−∞".to_owned(),
        v if v == 0.0 || (1e-4..1e6).contains(&v.abs()) => with_minus(&v.to_string()),
        v => with_minus(&format!("{v:e}")),
    }
}

fn with_minus(text: &str) -> String {
    text.replace('-', "−")
}

fn power_text(exponent: i32) -> String {
    let digits = exponent.to_string();
    let raised = digits.chars().map(|c| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '4' => '⁴',
        '5' => '⁵',
        '6' => '⁶',
        '7' => '⁷',
        '8' => '⁸',
        '9' => '⁹',
        _ => '⁰',
    });
    "10".chars().chain(raised).collect()
}

/// At most about `count` ticks in `within` for an axis of decimal logarithms, `span`.
///
/// Powers of ten; where fewer than two fit, 1, 2 and 5 times a power; where those
/// are fewer than three, round numbers.
pub(super) fn log_ticks(span: Span, within: Span, count: i32) -> Ticks {
    let decades = (within.high - within.low) / f64::from(count.max(1));
    let powers: Vec<f64> = multiples(within, decades.ceil().max(1.0)).collect();
    let major = if powers.len() >= 2 {
        powers_of_ten(span, &powers)
    } else {
        part_powers(span, within)
    };
    if powers.len() < 2 && major.len() < 3 {
        let numbers = Span {
            low: 10_f64.powf(within.low),
            high: 10_f64.powf(within.high),
        };
        return numbers.labelled(count, |v| span.fraction(v.log10()));
    }
    let between = parts(within, 2..=9).map(|(_, log)| span.fraction(log));
    Ticks {
        major,
        minor: between.filter(|_| decades <= 1.0).collect(),
        factor: None,
    }
}

fn powers_of_ten(span: Span, powers: &[f64]) -> Vec<Tick> {
    let plain = powers.iter().all(|p| (-3.0..=4.0).contains(p));
    let label = |power| {
        if plain {
            number_text(power_of_ten(power))
        } else {
            power_text(power)
        }
    };
    let tick = |&power: &f64| Tick {
        at: span.fraction(power),
        label: label(whole(power)),
    };
    powers.iter().map(tick).collect()
}

fn part_powers(span: Span, within: Span) -> Vec<Tick> {
    let labelled = parts(within, 1..=9).filter(|(digit, _)| [1, 2, 5].contains(digit));
    let label = |digit, power| match power {
        -3..=4 => number_text(f64::from(digit) * power_of_ten(power)),
        _ => format!("{digit}×{}", power_text(power)),
    };
    let tick = |(digit, log): (i32, f64)| Tick {
        at: span.fraction(log),
        label: label(digit, whole(log.floor())),
    };
    labelled.map(tick).collect()
}

/// The numbers `digit` times a power of ten in `within`: digit and logarithm.
fn parts(within: Span, digits: RangeInclusive<i32>) -> impl Iterator<Item = (i32, f64)> {
    let below = Span {
        low: within.low.floor(),
        high: within.high,
    };
    let slack = 1e-9;
    multiples(below, 1.0)
        .flat_map(move |power| {
            digits
                .clone()
                .map(move |d| (d, power + f64::from(d).log10()))
        })
        .filter(move |&(_, log)| log >= within.low - slack && log <= within.high + slack)
}

#[expect(clippy::cast_possible_truncation, reason = "the exponent of an f64")]
fn whole(exponent: f64) -> i32 {
    exponent as i32
}
