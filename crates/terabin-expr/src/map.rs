//! The loop over rows.
//!
//! Rows are taken 16 at a time as arrays: of a loop with a fixed number of turns LLVM makes
//! vectors also where the result is narrower than the operands. A comparison of float64
//! takes a third of the time of a plain loop. The loops are functions of their own, as only
//! the arguments of a function are known not to overlap.

use crate::buffer::Lane;

const TOGETHER: usize = 16;

/// `target[i] = operation(left[i], right[i])`.
///
/// Lanes and target have the same number of rows. A constant is a loop of its own,
/// so that it stays in a register.
#[inline]
pub(crate) fn map<A: Copy, B: Copy, T>(
    left: Lane<'_, A>,
    right: Lane<'_, B>,
    target: &mut [T],
    mut operation: impl FnMut(A, B) -> T,
) {
    match (left, right) {
        (Lane::Rows(left), Lane::Rows(right)) => pairs(left, right, target, operation),
        (Lane::Rows(left), Lane::Constant(b)) => rows(left, target, move |a| operation(a, b)),
        (Lane::Constant(a), Lane::Rows(right)) => rows(right, target, move |b| operation(a, b)),
        (Lane::Constant(a), Lane::Constant(b)) => {
            for t in target {
                *t = operation(a, b);
            }
        }
    }
}

#[inline(never)]
fn pairs<A: Copy, B: Copy, T>(
    left: &[A],
    right: &[B],
    target: &mut [T],
    mut operation: impl FnMut(A, B) -> T,
) {
    let (left, left_rest) = left.as_chunks::<TOGETHER>();
    let (right, right_rest) = right.as_chunks::<TOGETHER>();
    let (target, target_rest) = target.as_chunks_mut::<TOGETHER>();
    for ((left, right), target) in left.iter().zip(right).zip(target) {
        for i in 0..TOGETHER {
            target[i] = operation(left[i], right[i]);
        }
    }
    for ((a, b), t) in left_rest.iter().zip(right_rest).zip(target_rest) {
        *t = operation(*a, *b);
    }
}

#[inline(never)]
fn rows<A: Copy, T>(left: &[A], target: &mut [T], mut operation: impl FnMut(A) -> T) {
    let (left, left_rest) = left.as_chunks::<TOGETHER>();
    let (target, target_rest) = target.as_chunks_mut::<TOGETHER>();
    for (left, target) in left.iter().zip(target) {
        for i in 0..TOGETHER {
            target[i] = operation(left[i]);
        }
    }
    for (a, t) in left_rest.iter().zip(target_rest) {
        *t = operation(*a);
    }
}

/// `target[i] = value[i]` where the condition holds.
#[inline(never)]
pub(crate) fn overwrite<T: Choose>(condition: &[bool], value: Lane<'_, T>, target: &mut [T]) {
    match value {
        Lane::Rows(values) => {
            for ((t, c), value) in target.iter_mut().zip(condition).zip(values) {
                *t = T::choose(*c, *value, *t);
            }
        }
        Lane::Constant(value) => {
            for (t, c) in target.iter_mut().zip(condition) {
                *t = T::choose(*c, value, *t);
            }
        }
    }
}

/// Values of which one or another is taken without a branch, which random conditions
/// would make the slowest of all.
pub(crate) trait Choose: Copy {
    /// The value if the condition holds, else the other.
    fn choose(condition: bool, value: Self, other: Self) -> Self;
}

macro_rules! choose {
    ($($type:ty, $bits:ty, $to:expr, $from:expr;)*) => {$(
        impl Choose for $type {
            #[inline]
            fn choose(condition: bool, value: Self, other: Self) -> Self {
                let mask = <$bits>::from(condition).wrapping_neg();
                $from(($to(value) & mask) | ($to(other) & !mask))
            }
        }
    )*};
}

choose! {
    i64, u64, i64::cast_unsigned, u64::cast_signed;
    u64, u64, u64::from, u64::from;
    f32, u32, f32::to_bits, f32::from_bits;
    f64, u64, f64::to_bits, f64::from_bits;
}

impl Choose for bool {
    #[inline]
    fn choose(condition: bool, value: Self, other: Self) -> Self {
        let mask = u8::from(condition);
        (mask & u8::from(value)) | ((mask ^ 1) & u8::from(other)) != 0
    }
}
