//! What happens behind the last words.

use core::sync::atomic::{AtomicU8, Ordering};

/// What happens behind the last words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Action {
    /// The core stops at a breakpoint, where a debugger or the simulator has it as it was. So it begins.
    Stop = 0,
    /// The chip resets itself, and the firmware starts anew. With the feature `keep-report` it finds the last words. A RISC-V
    /// processor cannot reset its chip: there the firmware starts anew, and peripherals are as they were.
    Reset = 1,
}

static ACTION: AtomicU8 = AtomicU8::new(Action::Stop as u8);

/// Says what happens behind the last words. From any context; does not block; the last call
/// counts. The host does neither.
pub fn set_action(action: Action) {
    ACTION.store(action as u8, Ordering::Relaxed);
}

/// Does it.
#[cfg(all(any(feature = "fault", feature = "panic"), target_os = "none"))]
pub(super) fn act() -> ! {
    if ACTION.load(Ordering::Relaxed) == Action::Reset as u8 {
        reset()
    }
    stop()
}

/// Resets the chip.
#[cfg(all(any(feature = "fault", feature = "panic"), target_arch = "arm", target_os = "none"))]
fn reset() -> ! {
    /// Application Interrupt and Reset Control Register (Armv7-M Architecture Reference Manual, B3.2.6).
    const AIRCR: *mut u32 = 0xe000_ed0c as *mut u32;
    /// VECTKEY, without which a write is ignored.
    const KEY: u32 = 0x05fa << 16;
    const SYSRESETREQ: u32 = 1 << 2;
    // SAFETY: what was written before is written (DSB), then nothing runs any more.
    unsafe {
        core::arch::asm!("dsb", options(nostack, preserves_flags));
        AIRCR.write_volatile(KEY | SYSRESETREQ);
        core::arch::asm!("dsb", options(nostack, preserves_flags));
    }
    // The reset may take a while (B1.5.16).
    loop {
        core::hint::spin_loop();
    }
}

/// Stops for good, where a debugger or the simulator sees it.
#[cfg(all(any(feature = "fault", feature = "panic"), target_arch = "arm", target_os = "none"))]
fn stop() -> ! {
    loop {
        // SAFETY: a breakpoint; without a debugger it is a HardFault, and inside a fault handler the core locks up.
        unsafe { core::arch::asm!("bkpt 0", options(nomem, nostack, preserves_flags)) };
    }
}

/// Starts anew. All that a reset would do to the processor, the first instructions do.
#[cfg(all(
    any(feature = "fault", feature = "panic"),
    any(target_arch = "riscv32", target_arch = "riscv64"),
    target_os = "none"
))]
fn reset() -> ! {
    unsafe extern "C" {
        fn _start() -> !;
    }
    // SAFETY: nothing of this run is used any more, and interrupts are masked.
    unsafe { _start() }
}

/// Stops for good, where a debugger or the simulator sees it. Without a debugger the breakpoint is an exception: the next
/// instructions, which wait for ever, are its handler.
#[cfg(all(
    any(feature = "fault", feature = "panic"),
    any(target_arch = "riscv32", target_arch = "riscv64"),
    target_os = "none"
))]
fn stop() -> ! {
    // SAFETY: interrupts are masked, and nobody goes on behind this.
    unsafe {
        core::arch::asm!(
            "la t0, 1f",
            "csrw mtvec, t0",
            "ebreak",
            ".balign 4",
            "1:",
            "wfi",
            "j 1b",
            options(nostack, noreturn),
        )
    }
}
