//! What surrounds the data: margins, frame, ticks, labels and title.

use super::canvas::{Area, Canvas, Drawn, Place};
use super::colour::{GRID, INK};
use super::ticks::{Tick, Ticks};

/// Sizes of text and gaps, in proportion to the picture.
#[derive(Clone, Copy)]
pub(super) struct Style {
    /// The em of tick labels.
    pub(super) small: f32,
    /// The em of axis labels.
    pub(super) medium: f32,
    /// The em of the title.
    pub(super) large: f32,
    /// The unit of gaps.
    pub(super) gap: i32,
    /// The thickness of frames and ticks.
    pub(super) line: i32,
}

impl Style {
    /// For a picture of `size` pixels: 900 x 600 is the norm.
    pub(super) fn new(size: (i32, i32)) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            reason = "lengths in pixels are small"
        )]
        let (zoom, whole) = {
            let zoom = (size.0 as f32 / 900.0)
                .min(size.1 as f32 / 600.0)
                .clamp(0.7, 12.0);
            (zoom, |length: f32| length.round() as i32)
        };
        Self {
            small: 12.0 * zoom,
            medium: 14.0 * zoom,
            large: 16.5 * zoom,
            gap: whole(6.0 * zoom),
            line: whole(zoom).max(1),
        }
    }

    /// The height of a line of `em`.
    pub(super) fn row(em: f32) -> i32 {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "lengths in pixels are small"
        )]
        let row = em.ceil() as i32;
        row
    }
}

/// The side of the frame on which an axis lies.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Bottom,
    Left,
    Right,
}

/// An axis as it is drawn: ticks, label and the room they take.
pub(super) struct Ruler<'a> {
    ticks: Ticks,
    label: &'a str,
    /// Whether tick labels are turned to read upwards.
    turned: bool,
    side: Side,
    /// The longest tick label.
    reach: i32,
}

/// The longest tick label that is not shortened, in ems.
const LONGEST: f32 = 11.0;

impl<'a> Ruler<'a> {
    /// A vertical axis of `height` pixels with the ticks that `make` gives for a number of them.
    pub(super) fn vertical(
        canvas: &Canvas<'_>,
        style: Style,
        side: Side,
        (label, height): (&'a str, i32),
        make: impl Fn(i32) -> Ticks,
    ) -> Self {
        let ticks = make((height / (Style::row(style.small) * 3)).max(1));
        Self::new(canvas, style, side, label, ticks, false)
    }

    /// The horizontal axis of `width` pixels: fewer ticks if their labels would touch,
    /// turned labels if names would.
    pub(super) fn horizontal(
        canvas: &Canvas<'_>,
        style: Style,
        (label, width): (&'a str, i32),
        names: bool,
        make: impl Fn(i32) -> Ticks,
    ) -> Self {
        let row = Style::row(style.small);
        let most = (width / (row * 6)).max(1);
        let build =
            |count, turned| Self::new(canvas, style, Side::Bottom, label, make(count), turned);
        if names {
            let all = build(i32::MAX, false);
            let slot = width
                / i32::try_from(all.ticks.major.len())
                    .unwrap_or(i32::MAX)
                    .max(1);
            return if all.reach + row <= slot {
                all
            } else {
                build(width / (row * 3 / 2), true)
            };
        }
        let fits = |ruler: &Self| !ruler.touches(canvas, style, width);
        let fewer = (1..=most).rev().map(|count| build(count, false)).find(fits);
        fewer.unwrap_or_else(|| build(1, false))
    }

    fn new(
        canvas: &Canvas<'_>,
        style: Style,
        side: Side,
        label: &'a str,
        mut ticks: Ticks,
        turned: bool,
    ) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "lengths in pixels are small"
        )]
        let longest = (style.small * LONGEST) as i32;
        for tick in &mut ticks.major {
            tick.label = canvas.fitted(&tick.label, style.small, longest);
        }
        let widths = ticks
            .major
            .iter()
            .map(|t| canvas.text_width(&t.label, style.small));
        let reach = widths.max().unwrap_or(0);
        Self {
            ticks,
            label,
            turned,
            side,
            reach,
        }
    }

    /// Whether labels along `width` pixels would come too close.
    fn touches(&self, canvas: &Canvas<'_>, style: Style, width: i32) -> bool {
        let mut spans: Vec<_> = self
            .ticks
            .major
            .iter()
            .map(|tick| {
                let half = canvas.text_width(&tick.label, style.small) / 2;
                let middle = along(tick.at, width);
                let middle = middle.min(width + style.gap * 4 - half);
                (middle - half, middle + half)
            })
            .collect();
        spans.sort_unstable();
        spans
            .windows(2)
            .any(|pair| matches!(pair, [a, b] if a.1 + style.gap > b.0))
    }

    /// The margin that ticks and label need.
    pub(super) fn margin(&self, style: Style) -> i32 {
        let tick_row = if self.side == Side::Bottom && !self.turned {
            Style::row(style.small)
        } else {
            self.reach
        };
        let between = if self.side == Side::Bottom { 1 } else { 2 };
        style.gap * (2 + between) + tick_row + Style::row(style.medium) + style.gap * 2
    }

    /// Draws the axis at its side of `frame`.
    pub(super) fn draw(&self, canvas: &mut Canvas<'_>, style: Style, frame: Area) -> Drawn {
        for &at in &self.ticks.minor {
            self.mark(canvas, style, frame, (at, style.gap / 2))?;
        }
        for tick in &self.ticks.major {
            self.mark(canvas, style, frame, (tick.at, style.gap))?;
            self.name(canvas, style, frame, tick)?;
        }
        self.caption(canvas, style, frame)
    }

    fn mark(
        &self,
        canvas: &mut Canvas<'_>,
        style: Style,
        frame: Area,
        (at, length): (f64, i32),
    ) -> Drawn {
        let (x, y) = place(frame, at, style.line);
        let (width, height) = (style.line, style.line);
        let area = match self.side {
            Side::Bottom => Area {
                left: x,
                top: frame.bottom,
                right: x + width,
                bottom: frame.bottom + length,
            },
            Side::Left => Area {
                left: frame.left - length,
                top: y,
                right: frame.left,
                bottom: y + height,
            },
            Side::Right => Area {
                left: frame.right,
                top: y,
                right: frame.right + length,
                bottom: y + height,
            },
        };
        canvas.fill(area, INK)
    }

    fn name(&self, canvas: &mut Canvas<'_>, style: Style, frame: Area, tick: &Tick) -> Drawn {
        let (x, y) = place(frame, tick.at, style.line);
        let away = style.gap * 2;
        let (at, how) = match self.side {
            Side::Bottom if self.turned => ((x, frame.bottom + away), Place::UpwardsEnd),
            Side::Bottom => {
                // A long text at an end stays within the picture.
                let half = canvas.text_width(&tick.label, style.small) / 2 + style.gap;
                let x = x.min(canvas.size.0 - half).max(half);
                let y = frame.bottom + away + Style::row(style.small) / 2;
                ((x, y), Place::Middle)
            }
            Side::Left => ((frame.left - away, y), Place::End),
            Side::Right => ((frame.right + away, y), Place::Start),
        };
        canvas.text(&tick.label, at, how, style.small, INK)
    }

    /// The label, and the factor of the ticks at the far end.
    fn caption(&self, canvas: &mut Canvas<'_>, style: Style, frame: Area) -> Drawn {
        let far = self.margin(style) - style.gap * 2 - Style::row(style.medium) / 2;
        let middle = (
            frame.left.midpoint(frame.right),
            frame.top.midpoint(frame.bottom),
        );
        let above = frame.top - style.gap - Style::row(style.small) / 2;
        let (at, how, room, factor_at) = match self.side {
            Side::Bottom => (
                (middle.0, frame.bottom + far),
                Place::Middle,
                frame.width(),
                (frame.right, frame.bottom + far),
            ),
            Side::Left => (
                (frame.left - far, middle.1),
                Place::Upwards,
                frame.height(),
                (frame.left, above),
            ),
            Side::Right => (
                (frame.right + far, middle.1),
                Place::Upwards,
                frame.height(),
                (frame.left, above),
            ),
        };
        let factor_place = if self.side == Side::Bottom {
            Place::End
        } else {
            Place::Start
        };
        let factor = self.ticks.factor.as_deref().unwrap_or("");
        canvas.text(factor, factor_at, factor_place, style.small, INK)?;
        let label = canvas.fitted(self.label, style.medium, room);
        canvas.text(&label, at, how, style.medium, INK)
    }

    /// Draws faint lines across `frame` at the labelled ticks.
    pub(super) fn grid(&self, canvas: &mut Canvas<'_>, style: Style, frame: Area) -> Drawn {
        for tick in &self.ticks.major {
            let (x, y) = place(frame, tick.at, style.line);
            let line = if self.side == Side::Bottom {
                Area {
                    left: x,
                    right: x + style.line,
                    ..frame
                }
            } else {
                Area {
                    top: y,
                    bottom: y + style.line,
                    ..frame
                }
            };
            canvas.fill(line, GRID)?;
        }
        Ok(())
    }
}

/// How far `fraction` of `length` pixels is.
pub(super) fn along(fraction: f64, length: i32) -> i32 {
    // Far outside is as good as just outside, and leaves room to add to.
    let fraction = fraction.clamp(-1.0, 2.0);
    #[expect(clippy::cast_possible_truncation, reason = "saturates; NaN is 0")]
    let pixels = (fraction * f64::from(length)).round() as i32;
    pixels
}

/// Where a line of `thickness` at `fraction` of the frame begins, along x and along y.
fn place(frame: Area, fraction: f64, thickness: i32) -> (i32, i32) {
    let x = frame.left + along(fraction, frame.width() - thickness);
    let y = frame.bottom - thickness - along(fraction, frame.height() - thickness);
    (x, y)
}

/// The room above the frame: title, and a row for factors.
pub(super) fn head(style: Style) -> i32 {
    style.gap * 2 + Style::row(style.large) + style.gap * 2 + Style::row(style.small)
}

/// Draws a border around `frame`.
pub(super) fn border(canvas: &mut Canvas<'_>, style: Style, frame: Area) -> Drawn {
    let outer = Area {
        left: frame.left - style.line,
        top: frame.top - style.line,
        right: frame.right + style.line,
        bottom: frame.bottom + style.line,
    };
    canvas.fill(
        Area {
            bottom: frame.top,
            ..outer
        },
        INK,
    )?;
    canvas.fill(
        Area {
            top: frame.bottom,
            ..outer
        },
        INK,
    )?;
    canvas.fill(
        Area {
            right: frame.left,
            ..outer
        },
        INK,
    )?;
    canvas.fill(
        Area {
            left: frame.right,
            ..outer
        },
        INK,
    )
}

/// Draws the title above `frame`, moved inwards where it would not fit the picture.
pub(super) fn title(canvas: &mut Canvas<'_>, style: Style, frame: Area, title: &str) -> Drawn {
    let room = canvas.size.0 - style.gap * 4;
    let text = canvas.fitted(title, style.large, room);
    let width = canvas.text_width(&text, style.large);
    let wanted = frame.left.midpoint(frame.right);
    let middle = wanted.clamp(
        width / 2 + style.gap,
        (canvas.size.0 - width / 2 - style.gap).max(width / 2 + style.gap),
    );
    let at = (middle, style.gap * 2 + Style::row(style.large) / 2);
    canvas.text(&text, at, Place::Middle, style.large, INK)
}

/// Writes in `frame` that there is nothing to show.
pub(super) fn no_data(canvas: &mut Canvas<'_>, style: Style, frame: Area) -> Drawn {
    let at = (
        frame.left.midpoint(frame.right),
        frame.top.midpoint(frame.bottom),
    );
    canvas.text("no data", at, Place::Middle, style.medium, INK)
}
