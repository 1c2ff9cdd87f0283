//! The interrupt controller: enable, pend and prioritise external interrupts (Armv7-M ARM, B3.4).
//!
//! None of this can break memory safety: handlers are bound statically, and the kernel's mask covers all of them, but those
//! that promise not to call the kernel (feature `zero-latency`).

/// The most external interrupts that the architecture knows (Armv6-M ARM, B3.4: one word).
pub(super) const INTERRUPTS: u16 = if cfg!(armv6m) { 32 } else { 496 };

const ISER: *mut u32 = 0xe000_e100 as *mut u32;
const ICER: *mut u32 = 0xe000_e180 as *mut u32;
const ISPR: *mut u32 = 0xe000_e200 as *mut u32;
pub(super) const IPR: *mut u8 = 0xe000_e400 as *mut u8;

/// Writes interrupt `number`'s bit into the bank at `bank`. A number that no controller has is ignored.
#[inline(always)]
fn set_bit(bank: *mut u32, number: u16) {
    if number < INTERRUPTS {
        // SAFETY: inside the bank. Writing 0 bits changes nothing in these registers.
        unsafe { bank.add(usize::from(number / 32)).write_volatile(1 << (number % 32)) };
    }
}

/// Enables external interrupt `number`.
#[inline(always)]
pub fn enable(number: u16) {
    set_bit(ISER, number);
}

/// Disables external interrupt `number`. When this returns, its handler does not start any more.
#[inline(always)]
pub fn disable(number: u16) {
    set_bit(ICER, number);
    // SAFETY: barriers, so that the write is complete.
    unsafe { core::arch::asm!("dsb", "isb", options(nostack, preserves_flags)) };
}

/// Whether external interrupt `number` is enabled.
#[must_use]
pub fn is_enabled(number: u16) -> bool {
    // SAFETY: inside the bank, and reading has no side effect.
    number < INTERRUPTS && unsafe { ISER.add(usize::from(number / 32)).read_volatile() } & (1 << (number % 32)) != 0
}

/// Makes external interrupt `number` pending, as if its source had asked.
#[inline(always)]
pub fn pend(number: u16) {
    set_bit(ISPR, number);
}

/// Sets the hardware priority of external interrupt `number`: 0 is the most important, and only as many of the upper
/// bits exist as the chip implements. With the feature `zero-latency` it stays on its side of the mask: the nearest
/// priority there counts.
pub fn set_priority(number: u16, priority: u8) {
    if number < INTERRUPTS {
        #[cfg(basepri)]
        // SAFETY: inside the bank, and reading has no side effect.
        let priority = super::mask::on_its_side(unsafe { IPR.add(usize::from(number)).read_volatile() }, priority);
        #[cfg(not(armv6m))]
        // SAFETY: inside the bank of byte-accessible priority registers.
        unsafe {
            IPR.add(usize::from(number)).write_volatile(priority);
        }
        #[cfg(armv6m)]
        set_priority_in_word(number, priority);
    }
}

/// The registers of Armv6-M take whole words only (Armv6-M ARM, B3.4.7), and the word is others' too: so the mask.
#[cfg(armv6m)]
fn set_priority_in_word(number: u16, priority: u8) {
    use super::CortexM;
    use crate::port::Port;
    let (word, shift) = (usize::from(number / 4), number % 4 * 8);
    let previous = CortexM::mask();
    // SAFETY: inside the bank. Nothing panics until the mask is as it was.
    unsafe {
        let register = IPR.cast::<u32>().add(word);
        register.write_volatile(register.read_volatile() & !(0xff << shift) | u32::from(priority) << shift);
        CortexM::unmask(previous);
    }
}
