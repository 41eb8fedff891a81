//! Filter 2: the bytes of all elements sorted by their place in the element.

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
    match element {
        0 | 1 => output.copy_from_slice(input),
        2 => interleave::<2>(input, output),
        4 => interleave::<4>(input, output),
        8 => interleave::<8>(input, output),
        n => interleave_any(n, input, output),
    }
    Ok(input.len())
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

/// Eight planes are read side by side, so that the stores are whole elements.
fn interleave<const N: usize>(input: &[u8], output: &mut [u8]) {
    let count = input.len() / N;
    let (planes, rest) = input.split_at(count * N);
    let planes: [&[u8]; N] = std::array::from_fn(|p| &planes[p * count..(p + 1) * count]);
    let (elements, tail) = output.as_chunks_mut::<N>();
    for (i, out) in elements.iter_mut().enumerate() {
        *out = std::array::from_fn(|p| planes[p][i]);
    }
    tail.copy_from_slice(rest);
}

fn interleave_any(n: usize, input: &[u8], output: &mut [u8]) {
    let count = input.len() / n;
    for (i, out) in output.chunks_exact_mut(n).enumerate() {
        for (place, byte) in out.iter_mut().enumerate() {
            *byte = input[place * count + i];
        }
    }
    output[count * n..].copy_from_slice(&input[count * n..]);
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
    fn more_than_the_buffer_is_an_error() {
        assert!(decode(2, &[0; 8], &mut [0; 7]).is_err());
    }
}
