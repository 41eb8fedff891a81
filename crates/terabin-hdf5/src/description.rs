//! What a file contains, as plain data: no type of the HDF5 library stands in it.

use std::fmt;
use std::path::PathBuf;

use terabin_core::batch::DataType;

/// One file: its groups and datasets, without their values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FileDescription {
    /// Where the file is.
    pub path: PathBuf,
    /// Its size in bytes when it was described.
    pub size: u64,
    /// Every group, the root as `/`.
    pub groups: Vec<GroupDescription>,
    /// Every dataset; one that two links reach is listed under both paths.
    pub datasets: Vec<DatasetDescription>,
    /// Second paths of groups.
    pub aliases: Vec<Alias>,
    /// What was found but not followed or not understood, one line each.
    pub notes: Vec<String>,
}

/// A group and its attributes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GroupDescription {
    /// The path, `/` for the root.
    pub path: String,
    /// The small attributes.
    pub attributes: Vec<Attribute>,
}

/// A second path of a group that is described under its first one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    /// The path that is not described.
    pub path: String,
    /// The path under which the group is described.
    pub target: String,
}

/// One dataset: everything that is needed to read it without the library.
#[derive(Clone, Debug, PartialEq)]
pub struct DatasetDescription {
    /// The path, such as `/PartType0/Masses`.
    pub path: String,
    /// The extent of each dimension; empty for a scalar.
    pub shape: Vec<u64>,
    /// What one element is.
    pub element: ElementType,
    /// Where the bytes are.
    pub layout: Layout,
    /// One element with the fill value, as the file stores elements; empty where
    /// the element is no number.
    pub fill: Vec<u8>,
    /// The filters, in the order in which they were applied on writing.
    pub filters: Vec<Filter>,
    /// Bytes that the values take in the file.
    pub stored_bytes: u64,
    /// The small attributes.
    pub attributes: Vec<Attribute>,
}

impl DatasetDescription {
    /// The extent of the first dimension, 1 for a scalar.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.shape.first().copied().unwrap_or(1)
    }

    /// The number of components of a row of rank 1 or 2.
    #[must_use]
    pub fn width(&self) -> u64 {
        self.shape.get(1).copied().unwrap_or(1)
    }

    /// The path of the group that has the dataset, `/` for the root.
    #[must_use]
    pub fn group(&self) -> &str {
        match self.path.rfind('/') {
            Some(0) | None => "/",
            Some(end) => &self.path[..end],
        }
    }

    /// The last part of the path.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// The text of the attribute `name`, where it is one text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|a| a.name == name)
            .and_then(|a| match &a.value {
                AttributeData::Texts(t) if t.len() == 1 => t.first().map(String::as_str),
                _ => None,
            })
    }
}

/// The type of an element as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElementType {
    /// What kind of value it is.
    pub class: ElementClass,
    /// Bytes of one element in the file.
    pub size: usize,
    /// Whether the most significant byte comes first.
    pub big_endian: bool,
}

impl ElementType {
    /// The type that the values have in memory, if they are numbers.
    #[must_use]
    pub fn data_type(&self) -> Option<DataType> {
        match (&self.class, self.size) {
            (ElementClass::Signed, _) => Some(DataType::I64),
            (ElementClass::Unsigned, _) => Some(DataType::U64),
            (ElementClass::Float, 2 | 4) => Some(DataType::F32),
            (ElementClass::Float, 8) => Some(DataType::F64),
            (ElementClass::Bool, _) => Some(DataType::Bool),
            _ => None,
        }
    }
}

impl fmt::Display for ElementType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = self.size.saturating_mul(8);
        match &self.class {
            ElementClass::Signed => write!(f, "int{bits}"),
            ElementClass::Unsigned => write!(f, "uint{bits}"),
            ElementClass::Float => write!(f, "float{bits}"),
            ElementClass::Bool => f.write_str("bool"),
            ElementClass::Text => f.write_str("text"),
            ElementClass::Other(name) => f.write_str(name),
        }?;
        if self.big_endian && self.size > 1 && self.data_type().is_some() {
            f.write_str(" big-endian")?;
        }
        Ok(())
    }
}

/// The kind of value that an element is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ElementClass {
    /// A signed integer, or an enumeration of them.
    Signed,
    /// An unsigned integer, or an enumeration of them.
    Unsigned,
    /// An IEEE floating-point number.
    Float,
    /// A truth value, as h5py writes it.
    Bool,
    /// A string.
    Text,
    /// Anything else, by a readable name.
    Other(String),
}

/// Where the bytes of a dataset are.
#[derive(Clone, Debug, PartialEq)]
pub enum Layout {
    /// One block; no address where nothing was ever written.
    Contiguous {
        /// Byte offset in the file.
        address: Option<u64>,
    },
    /// Tiles that are stored one by one.
    Chunked(ChunkTable),
    /// Readable through the library only.
    Library {
        /// Why.
        reason: String,
    },
    /// Listed, but refused when asked for.
    Refused {
        /// Why, and what to do.
        reason: String,
    },
}

/// The chunks of a dataset that lie within its shape.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChunkTable {
    /// The shape of one chunk.
    pub shape: Vec<u64>,
    /// Whether chunks that reach over the edge of the shape are stored unfiltered.
    pub unfiltered_edges: bool,
    /// The chunks that were written, by index.
    pub entries: Vec<ChunkEntry>,
}

impl ChunkTable {
    /// The chunk with a linear index, if it was ever written.
    #[must_use]
    pub fn find(&self, index: u64) -> Option<&ChunkEntry> {
        self.entries
            .binary_search_by_key(&index, |e| e.index)
            .ok()
            .and_then(|at| self.entries.get(at))
    }

    /// Bytes that the table takes in memory.
    #[must_use]
    pub fn memory(&self) -> u64 {
        (self.entries.len() as u64).saturating_mul(size_of::<ChunkEntry>() as u64)
    }
}

/// Where one chunk is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkEntry {
    /// Position in the grid of chunks, counted with the last dimension fastest.
    pub index: u64,
    /// Byte offset in the file.
    pub address: u64,
    /// Bytes in the file.
    pub stored: u64,
    /// Bit `i` is set where filter `i` was skipped.
    pub filter_mask: u32,
}

/// One filter of a dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// The registered number.
    pub id: i32,
    /// The name that the file gives.
    pub name: String,
    /// The filter's parameters.
    pub values: Vec<u32>,
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(crate::decode::filter_name(self.id).unwrap_or(self.name.as_str()))?;
        match (self.id, self.values.first()) {
            (crate::decode::DEFLATE | crate::decode::ZSTD, Some(level)) => write!(f, ":{level}"),
            _ => Ok(()),
        }
    }
}

/// A small attribute of a group or dataset.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// The extent of each dimension; empty for a scalar.
    pub shape: Vec<u64>,
    /// Its values, the last dimension fastest.
    pub value: AttributeData,
}

/// The values of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum AttributeData {
    /// Strings.
    Texts(Vec<String>),
    /// Signed integers.
    Signed(Vec<i64>),
    /// Unsigned integers.
    Unsigned(Vec<u64>),
    /// Floating-point numbers.
    Floats(Vec<f64>),
    /// Truth values.
    Bools(Vec<bool>),
}
