//! Exact sums: integers, so that no order of additions can change a result.
//!
//! A float is an integer times a power of two. [`ExactSums`] keeps one wide two's
//! complement integer per cell, all with the same unit 2^lsb (the *window*), and an
//! exact side store of [`Limbs`] for the values that do not fit the window. The
//! window is chosen from the first values and changes speed only, never a result:
//! integer addition is associative, and the side store is exact too.
//!
//! [`round`] turns the integers into the nearest float, once, at the end.

mod limbs;
pub mod round;
mod sums;
mod term;
mod words;

pub use limbs::Limbs;
pub use sums::{Exact, ExactSums};
pub use term::Term;
