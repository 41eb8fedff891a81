//! What a file contains, as plain data: no type of the HDF5 library stands in it.

use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::element::ElementType;

/// One file: its groups and datasets, without their values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FileDescription {
    /// Where the file is.
    pub path: PathBuf,
    /// Its size in bytes when it was described.
    pub size: u64,
    /// The files that hold the bytes: the first is the file itself, the others are
    /// read on its behalf (external links, external raw files, virtual sources).
    pub hosts: Vec<Arc<Host>>,
    /// Every group, the root as `/`.
    pub groups: Vec<GroupDescription>,
    /// Every dataset; one that two links reach is listed under both paths.
    pub datasets: Vec<DatasetDescription>,
    /// Second paths of groups.
    pub aliases: Vec<Alias>,
    /// Objects that could not be described, or not to the end: what is missing from this
    /// description may lie there.
    pub unread: Vec<Unread>,
    /// What was found but not followed or not understood, one line each.
    pub notes: Vec<String>,
}

impl FileDescription {
    /// The paths that an object is described under, of which `path` is a second one.
    pub(crate) fn first_paths(&self, path: &str) -> impl Iterator<Item = String> {
        self.aliases.iter().filter_map(move |alias| {
            let rest = path.strip_prefix(alias.path.as_str())?;
            match (alias.target.as_str(), rest) {
                (target, "") => Some(target.to_owned()),
                (target, rest) if rest.starts_with('/') => {
                    Some(target.trim_end_matches('/').to_owned() + rest)
                }
                _ => None,
            }
        })
    }
}

/// A group or dataset, or what a link leads to, that could not be described.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Its path.
    pub path: String,
    /// Why, and what to do where that is known.
    pub reason: String,
    /// Whether it is damaged, as opposed to missing or out of bounds.
    pub damaged: bool,
}

/// A file that bytes are read from, and how to tell that it is still the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Host {
    /// Where it is.
    pub path: PathBuf,
    /// What it was when it was described.
    pub stamp: Stamp,
}

/// What tells a file from a later state of it and from every other file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Stamp {
    /// Its size in bytes.
    pub size: u64,
    /// Its time of modification in nanoseconds.
    pub modified: i128,
    /// Its device and number there.
    pub identity: (u64, u64),
}

impl Stamp {
    /// What the system says of a file.
    #[must_use]
    pub fn of(meta: &std::fs::Metadata) -> Self {
        Self {
            size: meta.len(),
            modified: i128::from(meta.mtime()) * 1_000_000_000 + i128::from(meta.mtime_nsec()),
            identity: (meta.dev(), meta.ino()),
        }
    }
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
    /// Which of the file's hosts it lies in.
    pub host: usize,
    /// Its path there, where an external link leads to it; else the same path.
    pub host_path: String,
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
    /// The values of a short list of texts that names columns elsewhere; else empty.
    pub texts: Vec<String>,
    /// For each dimension the path of the first dimension scale attached to it; empty
    /// where the dataset has no list of scales.
    pub scales: Vec<Option<String>>,
}

impl DatasetDescription {
    /// Bytes that the description takes in memory, roughly.
    #[must_use]
    pub fn memory(&self) -> u64 {
        let layout = match &self.layout {
            Layout::Chunked(table) => table.memory(),
            Layout::Inline(bytes) => bytes.len() as u64,
            Layout::Virtual(table) => {
                let block = (size_of::<VirtualBlock>() + self.shape.len() * 48) as u64;
                let sources = table.sources.iter().flatten().map(Self::memory);
                let blocks = block.saturating_mul(table.blocks.len() as u64);
                sources.fold(blocks, u64::saturating_add)
            }
            _ => 0,
        };
        // Names, attributes, filters.
        layout.saturating_add(1 << 10)
    }

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
        text(&self.attributes, name)
    }
}

/// The text of the attribute `name`, where it is one text.
pub(crate) fn text<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a str> {
    match &attributes.iter().find(|a| a.name == name)?.value {
        AttributeData::Texts(texts) if texts.len() == 1 => texts.first().map(String::as_str),
        _ => None,
    }
}

/// Where the bytes of a dataset are.
#[derive(Clone, Debug, PartialEq)]
pub enum Layout {
    /// One run of bytes; no segments where nothing was ever written.
    Contiguous {
        /// Where the bytes are, one after the other: one segment in the dataset's own
        /// file, or segments of external raw files. Bytes beyond the last are absent.
        segments: Vec<Segment>,
    },
    /// Tiles that are stored one by one.
    Chunked(ChunkTable),
    /// So few bytes that they were read with the description, as the file stores them.
    Inline(Arc<[u8]>),
    /// Blocks of other datasets, with the fill value between them.
    Virtual(VirtualTable),
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

/// A run of bytes in one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Which of the file's hosts.
    pub host: usize,
    /// Byte offset there.
    pub address: u64,
    /// How many bytes.
    pub bytes: u64,
}

/// What a virtual dataset is made of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VirtualTable {
    /// Blocks that do not overlap.
    pub blocks: Vec<VirtualBlock>,
    /// The datasets that the blocks are part of; none where the file or dataset is
    /// missing, which stands for fill values.
    pub sources: Vec<Option<DatasetDescription>>,
}

/// A block of a virtual dataset and where its elements are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VirtualBlock {
    /// The first element of the block in the virtual dataset.
    pub start: Vec<u64>,
    /// The extent of the block there.
    pub count: Vec<u64>,
    /// Which of the sources.
    pub source: usize,
    /// The first element of the block in the source; empty without a source.
    pub source_start: Vec<u64>,
    /// For each dimension of the source, the dimension of the virtual dataset that runs
    /// along it; none where the source has one place only. Empty without a source.
    pub source_dims: Vec<Option<usize>>,
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

impl std::fmt::Display for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
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
