//! The data of a case: columns in HDF5 files, and the same columns in memory.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use terabin_core::batch::{Column, Texts};
use terabin_core::datetime::NAT;
use terabin_hdf5::{ChunkedLayout, Codec, FileWriter, StoredType, encode};

/// A file of a case: HDF5 unless it has a text.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    pub name: String,
    /// The content of a file that is not HDF5.
    text: Option<String>,
    /// Datasets by path.
    #[serde(default)]
    columns: BTreeMap<String, Dataset>,
}

/// A dataset: numbers, or rows of numbers.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Dataset {
    dtype: Dtype,
    values: Vec<toml::Value>,
    /// The values are written so often, one after the other.
    #[serde(default = "once")]
    repeat: usize,
    /// Rows of a chunk; contiguous unless given.
    chunk: Option<u64>,
    /// How chunks are compressed.
    codec: Option<String>,
}

fn once() -> usize {
    1
}

#[derive(Clone, Copy, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Dtype {
    F64,
    F32,
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
    Bool,
    /// ISO texts; nanoseconds since 1970-01-01 in the file, and its units say so.
    Datetime,
    Text,
}

/// A column in memory, widened as the readers do.
pub enum Numbers {
    F64(Vec<f64>),
    F32(Vec<f32>),
    I64(Vec<i64>),
    U64(Vec<u64>),
    Bool(Vec<bool>),
    Datetime(Vec<i64>),
    /// Where each text ends, and all of them.
    Text(Vec<u32>, String),
}

impl Numbers {
    pub fn column(&self) -> Column<'_> {
        match self {
            Self::F64(v) => Column::F64(v),
            Self::F32(v) => Column::F32(v),
            Self::I64(v) => Column::I64(v),
            Self::U64(v) => Column::U64(v),
            Self::Bool(v) => Column::Bool(v),
            Self::Datetime(v) => Column::Datetime(v),
            Self::Text(ends, texts) => Column::Text(Texts::new(ends, texts.as_bytes())),
        }
    }
}

impl File {
    /// Whether it is meant as data.
    pub fn is_data(&self) -> bool {
        self.text.is_none()
    }

    pub fn write(&self, folder: &Path) -> Result<(), Box<dyn Error>> {
        let path = folder.join(&self.name);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        if let Some(text) = &self.text {
            return Ok(fs::write(path, text)?);
        }
        let mut file = FileWriter::create(&path)?;
        for (name, dataset) in &self.columns {
            dataset.write(&mut file, name)?;
        }
        Ok(file.close()?)
    }

    /// The columns in memory, if they are plain ones: numbers of one length, no groups.
    pub fn in_memory(&self) -> Option<Vec<(String, Numbers)>> {
        let mut columns = Vec::new();
        for (name, dataset) in &self.columns {
            if name.contains('/') || dataset.width().is_some() {
                return None;
            }
            columns.push((name.clone(), dataset.numbers()));
        }
        let mut lengths = columns.iter().map(|(_, n)| n.column().len());
        let first = lengths.next()?;
        lengths.all(|l| l == first).then_some(columns)
    }
}

impl Dataset {
    /// The numbers of a row, where there are several.
    fn width(&self) -> Option<usize> {
        self.values.first()?.as_array().map(Vec::len)
    }

    fn rows(&self) -> usize {
        self.values.len() * self.repeat
    }

    /// Every number, row by row.
    fn cells(&self) -> impl Iterator<Item = &toml::Value> {
        let rows = std::iter::repeat_n(&self.values, self.repeat).flatten();
        rows.flat_map(|v| v.as_array().map_or(std::slice::from_ref(v), Vec::as_slice))
    }

    #[allow(clippy::cast_precision_loss)] // cases hold small integers there
    fn floats(&self) -> impl Iterator<Item = f64> {
        self.cells().map(|v| match v {
            toml::Value::Float(x) => *x,
            toml::Value::Integer(x) => *x as f64,
            other => panic!("{other} is no float"),
        })
    }

    /// Numbers beyond the integers of TOML are texts.
    fn integers<T: TryFrom<i128>>(&self) -> Vec<T> {
        let integer = |v: &toml::Value| {
            let value: Option<i128> = match v {
                toml::Value::Integer(x) => Some(i128::from(*x)),
                toml::Value::String(text) => text.parse().ok(),
                _ => None,
            };
            let value = value.and_then(|x| T::try_from(x).ok());
            value.unwrap_or_else(|| panic!("{v} is no integer of this type"))
        };
        self.cells().map(integer).collect()
    }

    fn bools(&self) -> impl Iterator<Item = bool> {
        self.cells().map(|v| v.as_bool().expect("true or false"))
    }

    #[allow(clippy::cast_possible_truncation)] // the nearest single is what is meant
    fn singles(&self) -> Vec<f32> {
        self.floats().map(|x| x as f32).collect()
    }

    fn texts(&self) -> Vec<String> {
        let text = |v: &toml::Value| v.as_str().expect("a text").to_owned();
        self.cells().map(text).collect()
    }

    fn times(&self) -> Vec<i64> {
        let time = |text: &String| match text.as_str() {
            "NaT" => NAT,
            text => terabin::read_datetime(text).expect("an ISO time"),
        };
        self.texts().iter().map(time).collect()
    }

    fn joined(&self) -> Numbers {
        let end = |end: &mut usize, text: &String| {
            *end += text.len();
            Some(u32::try_from(*end).expect("short texts"))
        };
        let texts = self.texts();
        Numbers::Text(texts.iter().scan(0, end).collect(), texts.concat())
    }

    fn numbers(&self) -> Numbers {
        match self.dtype {
            Dtype::F64 => Numbers::F64(self.floats().collect()),
            Dtype::F32 => Numbers::F32(self.singles()),
            Dtype::I8 | Dtype::I16 | Dtype::I32 | Dtype::I64 => Numbers::I64(self.integers()),
            Dtype::U8 | Dtype::U16 | Dtype::U32 | Dtype::U64 => Numbers::U64(self.integers()),
            Dtype::Bool => Numbers::Bool(self.bools().collect()),
            Dtype::Datetime => Numbers::Datetime(self.times()),
            Dtype::Text => self.joined(),
        }
    }

    /// The type in the file and the bytes of all values.
    fn stored(&self) -> (StoredType, Vec<u8>) {
        macro_rules! integers {
            ($stored:ident, $type:ty) => {{
                let values: Vec<$type> = self.integers();
                let bytes = values.into_iter().flat_map(<$type>::to_ne_bytes);
                (StoredType::$stored, bytes.collect())
            }};
        }
        match self.dtype {
            Dtype::F64 => (
                StoredType::F64,
                self.floats().flat_map(f64::to_ne_bytes).collect(),
            ),
            Dtype::F32 => {
                let bytes = self.singles().into_iter().flat_map(f32::to_ne_bytes);
                (StoredType::F32, bytes.collect())
            }
            Dtype::I8 => integers!(I8, i8),
            Dtype::I16 => integers!(I16, i16),
            Dtype::I32 => integers!(I32, i32),
            Dtype::I64 => integers!(I64, i64),
            Dtype::Datetime => {
                let bytes = self.times().into_iter().flat_map(i64::to_ne_bytes);
                (StoredType::I64, bytes.collect())
            }
            Dtype::U8 | Dtype::Text => integers!(U8, u8),
            Dtype::U16 => integers!(U16, u16),
            Dtype::U32 => integers!(U32, u32),
            Dtype::U64 => integers!(U64, u64),
            Dtype::Bool => (StoredType::Bool, self.bools().map(u8::from).collect()),
        }
    }

    fn write(&self, file: &mut FileWriter, path: &str) -> terabin_hdf5::Result<()> {
        if self.dtype == Dtype::Text {
            return file.strings(path, &self.texts());
        }
        self.write_numbers(file, path)?;
        if self.dtype == Dtype::Datetime {
            file.attribute(path, "units", "nanoseconds since 1970-01-01")?;
        }
        Ok(())
    }

    fn write_numbers(&self, file: &mut FileWriter, path: &str) -> terabin_hdf5::Result<()> {
        let (element, bytes) = self.stored();
        let mut shape = vec![self.rows() as u64];
        shape.extend(self.width().map(|w| w as u64));
        let Some(chunk_rows) = self.chunk else {
            let handle = file.create_contiguous(path, element, &shape)?;
            return if bytes.is_empty() {
                Ok(())
            } else {
                file.write_rows(handle, 0, &bytes)
            };
        };
        let codec: Codec = self.codec.as_deref().unwrap_or("none").parse()?;
        let mut chunk = shape.clone();
        chunk[0] = chunk_rows;
        let row_bytes = element.size() * self.width().unwrap_or(1);
        let chunk_bytes = usize::try_from(chunk_rows).expect("a small chunk") * row_bytes;
        let layout = ChunkedLayout {
            element,
            shape,
            chunk,
            codec,
        };
        let handle = file.create_chunked(path, &layout)?;
        for (i, part) in bytes.chunks(chunk_bytes).enumerate() {
            let mut whole = part.to_vec();
            whole.resize(chunk_bytes, 0);
            let mut offset = vec![0; layout.shape.len()];
            offset[0] = i as u64 * chunk_rows;
            file.write_chunk(handle, &offset, &encode(codec, element.size(), &whole)?)?;
        }
        Ok(())
    }
}
