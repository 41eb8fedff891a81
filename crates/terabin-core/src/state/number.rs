//! The element types, as the states see them.

use crate::datetime::NAT;

/// A value of a column.
pub trait Number: Copy {
    /// Whether this is not a number.
    fn is_nan(self) -> bool;
}

impl Number for f64 {
    #[inline]
    fn is_nan(self) -> bool {
        self.is_nan()
    }
}

impl Number for f32 {
    #[inline]
    fn is_nan(self) -> bool {
        self.is_nan()
    }
}

impl Number for i64 {
    #[inline]
    fn is_nan(self) -> bool {
        false
    }
}

impl Number for u64 {
    #[inline]
    fn is_nan(self) -> bool {
        false
    }
}

impl Number for bool {
    #[inline]
    fn is_nan(self) -> bool {
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
