//! Loops that matter, each beside its definition.
//!
//! Without what is `unsafe` in them, jobs take from a quarter longer to twice as long
//! (`benchmarks/record/intel-xeon-2cpu-2026-11-22-unsafe.md`).
//!
//! Every loop is written once, over slices, in safe operations that compilers turn into
//! vector instructions; [`InstructionSet`] picks the machine code at run time. The
//! results are the same bits for every set: the loops round nothing but what IEEE 754
//! says, in the order in which it is written.

// The bodies of the loops take on the instructions of the function that they are
// inlined into; comparisons are joined without branches.
#![allow(clippy::inline_always, clippy::needless_bitwise_bool)]

pub mod counts;
pub mod extremes;
pub mod fixed;
pub mod gather;
pub mod linear;
pub mod reference;
pub mod search;
pub mod squares;
pub mod terms;

mod cell_numbers;
mod float_environment;
mod instruction_set;
pub(crate) mod large_pages;
pub(crate) mod numbers;
pub(crate) mod prefetch;
pub(crate) mod product;

pub use float_environment::FloatEnvironment;
pub(crate) use instruction_set::multiversion;
pub use instruction_set::{InstructionSet, UnknownSet};
