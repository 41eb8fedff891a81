//! What unread objects of a file mean for a request: rows that may be there are an error,
//! never left out in silence.

use globset::{GlobBuilder, GlobMatcher};

use crate::catalog::{Catalog, Entry};
use crate::description::{FileDescription, Unread};
use crate::dialect::Table;
use crate::error::{Error, Result};
use crate::resolve::Request;

/// Checks that no table of the request can lie in what could not be read of a file, where
/// it has only these.
///
/// # Errors
/// The first object that may hold such a table.
pub(crate) fn refuse_lost(entry: &Entry, request: &Request, tables: &[Table]) -> Result<()> {
    let found = |unread: &&Unread| tables.iter().any(|t| is_within(&unread.path, &t.path));
    let may_hold = |unread: &&Unread| match request {
        Request::Group(path) | Request::Dataset(path) => {
            tables.is_empty() && touches(&entry.file, &unread.path, path)
        }
        Request::Pattern(pattern) => reaches(pattern, &unread.path),
    };
    let mut unread = entry.file.unread.iter();
    match unread.find(|u| !found(u) && may_hold(u)) {
        Some(unread) => {
            let wanted = match request {
                Request::Group(path) | Request::Dataset(path) => format!("the table {path}"),
                Request::Pattern(pattern) => format!("a table {}", pattern.glob()),
            };
            Err(lost(&entry.file, unread, wanted))
        }
        None => Ok(()),
    }
}

/// Checks that nothing unread takes part in how many rows a table has.
///
/// # Errors
/// An unread object of the table.
pub(crate) fn refuse_uncounted(entry: &Entry, table: &Table) -> Result<()> {
    let mut unread = entry.file.unread.iter();
    match unread.find(|u| touches(&entry.file, &u.path, &table.path)) {
        Some(unread) => Err(lost(
            &entry.file,
            unread,
            format!("the number of rows of {}", table.path),
        )),
        None => Ok(()),
    }
}

/// The error of a request whose reason may be damage: that, in place of "there is none".
pub(crate) fn explained(catalog: &Catalog, error: Error) -> Error {
    let found = match &error {
        Error::Unusable { path, dataset, .. } => {
            damage(catalog, |f, object| f.path == *path && object == dataset)
        }
        Error::MissingColumn { path, .. } => damage(catalog, |f, _| f.path == *path),
        Error::NoAttribute { path, object, .. } => damage(catalog, |f, unread| {
            f.path == *path && touches(f, unread, object)
        }),
        Error::UnknownTable { table, .. } => {
            let table = format!("/{}", table.trim_matches('/'));
            damage(catalog, |f, unread| touches(f, unread, &table))
        }
        Error::UnknownColumn { .. } | Error::NoCommonTable { .. } | Error::NoTables => {
            damage(catalog, |_, _| true)
        }
        _ => None,
    };
    match found {
        Some((file, unread)) => lost(file, unread, wanted(&error)),
        None => error,
    }
}

fn wanted(error: &Error) -> String {
    match error {
        Error::Unusable { .. } => "the column".into(),
        Error::MissingColumn { column: name, .. } | Error::UnknownColumn { name, .. } => {
            format!("the column {name}")
        }
        Error::NoAttribute {
            object, attribute, ..
        } => format!("the attribute {attribute} of {object}"),
        Error::UnknownTable { table, .. } => format!("the table {table}"),
        _ => "a table with all columns".into(),
    }
}

fn damage(
    catalog: &Catalog,
    may_hold: impl Fn(&FileDescription, &str) -> bool,
) -> Option<(&FileDescription, &Unread)> {
    let mut files = catalog.files();
    files.find_map(|file| {
        let mut unread = file.unread.iter().filter(|u| u.damaged);
        let unread = unread.find(|u| may_hold(file, &u.path))?;
        Some((file, unread))
    })
}

fn lost(file: &FileDescription, unread: &Unread, wanted: String) -> Error {
    let (path, object) = (file.path.clone(), unread.path.clone());
    if unread.damaged {
        Error::Damaged {
            path,
            wanted,
            object,
            cause: unread.reason.clone(),
        }
    } else {
        Error::Unusable {
            path,
            dataset: object,
            reason: unread.reason.clone(),
        }
    }
}

/// Whether an object is part of what lies at a path, or the other way round; a path may be
/// the second one of a group.
fn touches(file: &FileDescription, object: &str, path: &str) -> bool {
    let related = |path: &str| is_within(object, path) || is_within(path, object);
    related(path) || file.first_paths(path).any(|path| related(&path))
}

/// Whether a path is that of a group or lies below it.
fn is_within(path: &str, group: &str) -> bool {
    let rest = path.strip_prefix(group.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether the pattern matches an object, something below it, or a group above it.
fn reaches(pattern: &GlobMatcher, object: &str) -> bool {
    let text = pattern.glob().glob();
    let object = object.trim_matches('/');
    // Parts between slashes do not tell what these match.
    if object.is_empty() || text.contains("**") || text.contains('{') {
        return true;
    }
    let depth = object.split('/').count().min(text.split('/').count());
    let first = |path: &str| path.split('/').take(depth).collect::<Vec<_>>().join("/");
    let above = GlobBuilder::new(&first(text))
        .literal_separator(true)
        .build();
    above.map_or(true, |glob| glob.compile_matcher().is_match(first(object)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::description::Alias;

    fn pattern(text: &str) -> GlobMatcher {
        let glob = GlobBuilder::new(text).literal_separator(true).build();
        glob.unwrap().compile_matcher()
    }

    #[test]
    fn patterns_reach_what_they_match_above_and_below() {
        for (text, object) in [
            ("Part*", "/PartType0"),
            ("Part*", "/PartType0/x"),
            ("snap*/Part*", "/snap3"),
            ("snap*/Part*", "/"),
            ("**/x", "/anything"),
            ("{a,b}", "/c"),
        ] {
            assert!(reaches(&pattern(text), object), "{text} {object}");
        }
        for (text, object) in [
            ("Part*", "/Header"),
            ("snap*/Part*", "/other"),
            ("snap*/Part*", "/snap3/Header"),
        ] {
            assert!(!reaches(&pattern(text), object), "{text} {object}");
        }
    }

    #[test]
    fn objects_touch_what_is_above_and_below_under_every_path() {
        let file = FileDescription {
            aliases: vec![Alias {
                path: "/second".into(),
                target: "/first".into(),
            }],
            ..FileDescription::default()
        };
        for (object, path) in [
            ("/", "/a"),
            ("/a", "/a"),
            ("/a/b", "/a"),
            ("/a", "/a/b"),
            ("/first/x", "/second"),
            ("/first", "/second/x"),
            ("/x", "/"),
        ] {
            assert!(touches(&file, object, path), "{object} {path}");
        }
        for (object, path) in [("/ab", "/a"), ("/a", "/ab"), ("/first", "/seconds")] {
            assert!(!touches(&file, object, path), "{object} {path}");
        }
    }
}
