//! `terabin inspect`

use std::io::{self, Write};

use terabin::output::text_table::{self, Side};
use terabin::{FileTable, Spec, available_cpus, default_memory, readable_bytes};
use terabin_hdf5::{Advice, Catalog, ColumnSummary, Storage, TableSummary, advice};

use crate::Failure;
use crate::args::InspectArgs;

/// Runs the command.
pub fn run(args: &InspectArgs) -> Result<(), Failure> {
    let spec = Spec {
        data: args.data.clone(),
        ..Spec::default()
    };
    let files = FileTable::open(&spec)?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    let catalog = files.catalog();
    let sizes: Vec<u64> = catalog.files().map(|f| f.size).collect();
    let total = readable_bytes(sizes.iter().sum());
    writeln!(out, "{} file{}, {total}", sizes.len(), plural(sizes.len()))?;
    let tables = catalog.tables();
    for table in &tables {
        show_table(table, &mut out)?;
    }
    for file in catalog.files() {
        for note in &file.notes {
            let note = printable(note);
            writeln!(out, "note: {}: {note}", file.path.display())?;
        }
    }
    show_advice(catalog, &tables, &mut out)?;
    if let Some(line) = command_line(args, &tables) {
        writeln!(out, "\nto bin it:\n  {line}")?;
    }
    Ok(out.flush()?)
}

fn show_table(table: &TableSummary, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "\ntable {}: {} rows in {} file{}",
        printable(&table.path),
        table.rows,
        table.files,
        plural(table.files)
    )?;
    let head = [
        "column",
        "type",
        "per row",
        "storage",
        "stored",
        "units",
        "long_name",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(table.columns.iter().map(row));
    text_table::align(|| rows.iter().cloned(), Side::Left, out)?;
    for column in &table.columns {
        if let Err(reason) = &column.usable {
            let name = printable(&column.name);
            writeln!(out, "not read: {name}: {reason}")?;
        }
        if let Some(reason) = &column.through_library {
            writeln!(
                out,
                "slow: {} is read through the HDF5 library: {reason}",
                column.name
            )?;
        }
    }
    Ok(())
}

/// What the layout costs here, with the threads and the memory of a run without options.
fn show_advice(catalog: &Catalog, tables: &[TableSummary], out: &mut dyn Write) -> io::Result<()> {
    let files: Vec<_> = catalog.files().collect();
    let found = advice(&files, tables, default_memory(), available_cpus());
    if found.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nAdvice:")?;
    for Advice { what, cost, remedy } in found {
        writeln!(out, "  {what}\n    cost: {cost}\n    remedy: {remedy}")?;
    }
    Ok(())
}

fn row(column: &ColumnSummary) -> Vec<String> {
    let per_row = match (components(column), column.row_dims) {
        ([], 0 | 1) => "1".to_owned(),
        ([], _) => format!("1 of {}", times(&column.shape)),
        (dims, _) => times(dims),
    };
    let storage: Vec<_> = column.storage.iter().map(storage).collect();
    let kind = match column.meaning.as_str() {
        "" => column.element.clone(),
        meaning => format!("{}, {meaning}", column.element),
    };
    let cells = [
        column.name.clone(),
        kind,
        per_row,
        storage.join(" | "),
        readable_bytes(column.stored_bytes),
        column.units.clone().unwrap_or_default(),
        column.long_name.clone().unwrap_or_default(),
    ];
    cells.iter().map(|cell| printable(cell)).collect()
}

/// The extents of the components of a row.
fn components(column: &ColumnSummary) -> &[u64] {
    column.shape.get(column.row_dims..).unwrap_or(&[])
}

/// A text of a file must not move the cursor or end the line.
fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// `contiguous`, or `chunks of 131072, shuffle+gzip:4`.
fn storage(storage: &Storage) -> String {
    let chunk = match &storage.chunk {
        None => storage.layout.clone(),
        Some(dims) => format!("chunks of {}", times(dims)),
    };
    match storage.filters.as_str() {
        "" => chunk,
        filters => format!("{chunk}, {filters}"),
    }
}

fn times(dims: &[u64]) -> String {
    let dims: Vec<_> = dims.iter().map(u64::to_string).collect();
    dims.join(" x ")
}

/// A `terabin bin` line for the largest table and its first column of floats.
fn command_line(args: &InspectArgs, tables: &[TableSummary]) -> Option<String> {
    let table = tables.iter().max_by_key(|t| t.rows)?;
    let usable = || table.columns.iter().filter(|c| c.usable.is_ok());
    let is_float = |c: &&ColumnSummary| c.usable.as_ref().is_ok_and(|t| t.is_float());
    let column = usable().find(is_float).or_else(|| usable().next())?;
    let name = match components(column).len() {
        0 => column.name.clone(),
        n => format!("{}[:,{}]", column.name, vec!["0"; n].join(",")),
    };
    let by = terabin::AxisRequest::column(&name);
    let data: Vec<_> = args.data.iter().map(|d| quoted(d)).collect();
    Some(format!(
        "terabin bin --data {} --by {} --bins 100 --output results/",
        data.join(" --data "),
        quoted(&by.to_string()),
    ))
}

/// A word of a shell command.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:,=%+".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

fn plural(n: usize) -> &'static str {
    if n == 1 { "" } else { "s" }
}
