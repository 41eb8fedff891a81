//! What a packed cell holds: the sum of values, or of their squares.

use num_bigint::BigInt;

use super::{Integer, Short, Term};
use crate::kernel::InstructionSet;
use crate::kernel::squares::{self, Significands, Words};
use crate::kernel::terms::{self, Cell, LOW_BITS, Real, TERM_BITS, Terms, Window, decode};

/// Values to the first or second power in packed cells.
pub trait Power: Send + Sync + 'static {
    /// Whether the cells count their rows.
    const COUNTS: bool;

    /// One cell.
    type Cell: Copy + Default + PartialEq + Send + Sync;

    /// The most that a number is shifted, `spare` bits of its significand left out.
    fn reach(spare: u32) -> u32;

    /// The exponent of the cells' unit, for numbers with the unit 2^exponent.
    fn unit(exponent: i32) -> i32;

    /// The power of a number.
    fn of(term: Term) -> Term;

    /// Whether the power of an infinity is the negative one.
    fn is_negative(infinity: f64) -> bool;

    /// Adds real values; returns whether the window does not hold all of them.
    fn add_reals<T: Real>(rows: Rows<'_, Self::Cell>, window: Window, values: &[T]) -> bool;

    /// Adds integers.
    fn add_integers(rows: Rows<'_, Self::Cell>, values: impl Iterator<Item = i128>);

    /// The sum of two cells, if a cell holds it.
    fn join(a: Self::Cell, b: Self::Cell) -> Option<Self::Cell>;

    /// The rows of a cell, if it counts them.
    fn rows(cell: Self::Cell) -> Option<u64>;

    /// The sum in a cell, in its units.
    fn integer(cell: Self::Cell) -> Integer;

    /// The same for units of 2^unit, in few words.
    fn short(cell: Self::Cell, unit: i32) -> Short;

    /// The same as at most two numbers.
    fn parts(cell: Self::Cell, unit: i32) -> [Term; 2];
}

/// Rows on their way into packed cells.
pub struct Rows<'a, C> {
    /// The machine code to run.
    pub set: InstructionSet,
    /// The cell of each row.
    pub numbers: &'a [u32],
    /// All cells.
    pub cells: &'a mut [C],
    /// Cells that could not take a row, with what they held.
    pub full: &'a mut Vec<(u32, C)>,
    /// Buffers of a block.
    pub scratch: &'a mut Scratch,
}

/// Values taken apart: what of it is used depends on the power.
#[derive(Debug, Default)]
pub struct Scratch {
    terms: Terms,
    significands: Significands,
}

/// Sums of values; the cells count their rows.
#[derive(Clone, Copy, Debug)]
pub struct First;

/// Sums of squares.
#[derive(Clone, Copy, Debug)]
pub struct Second;

impl Power for First {
    const COUNTS: bool = true;

    type Cell = Cell;

    fn reach(spare: u32) -> u32 {
        (TERM_BITS - 53 + spare).min(LOW_BITS)
    }

    fn unit(exponent: i32) -> i32 {
        exponent
    }

    fn of(term: Term) -> Term {
        term
    }

    fn is_negative(infinity: f64) -> bool {
        infinity < 0.0
    }

    fn add_reals<T: Real>(rows: Rows<'_, Cell>, window: Window, values: &[T]) -> bool {
        let left_out = rows.scratch.terms.set_reals(rows.set, window, values);
        rows.scratch
            .terms
            .add_to(rows.set, rows.numbers, rows.cells, rows.full);
        left_out
    }

    fn add_integers(rows: Rows<'_, Cell>, values: impl Iterator<Item = i128>) {
        rows.scratch.terms.set_integers(values);
        rows.scratch
            .terms
            .add_to(rows.set, rows.numbers, rows.cells, rows.full);
    }

    fn join(a: Cell, b: Cell) -> Option<Cell> {
        let sum = terms::join(a, b);
        (!terms::is_full(sum)).then_some(sum)
    }

    #[inline]
    fn rows(cell: Cell) -> Option<u64> {
        Some(decode(cell).0)
    }

    fn integer(cell: Cell) -> Integer {
        decode(cell).1.into()
    }

    #[inline]
    fn short(cell: Cell, unit: i32) -> Short {
        let [part, _] = Self::parts(cell, unit);
        part.into()
    }

    #[inline]
    fn parts(cell: Cell, unit: i32) -> [Term; 2] {
        let (_, sum) = decode(cell);
        let part = Term {
            negative: sum < 0,
            magnitude: sum.unsigned_abs(),
            exponent: unit,
        };
        [part, Term::from_u64(0)]
    }
}

impl Power for Second {
    const COUNTS: bool = false;

    type Cell = Words;

    fn reach(_spare: u32) -> u32 {
        squares::REACH
    }

    fn unit(exponent: i32) -> i32 {
        2 * exponent
    }

    fn of(term: Term) -> Term {
        term.times(term)
    }

    fn is_negative(_infinity: f64) -> bool {
        false
    }

    fn add_reals<T: Real>(rows: Rows<'_, Words>, window: Window, values: &[T]) -> bool {
        let left_out = rows.scratch.significands.set(rows.set, window, values);
        let significands = &rows.scratch.significands;
        significands.add_to(rows.set, rows.numbers, rows.cells, rows.full);
        left_out
    }

    fn add_integers(rows: Rows<'_, Words>, values: impl Iterator<Item = i128>) {
        // Columns hold at most 64 bits.
        let sizes = values.map(|v| u64::try_from(v.unsigned_abs()).unwrap_or(u64::MAX));
        squares::add_integers(rows.numbers, sizes, rows.cells, rows.full);
    }

    fn join(a: Words, b: Words) -> Option<Words> {
        let (sum, carry) = squares::add(a, b);
        (!carry).then_some(sum)
    }

    #[inline]
    fn rows(_cell: Words) -> Option<u64> {
        None
    }

    fn integer(cell: Words) -> Integer {
        let [low, high] = Self::parts(cell, 0);
        match i128::try_from(low.magnitude) {
            Ok(small) if high.magnitude == 0 => small.into(),
            _ => Integer::from((BigInt::from(high.magnitude) << 128u32) + low.magnitude),
        }
    }

    #[inline]
    fn short(cell: Words, unit: i32) -> Short {
        Short::unsigned(cell, unit)
    }

    fn parts([w0, w1, w2]: Words, unit: i32) -> [Term; 2] {
        let part = |magnitude, exponent| Term {
            negative: false,
            magnitude,
            exponent,
        };
        let low = (u128::from(w1) << 64) | u128::from(w0);
        [part(low, unit), part(w2.into(), unit + 128)]
    }
}
