//! How long values of variable length say that they are.
//!
//! The library makes room for such a value before it looks for it: a few bytes of a
//! damaged file can ask for gigabytes. Their lengths are read first, by a conversion of our
//! own that takes them from the form in the file and follows no address.
#![allow(unsafe_code, reason = "the HDF5 library is a C library")]

use std::ffi::c_void;
use std::sync::OnceLock;

use hdf5_metno_sys::h5::herr_t;
use hdf5_metno_sys::h5i::hid_t;
use hdf5_metno_sys::h5t::{
    H5T_STD_I8LE, H5T_bkg_t, H5T_cdata_t, H5T_class_t, H5T_cmd_t, H5T_pers_t, H5Tcreate,
    H5Tget_size, H5Tregister, H5Tvlen_create,
};

use crate::library::{Cause, Id, status};

/// Bytes of a length: the first ones of a value in the file.
const LENGTH: usize = 4;

/// The lengths of `count` values of variable length that `read` reads as the type that it is
/// given, into that many times 4 bytes.
pub(crate) fn lengths(
    count: usize,
    read: impl FnOnce(&Id, *mut c_void) -> herr_t,
) -> Result<Vec<u32>, Cause> {
    static REGISTERED: OnceLock<Result<(), Cause>> = OnceLock::new();
    REGISTERED.get_or_init(register).clone()?;
    let mut values: Vec<[u8; LENGTH]> = Vec::new();
    let room = values.try_reserve_exact(count);
    room.map_err(|_| Cause(format!("{count} values are too many for the memory")))?;
    values.resize(count, [0; LENGTH]);
    let memory = length()?;
    status(read(&memory, values.as_mut_ptr().cast()))?;
    Ok(values.into_iter().map(u32::from_le_bytes).collect())
}

/// The sum of lengths.
pub(crate) fn total(lengths: &[u32]) -> u64 {
    lengths.iter().map(|&l| u64::from(l)).sum()
}

/// Opaque, so that it is no conversion that the library has.
fn length() -> Result<Id, Cause> {
    // SAFETY: a class and a size.
    Id::new(unsafe { H5Tcreate(H5T_class_t::H5T_OPAQUE, LENGTH) })
}

fn register() -> Result<(), Cause> {
    let opaque = length()?;
    // SAFETY: the function is there as long as the program is. A soft conversion is one of
    // classes: what the lists are of does not matter, and texts are of this class, too.
    unsafe {
        let list = Id::new(H5Tvlen_create(*H5T_STD_I8LE))?;
        let (soft, name) = (H5T_pers_t::H5T_PERS_SOFT, c"lengths".as_ptr());
        status(H5Tregister(
            soft,
            name,
            list.raw(),
            opaque.raw(),
            Some(convert),
        ))
    }
}

extern "C" fn convert(
    source: hid_t,
    target: hid_t,
    data: *mut H5T_cdata_t,
    count: usize,
    stride: usize,
    _background_stride: usize,
    buffer: *mut c_void,
    _background: *mut c_void,
    _transfer: hid_t,
) -> herr_t {
    // SAFETY: the library passes its data and two open types.
    let (data, from, to) = unsafe { (&mut *data, H5Tget_size(source), H5Tget_size(target)) };
    if from < LENGTH || to != LENGTH {
        return -1;
    }
    match data.command {
        H5T_cmd_t::H5T_CONV_INIT => data.need_bkg = H5T_bkg_t::H5T_BKG_NO,
        H5T_cmd_t::H5T_CONV_FREE => {}
        H5T_cmd_t::H5T_CONV_CONV => {
            let step = |packed| if stride == 0 { packed } else { stride };
            let buffer = buffer.cast::<u8>();
            for i in 0..count {
                // SAFETY: the buffer has `count` values of either type, one after the other
                // or `stride` apart. No length is written behind where it was read.
                unsafe {
                    let length = buffer.add(i * step(from));
                    std::ptr::copy(length, buffer.add(i * step(to)), LENGTH);
                }
            }
        }
    }
    0
}
