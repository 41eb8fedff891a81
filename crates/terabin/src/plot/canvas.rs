//! A surface of pixels with rectangles and text.
//!
//! Text is set here and not by plotters, whose `ab_glyph` backend drops the side
//! bearings of glyphs, which leaves uneven gaps between letters.

use std::sync::LazyLock;

use ab_glyph::{Font, FontRef, PxScale, ScaleFont, point};
use plotters::backend::{BitMapBackend, DrawingBackend};
use plotters::style::{Color, RGBColor};

use super::PlotError;

/// What can go wrong while drawing, without a result.
pub(super) type Drawn = Result<(), PlotError>;

/// A surface of pixels; the origin is the upper left corner.
pub(super) struct Canvas<'a> {
    backend: BitMapBackend<'a>,
    font: &'static FontRef<'static>,
    /// The size of the picture.
    pub(super) size: (i32, i32),
}

/// A rectangle of pixels: `left` and `top` belong to it, `right` and `bottom` do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) left: i32,
    pub(super) top: i32,
    pub(super) right: i32,
    pub(super) bottom: i32,
}

impl Area {
    pub(super) fn width(self) -> i32 {
        self.right - self.left
    }

    pub(super) fn height(self) -> i32 {
        self.bottom - self.top
    }
}

/// How text lies at its point. Across the line, the point is the middle of the capitals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It begins at the point.
    Start,
    /// Its middle is at the point.
    Middle,
    /// It ends at the point.
    End,
    /// Turned to read upwards, its middle at the point.
    Upwards,
    /// Turned to read upwards, its end at the point.
    UpwardsEnd,
}

static FONT: LazyLock<Option<FontRef<'static>>> =
    LazyLock::new(|| FontRef::try_from_slice(include_bytes!("../../fonts/DejaVuSans.ttf")).ok());

impl<'a> Canvas<'a> {
    /// A canvas over rows of RGB bytes.
    pub(super) fn new(pixels: &'a mut [u8], size: (u32, u32)) -> Result<Self, PlotError> {
        let backend = BitMapBackend::with_buffer_and_format(pixels, size).map_err(refused)?;
        let font = FONT
            .as_ref()
            .ok_or_else(|| PlotError::Draw("the built-in font is damaged".into()))?;
        Ok(Self {
            backend,
            font,
            size: (size.0.cast_signed(), size.1.cast_signed()),
        })
    }

    /// Fills a rectangle; an empty one leaves no mark.
    pub(super) fn fill(&mut self, area: Area, colour: RGBColor) -> Drawn {
        if area.width() <= 0 || area.height() <= 0 {
            return Ok(());
        }
        // Filled rectangles of the bitmap backend are half open, as areas are.
        let (first, end) = ((area.left, area.top), (area.right, area.bottom));
        self.backend
            .draw_rect(first, end, &colour, true)
            .map_err(refused)
    }

    /// Sets one pixel.
    pub(super) fn pixel(&mut self, at: (i32, i32), colour: RGBColor) -> Drawn {
        self.blend(at, colour, 1.0)
    }

    fn blend(&mut self, at: (i32, i32), colour: RGBColor, alpha: f64) -> Drawn {
        let colour = colour.mix(alpha).to_backend_color();
        self.backend.draw_pixel(at, colour).map_err(refused)
    }

    /// The length of `text` at `em` pixels.
    pub(super) fn text_width(&self, text: &str, em: f32) -> i32 {
        pixels(self.advances(text, em).last().map_or(0.0, |g| g.end))
    }

    /// `text`, shortened to at most `width` pixels.
    pub(super) fn fitted(&self, text: &str, em: f32, width: i32) -> String {
        if self.text_width(text, em) <= width {
            return text.to_owned();
        }
        let room = width - self.text_width("…", em);
        let kept = self.advances(text, em);
        let kept = kept.iter().take_while(|g| pixels(g.end) <= room).count();
        text.chars().take(kept).chain(['…']).collect()
    }

    /// Writes one line of text, `em` pixels high.
    pub(super) fn text(
        &mut self,
        text: &str,
        at: (i32, i32),
        place: Place,
        em: f32,
        colour: RGBColor,
    ) -> Drawn {
        let width = self.text_width(text, em);
        let start = match place {
            Place::Start => 0,
            Place::Middle | Place::Upwards => -width / 2,
            Place::End | Place::UpwardsEnd => -width,
        };
        let turned = matches!(place, Place::Upwards | Place::UpwardsEnd);
        for (along, across, coverage) in self.coverage(text, em) {
            let along = start + along;
            let pixel = if turned {
                (at.0 + across, at.1 - along)
            } else {
                (at.0 + along, at.1 + across)
            };
            self.blend(pixel, colour, f64::from(coverage))?;
        }
        Ok(())
    }

    /// Inked pixels of `text`: along and across the line, and how much of each is covered.
    fn coverage(&self, text: &str, em: f32) -> Vec<(i32, i32, f32)> {
        let scale = self.scale(em);
        let baseline = (em * HALF_CAPITAL).round();
        let mut inked = Vec::new();
        for glyph in self.advances(text, em) {
            let placed = glyph
                .id
                .with_scale_and_position(scale, point(glyph.start, baseline));
            let Some(outline) = self.font.outline_glyph(placed) else {
                continue;
            };
            let corner = outline.px_bounds().min;
            let corner = (pixels(corner.x), pixels(corner.y));
            outline.draw(|x, y, covered| {
                let at = (corner.0 + x.cast_signed(), corner.1 + y.cast_signed());
                inked.push((at.0, at.1, covered.clamp(0.0, 1.0)));
            });
        }
        inked
    }

    fn advances(&self, text: &str, em: f32) -> Vec<Advance> {
        let font = self.font.as_scaled(self.scale(em));
        let mut end = 0.0;
        let mut previous = None;
        let advance = |c: char| {
            let id = font.glyph_id(if c.is_control() { ' ' } else { c });
            let start = end + previous.map_or(0.0, |p| font.kern(p, id));
            end = start + font.h_advance(id);
            previous = Some(id);
            Advance { id, start, end }
        };
        text.chars().map(advance).collect()
    }

    /// `ab_glyph` measures a font from its highest to its lowest point, not by the em.
    fn scale(&self, em: f32) -> PxScale {
        let units = self.font.units_per_em().unwrap_or(1000.0);
        PxScale::from(em * self.font.height_unscaled() / units)
    }
}

/// A glyph and where it lies along its line.
struct Advance {
    id: ab_glyph::GlyphId,
    start: f32,
    end: f32,
}

/// Half the height of a capital letter of the font, in ems.
const HALF_CAPITAL: f32 = 0.365;

#[expect(clippy::cast_possible_truncation, reason = "positions of pixels")]
fn pixels(length: f32) -> i32 {
    length.round() as i32
}

fn refused(error: impl std::fmt::Display) -> PlotError {
    PlotError::Draw(error.to_string())
}
