//! The functions that a call can name.

use terabin_core::batch::DataType;

use crate::datetime::Calendar;
use crate::expr::{Binary, Unary};
use crate::kernel::Property;
use crate::real::{Real, RealPair};

/// What a call computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    /// float64 to float64.
    Real(Real),
    /// The same, but integers are what they are.
    Rounding(Real),
    /// Two float64 to float64.
    RealPair(RealPair),
    /// `fmod`, which integers have too.
    Fmod,
    /// An operator as a function, such as `power`.
    Binary(Binary),
    /// `logical_not` and `negative`.
    Unary(Unary),
    /// A number to a truth value.
    Property(Property),
    Abs,
    Sign,
    Square,
    Minimum,
    Maximum,
    Clip,
    Where,
    Cast(DataType),
    /// A datetime to a number.
    Calendar(Calendar),
    /// A datetime to the start of its day.
    Date,
    /// The number of the row in the whole source.
    Row,
    Distance,
}

/// Name, function and number of arguments; the first name of a function is displayed.
const ALL: [(&str, Function, usize); 83] = [
    ("abs", Function::Abs, 1),
    ("absolute", Function::Abs, 1),
    ("fabs", Function::Real(Real::Absolute), 1),
    ("sign", Function::Sign, 1),
    ("square", Function::Square, 1),
    ("negative", Function::Unary(Unary::Minus), 1),
    ("reciprocal", Function::Real(Real::Reciprocal), 1),
    ("sqrt", Function::Real(Real::Root), 1),
    ("cbrt", Function::Real(Real::Cbrt), 1),
    ("hypot", Function::RealPair(RealPair::Hypot), 2),
    ("floor", Function::Rounding(Real::Floor), 1),
    ("ceil", Function::Rounding(Real::Ceil), 1),
    ("trunc", Function::Rounding(Real::Trunc), 1),
    ("round", Function::Rounding(Real::Round), 1),
    ("rint", Function::Real(Real::Round), 1),
    ("exp", Function::Real(Real::Exp), 1),
    ("exp2", Function::Real(Real::Exp2), 1),
    ("expm1", Function::Real(Real::Expm1), 1),
    ("log", Function::Real(Real::Log), 1),
    ("log2", Function::Real(Real::Log2), 1),
    ("log10", Function::Real(Real::Log10), 1),
    ("log1p", Function::Real(Real::Log1p), 1),
    ("sin", Function::Real(Real::Sin), 1),
    ("cos", Function::Real(Real::Cos), 1),
    ("tan", Function::Real(Real::Tan), 1),
    ("arcsin", Function::Real(Real::Arcsin), 1),
    ("asin", Function::Real(Real::Arcsin), 1),
    ("arccos", Function::Real(Real::Arccos), 1),
    ("acos", Function::Real(Real::Arccos), 1),
    ("arctan", Function::Real(Real::Arctan), 1),
    ("atan", Function::Real(Real::Arctan), 1),
    ("arctan2", Function::RealPair(RealPair::Arctan2), 2),
    ("atan2", Function::RealPair(RealPair::Arctan2), 2),
    ("sinh", Function::Real(Real::Sinh), 1),
    ("cosh", Function::Real(Real::Cosh), 1),
    ("tanh", Function::Real(Real::Tanh), 1),
    ("arcsinh", Function::Real(Real::Arcsinh), 1),
    ("asinh", Function::Real(Real::Arcsinh), 1),
    ("arccosh", Function::Real(Real::Arccosh), 1),
    ("acosh", Function::Real(Real::Arccosh), 1),
    ("arctanh", Function::Real(Real::Arctanh), 1),
    ("atanh", Function::Real(Real::Arctanh), 1),
    ("deg2rad", Function::Real(Real::Radians), 1),
    ("radians", Function::Real(Real::Radians), 1),
    ("rad2deg", Function::Real(Real::Degrees), 1),
    ("degrees", Function::Real(Real::Degrees), 1),
    ("power", Function::Binary(Binary::Power), 2),
    ("pow", Function::Binary(Binary::Power), 2),
    ("mod", Function::Binary(Binary::Modulo), 2),
    ("remainder", Function::Binary(Binary::Modulo), 2),
    ("floor_divide", Function::Binary(Binary::FloorDivide), 2),
    ("fmod", Function::Fmod, 2),
    ("copysign", Function::RealPair(RealPair::Copysign), 2),
    ("heaviside", Function::RealPair(RealPair::Heaviside), 2),
    ("minimum", Function::Minimum, 2),
    ("maximum", Function::Maximum, 2),
    ("fmin", Function::RealPair(RealPair::Fmin), 2),
    ("fmax", Function::RealPair(RealPair::Fmax), 2),
    ("clip", Function::Clip, 3),
    ("where", Function::Where, 3),
    ("isnan", Function::Property(Property::Nan), 1),
    ("isfinite", Function::Property(Property::Finite), 1),
    ("isinf", Function::Property(Property::Infinite), 1),
    ("signbit", Function::Property(Property::Negative), 1),
    ("logical_and", Function::Binary(Binary::And), 2),
    ("logical_or", Function::Binary(Binary::Or), 2),
    ("logical_not", Function::Unary(Unary::Not), 1),
    ("float64", Function::Cast(DataType::F64), 1),
    ("float32", Function::Cast(DataType::F32), 1),
    ("int64", Function::Cast(DataType::I64), 1),
    ("year", Function::Calendar(Calendar::Year), 1),
    ("month", Function::Calendar(Calendar::Month), 1),
    ("day", Function::Calendar(Calendar::Day), 1),
    ("dayofweek", Function::Calendar(Calendar::DayOfWeek), 1),
    ("weekday", Function::Calendar(Calendar::DayOfWeek), 1),
    ("dayofyear", Function::Calendar(Calendar::DayOfYear), 1),
    ("hour", Function::Calendar(Calendar::Hour), 1),
    ("minute", Function::Calendar(Calendar::Minute), 1),
    ("second", Function::Calendar(Calendar::Second), 1),
    ("nanosecond", Function::Calendar(Calendar::Nanosecond), 1),
    ("date", Function::Date, 1),
    ("row", Function::Row, 0),
    ("distance", Function::Distance, 3),
];

impl Function {
    /// The function of this name and the number of its arguments.
    pub(crate) fn named(name: &str) -> Option<(Self, usize)> {
        let found = ALL.iter().find(|(known, ..)| *known == name);
        found.map(|(_, function, arguments)| (*function, *arguments))
    }

    pub(crate) fn name(self) -> &'static str {
        let found = ALL.iter().find(|(_, function, _)| *function == self);
        found.map_or("", |(name, _, _)| name)
    }

    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        ALL.iter().map(|(name, ..)| *name)
    }
}
