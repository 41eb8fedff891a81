//! The loops: one operation over the rows of a block.

use crate::buffer::{Constant, Element, Lane, Target, Values};
use crate::compare::Compare;
use crate::datetime::{self, Calendar};
use crate::error::Undefined;
use crate::fuse::products;
use crate::integer::{self, Checked};
use crate::map::{Choose, map, overwrite};
use crate::real::{Real, RealPair, real, real_pair};
use crate::text;

/// Why an operation has no result.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Failure {
    /// The types are not those that the expression was bound to.
    Types,
    /// This row of the block has no value.
    Row(usize, Undefined),
}

impl Failure {
    /// The same where the rows began `rows` rows into the block.
    pub(crate) fn after(self, rows: usize) -> Self {
        match self {
            Self::Row(row, why) => Self::Row(row + rows, why),
            Self::Types => Self::Types,
        }
    }
}

pub(crate) type Done = Result<(), Failure>;

/// `+ - *`, which integers and floats both have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
}

/// Comparisons; `>` and `>=` are these with the sides exchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Relation {
    Less,
    LessEqual,
    Equal,
    NotEqual,
}

/// What a number is, or is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Property {
    Nan,
    Finite,
    Infinite,
    /// The sign is minus, also that of a zero; NaN has none, as its bits differ by machine.
    Negative,
}

/// An operation on typed values; its operands stand beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Operation {
    /// The same value in the target's type: booleans as 0 and 1, floats rounded; to
    /// int64 without the fraction, or an error.
    Convert,
    /// float64 in, float64 out.
    Float(Arithmetic),
    Real(Real),
    RealPair(RealPair),
    /// int64 or uint64 in, int64 out.
    Integer(Arithmetic),
    Checked(Checked),
    /// `abs` and `sign` of int64.
    AbsoluteInteger,
    SignInteger,
    /// A number in, a truth value out.
    Property(Property),
    Relation(Relation),
    And,
    Or,
    Not,
    /// The second operand where the first is true, else the third.
    Select,
    /// The sum of the products of two or three pairs of float64, or its root.
    Products {
        root: bool,
    },
    /// A datetime in; a number, or the start of its day.
    Calendar(Calendar),
    Day,
    /// The number of the row, from no operand.
    Row,
}

/// Applies `operation` to `operands` and writes one value per row of `target`.
pub(crate) fn apply(operation: Operation, operands: &[Values<'_>], target: Target<'_>) -> Done {
    match (operation, operands) {
        (operation, &[a]) => unary(operation, a, target),
        (Operation::Float(operator), &[a, b]) => float(operator, a, b, target),
        (Operation::Integer(operator), &[a, b]) => integers(operator, a, b, target),
        (Operation::RealPair(function), &[a, b]) => real_pair(function, a, b, target),
        (Operation::Checked(operator), &[a, b]) => checked(operator, a, b, target),
        (Operation::Relation(relation), &[a, b]) => relate(relation, a, b, target),
        (Operation::And, &[a, b]) => binary(a, b, target, |a: bool, b: bool| a & b),
        (Operation::Or, &[a, b]) => binary(a, b, target, |a: bool, b: bool| a | b),
        (Operation::Select, &[condition, a, b]) => select(condition, a, b, target),
        (Operation::Products { root }, operands) => products(operands, root, target),
        _ => Err(Failure::Types),
    }
}

/// Writes the numbers of the rows from `first`.
pub(crate) fn number(first: u64, target: Target<'_>) -> Done {
    let target = i64::target(target).ok_or(Failure::Types)?;
    for (row, t) in target.iter_mut().enumerate() {
        let number = first.checked_add(row as u64);
        *t = number
            .and_then(|n| i64::try_from(n).ok())
            .ok_or(Failure::Row(row, Undefined::Overflow))?;
    }
    Ok(())
}

/// Writes one value into every row.
pub(crate) fn spread(constant: Constant, target: Target<'_>) -> Done {
    match (constant, target) {
        (Constant::I64(v), Target::I64(t)) | (Constant::Datetime(v), Target::Datetime(t)) => {
            t.fill(v);
        }
        (Constant::U64(v), Target::U64(t)) => t.fill(v),
        (Constant::F32(v), Target::F32(t)) => t.fill(v),
        (Constant::F64(v), Target::F64(t)) => t.fill(v),
        (Constant::Bool(v), Target::Bool(t)) => t.fill(v),
        _ => return Err(Failure::Types),
    }
    Ok(())
}

pub(crate) fn binary<A: Element, B: Element, T: Element>(
    left: Values<'_>,
    right: Values<'_>,
    target: Target<'_>,
    operation: impl Fn(A, B) -> T,
) -> Done {
    let left = A::lane(left).ok_or(Failure::Types)?;
    let right = B::lane(right).ok_or(Failure::Types)?;
    map(
        left,
        right,
        T::target(target).ok_or(Failure::Types)?,
        operation,
    );
    Ok(())
}

pub(crate) fn each<A: Element, T: Element>(
    operand: Values<'_>,
    target: Target<'_>,
    operation: impl Fn(A) -> T,
) -> Done {
    let lane = A::lane(operand).ok_or(Failure::Types)?;
    let target = T::target(target).ok_or(Failure::Types)?;
    map(lane, Lane::Constant(()), target, |a, ()| operation(a));
    Ok(())
}

fn unary(operation: Operation, operand: Values<'_>, target: Target<'_>) -> Done {
    match operation {
        Operation::Convert => convert(operand, target),
        Operation::Real(function) => real(function, operand, target),
        Operation::AbsoluteInteger => absolute_integer(operand, target),
        Operation::SignInteger => each(operand, target, i64::signum),
        Operation::Property(property) => match operand {
            Values::F32(_) => property_of(property, operand, target, |a: f32| a.into()),
            _ => property_of(property, operand, target, |a: f64| a),
        },
        Operation::Not => each(operand, target, |a: bool| !a),
        Operation::Calendar(field) => datetime::part(field, times(operand)?, target),
        Operation::Day => datetime::day(times(operand)?, target),
        _ => Err(Failure::Types),
    }
}

fn times(operand: Values<'_>) -> Result<Lane<'_, i64>, Failure> {
    match operand {
        Values::Datetime(times) => Ok(times),
        _ => Err(Failure::Types),
    }
}

fn property_of<A: Element>(
    property: Property,
    operand: Values<'_>,
    target: Target<'_>,
    wide: impl Fn(A) -> f64,
) -> Done {
    match property {
        Property::Nan => each(operand, target, |a| wide(a).is_nan()),
        Property::Finite => each(operand, target, |a| wide(a).is_finite()),
        Property::Infinite => each(operand, target, |a| wide(a).is_infinite()),
        Property::Negative => each(operand, target, |a| {
            let a = wide(a);
            a.is_sign_negative() && !a.is_nan()
        }),
    }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "float64() and float32() round to nearest"
)]
fn convert(operand: Values<'_>, target: Target<'_>) -> Done {
    match (operand, &target) {
        (Values::Bool(_), Target::I64(_)) => each(operand, target, |a: bool| i64::from(a)),
        (Values::Bool(_), Target::F64(_)) => {
            each(operand, target, |a: bool| f64::from(u8::from(a)))
        }
        (Values::I64(_), Target::F64(_)) => each(operand, target, |a: i64| a as f64),
        (Values::U64(_), Target::F64(_)) => each(operand, target, |a: u64| a as f64),
        (Values::F32(_), Target::F64(_)) => each(operand, target, |a: f32| f64::from(a)),
        (Values::Bool(_), Target::F32(_)) => {
            each(operand, target, |a: bool| f32::from(u8::from(a)))
        }
        (Values::I64(_), Target::F32(_)) => each(operand, target, |a: i64| a as f32),
        (Values::U64(_), Target::F32(_)) => each(operand, target, |a: u64| a as f32),
        (Values::F64(_), Target::F32(_)) => each(operand, target, |a: f64| a as f32),
        (Values::F64(lane), Target::I64(_)) => integer::truncated(lane, target),
        _ => Err(Failure::Types),
    }
}

fn float(operator: Arithmetic, a: Values<'_>, b: Values<'_>, target: Target<'_>) -> Done {
    match operator {
        Arithmetic::Add => binary(a, b, target, |a: f64, b: f64| a + b),
        Arithmetic::Subtract => binary(a, b, target, |a: f64, b: f64| a - b),
        Arithmetic::Multiply => binary(a, b, target, |a: f64, b: f64| a * b),
    }
}

fn integers(operator: Arithmetic, a: Values<'_>, b: Values<'_>, target: Target<'_>) -> Done {
    let target = i64::target(target).ok_or(Failure::Types)?;
    match (a, b) {
        (Values::I64(a), Values::I64(b)) => integer::arithmetic(operator, a, b, target),
        (Values::I64(a), Values::U64(b)) => integer::arithmetic(operator, a, b, target),
        (Values::U64(a), Values::I64(b)) => integer::arithmetic(operator, a, b, target),
        (Values::U64(a), Values::U64(b)) => integer::arithmetic(operator, a, b, target),
        _ => return Err(Failure::Types),
    }
    .map_err(|row| Failure::Row(row, Undefined::Overflow))
}

fn checked(operator: Checked, a: Values<'_>, b: Values<'_>, target: Target<'_>) -> Done {
    let target = i64::target(target).ok_or(Failure::Types)?;
    match (a, b) {
        (Values::I64(a), Values::I64(b)) => integer::checked(operator, a, b, target),
        (Values::I64(a), Values::U64(b)) => integer::checked(operator, a, b, target),
        (Values::U64(a), Values::I64(b)) => integer::checked(operator, a, b, target),
        (Values::U64(a), Values::U64(b)) => integer::checked(operator, a, b, target),
        _ => Err(Failure::Types),
    }
}

fn absolute_integer(operand: Values<'_>, target: Target<'_>) -> Done {
    let lane = i64::lane(operand).ok_or(Failure::Types)?;
    let target = i64::target(target).ok_or(Failure::Types)?;
    map(lane, Lane::Constant(()), target, |a, ()| a.wrapping_abs());
    // Only the absolute value of the smallest int64 is left negative.
    target
        .iter()
        .position(|v| *v < 0)
        .map_or(Ok(()), |row| Err(Failure::Row(row, Undefined::Overflow)))
}

fn relate(relation: Relation, a: Values<'_>, b: Values<'_>, target: Target<'_>) -> Done {
    match (a, b) {
        (Values::I64(_), Values::I64(_)) => related::<i64, i64>(relation, a, b, target),
        (Values::I64(_), Values::U64(_)) => related::<i64, u64>(relation, a, b, target),
        (Values::I64(_), Values::F64(_)) => related::<i64, f64>(relation, a, b, target),
        (Values::U64(_), Values::I64(_)) => related::<u64, i64>(relation, a, b, target),
        (Values::U64(_), Values::U64(_)) => related::<u64, u64>(relation, a, b, target),
        (Values::U64(_), Values::F64(_)) => related::<u64, f64>(relation, a, b, target),
        (Values::F64(_), Values::I64(_)) => related::<f64, i64>(relation, a, b, target),
        (Values::F64(_), Values::U64(_)) => related::<f64, u64>(relation, a, b, target),
        (Values::F64(_), Values::F64(_)) => related::<f64, f64>(relation, a, b, target),
        (Values::Datetime(a), Values::Datetime(b)) => {
            let target = bool::target(target).ok_or(Failure::Types)?;
            datetime::relate(relation, a, b, target);
            Ok(())
        }
        (Values::Text(a), Values::Text(b)) => {
            text::relate(relation, a, b, bool::target(target).ok_or(Failure::Types)?)
        }
        _ => Err(Failure::Types),
    }
}

fn related<A: Element + Compare<B>, B: Element>(
    relation: Relation,
    a: Values<'_>,
    b: Values<'_>,
    target: Target<'_>,
) -> Done {
    match relation {
        Relation::Less => binary(a, b, target, |a: A, b: B| a.less(b)),
        Relation::LessEqual => binary(a, b, target, |a: A, b: B| a.less_equal(b)),
        Relation::Equal => binary(a, b, target, |a: A, b: B| a.equal(b)),
        Relation::NotEqual => binary(a, b, target, |a: A, b: B| !a.equal(b)),
    }
}

fn select(condition: Values<'_>, a: Values<'_>, b: Values<'_>, target: Target<'_>) -> Done {
    let condition = bool::lane(condition).ok_or(Failure::Types)?;
    match (target, a, b) {
        (Target::I64(t), Values::I64(a), Values::I64(b)) => selected(condition, a, b, t),
        (Target::U64(t), Values::U64(a), Values::U64(b)) => selected(condition, a, b, t),
        (Target::F32(t), Values::F32(a), Values::F32(b)) => selected(condition, a, b, t),
        (Target::F64(t), Values::F64(a), Values::F64(b)) => selected(condition, a, b, t),
        (Target::Bool(t), Values::Bool(a), Values::Bool(b)) => selected(condition, a, b, t),
        (Target::Datetime(t), Values::Datetime(a), Values::Datetime(b)) => {
            selected(condition, a, b, t);
        }
        _ => return Err(Failure::Types),
    }
    Ok(())
}

fn selected<T: Choose>(
    condition: Lane<'_, bool>,
    a: Lane<'_, T>,
    b: Lane<'_, T>,
    target: &mut [T],
) {
    match condition {
        Lane::Constant(condition) => {
            let chosen = if condition { a } else { b };
            map(chosen, Lane::Constant(()), target, |a, ()| a);
        }
        Lane::Rows(condition) => {
            map(b, Lane::Constant(()), target, |b, ()| b);
            overwrite(condition, a, target);
        }
    }
}
