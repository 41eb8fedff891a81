//! The floating-point state of a thread.

use std::marker::PhantomData;

/// IEEE 754 arithmetic on this thread while the value lives: nearest rounding, and
/// subnormal numbers are themselves. Other processors than x86-64 are left as they are.
///
/// Values that live at the same time are dropped in the reverse order.
///
/// Libraries that are compiled for speed alone make processors flush subnormal numbers
/// to zero, for every thread that starts afterwards.
#[derive(Debug)]
pub struct FloatEnvironment {
    #[cfg(target_arch = "x86_64")]
    before: u32,
    /// The state belongs to the thread.
    _thread: PhantomData<*const ()>,
}

/// No exceptions trapped, nearest rounding, nothing flushed.
#[cfg(target_arch = "x86_64")]
const IEEE: u32 = 0x1f80;

impl FloatEnvironment {
    /// Sets the thread's state; dropping the value restores what was before.
    #[must_use]
    pub fn ieee() -> Self {
        #[cfg(target_arch = "x86_64")]
        let before = {
            let before = control();
            set_control(IEEE);
            before
        };
        Self {
            #[cfg(target_arch = "x86_64")]
            before,
            _thread: PhantomData,
        }
    }
}

impl Drop for FloatEnvironment {
    fn drop(&mut self) {
        #[cfg(target_arch = "x86_64")]
        set_control(self.before);
    }
}

#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
fn control() -> u32 {
    let mut control = 0;
    // SAFETY: stores the register in a variable of its size. There is no safe way to
    // read it.
    unsafe { std::arch::asm!("stmxcsr [{}]", in(reg) &raw mut control, options(nostack)) };
    control
}

#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
fn set_control(control: u32) {
    // SAFETY: the value is Rust's own default, or what the caller of this library had.
    unsafe { std::arch::asm!("ldmxcsr [{}]", in(reg) &raw const control, options(nostack)) };
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use std::hint::black_box;

    use super::*;

    const FLUSH_TO_ZERO: u32 = 1 << 15;
    const SUBNORMALS_ARE_ZERO: u32 = 1 << 6;

    #[test]
    fn subnormals_are_themselves_while_it_lives() {
        let subnormal = || black_box(black_box(3e-308) / 8.0);
        let before = control();
        set_control(before | FLUSH_TO_ZERO | SUBNORMALS_ARE_ZERO);
        let flushed = subnormal();
        let kept = {
            let _ieee = FloatEnvironment::ieee();
            subnormal()
        };
        let again = subnormal();
        set_control(before);
        assert_eq!((flushed, again), (0.0, 0.0));
        assert!(kept > 0.0);
    }
}
