//! A dataset whose values come piece by piece.

use std::path::PathBuf;

use hdf5_metno_sys::h5d::H5Dwrite;
use hdf5_metno_sys::h5p::H5P_DEFAULT;
use hdf5_metno_sys::h5s::{H5S_seloper_t, H5Sselect_hyperslab};

use super::{StoredType, Values, dataspace, element_count, failed};
use crate::error::Result;
use crate::library::{Cause, Id, locked, status};

/// A dataset of one block in a file, whose values are written in their order, the last
/// dimension fastest: a piece at a time, so that they need not be in memory together.
pub struct ValueStream {
    id: Id,
    file: PathBuf,
    path: String,
    stored: StoredType,
    shape: Vec<u64>,
    length: u64,
}

impl ValueStream {
    pub(super) fn new(
        id: Id,
        file: PathBuf,
        path: &str,
        stored: StoredType,
        shape: &[u64],
    ) -> Self {
        Self {
            id,
            file,
            path: path.to_owned(),
            stored,
            shape: shape.to_vec(),
            length: 0,
        }
    }

    /// Writes the next values.
    ///
    /// # Errors
    /// When they are of another type than the dataset, more than there is room for, or
    /// cannot be written.
    pub fn write(&mut self, values: Values<'_>) -> Result<()> {
        locked(|| self.append(values)).map_err(|c| failed(&self.file, &self.path, c))?;
        self.length += values.len() as u64;
        Ok(())
    }

    /// Closes the dataset: its last values are written only then.
    ///
    /// # Errors
    /// When they cannot be, or values are missing.
    pub fn close(self) -> Result<()> {
        let Self { id, length, .. } = self;
        let missing = element_count(&self.shape) != Some(length);
        let close = || {
            if missing {
                let shape = &self.shape;
                return Err(Cause(format!("{length} values do not fill {shape:?}")));
            }
            id.close()
        };
        locked(close).map_err(|c| failed(&self.file, &self.path, c))
    }

    fn append(&self, values: Values<'_>) -> Result<(), Cause> {
        let mut bytes = values.bytes();
        let (mut first, mut left) = (self.length, values.len() as u64);
        let end = first.checked_add(left);
        let fits = end.zip(element_count(&self.shape));
        if values.stored_type() != self.stored || fits.is_none_or(|(end, all)| end > all) {
            return Err(Cause(format!(
                "{left} values from {first} on are no {:?} of {:?}",
                self.stored, self.shape
            )));
        }
        while left > 0 {
            let (start, count) = next_box(&self.shape, first, left);
            let taken = element_count(&count).unwrap_or(left).clamp(1, left);
            let size = usize::try_from(taken).unwrap_or(usize::MAX) * self.stored.size();
            let Some((part, rest)) = bytes.split_at_checked(size) else {
                return Err(Cause("a box is larger than its values".into()));
            };
            write_box(&self.id, self.stored, &self.shape, (&start, &count), part)?;
            (bytes, first, left) = (rest, first + taken, left - taken);
        }
        Ok(())
    }
}

/// The largest box of consecutive elements from `first` on that has at most `most`: its
/// start and its extents.
fn next_box(shape: &[u64], first: u64, most: u64) -> (Vec<u64>, Vec<u64>) {
    let (mut start, mut count) = (vec![0; shape.len()], vec![1; shape.len()]);
    // Elements of one step along the dimension, and whether all behind it are whole.
    let (mut step, mut whole) = (1, true);
    for (d, &extent) in shape.iter().enumerate().rev() {
        start[d] = first / step % extent.max(1);
        if whole {
            count[d] = (most / step).clamp(1, extent - start[d]);
        }
        whole &= count[d] == extent;
        step = step.saturating_mul(extent.max(1));
    }
    (start, count)
}

/// Writes the elements of a box, which lies within the shape.
pub(super) fn write_box(
    id: &Id,
    element: StoredType,
    shape: &[u64],
    (start, count): (&[u64], &[u64]),
    bytes: &[u8],
) -> Result<(), Cause> {
    let all = element_count(count).and_then(|n| n.checked_mul(element.size() as u64));
    if all != Some(bytes.len() as u64) || start.len() != shape.len() {
        let given = bytes.len();
        return Err(Cause(format!("{given} bytes do not fill {count:?}")));
    }
    let (wanted, stored) = (dataspace(count)?, dataspace(shape)?);
    let memory = element.memory_type();
    // SAFETY: the selection has as many elements as `bytes`; the library refuses one that
    // does not lie within the shape. A scalar is selected as a whole.
    unsafe {
        if !shape.is_empty() {
            let none = std::ptr::null();
            let set = H5S_seloper_t::H5S_SELECT_SET;
            let (start, count) = (start.as_ptr(), count.as_ptr());
            status(H5Sselect_hyperslab(
                stored.raw(),
                set,
                start,
                none,
                count,
                none,
            ))?;
        }
        status(H5Dwrite(
            id.raw(),
            memory.raw(),
            wanted.raw(),
            stored.raw(),
            H5P_DEFAULT,
            bytes.as_ptr().cast(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Boxes one after the other are the elements from the first to the last.
        #[test]
        fn boxes_follow_each_other(
            shape in prop::collection::vec(1u64..6, 0..5),
            from in any::<prop::sample::Index>(),
            to in any::<prop::sample::Index>(),
        ) {
            let all = usize::try_from(element_count(&shape).unwrap()).unwrap();
            let (from, to) = (from.index(all + 1) as u64, to.index(all + 1) as u64);
            let (mut at, end) = (from.min(to), from.max(to));
            let mut boxes = 0;
            while at < end {
                let (start, count) = next_box(&shape, at, end - at);
                let inside = start.iter().zip(&count).zip(&shape);
                prop_assert!(inside.clone().all(|((s, c), e)| *c >= 1 && s + c <= *e));
                let place = |index: &[u64]| {
                    index.iter().zip(&shape).fold(0, |n, (i, extent)| n * extent + i)
                };
                prop_assert_eq!(place(&start), at);
                let last: Vec<u64> = start.iter().zip(&count).map(|(s, c)| s + c - 1).collect();
                let taken = count.iter().product::<u64>();
                // Consecutive: the last element lies as far behind as there are.
                prop_assert_eq!(place(&last) + 1, at + taken);
                at += taken;
                boxes += 1;
            }
            prop_assert!(at == end && boxes <= 2 * shape.len().max(1));
        }
    }
}
