//! The HDF5 library: set up once, its identifiers, and its errors as text.
//!
//! Every call of the library anywhere in this crate runs inside [`locked`].
#![allow(unsafe_code, reason = "the HDF5 library is a C library")]

use std::ffi::{CStr, CString, c_char, c_uint, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Once;

use hdf5_metno::sync::sync;
use hdf5_metno_sys::h5::herr_t;
use hdf5_metno_sys::h5f::{H5F_ACC_RDONLY, H5Fopen};
use hdf5_metno_sys::h5i::{H5Idec_ref, hid_t};
use hdf5_metno_sys::h5p::{
    H5P_CLS_FILE_ACCESS, H5P_CLS_LINK_ACCESS, H5Pcreate, H5Pset_elink_cb, H5Pset_fapl_sec2,
    H5Pset_file_locking, H5Pset_vol,
};
use hdf5_metno_sys::h5pl::H5PLset_loading_state;
use hdf5_metno_sys::h5vl::H5VL_NATIVE;

/// Runs `work` under the library's lock, after the first-use setup.
pub(crate) fn locked<T>(work: impl FnOnce() -> T) -> T {
    static SETUP: Once = Once::new();
    sync(|| {
        SETUP.call_once(|| {
            // SAFETY: under the lock. The binding declares a pointer where C takes an
            // unsigned integer by value: null is the 0 that turns plugins off.
            unsafe { H5PLset_loading_state(std::ptr::null_mut()) };
        });
        work()
    })
}

/// What the library says about its last failed call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cause(pub(crate) String);

impl Cause {
    fn last() -> Self {
        let text = hdf5_metno::Error::query()
            .map_or_else(|e| e.to_string(), |e| e.to_string())
            .replace('\n', " ");
        Self(text)
    }
}

impl From<String> for Cause {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// An identifier of the library that is released when dropped.
pub(crate) struct Id(hid_t);

impl Id {
    /// Takes ownership of what a call returned.
    pub(crate) fn new(id: hid_t) -> Result<Self, Cause> {
        if id < 0 {
            Err(Cause::last())
        } else {
            Ok(Self(id))
        }
    }

    /// Releases the identifier now and says whether that went well: buffered bytes are
    /// written as the last identifier of a dataset or file goes.
    pub(crate) fn close(self) -> Result<(), Cause> {
        let raw = self.0;
        std::mem::forget(self);
        // SAFETY: the identifier was owned by this value alone, which is gone.
        locked(|| status(unsafe { H5Idec_ref(raw) }))
    }

    /// The number that calls take.
    pub(crate) fn raw(&self) -> hid_t {
        self.0
    }
}

impl Drop for Id {
    fn drop(&mut self) {
        // SAFETY: the identifier is owned by this value alone.
        locked(|| unsafe { H5Idec_ref(self.0) });
    }
}

/// Turns a status into a result.
pub(crate) fn status(code: herr_t) -> Result<(), Cause> {
    if code < 0 { Err(Cause::last()) } else { Ok(()) }
}

/// A text as C takes it.
pub(crate) fn c_text(text: &str) -> Result<CString, Cause> {
    CString::new(text).map_err(|_| Cause(format!("{text:?} has a NUL character")))
}

/// A path as C takes it, in the bytes of the system.
pub(crate) fn c_path(path: &Path) -> Result<CString, Cause> {
    CString::new(path.as_os_str().as_bytes())
        .map_err(|_| Cause("the path has a NUL character".into()))
}

/// A text that the library handed out, read up to its end.
///
/// # Safety
/// `text` points to a NUL-terminated string.
pub(crate) unsafe fn text_at(text: *const c_char) -> String {
    // SAFETY: as the caller promises.
    unsafe { CStr::from_ptr(text) }
        .to_string_lossy()
        .into_owned()
}

/// Opens a file for reading; environment variables have no say in how.
pub(crate) fn open(path: &Path) -> Result<Id, Cause> {
    let name = c_path(path)?;
    locked(|| {
        let access = file_access()?;
        // SAFETY: both arguments live through the call.
        Id::new(unsafe { H5Fopen(name.as_ptr(), H5F_ACC_RDONLY, access.raw()) })
    })
}

/// A file access list with the native connector, plain POSIX calls and no file locks.
pub(crate) fn file_access() -> Result<Id, Cause> {
    // SAFETY: a property list class of the library, which `locked` has opened.
    let list = Id::new(unsafe { H5Pcreate(*H5P_CLS_FILE_ACCESS) })?;
    // SAFETY: `list` is a file access list; the connector takes no information.
    unsafe {
        status(H5Pset_fapl_sec2(list.raw()))?;
        status(H5Pset_vol(list.raw(), *H5VL_NATIVE, std::ptr::null()))?;
        status(H5Pset_file_locking(list.raw(), 0, 1))?;
    }
    Ok(list)
}

/// A link access list that refuses to follow links into other files.
pub(crate) fn link_access() -> Result<Id, Cause> {
    // SAFETY: a property list class of the library, which `locked` has opened.
    let list = Id::new(unsafe { H5Pcreate(*H5P_CLS_LINK_ACCESS) })?;
    // SAFETY: the callback takes no data of ours.
    status(unsafe { H5Pset_elink_cb(list.raw(), Some(refuse), std::ptr::null_mut()) })?;
    Ok(list)
}

extern "C" fn refuse(
    _parent_file: *const c_char,
    _parent_group: *const c_char,
    _child_file: *const c_char,
    _child_object: *const c_char,
    _flags: *mut c_uint,
    _access: hid_t,
    _data: *mut c_void,
) -> herr_t {
    -1
}
