//! From stored elements to values in memory; every conversion is exact.

use crate::description::{ElementClass, ElementType};

/// Stored elements, of which every `stride`-th counts, from the first on.
pub(crate) struct Strided<'a> {
    /// The bytes, from the first element that counts.
    pub(crate) bytes: &'a [u8],
    /// The distance from one to the next, in elements.
    pub(crate) stride: usize,
}

/// Fills `to` and says with how many values; `None` where the type does not fit.
pub(crate) fn convert_i64(e: &ElementType, from: &Strided<'_>, to: &mut [i64]) -> Option<usize> {
    Some(match (&e.class, e.size) {
        (ElementClass::Signed, 1) => each(e, from, to, |b| i64::from(i8::from_le_bytes(b))),
        (ElementClass::Signed, 2) => each(e, from, to, |b| i64::from(i16::from_le_bytes(b))),
        (ElementClass::Signed, 4) => each(e, from, to, |b| i64::from(i32::from_le_bytes(b))),
        (ElementClass::Signed, 8) => each(e, from, to, i64::from_le_bytes),
        _ => return None,
    })
}

/// Fills `to` and says with how many values; `None` where the type does not fit.
pub(crate) fn convert_u64(e: &ElementType, from: &Strided<'_>, to: &mut [u64]) -> Option<usize> {
    Some(match (&e.class, e.size) {
        (ElementClass::Unsigned, 1) => each(e, from, to, |b| u64::from(u8::from_le_bytes(b))),
        (ElementClass::Unsigned, 2) => each(e, from, to, |b| u64::from(u16::from_le_bytes(b))),
        (ElementClass::Unsigned, 4) => each(e, from, to, |b| u64::from(u32::from_le_bytes(b))),
        (ElementClass::Unsigned, 8) => each(e, from, to, u64::from_le_bytes),
        _ => return None,
    })
}

/// Fills `to` and says with how many values; `None` where the type does not fit.
pub(crate) fn convert_f32(e: &ElementType, from: &Strided<'_>, to: &mut [f32]) -> Option<usize> {
    Some(match (&e.class, e.size) {
        (ElementClass::Float, 2) => each(e, from, to, |b| half(u16::from_le_bytes(b))),
        (ElementClass::Float, 4) => each(e, from, to, f32::from_le_bytes),
        _ => return None,
    })
}

/// Fills `to` and says with how many values; `None` where the type does not fit.
pub(crate) fn convert_f64(e: &ElementType, from: &Strided<'_>, to: &mut [f64]) -> Option<usize> {
    Some(match (&e.class, e.size) {
        (ElementClass::Float, 2) => each(e, from, to, |b| f64::from(half(u16::from_le_bytes(b)))),
        (ElementClass::Float, 4) => each(e, from, to, |b| f64::from(f32::from_le_bytes(b))),
        (ElementClass::Float, 8) => each(e, from, to, f64::from_le_bytes),
        _ => return None,
    })
}

/// Fills `to` and says with how many values; `None` where the type does not fit.
pub(crate) fn convert_bool(e: &ElementType, from: &Strided<'_>, to: &mut [bool]) -> Option<usize> {
    match (&e.class, e.size) {
        (ElementClass::Bool, 1) => Some(each(e, from, to, |b: [u8; 1]| b != [0])),
        _ => None,
    }
}

fn each<const N: usize, T>(
    element: &ElementType,
    from: &Strided<'_>,
    to: &mut [T],
    value: impl Fn([u8; N]) -> T,
) -> usize {
    if element.big_endian {
        copy(from, to, |mut bytes| {
            bytes.reverse();
            value(bytes)
        })
    } else {
        copy(from, to, value)
    }
}

fn copy<const N: usize, T>(
    from: &Strided<'_>,
    to: &mut [T],
    value: impl Fn([u8; N]) -> T,
) -> usize {
    let elements = from.bytes.as_chunks::<N>().0;
    let count = elements.len().div_ceil(from.stride.max(1)).min(to.len());
    if from.stride == 1 {
        for (to, bytes) in to.iter_mut().zip(elements) {
            *to = value(*bytes);
        }
    } else {
        for (to, bytes) in to
            .iter_mut()
            .zip(elements.iter().step_by(from.stride.max(1)))
        {
            *to = value(*bytes);
        }
    }
    count
}

/// IEEE half precision: every value of it is one of single precision.
fn half(bits: u16) -> f32 {
    let sign = u32::from(bits & 0x8000) << 16;
    let exponent = u32::from(bits >> 10) & 0x1f;
    let mantissa = u32::from(bits & 0x3ff);
    let magnitude = match exponent {
        // Subnormal halves are multiples of 2^-24, which singles hold as normals.
        0 => (f32::from(bits & 0x3ff) * f32::from_bits((127 - 24) << 23)).to_bits(),
        31 => 0x7f80_0000 | (mantissa << 13),
        _ => ((exponent + 112) << 23) | (mantissa << 13),
    };
    f32::from_bits(sign | magnitude)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_have_their_ieee_values() {
        for (bits, value) in [
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x0001, 5.960_464_5e-8),
            (0x03ff, 6.097_555e-5),
            (0x0400, 6.103_515_6e-5),
            (0x7c00, f32::INFINITY),
            (0xfc00, f32::NEG_INFINITY),
            (0x3555, 0.333_251_95),
        ] {
            assert_eq!(half(bits).to_bits(), f32::to_bits(value), "{bits:#x}");
        }
        assert!(half(0x7e00).is_nan());
        assert_eq!(half(0x8000).to_bits(), (-0.0_f32).to_bits());
    }

    #[test]
    fn strides_and_byte_orders() {
        let element = |size, big_endian| ElementType {
            class: ElementClass::Signed,
            size,
            big_endian,
        };
        let bytes = [0xff, 0xfe, 0, 1, 0, 2, 0, 3];
        let mut to = [0; 2];
        let from = Strided {
            bytes: &bytes,
            stride: 2,
        };
        assert_eq!(convert_i64(&element(2, true), &from, &mut to), Some(2));
        assert_eq!(to, [-2, 2]);
        assert_eq!(convert_i64(&element(2, false), &from, &mut to), Some(2));
        assert_eq!(to, [-257, 512]);
        let mut to = [0; 9];
        assert_eq!(convert_i64(&element(1, false), &from, &mut to), Some(4));
        assert_eq!(convert_i64(&element(3, false), &from, &mut to), None);
    }
}
