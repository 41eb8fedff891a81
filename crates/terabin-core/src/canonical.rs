//! The exact state of a histogram as bytes: equal answers have equal ones.

use crate::axis::{Axis, Convention};
use crate::categories::Categories;
use crate::histogram::Histogram;
use crate::order::QuantileOf;
use crate::rounding::blocks;

impl Histogram {
    /// Hands the canonical bytes to `sink`, piece by piece.
    ///
    /// Equal questions over equal rows give equal bytes, whatever the threads, batches,
    /// files or machine; the layout of the bytes is in `docs/state-format.md`.
    ///
    /// # Errors
    /// Those of `sink`.
    pub fn canonical<E>(&self, sink: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        let mut pieces = Pieces {
            out: Vec::new(),
            sink,
        };
        self.canonical_head(&mut pieces.out);
        if self.axes().are_sparse() {
            put(&mut pieces.out, self.cells() as u64);
            for cell in 0..self.cells() {
                put(&mut pieces.out, self.number_of(cell));
                pieces.hand_on()?;
            }
        }
        for (at, quantity) in self.layout.quantities.iter().enumerate() {
            quantity.canonical(&self.layout.value_types, &mut pieces.out);
            for cells in blocks(0..self.cells()) {
                let out = &mut pieces.out;
                self.contents.canonical(&self.layout, at, cells, out);
                pieces.hand_on()?;
            }
        }
        for quantiles in &self.quantiles {
            let QuantileOf { level, weights, .. } = quantiles.of;
            let head = u8::from(level.is_median()) | u8::from(weights.is_some()) << 1;
            pieces.out.extend([QUANTILES, head]);
            pieces.out.extend(level.level().to_le_bytes());
            for value in &quantiles.values {
                // There is one NaN: that of no value.
                let value = if value.is_nan() { f64::NAN } else { *value };
                put(&mut pieces.out, value.to_bits());
                pieces.hand_on()?;
            }
        }
        (pieces.sink)(&pieces.out)
    }

    fn canonical_head(&self, out: &mut Vec<u8>) {
        let axes = &self.layout.axes;
        out.extend_from_slice(b"TBS1");
        out.push(u8::from(axes.flow()));
        put(out, axes.axes().len() as u64);
        for axis in axes.axes() {
            canonical_axis(axis, out);
        }
        let rows = self.rows();
        for count in [
            rows.skipped,
            rows.masked,
            rows.filtered,
            rows.nan_axis,
            rows.outside,
            rows.in_range,
        ] {
            put(out, count);
        }
        for counts in [&rows.underflow, &rows.overflow] {
            for &n in counts {
                put(out, n);
            }
        }
        put(
            out,
            (self.layout.quantities.len() + self.quantiles.len()) as u64,
        );
    }
}

/// Bytes on their way to a sink.
struct Pieces<S> {
    out: Vec<u8>,
    sink: S,
}

impl<S> Pieces<S> {
    /// Hands on what is enough for a piece.
    fn hand_on<E>(&mut self) -> Result<(), E>
    where
        S: FnMut(&[u8]) -> Result<(), E>,
    {
        if self.out.len() > PIECE {
            (self.sink)(&self.out)?;
            self.out.clear();
        }
        Ok(())
    }
}

/// The tag of quantiles in canonical bytes, beside those of quantities.
const QUANTILES: u8 = 10;

/// Canonical bytes are handed on in pieces of about this size.
const PIECE: usize = 1 << 20;

fn put(out: &mut Vec<u8>, n: u64) {
    out.extend_from_slice(&n.to_le_bytes());
}

fn put_text(out: &mut Vec<u8>, text: &[u8]) {
    put(out, text.len() as u64);
    out.extend_from_slice(text);
}

fn canonical_axis(axis: &Axis, out: &mut Vec<u8>) {
    if let Axis::Category(axis) = axis {
        return canonical_categories(axis.categories(), out);
    }
    // Results of different conventions are answers to different questions.
    match axis.convention() {
        Convention::Numpy => put_text(out, axis.kind().as_bytes()),
        other => put_text(out, format!("{}:{other}", axis.kind()).as_bytes()),
    }
    put(out, axis.bins() as u64);
    for edge in axis.edges().unwrap_or_default() {
        put(out, edge.to_bits());
    }
}

fn canonical_categories(categories: &Categories, out: &mut Vec<u8>) {
    let kind = match categories {
        Categories::Truths => "cat",
        Categories::Texts(_) => "cat:string",
        Categories::I64(_) => "cat:int64",
        Categories::U64(_) => "cat:uint64",
    };
    put_text(out, kind.as_bytes());
    put(out, categories.len() as u64);
    match categories {
        Categories::Truths => categories
            .names()
            .iter()
            .for_each(|name| put_text(out, name.as_bytes())),
        Categories::Texts(v) => v.iter().for_each(|text| put_text(out, text)),
        Categories::I64(v) => v.iter().for_each(|x| put(out, x.cast_unsigned())),
        Categories::U64(v) => v.iter().for_each(|&x| put(out, x)),
    }
}
