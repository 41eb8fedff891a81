//! What a pass does with batches.

pub mod bin;
pub mod write;
