//! Order statistics: medians and quantiles of each cell, exact, in bounded memory.
//!
//! A value maps to an integer key of 64 bits in the order of the values. Where the ranks
//! lie that a quantile needs is narrowed down pass by pass: a [`Search`] has a span of
//! keys for each; a pass counts the rows of a span in buckets, or collects their keys
//! where they are few ([`Found`]); [`Search::narrow`] makes the next search of it. The
//! counts are exact, so that threads, batches and files change nothing. This is radix
//! selection (Alabi et al., ACM JEA 17, 2012) on all cells at once.

mod found;
mod key;
mod level;
mod masses;
mod quantile_of;
mod search;
mod span;

pub use found::Found;
pub(crate) use key::{Keyed, keys};
pub use key::{number, with_keys};
pub use level::Level;
pub(crate) use masses::Masses;
pub use quantile_of::QuantileOf;
pub use search::{Budget, Search, SearchBytes, SearchOf};
pub use span::Span;
