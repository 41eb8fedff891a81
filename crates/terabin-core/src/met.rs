//! The cells that rows met: a place in memory for each of them, and none for the others.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock};

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
        let table = capacity(most) as u64 * size_of::<Entry>() as u64;
        table.saturating_mul(2)
    }

    /// Places for the rows up to one that needs a larger table; returns how many.
    fn places_in(&self, table: &Table, numbers: &[u64], places: &mut [u32]) -> usize {
        // Neighbours in time often are in one cell.
        let (mut last, mut place) = (NO_CELL, self.trash());
        for (row, (&number, to)) in numbers.iter().zip(places).enumerate() {
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
                let given = self.given.load(Ordering::Relaxed);
                if given >= self.most {
                    self.overfull.store(true, Ordering::Relaxed);
                    return Some(self.trash());
                }
                if given >= table.full() {
                    return None;
                }
                let order = (Ordering::AcqRel, Ordering::Acquire);
                met = match entry.key.compare_exchange(0, key, order.0, order.1) {
                    Ok(_) => return Some(self.give(entry)),
                    Err(other) => other,
                };
            }
            if met == key {
                return Some(entry.place());
            }
        }
        None
    }

    /// The next place, to a cell that this thread met first.
    fn give(&self, entry: &Entry) -> u32 {
        let number = self.given.fetch_add(1, Ordering::Relaxed);
        let place = if number < self.most {
            self.stripes.place(number)
        } else {
            // Others took the last places since we looked.
            self.overfull.store(true, Ordering::Relaxed);
            self.trash()
        };
        entry.place.store(place + 1, Ordering::Release);
        place
    }

    fn grow(&self) {
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have been here before.
        if self.given.load(Ordering::Relaxed) < table.full() {
            return;
        }
        let larger = table.entries.len() + table.entries.len() / 2;
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

/// Places are 32-bit, one more stands for none, and one for a place that is on its way.
pub(crate) const MOST_PLACES: usize = u32::MAX as usize - 2;
/// Cells that the first table has room for.
const FIRST_CELLS: usize = 1 << 12;

/// Entries for so many cells: three of four are taken at most.
fn capacity(cells: usize) -> usize {
    cells + cells / 3 + 64
}

/// Numbers with their places, by the hash of the number; the next free entry takes what
/// finds its own taken.
struct Table {
    entries: Vec<Entry>,
}

/// Taken once `key` is not 0, which then never changes.
#[derive(Default)]
struct Entry {
    /// The number with all bits turned.
    key: AtomicU64,
    /// One more than the place; 0 until it is known.
    place: AtomicU32,
}

impl Entry {
    /// The place, which the thread that took the entry may be about to write.
    fn place(&self) -> u32 {
        loop {
            match self.place.load(Ordering::Acquire) {
                0 => std::hint::spin_loop(),
                place => return place - 1,
            }
        }
    }
}

impl Table {
    fn new(capacity: usize) -> Self {
        let entries = std::iter::repeat_with(Entry::default).take(capacity);
        Self {
            entries: entries.collect(),
        }
    }

    /// Cells from which on the table is to grow.
    fn full(&self) -> usize {
        self.entries.len() - self.entries.len() / 4
    }

    /// The entries in which a number may be, the likeliest first.
    #[allow(clippy::cast_possible_truncation)] // halves of products, and shares of a length
    fn probe(&self, number: u64) -> impl Iterator<Item = &Entry> {
        let product = u128::from(number ^ SEED) * u128::from(MULTIPLIER);
        let hash = (product >> 64) as u64 ^ product as u64;
        let share = u128::from(hash) * self.entries.len() as u128;
        let first = (share >> 64) as usize;
        let (before, after) = self.entries.split_at(first);
        after.iter().chain(before)
    }

    fn cells(&self) -> impl Iterator<Item = MetCell> {
        let taken = |e: &&Entry| e.key.load(Ordering::Acquire) != 0;
        self.entries.iter().filter(taken).map(|e| MetCell {
            number: !e.key.load(Ordering::Acquire),
            place: e.place(),
        })
    }

    /// Takes a cell over that the table does not have.
    fn put(&self, cell: MetCell) {
        let free = |e: &&Entry| e.key.load(Ordering::Relaxed) == 0;
        if let Some(entry) = self.probe(cell.number).find(free) {
            entry.key.store(!cell.number, Ordering::Relaxed);
            entry.place.store(cell.place + 1, Ordering::Relaxed);
        }
    }
}

/// Both halves of the product with an odd constant (that of the golden ratio): grids have
/// numbers in steps, which neither half alone would spread.
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
const SEED: u64 = 0xa076_1d64_78bd_642f;

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
        fn each_cell_has_one_place_on_any_number_of_threads(
            numbers in prop::collection::vec(prop_oneof![0u64..300, any::<u64>(), (0u64..50).prop_map(|n| n << 40)], 0..3000),
            bits in 0u32..6, threads in 1usize..5, spare in 0usize..20,
        ) {
            let mut wanted: Vec<u64> = numbers.iter().copied().filter(|&n| n != NO_CELL).collect();
            wanted.sort_unstable();
            wanted.dedup();
            let met = Met::new(wanted.len() + spare, bits);
            let parts: Vec<Vec<u32>> = std::thread::scope(|scope| {
                let handles: Vec<_> = (0..threads).map(|_| scope.spawn(|| {
                    let mut places = vec![0; numbers.len()];
                    met.places(&numbers, &mut places);
                    places
                })).collect();
                handles.into_iter().map(|h| h.join().unwrap()).collect()
            });
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
