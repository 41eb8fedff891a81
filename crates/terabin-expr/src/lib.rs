//! Expressions over columns: parse, type, evaluate over a batch.
//!
//! An expression is a text such as `sqrt(x*x + y*y) > 3 and not flagged`, in the
//! grammar and with the precedences of Python and the meaning of `NumPy`. It goes
//! through three steps:
//!
//! 1. [`parse`] turns the text into an [`Expr`]. No column is looked up yet, so a
//!    caller can ask [`Expr::columns`] which columns it has to read.
//! 2. [`Expr::bind`] looks the names up in a schema, gives every part a type and
//!    computes what is constant. All errors that do not depend on rows surface here.
//! 3. [`Bound::evaluate`] computes one batch, block by block over the buffers of a
//!    [`Scratch`], which are allocated once and reused.
//!
//! ```
//! use terabin_core::batch::{Batch, Column, DataType};
//! use terabin_core::source::{Field, Schema};
//! use terabin_expr::{Scratch, parse};
//!
//! let field = |name: &str| Field {
//!     name: name.to_owned(),
//!     data_type: DataType::F64,
//!     units: None,
//!     long_name: None,
//! };
//! let schema = Schema { fields: vec![field("x"), field("y")] };
//! let bound = parse("sqrt(x*x + y*y)")?.bind(&schema)?;
//!
//! let columns = [Column::F64(&[3.0, 0.0]), Column::F64(&[4.0, -2.0])];
//! let mut scratch = Scratch::new();
//! let radius = bound.evaluate(&Batch::new(&columns, 2, 0), &mut scratch)?;
//! assert_eq!(radius, Column::F64(&[5.0, 2.0]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Names
//! A column is written `x`, with dots `PartType0.Masses`, as a component
//! `Coordinates[:,0]`, or in back-quotes when it has other characters:
//! `` `mass (g)` ``, where a back-quote is doubled. `pi`, `e`, `inf` and `nan` are
//! numbers unless the schema has a column of that name.
//!
//! `attr("Header", "MassTable", 1)` (the path of a group or dataset, the name of an
//! attribute, and the number of an element unless it is the first) and `index(0)` (the
//! row's index in a dimension) are columns too. Their name is the call as the display
//! of an expression writes it, `attr("Header", "MassTable", 1)`: what reads the data
//! knows what it means. Quotes and backslashes in a text take a backslash.
//!
//! # Types
//! - A bare column keeps its type and is not copied.
//! - Arithmetic on floats is done in float64; float32 is widened first. `/` and
//!   `sqrt` always give float64. NaN and infinities follow IEEE 754, as in `NumPy`.
//! - `+ - *` on integers give the exact int64, or an error that names the row and
//!   proposes `float64()`. Booleans count as 0 and 1.
//! - Comparisons are exact, also between integers and floats: 2⁵³+1 is not equal
//!   to 2⁵³ as a float. Anything but `!=` is false where a side is NaN.
//! - `and or not & | ~` need booleans. Both sides are always evaluated.
#![deny(missing_docs)]

mod bind;
mod bind_call;
mod bind_comparison;
mod bound;
mod buffer;
mod call;
mod compare;
mod datetime;
mod display;
mod elementary;
mod error;
mod expr;
mod function;
mod fuse;
mod integer;
mod kernel;
mod lookup;
mod map;
mod near;
mod parse;
mod real;
mod registers;
mod round;
mod text;
mod token;

pub use bound::{Bound, Scratch};
pub use error::{EvalError, ParseError, TypeError, Undefined};
pub use expr::{Expr, is_constant};
pub use parse::parse;
