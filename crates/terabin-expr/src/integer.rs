//! Integer arithmetic whose result is the exact int64, or an error.

use crate::buffer::{Element, Lane};
use crate::kernel::{Arithmetic, map};

/// i64 and u64: their low 64 bits, whether these are the value, and the value.
pub(crate) trait Integer: Element + Into<i128> {
    fn bits(self) -> i64;
    fn exceeds(self) -> bool;
}

impl Integer for i64 {
    fn bits(self) -> i64 {
        self
    }
    fn exceeds(self) -> bool {
        false
    }
}

impl Integer for u64 {
    fn bits(self) -> i64 {
        self.cast_signed()
    }
    fn exceeds(self) -> bool {
        self.cast_signed() < 0
    }
}

/// Writes `left operator right`; the row of the first result beyond int64 as an error.
///
/// The fast loop notes whether anything may have overflowed, without branching; only
/// then are the rows done once more in 128 bits, which decides.
pub(crate) fn arithmetic<A: Integer, B: Integer>(
    operator: Arithmetic,
    left: Lane<'_, A>,
    right: Lane<'_, B>,
    target: &mut [i64],
) -> Result<(), usize> {
    let fast = match operator {
        Arithmetic::Add => fast(left, right, target, i64::overflowing_add),
        Arithmetic::Subtract => fast(left, right, target, i64::overflowing_sub),
        Arithmetic::Multiply => fast(left, right, target, i64::overflowing_mul),
    };
    if fast {
        return Ok(());
    }
    match operator {
        Arithmetic::Add => exact(left, right, target, i128::checked_add),
        Arithmetic::Subtract => exact(left, right, target, i128::checked_sub),
        Arithmetic::Multiply => exact(left, right, target, i128::checked_mul),
    }
}

fn fast<A: Integer, B: Integer>(
    left: Lane<'_, A>,
    right: Lane<'_, B>,
    target: &mut [i64],
    operation: impl Fn(i64, i64) -> (i64, bool),
) -> bool {
    let mut doubtful = false;
    map(left, right, target, |a, b| {
        let (result, overflows) = operation(a.bits(), b.bits());
        doubtful |= overflows | a.exceeds() | b.exceeds();
        result
    });
    !doubtful
}

fn exact<A: Integer, B: Integer>(
    left: Lane<'_, A>,
    right: Lane<'_, B>,
    target: &mut [i64],
    operation: impl Fn(i128, i128) -> Option<i128>,
) -> Result<(), usize> {
    let mut row = 0;
    let mut first = None;
    map(left, right, target, |a, b| {
        let result = operation(a.into(), b.into()).and_then(|r| i64::try_from(r).ok());
        if result.is_none() {
            first = first.or(Some(row));
        }
        row += 1;
        result.unwrap_or(0)
    });
    first.map_or(Ok(()), Err)
}
