//! What could not be read, over all threads and passes: each row of a dataset once.

use std::collections::BTreeMap;

use terabin_core::source::Damage;

/// The most places that are kept, and so the bound on their memory.
const MOST: usize = 10_000;

/// Damage in a form that does not depend on the pieces in which readers met it.
///
/// Beyond [`MOST`] places the last ones in their order are forgotten.
#[derive(Default)]
pub(crate) struct Damages {
    /// The ends of the damaged rows, by place and start; no two touch.
    ends: BTreeMap<(Place, u64), u64>,
}

/// File, dataset and cause.
type Place = (String, String, String);

impl Damages {
    pub(crate) fn add(&mut self, damages: impl IntoIterator<Item = Damage>) {
        for Damage {
            file,
            dataset,
            rows,
            cause,
        } in damages
        {
            if !rows.is_empty() {
                self.insert((file, dataset, cause), rows.start, rows.end);
            }
            if self.ends.len() > MOST {
                self.ends.pop_last();
            }
        }
    }

    /// Adds `start..end`, joined with what it touches.
    fn insert(&mut self, place: Place, mut start: u64, mut end: u64) {
        let mut before = self.ends.range(..=(place.clone(), end));
        let mut joined = Vec::new();
        while let Some(((at, first), last)) = before.next_back()
            && *at == place
            && *last >= start
        {
            (start, end) = (start.min(*first), end.max(*last));
            joined.push(*first);
        }
        let mut key = (place, start);
        for first in joined {
            key.1 = first;
            self.ends.remove(&key);
        }
        key.1 = start;
        self.ends.insert(key, end);
    }

    /// All of it, by file, dataset and rows.
    pub(crate) fn into_list(self) -> Vec<Damage> {
        let damage = |(((file, dataset, cause), start), end)| Damage {
            file,
            dataset,
            rows: start..end,
            cause,
        };
        let mut list: Vec<Damage> = self.ends.into_iter().map(damage).collect();
        list.sort_by(|a, b| {
            let key = |d: &Damage| (d.rows.start, d.rows.end);
            (&a.file, &a.dataset, key(a)).cmp(&(&b.file, &b.dataset, key(b)))
        });
        list
    }
}

/// What the user should know of `skipped` rows and of the damage behind them: a line for
/// all, and one for each of the first places. Nothing where all rows were read.
pub(crate) fn notes(skipped: u64, damages: &[Damage]) -> Vec<String> {
    const SHOWN: usize = 10;
    if skipped == 0 && damages.is_empty() {
        return Vec::new();
    }
    let rows = if skipped == 1 { "row" } else { "rows" };
    let mut notes = vec![format!(
        "{skipped} {rows} skipped: they could not be read and are in no result"
    )];
    notes.extend(damages.iter().take(SHOWN).map(|damage| {
        let (rows, cause) = (&damage.rows, &damage.cause);
        let (start, end) = (rows.start, rows.end);
        format!(
            "skipped: {}, {}, rows {start}..{end}: {cause}",
            damage.file, damage.dataset
        )
    }));
    match damages.len().saturating_sub(SHOWN) {
        0 => {}
        more => notes.push(format!(
            "skipped: {more} more places; summary.json of bin --output lists them"
        )),
    }
    notes
}

#[cfg(test)]
mod tests;
