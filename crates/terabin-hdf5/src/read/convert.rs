//! From stored elements to values in memory; every conversion is exact.

use crate::element::{Bits, ElementClass, ElementType};

/// Stored elements, each `stride` bytes after the one before.
pub(crate) struct Strided<'a> {
    /// The bytes, from the first element on.
    pub(crate) bytes: &'a [u8],
    /// Bytes from one element to the next; 0 repeats one element.
    pub(crate) stride: usize,
}

/// Fills `to` and says with how many values; `None` where the type does not fit.
pub(crate) fn convert_i64(e: &ElementType, from: &Strided<'_>, to: &mut [i64]) -> Option<usize> {
    Some(match (&e.class, e.size, e.bits) {
        (ElementClass::Signed | ElementClass::Time, _, Some(bits)) => {
            odd(e, from, to, |raw| signed(raw, bits))?
        }
        (ElementClass::Signed | ElementClass::Time, 1, None) => {
            each(e, from, to, |b| i64::from(i8::from_le_bytes(b)))
        }
        (ElementClass::Signed | ElementClass::Time, 2, None) => {
            each(e, from, to, |b| i64::from(i16::from_le_bytes(b)))
        }
        (ElementClass::Signed | ElementClass::Time, 4, None) => {
            each(e, from, to, |b| i64::from(i32::from_le_bytes(b)))
        }
        (ElementClass::Signed | ElementClass::Time | ElementClass::NumpyTime { .. }, 8, None) => {
            each(e, from, to, i64::from_le_bytes)
        }
        _ => return None,
    })
}

/// Fills `to` and says with how many values; `None` where the type does not fit.
pub(crate) fn convert_u64(e: &ElementType, from: &Strided<'_>, to: &mut [u64]) -> Option<usize> {
    Some(match (&e.class, e.size, e.bits) {
        (ElementClass::Unsigned, _, Some(bits)) => odd(e, from, to, |raw| unsigned(raw, bits))?,
        (ElementClass::Unsigned, 1, None) => each(e, from, to, |b| u64::from(u8::from_le_bytes(b))),
        (ElementClass::Unsigned, 2, None) => {
            each(e, from, to, |b| u64::from(u16::from_le_bytes(b)))
        }
        (ElementClass::Unsigned, 4, None) => {
            each(e, from, to, |b| u64::from(u32::from_le_bytes(b)))
        }
        (ElementClass::Unsigned, 8, None) => each(e, from, to, u64::from_le_bytes),
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
    if from.stride == N {
        let elements = from.bytes.as_chunks::<N>().0;
        let count = elements.len().min(to.len());
        for (to, bytes) in to.iter_mut().zip(elements) {
            *to = value(*bytes);
        }
        return count;
    }
    for (i, to) in to.iter_mut().enumerate() {
        let place = i
            .checked_mul(from.stride)
            .and_then(|at| from.bytes.get(at..));
        match place.and_then(|bytes| bytes.first_chunk::<N>()) {
            Some(bytes) => *to = value(*bytes),
            None => return i,
        }
    }
    to.len()
}

/// Integers of which not every bit counts, or of a size that no machine has.
fn odd<T>(
    e: &ElementType,
    from: &Strided<'_>,
    to: &mut [T],
    value: impl Fn(u64) -> T,
) -> Option<usize> {
    if e.size > 8 {
        return None;
    }
    for (i, to) in to.iter_mut().enumerate() {
        let start = i.checked_mul(from.stride)?;
        let stored = from.bytes.get(start..start.checked_add(e.size)?)?;
        let mut raw = [0_u8; 8];
        raw[..e.size].copy_from_slice(stored);
        if e.big_endian {
            raw[..e.size].reverse();
        }
        *to = value(u64::from_le_bytes(raw));
    }
    Some(to.len())
}

fn unsigned(raw: u64, bits: Bits) -> u64 {
    let kept = 64_u32.saturating_sub(bits.precision).min(63);
    raw.checked_shr(bits.offset).unwrap_or(0) << kept >> kept
}

/// The highest bit that counts is the sign.
fn signed(raw: u64, bits: Bits) -> i64 {
    let kept = 64_u32.saturating_sub(bits.precision).min(63);
    (raw.checked_shr(bits.offset).unwrap_or(0) << kept).cast_signed() >> kept
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

    fn integers(size: usize, big_endian: bool, bits: Option<Bits>) -> ElementType {
        ElementType {
            class: ElementClass::Signed,
            size,
            big_endian,
            bits,
        }
    }

    #[test]
    fn strides_and_byte_orders() {
        let bytes = [0xff, 0xfe, 0, 1, 0, 2, 0, 3];
        let mut to = [0; 2];
        let from = |stride| Strided {
            bytes: &bytes,
            stride,
        };
        let big = integers(2, true, None);
        assert_eq!(convert_i64(&big, &from(4), &mut to), Some(2));
        assert_eq!(to, [-2, 2]);
        assert_eq!(
            convert_i64(&integers(2, false, None), &from(4), &mut to),
            Some(2)
        );
        assert_eq!(to, [-257, 512]);
        assert_eq!(convert_i64(&big, &from(0), &mut to), Some(2));
        assert_eq!(to, [-2, -2]);
        let mut to = [0; 9];
        assert_eq!(
            convert_i64(&integers(1, false, None), &from(2), &mut to),
            Some(4)
        );
        assert_eq!(
            convert_i64(&integers(3, false, None), &from(3), &mut to),
            None
        );
    }

    #[test]
    fn bits_that_count_are_shifted_and_their_sign_extended() {
        let bits = |offset, precision| Some(Bits { offset, precision });
        let bytes = [0xf0, 0x8f, 0x00, 0x10];
        let from = Strided {
            bytes: &bytes,
            stride: 2,
        };
        let mut to = [0; 2];
        let twelve = integers(2, false, bits(4, 12));
        assert_eq!(convert_i64(&twelve, &from, &mut to), Some(2));
        assert_eq!(to, [0x8ff - 0x1000, 0x100]);
        let element = ElementType {
            class: ElementClass::Unsigned,
            ..twelve
        };
        let mut to = [0; 2];
        assert_eq!(convert_u64(&element, &from, &mut to), Some(2));
        assert_eq!(to, [0x8ff, 0x100]);
        let three = integers(3, true, bits(0, 24));
        let from = Strided {
            bytes: &[0xff, 0xff, 0xfe],
            stride: 3,
        };
        let mut to = [0; 1];
        assert_eq!(convert_i64(&three, &from, &mut to), Some(1));
        assert_eq!(to, [-2]);
    }
}
