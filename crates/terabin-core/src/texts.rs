//! Texts in memory: bytes end to end.

use std::fmt;
use std::ops::Range;

/// One text per row; value i is `bytes[ends[i - 1]..ends[i]]`, the first from 0.
///
/// Texts are bytes, UTF-8 or not, and are compared as such.
///
/// ```
/// use terabin_core::batch::Texts;
/// let texts = Texts::new(&[3, 3, 7], b"gasstar");
/// assert_eq!([texts.get(0), texts.get(1), texts.get(2)], [&b"gas"[..], b"", b"star"]);
/// assert_eq!(texts.slice(2..3).get(0), b"star");
/// ```
#[derive(Clone, Copy)]
pub struct Texts<'a> {
    ends: &'a [u32],
    bytes: &'a [u8],
    /// Where the first text begins: a slice keeps the bytes of all.
    start: u32,
}

impl<'a> Texts<'a> {
    /// Texts by where they end in `bytes`.
    ///
    /// Ends that decrease or lie beyond the bytes make empty texts.
    #[must_use]
    pub fn new(ends: &'a [u32], bytes: &'a [u8]) -> Self {
        let start = 0;
        Self { ends, bytes, start }
    }

    /// The number of texts.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are no texts.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The bytes of text `i`; none beyond the last.
    #[inline]
    #[must_use]
    pub fn get(&self, i: usize) -> &'a [u8] {
        let before = match i.checked_sub(1) {
            Some(before) => self.ends.get(before).copied(),
            None => Some(self.start),
        };
        let (Some(start), Some(&end)) = (before, self.ends.get(i)) else {
            return &[];
        };
        self.bytes
            .get(start as usize..end as usize)
            .unwrap_or_default()
    }

    /// The texts in order.
    pub fn iter(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let texts = *self;
        (0..texts.len()).map(move |i| texts.get(i))
    }

    /// The texts of `rows`, which must lie within these.
    #[must_use]
    pub fn slice(&self, rows: Range<usize>) -> Self {
        let before = rows.start.checked_sub(1);
        Self {
            start: before.map_or(self.start, |i| self.ends[i]),
            ends: &self.ends[rows],
            bytes: self.bytes,
        }
    }
}

impl PartialEq for Texts<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Texts<'_> {}

impl fmt::Debug for Texts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts = self.iter().map(String::from_utf8_lossy);
        f.debug_list().entries(texts).finish()
    }
}
