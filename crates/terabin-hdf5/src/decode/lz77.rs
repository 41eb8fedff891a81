//! The two steps of every LZ77 decoder: literals and matches.

/// Output that grows from its beginning and copies out of itself.
pub(super) struct Output<'a> {
    bytes: &'a mut [u8],
    filled: usize,
}

impl<'a> Output<'a> {
    /// Nothing is filled yet.
    pub(super) fn new(bytes: &'a mut [u8]) -> Self {
        Self { bytes, filled: 0 }
    }

    /// The number of bytes that are decoded.
    pub(super) fn filled(&self) -> usize {
        self.filled
    }

    /// Appends `bytes`; `None` where they do not fit.
    pub(super) fn literals(&mut self, bytes: &[u8]) -> Option<()> {
        let end = self.filled.checked_add(bytes.len())?;
        self.bytes.get_mut(self.filled..end)?.copy_from_slice(bytes);
        self.filled = end;
        Some(())
    }

    /// Appends `length` bytes from `distance` bytes back, new ones included; `None`
    /// before the beginning and where they do not fit.
    pub(super) fn repeat(&mut self, distance: usize, length: usize) -> Option<()> {
        let from = self.filled.checked_sub(distance)?;
        let end = self.filled.checked_add(length)?;
        if distance == 0 || end > self.bytes.len() {
            return None;
        }
        // Most matches are short: a move of fixed length takes no call, and what it
        // writes too much is written again.
        if length <= SHORT && distance >= SHORT && self.filled + SHORT <= self.bytes.len() {
            let (before, after) = self.bytes.split_at_mut(self.filled);
            let source = before[from..].first_chunk::<SHORT>();
            if let (Some(source), Some(target)) = (source, after.first_chunk_mut()) {
                *target = *source;
            }
        } else {
            self.copy(from, end);
        }
        self.filled = end;
        Some(())
    }

    /// What is copied can be copied again: each round doubles it.
    fn copy(&mut self, from: usize, end: usize) {
        let mut at = self.filled;
        while at < end {
            let step = (at - from).min(end - at);
            self.bytes.copy_within(from..from + step, at);
            at += step;
        }
    }
}

/// Bytes of a move of fixed length.
const SHORT: usize = 16;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn repeats_byte_by_byte(
            start in prop::collection::vec(any::<u8>(), 1..40),
            matches in prop::collection::vec((1_usize..50, 0_usize..70), 0..6),
        ) {
            let mut naive = start.clone();
            let mut bytes = [0; 200];
            let mut output = Output::new(&mut bytes);
            output.literals(&start).unwrap();
            for (distance, length) in matches {
                let fits = distance <= naive.len() && naive.len() + length <= 200;
                prop_assert_eq!(output.repeat(distance, length).is_some(), fits);
                for _ in 0..if fits { length } else { 0 } {
                    naive.push(naive[naive.len() - distance]);
                }
            }
            prop_assert_eq!(output.filled(), naive.len());
            prop_assert_eq!(&bytes[..naive.len()], &naive[..]);
        }
    }

    #[test]
    fn nothing_comes_from_nowhere_or_goes_beyond_the_end() {
        let mut bytes = [0; 4];
        let mut output = Output::new(&mut bytes);
        assert_eq!(output.literals(&[1; 5]), None);
        assert_eq!(output.literals(&[1, 2]), Some(()));
        assert_eq!(output.repeat(3, 1), None);
        assert_eq!(output.repeat(0, 1), None);
        assert_eq!(output.repeat(1, usize::MAX), None);
        assert_eq!(output.repeat(1, 2), Some(()));
        assert_eq!(bytes, [1, 2, 2, 2]);
    }
}
