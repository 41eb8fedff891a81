//! From the library's datatypes to [`ElementType`].

use std::ffi::{c_char, c_uint, c_void};

use hdf5_metno_sys::h5::H5free_memory;
use hdf5_metno_sys::h5t::{
    H5T_class_t, H5T_norm_t, H5T_order_t, H5T_sign_t, H5Tget_class, H5Tget_ebias, H5Tget_fields,
    H5Tget_member_name, H5Tget_member_value, H5Tget_nmembers, H5Tget_norm, H5Tget_offset,
    H5Tget_order, H5Tget_precision, H5Tget_sign, H5Tget_size, H5Tget_super,
};

use crate::description::{ElementClass, ElementType};
use crate::library::{Cause, Id, text_at};

/// The element type, and why only the library can convert it where that is so.
pub(super) fn element(kind: &Id) -> Result<(ElementType, Option<String>), Cause> {
    // SAFETY: `kind` is a datatype.
    let (class, size) = unsafe { (H5Tget_class(kind.raw()), H5Tget_size(kind.raw())) };
    if size == 0 {
        return Err(Cause("its datatype has no size".into()));
    }
    let (class, odd) = match class {
        H5T_class_t::H5T_INTEGER => integer(kind, size),
        H5T_class_t::H5T_FLOAT => (float(kind, size), None),
        H5T_class_t::H5T_STRING => (ElementClass::Text, None),
        H5T_class_t::H5T_ENUM => return enumeration(kind, size),
        other => (ElementClass::Other(class_name(other).into()), None),
    };
    let element = ElementType {
        class,
        size,
        big_endian: is_big_endian(kind),
    };
    Ok((element, odd))
}

fn is_big_endian(kind: &Id) -> bool {
    // SAFETY: `kind` is a datatype.
    unsafe { H5Tget_order(kind.raw()) == H5T_order_t::H5T_ORDER_BE }
}

fn class_name(class: H5T_class_t) -> &'static str {
    match class {
        H5T_class_t::H5T_TIME => "time",
        H5T_class_t::H5T_BITFIELD => "bit field",
        H5T_class_t::H5T_OPAQUE => "opaque",
        H5T_class_t::H5T_COMPOUND => "compound",
        H5T_class_t::H5T_REFERENCE => "reference",
        H5T_class_t::H5T_VLEN => "variable-length list",
        H5T_class_t::H5T_ARRAY => "array",
        H5T_class_t::H5T_COMPLEX => "complex",
        _ => "unknown type",
    }
}

fn integer(kind: &Id, size: usize) -> (ElementClass, Option<String>) {
    // SAFETY: `kind` is an integer datatype.
    let (sign, precision, offset, order) = unsafe {
        (
            H5Tget_sign(kind.raw()),
            H5Tget_precision(kind.raw()),
            H5Tget_offset(kind.raw()),
            H5Tget_order(kind.raw()),
        )
    };
    let plain_order = matches!(order, H5T_order_t::H5T_ORDER_LE | H5T_order_t::H5T_ORDER_BE);
    if size > 8 || !plain_order {
        return (
            ElementClass::Other(format!("{precision}-bit integer")),
            None,
        );
    }
    let whole = precision == size * 8 && offset == 0 && size.is_power_of_two();
    let odd = (!whole).then(|| format!("{precision}-bit integers in {size} bytes"));
    let class = match sign {
        H5T_sign_t::H5T_SGN_NONE => ElementClass::Unsigned,
        _ => ElementClass::Signed,
    };
    (class, odd)
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

fn enumeration(kind: &Id, size: usize) -> Result<(ElementType, Option<String>), Cause> {
    // SAFETY: `kind` is an enumeration, which has a base type.
    let base = Id::new(unsafe { H5Tget_super(kind.raw()) })?;
    let (class, odd) = integer(&base, size);
    let is_bool = size == 1 && members(kind) == [("FALSE".to_owned(), 0), ("TRUE".to_owned(), 1)];
    let element = ElementType {
        class: if is_bool { ElementClass::Bool } else { class },
        size,
        big_endian: is_big_endian(&base),
    };
    Ok((element, odd))
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
        let name: *mut c_char = H5Tget_member_name(kind.raw(), index);
        let place = (&raw mut value).cast::<c_void>();
        (name, H5Tget_member_value(kind.raw(), index, place))
    };
    if name.is_null() {
        return None;
    }
    // SAFETY: the library gave a text of its own, which we give back to it.
    let text = unsafe {
        let text = text_at(name);
        H5free_memory(name.cast());
        text
    };
    (code >= 0).then_some((text, value))
}
