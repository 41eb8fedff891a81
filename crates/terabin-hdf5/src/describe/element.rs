//! From the library's datatypes to [`ElementType`].

use std::ffi::{c_char, c_uint, c_void};

use hdf5_metno_sys::h5::H5free_memory;
use hdf5_metno_sys::h5t::{
    H5T_class_t, H5T_norm_t, H5T_order_t, H5T_sign_t, H5T_str_t, H5Tget_class, H5Tget_ebias,
    H5Tget_fields, H5Tget_member_name, H5Tget_member_value, H5Tget_nmembers, H5Tget_norm,
    H5Tget_offset, H5Tget_order, H5Tget_precision, H5Tget_sign, H5Tget_size, H5Tget_strpad,
    H5Tget_super, H5Tget_tag, H5Tis_variable_str,
};

use super::nested;
use crate::element::{Bits, ElementClass, ElementType, Padding};
use crate::library::{Cause, Id, text_at};

/// Types within types are followed no deeper than this.
const DEEPEST: usize = 16;
/// The most types of one element, members and members of members.
const MOST: usize = 4096;

/// A datatype of a file. The library shows its form in memory; [`Stored::element`] is
/// the form in the file, which differs where there are texts of variable length.
pub(super) struct Stored {
    pub(super) element: ElementType,
    /// Bytes of the form in memory.
    pub(super) memory: usize,
    /// Whether the form in memory has pointers.
    pub(super) pointers: bool,
}

impl Stored {
    /// A type that has one form.
    pub(super) fn plain(class: ElementClass, size: usize, big_endian: bool) -> Self {
        Self {
            element: ElementType {
                class,
                size,
                big_endian,
                bits: None,
            },
            memory: size,
            pointers: false,
        }
    }
}

/// The type of the elements of a file whose addresses have `address` bytes.
pub(super) fn element(kind: &Id, address: usize) -> Result<Stored, Cause> {
    let mut types = Types {
        address,
        left: MOST,
        unknown: None,
    };
    let stored = types.any(kind, 0)?;
    Ok(match types.unknown {
        Some(name) => Stored {
            pointers: true,
            ..other(name, stored.memory)
        },
        None => stored,
    })
}

pub(super) struct Types {
    address: usize,
    left: usize,
    /// Why the form in the file cannot be told.
    pub(super) unknown: Option<&'static str>,
}

impl Types {
    pub(super) fn any(&mut self, kind: &Id, depth: usize) -> Result<Stored, Cause> {
        // SAFETY: `kind` is a datatype.
        let (class, size) = unsafe { (H5Tget_class(kind.raw()), H5Tget_size(kind.raw())) };
        if size == 0 {
            return Err(Cause("its datatype has no size".into()));
        }
        let Some(left) = self.left.checked_sub(1).filter(|_| depth <= DEEPEST) else {
            self.unknown = Some("compound of too many parts");
            return Ok(other("", size));
        };
        self.left = left;
        Ok(match class {
            H5T_class_t::H5T_INTEGER | H5T_class_t::H5T_BITFIELD => integer(kind, class, size),
            H5T_class_t::H5T_FLOAT => Stored::plain(float(kind, size), size, is_big_endian(kind)),
            H5T_class_t::H5T_STRING => self.text(kind, size),
            H5T_class_t::H5T_ENUM => enumeration(kind, size)?,
            H5T_class_t::H5T_TIME => time(kind, size),
            H5T_class_t::H5T_OPAQUE => opaque(kind, size),
            H5T_class_t::H5T_COMPOUND => nested::compound(self, kind, size, depth)?,
            H5T_class_t::H5T_ARRAY => nested::array(self, kind, size, depth)?,
            H5T_class_t::H5T_COMPLEX => nested::complex(self, kind, size, depth)?,
            H5T_class_t::H5T_VLEN => moved("variable-length list", size, self.address + 8),
            H5T_class_t::H5T_REFERENCE => self.reference(size),
            _ => other("type that is not known", size),
        })
    }

    fn text(&self, kind: &Id, size: usize) -> Stored {
        // SAFETY: `kind` is a string datatype.
        let (variable, padding) =
            unsafe { (H5Tis_variable_str(kind.raw()), H5Tget_strpad(kind.raw())) };
        if variable > 0 {
            let mut stored = moved("", size, self.address + 8);
            stored.element.class = ElementClass::VariableText;
            return stored;
        }
        let padding = match padding {
            H5T_str_t::H5T_STR_NULLTERM => Padding::NulTerminated,
            H5T_str_t::H5T_STR_NULLPAD => Padding::Nuls,
            H5T_str_t::H5T_STR_SPACEPAD => Padding::Spaces,
            _ => return other("text with a padding that is not known", size),
        };
        Stored::plain(ElementClass::Text(padding), size, false)
    }

    /// The library shows 8 and 12 bytes for the references of HDF5 1.8, which take an
    /// address, and an address and 4 bytes, in the file.
    fn reference(&mut self, size: usize) -> Stored {
        match size {
            8 => moved("reference", size, self.address),
            12 => moved("reference", size, self.address + 4),
            _ => {
                self.unknown = Some("reference");
                other("reference", size)
            }
        }
    }
}

/// A type that has pointers in memory and addresses in the file.
fn moved(name: &str, memory: usize, size: usize) -> Stored {
    Stored {
        memory,
        pointers: true,
        ..other(name, size)
    }
}

fn other(name: &str, size: usize) -> Stored {
    Stored::plain(ElementClass::Other(name.into()), size, false)
}

fn is_big_endian(kind: &Id) -> bool {
    // SAFETY: `kind` is a datatype.
    unsafe { H5Tget_order(kind.raw()) == H5T_order_t::H5T_ORDER_BE }
}

/// Whether the bytes stand in one of the two orders; one byte has no order.
fn is_ordered(kind: &Id, size: usize) -> bool {
    // SAFETY: `kind` is a datatype.
    let order = unsafe { H5Tget_order(kind.raw()) };
    matches!(order, H5T_order_t::H5T_ORDER_LE | H5T_order_t::H5T_ORDER_BE)
        || (size == 1 && order == H5T_order_t::H5T_ORDER_NONE)
}

fn integer(kind: &Id, class: H5T_class_t, size: usize) -> Stored {
    // SAFETY: `kind` is an integer or bit field.
    let (precision, offset) = unsafe { (H5Tget_precision(kind.raw()), H5Tget_offset(kind.raw())) };
    let bits = size.checked_mul(8).zip(u32::try_from(offset).ok());
    let bits = bits.filter(|_| (1..=8).contains(&size) && is_ordered(kind, size));
    let counted = u32::try_from(precision).ok().filter(|&p| p > 0);
    let Some((whole, offset)) = bits else {
        return other(&format!("{precision}-bit integer"), size);
    };
    let end = counted.and_then(|p| p.checked_add(offset));
    let (Some(precision), true) = (counted, end.is_some_and(|e| e as usize <= whole)) else {
        return other("integer whose bits lie outside of it", size);
    };
    let is_bit_field = class == H5T_class_t::H5T_BITFIELD;
    // SAFETY: `kind` is an integer; bit fields have no sign.
    let unsigned = is_bit_field || unsafe { H5Tget_sign(kind.raw()) } == H5T_sign_t::H5T_SGN_NONE;
    let class = if unsigned {
        ElementClass::Unsigned
    } else {
        ElementClass::Signed
    };
    let mut stored = Stored::plain(class, size, is_big_endian(kind));
    // Bit fields always have bits: this tells them from integers. Sizes that no machine
    // has are read bit by bit.
    if is_bit_field || precision as usize != whole || !size.is_power_of_two() {
        stored.element.bits = Some(Bits { offset, precision });
    }
    stored
}

/// Only the IEEE formats are floats: any other bit layout would be misread.
fn float(kind: &Id, size: usize) -> ElementClass {
    let ieee = match size {
        2 => Some((15, 10, 5, 10, 15)),
        4 => Some((31, 23, 8, 23, 127)),
        8 => Some((63, 52, 11, 52, 1023)),
        _ => None,
    };
    let found = float_fields(kind);
    if ieee.is_some() && ieee == found {
        return ElementClass::Float;
    }
    // SAFETY: `kind` is a floating-point datatype.
    let precision = unsafe { H5Tget_precision(kind.raw()) };
    ElementClass::Other(format!("{precision}-bit float that is not IEEE"))
}

fn float_fields(kind: &Id) -> Option<(usize, usize, usize, usize, usize)> {
    let (mut sign, mut exponent, mut exponent_bits) = (0, 0, 0);
    let (mut mantissa, mut mantissa_bits) = (0, 0);
    // SAFETY: `kind` is a floating-point datatype, and the five places are ours.
    let (code, bias, norm, order, offset) = unsafe {
        (
            H5Tget_fields(
                kind.raw(),
                &raw mut sign,
                &raw mut exponent,
                &raw mut exponent_bits,
                &raw mut mantissa,
                &raw mut mantissa_bits,
            ),
            H5Tget_ebias(kind.raw()),
            H5Tget_norm(kind.raw()),
            H5Tget_order(kind.raw()),
            H5Tget_offset(kind.raw()),
        )
    };
    let plain = code >= 0
        && norm == H5T_norm_t::H5T_NORM_IMPLIED
        && matches!(order, H5T_order_t::H5T_ORDER_LE | H5T_order_t::H5T_ORDER_BE)
        && mantissa == 0
        && offset == 0;
    plain.then_some((sign, exponent, exponent_bits, mantissa_bits, bias))
}

fn enumeration(kind: &Id, size: usize) -> Result<Stored, Cause> {
    // SAFETY: `kind` is an enumeration, which has a base type.
    let base = Id::new(unsafe { H5Tget_super(kind.raw()) })?;
    let mut stored = integer(&base, H5T_class_t::H5T_INTEGER, size);
    let is_bool = size == 1 && members(kind) == [("FALSE".to_owned(), 0), ("TRUE".to_owned(), 1)];
    if is_bool && stored.element.bits.is_none() {
        stored.element.class = ElementClass::Bool;
    }
    Ok(stored)
}

/// The members of an enumeration whose values have one byte.
fn members(kind: &Id) -> Vec<(String, u8)> {
    // SAFETY: `kind` is an enumeration.
    let count = unsafe { H5Tget_nmembers(kind.raw()) };
    if count != 2 {
        return Vec::new();
    }
    (0..2).filter_map(|i| member(kind, i)).collect()
}

fn member(kind: &Id, index: c_uint) -> Option<(String, u8)> {
    let mut value = 0_u8;
    // SAFETY: the members have one byte, and `index` is one of them.
    let (name, code) = unsafe {
        let name = H5Tget_member_name(kind.raw(), index);
        let place = (&raw mut value).cast::<c_void>();
        (name, H5Tget_member_value(kind.raw(), index, place))
    };
    let text = owned(name)?;
    (code >= 0).then_some((text, value))
}

/// A text that the library made for us, given back to it.
pub(super) fn owned(text: *mut c_char) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: a text of the library's own, which ends with a NUL.
    unsafe {
        let copy = text_at(text);
        H5free_memory(text.cast());
        Some(copy)
    }
}

fn time(kind: &Id, size: usize) -> Stored {
    if matches!(size, 4 | 8) && is_ordered(kind, size) {
        Stored::plain(ElementClass::Time, size, is_big_endian(kind))
    } else {
        other("time", size)
    }
}

fn opaque(kind: &Id, size: usize) -> Stored {
    // SAFETY: `kind` is an opaque datatype.
    let tag = owned(unsafe { H5Tget_tag(kind.raw()) }).unwrap_or_default();
    match numpy_time(&tag) {
        Some((tick, big_endian)) if size == 8 => {
            Stored::plain(ElementClass::NumpyTime { tick }, size, big_endian)
        }
        _ => other("opaque", size),
    }
}

/// What the tag of NumPy's `datetime64` says: the nanoseconds of a tick, and whether the
/// most significant byte comes first.
fn numpy_time(tag: &str) -> Option<(i64, bool)> {
    let name = tag.strip_prefix("NUMPY:")?;
    let big_endian = name.starts_with('>');
    let name = name.trim_start_matches(['<', '>', '=']);
    let unit = name
        .strip_prefix("datetime64[")
        .or_else(|| name.strip_prefix("M8["))?
        .strip_suffix(']')?;
    let digits = unit.len() - unit.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (count, unit) = unit.split_at_checked(digits)?;
    let count: i64 = if count.is_empty() {
        1
    } else {
        count.parse().ok()?
    };
    let tick: i64 = match unit {
        "ns" => 1,
        "us" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        "D" => 86_400_000_000_000,
        "W" => 604_800_000_000_000,
        _ => return None,
    };
    let tick = tick.checked_mul(count).filter(|&t| t > 0)?;
    Some((tick, big_endian))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_numpy_times() {
        assert_eq!(numpy_time("NUMPY:datetime64[ns]"), Some((1, false)));
        assert_eq!(numpy_time("NUMPY:<M8[10ms]"), Some((10_000_000, false)));
        assert_eq!(numpy_time("NUMPY:>M8[D]"), Some((86_400_000_000_000, true)));
        let never = [
            "NUMPY:timedelta64[ns]",
            "NUMPY:datetime64[Y]",
            "NUMPY:datetime64[0s]",
            "NUMPY:datetime64",
            "NUMPY:<M8[99999999999999999999s]",
            "NUMPY:<M8[99999999999W]",
            "datetime64[ns]",
            "",
        ];
        for tag in never {
            assert_eq!(numpy_time(tag), None, "{tag}");
        }
    }
}
