//! What a plan asks of data: columns by name.

use terabin_core::ArraySource;
use terabin_core::batch::Column;
use terabin_core::source::{Source, SourceError};

use crate::error::{Error, Result};

/// Named columns over the same rows; a plan selects those that a pass needs.
pub trait Table: Sync {
    /// The names of all columns that hold numbers, not texts or datetimes, for `*` and for requests without
    /// axes. `beside` are the names that the request uses: they tell which table is
    /// meant.
    ///
    /// # Errors
    /// No table, or several that fit.
    fn numeric_columns(&self, beside: &[String]) -> Result<Vec<String>>;

    /// Whether there is a column of this name: it would win over a constant.
    fn has_column(&self, name: &str) -> bool;

    /// The rows with these columns, in this order.
    ///
    /// Among them may be `attr("Header", "MassTable", 1)` and `index(0)`, as expressions
    /// display them: what has attributes and dimensions gives them as columns.
    ///
    /// `request` are all columns of the request, of which a pass may need only some:
    /// together they tell which table is meant.
    ///
    /// # Errors
    /// Names that no column has, columns that do not fit together.
    fn select(&self, columns: &[String], request: &[String]) -> Result<Box<dyn Source + '_>>;

    /// Bytes that these columns take in storage.
    ///
    /// # Errors
    /// As [`Table::select`].
    fn stored_bytes(&self, columns: &[String]) -> Result<u64>;

    /// Bytes held for as long as the table is open: descriptions and chunk tables.
    fn bytes(&self) -> u64 {
        0
    }
}

/// Arrays in memory.
///
/// ```
/// use terabin::{ArrayTable, Options, Spec, Unattended};
/// use terabin_core::batch::Column;
///
/// let table = ArrayTable::new(vec![("x".into(), Column::F64(&[0.5, 1.5, 1.6]))]);
/// let spec = Spec { by: vec!["x:2:0..2".into()], ..Spec::default() };
/// let report = terabin::bin(&table, &spec, &Options::default(), &mut Unattended)?;
/// assert_eq!(report.results[0].counts(), [1, 2]);
/// # Ok::<(), terabin::Error>(())
/// ```
pub struct ArrayTable<'a> {
    columns: Vec<(String, Column<'a>)>,
    batch_rows: usize,
}

impl<'a> ArrayTable<'a> {
    /// A table of columns of equal length.
    #[must_use]
    pub fn new(columns: Vec<(String, Column<'a>)>) -> Self {
        Self {
            columns,
            batch_rows: 1 << 14,
        }
    }

    /// Hands out batches of at most so many rows; results do not depend on it.
    #[must_use]
    pub fn batch_rows(self, batch_rows: usize) -> Self {
        Self { batch_rows, ..self }
    }
}

impl Table for ArrayTable<'_> {
    fn numeric_columns(&self, _beside: &[String]) -> Result<Vec<String>> {
        let numeric = self
            .columns
            .iter()
            .filter(|(_, c)| c.data_type().is_number());
        Ok(numeric.map(|(name, _)| name.clone()).collect())
    }

    fn has_column(&self, name: &str) -> bool {
        self.columns.iter().any(|(n, _)| n == name)
    }

    fn stored_bytes(&self, columns: &[String]) -> Result<u64> {
        let used = self.columns.iter().filter(|(n, _)| columns.contains(n));
        Ok(used
            .map(|(_, c)| (c.len() * c.data_type().size()) as u64)
            .sum())
    }

    fn select(&self, columns: &[String], _request: &[String]) -> Result<Box<dyn Source + '_>> {
        let find = |name: &String| {
            let found = self.columns.iter().find(|(n, _)| n == name);
            found
                .map(|(n, c)| (n.as_str(), *c))
                .ok_or_else(|| Error::request(missing(name)))
        };
        let columns = columns.iter().map(find).collect::<Result<Vec<_>>>()?;
        ArraySource::new(&columns, self.batch_rows)
            .map(|s| Box::new(s) as Box<dyn Source>)
            .map_err(|e: SourceError| Error::request(e.to_string()))
    }
}

/// The message for a column that arrays do not have.
fn missing(name: &str) -> String {
    if name.starts_with("attr(") {
        format!("arrays have no attributes, so there is no {name}")
    } else if name.starts_with("index(") {
        format!("arrays have rows and no other dimensions, so there is no {name}")
    } else {
        format!("there is no column `{name}`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lookups_are_asked_for_by_their_canonical_name() {
        let table = ArrayTable::new(vec![("index(0)".into(), Column::F64(&[0.5, 1.5, 1.6]))]);
        let spec = |by: &str| crate::Spec {
            by: vec![format!("{by}:2:0..2")],
            ..crate::Spec::default()
        };
        let bin = |by: &str| {
            let options = crate::Options::default();
            crate::bin(&table, &spec(by), &options, &mut crate::Unattended)
        };
        let report = bin("index( 0 )").unwrap();
        assert_eq!(report.results[0].counts(), [1, 2]);
        assert_eq!(report.results[0].plan.name, "index(0)");
        for (by, word) in [
            ("index(1)", "index(1)"),
            ("attr('a','b')", r#"attr("a", "b")"#),
        ] {
            let error = bin(by).err().unwrap();
            assert_eq!(error.kind(), crate::ErrorKind::Request);
            assert!(error.to_string().contains(word), "{error}");
        }
    }
}
