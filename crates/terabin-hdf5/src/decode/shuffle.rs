//! Filter 2: the bytes of all elements sorted by their place in the element.

use wide::u8x16;

use super::DecodeError;

/// Puts the bytes back in order, into the beginning of `output`, and gives the length.
///
/// Bytes beyond the last whole element stay where they are.
pub(super) fn decode(
    element: usize,
    input: &[u8],
    output: &mut [u8],
) -> Result<usize, DecodeError> {
    let output = output.get_mut(..input.len()).ok_or(DecodeError::Length {
        found: input.len(),
        expected: 0,
    })?;
    let whole = input.len() - input.len().checked_rem(element).unwrap_or(0);
    let (elements, rest) = output.split_at_mut(whole);
    if element <= 1 || !unshuffle(element, input, 0, elements) {
        elements.copy_from_slice(&input[..whole]);
    }
    rest.copy_from_slice(&input[whole..]);
    Ok(input.len())
}

/// Puts the elements from the `first` on in order into `output`, as many as fit; says
/// whether `shuffled` has all of them.
///
/// Reading a part of a chunk at a time, straight to where it is wanted, saves a pass over
/// the memory: shuffled zstd in 1 MiB chunks is read a sixth faster.
#[must_use]
pub(crate) fn unshuffle(element: usize, shuffled: &[u8], first: usize, output: &mut [u8]) -> bool {
    let (Some(count), Some(wanted)) = (
        shuffled.len().checked_div(element),
        output.len().checked_div(element),
    ) else {
        return false;
    };
    if first.checked_add(wanted).is_none_or(|end| end > count) || wanted * element != output.len() {
        return false;
    }
    let planes = Planes {
        bytes: shuffled,
        count,
        first,
        wanted,
    };
    match element {
        2 => planes.interleave::<2>(output),
        4 => planes.interleave::<4>(output),
        8 => planes.interleave::<8>(output),
        n => planes.interleave_any(n, output),
    }
    true
}

/// Sorts the bytes by their place in the element: the inverse, for writing.
pub(crate) fn shuffle(element: usize, input: &[u8]) -> Vec<u8> {
    let count = input.len().checked_div(element).unwrap_or(0);
    let mut out = Vec::with_capacity(input.len());
    for place in 0..element {
        out.extend(input.iter().skip(place).step_by(element.max(1)).take(count));
    }
    let done = out.len();
    out.extend_from_slice(&input[done..]);
    out
}

/// Some elements of a shuffled chunk.
struct Planes<'a> {
    bytes: &'a [u8],
    /// How many elements the chunk has.
    count: usize,
    first: usize,
    wanted: usize,
}

/// Elements that are put in order together: the lanes of a vector.
const LANES: usize = 16;

impl<'a> Planes<'a> {
    /// The bytes that the elements have at one place.
    fn plane(&self, place: usize) -> &'a [u8] {
        let begin = place * self.count + self.first;
        &self.bytes[begin..begin + self.wanted]
    }

    /// A transposition of bytes in vectors, with a seventh of the time of taking them one
    /// by one.
    fn interleave<const N: usize>(&self, output: &mut [u8]) {
        let planes: [&[u8]; N] = std::array::from_fn(|place| self.plane(place));
        let vectors = planes.map(|plane| plane.as_chunks::<LANES>().0);
        let (elements, _) = output.as_chunks_mut::<N>();
        let mut blocks = elements.chunks_exact_mut(LANES);
        for (block, i) in blocks.by_ref().zip(0..) {
            let ordered = transpose(vectors.map(|vector| u8x16::from(vector[i])));
            let (parts, _) = block.as_flattened_mut().as_chunks_mut::<LANES>();
            for (part, vector) in parts.iter_mut().zip(ordered) {
                *part = vector.to_array();
            }
        }
        let done = self.wanted - self.wanted % LANES;
        for (i, element) in (done..).zip(blocks.into_remainder()) {
            *element = planes.map(|plane| plane[i]);
        }
    }

    fn interleave_any(&self, n: usize, output: &mut [u8]) {
        for place in 0..n {
            let places = output.iter_mut().skip(place).step_by(n);
            for (to, from) in places.zip(self.plane(place)) {
                *to = *from;
            }
        }
    }
}

/// From one vector per place in the element to the elements one after the other; `N` is a
/// power of two.
///
/// Each round pairs the bytes of two vectors that lie `N / 2` places apart.
#[inline]
fn transpose<const N: usize>(mut vectors: [u8x16; N]) -> [u8x16; N] {
    for _ in 0..N.ilog2() {
        vectors = std::array::from_fn(|i| {
            let (a, b) = (vectors[i / 2], vectors[i / 2 + N / 2]);
            if i % 2 == 0 {
                u8x16::unpack_low(a, b)
            } else {
                u8x16::unpack_high(a, b)
            }
        });
    }
    vectors
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undoes_the_shuffle_for_every_element_size() {
        let bytes: Vec<u8> = (0..=250).collect();
        for element in 0..20 {
            let mut out = vec![0; bytes.len()];
            decode(element, &shuffle(element, &bytes), &mut out).unwrap();
            assert_eq!(out, bytes, "element size {element}");
        }
        assert_eq!(shuffle(2, &[1, 2, 3, 4, 9]), [1, 3, 2, 4, 9]);
    }

    #[test]
    fn any_part_is_what_the_whole_has_there() {
        let bytes: Vec<u8> = (0..3000_u32).map(|i| (i % 251) as u8).collect();
        for element in 1..=9 {
            let count = bytes.len() / element;
            let shuffled = shuffle(element, &bytes[..count * element]);
            for (first, wanted) in [(0, count), (1, 100), (17, 16), (count - 5, 5), (count, 0)] {
                let mut out = vec![0; wanted * element];
                assert!(unshuffle(element, &shuffled, first, &mut out));
                assert_eq!(out, bytes[first * element..(first + wanted) * element]);
            }
            let mut out = vec![0; 6 * element];
            assert!(!unshuffle(element, &shuffled, count - 5, &mut out));
        }
        assert!(!unshuffle(0, &bytes, 0, &mut []));
        assert!(!unshuffle(4, &bytes, 0, &mut [0; 5]));
    }

    #[test]
    fn more_than_the_buffer_is_an_error() {
        assert!(decode(2, &[0; 8], &mut [0; 7]).is_err());
    }
}
