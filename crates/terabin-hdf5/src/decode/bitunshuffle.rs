//! The bits of elements, sorted by their place in the element, put back in order.
//!
//! Bit rows stand one after the other: bit 0 of all elements (eight in a byte, the
//! first in its lowest bit), bit 1 of all, and so on. The layout is that of
//! bitshuffle (Masui et al. 2015, Astronomy and Computing 12, 181) and Blosc.

use super::{DecodeError, fields};

/// Puts the bits back in order, from `input` to an `output` of the same length.
///
/// Only whole eights of elements are sorted: bytes beyond them stay where they are.
pub(super) fn bitunshuffle(
    element: usize,
    input: &[u8],
    output: &mut [u8],
) -> Result<(), DecodeError> {
    let length = input.len().min(output.len());
    let sorted = match element.checked_mul(8) {
        Some(eight @ 1..) => length - length % eight,
        _ => 0,
    };
    output[sorted..length].copy_from_slice(&input[sorted..length]);
    let (input, output) = (&input[..sorted], &mut output[..sorted]);
    match element {
        _ if sorted == 0 => {}
        1 => transpose::<1>(1, &mut [[0; 8]; 1], input, output),
        2 => transpose::<2>(2, &mut [[0; 8]; 2], input, output),
        4 => transpose::<4>(4, &mut [[0; 8]; 4], input, output),
        8 => transpose::<8>(8, &mut [[0; 8]; 8], input, output),
        n => {
            let mut words = Vec::new();
            words
                .try_reserve_exact(n)
                .map_err(|_| DecodeError::Memory(n.saturating_mul(64)))?;
            words.resize(n, [0; 8]);
            transpose::<0>(n, &mut words, input, output);
        }
    }
    Ok(())
}

/// Transposes all elements, 64 at once; `ELEMENT` is their size or 0 for any.
fn transpose<const ELEMENT: usize>(
    element: usize,
    words: &mut [[u64; 8]],
    input: &[u8],
    output: &mut [u8],
) {
    let element = if ELEMENT == 0 { element } else { ELEMENT };
    let row = input.len() / (8 * element);
    let groups = output.chunks_mut(64 * element);
    for (start, out) in (0..row).step_by(8).zip(groups) {
        if row - start < 8 {
            let load = |at: usize| padded(&input[at + start..][..row - start]);
            group::<ELEMENT>(element, words, row, load, out);
        } else {
            let load = |at: usize| fields::array(&input[start..], at).unwrap_or_default();
            group::<ELEMENT>(element, words, row, load, out);
        }
    }
}

/// Transposes up to 64 elements, whose bit rows are `row` bytes apart.
///
/// Two transpositions of 8x8: the bits of eight rows, all bytes of the words side by
/// side, give one byte of the elements; then the bytes of eight such words give
/// words of the output. `words` has room for `element` times eight of them.
fn group<const ELEMENT: usize>(
    element: usize,
    words: &mut [[u64; 8]],
    row: usize,
    load: impl Fn(usize) -> [u8; 8],
    output: &mut [u8],
) {
    let element = if ELEMENT == 0 { element } else { ELEMENT };
    for byte in 0..element {
        let rows = std::array::from_fn(|i| u64::from_le_bytes(load((byte * 8 + i) * row)));
        for (i, word) in swap_bits(rows).into_iter().enumerate() {
            let place = i * element + byte;
            words[place / 8][place % 8] = word;
        }
    }
    for (i, eight) in words.iter().enumerate() {
        let words = swap_bytes(*eight);
        for (out, word) in output.chunks_exact_mut(8 * element).zip(words) {
            out[8 * i..8 * i + 8].copy_from_slice(&word.to_le_bytes());
        }
    }
}

/// Fewer than eight bytes, and zeros.
fn padded(bytes: &[u8]) -> [u8; 8] {
    let mut padded = [0; 8];
    padded[..bytes.len()].copy_from_slice(bytes);
    padded
}

/// Transposes the 8x8 bits that the same byte of eight words has, for all bytes.
fn swap_bits(words: [u64; 8]) -> [u64; 8] {
    let words = swap::<1, 1>(words, 0x5555_5555_5555_5555);
    let words = swap::<2, 2>(words, 0x3333_3333_3333_3333);
    swap::<4, 4>(words, 0x0f0f_0f0f_0f0f_0f0f)
}

/// Transposes the 8x8 bytes of eight words.
fn swap_bytes(words: [u64; 8]) -> [u64; 8] {
    let words = swap::<1, 8>(words, 0x00ff_00ff_00ff_00ff);
    let words = swap::<2, 16>(words, 0x0000_ffff_0000_ffff);
    swap::<4, 32>(words, 0x0000_0000_ffff_ffff)
}

/// Exchanges, between words that are `STEP` apart, the upper part of the first with
/// the lower part of the second (Hacker's Delight, 7-3).
fn swap<const STEP: usize, const SHIFT: u32>(mut words: [u64; 8], lower: u64) -> [u64; 8] {
    for i in 0..8 {
        if i & STEP == 0 {
            let t = ((words[i] >> SHIFT) ^ words[i + STEP]) & lower;
            words[i] ^= t << SHIFT;
            words[i + STEP] ^= t;
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The definition: bit by bit.
    fn naive(element: usize, input: &[u8]) -> Vec<u8> {
        let count = input.len() / element / 8 * 8;
        let mut out = input.to_vec();
        for n in 0..count {
            for bit in 0..8 * element {
                let from = bit * (count / 8) + n / 8;
                let set = input[from] >> (n % 8) & 1;
                let to = &mut out[n * element + bit / 8];
                *to = *to & !(1 << (bit % 8)) | set << (bit % 8);
            }
        }
        out
    }

    proptest! {
        #[test]
        fn is_the_definition(
            element in prop::sample::select(vec![1_usize, 2, 3, 4, 5, 8, 12, 16, 33]),
            bytes in prop::collection::vec(any::<u8>(), 0..3000),
        ) {
            let mut out = vec![0; bytes.len()];
            bitunshuffle(element, &bytes, &mut out).unwrap();
            prop_assert_eq!(out, naive(element, &bytes));
        }
    }

    #[test]
    fn too_few_elements_stay_as_they_are() {
        for element in [0, 1, 4, 100, usize::MAX] {
            let mut out = [0; 7];
            bitunshuffle(element, &[1, 2, 3, 4, 5, 6, 7], &mut out).unwrap();
            assert_eq!(out, [1, 2, 3, 4, 5, 6, 7]);
        }
    }
}
