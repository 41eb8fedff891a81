//! What is wanted of one dataset, and how its dimensions lie to the rows.

use crate::element::ElementType;

/// One dataset of an input and the columns that come out of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Need {
    /// Which dataset of the file.
    pub(crate) dataset: usize,
    /// For each dimension of the dataset, what it runs along.
    pub(crate) dims: Vec<DimUse>,
    /// The columns.
    pub(crate) outputs: Vec<Output>,
}

/// What a dimension of a dataset runs along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DimUse {
    /// A dimension of the rows.
    Row {
        /// Which.
        row: usize,
        /// The place in the dataset less the place in the rows; a block of a virtual
        /// dataset begins elsewhere in its source.
        shift: i64,
    },
    /// Nothing: each output takes one place of it.
    Place,
}

/// One column out of a dataset.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Output {
    /// Which column of the batch.
    pub(crate) column: usize,
    /// For each dimension of the dataset the place that is taken, where the dimension
    /// runs along nothing.
    pub(crate) at: Vec<u64>,
    /// Bytes from the beginning of an element to the value.
    pub(crate) offset: usize,
    /// The value's type.
    pub(crate) element: ElementType,
}

impl Need {
    /// The dimension of the dataset that runs along dimension `row` of the rows.
    pub(crate) fn dim_of(&self, row: usize) -> Option<usize> {
        self.dims
            .iter()
            .position(|d| matches!(d, DimUse::Row { row: r, .. } if *r == row))
    }
}

/// Where `place` of the rows lies in the dataset.
pub(crate) fn shifted(place: u64, shift: i64) -> Option<u64> {
    place.checked_add_signed(shift)
}
