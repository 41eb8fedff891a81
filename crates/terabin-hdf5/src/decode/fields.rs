//! Numbers of fixed width at a place in bytes; `None` beyond the end.

/// The little-endian 32-bit number at `at`, as a size.
pub(super) fn le32(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(array(bytes, at)?)).ok()
}

/// The big-endian 32-bit number at `at`, as a size.
pub(super) fn be32(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32::from_be_bytes(array(bytes, at)?)).ok()
}

/// The big-endian 64-bit number at `at`, as a size.
pub(super) fn be64(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u64::from_be_bytes(array(bytes, at)?)).ok()
}

/// The `N` bytes from `at` on.
pub(super) fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_orders_and_nothing_beyond_the_end() {
        let bytes = [9, 0, 0, 0, 1, 2, 3, 4, 5];
        assert_eq!(le32(&bytes, 1), Some(0x0100_0000));
        assert_eq!(be32(&bytes, 1), Some(1));
        assert_eq!(be64(&bytes, 1), Some(0x0000_0001_0203_0405));
        assert_eq!(be64(&bytes, 2), None);
        assert_eq!(le32(&bytes, usize::MAX), None);
        assert_eq!(array::<2>(&bytes, 7), Some([4, 5]));
    }
}
