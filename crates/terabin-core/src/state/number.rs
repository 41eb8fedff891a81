//! The element types, as the states see them.

use crate::datetime::NAT;
use crate::exact::Term;

/// A value of a column.
pub trait Number: Copy {
    /// Whether this is not a number.
    fn is_nan(self) -> bool;

    /// The exact number; None for infinities. Not to be asked of what is no number.
    fn term(self) -> Option<Term>;

    /// Whether this is below zero.
    fn is_negative(self) -> bool;
}

impl Number for f64 {
    #[inline]
    fn is_nan(self) -> bool {
        self.is_nan()
    }

    #[inline]
    fn term(self) -> Option<Term> {
        self.is_finite().then(|| Term::from_f64(self))
    }

    #[inline]
    fn is_negative(self) -> bool {
        self < 0.0
    }
}

impl Number for f32 {
    #[inline]
    fn is_nan(self) -> bool {
        self.is_nan()
    }

    #[inline]
    fn term(self) -> Option<Term> {
        f64::from(self).term()
    }

    #[inline]
    fn is_negative(self) -> bool {
        self < 0.0
    }
}

impl Number for i64 {
    #[inline]
    fn is_nan(self) -> bool {
        false
    }

    #[inline]
    fn term(self) -> Option<Term> {
        Some(Term::from_i64(self))
    }

    #[inline]
    fn is_negative(self) -> bool {
        self < 0
    }
}

impl Number for u64 {
    #[inline]
    fn is_nan(self) -> bool {
        false
    }

    #[inline]
    fn term(self) -> Option<Term> {
        Some(Term::from_u64(self))
    }

    #[inline]
    fn is_negative(self) -> bool {
        false
    }
}

impl Number for bool {
    #[inline]
    fn is_nan(self) -> bool {
        false
    }

    #[inline]
    fn term(self) -> Option<Term> {
        Some(Term::from_u64(self.into()))
    }

    #[inline]
    fn is_negative(self) -> bool {
        false
    }
}

/// A time, as nanoseconds since 1970-01-01.
#[derive(Clone, Copy)]
pub struct Time(pub i64);

impl Number for Time {
    #[inline]
    fn is_nan(self) -> bool {
        self.0 == NAT
    }

    #[inline]
    fn term(self) -> Option<Term> {
        self.0.term()
    }

    #[inline]
    fn is_negative(self) -> bool {
        self.0 < 0
    }
}

/// Runs a body that is generic over [`Number`] on a column's slice: one dispatch a batch.
macro_rules! with_numbers {
    ($column:expr, |$slice:ident| $body:expr) => {
        match $column {
            $crate::batch::Column::I64($slice) => $body,
            $crate::batch::Column::U64($slice) => $body,
            $crate::batch::Column::F32($slice) => $body,
            $crate::batch::Column::F64($slice) => $body,
            $crate::batch::Column::Bool($slice) => $body,
            $crate::batch::Column::Datetime(times) => {
                let times = times.iter().map(|&t| $crate::state::number::Time(t));
                let $slice = &times.collect::<Vec<_>>()[..];
                $body
            }
            // Texts are no numbers: nothing is added.
            $crate::batch::Column::Text(_) => {}
        }
    };
}
pub(crate) use with_numbers;
