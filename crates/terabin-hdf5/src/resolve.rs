//! From the names of a request to a table of the files.

use std::collections::BTreeSet;

use globset::{GlobBuilder, GlobMatcher};

use crate::catalog::{Catalog, Entry};
use crate::description::Alias;
use crate::dialect::{Table, TableColumn};
use crate::error::{Error, Result};
use crate::inputs::natural;

/// A table as it was asked for.
#[derive(Clone, Debug)]
pub(crate) enum Request {
    /// A group, by its path.
    Group(String),
    /// One dataset alone, by its path.
    Dataset(String),
    /// All groups whose paths match, one after the other.
    Pattern(GlobMatcher),
}

impl Request {
    /// The tables of a file that were asked for, in natural order.
    pub(crate) fn tables(&self, entry: &Entry) -> Vec<Table> {
        let mut tables: Vec<Table> = match self {
            Self::Dataset(path) => by_any_path(entry, path, alone),
            Self::Group(path) => by_any_path(entry, path, group),
            Self::Pattern(pattern) => {
                let matches = |t: &&Table| {
                    pattern.is_match(t.path.trim_start_matches('/'))
                        && t.rows(&entry.file).is_some()
                };
                entry.tables.iter().filter(matches).cloned().collect()
            }
        };
        tables.sort_by(|a, b| natural(&a.path, &b.path));
        tables
    }
}

/// The tables at a path, or at a second one in this file: what is a link in one file may
/// be a group in another.
fn by_any_path(entry: &Entry, path: &str, find: impl Fn(&Entry, &str) -> Vec<Table>) -> Vec<Table> {
    let mut tables = find(entry, path);
    for path in entry.file.first_paths(path) {
        if tables.is_empty() {
            tables = find(entry, &path);
        }
    }
    tables
}

fn group(entry: &Entry, path: &str) -> Vec<Table> {
    let tables = entry.tables.iter().filter(|t| t.path == path);
    tables.cloned().collect()
}

fn alone(entry: &Entry, path: &str) -> Vec<Table> {
    let columns = entry.tables.iter().flat_map(|t| &t.columns);
    let is_it = |c: &&TableColumn| {
        entry
            .file
            .datasets
            .get(c.dataset)
            .is_some_and(|d| d.path == path)
    };
    let columns: Vec<_> = columns.filter(is_it).cloned().collect();
    if columns.is_empty() {
        return Vec::new();
    }
    vec![Table {
        path: path.to_owned(),
        columns,
    }]
}

/// What the text after `--table` means for these files.
pub(crate) fn request(catalog: &Catalog, text: &str) -> Result<Request> {
    let path = format!("/{}", text.trim_matches('/'));
    let mut wanted = vec![path.clone()];
    // The second path of a group stands for the first one.
    let aliases = catalog.files().flat_map(|f| &f.aliases);
    wanted.extend(aliases.filter(|a| a.path == path).map(|a| a.target.clone()));
    for path in wanted {
        for request in [Request::Group(path.clone()), Request::Dataset(path)] {
            if exists(catalog, &request) {
                return Ok(request);
            }
        }
    }
    if text.contains(['*', '?', '[', '{']) {
        let request = Request::Pattern(pattern(text)?);
        if exists(catalog, &request) {
            return Ok(request);
        }
    }
    let known: BTreeSet<&str> = paths(catalog).collect();
    Err(Error::UnknownTable {
        table: text.to_owned(),
        hint: hint(text.trim_matches('/'), known.into_iter(), "tables"),
    })
}

fn exists(catalog: &Catalog, request: &Request) -> bool {
    catalog
        .entries()
        .iter()
        .any(|e| !request.tables(e).is_empty())
}

fn pattern(text: &str) -> Result<GlobMatcher> {
    GlobBuilder::new(text.trim_start_matches('/'))
        .literal_separator(true)
        .build()
        .map(|g| g.compile_matcher())
        .map_err(|e| Error::Pattern {
            pattern: text.to_owned(),
            reason: e.kind().to_string(),
        })
}

fn paths(catalog: &Catalog) -> impl Iterator<Item = &str> {
    let tables = catalog.entries().iter().flat_map(|e| &e.tables);
    tables.map(|t| t.path.trim_start_matches('/'))
}

/// The name with the first path of its group where it has a second one.
pub(crate) fn unaliased(catalog: &Catalog, name: &str) -> String {
    let (base, _) = split_component(name);
    if catalog.columns().any(|c| c.is_called(base)) {
        return name.to_owned();
    }
    let dotted = |path: &str| path.trim_start_matches('/').replace('/', ".");
    let rewrite = |alias: &Alias| {
        let rest = name.strip_prefix(&dotted(&alias.path))?.strip_prefix('.')?;
        let target = dotted(&alias.target);
        let dot = if target.is_empty() { "" } else { "." };
        Some(format!("{target}{dot}{rest}"))
    };
    let mut aliases = catalog.files().flat_map(|f| &f.aliases);
    aliases.find_map(rewrite).unwrap_or_else(|| name.to_owned())
}

/// The one table that has all the names.
pub(crate) fn table_of(catalog: &Catalog, names: &[String]) -> Result<Request> {
    let places: Vec<(&str, BTreeSet<&str>)> = names
        .iter()
        .map(|name| places(catalog, name).map(|p| (name.as_str(), p)))
        .collect::<Result<_>>()?;
    let mut common = places.first().map(|(_, p)| p.clone()).unwrap_or_default();
    for (_, tables) in &places {
        common.retain(|t| tables.contains(t));
    }
    let mut candidates: Vec<&str> = common.into_iter().collect();
    if candidates.iter().any(|path| has_own(catalog, path, names)) {
        candidates.retain(|path| has_own(catalog, path, names));
    }
    match candidates.as_slice() {
        [only] => Ok(Request::Group((*only).to_owned())),
        [] => Err(no_common(&places)),
        [first, ..] => Err(Error::Ambiguous {
            names: names.join(", "),
            candidates: candidates.join(", "),
            example: (*first).to_owned(),
        }),
    }
}

/// Whether the columns of these names lie in the table itself. A group of netCDF-4 also
/// sees the coordinates of the groups above it: that is no reason to ask which is meant.
fn has_own(catalog: &Catalog, path: &str, names: &[String]) -> bool {
    let below = format!("{}/", path.trim_end_matches('/'));
    let is_own = |entry: &Entry, column: &TableColumn| {
        let dataset = entry.file.datasets.get(column.dataset);
        dataset.is_some_and(|d| d.path == path || d.path.starts_with(&below))
    };
    let has = |name: &String| {
        let (base, _) = split_component(name);
        catalog.entries().iter().any(|entry| {
            let tables = entry.tables.iter().filter(|t| t.path == path);
            let mut columns = tables.flat_map(|t| &t.columns);
            columns.any(|c| c.is_called(base) && is_own(entry, c))
        })
    };
    names.iter().all(has)
}

fn no_common(places: &[(&str, BTreeSet<&str>)]) -> Error {
    let place = |(name, tables): &(&str, BTreeSet<&str>)| {
        let tables: Vec<&str> = tables.iter().copied().collect();
        format!("{name} is in {}", tables.join(", "))
    };
    let places: Vec<String> = places.iter().map(place).collect();
    Error::NoCommonTable {
        places: places.join("; "),
    }
}

/// The tables that have a column of this name: by its full name, else by its last part.
fn places<'a>(catalog: &'a Catalog, name: &str) -> Result<BTreeSet<&'a str>> {
    let (base, _) = split_component(name);
    let mut by_last: BTreeSet<&str> = BTreeSet::new();
    let mut by_name: BTreeSet<&str> = BTreeSet::new();
    for table in catalog.entries().iter().flat_map(|e| &e.tables) {
        for column in &table.columns {
            if column.name == base {
                by_name.insert(&table.path);
            } else if column.last == base {
                by_last.insert(&table.path);
            }
        }
    }
    match (by_name.is_empty(), by_last.is_empty()) {
        (false, _) => Ok(by_name),
        (true, false) => Ok(by_last),
        (true, true) => Err(unknown_column(catalog, name)),
    }
}

/// The error for a column that no table has.
pub(crate) fn unknown_column(catalog: &Catalog, name: &str) -> Error {
    let (base, _) = split_component(name);
    let dotted = base.trim_start_matches('/').replace('/', ".");
    let hint = if base.contains('/') && catalog.has_column(&dotted) {
        format!("; names are written with dots: {dotted}")
    } else {
        let mut known: BTreeSet<&str> = BTreeSet::new();
        for column in catalog.columns() {
            known.insert(&column.name);
            known.insert(&column.last);
        }
        hint(base, known.into_iter(), "columns")
    };
    Error::UnknownColumn {
        name: name.to_owned(),
        hint,
    }
}

/// Up to three near names as the end of a sentence.
fn hint<'a>(wanted: &str, known: impl Iterator<Item = &'a str>, what: &str) -> String {
    let wanted = wanted.to_lowercase();
    let score = |name: &str| strsim::jaro_winkler(&wanted, &name.to_lowercase());
    let mut near: Vec<(f64, &str)> = known
        .filter(|n| !n.is_empty())
        .map(|n| (score(n), n))
        .filter(|(s, _)| *s > 0.75)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    let near: Vec<&str> = near.into_iter().take(3).map(|(_, n)| n).collect();
    if near.is_empty() {
        format!("; `inspect` lists the {what}")
    } else {
        format!("; near names: {}", near.join(", "))
    }
}

/// `data[:,3]` is component 3 of `data`; `data[:,1,2]` names places along the last two
/// dimensions.
pub(crate) fn split_component(text: &str) -> (&str, Vec<u64>) {
    let components = || {
        let (base, rest) = text.strip_suffix(']')?.rsplit_once("[:,")?;
        let places: Option<Vec<u64>> = rest.split(',').map(|p| p.trim().parse().ok()).collect();
        Some((base, places?))
    };
    components().unwrap_or((text, Vec::new()))
}

#[cfg(test)]
mod tests {
    use super::split_component;

    #[test]
    fn components_are_split_off() {
        assert_eq!(split_component("data[:,3]"), ("data", vec![3]));
        assert_eq!(split_component("data[:, 3]"), ("data", vec![3]));
        assert_eq!(split_component("data[:,1, 2]"), ("data", vec![1, 2]));
        for text in [
            "data",
            "data[3]",
            "data[:,x]",
            "]",
            "data[:,-1]",
            "data[:,]",
        ] {
            assert_eq!(split_component(text), (text, vec![]));
        }
    }
}
