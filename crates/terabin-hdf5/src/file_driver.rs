//! How the library reads files: by plain POSIX calls, with every collection of the global
//! heap checked on its way from the file to the library.
//!
//! Attributes, values of variable length, fill values and the sources of virtual datasets
//! lie there, and many calls open a collection unasked, as opening a dataset does: only a
//! file driver meets them all. To look up what a call is about to open would have to repeat
//! how the library reads object headers.
#![allow(unsafe_code, reason = "the HDF5 library is a C library")]

use std::ffi::{CStr, CString, c_char, c_int, c_uint, c_ulong, c_void};
use std::sync::OnceLock;

use hdf5_metno_sys::h5::{haddr_t, herr_t};
use hdf5_metno_sys::h5e::{H5E_BADVALUE, H5E_DEFAULT, H5E_ERR_CLS, H5E_HEAP, H5Epush2};
use hdf5_metno_sys::h5f::H5F_ACC_RDONLY;
use hdf5_metno_sys::h5fd::{H5FDclose, H5FDopen, H5FDregister};
use hdf5_metno_sys::h5i::hid_t;
use hdf5_metno_sys::h5p::H5Pset_driver;

use crate::global_heap::{self, Damage, SIGNATURE, SMALLEST};
use crate::library::{Cause, Id, status};

/// Lets files that are opened with a file access list, which names the library's own POSIX
/// driver, be read through the checks.
pub(crate) fn check_heaps(access: &Id) -> Result<(), Cause> {
    static REGISTERED: OnceLock<Result<hid_t, Cause>> = OnceLock::new();
    let driver = REGISTERED.get_or_init(|| register(access)).clone()?;
    // SAFETY: an open list and an open driver, which takes no information.
    status(unsafe { H5Pset_driver(access.raw(), driver, std::ptr::null()) })
}

/// The functions of the library's driver that the checks call.
#[derive(Clone, Copy)]
struct Posix {
    read: Read,
    end: End,
}

static POSIX: OnceLock<Posix> = OnceLock::new();

type Function = Option<unsafe extern "C" fn()>;
type End = unsafe extern "C" fn(*const File, c_int) -> haddr_t;
type Read = unsafe extern "C" fn(*mut File, c_int, hid_t, haddr_t, usize, *mut c_void) -> herr_t;

/// `H5FD_class_t` of the only version that [`register`] takes; the binding lists what
/// HDF5 1.12 had.
#[repr(C)]
#[derive(Clone, Copy)]
struct Class {
    version: c_uint,
    value: c_int,
    name: *const c_char,
    most: haddr_t,
    close_degree: c_int,
    terminate: Function,
    superblock: [Function; 3],
    access_size: usize,
    access: [Function; 3],
    transfer_size: usize,
    transfer: [Function; 2],
    /// From `open` to `set_eoa`.
    file: [Function; 9],
    end: Option<End>,
    handle: Function,
    read: Option<Read>,
    /// From `write`, `read_vector`, `write_vector`, `read_selection` to `ctl`.
    rest: [Function; 11],
    free_lists: [c_int; 7],
}

/// The first fields of `H5FD_t`, which the driver's own follow.
#[repr(C)]
struct File {
    driver: hid_t,
    class: *const Class,
    number: c_ulong,
    access_flags: c_uint,
    features: c_ulong,
    most: haddr_t,
    /// Bytes before address 0.
    base: haddr_t,
}

/// `H5FD_CLASS_VERSION` of the struct above.
const VERSION: c_uint = 1;
/// A number for drivers that the library does not know.
const VALUE: c_int = 256;
/// `H5FD_MEM_SUPER`: what is read as a part of the superblock.
const SUPER: c_int = 1;
/// `H5FD_MEM_DRAW`: the library reads the global heap as raw data.
const RAW: c_int = 3;
/// What a stored cache of metadata begins with; it may hold collections.
const CACHE: &[u8] = b"MDCI";

/// The library's driver with another `read`.
fn register(access: &Id) -> Result<hid_t, Cause> {
    let unknown = || Cause("the HDF5 library has an unknown file driver".into());
    // SAFETY: the driver of the list opens any file, and leads to its class, which stays.
    // Its first field says whether it is the struct above, its name that it has no state.
    unsafe {
        let some = H5FDopen(
            c"/dev/null".as_ptr(),
            H5F_ACC_RDONLY,
            access.raw(),
            haddr_t::MAX,
        );
        if some.is_null() {
            return Err(unknown());
        }
        let class = (*some.cast::<File>()).class;
        status(H5FDclose(some))?;
        if (*class).version != VERSION || CStr::from_ptr((*class).name) != c"sec2" {
            return Err(unknown());
        }
        // Reads of many places at once would go past the checks.
        if (*class).rest[1].is_some() || (*class).rest[3].is_some() {
            return Err(unknown());
        }
        let (read, end) = ((*class).read.zip((*class).end)).ok_or_else(unknown)?;
        let _ = POSIX.set(Posix { read, end });
        let ours = Class {
            value: VALUE,
            name: c"terabin".as_ptr(),
            read: Some(checked_read),
            ..*class
        };
        let driver = H5FDregister((&raw const ours).cast());
        if driver < 0 {
            Err(unknown())
        } else {
            Ok(driver)
        }
    }
}

/// `read` of the driver: the bytes are there before the library has looked at any.
unsafe extern "C" fn checked_read(
    file: *mut File,
    kind: c_int,
    transfer: hid_t,
    address: haddr_t,
    size: usize,
    buffer: *mut c_void,
) -> herr_t {
    let Some(&Posix { read, end }) = POSIX.get() else {
        return -1;
    };
    // SAFETY: the library's own arguments.
    let code = unsafe { read(file, kind, transfer, address, size, buffer) };
    if code < 0 {
        return code;
    }
    // SAFETY: what was read filled the buffer.
    let bytes = unsafe { std::slice::from_raw_parts(buffer.cast::<u8>(), size) };
    let source = Source {
        // SAFETY: the library's open file, with other places of it and buffers of ours.
        read: &|at, buffer: &mut [u8]| unsafe {
            read(
                file,
                kind,
                transfer,
                at,
                buffer.len(),
                buffer.as_mut_ptr().cast(),
            ) >= 0
        },
        // SAFETY: an open file.
        base: unsafe { (*file).base },
        // SAFETY: an open file; the driver has one end for all kinds.
        end: unsafe { end(file, kind) },
    };
    let damage = match kind {
        RAW if bytes.starts_with(SIGNATURE) => source.collection(address, bytes).err(),
        SUPER if bytes.starts_with(CACHE) => source.cache(address, bytes),
        _ => None,
    };
    damage.map_or(code, |(address, damage)| fail(address, damage))
}

/// The file that is being read.
struct Source<'a> {
    read: &'a dyn Fn(u64, &mut [u8]) -> bool,
    base: u64,
    end: u64,
}

impl Source<'_> {
    /// The collection at an address, whose first bytes are known.
    fn collection(&self, address: u64, start: &[u8]) -> Result<(), (u64, Damage)> {
        let width = self.width().ok_or((address, Damage::Unread))?;
        let left = self.end.saturating_sub(address);
        let read = |at: u64, buffer: &mut [u8]| {
            let place = address.checked_add(at);
            place.is_some_and(|place| (self.read)(place, buffer))
        };
        global_heap::check(start, width, left, read).map_err(|d| (address, d))
    }

    /// What is damaged of the collections in a stored cache.
    fn cache(&self, address: u64, bytes: &[u8]) -> Option<(u64, Damage)> {
        let starts = bytes.windows(SIGNATURE.len()).enumerate();
        let mut starts = starts.filter(|(_, start)| *start == SIGNATURE);
        starts.find_map(|(at, _)| {
            let start = bytes.get(at..)?.chunks(SMALLEST).next()?;
            self.collection(address.checked_add(at as u64)?, start)
                .err()
        })
    }

    /// Bytes of a size: from the superblock, which the library has read.
    fn width(&self) -> Option<usize> {
        let mut superblock = [0; 16];
        if !(self.read)(self.base, &mut superblock) {
            return None;
        }
        let width = match superblock[8] {
            0 | 1 => superblock[14],
            _ => superblock[10],
        };
        Some(width.into())
    }
}

/// Puts the damage in front of what the library will say of the failed read.
fn fail(address: u64, damage: Damage) -> herr_t {
    let text = format!("the global heap collection at byte {address} is damaged: {damage}");
    if let Ok(text) = CString::new(text) {
        // SAFETY: texts that live through the call, one for the one place in the format.
        unsafe {
            H5Epush2(
                H5E_DEFAULT,
                c"file_driver.rs".as_ptr(),
                c"checked_read".as_ptr(),
                0,
                *H5E_ERR_CLS,
                *H5E_HEAP,
                *H5E_BADVALUE,
                c"%s".as_ptr(),
                text.as_ptr(),
            );
        }
    }
    -1
}
