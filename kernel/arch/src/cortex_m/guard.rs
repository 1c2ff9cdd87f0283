//! The stack guard (feature `stack-guard`): a region of the MPU without access at the low end of the running task's stack.
//! The switch moves it ([`switch`](super::switch)); a task that reaches it dies of a fault.
//!
//! It is as small as a region can be, 32 bytes. A function with a larger frame may leap over it without touching it. What the
//! hardware and the switch save from there on downwards is longer than the guard, so the stack goes on below it for that.
//! The unit is the kernel's alone: its last region is the guard, and the others let everything through, as without it.

/// The size of the guard, the smallest that a region may have (Armv7-M ARM, B3.5.9).
pub(super) const BYTES: usize = 32;
/// What may be written below the guard by a save that begins in it: the hardware's frame of 8 words and one of padding, or
/// the switch's of 10; with floating-point registers 26 words and one, or 10 and then 16.
pub(super) const ROOM: usize = if cfg!(target_abi = "eabihf") { 112 } else { 48 };

/// The guard of a stack whose lowest address is `stack`.
#[must_use]
pub(super) const fn of(stack: usize) -> usize {
    (stack + ROOM).next_multiple_of(BYTES)
}

/// The end of that guard.
#[must_use]
pub const fn end(stack: usize) -> usize {
    of(stack) + BYTES
}

/// MPU_TYPE (Armv7-M ARM, B3.5.5): how many regions there are, in bits 8 to 15.
const TYPE: *const u32 = 0xe000_ed90 as *const u32;
/// MPU_CTRL (B3.5.6).
const CTRL: *mut u32 = 0xe000_ed94 as *mut u32;
/// MPU_RNR (B3.5.7): the region that the two registers behind it are of.
const RNR: *mut u32 = 0xe000_ed98 as *mut u32;
/// MPU_RBAR (B3.5.8): its address.
const RBAR: *mut u32 = 0xe000_ed9c as *mut u32;
/// MPU_RASR (B3.5.9): its size and permissions.
const RASR: *mut u32 = 0xe000_eda0 as *mut u32;

/// CTRL: on, and the default map for what is in no region. Off in HardFault and NMI, so that a fault can be told.
const ON_WITH_DEFAULT: u32 = 1 << 2 | 1 << 0;
/// RASR: 2^(4 + 1) bytes, no access whatever (AP = 0), nothing to execute, on.
const NO_ACCESS: u32 = 1 << 28 | 4 << 1 | 1 << 0;
/// Where there is no task yet: memory that is the processor's own.
const NOWHERE: u32 = 0xffff_ffe0;

/// Switches the unit on, if there is one. Without one nothing is guarded: its registers take nothing then.
pub(super) fn init() {
    // SAFETY: the unit is the kernel's, and nobody's memory is forbidden by this.
    unsafe {
        let regions = TYPE.read_volatile() >> 8 & 0xff;
        if regions == 0 {
            return;
        }
        RNR.write_volatile(regions - 1);
        RBAR.write_volatile(NOWHERE);
        RASR.write_volatile(NO_ACCESS);
        CTRL.write_volatile(ON_WITH_DEFAULT);
        core::arch::asm!("dsb", "isb", options(nostack, preserves_flags));
    }
}

/// Whether `address` is in the guard. From any context.
#[must_use]
pub fn has(address: usize) -> bool {
    // SAFETY: the selected region is the guard, and reading has no side effect.
    let base = unsafe { RBAR.read_volatile() } as usize & !(BYTES - 1);
    address.wrapping_sub(base) < BYTES
}
