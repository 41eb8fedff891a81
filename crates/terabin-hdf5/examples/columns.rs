//! Writes the values of columns as raw bytes, for programs that want them all.
//!
//! Each line of the standard input is a request: a file, a table (empty where the
//! columns tell it) and columns, parted by tabs. Each answer on the standard output
//! is a line parted by tabs, in order of the requests:
//!
//! - `ok`, the number of columns, and the datasets that only the HDF5 library reads,
//!   with the reasons. A line for each column follows, with its name, type and number
//!   of bytes, and after the line its values, little-endian, one for each row; a text
//!   is its length (u32) and its bytes.
//! - `error`, `request` or `run`, and what is wrong.
//!
//! ```text
//! printf 'snap.h5\t\tPartType0.Masses\n' | cargo run --package terabin-hdf5 --example columns
//! ```

use std::error::Error;
use std::io::{self, BufRead, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;

use terabin_core::batch::Column;
use terabin_core::source::Source;
use terabin_hdf5::{Catalog, Selection, TableSource};

/// The most rows of an answer: it is held in memory until it is whole.
const MOST_ROWS: u64 = 10_000_000;

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        match columns(&line?) {
            Ok(answer) => answer.write(&mut out)?,
            Err(Failed { kind, message }) => writeln!(out, "error\t{kind}\t{message}")?,
        }
        // Who waits for the answer has it even if the next request goes wrong.
        out.flush()?;
    }
    Ok(())
}

/// The values of all columns of a request.
struct Answer {
    columns: Vec<Values>,
    through_library: Vec<String>,
}

/// One column, little-endian.
struct Values {
    name: String,
    data_type: String,
    bytes: Vec<u8>,
}

/// Why there is no answer.
struct Failed {
    kind: &'static str,
    message: String,
}

fn columns(request: &str) -> Result<Answer, Failed> {
    let mut words = request.split('\t');
    let path = PathBuf::from(words.next().unwrap_or_default());
    let table = words.next().unwrap_or_default();
    let selection = Selection {
        table: (!table.is_empty()).then(|| table.to_owned()),
        columns: words.map(str::to_owned).collect(),
        ..Selection::default()
    };
    let source = Catalog::open(&[path]).and_then(|catalog| catalog.select(&selection))?;
    if source.rows() > MOST_ROWS {
        return Err(Failed {
            kind: "request",
            message: format!("{} rows are more than {MOST_ROWS}", source.rows()),
        });
    }
    read(&source)
}

fn read(source: &TableSource) -> Result<Answer, Failed> {
    let fields = &source.schema().fields;
    let mut columns: Vec<Values> = fields
        .iter()
        .map(|field| Values {
            name: field.name.clone(),
            data_type: field.data_type.to_string(),
            bytes: Vec::new(),
        })
        .collect();
    let mut reader = source.reader();
    for split in source.splits(100_000) {
        let read = reader.read(&split, &mut |batch| {
            for (values, column) in columns.iter_mut().zip(batch.columns()) {
                append(&mut values.bytes, column);
            }
            ControlFlow::Continue(())
        });
        read.map_err(|error| Failed::new("run", &error))?;
    }
    let through_library = source.through_library().into_iter();
    Ok(Answer {
        columns,
        through_library: through_library
            .map(|(_, dataset, reason)| format!("{dataset}: {reason}"))
            .collect(),
    })
}

fn append(bytes: &mut Vec<u8>, column: &Column<'_>) {
    match column {
        Column::I64(v) => bytes.extend(v.iter().flat_map(|x| x.to_le_bytes())),
        Column::U64(v) => bytes.extend(v.iter().flat_map(|x| x.to_le_bytes())),
        Column::F32(v) => bytes.extend(v.iter().flat_map(|x| x.to_le_bytes())),
        Column::F64(v) => bytes.extend(v.iter().flat_map(|x| x.to_le_bytes())),
        Column::Bool(v) => bytes.extend(v.iter().map(|x| u8::from(*x))),
        Column::Datetime(v) => bytes.extend(v.iter().flat_map(|x| x.to_le_bytes())),
        // Each text after its length.
        Column::Text(texts) => {
            for text in texts.iter() {
                let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
                bytes.extend(length.to_le_bytes());
                bytes.extend_from_slice(text);
            }
        }
    }
}

impl Answer {
    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        write!(out, "ok\t{}", self.columns.len())?;
        for dataset in &self.through_library {
            write!(out, "\t{}", one_line(dataset))?;
        }
        writeln!(out)?;
        for values in &self.columns {
            let (name, data_type) = (&values.name, &values.data_type);
            writeln!(out, "{name}\t{data_type}\t{}", values.bytes.len())?;
            out.write_all(&values.bytes)?;
        }
        Ok(())
    }
}

impl Failed {
    fn new(kind: &'static str, error: &dyn Error) -> Self {
        Self {
            kind,
            message: one_line(&error.to_string()),
        }
    }
}

impl From<terabin_hdf5::Error> for Failed {
    fn from(error: terabin_hdf5::Error) -> Self {
        let kind = if error.is_request() { "request" } else { "run" };
        Self::new(kind, &error)
    }
}

/// Names in a file may hold tabs and line ends, which part the words of an answer.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
