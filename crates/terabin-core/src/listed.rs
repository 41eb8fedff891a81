//! The cells that a fill met, for the passes after it.

use serde::{Deserialize, Serialize};

use crate::met::{self, NO_CELL};

/// Numbers of cells in ascending order, and where each stands. Plain data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<u64>", into = "Vec<u64>")]
pub struct Listed {
    numbers: Vec<u64>,
    /// One more than the position of a number, by its hash; the next free entry takes what
    /// finds its own taken, and 0 is free.
    positions: Vec<u32>,
}

impl From<Vec<u64>> for Listed {
    fn from(numbers: Vec<u64>) -> Self {
        let mut positions = vec![0; numbers.len() + numbers.len() / 2 + 1];
        // Cells that were met have places of 32 bits.
        for (&number, position) in numbers.iter().zip(1u32..) {
            let mut at = met::share(number, positions.len());
            while positions[at] != 0 {
                at = (at + 1) % positions.len();
            }
            positions[at] = position;
        }
        Self { numbers, positions }
    }
}

impl From<Listed> for Vec<u64> {
    fn from(listed: Listed) -> Self {
        listed.numbers
    }
}

impl Listed {
    /// Bytes for each cell.
    pub const CELL_BYTES: u64 = 16;

    /// How many cells there are.
    pub(crate) fn cells(&self) -> usize {
        self.numbers.len()
    }

    /// The position of each cell, their number for those that are not listed.
    pub(crate) fn positions(&self, numbers: &[u64], positions: &mut [u32]) {
        for (&number, position) in numbers.iter().zip(positions) {
            *position = self.position(number);
        }
    }

    fn position(&self, number: u64) -> u32 {
        let missing = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        if number == NO_CELL {
            return missing;
        }
        let (before, after) = self
            .positions
            .split_at(met::share(number, self.positions.len()));
        let found = after.iter().chain(before).find_map(|&position| {
            let Some(position) = position.checked_sub(1) else {
                return Some(missing);
            };
            (self.numbers.get(position as usize) == Some(&number)).then_some(position)
        });
        found.unwrap_or(missing)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn positions_are_those_of_the_list(
            listed in prop::collection::btree_set(prop_oneof![0u64..100, any::<u64>(), (0u64..50).prop_map(|n| n << 33)], 0..200),
            others in prop::collection::vec(prop_oneof![0u64..100, any::<u64>(), Just(NO_CELL)], 0..50),
        ) {
            let listed: BTreeSet<u64> = listed.into_iter().filter(|&n| n != NO_CELL).collect();
            let numbers: Vec<u64> = listed.iter().copied().collect();
            let asked: Vec<u64> = numbers.iter().copied().chain(others).collect();
            let list = Listed::from(numbers.clone());
            let mut positions = vec![0; asked.len()];
            list.positions(&asked, &mut positions);
            for (number, position) in asked.iter().zip(positions) {
                let want = numbers.binary_search(number).unwrap_or(numbers.len());
                prop_assert_eq!(position as usize, want);
            }
            prop_assert_eq!(Vec::from(list), numbers);
        }
    }
}
