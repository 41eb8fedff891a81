//! Dimension scales: which dataset has the coordinates of a dimension.

use hdf5_metno_sys::h5a::{H5Aexists, H5Aread};
use hdf5_metno_sys::h5p::H5P_DEFAULT;
use hdf5_metno_sys::h5r::hobj_ref_t;
use hdf5_metno_sys::h5t::{
    H5T_STD_REF_OBJ, H5T_class_t, H5Tequal, H5Tget_class, H5Tget_super, H5Treclaim, H5Tvlen_create,
    hvl_t,
};

use super::attribute;
use super::dataset::extent;
use super::walk::Token;
use crate::lengths::lengths;
use crate::library::{Cause, Id, status};

/// The most scales of a dimension.
const MOST: u32 = 4096;

/// For each of `rank` dimensions the first scale attached to it; empty where the dataset
/// has no list of them.
pub(super) fn scales(dataset: &Id, rank: usize) -> Result<Vec<Option<Token>>, Cause> {
    // SAFETY: an open dataset.
    let found = unsafe { H5Aexists(dataset.raw(), c"DIMENSION_LIST".as_ptr()) };
    status(found)?;
    if found == 0 {
        return Ok(Vec::new());
    }
    let opened = attribute::open(dataset, "DIMENSION_LIST")?;
    if extent(&opened.space)? != Some(vec![rank as u64]) || !is_list_of_references(&opened.kind)? {
        return Ok(Vec::new());
    }
    // SAFETY: `place` has room for the length of each list.
    let lengths = lengths(rank, |memory, place| unsafe {
        H5Aread(opened.id.raw(), memory.raw(), place)
    })?;
    if lengths.iter().any(|&l| l > MOST) {
        return Err(Cause("its list of scales is too long".into()));
    }
    let mut lists = vec![hvl_t::default(); rank];
    let place = lists.as_mut_ptr().cast();
    // SAFETY: one list for each dimension, of references that are addresses; the library
    // makes the lists and takes them back.
    unsafe {
        let memory = Id::new(H5Tvlen_create(*H5T_STD_REF_OBJ))?;
        status(H5Aread(opened.id.raw(), memory.raw(), place))?;
        let first = |l: &hvl_t| {
            let has = l.len > 0 && !l.p.is_null();
            has.then(|| token(l.p.cast::<hobj_ref_t>().read_unaligned()))
        };
        let found = lists.iter().map(first).collect();
        H5Treclaim(memory.raw(), opened.space.raw(), H5P_DEFAULT, place);
        Ok(found)
    }
}

fn is_list_of_references(kind: &Id) -> Result<bool, Cause> {
    // SAFETY: `kind` is a datatype, and one with a base type where it is asked for.
    unsafe {
        if H5Tget_class(kind.raw()) != H5T_class_t::H5T_VLEN {
            return Ok(false);
        }
        let base = Id::new(H5Tget_super(kind.raw()))?;
        Ok(H5Tequal(base.raw(), *H5T_STD_REF_OBJ) > 0)
    }
}

/// The token of the object at an address: the address, and zeros.
fn token(address: hobj_ref_t) -> Token {
    let mut token = Token::default();
    for (to, from) in token.iter_mut().zip(address.to_le_bytes()) {
        *to = from;
    }
    token
}
