//! Collections of the global heap, gone through before the library does.
//!
//! The library goes from object to object of a collection by the sizes that they declare:
//! free space of no bytes, or a size that wraps around, keeps it there for ever.
//! Format: <https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html>, III.E.

use std::borrow::Cow;

/// Bytes that a collection begins with: its signature and the only version.
pub(crate) const SIGNATURE: &[u8] = b"GCOL\x01";

/// The library reads no smaller ones, and begins with as many bytes of any.
pub(crate) const SMALLEST: usize = 4096;
/// The library takes all of a collection into memory, twice. It puts a value that is
/// larger than 64 KiB into a collection of its own, and no value as large as this is read.
const LARGEST: u64 = 128 << 20;
/// Bytes that are read at once to find the next object.
const WINDOW: u64 = 4096;
/// Objects and the headers of both lie at multiples of this.
const ALIGNMENT: u64 = 8;
/// Signature, version and reserved bytes; index, reference count and reserved bytes.
const BEFORE_SIZE: usize = 8;

/// What is wrong with a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Damage {
    #[error("it claims {size} bytes, and the file has {left} from there on")]
    Cut { size: u64, left: u64 },
    #[error(
        "it claims {0} bytes, where the least is {SMALLEST} and the most that is read {LARGEST}"
    )]
    Size(u64),
    #[error("its object {index}, {at} bytes in, claims {size} bytes, more than are left")]
    Object { index: u16, at: u64, size: u64 },
    #[error("its free space, {at} bytes in, claims {size} bytes, fewer than its own header has")]
    Free { at: u64, size: u64 },
    #[error("it cannot be read")]
    Unread,
}

/// Goes through a collection as the library does.
///
/// `start` is what the library begins with, `width` the bytes of a size in the file, `left`
/// the bytes of the file from the collection on. `read` fills a buffer with the bytes of the
/// collection from a place on, and says whether it could. What the library itself refuses
/// may pass.
pub(crate) fn check(
    start: &[u8],
    width: usize,
    left: u64,
    read: impl FnMut(u64, &mut [u8]) -> bool,
) -> Result<(), Damage> {
    let size = number(start.get(BEFORE_SIZE..), width).ok_or(Damage::Unread)?;
    if !(SMALLEST as u64..=LARGEST).contains(&size) {
        return Err(Damage::Size(size));
    }
    if size > left {
        return Err(Damage::Cut { size, left });
    }
    let header = (BEFORE_SIZE + width).next_multiple_of(8) as u64;
    let mut window = Window {
        start: 0,
        bytes: Cow::Borrowed(start),
        end: size,
        read,
    };
    let mut at = header;
    // What is too short for the header of an object is free space.
    while let Some(rest) = size.checked_sub(at).filter(|&rest| rest >= header) {
        let object = window.get(at, header).ok_or(Damage::Unread)?;
        let index = number(Some(object), 2).unwrap_or(0);
        let claimed = number(object.get(BEFORE_SIZE..), width).ok_or(Damage::Unread)?;
        at += taken(index, claimed, header, rest, at)?;
    }
    Ok(())
}

/// Bytes from an object to the next. The size of free space has its header in it.
fn taken(index: u64, size: u64, header: u64, rest: u64, at: u64) -> Result<u64, Damage> {
    if index == 0 && size < header {
        return Err(Damage::Free { at, size });
    }
    let whole = match index {
        0 => Some(size),
        _ => size
            .checked_next_multiple_of(ALIGNMENT)
            .and_then(|s| s.checked_add(header)),
    };
    let index = u16::try_from(index).unwrap_or(u16::MAX);
    let fits = whole.filter(|&whole| whole <= rest);
    fits.ok_or(Damage::Object { index, at, size })
}

/// The number in the first `width` bytes.
fn number(bytes: Option<&[u8]>, width: usize) -> Option<u64> {
    let mut value = [0; 8];
    value
        .get_mut(..width)?
        .copy_from_slice(bytes?.get(..width)?);
    Some(u64::from_le_bytes(value))
}

/// Some bytes of a collection.
struct Window<'a, R> {
    start: u64,
    bytes: Cow<'a, [u8]>,
    /// Where the collection ends.
    end: u64,
    read: R,
}

impl<R: FnMut(u64, &mut [u8]) -> bool> Window<'_, R> {
    fn get(&mut self, at: u64, count: u64) -> Option<&[u8]> {
        let has = at >= self.start && at + count <= self.start + self.bytes.len() as u64;
        if !has {
            let room = usize::try_from(WINDOW.min(self.end.checked_sub(at)?)).ok()?;
            let mut bytes = match std::mem::take(&mut self.bytes) {
                Cow::Owned(bytes) => bytes,
                Cow::Borrowed(_) => Vec::new(),
            };
            bytes.resize(room, 0);
            self.start = at;
            if !(self.read)(at, &mut bytes) {
                return None;
            }
            self.bytes = Cow::Owned(bytes);
        }
        let from = usize::try_from(at - self.start).ok()?;
        let count = usize::try_from(count).ok()?;
        self.bytes.get(from..from.checked_add(count)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A collection of objects: index and size as declared, and the bytes that follow.
    fn collection(size: u64, width: usize, objects: &[(u16, u64, usize)]) -> Vec<u8> {
        let sized = |bytes: &mut Vec<u8>, size: u64| {
            bytes.extend(&size.to_le_bytes()[..width]);
            bytes.resize(bytes.len().next_multiple_of(8), 0);
        };
        let mut bytes = [SIGNATURE, &[0; 3]].concat();
        sized(&mut bytes, size);
        for &(index, size, content) in objects {
            bytes.extend(index.to_le_bytes());
            bytes.extend([0; 6]);
            sized(&mut bytes, size);
            bytes.resize(bytes.len() + content, 7);
        }
        bytes
    }

    fn checked(bytes: &[u8], width: usize) -> Result<(), Damage> {
        let read = |at: u64, buffer: &mut [u8]| {
            let at = usize::try_from(at).unwrap();
            let found = bytes.get(at..at + buffer.len());
            found.is_some_and(|found| {
                buffer.copy_from_slice(found);
                true
            })
        };
        let start = &bytes[..bytes.len().min(4096)];
        check(start, width, bytes.len() as u64, read)
    }

    #[test]
    fn collections_as_they_are_written() {
        for width in [4, 8] {
            let free = collection(4096, width, &[(1, 3, 8), (2, 0, 0), (0, 4040, 4024)]);
            assert_eq!((free.len(), checked(&free, width)), (4096, Ok(())));
            // Too little is left for a header, and free space in front of an object.
            let full = collection(4096, width, &[(0, 24, 8), (9, 4032, 4040)]);
            assert_eq!((full.len(), checked(&full, width)), (4096, Ok(())));
            let objects = [(1, 9000, 9000), (2, 1, 8), (3, 500, 504), (0, 16, 0)];
            let large = collection(9592, width, &objects);
            assert_eq!((large.len(), checked(&large, width)), (9592, Ok(())));
        }
    }

    #[test]
    fn sizes_that_cannot_be() {
        for size in [0, 4095, LARGEST + 1, u64::MAX] {
            let found = checked(&collection(size, 8, &[(0, 4080, 4064)]), 8);
            assert_eq!(found, Err(Damage::Size(size)));
        }
        let cut = checked(&collection(4104, 8, &[(0, 4080, 4064)]), 8);
        let (size, left) = (4104, 4096);
        assert_eq!(cut, Err(Damage::Cut { size, left }));
        let at = 16;
        for size in [0, 1, 15] {
            let free = checked(&collection(4096, 8, &[(0, size, 4064)]), 8);
            assert_eq!(free, Err(Damage::Free { at, size }));
        }
        // The largest multiple of 8, with a header, is 0 again; what is above it, too.
        for (index, size) in [(0, 4081), (1, 4065), (7, u64::MAX - 15), (7, u64::MAX)] {
            let object = checked(&collection(4096, 8, &[(index, size, 4064)]), 8);
            assert_eq!(object, Err(Damage::Object { index, at, size }));
        }
        assert_eq!(checked(b"GCOL\x01\0\0\0\0\x10", 8), Err(Damage::Unread));
        assert_eq!(
            checked(&collection(4096, 8, &[(0, 4080, 0)]), 16),
            Err(Damage::Unread)
        );
    }

    /// The library's own steps, in numbers that wrap; whether they come to an end.
    fn library_ends(bytes: &[u8]) -> bool {
        let mut at = 16;
        for _ in 0..=bytes.len() {
            if at + 16 > bytes.len() {
                return true;
            }
            let word = |at| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
            let (index, size) = (word(at) & 0xffff, word(at + 8));
            let need = if index == 0 {
                size
            } else {
                (size.wrapping_add(7) / 8 * 8).wrapping_add(16)
            };
            if need > (bytes.len() - at) as u64 {
                return true;
            }
            at += usize::try_from(need).unwrap();
        }
        false
    }

    proptest! {
        #[test]
        fn what_passes_comes_to_an_end_in_the_library(
            content in prop::collection::vec((0_u16..3, 0_u8..6, 0_u64..40), 1..300),
        ) {
            let size = |kind, small| match kind {
                0 => u64::MAX - small,
                1 => 0,
                _ => small,
            };
            let objects: Vec<_> = content
                .iter()
                .map(|&(index, kind, small)| (index, size(kind, small), 8))
                .collect();
            let mut bytes = collection(8192, 8, &objects);
            bytes.resize(8192, 0);
            if checked(&bytes, 8).is_ok() {
                prop_assert!(library_ends(&bytes));
            }
        }

        #[test]
        fn any_objects_that_fill_a_collection_pass(
            sizes in prop::collection::vec(0_u64..900, 1..60),
        ) {
            let objects: Vec<_> = (1..)
                .zip(&sizes)
                .map(|(i, &s)| (i, s, usize::try_from(s.next_multiple_of(8)).unwrap()))
                .collect();
            let filled = collection(0, 8, &objects).len();
            let size = (filled + 4096) as u64;
            let mut bytes = collection(size, 8, &objects);
            bytes.extend([0; 8]);
            bytes.extend(4096_u64.to_le_bytes());
            bytes.resize(filled + 4096, 0);
            prop_assert_eq!(checked(&bytes, 8), Ok(()));
        }
    }
}
