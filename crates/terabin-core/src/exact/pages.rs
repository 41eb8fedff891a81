//! One value per cell, made when first touched.

use std::ops::Range;

/// Zeros for all cells; a page of cells takes memory once one of them is written.
#[derive(Clone, Debug)]
pub(crate) struct Pages<T> {
    pages: Vec<Option<Box<[T]>>>,
    cells: usize,
}

/// Cells of a page; where there are fewer, the page holds those.
const PAGE: usize = 512;

impl<T: Copy + Default> Pages<T> {
    /// Zeros for `cells` cells.
    pub fn new(cells: usize) -> Self {
        Self {
            pages: vec![None; cells.div_ceil(PAGE)],
            cells,
        }
    }

    /// The value of a cell.
    #[inline]
    pub fn get(&self, cell: usize) -> T {
        self.written(cell).copied().unwrap_or_default()
    }

    /// The value of a cell, if its page was written.
    #[inline]
    pub fn written(&self, cell: usize) -> Option<&T> {
        self.pages.get(cell / PAGE)?.as_ref()?.get(cell % PAGE)
    }

    /// Whether none of some neighbouring cells has a page that was written.
    #[inline]
    pub fn is_blank(&self, cells: &Range<usize>) -> bool {
        let pages = cells.start / PAGE..cells.end.div_ceil(PAGE);
        let pages = self.pages.get(pages).unwrap_or(&self.pages);
        pages.iter().all(Option::is_none)
    }

    /// The place of a cell's value.
    ///
    /// # Panics
    /// A cell beyond those there are: a defect of the caller.
    pub fn get_mut(&mut self, cell: usize) -> &mut T {
        let number = cell / PAGE;
        let length = PAGE.min(self.cells - number * PAGE);
        let zeros = || vec![T::default(); length].into_boxed_slice();
        &mut self.pages[number].get_or_insert_with(zeros)[cell % PAGE]
    }

    /// The number of cells.
    pub fn cells(&self) -> usize {
        self.cells
    }

    /// The cells of all pages that were written, with their values.
    pub fn iter(&self) -> impl Iterator<Item = (usize, T)> {
        let pages = self.pages.iter().enumerate();
        pages.flat_map(|(number, page)| {
            let values = page.iter().flatten().enumerate();
            values.map(move |(i, &value)| (number * PAGE + i, value))
        })
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        let made: usize = self.pages.iter().flatten().map(|page| page.len()).sum();
        made * size_of::<T>() + self.pages.capacity() * size_of::<Option<Box<[T]>>>()
    }
}

impl Pages<u64> {
    /// Adds counts cell by cell.
    pub fn add(&mut self, other: &Self) {
        for (cell, count) in other.iter().filter(|&(_, count)| count > 0) {
            *self.get_mut(cell) += count;
        }
    }
}
