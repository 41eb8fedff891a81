//! Texts of variable length, read through the library.
#![allow(unsafe_code, reason = "the HDF5 library is a C library")]

use std::ffi::{CStr, c_char, c_void};

use hdf5_metno_sys::h5::herr_t;
use hdf5_metno_sys::h5p::H5P_DEFAULT;
use hdf5_metno_sys::h5t::{
    H5T_C_S1, H5T_VARIABLE, H5Tcopy, H5Tget_cset, H5Treclaim, H5Tset_cset, H5Tset_size,
};

use crate::lengths::{lengths, total};
use crate::library::{Cause, Id, status};

/// What came of texts that were to be read.
pub(crate) enum VariableTexts {
    /// Their bytes, each without a NUL at its end.
    Read(Vec<Vec<u8>>),
    /// They claim so many bytes together, more than the most, and were not read.
    TooLong(u64),
}

/// Reads `count` texts of at most `most` bytes together.
///
/// `kind` is their type and `space` their place in memory. `read` reads them as the type
/// that it is given, where it is told; there is room for them. Texts that were never
/// written are empty.
pub(crate) fn variable_texts(
    kind: &Id,
    space: &Id,
    count: usize,
    most: u64,
    read: impl Fn(&Id, *mut c_void) -> herr_t,
) -> Result<VariableTexts, Cause> {
    let bytes = total(&lengths(count, &read)?);
    if bytes > most {
        return Ok(VariableTexts::TooLong(bytes));
    }
    let mut pointers: Vec<*mut c_char> = Vec::new();
    let room = pointers.try_reserve_exact(count);
    room.map_err(|_| Cause(format!("{count} texts are too many for the memory")))?;
    pointers.resize(count, std::ptr::null_mut());
    let place = pointers.as_mut_ptr().cast::<c_void>();
    // SAFETY: a copy of the C string type, made variable, takes one pointer for each
    // element; the texts are the library's until it reclaims them.
    unsafe {
        let memory = Id::new(H5Tcopy(*H5T_C_S1))?;
        status(H5Tset_size(memory.raw(), H5T_VARIABLE))?;
        status(H5Tset_cset(memory.raw(), H5Tget_cset(kind.raw())))?;
        if let Err(cause) = status(read(&memory, place)) {
            // Those that were read before the damage are the library's as well.
            H5Treclaim(memory.raw(), space.raw(), H5P_DEFAULT, place);
            return Err(cause);
        }
        let text = |&p: &*mut c_char| {
            if p.is_null() {
                Vec::new()
            } else {
                CStr::from_ptr(p).to_bytes().to_vec()
            }
        };
        let texts = pointers.iter().map(text).collect();
        H5Treclaim(memory.raw(), space.raw(), H5P_DEFAULT, place);
        Ok(VariableTexts::Read(texts))
    }
}
