//! Charts of results: a step outline for one axis, a heat map for two.
//!
//! A [`Chart`] is plain data and knows nothing of histograms. Values that are NaN
//! or infinite are no data: a gap in an outline, background in a heat map. Charts
//! without data, with one bin or with one value for all come out as readable
//! pictures, so that a run never fails for its decoration.

mod canvas;
mod colour;
mod frame;
mod heat;
mod scale;
mod steps;
#[cfg(test)]
mod tests;
mod ticks;
mod time_ticks;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use canvas::Canvas;
use scale::{Scale, Summary};

/// The values of a chart's bins, the last axis fastest; NaN is no data.
///
/// They are asked for one by one: those of a large grid need not be in memory together.
pub trait BinValues {
    /// The number of bins.
    fn bins(&self) -> usize;

    /// The value of a bin.
    fn value(&self, bin: usize) -> f64;
}

/// What to draw.
#[derive(Clone, Copy)]
pub struct Chart<'a> {
    /// The line above the picture.
    pub title: &'a str,
    /// One axis, or two: the first is drawn along x, the second along y.
    pub axes: &'a [ChartAxis<'a>],
    /// One value per bin.
    pub values: &'a dyn BinValues,
    /// What the values are.
    pub value_label: &'a str,
    /// Whether the values are nanoseconds since 1970-01-01, shown as dates.
    pub value_times: bool,
}

/// The bins of one axis.
#[derive(Clone, Copy, Debug)]
pub struct ChartAxis<'a> {
    /// What is binned, with its units.
    pub label: &'a str,
    /// One edge more than bins, ascending. Infinite edges, as flow bins have them,
    /// are drawn at a finite distance and labelled.
    pub edges: &'a [f64],
    /// Whether distances are logarithms. Edges that have none are treated as infinite.
    pub log: bool,
    /// Whether edges are nanoseconds since 1970-01-01 and ticks dates.
    pub times: bool,
    /// Names of the bins; where given, `edges` does not matter.
    pub categories: Option<&'a [String]>,
}

/// A chart that cannot be drawn or written.
#[derive(Debug, thiserror::Error)]
pub enum PlotError {
    /// Neither one axis nor two.
    #[error("a chart has one axis or two, not {0}")]
    Axes(usize),
    /// Edges that do not ascend.
    #[error("the edges of axis `{0}` do not ascend")]
    Edges(String),
    /// The number of values is not the number of bins.
    #[error("{values} values for {bins} bins")]
    Shape {
        /// Bins of all axes together.
        bins: usize,
        /// Values given.
        values: usize,
    },
    /// Too small to read or too large to hold in memory.
    #[error("a chart of {0}x{1} pixels: each side must have {MIN_SIDE} to {MAX_SIDE}")]
    Size(u32, u32),
    /// The drawing library refused.
    #[error("cannot draw the chart: {0}")]
    Draw(String),
    /// The picture cannot be written.
    #[error("cannot write {path}: {source}", path = .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

const MIN_SIDE: u32 = 160;
const MAX_SIDE: u32 = 16_384;

/// Draws `chart` into a PNG file of `size` (width, height) pixels at `path`.
///
/// # Errors
/// When axes and values do not fit together, the size is out of bounds, or the
/// file cannot be written. The values themselves never cause an error.
pub fn draw(chart: &Chart<'_>, path: &Path, size: (u32, u32)) -> Result<(), PlotError> {
    let pixels = paint(chart, size)?;
    let written = File::create(path).and_then(|file| write_png(file, &pixels, size));
    written.map_err(|source| PlotError::Write {
        path: path.to_owned(),
        source,
    })
}

/// The picture as rows of RGB bytes.
fn paint(chart: &Chart<'_>, size: (u32, u32)) -> Result<Vec<u8>, PlotError> {
    let sides = MIN_SIDE..=MAX_SIDE;
    if !sides.contains(&size.0) || !sides.contains(&size.1) {
        return Err(PlotError::Size(size.0, size.1));
    }
    let scales: Vec<_> = chart
        .axes
        .iter()
        .map(Scale::new)
        .collect::<Result<_, _>>()?;
    let bins = scales
        .iter()
        .map(Scale::bins)
        .fold(1, usize::saturating_mul);
    let values = chart.values.bins();
    if bins != values {
        return Err(PlotError::Shape { bins, values });
    }
    let mut pixels = vec![u8::MAX; size.0 as usize * size.1 as usize * 3];
    let mut canvas = Canvas::new(&mut pixels, size)?;
    let summary = || Summary::of(chart.values);
    match scales.as_slice() {
        [x] => steps::draw(&mut canvas, chart, x, summary())?,
        [x, y] => heat::draw(&mut canvas, chart, (x, y), summary())?,
        _ => return Err(PlotError::Axes(scales.len())),
    }
    drop(canvas);
    Ok(pixels)
}

fn write_png(file: File, pixels: &[u8], size: (u32, u32)) -> io::Result<()> {
    let mut file = BufWriter::new(file);
    let mut encoder = png::Encoder::new(&mut file, size.0, size.1);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    // The default compression takes longer than all else of a short run.
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    file.flush()
}
