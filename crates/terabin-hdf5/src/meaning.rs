//! What stored values stand for: fill values, packing, and time.

use std::fmt;

use terabin_core::batch::DataType;

use crate::element::{ElementClass, ElementType};

/// What is done to the stored values of a column, in the order of the fields.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Meaning {
    /// Values that stand for no value: their rows are masked. In stored units.
    pub(crate) masks: Vec<Mask>,
    /// The value is stored times `scale_factor` plus `add_offset`, in double precision.
    pub(crate) packing: Option<Packing>,
    /// The value is a time.
    pub(crate) time: Option<Time>,
}

/// Stored values that stand for no value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Mask {
    /// This one; a NaN stands for every NaN.
    Equal(Number),
    /// Everything below.
    Below(Number),
    /// Everything above.
    Above(Number),
}

/// A number of an attribute, exactly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    /// A signed integer.
    Signed(i64),
    /// An unsigned integer.
    Unsigned(u64),
    /// A float.
    Float(f64),
}

/// The attributes `scale_factor` and `add_offset` of netCDF.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Packing {
    /// 1 where there is none.
    pub(crate) scale: f64,
    /// 0 where there is none.
    pub(crate) offset: f64,
}

/// How a stored value is a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Time {
    /// So many ticks since an epoch.
    Ticks {
        /// Nanoseconds of one tick.
        tick: i64,
        /// The epoch in nanoseconds since 1970-01-01T00:00:00 UTC.
        epoch: i64,
    },
    /// PyTables' Time64: one integer of 64 bits, with signed seconds since 1970 in the high
    /// half and signed microseconds in the low one.
    SecondsAndMicroseconds,
}

impl fmt::Display for Meaning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words = Vec::new();
        if !self.masks.is_empty() {
            words.push("fill values masked".to_owned());
        }
        if let Some(Packing { scale, offset }) = self.packing {
            words.push(format!("x {scale} + {offset}"));
        }
        if self.time.is_some() {
            words.push("as datetime".to_owned());
        }
        f.write_str(&words.join(", "))
    }
}

impl Meaning {
    /// What the type alone says.
    pub(crate) fn of(element: &ElementType) -> Self {
        let time = match element.class {
            ElementClass::NumpyTime { tick } => Some(Time::Ticks { tick, epoch: 0 }),
            ElementClass::Time => Some(Time::Ticks {
                tick: 1_000_000_000,
                epoch: 0,
            }),
            _ => None,
        };
        Self {
            time,
            ..Self::default()
        }
    }

    /// The type in memory of values whose stored form has the type `stored`.
    pub(crate) fn data_type(&self, stored: Option<DataType>) -> Option<DataType> {
        match (self.time, self.packing, stored) {
            (Some(_), _, _) => Some(DataType::Datetime),
            (_, Some(_), Some(DataType::Text)) => Some(DataType::Text),
            (_, Some(_), Some(_)) => Some(DataType::F64),
            (_, _, stored) => stored,
        }
    }
}
