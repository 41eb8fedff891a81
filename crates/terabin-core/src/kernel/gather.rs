//! Rows put where those of their slabs wait.

use super::multiversion;

/// How cells are ordered by slabs.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    /// A slab has 2 to this power of cells.
    pub bits: u32,
    /// The cell of rows without one.
    pub trash: u32,
}

multiversion! {
    /// The smallest and the largest of `cells`, `trash` left out; the smallest is `trash`
    /// where there are no others.
    pub fn span(cells: &[u32], trash: u32) -> (u32, u32) = span_body;
}

#[inline(always)]
fn span_body(cells: &[u32], trash: u32) -> (u32, u32) {
    let (mut low, mut high) = (trash, 0);
    for &cell in cells {
        low = low.min(cell);
        high = high.max(if cell == trash { 0 } else { cell });
    }
    (low, high)
}

multiversion! {
    /// Gives each row the next place of its slab, puts its cell within the slab there and
    /// notes the place.
    ///
    /// `ends` holds the next place of each slab, last that of the trash.
    ///
    /// # Panics
    /// A cell of no slab, or places beyond those that wait: a defect of the caller.
    pub fn gather(
        order: Order, cells: &[u32], ends: &mut [u32], waiting: &mut [u32], places: &mut [u32],
    ) = gather_body;
}

#[inline(always)]
fn gather_body(
    order: Order,
    cells: &[u32],
    ends: &mut [u32],
    waiting: &mut [u32],
    places: &mut [u32],
) {
    let within = (1 << order.bits) - 1;
    let trash = ends.len() - 1;
    for (&cell, place) in cells.iter().zip(places) {
        let slab = (cell >> order.bits) as usize;
        let slab = if cell == order.trash { trash } else { slab };
        let end = &mut ends[slab];
        waiting[*end as usize] = cell & within;
        *place = *end;
        *end += 1;
    }
}

multiversion! {
    /// Puts the value of each row at its place.
    ///
    /// # Panics
    /// A place beyond those that wait: a defect of the caller.
    pub fn scatter<T: Copy>(values: &[T], places: &[u32], waiting: &mut [T]) = scatter_body;
}

#[inline(always)]
fn scatter_body<T: Copy>(values: &[T], places: &[u32], waiting: &mut [T]) {
    for (&value, &place) in values.iter().zip(places) {
        waiting[place as usize] = value;
    }
}
