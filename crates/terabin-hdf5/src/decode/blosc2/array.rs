//! An array in a chunk: every block is a box of it, the last ones padded.
//!
//! Reference: C-Blosc2's README_B2ND_METALAYER, MessagePack with every field at a
//! fixed place.

use std::ops::Range;

use super::chunk::{Chunk, Content};
use super::{Context, damaged, repeat, short, unsupported};
use crate::decode::{DecodeError, fields, grow};

/// An array whose shape is the shape of the chunk.
pub(super) struct Array {
    /// Bytes of an item.
    item: usize,
    /// The dimensions, those that blocks span whole joined with the one before.
    dimensions: Vec<Dimension>,
    /// Bytes of all items.
    length: usize,
    /// Bytes of the items of a block.
    block: usize,
}

struct Dimension {
    extent: usize,
    block: usize,
}

impl Dimension {
    /// The number of blocks side by side.
    fn blocks(&self) -> usize {
        self.extent.div_ceil(self.block)
    }
}

/// Dimensions that an array can have.
const MOST_DIMENSIONS: usize = 16;

impl Array {
    /// Reads the description of an array of items of `item` bytes; `expected` are the
    /// rank and the shape as the filter has them.
    pub(super) fn parse(
        bytes: &[u8],
        item: usize,
        expected: Option<&[u32]>,
    ) -> Result<Self, DecodeError> {
        let [_, _, rank] = fields::array(bytes, 0).ok_or_else(short)?;
        let rank = usize::from(rank);
        if rank == 0 || rank > MOST_DIMENSIONS {
            return Err(damaged("its rank is out of range"));
        }
        // Each list stands after a byte, each of its numbers after another one.
        let chunks = 4 + 9 * rank;
        let blocks = chunks + 1 + 5 * rank;
        let mut array = Self {
            item,
            dimensions: Vec::with_capacity(rank),
            length: item,
            block: item,
        };
        for i in 0..rank {
            let extent = fields::be64(bytes, 5 + 9 * i).ok_or_else(short)?;
            let chunk = fields::be32(bytes, chunks + 2 + 5 * i).ok_or_else(short)?;
            let block = fields::be32(bytes, blocks + 2 + 5 * i).ok_or_else(short)?;
            if extent != chunk {
                return Err(unsupported(
                    "has an array of another shape than its chunk's",
                ));
            }
            array.push(extent, block)?;
            let shape = expected.is_none_or(|e| same(e.get(1 + i), extent));
            if !shape || expected.is_some_and(|e| !same(e.first(), rank)) {
                return Err(damaged("its shape is not the chunk's"));
            }
        }
        Ok(array)
    }

    fn push(&mut self, extent: usize, block: usize) -> Result<(), DecodeError> {
        if block == 0 || block > extent {
            return Err(damaged("a block has no or too many items"));
        }
        self.length = self.length.checked_mul(extent).ok_or_else(short)?;
        self.block = self.block.checked_mul(block).ok_or_else(short)?;
        match self.dimensions.last_mut() {
            Some(last) if block == extent => {
                last.extent = last.extent.saturating_mul(extent);
                last.block = last.block.saturating_mul(block);
            }
            _ => self.dimensions.push(Dimension { extent, block }),
        }
        Ok(())
    }

    /// Bytes of all items.
    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// Decodes all blocks to their boxes in `output`.
    pub(super) fn decode(
        &self,
        context: &mut Context,
        chunk: &Chunk,
        output: &mut [u8],
    ) -> Result<(), DecodeError> {
        let mut count: usize = 1;
        for dimension in &self.dimensions {
            count = count.checked_mul(dimension.blocks()).ok_or_else(short)?;
        }
        if count.checked_mul(self.block) != Some(chunk.length) {
            return Err(damaged("its chunk has another length than its array"));
        }
        if let Content::Repeated(value) = chunk.content {
            if !self.item.is_multiple_of(value.len()) {
                return Err(unsupported("repeats a value larger than an item"));
            }
            return repeat(value, output);
        }
        if chunk.block > output.len().max(LEAST_BLOCK) {
            return Err(damaged("a block is larger than the chunk"));
        }
        let mut stream = Stream::new(chunk);
        let mut place = vec![0; self.dimensions.len()];
        for n in 0..count {
            let mut rest = n;
            for (place, dimension) in place.iter_mut().zip(&self.dimensions).rev() {
                *place = rest % dimension.blocks();
                rest /= dimension.blocks();
            }
            let block = stream.take(context, self.block)?;
            scatter(self.item, &self.dimensions, &place, block, output);
        }
        Ok(())
    }
}

/// Bytes that a block in a chunk has at least, even where a box has fewer.
const LEAST_BLOCK: usize = 32;

/// Whether the filter's value is the array's.
fn same(value: Option<&u32>, expected: usize) -> bool {
    value.is_some_and(|&v| usize::try_from(v) == Ok(expected))
}

/// Copies what of a block lies inside the array, one dimension per call.
fn scatter(
    item: usize,
    dimensions: &[Dimension],
    place: &[usize],
    block: &[u8],
    output: &mut [u8],
) {
    let ([dimension, inner @ ..], [first, inner_place @ ..]) = (dimensions, place) else {
        return;
    };
    let start = first * dimension.block;
    let count = dimension.block.min(dimension.extent - start);
    if inner.is_empty() {
        output[start * item..][..count * item].copy_from_slice(&block[..count * item]);
        return;
    }
    let from = block.chunks_exact(block.len() / dimension.block);
    let to = output.chunks_exact_mut(output.len() / dimension.extent);
    for (from, to) in from.zip(to.skip(start)).take(count) {
        scatter(item, inner, inner_place, from, to);
    }
}

/// The values of a chunk as a stream: its blocks need not have the size of a box.
struct Stream<'a> {
    chunk: &'a Chunk<'a>,
    /// The next block to decode.
    next: usize,
    buffer: Vec<u8>,
    /// What of the buffer is decoded and not taken yet.
    held: Range<usize>,
}

impl<'a> Stream<'a> {
    fn new(chunk: &'a Chunk<'a>) -> Self {
        Self {
            chunk,
            next: 0,
            buffer: Vec::new(),
            held: 0..0,
        }
    }

    fn take(&mut self, context: &mut Context, length: usize) -> Result<&[u8], DecodeError> {
        while self.held.len() < length {
            let start = self.next.saturating_mul(self.chunk.block);
            let size = self
                .chunk
                .length
                .saturating_sub(start)
                .min(self.chunk.block);
            if size == 0 {
                return Err(short());
            }
            self.buffer.copy_within(self.held.clone(), 0);
            self.held = 0..self.held.len();
            let end = self.held.end + size;
            grow(&mut self.buffer, end)?;
            let out = &mut self.buffer[self.held.end..end];
            self.chunk.decode(context, self.next, out)?;
            self.held.end = end;
            self.next += 1;
        }
        let start = self.held.start;
        self.held.start += length;
        Ok(&self.buffer[start..self.held.start])
    }
}
