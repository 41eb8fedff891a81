//! Generates a folder of HDF5 files, bins it and reads a mean back.
//!
//! `cargo run --package terabin --example files`

use std::error::Error;

use terabin::generate::{GenerateSpec, GeneratedSource, Precision};
use terabin::output::{self, Folder, OutputOptions};
use terabin::{FileLayout, FileTable, Options, Spec, Unattended, WriteSpec};
use terabin_hdf5::Codec;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let raw = folder.path().join("raw");
    generate(&raw)?;

    let spec = Spec {
        data: vec![raw.display().to_string()],
        by: vec!["x:4:-2..2".into()],
        stat: vec!["hot=mean(temperature)".into()],
        ..Spec::default()
    };
    let table = FileTable::open(&spec)?;
    let report = terabin::bin(&table, &spec, &Options::default(), &mut Unattended)?;

    let result = &report.results[0];
    let rows = result.histogram.rows();
    assert_eq!(rows.in_range + rows.outside + rows.nan_axis, 100_000);
    let means = result
        .values("hot")
        .ok_or("the statistic that was asked for")?;
    // exp(9.21 + 1/2) for a lognormal of median 10,000 and sigma 1.
    assert!(
        means
            .to_f64()
            .iter()
            .all(|m| (16_000.0..17_000.0).contains(m))
    );

    let results = Folder::open(&folder.path().join("results"))?;
    let options = OutputOptions { state: true };
    let written = output::write(results, &report, &spec, options, &mut Unattended)?;
    assert!(written.files[0].ends_with("result.h5"));

    println!("{:?}", means.to_f64());
    Ok(())
}

/// 100,000 rows in two files, the second one compressed.
fn generate(to: &std::path::Path) -> Result<(), Box<dyn Error>> {
    let source = GeneratedSource::new(GenerateSpec {
        rows: 100_000,
        files: 2,
        seed: 0,
        precision: Precision::Double,
    })?;
    let spec = WriteSpec {
        codecs: vec![Codec::None, "gzip:4".parse()?],
        layout: FileLayout::Columns,
        chunk_rows: 1 << 14,
    };
    let files = [source.file_rows(0), source.file_rows(1)];
    let name = |i: usize| format!("part-{i:05}.h5");
    let folder = Folder::open(to)?;
    terabin::write(&source, &files, &spec, folder, &name, 2, &mut Unattended)?;
    Ok(())
}
