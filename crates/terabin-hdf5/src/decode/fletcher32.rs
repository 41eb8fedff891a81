//! Filter 3: four bytes of Fletcher32 checksum behind the data.

use super::DecodeError;

/// Checks the checksum and gives the bytes before it.
///
/// A form with the bytes of each half swapped exists in files of old releases of
/// the library on little-endian machines, and is accepted as the library does.
pub(super) fn strip(input: &[u8]) -> Result<&[u8], DecodeError> {
    let (data, stored) = input
        .split_last_chunk::<4>()
        .ok_or_else(|| DecodeError::damaged("fletcher32", "no room for the checksum"))?;
    let stored = u32::from_le_bytes(*stored);
    let sum = checksum(data);
    let legacy = sum.swap_bytes().rotate_left(16);
    if stored == sum || stored == legacy {
        Ok(data)
    } else {
        Err(DecodeError::damaged(
            "fletcher32",
            format!("checksum {stored:08x} stored, {sum:08x} computed"),
        ))
    }
}

/// The checksum over big-endian 16-bit words, with folded sums.
pub(super) fn checksum(data: &[u8]) -> u32 {
    let (words, tail) = data.as_chunks::<2>();
    let last = tail.first().map(|&b| [b, 0]);
    let (mut a, mut b) = (0_u32, 0_u32);
    let mut block = 0;
    for word in words.iter().chain(last.iter()) {
        a += u32::from(u16::from_be_bytes(*word));
        b += a;
        block += 1;
        // 360 words are the most that cannot overflow the second sum.
        if block == 360 {
            (a, b) = (fold(a), fold(b));
            block = 0;
        }
    }
    (fold(fold(b)) << 16) | fold(fold(a))
}

/// Folding keeps 0xffff apart from 0, where a modulus would not.
fn fold(sum: u32) -> u32 {
    (sum & 0xffff) + (sum >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_checksum_is_taken_off_and_a_wrong_one_is_an_error() {
        for length in [0, 1, 2, 719, 720, 721, 5000] {
            let data: Vec<u8> = (0..251).cycle().step_by(37).take(length).collect();
            let sum = checksum(&data);
            let mut stored = data.clone();
            stored.extend(sum.to_le_bytes());
            assert_eq!(strip(&stored), Ok(&data[..]));
            let mut legacy = data.clone();
            legacy.extend(sum.swap_bytes().rotate_left(16).to_le_bytes());
            assert_eq!(strip(&legacy), Ok(&data[..]));
            stored[length] ^= 0x10;
            assert!(strip(&stored).is_err());
        }
        assert!(strip(&[1, 2, 3]).is_err());
    }

    #[test]
    fn all_ones_fold_to_ones_and_not_to_zero() {
        assert_eq!(checksum(&[0xff; 4]), 0xffff_ffff);
    }
}
