//! Exact sums for all cells: a window of words per cell and an exact side store.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::Range;

use num_bigint::{BigInt, Sign};

use super::{Integer, Limbs, Pages, Short, Term, round, words};

/// One exact sum per cell, N words wide in the common case: where the sums go that the
/// cells of [`super::Packed`] cannot take.
///
/// N = 5 holds sums of doubles over about 200 binades without the side store, sums of
/// their squares over 100. Indices must be below the number of cells.
#[derive(Clone, Debug)]
pub struct ExactSums<const N: usize> {
    cells: Pages<Words<N>>,
    /// The unit of the cells is 2^lsb; set by the first number that is not zero.
    lsb: Option<i32>,
    side: HashMap<usize, Limbs>,
    /// Bytes of the side store and of the infinities.
    side_bytes: usize,
    infinite: HashMap<usize, Infinite>,
}

/// Two's complement, least significant word first.
#[derive(Clone, Copy, Debug)]
struct Words<const N: usize>([u64; N]);

impl<const N: usize> Default for Words<N> {
    fn default() -> Self {
        Self([0; N])
    }
}

/// Which infinities were added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Infinite {
    positive: bool,
    negative: bool,
}

/// The exact sum of one cell: `integer * 2^exponent`, or infinities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exact {
    /// The integer factor of the sum of the finite numbers.
    pub integer: Integer,
    /// Its power of two.
    pub exponent: i32,
    /// Whether +infinity was added.
    pub positive_infinity: bool,
    /// Whether -infinity was added.
    pub negative_infinity: bool,
}

impl From<u64> for Exact {
    fn from(n: u64) -> Self {
        Self {
            integer: i128::from(n).into(),
            ..Self::ZERO
        }
    }
}

impl Exact {
    /// The sum of nothing.
    pub const ZERO: Self = Self {
        integer: Integer::ZERO,
        exponent: 0,
        positive_infinity: false,
        negative_infinity: false,
    };

    /// The sum where infinities went in.
    #[must_use]
    pub fn infinite(&self) -> Option<f64> {
        match (self.positive_infinity, self.negative_infinity) {
            (false, false) => None,
            (true, false) => Some(f64::INFINITY),
            (false, true) => Some(f64::NEG_INFINITY),
            (true, true) => Some(f64::NAN),
        }
    }

    /// The double nearest to the sum divided by `n`; NaN where that is 0.
    #[must_use]
    pub fn mean(&self, n: u64) -> f64 {
        match self.infinite() {
            _ if n == 0 => f64::NAN,
            Some(x) => x,
            None => round::quotient(&self.integer, n, self.exponent.into()),
        }
    }

    fn add(&mut self, integer: BigInt, exponent: i32) {
        let lowest = self.exponent.min(exponent);
        let mine = self.integer.to_big() << (self.exponent - lowest);
        self.integer = (mine + (integer << (exponent - lowest))).into();
        self.exponent = lowest;
    }

    /// Brings it to lowest terms.
    fn reduce(&mut self) {
        let (odd, zeros) = std::mem::replace(&mut self.integer, Integer::ZERO).odd();
        self.exponent = if odd == Integer::ZERO {
            0
        } else {
            self.exponent + zeros.cast_signed()
        };
        self.integer = odd;
    }
}

impl<const N: usize> ExactSums<N> {
    /// Sums of zero for `cells` cells; the first numbers place the window.
    #[must_use]
    pub fn new(cells: usize) -> Self {
        Self {
            cells: Pages::new(cells),
            lsb: None,
            side: HashMap::new(),
            side_bytes: 0,
            infinite: HashMap::new(),
        }
    }

    /// Whether the window is placed.
    #[must_use]
    pub fn is_anchored(&self) -> bool {
        self.lsb.is_some()
    }

    /// Gives the window the unit 2^lsb, if it is not placed yet.
    pub fn anchor(&mut self, lsb: i32) {
        self.lsb.get_or_insert(lsb);
    }

    /// Adds a finite number to a cell.
    #[inline]
    pub fn add(&mut self, cell: usize, term: Term) {
        if term.magnitude == 0 {
            return;
        }
        let lsb = *self.lsb.get_or_insert(term.exponent);
        let shift = term.exponent - lsb;
        if shift < 0 || term.top() - lsb > bits::<N>() {
            return self.add_outside(cell, term, lsb);
        }
        let words = &mut self.cells.get_mut(cell).0;
        let old = *words;
        let shift = shift.unsigned_abs();
        if !words::add_shifted(words, term.negative, term.magnitude, shift) {
            *words = old;
            self.spill(cell);
            self.add_beside(cell, |limbs| limbs.add(term));
        }
    }

    /// Adds an infinity to a cell.
    #[cold]
    pub fn add_infinity(&mut self, cell: usize, negative: bool) {
        let added = Infinite {
            positive: !negative,
            negative,
        };
        self.join_infinite(cell, added);
    }

    fn join_infinite(&mut self, cell: usize, added: Infinite) {
        let entry = self.infinite.entry(cell);
        if matches!(entry, Entry::Vacant(_)) {
            self.side_bytes += INFINITE_BYTES;
        }
        let infinite = entry.or_default();
        infinite.positive |= added.positive;
        infinite.negative |= added.negative;
    }

    /// Adds the sums of another set over the same cells.
    pub fn merge(&mut self, mut other: Self) {
        match (self.lsb, other.lsb) {
            (Some(a), Some(b)) if a > b => self.rebase(b),
            (Some(a), Some(b)) if a < b => other.rebase(a),
            (None, b) => self.lsb = b,
            _ => {}
        }
        for (cell, Words(theirs)) in other.cells.iter().filter(|(_, w)| w.0 != [0; N]) {
            let mut sum = self.cells.get(cell).0;
            if !words::add(&mut sum, &theirs) {
                self.spill(cell);
                sum = theirs;
            }
            self.cells.get_mut(cell).0 = sum;
        }
        for (cell, limbs) in other.side {
            self.add_beside(cell, |mine| mine.merge(limbs));
        }
        for (cell, theirs) in other.infinite {
            self.join_infinite(cell, theirs);
        }
    }

    /// The exact sum of a cell and of `integer * 2^exponent`, in lowest terms: an odd
    /// integer, or zero with exponent 0.
    #[must_use]
    pub fn exact_with(&self, cell: usize, integer: Integer, exponent: i32) -> Exact {
        let mut sum = Exact {
            integer,
            exponent,
            ..Exact::ZERO
        };
        let Words(words) = self.cells.get(cell);
        if words != [0; N] {
            sum.add(words::to_integer(&words), self.lsb.unwrap_or_default());
        }
        if let Some(limbs) = self.side.get(&cell) {
            let (side, at) = limbs.to_integer();
            sum.add(side, at);
        }
        sum.reduce();
        let infinite = self.infinite.get(&cell).copied().unwrap_or_default();
        sum.positive_infinity = infinite.positive;
        sum.negative_infinity = infinite.negative;
        sum
    }

    /// The exact sum of a cell.
    #[must_use]
    pub fn exact(&self, cell: usize) -> Exact {
        self.exact_with(cell, Integer::ZERO, 0)
    }

    /// Whether nothing was added to a cell but zeros, or what makes a zero.
    #[inline]
    pub(super) fn is_zero(&self, cell: usize) -> bool {
        let zero = |Words(words): &Words<N>| words.iter().all(|&word| word == 0);
        self.is_finite_in_words(cell) && self.cells.written(cell).is_none_or(zero)
    }

    /// Whether nothing was added to any of some neighbouring cells.
    #[inline]
    pub(super) fn is_blank(&self, cells: &Range<usize>) -> bool {
        self.side.is_empty() && self.infinite.is_empty() && self.cells.is_blank(cells)
    }

    /// The exact sum of a cell and of some numbers, if few words hold it.
    #[must_use]
    pub fn short_with(&self, cell: usize, terms: &[Term]) -> Option<Short> {
        if !self.is_finite_in_words(cell) {
            return None;
        }
        let Words(mut words) = self.cells.get(cell);
        let lsb = self.lsb.unwrap_or_default();
        for term in terms.iter().filter(|term| term.magnitude != 0) {
            let shift = u32::try_from(term.exponent - lsb).ok()?;
            let fits = term.top() - lsb <= bits::<N>();
            if !fits || !words::add_shifted(&mut words, term.negative, term.magnitude, shift) {
                return None;
            }
        }
        Short::from_complement(&words, lsb)
    }

    /// Whether a cell has nothing in the side store, and no infinity.
    #[inline]
    fn is_finite_in_words(&self, cell: usize) -> bool {
        !self.side.contains_key(&cell) && !self.infinite.contains_key(&cell)
    }

    /// Bytes held.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.cells.bytes() + self.side_bytes
    }

    /// Bytes of what neither cells nor windows take: data alone tell how many.
    #[must_use]
    pub fn side_bytes(&self) -> usize {
        self.side_bytes
    }

    /// Changes what the side store has of a cell.
    fn add_beside(&mut self, cell: usize, change: impl FnOnce(&mut Limbs)) {
        let entry = self.side.entry(cell);
        let new = matches!(entry, Entry::Vacant(_));
        let limbs = entry.or_default();
        let before = limbs.bytes();
        change(limbs);
        self.side_bytes += limbs.bytes() - before + if new { ENTRY_BYTES } else { 0 };
    }

    /// A number that has bits below the window or above it.
    #[cold]
    fn add_outside(&mut self, cell: usize, term: Term, lsb: i32) {
        // Integers in floats and f32 in f64 end in zeros: those fit after all.
        let zeros = term.magnitude.trailing_zeros();
        let reduced = Term {
            magnitude: term.magnitude >> zeros,
            exponent: term.exponent + zeros.cast_signed(),
            ..term
        };
        if reduced.exponent >= lsb && reduced.top() - lsb <= bits::<N>() {
            return self.add(cell, reduced);
        }
        self.add_beside(cell, |limbs| limbs.add(term));
    }

    /// Moves a cell's window into the side store.
    #[cold]
    fn spill(&mut self, cell: usize) {
        let lsb = self.lsb.unwrap_or_default();
        let Words(value) = std::mem::take(self.cells.get_mut(cell));
        let integer = words::to_integer(&value);
        let negative = integer.sign() == Sign::Minus;
        self.add_beside(cell, |side| {
            for (i, digit) in integer.magnitude().iter_u64_digits().enumerate() {
                side.add(Term {
                    negative,
                    magnitude: u128::from(digit),
                    exponent: lsb + 64 * i32::try_from(i).unwrap_or(0),
                });
            }
        });
    }

    /// Gives the window a smaller unit, 2^lsb.
    fn rebase(&mut self, lsb: i32) {
        let Some(old) = self.lsb else { return };
        let shift = (old - lsb).unsigned_abs();
        for cell in 0..self.cells.cells() {
            let Words(value) = self.cells.get(cell);
            if value == [0; N] {
                continue;
            }
            match words::shifted_left(&value, shift) {
                Some(value) => self.cells.get_mut(cell).0 = value,
                None => self.spill(cell),
            }
        }
        self.lsb = Some(lsb);
    }
}

/// Bytes of an entry of the side store without its digits, in a map that has just grown.
const ENTRY_BYTES: usize = 2 * size_of::<(usize, Limbs)>() + 16;

/// The same of a cell with an infinity.
const INFINITE_BYTES: usize = 2 * size_of::<(usize, Infinite)>() + 16;

/// Bits of a cell without its sign.
fn bits<const N: usize>() -> i32 {
    // N is a few.
    i32::try_from(N * 64 - 1).unwrap_or(i32::MAX)
}
