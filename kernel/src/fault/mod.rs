//! What the firmware says when it dies: of a fault (feature `fault`) or of a panic (feature `panic`).
//!
//! Both features are on by default. The text goes to RTT channel 0 and, if a board has one, to its console
//! ([`set_console`]); then the core stops at a breakpoint, so that a debugger or the simulator has it as it was. No
//! formatting machinery is used: nothing here can fail again, and it is small.
//!
//! Who wants something else leaves the features out and defines the handlers: the panic handler as any `no_std`
//! program, the faults by `cortex-m-rt`'s names (`HardFault`, `MemoryManagement`, `BusFault`, `UsageFault`), or on RISC-V
//! by `Exception`.
#![cfg_attr(
    all(any(feature = "fault", feature = "panic"), target_os = "none"),
    expect(unsafe_code, reason = "the hook is kept as an address; masks interrupts for good")
)]

#[cfg(all(feature = "fault", target_arch = "arm", target_os = "none"))]
mod entry;
#[cfg(all(feature = "panic", target_os = "none"))]
mod panic;
#[cfg(any(test, all(feature = "fault", target_arch = "arm", target_os = "none")))]
mod report;
#[cfg(all(feature = "fault", any(target_arch = "riscv32", target_arch = "riscv64"), target_os = "none"))]
mod riscv;
#[cfg(any(test, all(feature = "fault", any(target_arch = "riscv32", target_arch = "riscv64"), target_os = "none")))]
mod riscv_report;

use core::sync::atomic::{AtomicPtr, Ordering};

/// The board's console, or null.
static CONSOLE: AtomicPtr<()> = AtomicPtr::new(core::ptr::null_mut());

/// Names the function by which the last words also reach the board's console, such as a serial line.
///
/// It is called with interrupts masked, perhaps in a fault handler and in the middle of anything: it must poll, and use
/// neither the kernel nor a lock. From any context; the last call counts.
pub fn set_console(write: fn(&[u8])) {
    CONSOLE.store(write as *mut (), Ordering::Release);
}

/// Hands the last words, which `tell` writes piece by piece, to RTT and then to the board's console: one whole text after
/// the other, since a host may show both on one screen.
#[cfg(all(any(feature = "fault", feature = "panic"), target_os = "none"))]
fn say(tell: impl Fn(&mut dyn FnMut(&[u8]))) {
    tell(&mut |text| {
        // An attached host reads on while we wait; if there is none, the text is lost and nothing else goes wrong.
        let mut patience = 100_000;
        while !crate::rtt::has_room(text.len()) && patience > 0 {
            patience -= 1;
        }
        crate::rtt::write(text);
    });
    let console = CONSOLE.load(Ordering::Acquire);
    if !console.is_null() {
        // SAFETY: `set_console` is the only writer, and stored a function of this very type.
        let console: fn(&[u8]) = unsafe { core::mem::transmute::<*mut (), fn(&[u8])>(console) };
        tell(&mut |text| console(text));
    }
}

/// Whether last words were spoken already: the second time is a consequence of the first.
#[cfg(all(any(feature = "fault", feature = "panic"), target_os = "none"))]
fn first_time() -> bool {
    use core::sync::atomic::AtomicBool;
    static DEAD: AtomicBool = AtomicBool::new(false);
    // Plain load and store: interrupts are masked, and Armv6-M has no swap.
    let first = !DEAD.load(Ordering::Relaxed);
    DEAD.store(true, Ordering::Relaxed);
    first
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

/// Stops for good, where a debugger or the simulator sees it.
#[cfg(all(any(feature = "fault", feature = "panic"), target_arch = "arm", target_os = "none"))]
fn stop() -> ! {
    loop {
        // SAFETY: a breakpoint; without a debugger it is a HardFault, and inside a fault handler the core locks up.
        unsafe { core::arch::asm!("bkpt 0", options(nomem, nostack, preserves_flags)) };
    }
}
