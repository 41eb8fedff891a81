//! External links, which the library follows nowhere in this process.
//!
//! Its own way into another file looks for the end of two texts beyond the end of a damaged
//! link, before it asks anyone whether the file may be opened: a link access list that
//! refuses comes too late.
#![allow(unsafe_code, reason = "the HDF5 library is a C library")]

use std::ffi::{c_char, c_int, c_void};
use std::sync::OnceLock;

use hdf5_metno_sys::h5i::{H5I_INVALID_HID, hid_t};
use hdf5_metno_sys::h5l::{H5L_type_t, H5Lregister};

use crate::library::{Cause, status};

/// Puts a kind of link in the place of the library's own that is read and not followed.
pub(crate) fn refuse() -> Result<(), Cause> {
    static REGISTERED: OnceLock<Result<(), Cause>> = OnceLock::new();
    REGISTERED.get_or_init(register).clone()
}

/// `H5L_class_t` of version 1; the binding has version 0, which the library refuses.
#[repr(C)]
struct Class {
    version: c_int,
    id: c_int,
    comment: *const c_char,
    /// To create, move and copy.
    change: [Option<extern "C" fn()>; 3],
    follow: extern "C" fn(*const c_char, hid_t, *const c_void, usize, hid_t, hid_t) -> hid_t,
    delete: Option<extern "C" fn()>,
    read: extern "C" fn(*const c_char, *const c_void, usize, *mut c_void, usize) -> isize,
}

fn register() -> Result<(), Cause> {
    let links = Class {
        version: 1,
        id: H5L_type_t::H5L_TYPE_EXTERNAL as c_int,
        comment: c"external, not followed".as_ptr(),
        change: [None; 3],
        follow,
        delete: None,
        read,
    };
    // SAFETY: the library copies the class; its functions are there as long as the program.
    status(unsafe { H5Lregister((&raw const links).cast()) })
}

extern "C" fn follow(
    _name: *const c_char,
    _group: hid_t,
    _value: *const c_void,
    _size: usize,
    _access: hid_t,
    _transfer: hid_t,
) -> hid_t {
    H5I_INVALID_HID
}

/// The size of a link's value, which is copied as far as there is room.
extern "C" fn read(
    _name: *const c_char,
    value: *const c_void,
    size: usize,
    buffer: *mut c_void,
    room: usize,
) -> isize {
    if !buffer.is_null() && !value.is_null() {
        // SAFETY: both are the library's own, with these sizes.
        unsafe {
            buffer
                .cast::<u8>()
                .copy_from_nonoverlapping(value.cast(), size.min(room));
        }
    }
    isize::try_from(size).unwrap_or(-1)
}
