//! Two axes: a heat map with a colour bar.
//!
//! Every pixel looks up its cell, so that grids finer than the picture show no
//! pattern of rounded rectangles.

use super::canvas::{Area, Canvas, Drawn};
use super::colour::{NO_DATA, viridis};
use super::frame::{self, Ruler, Side, Style};
use super::scale::{Scale, Summary, colour_span, value_ticks};
use super::ticks::Span;
use super::{BinValues, Chart, PlotError};

/// Draws `chart` over two axes.
pub(super) fn draw(
    canvas: &mut Canvas<'_>,
    chart: &Chart<'_>,
    (x, y): (&Scale<'_>, &Scale<'_>),
    summary: Summary,
) -> Result<(), PlotError> {
    let style = Style::new(canvas.size);
    let span = colour_span(summary, chart.value_times);
    let rulers = Rulers::new(canvas, style, chart, (x, y), span);
    let (frame, bar) = (rulers.frame, rulers.bar);
    cells(canvas, chart.values, (x, y), frame, span)?;
    if !summary.any {
        frame::no_data(canvas, style, frame)?;
    }
    gradient(canvas, bar)?;
    frame::border(canvas, style, frame)?;
    frame::border(canvas, style, bar)?;
    rulers.below.draw(canvas, style, frame)?;
    rulers.beside.draw(canvas, style, frame)?;
    rulers.values.draw(canvas, style, bar)?;
    frame::title(canvas, style, frame, chart.title)
}

struct Rulers<'a> {
    frame: Area,
    bar: Area,
    below: Ruler<'a>,
    beside: Ruler<'a>,
    values: Ruler<'a>,
}

impl<'a> Rulers<'a> {
    fn new(
        canvas: &Canvas<'_>,
        style: Style,
        chart: &Chart<'a>,
        (x, y): (&Scale<'_>, &Scale<'_>),
        span: Span,
    ) -> Self {
        let label = |axis: usize| chart.axes.get(axis).map_or("", |axis| axis.label);
        let (width, height) = canvas.size;
        let (top, tall) = (frame::head(style), height * 3 / 4);
        let beside = Ruler::vertical(canvas, style, Side::Left, (label(1), tall), |n| y.ticks(n));
        let values = Ruler::vertical(canvas, style, Side::Right, (chart.value_label, tall), |n| {
            value_ticks(span, chart.value_times, n)
        });
        let bar_right = width - values.margin(style);
        let bar_left = bar_right - style.gap * 3;
        let (left, right) = (beside.margin(style), bar_left - style.gap * 4);
        let below = Ruler::horizontal(
            canvas,
            style,
            (label(0), right - left),
            x.has_names(),
            |n| x.ticks(n),
        );
        let bottom = height - below.margin(style);
        Self {
            frame: Area {
                left,
                top,
                right,
                bottom,
            },
            bar: Area {
                left: bar_left,
                top,
                right: bar_right,
                bottom,
            },
            below,
            beside,
            values,
        }
    }
}

fn cells(
    canvas: &mut Canvas<'_>,
    values: &dyn BinValues,
    (x, y): (&Scale<'_>, &Scale<'_>),
    frame: Area,
    span: Span,
) -> Drawn {
    canvas.fill(frame, NO_DATA)?;
    let columns = bins_of_pixels(x, frame.width());
    let rows = bins_of_pixels(y, frame.height());
    // Neighbouring pixels of one bin ask for its value once.
    let mut line: Vec<f64> = Vec::new();
    let mut drawn = None;
    for (py, row) in (frame.top..frame.bottom).rev().zip(rows) {
        if drawn.replace(row) != Some(row) {
            line.clear();
            for pixels in columns.chunk_by(|a, b| a == b) {
                let bin = pixels.first().map_or(0, |column| column * y.bins() + row);
                let is_there = bin < values.bins();
                let value = if is_there {
                    values.value(bin)
                } else {
                    f64::NAN
                };
                line.extend(pixels.iter().map(|_| value));
            }
        }
        for (px, &value) in (frame.left..frame.right).zip(&line) {
            if value.is_finite() {
                canvas.pixel((px, py), viridis(span.fraction(value)))?;
            }
        }
    }
    Ok(())
}

/// For each of `length` pixels along an axis, the bin at its centre.
fn bins_of_pixels(scale: &Scale<'_>, length: i32) -> Vec<usize> {
    let edges = scale.fractions();
    let last = scale.bins().saturating_sub(1);
    let centres = (0..length).map(|p| (f64::from(p) + 0.5) / f64::from(length));
    centres
        .map(|centre| {
            edges
                .partition_point(|&e| e <= centre)
                .saturating_sub(1)
                .min(last)
        })
        .collect()
}

fn gradient(canvas: &mut Canvas<'_>, bar: Area) -> Drawn {
    for y in bar.top..bar.bottom {
        let fraction = f64::from(bar.bottom - 1 - y) / f64::from((bar.height() - 1).max(1));
        canvas.fill(
            Area {
                top: y,
                bottom: y + 1,
                ..bar
            },
            viridis(fraction),
        )?;
    }
    Ok(())
}
