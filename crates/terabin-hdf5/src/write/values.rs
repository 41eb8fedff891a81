//! Values on their way into a file, and their types there.

use std::ffi::{CString, c_char, c_void};

use hdf5_metno_sys::h5i::hid_t;
use hdf5_metno_sys::h5t::{
    H5T_C_S1, H5T_IEEE_F32LE, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, H5T_NATIVE_FLOAT, H5T_NATIVE_INT8,
    H5T_NATIVE_INT16, H5T_NATIVE_INT32, H5T_NATIVE_INT64, H5T_NATIVE_UINT8, H5T_NATIVE_UINT16,
    H5T_NATIVE_UINT32, H5T_NATIVE_UINT64, H5T_STD_I8LE, H5T_STD_I16LE, H5T_STD_I32LE,
    H5T_STD_I64LE, H5T_STD_U8LE, H5T_STD_U16LE, H5T_STD_U32LE, H5T_STD_U64LE, H5T_VARIABLE,
    H5T_cset_t, H5Tcopy, H5Tenum_create, H5Tenum_insert, H5Tset_cset, H5Tset_size,
};

use crate::library::{Cause, Id, c_text, locked, status};

/// The type of a dataset's elements in a file; little-endian there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StoredType {
    /// Signed, 1 byte.
    I8,
    /// Signed, 2 bytes.
    I16,
    /// Signed, 4 bytes.
    I32,
    /// Signed, 8 bytes.
    I64,
    /// Unsigned, 1 byte.
    U8,
    /// Unsigned, 2 bytes.
    U16,
    /// Unsigned, 4 bytes.
    U32,
    /// Unsigned, 8 bytes.
    U64,
    /// Single precision.
    F32,
    /// Double precision.
    F64,
    /// Truth value, 1 byte, as h5py writes it.
    Bool,
}

impl StoredType {
    /// Bytes of one element.
    #[must_use]
    pub fn size(self) -> usize {
        match self {
            Self::I8 | Self::U8 | Self::Bool => 1,
            Self::I16 | Self::U16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::I64 | Self::U64 | Self::F64 => 8,
        }
    }

    /// The type in the file.
    pub(super) fn file_type(self) -> Named {
        locked(|| match self {
            Self::I8 => Named::Library(*H5T_STD_I8LE),
            Self::I16 => Named::Library(*H5T_STD_I16LE),
            Self::I32 => Named::Library(*H5T_STD_I32LE),
            Self::I64 => Named::Library(*H5T_STD_I64LE),
            Self::U8 => Named::Library(*H5T_STD_U8LE),
            Self::U16 => Named::Library(*H5T_STD_U16LE),
            Self::U32 => Named::Library(*H5T_STD_U32LE),
            Self::U64 => Named::Library(*H5T_STD_U64LE),
            Self::F32 => Named::Library(*H5T_IEEE_F32LE),
            Self::F64 => Named::Library(*H5T_IEEE_F64LE),
            Self::Bool => bool_type().map_or(Named::Library(-1), Named::Own),
        })
    }

    /// The type in memory, in the machine's byte order; the library converts nothing
    /// to an enumeration, so bools have one type in both places.
    pub(super) fn memory_type(self) -> Named {
        locked(|| match self {
            Self::I8 => Named::Library(*H5T_NATIVE_INT8),
            Self::I16 => Named::Library(*H5T_NATIVE_INT16),
            Self::I32 => Named::Library(*H5T_NATIVE_INT32),
            Self::I64 => Named::Library(*H5T_NATIVE_INT64),
            Self::U8 => Named::Library(*H5T_NATIVE_UINT8),
            Self::U16 => Named::Library(*H5T_NATIVE_UINT16),
            Self::U32 => Named::Library(*H5T_NATIVE_UINT32),
            Self::U64 => Named::Library(*H5T_NATIVE_UINT64),
            Self::F32 => Named::Library(*H5T_NATIVE_FLOAT),
            Self::F64 => Named::Library(*H5T_NATIVE_DOUBLE),
            Self::Bool => self.file_type(),
        })
    }
}

/// A type that the library has, or one that was made and is released.
pub(super) enum Named {
    Library(hid_t),
    Own(Id),
}

impl Named {
    /// The number that calls take; one that they refuse where the type could not be made.
    pub(super) fn raw(&self) -> hid_t {
        match self {
            Self::Library(id) => *id,
            Self::Own(id) => id.raw(),
        }
    }
}

/// The enumeration that h5py reads as `bool`.
fn bool_type() -> Result<Id, Cause> {
    // SAFETY: an enumeration over one byte, and members of one byte each.
    unsafe {
        let id = Id::new(H5Tenum_create(*H5T_STD_I8LE))?;
        for (name, value) in [(c"FALSE", 0_i8), (c"TRUE", 1)] {
            let value = (&raw const value).cast();
            status(H5Tenum_insert(id.raw(), name.as_ptr(), value))?;
        }
        Ok(id)
    }
}

/// The values of a whole dataset, the last dimension fastest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Values<'a> {
    /// Double precision.
    F64(&'a [f64]),
    /// Single precision.
    F32(&'a [f32]),
    /// Signed integers.
    I64(&'a [i64]),
    /// Unsigned integers.
    U64(&'a [u64]),
    /// Bytes.
    U8(&'a [u8]),
}

impl Values<'_> {
    pub(super) fn len(&self) -> usize {
        self.bytes().len() / self.stored_type().size()
    }

    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::F64(v) => bytemuck::cast_slice(v),
            Self::F32(v) => bytemuck::cast_slice(v),
            Self::I64(v) => bytemuck::cast_slice(v),
            Self::U64(v) => bytemuck::cast_slice(v),
            Self::U8(v) => v,
        }
    }

    pub(super) fn stored_type(&self) -> StoredType {
        match self {
            Self::F64(_) => StoredType::F64,
            Self::F32(_) => StoredType::F32,
            Self::I64(_) => StoredType::I64,
            Self::U64(_) => StoredType::U64,
            Self::U8(_) => StoredType::U8,
        }
    }
}

/// Puts data into a file: the type there, the type in memory, the shape, the data.
pub(super) type Put<'a> = &'a dyn Fn(hid_t, hid_t, &[u64], *const c_void) -> Result<(), Cause>;

/// The value of an attribute; lists have one dimension.
#[derive(Clone, Debug, PartialEq)]
pub enum AttributeValue {
    /// A UTF-8 string.
    Text(String),
    /// UTF-8 strings.
    Texts(Vec<String>),
    /// A signed integer.
    I64(i64),
    /// An unsigned integer.
    U64(u64),
    /// A number.
    F64(f64),
    /// Numbers.
    F64s(Vec<f64>),
    /// A truth value.
    Bool(bool),
}

impl AttributeValue {
    /// Calls `write` with the type in the file, the type in memory, the shape and the data.
    pub(super) fn stored(&self, write: Put<'_>) -> Result<(), Cause> {
        let number = |stored: StoredType, shape: &[u64], data: *const c_void| {
            let (there, here) = (stored.file_type(), stored.memory_type());
            write(there.raw(), here.raw(), shape, data)
        };
        match self {
            Self::I64(v) => number(StoredType::I64, &[], (&raw const *v).cast()),
            Self::U64(v) => number(StoredType::U64, &[], (&raw const *v).cast()),
            Self::F64(v) => number(StoredType::F64, &[], (&raw const *v).cast()),
            Self::F64s(v) => number(StoredType::F64, &[v.len() as u64], v.as_ptr().cast()),
            Self::Bool(v) => {
                let byte = i8::from(*v);
                number(StoredType::Bool, &[], (&raw const byte).cast())
            }
            Self::Text(v) => texts(std::slice::from_ref(v), &[], write),
            Self::Texts(v) => texts(v, &[v.len() as u64], write),
        }
    }
}

fn texts(texts: &[String], shape: &[u64], write: Put<'_>) -> Result<(), Cause> {
    let texts: Vec<CString> = texts.iter().map(|t| c_text(t)).collect::<Result<_, _>>()?;
    let pointers: Vec<*const c_char> = texts.iter().map(|t| t.as_ptr()).collect();
    // SAFETY: a copy of the C string type, made variable and UTF-8.
    let kind = unsafe {
        let kind = Id::new(H5Tcopy(*H5T_C_S1))?;
        status(H5Tset_size(kind.raw(), H5T_VARIABLE))?;
        status(H5Tset_cset(kind.raw(), H5T_cset_t::H5T_CSET_UTF8))?;
        kind
    };
    write(kind.raw(), kind.raw(), shape, pointers.as_ptr().cast())
}

impl From<&str> for AttributeValue {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for AttributeValue {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<Vec<String>> for AttributeValue {
    fn from(value: Vec<String>) -> Self {
        Self::Texts(value)
    }
}

impl From<i64> for AttributeValue {
    fn from(value: i64) -> Self {
        Self::I64(value)
    }
}

impl From<u64> for AttributeValue {
    fn from(value: u64) -> Self {
        Self::U64(value)
    }
}

impl From<f64> for AttributeValue {
    fn from(value: f64) -> Self {
        Self::F64(value)
    }
}

impl From<Vec<f64>> for AttributeValue {
    fn from(value: Vec<f64>) -> Self {
        Self::F64s(value)
    }
}

impl From<bool> for AttributeValue {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}
