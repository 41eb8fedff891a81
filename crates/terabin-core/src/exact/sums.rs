//! Exact sums for all cells: a window of words per cell and an exact side store.

use std::collections::HashMap;

use num_bigint::{BigInt, Sign};

use super::{Limbs, Term, words};

/// One exact sum per cell, N words wide in the common case.
///
/// N = 2 holds sums of doubles over about 40 binades without the side store, N = 4
/// sums of products. Cells beyond `cells` do not exist: indices must be below it.
#[derive(Clone, Debug)]
pub struct ExactSums<const N: usize> {
    cells: Vec<[u64; N]>,
    /// The unit of the cells is 2^lsb; set by the first number that is not zero.
    lsb: Option<i32>,
    side: HashMap<usize, Limbs>,
    infinite: HashMap<usize, Infinite>,
}

/// Binades above the largest number of the first batch that stay in the window.
const SLACK: i32 = 8;
/// Further bits above: 2^26 numbers of the largest size before a cell spills.
const HEADROOM: i32 = 26;

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
    pub integer: BigInt,
    /// Its power of two.
    pub exponent: i32,
    /// Whether +infinity was added.
    pub positive_infinity: bool,
    /// Whether -infinity was added.
    pub negative_infinity: bool,
}

impl Exact {
    /// The sum of nothing.
    pub const ZERO: Self = Self {
        integer: BigInt::ZERO,
        exponent: 0,
        positive_infinity: false,
        negative_infinity: false,
    };
}

impl<const N: usize> ExactSums<N> {
    /// Sums of zero for `cells` cells; the first numbers place the window.
    #[must_use]
    pub fn new(cells: usize) -> Self {
        Self {
            cells: vec![[0; N]; cells],
            lsb: None,
            side: HashMap::new(),
            infinite: HashMap::new(),
        }
    }

    /// Sums of integers: the unit is 1.
    #[must_use]
    pub fn of_integers(cells: usize) -> Self {
        Self {
            lsb: Some(0),
            ..Self::new(cells)
        }
    }

    /// Places the window for numbers below 2^top, if it is not placed yet.
    pub fn anchor(&mut self, top: i32) {
        self.lsb.get_or_insert(lsb_for::<N>(top));
    }

    /// Whether the window was placed.
    #[must_use]
    pub fn is_anchored(&self) -> bool {
        self.lsb.is_some()
    }

    /// Adds a finite number to a cell.
    #[inline]
    pub fn add(&mut self, cell: usize, term: Term) {
        if term.magnitude == 0 {
            return;
        }
        let lsb = *self.lsb.get_or_insert_with(|| lsb_for::<N>(term.top()));
        let shift = term.exponent - lsb;
        if shift < 0 || term.top() - lsb > bits::<N>() {
            return self.add_outside(cell, term, lsb);
        }
        let old = self.cells[cell];
        let fits = words::add_shifted(
            &mut self.cells[cell],
            term.negative,
            term.magnitude,
            shift.unsigned_abs(),
        );
        if !fits {
            self.cells[cell] = old;
            self.spill(cell);
            self.side.entry(cell).or_default().add(term);
        }
    }

    /// Adds an infinity to a cell.
    #[cold]
    pub fn add_infinity(&mut self, cell: usize, negative: bool) {
        let infinite = self.infinite.entry(cell).or_default();
        infinite.positive |= !negative;
        infinite.negative |= negative;
    }

    /// Adds the sums of another set over the same cells.
    pub fn merge(&mut self, mut other: Self) {
        match (self.lsb, other.lsb) {
            (Some(a), Some(b)) if a > b => self.rebase(b),
            (Some(a), Some(b)) if a < b => other.rebase(a),
            (None, b) => self.lsb = b,
            _ => {}
        }
        for (cell, theirs) in other.cells.iter().enumerate() {
            let mut sum = self.cells[cell];
            if words::add(&mut sum, theirs) {
                self.cells[cell] = sum;
            } else {
                self.spill(cell);
                self.cells[cell] = *theirs;
            }
        }
        for (cell, limbs) in other.side {
            self.side.entry(cell).or_default().merge(limbs);
        }
        for (cell, theirs) in other.infinite {
            let infinite = self.infinite.entry(cell).or_default();
            infinite.positive |= theirs.positive;
            infinite.negative |= theirs.negative;
        }
    }

    /// The exact sum of a cell, in lowest terms: an odd integer, or zero with exponent 0.
    #[must_use]
    pub fn exact(&self, cell: usize) -> Exact {
        let (mut integer, mut exponent) = (
            words::to_integer(&self.cells[cell]),
            self.lsb.unwrap_or_default(),
        );
        if let Some(limbs) = self.side.get(&cell) {
            let (side, at) = limbs.to_integer();
            let lowest = at.min(exponent);
            integer = (integer << (exponent - lowest)) + (side << (at - lowest));
            exponent = lowest;
        }
        let zeros = integer.trailing_zeros().unwrap_or(0);
        integer >>= zeros;
        // A zero has no bits to strip; the sums of floats have at most 4,300.
        exponent += i32::try_from(zeros).unwrap_or(0);
        if integer.sign() == Sign::NoSign {
            exponent = 0;
        }
        let infinite = self.infinite.get(&cell).copied().unwrap_or_default();
        Exact {
            integer,
            exponent,
            positive_infinity: infinite.positive,
            negative_infinity: infinite.negative,
        }
    }

    /// Bytes held.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let side: usize = self.side.values().map(|l| l.bytes() + 64).sum();
        self.cells.capacity() * N * 8 + side + self.infinite.capacity() * 16
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
        self.side.entry(cell).or_default().add(term);
    }

    /// Moves a cell's window into the side store.
    #[cold]
    fn spill(&mut self, cell: usize) {
        let lsb = self.lsb.unwrap_or_default();
        let value = std::mem::replace(&mut self.cells[cell], [0; N]);
        let side = self.side.entry(cell).or_default();
        let integer = words::to_integer(&value);
        let negative = integer.sign() == Sign::Minus;
        for (i, digit) in integer.magnitude().iter_u64_digits().enumerate() {
            side.add(Term {
                negative,
                magnitude: u128::from(digit),
                exponent: lsb + 64 * i32::try_from(i).unwrap_or(0),
            });
        }
    }

    /// Gives the window a smaller unit, 2^lsb.
    fn rebase(&mut self, lsb: i32) {
        let Some(old) = self.lsb else { return };
        let shift = (old - lsb).unsigned_abs();
        for cell in 0..self.cells.len() {
            match words::shifted_left(&self.cells[cell], shift) {
                Some(value) => self.cells[cell] = value,
                None => self.spill(cell),
            }
        }
        self.lsb = Some(lsb);
    }
}

/// The window's unit for numbers below 2^top.
fn lsb_for<const N: usize>(top: i32) -> i32 {
    top + SLACK + HEADROOM - bits::<N>()
}

/// Bits of a cell without its sign.
fn bits<const N: usize>() -> i32 {
    // N is 2 or 4.
    i32::try_from(N * 64 - 1).unwrap_or(i32::MAX)
}
