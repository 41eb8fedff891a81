//! Filter 6: integers and decimally scaled floats as differences from the smallest.
//!
//! Little-endian: 4 bytes bits of a difference, 1 byte length of the smallest value, and
//! the value; from byte 21 on the differences, the most significant bit first. The largest
//! difference stands for the fill value, where the dataset has one.

use std::cmp::Ordering;

use super::DecodeError;
use super::bits::{Bits, store};

/// Decodes `input` into the beginning of `output` and gives the length.
pub(super) fn decode(
    values: &[u32],
    input: &[u8],
    output: &mut [u8],
) -> Result<usize, DecodeError> {
    let layout = Layout::new(values)?;
    if layout.is_untouched() {
        output
            .get_mut(..input.len())
            .ok_or_else(too_long)?
            .copy_from_slice(input);
        return Ok(input.len());
    }
    let output = layout
        .count
        .checked_mul(layout.size)
        .and_then(|length| output.get_mut(..length))
        .ok_or_else(too_long)?;
    let (width, smallest) = header(input)?;
    let packed = input.get(HEADER..).unwrap_or_default();
    match width.cmp(&layout.bits()) {
        Ordering::Less => differences(&layout, width, smallest, packed, output)?,
        Ordering::Equal => whole(&layout, packed, output)?,
        Ordering::Greater => return Err(damaged("a difference is longer than an element")),
    }
    Ok(output.len())
}

/// Where the differences begin.
const HEADER: usize = 21;

/// What the file says of the elements.
struct Layout {
    count: usize,
    kind: Kind,
    /// Bytes of an element: 1, 2, 4 or 8.
    size: usize,
    big_endian: bool,
    /// The bits of the fill value.
    fill: Option<u64>,
}

enum Kind {
    /// With the number of bits that the writer was asked for, 0 for as many as needed.
    Integer {
        bits: i32,
    },
    Float {
        decimals: i32,
    },
}

impl Layout {
    fn new(values: &[u32]) -> Result<Self, DecodeError> {
        let &[
            scale,
            factor,
            count,
            class,
            size,
            sign,
            order,
            has_fill,
            low,
            high,
            ..,
        ] = values
        else {
            return Err(damaged("it needs 20 parameters"));
        };
        let factor = factor.cast_signed();
        let kind = match (class, scale, size, sign) {
            (0, 2, 1 | 2 | 4 | 8, 0 | 1) => Kind::Integer { bits: factor },
            (1, 0, 4 | 8, _) => Kind::Float { decimals: factor },
            _ => return Err(damaged("its parameters name no known type of numbers")),
        };
        if order > 1 {
            return Err(damaged("its byte order is unknown"));
        }
        let size = usize::try_from(size).map_err(|_| too_long())?;
        Ok(Self {
            count: usize::try_from(count).map_err(|_| too_long())?,
            kind,
            size,
            big_endian: order == 1,
            fill: (has_fill == 1).then_some(u64::from(high) << 32 | u64::from(low)),
        })
    }

    fn bits(&self) -> usize {
        8 * self.size
    }

    /// Whether the writer was asked for all bits of the integers and left them as they are.
    fn is_untouched(&self) -> bool {
        match self.kind {
            Kind::Integer { bits } => usize::try_from(bits).is_ok_and(|b| b == self.bits()),
            Kind::Float { .. } => false,
        }
    }
}

/// The bits of a difference and of the smallest value.
fn header(input: &[u8]) -> Result<(usize, u64), DecodeError> {
    let (width, rest) = input.split_first_chunk::<4>().ok_or_else(cut_short)?;
    let (&length, rest) = rest.split_first().ok_or_else(cut_short)?;
    let mut smallest = [0; 8];
    let length = usize::from(length).min(smallest.len());
    let stored = rest.get(..length).ok_or_else(cut_short)?;
    for (to, from) in smallest.iter_mut().zip(stored) {
        *to = *from;
    }
    let width = usize::try_from(u32::from_le_bytes(*width)).unwrap_or(usize::MAX);
    Ok((width, u64::from_le_bytes(smallest)))
}

/// Elements that differ too much are stored whole, in little-endian order.
fn whole(layout: &Layout, packed: &[u8], output: &mut [u8]) -> Result<(), DecodeError> {
    output.copy_from_slice(packed.get(..output.len()).ok_or_else(cut_short)?);
    if layout.big_endian {
        for element in output.chunks_exact_mut(layout.size) {
            element.reverse();
        }
    }
    Ok(())
}

fn differences(
    layout: &Layout,
    width: usize,
    smallest: u64,
    packed: &[u8],
    output: &mut [u8],
) -> Result<(), DecodeError> {
    let [a, b, c, d, ..] = smallest.to_le_bytes();
    match layout.kind {
        Kind::Integer { .. } => write(layout, width, packed, output, |difference| {
            difference.wrapping_add(smallest)
        }),
        Kind::Float { decimals } if layout.size == 4 => {
            let smallest = f32::from_le_bytes([a, b, c, d]);
            let scale = power_of_ten_f32(decimals);
            write(layout, width, packed, output, |difference| {
                #[expect(clippy::cast_precision_loss, reason = "the format rounds here")]
                let difference = difference as f32;
                u64::from((difference / scale + smallest).to_bits())
            })
        }
        Kind::Float { decimals } => {
            let smallest = f64::from_bits(smallest);
            let scale = power_of_ten(decimals);
            write(layout, width, packed, output, |difference| {
                #[expect(clippy::cast_precision_loss, reason = "the format rounds here")]
                let difference = difference as f64;
                (difference / scale + smallest).to_bits()
            })
        }
    }
}

/// Writes the elements whose bits `element` makes of the differences.
fn write(
    layout: &Layout,
    width: usize,
    packed: &[u8],
    output: &mut [u8],
    element: impl Fn(u64) -> u64,
) -> Result<(), DecodeError> {
    let width = u32::try_from(width).map_err(|_| too_long())?;
    let largest = (1_u64 << width) - 1;
    let mut bits = Bits::new(packed);
    for out in output.chunks_exact_mut(layout.size) {
        let difference = bits.take(width).ok_or_else(cut_short)?;
        let value = match layout.fill {
            Some(fill) if difference == largest => fill,
            _ => element(difference),
        };
        store(value, layout.big_endian, out);
    }
    Ok(())
}

/// 10 to an integer power as the C library's `pow` gives it, whose results define what
/// HDF5 reads: the nearest double, but for two.
fn power_of_ten(exponent: i32) -> f64 {
    match exponent {
        23 => 1.000_000_000_000_000_1e23,
        210 => 1.000_000_000_000_000_1e210,
        _ => format!("1e{exponent}").parse().unwrap_or(f64::NAN),
    }
}

/// The same in single precision, where `powf` always gives the nearest number.
fn power_of_ten_f32(exponent: i32) -> f32 {
    format!("1e{exponent}").parse().unwrap_or(f32::NAN)
}

fn cut_short() -> DecodeError {
    damaged("it is cut short")
}

fn too_long() -> DecodeError {
    damaged("it claims more bytes than a chunk has")
}

fn damaged(reason: &str) -> DecodeError {
    DecodeError::damaged("scaleoffset", reason)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::bits::hex;
    use super::*;

    fn parameters(start: &[u32]) -> Vec<u32> {
        let mut values = start.to_vec();
        values.resize(20, 0);
        values
    }

    /// Chunks that the HDF5 library wrote: parameters, stored bytes, what it reads.
    fn chunks() -> Vec<(Vec<u32>, Vec<u8>, Vec<u8>)> {
        let fill_or = |i: i32| if i % 5 == 0 { 7 } else { i * i - 1000 };
        let wide = [i16::MIN, i16::MAX, i16::MIN, i16::MAX];
        vec![
            (
                parameters(&[2, 0, 20, 0, 4, 1, 1, 1, 7]),
                hex(
                    "090000000819fcffffffffffff0000000000000000ff800060807ffc46301f943fe7847aa187ff7f\
                     c8287680",
                ),
                (0..20).flat_map(|i| fill_or(i).to_be_bytes()).collect(),
            ),
            (
                parameters(&[2, 0, 20, 0, 1, 1]),
                hex(
                    "070000000888ffffffffffffff00000000000000000034d27690675b0844f2b711695f105512f0",
                ),
                (0..20)
                    .flat_map(|i| i8::try_from(i * 13 % 100 - 120).unwrap().to_le_bytes())
                    .collect(),
            ),
            (
                parameters(&[2, 0, 20, 0, 8]),
                hex("00000000080500000000000080000000000000000000"),
                ((1_u64 << 63) + 5).to_le_bytes().repeat(20),
            ),
            (
                parameters(&[2, 0, 4, 0, 2, 1, 1, 1]),
                hex("1000000008000000000000000000000000000000000080ff7f0080ff7f"),
                wide.into_iter().flat_map(i16::to_be_bytes).collect(),
            ),
            (
                parameters(&[0, 2, 20, 1, 8, 0, 0, 1, 0, 0xBFF0_0000]),
                hex(
                    "0c0000000814ae47e17a14fabf0000000000000000fff00008911219b2242adfff3bf4484d155a5e\
                     366cfff77e8078909199a200",
                ),
                (0..20).flat_map(decimal).collect(),
            ),
            (
                parameters(&[0, 3, 20, 1, 4, 0, 1]),
                hex(
                    "0c00000008333333bf00000000000000000000000000007b0f61711ec2672e235d3d84534ce5495c\
                     463f6ba7357b082b8a692100",
                ),
                hex(
                    "bf333333bf13b645bee872b0bea978d5be54fdf2bdae14783d1ba5e03e24dd303e9168743ed0624e\
                     3f07ae153f272b033f46a7ef3f6624dd3f82d0e63f928f5c3fa24dd43fb20c4a3fc1cac03fd18936",
                ),
            ),
        ]
    }

    /// The fill value, or a number with two decimals as its distance from the first one.
    fn decimal(i: i32) -> [u8; 8] {
        let smallest = 1.37 - 3.0;
        let steps = f64::from(137 * (i - 1));
        if i % 7 == 0 {
            -1.0
        } else {
            steps / 100.0 + smallest
        }
        .to_le_bytes()
    }

    #[test]
    fn decodes_what_the_library_wrote() {
        for (values, stored, expected) in chunks() {
            let mut out = vec![0xAA; expected.len()];
            assert_eq!(decode(&values, &stored, &mut out), Ok(expected.len()));
            assert_eq!(out, expected, "{values:?}");
            assert!(decode(&values, &stored, &mut out[1..]).is_err());
            // The library may store one byte more than it needs.
            if stored[0] > 0 {
                assert!(decode(&values, &stored[..stored.len() - 2], &mut out).is_err());
            }
        }
    }

    #[test]
    fn all_bits_are_stored_as_they_are() {
        let values = parameters(&[2, 16, 2, 0, 2]);
        let mut out = [0; 4];
        assert_eq!(decode(&values, &[1, 2, 3, 4], &mut out), Ok(4));
        assert_eq!(out, [1, 2, 3, 4]);
        assert!(decode(&values, &[1, 2, 3, 4, 5], &mut out).is_err());
    }

    #[test]
    fn lies_are_errors() {
        let input = [&[8, 0, 0, 0, 8][..], &[1; 80]].concat();
        let mut out = [0; 64];
        assert!(decode(&parameters(&[2, 0, 8, 0, 4]), &input, &mut out).is_ok());
        for start in [
            [2, 0, 8, 0, 3, 0, 0],
            [1, 0, 8, 0, 4, 0, 0],
            [1, 0, 8, 1, 4, 0, 0],
            [2, 0, 8, 1, 4, 0, 0],
            [0, 0, 8, 1, 2, 0, 0],
            [2, 0, 8, 2, 4, 0, 0],
            [2, 0, 8, 0, 4, 2, 0],
            [2, 0, 8, 0, 4, 0, 2],
            [2, 0, 17, 0, 4, 0, 0],
            [2, 0, u32::MAX, 0, 8, 0, 0],
        ] {
            assert!(
                decode(&parameters(&start), &input, &mut out).is_err(),
                "{start:?}"
            );
        }
        assert!(decode(&[2, 0, 8, 0, 4, 0, 0], &input, &mut out).is_err());
        let longer = [&[33, 0, 0, 0, 8][..], &[1; 80]].concat();
        assert!(decode(&parameters(&[2, 0, 8, 0, 4]), &longer, &mut out).is_err());
        assert!(decode(&parameters(&[2, 0, 8, 0, 4]), &input[..12], &mut out).is_err());
    }

    #[test]
    fn powers_of_ten_are_the_nearest_numbers() {
        assert_eq!(power_of_ten(22), 1e22);
        assert_eq!(power_of_ten(-3), 1e-3);
        assert_eq!(power_of_ten(i32::MAX), f64::INFINITY);
        assert_eq!(power_of_ten(i32::MIN), 0.0);
        assert_eq!(power_of_ten_f32(11), 1e11);
        // The C library's results are one step above them.
        assert_eq!(power_of_ten(23), 1e23_f64.next_up());
        assert_eq!(power_of_ten(210), 1e210_f64.next_up());
    }

    proptest! {
        #[test]
        fn integers_are_the_smallest_and_the_difference(
            log in 0..4_u32,
            big_endian in any::<bool>(),
            smallest in any::<u64>(),
            fill in prop::option::of(any::<u64>()),
            width in any::<prop::sample::Index>(),
            noise in prop::collection::vec(any::<u8>(), 0..100),
        ) {
            let size = 1_usize << log;
            let width = width.index(8 * size);
            let count = (8 * noise.len()).checked_div(width).unwrap_or(5);
            let bit = |i: usize| u64::from(noise[i / 8] >> (7 - i % 8) & 1);
            let mut expected = Vec::new();
            for i in 0..count {
                let difference = (0..width).fold(0, |d, b| d << 1 | bit(i * width + b));
                let value = match fill {
                    Some(fill) if difference == (1 << width) - 1 => fill,
                    _ => smallest.wrapping_add(difference),
                };
                let mut bytes = value.to_le_bytes()[..size].to_vec();
                if big_endian {
                    bytes.reverse();
                }
                expected.extend(bytes);
            }
            let [low, high] = [fill.unwrap_or(9), fill.unwrap_or(9) >> 32]
                .map(|f| u32::try_from(f & 0xFFFF_FFFF).unwrap());
            let [count, size] = [count, size].map(|n| u32::try_from(n).unwrap());
            let values = parameters(&[
                2, 0, count, 0, size, 1, u32::from(big_endian), u32::from(fill.is_some()), low, high,
            ]);
            let mut input = u32::try_from(width).unwrap().to_le_bytes().to_vec();
            input.push(8);
            input.extend(smallest.to_le_bytes());
            input.extend([0; 8]);
            input.extend(noise);
            let mut out = vec![0; expected.len()];
            prop_assert_eq!(decode(&values, &input, &mut out), Ok(expected.len()));
            prop_assert_eq!(out, expected);
        }

        #[test]
        fn damage_is_an_error_or_a_chunk(
            which in 0..6_usize,
            parameter in (0..20_usize, prop_oneof![0..70_u32, any::<u32>()]),
            change in prop::option::of((any::<prop::sample::Index>(), any::<u8>())),
        ) {
            let (mut values, mut stored, expected) = chunks().swap_remove(which);
            values[parameter.0] = parameter.1;
            if let Some((place, byte)) = change {
                *place.get_mut(&mut stored) = byte;
            }
            let mut out = vec![0; expected.len()];
            if let Ok(length) = decode(&values, &stored, &mut out) {
                prop_assert!(length <= out.len());
            }
        }
    }
}
