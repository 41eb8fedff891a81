//! From bins to places along an axis of the picture.

use super::ticks::{Span, Tick, Ticks, log_ticks, number_text};
use super::time_ticks::time_ticks;
use super::{BinValues, ChartAxis, PlotError};

/// The bins of one axis, laid out along 0..1.
pub(super) struct Scale<'a> {
    kind: Kind<'a>,
    /// The edges as they are drawn: numbers, or their decimal logarithms.
    edges: Vec<f64>,
    /// What ticks may name: without the stand-ins for edges that cannot be drawn.
    known: Span,
    /// The labels of such edges, at both ends.
    ends: [Option<String>; 2],
}

#[derive(Clone, Copy)]
enum Kind<'a> {
    Linear,
    Log,
    Times,
    Categories(&'a [String]),
}

impl<'a> Scale<'a> {
    /// The layout of `axis`.
    pub(super) fn new(axis: &ChartAxis<'a>) -> Result<Self, PlotError> {
        if let Some(names) = axis.categories {
            return Ok(Self::of_categories(names));
        }
        let ascending = axis
            .edges
            .windows(2)
            .all(|pair| matches!(pair, [a, b] if a <= b));
        if !ascending || axis.edges.iter().any(|e| e.is_nan()) {
            return Err(PlotError::Edges(axis.label.to_owned()));
        }
        let log = axis.log && axis.edges.iter().any(|&e| e > 0.0 && e.is_finite());
        let mut scale = Self::of_edges(axis.edges, log);
        if axis.times && !log {
            scale.kind = Kind::Times;
        }
        Ok(scale)
    }

    fn of_categories(names: &'a [String]) -> Self {
        let edges: Vec<f64> = (0..=names.len()).map(count).collect();
        let known = Span {
            low: 0.0,
            high: count(names.len().max(1)),
        };
        Self {
            kind: Kind::Categories(names),
            edges,
            known,
            ends: [None, None],
        }
    }

    fn of_edges(given: &[f64], log: bool) -> Self {
        let mut edges = given.to_vec();
        if log {
            for edge in &mut edges {
                *edge = if *edge > 0.0 {
                    edge.log10()
                } else {
                    f64::NEG_INFINITY
                };
            }
        }
        let drawable = |e: &&f64| e.is_finite();
        let known = match (edges.iter().find(drawable), edges.iter().rfind(drawable)) {
            (Some(&low), Some(&high)) => Span { low, high },
            _ => Span {
                low: 0.0,
                high: 0.0,
            },
        };
        let ends = [given.first(), given.last()];
        let drawn = [edges.first(), edges.last()];
        let ends = [0, 1].map(|end| match (ends[end], drawn[end]) {
            (Some(&given), Some(drawn)) if drawn.is_infinite() => Some(number_text(given)),
            _ => None,
        });
        stand_in(&mut edges, known);
        Self {
            kind: if log { Kind::Log } else { Kind::Linear },
            edges,
            known,
            ends,
        }
    }

    /// The number of bins.
    pub(super) fn bins(&self) -> usize {
        self.edges.len().saturating_sub(1)
    }

    /// Where the edges lie, from 0 to 1; one more than bins.
    pub(super) fn fractions(&self) -> Vec<f64> {
        let span = self.span();
        self.edges
            .iter()
            .map(|&e| span.fraction(e).clamp(0.0, 1.0))
            .collect()
    }

    /// At most about `count` ticks.
    pub(super) fn ticks(&self, count: i32) -> Ticks {
        let mut ticks = match self.kind {
            Kind::Linear => self.span().ticks(self.known, count),
            Kind::Log => log_ticks(self.span(), self.known, count),
            Kind::Times => time_ticks(self.span(), self.known, count),
            Kind::Categories(names) => category_ticks(names, count),
        };
        for (at, label) in [0.0, 1.0].into_iter().zip(&self.ends) {
            if let Some(label) = label {
                // Narrow bins leave no room for a number beside the label of the end.
                ticks.major.retain(|t| (t.at - at).abs() > END_ROOM);
                ticks.major.push(Tick {
                    at,
                    label: label.clone(),
                });
            }
        }
        ticks
    }

    /// Whether the bins have names, not edges.
    pub(super) fn has_names(&self) -> bool {
        matches!(self.kind, Kind::Categories(_))
    }

    fn span(&self) -> Span {
        match (self.edges.first(), self.edges.last()) {
            (Some(&low), Some(&high)) if low < high => Span { low, high },
            // Without bins, or with all in one place.
            (Some(&low), _) => Span {
                low: low - 0.5,
                high: low + 0.5,
            },
            _ => Span {
                low: 0.0,
                high: 1.0,
            },
        }
    }
}

/// The part of an axis that the label of an infinite end has to itself.
const END_ROOM: f64 = 0.04;

/// Puts edges at infinity one neighbouring bin away from the outermost others.
fn stand_in(edges: &mut [f64], known: Span) {
    let finite: Vec<f64> = edges.iter().copied().filter(|e| e.is_finite()).collect();
    let width = |pair: Option<(&f64, &f64)>| match pair {
        Some((a, b)) if a < b => b - a,
        _ => 1.0,
    };
    let first = width(finite.first().zip(finite.get(1)));
    let last = width(
        finite
            .len()
            .checked_sub(2)
            .and_then(|k| finite.get(k))
            .zip(finite.last()),
    );
    for edge in edges {
        if *edge == f64::NEG_INFINITY {
            *edge = known.low - first;
        } else if *edge == f64::INFINITY {
            *edge = known.high + last;
        }
    }
}

fn category_ticks(names: &[String], most: i32) -> Ticks {
    let most = usize::try_from(most).unwrap_or(1).max(1);
    let stride = names.len().div_ceil(most).max(1);
    let all = count(names.len());
    let major = names
        .iter()
        .enumerate()
        .step_by(stride)
        .map(|(k, name)| Tick {
            at: (count(k) + 0.5) / all,
            label: name.clone(),
        });
    Ticks {
        major: major.collect(),
        ..Ticks::default()
    }
}

#[expect(clippy::cast_precision_loss, reason = "for drawing")]
fn count(n: usize) -> f64 {
    n as f64
}

/// What the axis of values asks of them all.
#[derive(Clone, Copy, Debug)]
pub(super) struct Summary {
    /// From the smallest to the largest number; 0..0 if there is none.
    range: Span,
    /// Whether all numbers are whole.
    whole: bool,
    /// Whether there is a number.
    pub any: bool,
}

impl Summary {
    /// Looks at every value once.
    pub(super) fn of(values: &dyn BinValues) -> Self {
        let none = Self {
            range: Span {
                low: 0.0,
                high: 0.0,
            },
            whole: true,
            any: false,
        };
        let values = (0..values.bins()).map(|bin| values.value(bin));
        values.filter(|v| v.is_finite()).fold(none, |so_far, v| {
            let Span { low, high } = so_far.range;
            let low = if so_far.any { low.min(v) } else { v };
            let high = if so_far.any { high.max(v) } else { v };
            Self {
                range: Span { low, high },
                whole: so_far.whole && v.fract() == 0.0,
                any: true,
            }
        })
    }
}

/// The stretch that an axis of values shows, and where outlines are filled from.
///
/// It begins at zero, which counts and sums are measured against, unless the values
/// are far from it compared with their spread and are not whole numbers, as means
/// and extremes are.
pub(super) fn value_span(summary: Summary, times: bool) -> Span {
    let range = summary.range;
    if times {
        return time_span(range);
    }
    let nearest = range.low.max(-range.high);
    let far = nearest > 0.0 && range.high / 2.0 - range.low / 2.0 < nearest / 4.0;
    if far && range.low < range.high && !summary.whole {
        return range;
    }
    with_zero(range)
}

/// The stretch that a map of colours shows: all of the colours for the values there
/// are, but from zero for counts.
pub(super) fn colour_span(summary: Summary, times: bool) -> Span {
    let range = summary.range;
    if times {
        return time_span(range);
    }
    if range.low < range.high && (range.low < 0.0 || !summary.whole) {
        return range;
    }
    with_zero(range)
}

/// A second around one time: 1970 is no zero that times are measured against.
fn time_span(range: Span) -> Span {
    if range.low < range.high {
        return range;
    }
    Span {
        low: range.low - 5e8,
        high: range.high + 5e8,
    }
}

/// At most about `count` ticks for the values of `span`.
pub(super) fn value_ticks(span: Span, times: bool, count: i32) -> Ticks {
    if times {
        time_ticks(span, span, count)
    } else {
        span.ticks(span, count)
    }
}

fn with_zero(range: Span) -> Span {
    if range.low == 0.0 && range.high == 0.0 {
        return Span {
            low: 0.0,
            high: 1.0,
        };
    }
    Span {
        low: range.low.min(0.0),
        high: range.high.max(0.0),
    }
}
