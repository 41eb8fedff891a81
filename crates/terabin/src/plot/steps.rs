//! One axis: an outline in steps over a light fill.

use super::canvas::{Area, Canvas, Drawn};
use super::colour::{FILL, LINE};
use super::frame::{self, Ruler, Side, Style, along};
use super::scale::{Scale, Summary, value_span, value_ticks};
use super::ticks::Span;
use super::{BinValues, Chart, PlotError};

/// Draws `chart` over its only axis.
pub(super) fn draw(
    canvas: &mut Canvas<'_>,
    chart: &Chart<'_>,
    x: &Scale<'_>,
    summary: Summary,
) -> Result<(), PlotError> {
    let style = Style::new(canvas.size);
    let span = with_headroom(value_span(summary, chart.value_times));
    let (frame, below, beside) = layout(canvas, style, chart, x, span);
    beside.grid(canvas, style, frame)?;
    if !x.has_names() {
        below.grid(canvas, style, frame)?;
    }
    if summary.any {
        outline(
            canvas,
            style,
            &columns(x, chart.values, frame, span),
            frame,
            span,
        )?;
    } else {
        frame::no_data(canvas, style, frame)?;
    }
    frame::border(canvas, style, frame)?;
    below.draw(canvas, style, frame)?;
    beside.draw(canvas, style, frame)?;
    frame::title(canvas, style, frame, chart.title)
}

fn layout<'a>(
    canvas: &Canvas<'_>,
    style: Style,
    chart: &Chart<'a>,
    x: &Scale<'_>,
    span: Span,
) -> (Area, Ruler<'a>, Ruler<'a>) {
    let label = chart.axes.first().map_or("", |axis| axis.label);
    let (width, height) = canvas.size;
    let top = frame::head(style);
    // The margins depend on the labels, and those, a little, on the margins.
    let beside = Ruler::vertical(
        canvas,
        style,
        Side::Left,
        (chart.value_label, height * 3 / 4),
        |n| value_ticks(span, chart.value_times, n),
    );
    let (left, right) = (beside.margin(style), width - style.gap * 5);
    let below = Ruler::horizontal(canvas, style, (label, right - left), x.has_names(), |n| {
        x.ticks(n)
    });
    let frame = Area {
        left,
        top,
        right,
        bottom: height - below.margin(style),
    };
    (frame, below, beside)
}

/// Room above the highest value, and below the lowest where that is not zero.
fn with_headroom(span: Span) -> Span {
    let room = (span.high / 2.0 - span.low / 2.0) * 0.1;
    let spread = |value: f64, by: f64| {
        if value == 0.0 {
            value
        } else {
            (value + by).clamp(f64::MIN, f64::MAX)
        }
    };
    Span {
        low: spread(span.low, -room),
        high: spread(span.high, room),
    }
}

/// A bin in pixels: from `left` to before `right`, up to `top`; `None` without data.
struct Step {
    left: i32,
    right: i32,
    top: Option<i32>,
}

fn columns(x: &Scale<'_>, values: &dyn BinValues, frame: Area, span: Span) -> Vec<Step> {
    let at: Vec<i32> = x
        .fractions()
        .iter()
        .map(|&f| frame.left + along(f, frame.width()))
        .collect();
    let bounds = at.windows(2).filter_map(|pair| match pair {
        [a, b] => Some((*a, *b)),
        _ => None,
    });
    let top = |v: f64| {
        v.is_finite()
            .then(|| frame.bottom - along(span.fraction(v), frame.height()))
    };
    bounds
        .zip(0..values.bins())
        .map(|((left, right), bin)| Step {
            left,
            right: right.max(left + 1).min(frame.right),
            top: top(values.value(bin)),
        })
        .collect()
}

fn outline(
    canvas: &mut Canvas<'_>,
    style: Style,
    steps: &[Step],
    frame: Area,
    span: Span,
) -> Drawn {
    let base = frame.bottom - along(span.fraction(0.0).clamp(0.0, 1.0), frame.height());
    let crowded = steps.len() > usize::try_from(frame.width() / 3).unwrap_or(0);
    let thickness = if crowded { style.line } else { style.line * 2 };
    for step in steps {
        if let Some(top) = step.top {
            canvas.fill(
                Area {
                    left: step.left,
                    right: step.right,
                    top: top.min(base),
                    bottom: top.max(base),
                },
                FILL,
            )?;
        }
    }
    let mut before = base;
    for step in steps {
        let top = step.top.unwrap_or(base);
        riser(canvas, (step.left, thickness), (before, top), frame)?;
        if step.top.is_some() {
            tread(canvas, step, (top, thickness), frame)?;
        }
        before = top;
    }
    if let Some(last) = steps.last() {
        riser(canvas, (last.right, thickness), (before, base), frame)?;
    }
    Ok(())
}

/// The vertical line at a pixel column, of a thickness, between two heights.
fn riser(
    canvas: &mut Canvas<'_>,
    (x, thickness): (i32, i32),
    (from, to): (i32, i32),
    frame: Area,
) -> Drawn {
    if from == to {
        return Ok(());
    }
    let left = (x - thickness / 2).clamp(frame.left, frame.right - thickness);
    let top = from.min(to) - thickness / 2;
    let bottom = from.max(to) - thickness / 2 + thickness;
    let line = Area {
        left,
        right: left + thickness,
        top,
        bottom,
    };
    canvas.fill(within(line, frame), LINE)
}

/// The horizontal line over a bin.
fn tread(canvas: &mut Canvas<'_>, step: &Step, (y, thickness): (i32, i32), frame: Area) -> Drawn {
    let top = (y - thickness / 2).min(frame.bottom - thickness);
    let line = Area {
        left: step.left,
        right: step.right,
        top,
        bottom: top + thickness,
    };
    canvas.fill(within(line, frame), LINE)
}

fn within(area: Area, frame: Area) -> Area {
    Area {
        left: area.left.max(frame.left),
        top: area.top.max(frame.top),
        right: area.right.min(frame.right),
        bottom: area.bottom.min(frame.bottom),
    }
}
