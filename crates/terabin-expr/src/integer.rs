//! Integer arithmetic whose result is the exact int64, or an error.

use crate::buffer::{Element, Lane, Target};
use crate::error::Undefined;
use crate::kernel::{Arithmetic, Done, Failure};
use crate::map::map;

/// Operations that some pairs of integers do not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Checked {
    FloorDivide,
    Modulo,
    Fmod,
    Power,
}

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

/// Writes `left operator right`; the first row without a value as an error.
pub(crate) fn checked<A: Integer, B: Integer>(
    operator: Checked,
    left: Lane<'_, A>,
    right: Lane<'_, B>,
    target: &mut [i64],
) -> Done {
    match operator {
        Checked::FloorDivide => each_checked(left, right, target, |a, b| match narrow(a, b) {
            Some((a, b)) => Ok(a.div_euclid(b)),
            None => divided(a, b, |a, b| (a - modulo(a, b)) / b),
        }),
        Checked::Modulo => each_checked(left, right, target, |a, b| match narrow(a, b) {
            Some((a, b)) => Ok(a.rem_euclid(b)),
            None => divided(a, b, modulo),
        }),
        Checked::Fmod => each_checked(left, right, target, |a, b| match narrow(a, b) {
            Some((a, b)) => Ok(a % b),
            None => divided(a, b, |a, b| a % b),
        }),
        Checked::Power => each_checked(left, right, target, power),
    }
}

/// Both as int64, the second above 0: no quotient is undefined, and 64 bits are faster.
fn narrow(a: i128, b: i128) -> Option<(i64, i64)> {
    let (a, b) = (i64::try_from(a).ok()?, i64::try_from(b).ok()?);
    (b > 0).then_some((a, b))
}

fn each_checked<A: Integer, B: Integer>(
    left: Lane<'_, A>,
    right: Lane<'_, B>,
    target: &mut [i64],
    operation: impl Fn(i128, i128) -> Result<i64, Undefined>,
) -> Done {
    let mut row = 0;
    let mut first = Ok(());
    map(left, right, target, |a, b| {
        let result = operation(a.into(), b.into());
        if let (Err(why), Ok(())) = (result, first) {
            first = Err(Failure::Row(row, why));
        }
        row += 1;
        result.unwrap_or(0)
    });
    first
}

fn divided(a: i128, b: i128, operation: impl Fn(i128, i128) -> i128) -> Result<i64, Undefined> {
    if b == 0 {
        return Err(Undefined::DivisionByZero);
    }
    i64::try_from(operation(a, b)).map_err(|_| Undefined::Overflow)
}

/// The remainder with the sign of the divisor.
fn modulo(a: i128, b: i128) -> i128 {
    let rest = a % b;
    if rest != 0 && (rest < 0) != (b < 0) {
        rest + b
    } else {
        rest
    }
}

fn power(base: i128, exponent: i128) -> Result<i64, Undefined> {
    if exponent < 0 {
        return Err(Undefined::NegativePower);
    }
    let value = match (base, u32::try_from(exponent)) {
        (0 | 1, Err(_)) => Some(base),
        (-1, _) => Some(if exponent % 2 == 0 { 1 } else { -1 }),
        (_, Ok(exponent)) => base.checked_pow(exponent),
        (_, Err(_)) => None,
    };
    let value = value.and_then(|v| i64::try_from(v).ok());
    value.ok_or(Undefined::Overflow)
}

/// Writes the numbers without their fractions; the first that is no int64 as an error.
#[expect(clippy::cast_possible_truncation, reason = "checked before")]
pub(crate) fn truncated(numbers: Lane<'_, f64>, target: Target<'_>) -> Done {
    const TWO_63: f64 = 9_223_372_036_854_775_808.0;
    let target = i64::target(target).ok_or(Failure::Types)?;
    let mut row = 0;
    let mut first = None;
    map(numbers, Lane::Constant(()), target, |number, ()| {
        if !(-TWO_63..TWO_63).contains(&number) {
            first = first.or(Some(row));
        }
        row += 1;
        number as i64
    });
    first.map_or(Ok(()), |row| Err(Failure::Row(row, Undefined::NoInteger)))
}
