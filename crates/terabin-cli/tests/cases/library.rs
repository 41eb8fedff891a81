//! A case through the library: files with several threads, arrays in several batches.

use terabin::{ArrayTable, ErrorKind, FileTable, Report, Spec, Unattended};

use crate::case::Case;
use crate::outcome::{Done, Failed, Outcome};

/// Threads and rows of a split.
const RUNS: [(usize, u64); 3] = [(1, 1 << 20), (2, 3), (5, 1)];
const BATCH_ROWS: [usize; 3] = [1, 7, 4096];

/// What all runs of the library agree on.
pub fn outcome(case: &Case) -> Result<Outcome, String> {
    let mut outcomes = RUNS.iter().map(|&(threads, split)| {
        let run = || {
            let spec = case.spec()?;
            let table = FileTable::open(&spec)?;
            terabin::bin(
                &table,
                &spec,
                &case.options(threads, split),
                &mut Unattended,
            )
        };
        (format!("{threads} threads"), of(run()))
    });
    let (_, first) = outcomes.next().ok_or("no runs")?;
    for (name, other) in outcomes {
        agree(&first, &name, &other)?;
    }
    if let (Outcome::Done(_), Ok(spec)) = (&first, case.spec()) {
        for (name, other) in in_memory(case, &spec) {
            agree(&first, &name, &other)?;
        }
    }
    Ok(first)
}

/// The same over arrays, where the data is one plain file that is read whole.
fn in_memory(case: &Case, spec: &Spec) -> Vec<(String, Outcome)> {
    let flat = spec.row_dims.is_none() && spec.along.is_empty();
    let plain = spec.rows.is_none() && spec.table.is_none() && flat;
    let columns = match case
        .files
        .iter()
        .filter(|f| f.is_data())
        .collect::<Vec<_>>()
        .as_slice()
    {
        [only] if plain => only.in_memory(),
        _ => None,
    };
    let run = |columns: &[(String, crate::data::Numbers)], batch_rows| {
        let columns = columns
            .iter()
            .map(|(n, v)| (n.clone(), v.column()))
            .collect();
        let table = ArrayTable::new(columns).batch_rows(batch_rows);
        let report = terabin::bin(&table, spec, &case.options(2, 5), &mut Unattended);
        (format!("arrays in batches of {batch_rows}"), of(report))
    };
    let columns = columns.iter();
    columns
        .flat_map(|c| BATCH_ROWS.map(|rows| run(c, rows)))
        .collect()
}

fn of(result: terabin::Result<Report>) -> Outcome {
    match result {
        Ok(report) => Outcome::Done(Done::new(&report)),
        Err(error) => Outcome::Failed(Failed {
            exit: match error.kind() {
                ErrorKind::Request => 2,
                ErrorKind::Accounting => 3,
                _ => 1,
            },
            message: error.to_string(),
        }),
    }
}

fn agree(first: &Outcome, name: &str, other: &Outcome) -> Result<(), String> {
    match (first, other) {
        // Several threads may meet different rows first.
        (Outcome::Failed(a), Outcome::Failed(b)) if a.exit == b.exit => Ok(()),
        _ => crate::same("1 thread", &first.text(None), name, &other.text(None)),
    }
}
