//! Datatypes that have parts: compounds, arrays and complex numbers.

use std::ffi::c_uint;

use hdf5_metno_sys::h5t::{
    H5Tget_array_dims2, H5Tget_array_ndims, H5Tget_member_name, H5Tget_member_offset,
    H5Tget_member_type, H5Tget_nmembers, H5Tget_super,
};

use super::element::{Stored, Types, owned};
use crate::element::{ElementClass, ElementType, Member};
use crate::library::{Cause, Id};

/// A compound; its members lie within it, in the file and in memory.
pub(super) fn compound(
    types: &mut Types,
    kind: &Id,
    memory: usize,
    depth: usize,
) -> Result<Stored, Cause> {
    // SAFETY: `kind` is a compound.
    let count = unsafe { H5Tget_nmembers(kind.raw()) };
    let count = c_uint::try_from(count).map_err(|_| damaged())?;
    let mut parts = Vec::new();
    for i in 0..count {
        parts.push(part(types, kind, i, memory, depth)?);
        if types.unknown.is_some() {
            break;
        }
    }
    // From the form in memory back to the form in the file: what lies behind a member
    // that has another size there lies elsewhere.
    parts.sort_by_key(|p| p.offset);
    let pointers = parts.iter().any(|p| p.stored.pointers);
    let (mut in_memory, mut in_file) = (0_usize, 0_usize);
    let mut members = Vec::new();
    for part in parts {
        let offset = part.offset.checked_add(in_file);
        let offset = offset.and_then(|o| o.checked_sub(in_memory));
        in_memory = in_memory
            .checked_add(part.stored.memory)
            .ok_or_else(damaged)?;
        let element = part.stored.element;
        in_file = in_file.checked_add(element.size).ok_or_else(damaged)?;
        members.push((part.number, part.name, offset.ok_or_else(damaged)?, element));
    }
    let size = memory.checked_add(in_file);
    let size = size
        .and_then(|s| s.checked_sub(in_memory))
        .ok_or_else(damaged)?;
    members.sort_by_key(|(number, ..)| *number);
    let whole = |(_, name, offset, element): (c_uint, String, usize, ElementType)| {
        let end = offset.checked_add(element.size).ok_or_else(damaged)?;
        if end > size {
            return Err(damaged());
        }
        Ok(Member {
            name,
            offset,
            element,
        })
    };
    let members = members.into_iter().map(whole).collect::<Result<_, _>>()?;
    Ok(Stored {
        memory,
        pointers,
        ..Stored::plain(ElementClass::Compound(members), size, false)
    })
}

struct Part {
    number: c_uint,
    name: String,
    offset: usize,
    stored: Stored,
}

fn part(
    types: &mut Types,
    kind: &Id,
    number: c_uint,
    memory: usize,
    depth: usize,
) -> Result<Part, Cause> {
    // SAFETY: `kind` is a compound that has the member.
    let (name, offset, member) = unsafe {
        (
            H5Tget_member_name(kind.raw(), number),
            H5Tget_member_offset(kind.raw(), number),
            H5Tget_member_type(kind.raw(), number),
        )
    };
    let name = owned(name).ok_or_else(damaged)?;
    let stored = types.any(&Id::new(member)?, depth + 1)?;
    match offset.checked_add(stored.memory) {
        Some(end) if end <= memory => Ok(Part {
            number,
            name,
            offset,
            stored,
        }),
        _ => Err(damaged()),
    }
}

fn damaged() -> Cause {
    Cause("its datatype has members that do not fit into it".into())
}

/// An array of some other type.
pub(super) fn array(
    types: &mut Types,
    kind: &Id,
    memory: usize,
    depth: usize,
) -> Result<Stored, Cause> {
    let bad = || Cause("its array type has an impossible shape".into());
    // SAFETY: `kind` is an array.
    let (rank, base) = unsafe { (H5Tget_array_ndims(kind.raw()), H5Tget_super(kind.raw())) };
    let base = types.any(&Id::new(base)?, depth + 1)?;
    let rank = usize::try_from(rank).map_err(|_| bad())?;
    let mut shape = vec![0_u64; rank];
    // SAFETY: `shape` has room for every dimension.
    if unsafe { H5Tget_array_dims2(kind.raw(), shape.as_mut_ptr()) } < 0 {
        return Err(bad());
    }
    let count = shape
        .iter()
        .try_fold(1_usize, |n, &s| n.checked_mul(usize::try_from(s).ok()?))
        .filter(|&n| n > 0 && rank > 0)
        .ok_or_else(bad)?;
    if count.checked_mul(base.memory) != Some(memory) {
        return Err(bad());
    }
    let size = count.checked_mul(base.element.size).ok_or_else(bad)?;
    let class = ElementClass::Array {
        shape,
        base: Box::new(base.element),
    };
    Ok(Stored {
        memory,
        pointers: base.pointers,
        ..Stored::plain(class, size, false)
    })
}

/// A complex number, as the compound of `r` and `i` that h5py writes.
pub(super) fn complex(
    types: &mut Types,
    kind: &Id,
    size: usize,
    depth: usize,
) -> Result<Stored, Cause> {
    // SAFETY: `kind` is a complex number, which has a base type.
    let base = Id::new(unsafe { H5Tget_super(kind.raw()) })?;
    let base = types.any(&base, depth + 1)?.element;
    if base.size.checked_mul(2) != Some(size) {
        return Err(Cause("its complex type has an impossible size".into()));
    }
    let member = |name: &str, offset| Member {
        name: name.into(),
        offset,
        element: base.clone(),
    };
    let members = vec![member("r", 0), member("i", base.size)];
    Ok(Stored::plain(ElementClass::Compound(members), size, false))
}
