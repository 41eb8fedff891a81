//! The different values of a column: what an axis of categories asks.

use std::any::Any;
use std::collections::HashSet;

use super::{Content, State, same};
use crate::batch::{Column, Texts};
use crate::categories::{Categories, Excess, MAX_CATEGORIES, MAX_CATEGORY_BYTES, MAX_TEXT_BYTES};
use crate::exact::Scratch;

/// The different texts or integers of all cells together; nothing of other types.
pub struct CategoriesState {
    value: usize,
    trash: usize,
    found: Found,
    text_bytes: usize,
    excess: Option<Excess>,
}

#[derive(Default)]
enum Found {
    #[default]
    Nothing,
    Texts(HashSet<Box<[u8]>>),
    I64(HashSet<i64>),
    U64(HashSet<u64>),
}

impl CategoriesState {
    pub fn new(cells: usize, value: usize) -> Self {
        Self {
            value,
            trash: cells.saturating_sub(1),
            found: Found::default(),
            text_bytes: 0,
            excess: None,
        }
    }

    /// The most bytes of a state, hash table and allocations included.
    pub fn most_bytes(of_texts: bool) -> u64 {
        if of_texts {
            MAX_TEXT_BYTES as u64 + (8 << 20)
        } else {
            4 << 20
        }
    }

    fn add_texts(&mut self, cells: &[u32], texts: Texts<'_>) {
        if let Found::Nothing = self.found {
            self.found = Found::Texts(HashSet::new());
        }
        let mut last = None;
        for (&cell, text) in cells.iter().zip(texts.iter()) {
            if cell as usize != self.trash && last != Some(text) {
                last = Some(text);
                self.add_text(text);
            }
        }
    }

    fn add_text(&mut self, text: &[u8]) {
        let Found::Texts(found) = &mut self.found else {
            return;
        };
        if self.excess.is_some() || found.contains(text) {
            return;
        }
        if text.len() > MAX_CATEGORY_BYTES {
            self.excess = Some(Excess::Length(text.len()));
        } else if found.len() == MAX_CATEGORIES {
            self.excess = Some(Excess::Categories);
        } else if self.text_bytes + text.len() > MAX_TEXT_BYTES {
            self.excess = Some(Excess::Text);
        } else {
            self.text_bytes += text.len();
            found.insert(text.into());
        }
    }

    fn add_signed(&mut self, values: impl Iterator<Item = i64>) {
        if let Found::Nothing = self.found {
            self.found = Found::I64(HashSet::new());
        }
        if let Found::I64(found) = &mut self.found {
            add_integers(found, values, &mut self.excess);
        }
    }

    fn add_unsigned(&mut self, values: impl Iterator<Item = u64>) {
        if let Found::Nothing = self.found {
            self.found = Found::U64(HashSet::new());
        }
        if let Found::U64(found) = &mut self.found {
            add_integers(found, values, &mut self.excess);
        }
    }
}

fn add_integers<T: Copy + Eq + std::hash::Hash>(
    found: &mut HashSet<T>,
    values: impl Iterator<Item = T>,
    excess: &mut Option<Excess>,
) {
    let mut last = None;
    for value in values {
        if last == Some(value) || found.contains(&value) {
            continue;
        }
        last = Some(value);
        if found.len() == MAX_CATEGORIES {
            *excess = Some(Excess::Categories);
            return;
        }
        found.insert(value);
    }
}

impl State for CategoriesState {
    fn fill(&mut self, _scratch: &mut Scratch, cells: &[u32], values: &[Column<'_>]) {
        match values[self.value] {
            Column::Text(texts) => self.add_texts(cells, texts),
            Column::I64(v) => self.add_signed(inside(cells, v, self.trash)),
            Column::U64(v) => self.add_unsigned(inside(cells, v, self.trash)),
            _ => {}
        }
    }

    fn merge(&mut self, other: Box<dyn State>) {
        let other = same::<Self>(other);
        self.excess = self.excess.or(other.excess);
        match other.found {
            Found::Nothing => {}
            found if matches!(self.found, Found::Nothing) => {
                self.found = found;
                self.text_bytes = other.text_bytes;
            }
            Found::Texts(texts) => texts.iter().for_each(|text| self.add_text(text)),
            Found::I64(values) => self.add_signed(values.into_iter()),
            Found::U64(values) => self.add_unsigned(values.into_iter()),
        }
    }

    fn exact(&self, _cell: usize) -> Content {
        if let Some(excess) = self.excess {
            return Content::Categories(Err(excess));
        }
        Content::Categories(Ok(match &self.found {
            Found::Nothing => Categories::Texts(Vec::new()),
            Found::Texts(found) => Categories::Texts(sorted(found.iter().map(|t| t.to_vec()))),
            Found::I64(found) => Categories::I64(sorted(found.iter().copied())),
            Found::U64(found) => Categories::U64(sorted(found.iter().copied())),
        }))
    }

    fn bytes(&self) -> usize {
        let table = match &self.found {
            Found::Nothing => 0,
            Found::Texts(found) => found.capacity() * size_of::<Box<[u8]>>(),
            Found::I64(found) => found.capacity() * 8,
            Found::U64(found) => found.capacity() * 8,
        };
        table + self.text_bytes
    }

    fn excess(&self) -> Option<(usize, Excess)> {
        self.excess.map(|excess| (self.value, excess))
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

/// The values of the rows that have a cell.
fn inside<T: Copy>(cells: &[u32], values: &[T], trash: usize) -> impl Iterator<Item = T> {
    let rows = cells.iter().zip(values);
    rows.filter(move |(cell, _)| **cell as usize != trash)
        .map(|(_, &value)| value)
}

fn sorted<T: Ord>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut values: Vec<T> = values.collect();
    values.sort_unstable();
    values
}
