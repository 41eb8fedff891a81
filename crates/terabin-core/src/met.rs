//! The cells that rows met: a place in memory for each of them, and none for the others.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock};

use crate::kernel::prefetch;

/// The number of rows without a cell.
pub(crate) const NO_CELL: u64 = u64::MAX;

/// Places of cells in the order in which rows met them, given out to many threads at once.
///
/// Places decide where in memory a cell is, never what it holds: their order does not show.
/// A table of its own, as one lock for a block of rows is all that it takes: a map that is
/// locked for each row took longer than the rest of the fill.
pub(crate) struct Met {
    table: RwLock<Table>,
    /// Cells met.
    given: AtomicUsize,
    /// Places that there are.
    most: usize,
    stripes: Stripes,
    overfull: AtomicBool,
}

/// A cell and its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct MetCell {
    /// Its row-major number.
    pub number: u64,
    /// Its place.
    pub place: u32,
}

impl Met {
    /// No cell met; places for `most` cells, at most [`MOST_PLACES`], in slabs of `2^bits`.
    pub fn new(most: usize, bits: u32) -> Self {
        Self {
            table: RwLock::new(Table::new(capacity(most.min(FIRST_CELLS)))),
            given: AtomicUsize::new(0),
            most,
            stripes: Stripes::new(most, bits),
            overfull: AtomicBool::new(false),
        }
    }

    /// The place of each cell, the number of places for rows without one.
    pub fn places(&self, numbers: &[u64], places: &mut [u32]) {
        let mut done = 0;
        loop {
            let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
            done += self.places_in(&table, &numbers[done..], &mut places[done..]);
            if done == numbers.len() {
                return;
            }
            drop(table);
            self.grow();
        }
    }

    /// Whether rows met more cells than there are places; such rows are in none.
    pub fn is_overfull(&self) -> bool {
        self.overfull.load(Ordering::Relaxed)
    }

    /// The cells met, by their numbers.
    pub fn cells(&self) -> Vec<MetCell> {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        let mut cells = Vec::with_capacity(self.given.load(Ordering::Relaxed));
        cells.extend(table.cells().filter(|c| (c.place as usize) < self.most));
        cells.sort_unstable();
        cells
    }

    /// The most bytes for places of so many cells: two tables while one grows, or one and
    /// the list of the cells.
    pub fn most_bytes(most: usize) -> u64 {
        let words = (capacity(most) * WORDS) as u64;
        words.saturating_mul(2 * size_of::<AtomicU64>() as u64)
    }

    /// Places for the rows up to one that needs a larger table; returns how many.
    fn places_in(&self, table: &Table, numbers: &[u64], places: &mut [u32]) -> usize {
        // Neighbours in time often are in one cell.
        let (mut last, mut place) = (NO_CELL, self.trash());
        for (row, (&number, to)) in numbers.iter().zip(places).enumerate() {
            if let Some(&later) = numbers.get(row + ROWS_AHEAD) {
                table.prefetch(later);
            }
            if number != last {
                let found = match number {
                    NO_CELL => Some(self.trash()),
                    _ => self.place(table, number),
                };
                let Some(found) = found else { return row };
                (last, place) = (number, found);
            }
            *to = place;
        }
        numbers.len()
    }

    fn place(&self, table: &Table, number: u64) -> Option<u32> {
        let key = !number;
        for entry in table.probe(number) {
            let mut met = entry.key.load(Ordering::Acquire);
            if met == 0 {
                // Who has given the last place has taken its entry before.
                let given = self.given.load(Ordering::Acquire);
                if given >= self.most {
                    met = entry.key.load(Ordering::Acquire);
                    if met == 0 {
                        self.overfull.store(true, Ordering::Relaxed);
                        return Some(self.trash());
                    }
                } else if given >= table.full() {
                    return None;
                } else {
                    let order = (Ordering::AcqRel, Ordering::Acquire);
                    met = match entry.key.compare_exchange(0, key, order.0, order.1) {
                        Ok(_) => return Some(self.give(entry)),
                        Err(other) => other,
                    };
                }
            }
            if met == key {
                return Some(entry.place());
            }
        }
        None
    }

    /// The next place, to a cell that this thread met first.
    fn give(&self, entry: Entry<'_>) -> u32 {
        let number = self.given.fetch_add(1, Ordering::Release);
        let place = if number < self.most {
            self.stripes.place(number)
        } else {
            // Others took the last places since we looked.
            self.overfull.store(true, Ordering::Relaxed);
            self.trash()
        };
        entry.place.store(u64::from(place) + 1, Ordering::Release);
        place
    }

    fn grow(&self) {
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have been here before.
        if self.given.load(Ordering::Relaxed) < table.full() {
            return;
        }
        let larger = table.capacity() + table.capacity() / 2;
        let larger = Table::new(larger.min(capacity(self.most)));
        for cell in table.cells() {
            larger.put(cell);
        }
        *table = larger;
    }

    fn trash(&self) -> u32 {
        // At most MOST_PLACES.
        u32::try_from(self.most).unwrap_or(u32::MAX)
    }
}

/// Rows between asking for the entry of a cell and its use: the table is far beyond the
/// caches where cells are many.
const ROWS_AHEAD: usize = 16;
/// Places are 32-bit, one more stands for none, and one for a place that is on its way.
pub(crate) const MOST_PLACES: usize = u32::MAX as usize - 2;
/// Cells that the first table has room for.
const FIRST_CELLS: usize = 1 << 12;

/// Entries for so many cells: three of four are taken at most.
fn capacity(cells: usize) -> usize {
    cells + cells / 3 + 64
}

/// Numbers with their places, by the hash of the number; the next free entry takes what
/// finds its own taken. Large pages gain nothing here: entries are asked for ahead.
struct Table {
    /// Of each entry the number with all bits turned, which never changes once it is not 0,
    /// and one more than the place, which is 0 until it is known.
    words: Vec<AtomicU64>,
}

/// Words of an entry.
const WORDS: usize = 2;

#[derive(Clone, Copy)]
struct Entry<'a> {
    key: &'a AtomicU64,
    place: &'a AtomicU64,
}

impl Entry<'_> {
    /// The place, which the thread that took the entry may be about to write.
    fn place(self) -> u32 {
        loop {
            match self.place.load(Ordering::Acquire) {
                0 => std::hint::spin_loop(),
                // Below 2^32.
                place => return u32::try_from(place - 1).unwrap_or(u32::MAX),
            }
        }
    }
}

impl Table {
    fn new(capacity: usize) -> Self {
        Self {
            words: std::iter::repeat_with(AtomicU64::default)
                .take(capacity * WORDS)
                .collect(),
        }
    }

    fn capacity(&self) -> usize {
        self.words.len() / WORDS
    }

    /// Cells from which on the table is to grow.
    fn full(&self) -> usize {
        self.capacity() - self.capacity() / 4
    }

    /// The entry in which a number is likely to be.
    fn first(&self, number: u64) -> usize {
        share(number, self.capacity())
    }

    /// Asks for the memory of a number's entry.
    fn prefetch(&self, number: u64) {
        prefetch::cell(&self.words, self.first(number) * WORDS);
    }

    fn entries(words: &[AtomicU64]) -> impl Iterator<Item = Entry<'_>> {
        let entries = words.as_chunks().0.iter();
        entries.map(|[key, place]| Entry { key, place })
    }

    /// The entries in which a number may be, the likeliest first.
    fn probe(&self, number: u64) -> impl Iterator<Item = Entry<'_>> {
        let (before, after) = self.words.split_at(self.first(number) * WORDS);
        Self::entries(after).chain(Self::entries(before))
    }

    fn cells(&self) -> impl Iterator<Item = MetCell> {
        let taken = |e: &Entry<'_>| e.key.load(Ordering::Acquire) != 0;
        let taken = Self::entries(&self.words).filter(taken);
        taken.map(|e| MetCell {
            number: !e.key.load(Ordering::Acquire),
            place: e.place(),
        })
    }

    /// Takes a cell over that the table does not have.
    fn put(&self, cell: MetCell) {
        let free = |e: &Entry<'_>| e.key.load(Ordering::Relaxed) == 0;
        if let Some(entry) = self.probe(cell.number).find(free) {
            entry.key.store(!cell.number, Ordering::Relaxed);
            entry
                .place
                .store(u64::from(cell.place) + 1, Ordering::Relaxed);
        }
    }
}

/// Which of so many entries a number is to have.
#[allow(clippy::cast_possible_truncation)] // the high half of a product
pub(crate) fn share(number: u64, entries: usize) -> usize {
    let share = u128::from(hash(number)) * entries as u128;
    (share >> 64) as usize
}

/// The finaliser of MurmurHash3: every bit of the number changes half of the others. A
/// product alone puts the numbers of a grid, which go in steps, in long runs.
fn hash(number: u64) -> u64 {
    let mut hash = number;
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

/// Puts cells that are met one after the other into different slabs: threads seldom want
/// the same, although there are few cells.
#[derive(Clone, Copy)]
struct Stripes {
    bits: u32,
    /// Slabs that are filled side by side, as a power of two.
    width: u32,
    /// Places that whole groups of slabs have.
    grouped: usize,
}

impl Stripes {
    fn new(most: usize, bits: u32) -> Self {
        let slabs = most.checked_shr(bits).unwrap_or(0);
        let width = slabs.checked_ilog2().unwrap_or(0).min(MOST_WIDTH);
        let group = bits + width;
        Self {
            bits,
            width,
            grouped: most.checked_shr(group).unwrap_or(0) << group.min(usize::BITS - 1),
        }
    }

    fn place(self, number: usize) -> u32 {
        let Self { bits, width, .. } = self;
        let place = if number < self.grouped {
            let group = number >> (bits + width);
            let slab = number & ((1 << width) - 1);
            let within = (number >> width) & ((1 << bits) - 1);
            (((group << width) | slab) << bits) | within
        } else {
            number
        };
        // Below the places that there are.
        u32::try_from(place).unwrap_or(u32::MAX)
    }
}

/// Sixteen slabs side by side.
const MOST_WIDTH: u32 = 4;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_cell_has_one_place(
            numbers in prop::collection::vec(prop_oneof![0u64..300, any::<u64>(), (0u64..50).prop_map(|n| n << 40)], 0..3000),
            bits in 0u32..6, turns in 1usize..3, spare in 0usize..20,
        ) {
            let mut wanted: Vec<u64> = numbers.iter().copied().filter(|&n| n != NO_CELL).collect();
            wanted.sort_unstable();
            wanted.dedup();
            let met = Met::new(wanted.len() + spare, bits);
            let parts: Vec<Vec<u32>> = (0..turns).map(|_| {
                let mut places = vec![0; numbers.len()];
                met.places(&numbers, &mut places);
                places
            }).collect();
            prop_assert!(!met.is_overfull());
            let cells = met.cells();
            let found: Vec<u64> = cells.iter().map(|c| c.number).collect();
            prop_assert_eq!(&found, &wanted);
            let mut places: Vec<u32> = cells.iter().map(|c| c.place).collect();
            places.sort_unstable();
            places.dedup();
            prop_assert_eq!(places.len(), wanted.len());
            prop_assert!(places.iter().all(|&p| (p as usize) < wanted.len() + spare));
            let by_number: BTreeMap<u64, u32> = cells.iter().map(|c| (c.number, c.place)).collect();
            for part in parts {
                for (number, place) in numbers.iter().zip(part) {
                    let want = by_number.get(number).copied().unwrap_or(met.trash());
                    prop_assert_eq!(place, want);
                }
            }
        }

        #[test]
        fn stripes_give_each_place_once(most in 0usize..5000, bits in 0u32..14) {
            let stripes = Stripes::new(most, bits);
            let mut places: Vec<u32> = (0..most).map(|n| stripes.place(n)).collect();
            places.sort_unstable();
            prop_assert!(places.iter().enumerate().all(|(n, &p)| n == p as usize));
        }
    }

    #[test]
    fn what_has_no_place_is_told() {
        let met = Met::new(2, 0);
        let mut places = [0; 5];
        met.places(&[7, 8, 7, 9, NO_CELL], &mut places);
        assert!(met.is_overfull());
        assert_eq!(places[2], places[0]);
        assert_eq!(places[3..], [2, 2]);
        assert_eq!(met.cells().len(), 2);
    }
}
