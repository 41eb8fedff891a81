//! Where the chunks of an extensible array are.

use hdf5_metno_sys::h5d::{H5D_chunk_index_t, H5Dget_chunk_index_type, H5Dget_space};
use hdf5_metno_sys::h5s::{H5S_UNLIMITED, H5Sget_simple_extent_dims, H5Sget_simple_extent_ndims};

use crate::library::{Cause, Id, status};

/// `H5D_CHUNK_IDX_EARRAY`.
const EXTENSIBLE_ARRAY: H5D_chunk_index_t = 4;

/// The order of chunks in an extensible array whose unlimited dimension is not the first.
///
/// The array numbers chunks with the unlimited dimension as the slowest one. The library's
/// iteration counts with the first dimension as the slowest instead: the number of a chunk
/// is right, its coordinates are not (HDF5 1.10 to 2.2).
#[derive(Debug)]
pub(super) struct Swizzle {
    unlimited: usize,
    /// The chunks that each dimension may come to have; that of the unlimited one is not used.
    most: Vec<u64>,
}

impl Swizzle {
    /// The order of a dataset's chunks, where the iteration does not know it.
    pub(super) fn of(id: &Id, chunk: &[u64]) -> Result<Option<Self>, Cause> {
        let mut index = 0;
        // SAFETY: an open dataset with chunks.
        status(unsafe { H5Dget_chunk_index_type(id.raw(), &raw mut index) })?;
        if index != EXTENSIBLE_ARRAY {
            return Ok(None);
        }
        Self::new(&maxima(id)?, chunk)
    }

    fn new(maxima: &[u64], chunk: &[u64]) -> Result<Option<Self>, Cause> {
        let mut unlimited = (0..maxima.len()).filter(|&k| maxima.get(k) == Some(&H5S_UNLIMITED));
        let (Some(first), None) = (unlimited.next(), unlimited.next()) else {
            return Err(Cause("its chunk index does not fit its shape".into()));
        };
        let most = maxima.iter().zip(chunk);
        let most: Option<_> = most.map(|(&m, &c)| div_ceil(m, c)).collect();
        let most = most.ok_or_else(|| Cause("its chunk shape is impossible".into()))?;
        Ok((first > 0).then_some(Self {
            unlimited: first,
            most,
        }))
    }

    /// The chunk's coordinates in the grid from those that the iteration gives.
    pub(super) fn place(&self, reported: &[u64]) -> Option<Vec<u64>> {
        let mut number = 0_u64;
        for (k, &at) in reported.iter().enumerate().skip(self.unlimited) {
            let radix = if k == self.unlimited {
                1
            } else {
                *self.most.get(k)?
            };
            number = number.checked_mul(radix)?.checked_add(at)?;
        }
        let mut place = vec![0; reported.len()];
        for (k, at) in place.iter_mut().enumerate().rev() {
            if k != self.unlimited {
                let radix = *self.most.get(k)?;
                *at = number.checked_rem(radix)?;
                number = number.checked_div(radix)?;
            }
        }
        *place.get_mut(self.unlimited)? = number;
        Some(place)
    }
}

fn div_ceil(left: u64, right: u64) -> Option<u64> {
    (right > 0).then(|| left.div_ceil(right))
}

fn maxima(id: &Id) -> Result<Vec<u64>, Cause> {
    // SAFETY: an open dataset.
    let space = Id::new(unsafe { H5Dget_space(id.raw()) })?;
    // SAFETY: `space` is a dataspace.
    let rank = unsafe { H5Sget_simple_extent_ndims(space.raw()) };
    let rank = usize::try_from(rank).map_err(|_| Cause("its dataspace has no rank".into()))?;
    let mut maxima = vec![0; rank];
    // SAFETY: `maxima` has room for every dimension; the extents are not asked for.
    status(unsafe {
        H5Sget_simple_extent_dims(space.raw(), std::ptr::null_mut(), maxima.as_mut_ptr())
    })?;
    Ok(maxima)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts through the grid as the library's iteration does.
    fn step(reported: &mut [u64], most: &[u64]) {
        for (at, &most) in reported.iter_mut().zip(most).rev() {
            *at += 1;
            if *at < most {
                return;
            }
            *at = 0;
        }
    }

    #[test]
    fn chunks_are_numbered_with_the_unlimited_dimension_first() {
        let (maxima, chunk) = ([5, H5S_UNLIMITED, 7], [2, 3, 4]);
        let swizzle = Swizzle::new(&maxima, &chunk).unwrap().unwrap();
        let most = [3, u64::MAX.div_ceil(3), 2];
        let mut reported = vec![0; 3];
        for unlimited in 0..9 {
            for first in 0..3 {
                for last in 0..2 {
                    assert_eq!(swizzle.place(&reported), Some(vec![first, unlimited, last]));
                    step(&mut reported, &most);
                }
            }
        }
    }

    #[test]
    fn other_orders_are_left_alone_and_impossible_ones_refused() {
        assert!(
            Swizzle::new(&[H5S_UNLIMITED, 4], &[1, 1])
                .unwrap()
                .is_none()
        );
        assert!(Swizzle::new(&[3, 4], &[1, 1]).is_err());
        assert!(Swizzle::new(&[H5S_UNLIMITED; 2], &[1, 1]).is_err());
        assert!(Swizzle::new(&[3, H5S_UNLIMITED], &[0, 1]).is_err());
        let swizzle = Swizzle::new(&[0, H5S_UNLIMITED], &[1, 1]).unwrap().unwrap();
        assert_eq!(swizzle.place(&[0, 1]), None);
        let swizzle = Swizzle::new(&[9, H5S_UNLIMITED, 9], &[1, 1, 1]).unwrap();
        assert_eq!(swizzle.unwrap().place(&[0, u64::MAX / 2, 8]), None);
    }
}
