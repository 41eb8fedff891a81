//! The HDF5 library: set up once, its identifiers, and its errors as text.
//!
//! Every call of the library anywhere in this crate runs inside [`locked`].
#![allow(unsafe_code, reason = "the HDF5 library is a C library")]

use std::ffi::{CStr, CString, OsString, c_char};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Once;

use hdf5_metno::sync::sync;
use hdf5_metno_sys::h5::herr_t;
use hdf5_metno_sys::h5f::{H5F_ACC_RDONLY, H5Fopen};
use hdf5_metno_sys::h5i::{H5Idec_ref, hid_t};
use hdf5_metno_sys::h5p::{
    H5P_CLS_FILE_ACCESS, H5Pcreate, H5Pset_fapl_sec2, H5Pset_file_locking, H5Pset_vol,
};
use hdf5_metno_sys::h5pl::H5PLset_loading_state;
use hdf5_metno_sys::h5vl::H5VL_NATIVE;

use crate::external_links;
use crate::file_driver::check_heaps;

/// Runs `work` under the library's lock, after the first-use setup.
pub(crate) fn locked<T>(work: impl FnOnce() -> T) -> T {
    static SETUP: Once = Once::new();
    SETUP.call_once(|| {
        without_variables(|| {
            sync(|| {
                // SAFETY: under the lock. The binding declares a pointer where C takes an
                // unsigned integer by value: null is the 0 that turns plugins off.
                unsafe { H5PLset_loading_state(std::ptr::null_mut()) };
            });
        });
    });
    sync(work)
}

/// Runs `work`, in which the library initialises itself, without the library's
/// environment variables: `HDF5_VOL_CONNECTOR` would have it load a plugin before any
/// call could forbid that.
fn without_variables(work: impl FnOnce()) {
    let is_ours = |(name, _): &(OsString, OsString)| name.as_bytes().starts_with(b"HDF5_");
    let hidden: Vec<_> = std::env::vars_os().filter(is_ours).collect();
    for (name, _) in &hidden {
        // SAFETY: once per process, at first use, and only where such a variable is set;
        // Rust's own readers of the environment wait.
        unsafe { std::env::remove_var(name) };
    }
    work();
    // Another copy of the library in the process may want them.
    for (name, value) in &hidden {
        // SAFETY: as above.
        unsafe { std::env::set_var(name, value) };
    }
}

/// What the library says about its last failed call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cause(pub(crate) String);

impl Cause {
    fn last() -> Self {
        let text = hdf5_metno::Error::query()
            .map_or_else(|e| e.to_string(), |e| e.to_string())
            .replace('\n', " ");
        Self(without_addresses(&text))
    }
}

/// What the library says of a failed call of the system, without times and pointers.
fn without_addresses(text: &str) -> String {
    let short = || {
        let (what, rest) = text.split_once(": time = ")?;
        let (_, rest) = rest.split_once("error message = '")?;
        let (message, _) = rest.split_once('\'')?;
        Some(format!("{what}: {message}"))
    };
    short().unwrap_or_else(|| text.to_owned())
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

/// Opens a file for reading; environment variables have no say in how, and no call on it
/// opens another.
pub(crate) fn open(path: &Path) -> Result<Id, Cause> {
    let name = c_path(path)?;
    locked(|| {
        let access = file_access()?;
        check_heaps(&access)?;
        external_links::refuse()?;
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

#[cfg(test)]
mod tests {
    use super::without_addresses;

    #[test]
    fn errors_of_the_system_are_told_in_short() {
        let text = "H5Oopen(): unable to open object: file read failed: time = Sun Nov 22 \
            11:28:00 2026, filename = '/b.h5', file descriptor = 3, errno = 5, error message \
            = 'Input/output error', buf = 0x560e30253320, total read size = 512";
        let short = "H5Oopen(): unable to open object: file read failed: Input/output error";
        assert_eq!(without_addresses(text), short);
        assert_eq!(without_addresses("no such object"), "no such object");
    }
}
