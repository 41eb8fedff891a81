//! Loops that matter, each beside its definition.

pub mod reference;
