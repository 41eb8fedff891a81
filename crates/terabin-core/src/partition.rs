//! Rows on their way to slabs, gathered by slab.

use std::ops::Range;

use crate::batch::{Column, DataType, Texts};
use crate::exact::Scratch;
use crate::fill::BLOCK;
use crate::kernel::InstructionSet;
use crate::kernel::gather::{self, Order};
use crate::slabs::{Grid, Held};

/// One thread's rows that wait for their slabs, with their values.
///
/// A slab's states take many rows at once: they are locked once for all of them, and the
/// places in memory that are touched lie together.
pub(crate) struct Partition {
    order: Order,
    /// Rows from which a slab is to be filled.
    enough: usize,
    /// Where the waiting rows of each slab end; last those of the trash.
    ends: Vec<u32>,
    /// The rows' cells within their slabs; each slab has `room` places in a line.
    cells: Vec<u32>,
    values: Vec<Values>,
    room: usize,
    /// Of the rows of a block: their places, or their cells within one slab.
    numbers: Vec<u32>,
}

/// Bytes of the rows that wait for so many slabs.
pub(crate) fn bytes(slabs: usize, rows: usize, types: &[DataType]) -> u64 {
    if slabs < 2 {
        return 0;
    }
    let places = (slabs as u64 + 1).saturating_mul(room(rows) as u64);
    let values: usize = types.iter().map(|&t| Values::size(t)).sum();
    places.saturating_mul((size_of::<u32>() + values) as u64)
}

/// Places of a slab: a block more than are enough, as all its rows may go to one slab,
/// and some to wait for another thread.
///
/// An odd number of cache lines: the ends of slabs that fill alike do not fall on the
/// same places of the first cache.
fn room(rows: usize) -> usize {
    let lines = (rows + BLOCK + PATIENCE).div_ceil(LINE) | 1;
    lines * LINE
}

const PATIENCE: usize = BLOCK / 4;
/// Cell numbers of a cache line.
const LINE: usize = 16;

impl Partition {
    /// No rows; None where there is one slab alone, to which rows go straight.
    pub fn new(grid: &Grid, cells: usize, types: &[DataType]) -> Option<Self> {
        let cut = grid.cut();
        let (slabs, places_of_cells) = (cut.count(cells), cut.places(cells));
        if slabs < 2 {
            return None;
        }
        let room = room(cut.rows());
        let places = (slabs + 1) * room;
        Some(Self {
            order: Order {
                bits: cut.bits(),
                // Below 2^32, or the plan would not have cut them so.
                trash: u32::try_from(places_of_cells).unwrap_or(u32::MAX),
            },
            enough: cut.rows(),
            ends: (0..=slabs).map(|slab| start(slab, room)).collect(),
            cells: vec![0; places],
            values: types.iter().map(|&t| Values::new(t, places)).collect(),
            room,
            numbers: Vec::new(),
        })
    }

    /// Adds a block of rows, some of which wait.
    ///
    /// Rows that all lie in one slab, as neighbours often do, go there at once.
    pub fn add(
        &mut self,
        grid: &Grid,
        scratch: &mut Scratch,
        cells: &[u32],
        values: &[Column<'_>],
    ) {
        let Some((first, last)) = self.span(grid.set(), cells) else {
            return;
        };
        if first == last
            && let Some(mut held) = grid.try_hold(first)
        {
            let numbers = self.within(first, cells);
            return held.fill(scratch, numbers, values);
        }
        self.gather(grid.set(), cells, values);
        for slab in first..=last {
            let waiting = self.waiting(slab);
            if waiting < self.enough {
                continue;
            }
            if let Some(held) = grid.try_hold(slab) {
                self.fill(held, scratch, slab);
            } else if waiting + BLOCK > self.room {
                self.fill(grid.hold(slab), scratch, slab);
            }
        }
    }

    /// Adds the rows that wait for one slab; false where none wait.
    pub fn settle_slab(&mut self, grid: &Grid, scratch: &mut Scratch) -> bool {
        let waiting = |slab: &usize| self.waiting(*slab) > 0;
        let mut slabs = (0..self.trash()).filter(waiting);
        let Some(first) = slabs.next() else {
            return false;
        };
        // Threads that end together would all wait for the first slab, then for the second.
        let free = |slab| Some((slab, grid.try_hold(slab)?));
        let free = free(first).or_else(|| slabs.find_map(free));
        let (slab, held) = free.unwrap_or_else(|| (first, grid.hold(first)));
        self.fill(held, scratch, slab);
        true
    }

    /// The number after that of the last slab.
    fn trash(&self) -> usize {
        self.ends.len() - 1
    }

    /// The rows that wait for a slab.
    fn waiting(&self, slab: usize) -> usize {
        (self.ends[slab] - start(slab, self.room)) as usize
    }

    /// The first and the last slab of the rows of a block; None if all are trash.
    fn span(&self, set: InstructionSet, cells: &[u32]) -> Option<(usize, usize)> {
        let Order { bits, trash } = self.order;
        let (low, high) = gather::span(set, cells, trash);
        let slab = |cell: u32| (cell >> bits) as usize;
        (low < trash).then(|| (slab(low), slab(high)))
    }

    /// The cells of rows of one slab as the slab counts them.
    fn within(&mut self, slab: usize, cells: &[u32]) -> &[u32] {
        let Order { bits, trash } = self.order;
        // Below the number of cells, as every slab has some.
        let first = u32::try_from(slab << bits).unwrap_or(u32::MAX);
        let size = (trash - first).min(1 << bits);
        self.numbers.clear();
        let number = |&cell: &u32| (cell - first).min(size);
        self.numbers.extend(cells.iter().map(number));
        &self.numbers
    }

    /// Puts the rows of a block where those of their slabs wait.
    fn gather(&mut self, set: InstructionSet, cells: &[u32], values: &[Column<'_>]) {
        self.numbers.resize(cells.len(), 0);
        let (ends, places) = (&mut self.ends, &mut self.numbers);
        gather::gather(set, self.order, cells, ends, &mut self.cells, places);
        for (waiting, &column) in self.values.iter_mut().zip(values) {
            waiting.put(set, &self.numbers, column);
        }
        let trash = self.trash();
        self.ends[trash] = start(trash, self.room);
    }

    /// Adds the waiting rows of a slab, block by block.
    fn fill(&mut self, mut held: Held<'_>, scratch: &mut Scratch, slab: usize) {
        let first = start(slab, self.room);
        let end = std::mem::replace(&mut self.ends[slab], first) as usize;
        for block in (first as usize..end).step_by(BLOCK) {
            let rows = block..(block + BLOCK).min(end);
            let columns = self.values.iter().map(|v| v.column(rows.clone()));
            let columns: Vec<Column<'_>> = columns.collect();
            held.fill(scratch, &self.cells[rows], &columns);
        }
    }
}

/// Where the places of a slab begin.
fn start(slab: usize, room: usize) -> u32 {
    // A thousand slabs of a few thousand places.
    u32::try_from(slab * room).unwrap_or(u32::MAX)
}

/// Values of rows that wait, in their own type.
enum Values {
    I64(Vec<i64>),
    U64(Vec<u64>),
    F32(Vec<f32>),
    F64(Vec<f64>),
    Bool(Vec<bool>),
    Datetime(Vec<i64>),
    /// No state of many cells reads texts: they do not wait.
    Text,
}

impl Values {
    fn new(data_type: DataType, places: usize) -> Self {
        match data_type {
            DataType::I64 => Self::I64(vec![0; places]),
            DataType::U64 => Self::U64(vec![0; places]),
            DataType::F32 => Self::F32(vec![0.0; places]),
            DataType::F64 => Self::F64(vec![0.0; places]),
            DataType::Bool => Self::Bool(vec![false; places]),
            DataType::Datetime => Self::Datetime(vec![0; places]),
            DataType::Text => Self::Text,
        }
    }

    /// Bytes of one value that waits.
    fn size(data_type: DataType) -> usize {
        match data_type {
            DataType::Text => 0,
            other => other.size(),
        }
    }

    fn put(&mut self, set: InstructionSet, places: &[u32], column: Column<'_>) {
        match (self, column) {
            (Self::I64(to), Column::I64(from)) => gather::scatter(set, from, places, to),
            (Self::U64(to), Column::U64(from)) => gather::scatter(set, from, places, to),
            (Self::F32(to), Column::F32(from)) => gather::scatter(set, from, places, to),
            (Self::F64(to), Column::F64(from)) => gather::scatter(set, from, places, to),
            (Self::Bool(to), Column::Bool(from)) => gather::scatter(set, from, places, to),
            (Self::Datetime(to), Column::Datetime(from)) => {
                gather::scatter(set, from, places, to);
            }
            (Self::Text, Column::Text(_)) => {}
            _ => unreachable!("the values have the type that the layout says"),
        }
    }

    fn column(&self, rows: Range<usize>) -> Column<'_> {
        match self {
            Self::I64(v) => Column::I64(&v[rows]),
            Self::U64(v) => Column::U64(&v[rows]),
            Self::F32(v) => Column::F32(&v[rows]),
            Self::F64(v) => Column::F64(&v[rows]),
            Self::Bool(v) => Column::Bool(&v[rows]),
            Self::Datetime(v) => Column::Datetime(&v[rows]),
            Self::Text => Column::Text(Texts::new(&[], &[])),
        }
    }
}
