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
//! # Operators
//! From loose to tight, as in Python: `or`; `and`; `not`; comparisons, which chain
//! (`0 < x <= 3`), with `in` and `not in` a list (`k in (1, 2, 5)`); `|`; `&`; `+ -`;
//! `* / // %`; the signs `+ - ~`; `**`, whose right side may have a sign.
//!
//! # Types
//! - A bare column keeps its type and is not copied.
//! - Arithmetic on floats is done in float64; float32 is widened first. `/` and
//!   `sqrt` always give float64. NaN and infinities follow IEEE 754, as in `NumPy`.
//! - `+ - * // % **` on integers give the exact int64, or an error that names the row
//!   and proposes `float64()`: beyond int64, for a divisor 0, for a negative exponent.
//!   Booleans count as 0 and 1. `//` and `%` follow the sign of the divisor, also for
//!   floats, where they are `numpy.floor_divide` and `numpy.remainder`.
//! - Comparisons are exact, also between integers and floats: 2⁵³+1 is not equal
//!   to 2⁵³ as a float. Anything but `!=` is false where a side is NaN.
//! - `and or not & | ~` need booleans. Both sides are always evaluated.
//! - Texts have `==`, `!=` and `in`, and are compared byte by byte: `kind == "gas"`.
//! - Datetimes compare with each other and with dates in quotes, in UTC:
//!   `t >= "2024-01-01"`, `t < "2024-01-01T12:30+01:00"`. What is no time is like NaN.
//!
//! # Functions
//! They have `NumPy`'s names and meaning; what depends on a row's type is said here.
//! - Of integers, exact: `abs sign square minimum maximum clip floor ceil trunc round
//!   mod remainder floor_divide power fmod`. Of floats they give float64. `round` takes
//!   halves to the even side. `minimum maximum clip` give NaN beside NaN, `fmin fmax` the
//!   other number.
//! - To float64: `sqrt cbrt hypot exp exp2 expm1 log log2 log10 log1p sin cos tan arcsin
//!   arccos arctan arctan2 sinh cosh tanh arcsinh arccosh arctanh deg2rad rad2deg degrees
//!   radians rint reciprocal copysign heaviside fmin fmax fabs`, and `asin` and its like.
//!   Each is within an ulp of the truth and has the same bits on every machine.
//! - To booleans: `isnan isfinite isinf signbit logical_and logical_or logical_not`. NaN has
//!   no sign here, in `copysign` as well: the one that an operation gives it differs by
//!   machine.
//! - `where(c, a, b)` gives the common type of its branches, both of which are evaluated.
//! - `float64() float32() int64()` convert. `int64` cuts fractions off; NaN and floats
//!   beyond int64 are errors that name the row.
//! - `year month day dayofweek` (Monday is 0) `dayofyear hour minute second nanosecond` of
//!   datetimes are those of pandas, as float64, for they are NaN where there is no time;
//!   `date` is the start of the day, a datetime.
//! - `row()` is the number of the row in the whole source, from 0.
//! - `distance(p, c, box=None)`: points are tuples, `distance((x, y), (50, 50))`, or the
//!   name of a column with components, of which as many are taken as the other point has:
//!   `distance(Coordinates, (50, 50, 50), box=100)`. With a box, a number or a tuple,
//!   differences are to the nearest image: `d - box * rint(d / box)`; `inf` is no box.
//!
//! Not there: `lookup(key, @table.csv, column)`, which needs the data of a file; `file()`,
//! as a batch does not know its file; differences of datetimes, as there is no type of
//! durations.
//!
//! # Evaluation
//! Common parts are computed once. A sum of two or three products, and the root of it, is
//! one pass over the rows: a radius costs what a loop by hand does.
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
