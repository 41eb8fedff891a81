//! Exact sums: integers, so that no order of additions can change a result.
//!
//! A float is an integer times a power of two. [`Packed`] keeps one integer of a few
//! words per cell, all with the same unit (the *window*, placed by the first values):
//! one addition a row. What does not fit goes to [`ExactSums`], wide two's complement
//! integers, and from there to [`Limbs`], digits over any range. All three are exact,
//! so windows change speed only, never a result: integer addition is associative.
//!
//! [`round`] turns the integers into the nearest float, once, at the end.

mod divide;
mod integer;
mod limbs;
mod packed;
mod pages;
mod power;
pub mod round;
mod short;
mod sums;
mod term;
mod words;

pub use integer::Integer;
pub use limbs::Limbs;
pub use packed::Packed;
pub(crate) use pages::Pages;
pub use power::{First, Power, Scratch, Second};
pub use short::Short;
pub use sums::{Exact, ExactSums};
pub use term::Term;
