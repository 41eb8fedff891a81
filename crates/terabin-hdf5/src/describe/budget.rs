//! How much one description may hold, so that no file makes an endless one.

/// Groups, datasets, links and parts of virtual datasets of one description.
const OBJECTS: u64 = 1_000_000;
/// Bytes of attributes, texts, fill values and values that are read at once.
const BYTES: u64 = 64 << 20;
/// Chunks of all datasets of one description; their table takes 32 bytes each.
const CHUNKS: u64 = 1 << 26;

/// What is left.
#[derive(Debug)]
pub(super) struct Budget {
    objects: u64,
    bytes: u64,
    chunks: u64,
    exceeded: Option<&'static str>,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            objects: OBJECTS,
            bytes: BYTES,
            chunks: CHUNKS,
            exceeded: None,
        }
    }
}

impl Budget {
    /// Takes one object; false when none is left.
    pub(super) fn object(&mut self) -> bool {
        self.take(
            1,
            |b| &mut b.objects,
            "more than 1,000,000 links and objects",
        )
    }

    /// Takes bytes of attributes and the like; false when too few are left.
    pub(super) fn bytes(&mut self, bytes: usize) -> bool {
        let what = "more than 64 MiB of attributes and fill values";
        self.take(bytes as u64, |b| &mut b.bytes, what)
    }

    /// Takes chunks; false when too few are left.
    pub(super) fn chunks(&mut self, chunks: usize) -> bool {
        let what = "more than 67,108,864 chunks";
        self.take(chunks as u64, |b| &mut b.chunks, what)
    }

    /// How many chunks are left.
    pub(super) fn chunks_left(&self) -> u64 {
        self.chunks
    }

    /// What there was too much of.
    pub(super) fn exceeded(&self) -> Option<&'static str> {
        self.exceeded
    }

    fn take(
        &mut self,
        amount: u64,
        left: impl Fn(&mut Self) -> &mut u64,
        what: &'static str,
    ) -> bool {
        let place = left(self);
        let rest = place.checked_sub(amount);
        *place = rest.unwrap_or(0);
        if rest.is_none() {
            self.exceeded.get_or_insert(what);
        }
        rest.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_is_named_once() {
        let mut budget = Budget::default();
        assert!(budget.bytes(64 << 20));
        assert_eq!(budget.exceeded(), None);
        assert!(!budget.bytes(1));
        assert!(budget.object());
        assert!(!budget.chunks(usize::MAX));
        assert!(budget.exceeded().is_some_and(|e| e.contains("attributes")));
    }
}
