//! Elementary functions: one implementation each, the same bits on every machine.
//!
//! Everything is `+ - * /`, `sqrt` and operations on bits, each of which IEEE 754 rounds
//! in one way; nothing is fused, no function of the platform is called. Sums of two doubles
//! carry 60 bits or more to one final rounding, so that results are within 0.54 ulp of the
//! truth (sine and cosine, which are the shortest, 0.75; subnormal results 0.76): the
//! most that was found against mpmath, of which `tests/elementary.rs` keeps a sample.
//!
//! Not taken: `libm` 0.2.16, which on the same arguments is up to 1.9 ulp off in the
//! hyperbolic functions and their inverses, 1.4 in `atan2`, and more in `pow`; `pxfm` 0.1.30,
//! which looks for fused multiply-add at run time and promises no bits.

mod double;
mod exponential;
mod hyperbolic;
mod inverse;
mod logarithm;
mod power;
mod reduction;
mod tables;
mod trigonometric;

pub(crate) use exponential::{exp, exp2, expm1};
pub(crate) use hyperbolic::{acosh, asinh, atanh, cosh, sinh, tanh};
pub(crate) use inverse::{acos, asin, atan, atan2};
pub(crate) use logarithm::{log, log1p, log2, log10};
pub(crate) use power::{cbrt, degrees, hypot, pow, radians};
pub(crate) use trigonometric::{cos, sin, tan};
