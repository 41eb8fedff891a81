//! `terabin generate`

use std::io::{self, Write};
use std::path::Path;

use terabin::generate::{GenerateSpec, GeneratedSource, Precision};
use terabin::output::Folder;
use terabin::{FileLayout, WriteSpec};

use crate::Failure;
use crate::args::{DtypeArg, GenerateArgs, LayoutArg, whole, wrong};
use crate::signals::Signals;
use crate::watch::Watch;

/// Rows of a chunk: 1 MiB of doubles.
const CHUNK_ROWS: u64 = 1 << 17;

/// Finished chunks wait for their turn, some 25 MB of them per thread.
const MAX_THREADS: usize = 16;

/// Parts of an earlier set would be counted with those of the new one.
fn refuse_parts(folder: &Path) -> Result<(), Failure> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names = entries.map(|e| e.file_name().to_string_lossy().into_owned());
    match names.find(|n| n.starts_with("part-")) {
        None => Ok(()),
        Some(name) => Err(wrong(format!(
            "{}: {name} is there already; remove it or choose another folder",
            folder.display()
        ))
        .into()),
    }
}

/// Runs the command.
pub fn run(args: &GenerateArgs, signals: &Signals) -> Result<(), Failure> {
    let files = whole(&args.files, "--files")?;
    let spec = GenerateSpec {
        rows: whole(&args.rows, "--rows")?,
        files: u32::try_from(files).map_err(|_| wrong(format!("--files {files}: too many")))?,
        seed: whole(&args.seed, "--seed")?,
        precision: match args.dtype {
            DtypeArg::F64 => Precision::Double,
            DtypeArg::F32 => Precision::Single,
        },
    };
    let source = GeneratedSource::new(spec)
        .map_err(|e| wrong(format!("--rows {} --files {files}: {e}", spec.rows)))?;
    let codecs = args.compress.iter().map(|text| text.parse());
    let write = WriteSpec {
        codecs: codecs
            .collect::<Result<_, terabin_hdf5::Error>>()
            .map_err(terabin::Error::from)?,
        layout: match args.layout {
            LayoutArg::Columns => FileLayout::Columns,
            LayoutArg::Rows => FileLayout::Rows,
        },
        chunk_rows: CHUNK_ROWS,
    };
    let inputs: Vec<_> = (0..spec.files).map(|f| source.file_rows(f)).collect();
    let threads = terabin::available_cpus().min(MAX_THREADS);
    refuse_parts(&args.out)?;
    let folder = Folder::open(&args.out)?;
    let mut watch = Watch::new(signals, false);
    let name = |i: usize| format!("part-{i:05}.h5");
    let paths = terabin::write(&source, &inputs, &write, folder, &name, threads, &mut watch)?;
    drop(watch);
    let mut out = io::stdout().lock();
    for path in paths {
        writeln!(out, "{}", path.display())?;
    }
    Ok(())
}
