//! One bin per category.

use serde::{Deserialize, Serialize};

use super::{NAN, overflow};
use crate::batch::Column;

/// Named bins without order or width.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    categories: Vec<String>,
}

impl Category {
    /// The two truth values: bin 0 is false, bin 1 is true.
    #[must_use]
    pub fn boolean() -> Self {
        Self {
            categories: vec!["false".into(), "true".into()],
        }
    }

    /// The names of the bins.
    #[must_use]
    pub fn categories(&self) -> &[String] {
        &self.categories
    }

    /// Values that are no truth values lie in no bin.
    pub(super) fn index(column: Column<'_>, out: &mut [i32]) {
        match column {
            Column::Bool(v) => {
                for (&x, k) in v.iter().zip(out) {
                    *k = overflow(usize::from(x));
                }
            }
            _ => out.fill(NAN),
        }
    }
}
