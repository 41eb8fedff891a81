//! One bin per category.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{AxisError, NAN, overflow};
use crate::batch::Column;
use crate::categories::Categories;

/// Named bins without order or width; values that are no category lie outside.
///
/// Clones share the categories.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "Categories", into = "Categories")]
pub struct Category(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    categories: Categories,
    names: Vec<String>,
    lookup: Lookup,
}

impl Category {
    /// The two truth values: bin 0 is false, bin 1 is true.
    #[must_use]
    pub fn boolean() -> Self {
        Self::with(Categories::Truths, Lookup::None)
    }

    /// A bin per category, in their order.
    ///
    /// # Errors
    /// Too many, too long ones, or one that is there twice.
    ///
    /// ```
    /// use terabin_core::axis::{Axis, Category};
    /// use terabin_core::batch::{Column, Texts};
    /// use terabin_core::categories::Categories;
    /// use terabin_core::kernel::InstructionSet;
    /// let axis = Category::new(Categories::Texts(vec![b"gas".into(), b"star".into()]))?;
    /// let column = Column::Text(Texts::new(&[4, 7, 11], b"stargasdust"));
    /// let mut bins = [0; 3];
    /// Axis::Category(axis).index(InstructionSet::best(), column, &mut Vec::new(), &mut bins);
    /// assert_eq!(bins, [1, 0, 2]);
    /// # Ok::<(), terabin_core::axis::AxisError>(())
    /// ```
    pub fn new(categories: Categories) -> Result<Self, AxisError> {
        categories.check()?;
        let lookup = Lookup::new(&categories);
        if lookup.keys().is_some_and(|keys| keys < categories.len()) {
            return Err(AxisError::CategoryTwice);
        }
        Ok(Self::with(categories, lookup))
    }

    fn with(categories: Categories, lookup: Lookup) -> Self {
        Self(Arc::new(Inner {
            names: categories.names(),
            categories,
            lookup,
        }))
    }

    /// What the bins stand for.
    #[must_use]
    pub fn categories(&self) -> &Categories {
        &self.0.categories
    }

    /// The names of the bins.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.0.names
    }

    /// Values of another type than the categories lie in no bin.
    pub(super) fn index(&self, column: Column<'_>, out: &mut [i32]) {
        let outside = overflow(self.0.names.len());
        match (&self.0.lookup, column) {
            (Lookup::None, Column::Bool(v)) => {
                for (&x, k) in v.iter().zip(out) {
                    *k = overflow(usize::from(x));
                }
            }
            (Lookup::Texts(bins), Column::Text(v)) => {
                let find = |text: &[u8]| bins.get(text).copied().unwrap_or(outside);
                remember(v.iter(), find, out);
            }
            (Lookup::I64(bins), Column::I64(v)) => bins.index(v.iter().copied(), outside, out),
            (Lookup::U64(bins), Column::U64(v)) => {
                bins.index(v.iter().map(|x| x.cast_signed()), outside, out);
            }
            _ => out.fill(NAN),
        }
    }
}

impl PartialEq for Category {
    fn eq(&self, other: &Self) -> bool {
        self.0.categories == other.0.categories
    }
}

impl TryFrom<Categories> for Category {
    type Error = AxisError;

    fn try_from(categories: Categories) -> Result<Self, AxisError> {
        match categories {
            Categories::Truths => Ok(Self::boolean()),
            other => Self::new(other),
        }
    }
}

impl From<Category> for Categories {
    fn from(axis: Category) -> Self {
        axis.0.categories.clone()
    }
}

/// From a value to its bin.
#[derive(Debug)]
enum Lookup {
    None,
    Texts(HashMap<Box<[u8]>, i32>),
    I64(Integers),
    /// By the bits of the unsigned integers.
    U64(Integers),
}

impl Lookup {
    fn new(categories: &Categories) -> Self {
        match categories {
            Categories::Truths => Self::None,
            Categories::Texts(v) => Self::Texts(numbered(v.iter().map(|t| t.as_slice().into()))),
            Categories::I64(v) => Self::I64(Integers::new(numbered(v.iter().copied()))),
            Categories::U64(v) => {
                Self::U64(Integers::new(numbered(v.iter().map(|x| x.cast_signed()))))
            }
        }
    }

    /// The number of different values.
    fn keys(&self) -> Option<usize> {
        match self {
            Self::None => None,
            Self::Texts(bins) => Some(bins.len()),
            Self::I64(bins) | Self::U64(bins) => Some(bins.len()),
        }
    }
}

fn numbered<K: Eq + Hash>(keys: impl Iterator<Item = K>) -> HashMap<K, i32> {
    keys.enumerate().map(|(i, k)| (k, overflow(i))).collect()
}

/// The bins of integers: a table where they lie close together, as codes do.
#[derive(Debug)]
enum Integers {
    Table { low: i64, bins: Vec<Option<i32>> },
    Map(HashMap<i64, i32>),
}

/// Entries that a table may have per category, and besides.
const TABLE_ENTRIES: (usize, usize) = (4, 4096);

impl Integers {
    fn new(map: HashMap<i64, i32>) -> Self {
        let (low, high) = (map.keys().min(), map.keys().max());
        let (low, high) = (low.copied().unwrap_or(0), high.copied().unwrap_or(0));
        let most = map.len() * TABLE_ENTRIES.0 + TABLE_ENTRIES.1;
        let span = usize::try_from(high.abs_diff(low)).unwrap_or(usize::MAX);
        if span >= most {
            return Self::Map(map);
        }
        let at = |i: usize| low.wrapping_add_unsigned(i as u64);
        let bins = (0..=span).map(|i| map.get(&at(i)).copied()).collect();
        Self::Table { low, bins }
    }

    fn len(&self) -> usize {
        match self {
            Self::Table { bins, .. } => bins.iter().flatten().count(),
            Self::Map(bins) => bins.len(),
        }
    }

    fn index(&self, values: impl Iterator<Item = i64>, outside: i32, out: &mut [i32]) {
        match self {
            Self::Table { low, bins } => {
                for (x, k) in values.zip(out) {
                    // A value below wraps to one beyond the table.
                    let at = x.wrapping_sub(*low).cast_unsigned();
                    let at = usize::try_from(at).unwrap_or(usize::MAX);
                    *k = bins.get(at).copied().flatten().unwrap_or(outside);
                }
            }
            Self::Map(bins) => {
                let find = |x: i64| bins.get(&x).copied().unwrap_or(outside);
                remember(values, find, out);
            }
        }
    }
}

/// Looks a value up unless it is the one before: equal values often come together.
fn remember<K: Copy + PartialEq>(
    values: impl Iterator<Item = K>,
    find: impl Fn(K) -> i32,
    out: &mut [i32],
) {
    let mut last = None;
    for (value, k) in values.zip(out) {
        *k = match last {
            Some((same, bin)) if same == value => bin,
            _ => find(value),
        };
        last = Some((value, *k));
    }
}
