//! Columns of doubles in memory, read from files in NumPy's format.

use std::fs;
use std::io::Read;
use std::path::Path;

#[cfg(target_os = "linux")]
use memmap2::Advice;
use memmap2::{MmapMut, MmapOptions};
use terabin_core::batch::Column;

use crate::Result;

/// Columns of doubles of equal length.
pub struct Columns {
    named: Vec<(String, MmapMut)>,
    pub rows: usize,
}

impl Columns {
    pub fn load(folder: &Path) -> Result<Self> {
        let mut named = Vec::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|e| e == "npy") {
                let name = path.file_stem().unwrap_or_default().to_string_lossy();
                let column = read_npy(&path).map_err(|e| format!("{}: {e}", path.display()))?;
                named.push((name.into_owned(), column));
            }
        }
        let rows = named.first().ok_or("no *.npy file")?.1.len() / VALUE_BYTES;
        if named.iter().any(|(_, c)| c.len() != rows * VALUE_BYTES) {
            return Err("columns of different length".into());
        }
        Ok(Self { named, rows })
    }

    pub fn column(&self, name: &str) -> Result<&[f64]> {
        let found = self.named.iter().find(|(n, _)| n == name);
        let (_, bytes) = found.ok_or_else(|| format!("no column {name}"))?;
        bytemuck::try_cast_slice(bytes).map_err(|e| e.to_string().into())
    }

    /// All columns, of the first `rows` rows.
    pub fn first(&self, rows: Option<usize>) -> Result<Vec<(String, Column<'_>)>> {
        let rows = rows.unwrap_or(self.rows).min(self.rows);
        let columns = self.named.iter().map(|(name, _)| {
            let values = self.column(name)?;
            Ok((name.clone(), Column::F64(&values[..rows])))
        });
        columns.collect()
    }
}

const VALUE_BYTES: usize = size_of::<f64>();

/// The values of a file in NumPy's format, version 1: little-endian doubles, one dimension.
///
/// NumPy asks for large pages for its own arrays; these columns get the same.
fn read_npy(path: &Path) -> Result<MmapMut> {
    let mut file = fs::File::open(path)?;
    let mut start = [0; 10];
    file.read_exact(&mut start)?;
    let [b'\x93', b'N', b'U', b'M', b'P', b'Y', 1, _, low, high] = start else {
        return Err("not NumPy's format, version 1".into());
    };
    let mut header = vec![0; usize::from(u16::from_le_bytes([low, high]))];
    file.read_exact(&mut header)?;
    if !String::from_utf8_lossy(&header).contains("'descr': '<f8'") {
        return Err("not little-endian doubles".into());
    }
    let before = (start.len() + header.len()) as u64;
    let bytes = usize::try_from(file.metadata()?.len().saturating_sub(before))?;
    let mut column = MmapOptions::new().len(bytes).map_anon()?;
    // A kernel that has no large pages refuses; the record tells how many there were.
    #[cfg(target_os = "linux")]
    let _ = column.advise(Advice::HugePage);
    file.read_exact(&mut column)?;
    Ok(column)
}
