//! Which machine code the loops run as.

use std::fmt;

use thiserror::Error;

/// A set of instructions that this processor has: whoever holds one may use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InstructionSet(Level);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Baseline,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

/// A name that is no instruction set of this processor.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{name} is no instruction set of this processor, which has {known}")]
pub struct UnknownSet {
    name: String,
    known: String,
}

impl InstructionSet {
    /// What every processor of this architecture has.
    pub const BASELINE: Self = Self(Level::Baseline);

    /// The sets that this processor has, the best one last.
    #[must_use]
    pub fn available() -> Vec<Self> {
        #[allow(unused_mut)] // other architectures have the baseline alone
        let mut sets = vec![Self::BASELINE];
        #[cfg(target_arch = "x86_64")]
        {
            if has_avx2() {
                sets.push(Self(Level::Avx2));
            }
            if has_avx2() && has_avx512() {
                sets.push(Self(Level::Avx512));
            }
        }
        sets
    }

    /// The best set that this processor has.
    #[must_use]
    pub fn best() -> Self {
        Self::available().last().copied().unwrap_or(Self::BASELINE)
    }

    /// The set of this name: `baseline`, `avx2`, `avx512`.
    ///
    /// # Errors
    /// A name that is no set of this processor; the message lists those that are.
    pub fn named(name: &str) -> Result<Self, UnknownSet> {
        let sets = Self::available();
        let known = || sets.iter().map(Self::to_string).collect::<Vec<_>>();
        let found = sets.iter().find(|s| s.to_string() == name);
        found.copied().ok_or_else(|| UnknownSet {
            name: name.to_owned(),
            known: known().join(", "),
        })
    }

    pub(crate) fn level(self) -> Level {
        self.0
    }
}

impl fmt::Display for InstructionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Level::Baseline => "baseline",
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => "avx512",
        })
    }
}

// Each checks exactly the features that `multiversion` compiles with.

#[cfg(target_arch = "x86_64")]
fn has_avx2() -> bool {
    is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("lzcnt")
        && is_x86_feature_detected!("popcnt")
}

#[cfg(target_arch = "x86_64")]
fn has_avx512() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl")
}

/// Compiles a loop once per instruction set and calls the one that `set` stands for.
///
/// The body must be an `#[inline(always)]` function, so that it is compiled with the
/// features of its caller.
macro_rules! multiversion {
    ($(#[$attribute:meta])* $visibility:vis fn $name:ident $(<$kind:ident: $bound:path>)?
     ($($argument:ident: $type:ty),* $(,)?) $(-> $result:ty)? = $body:path;) => {
        $(#[$attribute])*
        #[allow(unsafe_code)]
        $visibility fn $name $(<$kind: $bound>)? (
            set: $crate::kernel::InstructionSet, $($argument: $type),*
        ) $(-> $result)? {
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
            fn avx2 $(<$kind: $bound>)? ($($argument: $type),*) $(-> $result)? {
                $body($($argument),*)
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,bmi1,bmi2,lzcnt,popcnt")]
            fn avx512 $(<$kind: $bound>)? ($($argument: $type),*) $(-> $result)? {
                $body($($argument),*)
            }
            match set.level() {
                $crate::kernel::instruction_set::Level::Baseline => $body($($argument),*),
                // SAFETY: an `InstructionSet` of this level exists only where the
                // processor has the features.
                #[cfg(target_arch = "x86_64")]
                $crate::kernel::instruction_set::Level::Avx2 => unsafe { avx2($($argument),*) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                $crate::kernel::instruction_set::Level::Avx512 => unsafe { avx512($($argument),*) },
            }
        }
    };
}
pub(crate) use multiversion;
