//! Filter 4: szip, the extended Rice coding of CCSDS 121.0-B for samples of a scanline.
//!
//! Little-endian: 4 bytes original size; then the coded stream. Samples are coded in
//! blocks, and each scanline begins with a block of its own: with the predictor on,
//! that block holds a reference sample, and all others are differences. Samples of
//! 32 and 64 bits are coded as 8-bit ones, all first bytes before all second bytes.

use super::DecodeError;
use super::bits::Bits;

/// Decodes `input` into the beginning of `output` and gives the length.
///
/// `values` are the option mask, the samples in a block, the bits in a sample and the
/// samples in a scanline.
pub(super) fn decode(
    values: &[u32],
    input: &[u8],
    output: &mut [u8],
) -> Result<usize, DecodeError> {
    let coding = Coding::new(values)?;
    let (length, stream) = input
        .split_first_chunk::<4>()
        .ok_or_else(|| damaged("its header is cut short"))?;
    let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
    let output = output
        .get_mut(..length)
        .ok_or_else(|| damaged(&format!("it claims {length} bytes, more than a chunk has")))?;
    if !length.is_multiple_of(coding.width * coding.planes) {
        return Err(damaged("its size is no whole number of samples"));
    }
    let mut sink = Sink {
        output,
        coding,
        next: 0,
    };
    let mut source = Source {
        bits: Bits::new(stream),
        coding,
        samples: [0; MAX_BLOCK],
        previous: 0,
    };
    while !sink.is_full() {
        scanline(&mut source, &mut sink)?;
    }
    Ok(length)
}

/// Most samples of one block; HDF5 allows half of them.
const MAX_BLOCK: usize = 64;
/// A count that stands for zero blocks to the end of the scanline or of its part.
const REST_OF_SEGMENT: usize = 5;
/// Blocks in one such part.
const SEGMENT: usize = 64;

const MSB_FIRST: u32 = 16;
const NEAREST_NEIGHBOUR: u32 = 32;

/// How the samples are coded and stored.
#[derive(Clone, Copy)]
struct Coding {
    predicted: bool,
    big_endian: bool,
    /// Samples in a block, an even number.
    block: usize,
    scanline: usize,
    /// Bits of a coded sample.
    depth: u32,
    /// Bits of a block's code identifier.
    identifier: u32,
    /// Bytes of a stored sample.
    width: usize,
    /// Coded samples that make one element, spread over the chunk.
    planes: usize,
}

impl Coding {
    fn new(values: &[u32]) -> Result<Self, DecodeError> {
        let &[mask, block, bits, scanline] = values else {
            return Err(damaged("it needs 4 parameters"));
        };
        let (depth, planes) = match bits {
            1..=31 => (bits, 1),
            32 => (8, 4),
            64 => (8, 8),
            _ => return Err(damaged(&format!("samples of {bits} bits do not exist"))),
        };
        let (identifier, width) = match depth {
            ..=8 => (3, 1),
            9..=16 => (4, 2),
            _ => (5, 4),
        };
        let block = usize::try_from(block).unwrap_or(usize::MAX);
        let scanline = usize::try_from(scanline).unwrap_or(usize::MAX);
        if block == 0 || block > MAX_BLOCK || !block.is_multiple_of(2) {
            return Err(damaged(&format!("a block cannot have {block} samples")));
        }
        if scanline == 0 {
            return Err(damaged("its scanlines are empty"));
        }
        Ok(Self {
            predicted: mask & NEAREST_NEIGHBOUR != 0,
            big_endian: mask & MSB_FIRST != 0,
            block,
            scanline,
            depth,
            identifier,
            width,
            planes,
        })
    }

    fn max(self) -> u32 {
        u32::MAX >> (32 - self.depth)
    }
}

/// Decodes the blocks of one scanline; what the last one has beyond it is padding.
fn scanline(source: &mut Source, sink: &mut Sink) -> Result<(), DecodeError> {
    let mut left = source.coding.scanline;
    let mut done = 0;
    while left > 0 && !sink.is_full() {
        let run = source.blocks(done)?;
        for repeat in 0..run {
            if sink.is_full() {
                break;
            }
            let samples = source.finish(done == 0, repeat)?;
            let kept = samples.get(..left).unwrap_or(samples);
            sink.push(kept);
            left -= kept.len();
            done += 1;
        }
    }
    Ok(())
}

/// The coded stream and the block that is being decoded.
struct Source<'a> {
    bits: Bits<'a>,
    coding: Coding,
    samples: [u32; MAX_BLOCK],
    /// The last sample before the block.
    previous: u32,
}

impl Source<'_> {
    /// Reads the next code word, of a block with `done` before it in the scanline, and
    /// gives how many blocks it stands for: more than one are all zero but the first.
    fn blocks(&mut self, done: usize) -> Result<usize, DecodeError> {
        let has_reference = self.coding.predicted && done == 0;
        let identifier = self.take(self.coding.identifier)?;
        let verbatim = (1 << self.coding.identifier) - 1;
        if identifier == verbatim {
            self.verbatim(0, self.coding.block)?;
            return Ok(1);
        }
        let low_entropy = match identifier {
            0 => Some(self.take(1)?),
            _ => None,
        };
        let first = usize::from(has_reference);
        self.verbatim(0, first)?;
        match low_entropy {
            None => self.split(first, identifier - 1)?,
            Some(0) => return self.zero_run(first, done),
            Some(_) => self.second_extension(first)?,
        }
        Ok(1)
    }

    /// Turns the block that was read into samples; a `repeat` of it has no differences.
    fn finish(&mut self, first: bool, repeat: usize) -> Result<&[u32], DecodeError> {
        let max = self.coding.max();
        let samples = self
            .samples
            .get_mut(..self.coding.block)
            .unwrap_or_default();
        if repeat > 0 {
            samples.fill(if self.coding.predicted {
                self.previous
            } else {
                0
            });
            return Ok(samples);
        }
        if samples.iter().any(|&s| s > max) {
            return Err(damaged("a sample has too many bits"));
        }
        if self.coding.predicted {
            let differences = match samples.split_first_mut() {
                Some((reference, rest)) if first => {
                    self.previous = *reference;
                    rest
                }
                _ => &mut *samples,
            };
            self.previous = add_up(self.previous, differences, self.coding.depth);
        }
        Ok(samples)
    }

    /// Samples as they are.
    fn verbatim(&mut self, from: usize, to: usize) -> Result<(), DecodeError> {
        for sample in self.samples.get_mut(from..to).unwrap_or_default() {
            *sample = self
                .bits
                .take_u32(self.coding.depth)
                .ok_or_else(cut_short)?;
        }
        Ok(())
    }

    /// All quotients by 2^k in unary, then all remainders of k bits.
    fn split(&mut self, first: usize, k: u32) -> Result<(), DecodeError> {
        let samples = self.samples.get_mut(first..self.coding.block);
        let samples = samples.unwrap_or_default();
        for sample in &mut *samples {
            let zeros = self.bits.zeros().ok_or_else(cut_short)?;
            *sample = u32::try_from(u64::from(zeros) << k).unwrap_or(u32::MAX);
        }
        if k > 0 {
            for sample in samples {
                *sample |= self.bits.take_u32(k).ok_or_else(cut_short)?;
            }
        }
        Ok(())
    }

    /// Two samples in one unary number, as the pair's place in the triangle of pairs.
    fn second_extension(&mut self, first: usize) -> Result<(), DecodeError> {
        for i in (0..self.coding.block).step_by(2) {
            let place = self.bits.zeros().ok_or_else(cut_short)? as usize;
            let (a, b) = *PAIRS
                .get(place)
                .ok_or_else(|| damaged("a pair of samples is out of range"))?;
            if i >= first {
                self.set(i, a);
            }
            self.set(i + 1, b);
        }
        Ok(())
    }

    /// A number of blocks that are zero but for the reference sample.
    fn zero_run(&mut self, first: usize, done: usize) -> Result<usize, DecodeError> {
        let count = self.bits.zeros().ok_or_else(cut_short)? as usize;
        let left = self.coding.scanline.div_ceil(self.coding.block) - done;
        let run = match count + 1 {
            REST_OF_SEGMENT => left.min(SEGMENT - done % SEGMENT),
            below if below < REST_OF_SEGMENT => below,
            _ => count,
        };
        if run > left {
            return Err(damaged("a run of zeros leaves its scanline"));
        }
        if let Some(samples) = self.samples.get_mut(first..self.coding.block) {
            samples.fill(0);
        }
        Ok(run)
    }

    fn take(&mut self, length: u32) -> Result<u32, DecodeError> {
        self.bits.take_u32(length).ok_or_else(cut_short)
    }

    fn set(&mut self, index: usize, value: u32) {
        if let Some(sample) = self.samples.get_mut(index) {
            *sample = value;
        }
    }
}

/// Replaces differences by samples, each predicted to be the one before it.
///
/// Even numbers are steps up and odd ones steps down, as far as both directions have
/// room; beyond that only one has, and the number is the distance from the other end.
/// No branch depends on the low or the high bits, which can be as good as random.
fn add_up(mut previous: u32, differences: &mut [u32], depth: u32) -> u32 {
    let max = u32::MAX >> (32 - depth);
    for d in differences {
        // The distance from the nearer end, because the upper half has the high bit.
        let mirror = (previous >> (depth - 1)).wrapping_neg() & max;
        let room = previous ^ mirror;
        let step = (*d / 2) ^ (*d % 2).wrapping_neg();
        previous = if *d / 2 + *d % 2 > room {
            mirror ^ *d
        } else {
            previous.wrapping_add(step)
        };
        *d = previous;
    }
    previous
}

/// The pairs of small numbers by their sum and then by the second.
const PAIRS: [(u32, u32); 91] = {
    let mut pairs = [(0, 0); 91];
    let (mut i, mut sum) = (0, 0);
    while i < pairs.len() {
        let mut second = 0;
        while second <= sum {
            pairs[i] = (sum - second, second);
            i += 1;
            second += 1;
        }
        sum += 1;
    }
    pairs
};

/// The decoded bytes.
struct Sink<'a> {
    output: &'a mut [u8],
    coding: Coding,
    /// Bytes written so far.
    next: usize,
}

impl Sink<'_> {
    fn is_full(&self) -> bool {
        self.next >= self.output.len()
    }

    /// Writes samples, as many as there is room for.
    fn push(&mut self, samples: &[u32]) {
        let from = self.next;
        self.next += samples.len() * self.coding.width;
        if self.coding.planes > 1 {
            return interleave(self.output, self.coding.planes, from, samples);
        }
        let out = self.output.get_mut(from..).unwrap_or_default();
        match (self.coding.width, self.coding.big_endian) {
            (1, _) => write(out, samples, |[a, _, _, _]| [a]),
            (2, false) => write(out, samples, |[a, b, _, _]| [a, b]),
            (2, true) => write(out, samples, |[a, b, _, _]| [b, a]),
            (_, false) => write(out, samples, |bytes| bytes),
            (_, true) => write(out, samples, |[a, b, c, d]| [d, c, b, a]),
        }
    }
}

/// Writes of each sample what `stored` takes of its bytes, the least significant first.
fn write<const N: usize>(out: &mut [u8], samples: &[u32], stored: impl Fn([u8; 4]) -> [u8; N]) {
    let (elements, _) = out.as_chunks_mut::<N>();
    for (out, sample) in elements.iter_mut().zip(samples) {
        *out = stored(sample.to_le_bytes());
    }
}

/// Puts bytes `from` on of the planes where they belong in the elements.
fn interleave(output: &mut [u8], planes: usize, from: usize, mut samples: &[u32]) {
    let count = output.len() / planes;
    let (mut plane, mut element) = (from / count, from % count);
    while plane < planes && !samples.is_empty() {
        let (here, rest) = samples
            .split_at_checked(count - element)
            .unwrap_or((samples, &[]));
        let places = output.get_mut(element * planes + plane..);
        let places = places.unwrap_or_default().iter_mut().step_by(planes);
        for (byte, sample) in places.zip(here) {
            [*byte, ..] = sample.to_le_bytes();
        }
        samples = rest;
        (plane, element) = (plane + 1, 0);
    }
}

fn cut_short() -> DecodeError {
    damaged("it is cut short")
}

fn damaged(reason: &str) -> DecodeError {
    DecodeError::damaged("szip", reason)
}

#[cfg(test)]
mod tests;
