//! The value of the row that comes first or last by another value.

use std::any::Any;

use super::joint::trash;
use super::{Content, State, same};
use crate::batch::Column;
use crate::exact::Scratch;
use crate::order::{keys, with_keys};

/// Which row of a cell is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// That with the smallest time; of equal times that with the smaller value.
    First,
    /// That with the largest time; of equal times that with the larger value.
    Last,
}

/// The key of the time, then that of the value: of the chosen row of each cell.
pub struct Chosen {
    value: usize,
    time: usize,
    end: End,
    cells: Vec<Option<(u64, u64)>>,
    trash: u32,
    /// The keys of a block's times.
    times: Vec<Option<u64>>,
}

impl Chosen {
    pub fn new(cells: usize, value: usize, time: usize, end: End) -> Self {
        Self {
            value,
            time,
            end,
            cells: vec![None; cells],
            trash: trash(cells),
            times: Vec::new(),
        }
    }

    fn take(end: End, mine: &mut Option<(u64, u64)>, theirs: (u64, u64)) {
        let better = mine.is_none_or(|mine| match end {
            End::First => theirs < mine,
            End::Last => theirs > mine,
        });
        if better {
            *mine = Some(theirs);
        }
    }
}

impl State for Chosen {
    fn fill(&mut self, _scratch: &mut Scratch, cells: &[u32], values: &[Column<'_>]) {
        let (Some(&value), Some(&time)) = (values.get(self.value), values.get(self.time)) else {
            return;
        };
        keys(time, &mut self.times);
        with_keys(value, |row, key| {
            let (Some(&cell), Some(&Some(time))) = (cells.get(row), self.times.get(row)) else {
                return;
            };
            if cell != self.trash
                && let Some(mine) = self.cells.get_mut(cell as usize)
            {
                Self::take(self.end, mine, (time, key));
            }
        });
    }

    fn merge(&mut self, other: Box<dyn State>) {
        for (mine, theirs) in self.cells.iter_mut().zip(same::<Self>(other).cells) {
            if let Some(theirs) = theirs {
                Self::take(self.end, mine, theirs);
            }
        }
    }

    fn exact(&self, cell: usize) -> Content {
        Content::Chosen(self.cells.get(cell).copied().flatten())
    }

    fn bytes(&self) -> usize {
        self.cells.capacity() * size_of::<Option<(u64, u64)>>()
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
