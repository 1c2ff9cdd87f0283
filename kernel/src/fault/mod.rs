//! What the firmware says when it dies: of a fault (feature `fault`) or of a panic (feature `panic`).
//!
//! Both features are on by default. The text goes to RTT channel 0 and, if a board has one, to its console
//! ([`set_console`]); then the core stops at a breakpoint, so that a debugger or the simulator has it as it was, or resets
//! ([`set_action`]). No formatting machinery is used: nothing here can fail again, and it is small.
//!
//! ```text
//! fault ──▶ entry ──▶ report ─┐        ┌─▶ kept (feature `keep-report`): for the run behind the reset
//!                             ├▶ say ──┼─▶ RTT channel 0
//! panic!() ─────────▶ panic ──┘        └─▶ the board's console
//! ```
//!
//! Who wants something else leaves the features out and defines the handlers: the panic handler as any `no_std`
//! program, the faults by `cortex-m-rt`'s names (`HardFault`, `MemoryManagement`, `BusFault`, `UsageFault`), or on RISC-V
//! by `Exception`.
#![cfg_attr(
    all(any(feature = "fault", feature = "panic"), target_os = "none"),
    expect(unsafe_code, reason = "the hook is kept as an address; masks interrupts for good")
)]

mod action;
#[cfg(all(feature = "fault", target_arch = "arm", target_os = "none"))]
mod entry;
#[cfg(feature = "keep-report")]
mod kept;
#[cfg(any(test, all(any(feature = "fault", feature = "panic"), target_os = "none")))]
mod origin;
#[cfg(all(feature = "panic", target_os = "none"))]
mod panic;
#[cfg(any(test, all(feature = "fault", target_arch = "arm", target_os = "none")))]
mod report;
#[cfg(all(feature = "fault", any(target_arch = "riscv32", target_arch = "riscv64"), target_os = "none"))]
mod riscv;
#[cfg(any(test, all(feature = "fault", any(target_arch = "riscv32", target_arch = "riscv64"), target_os = "none")))]
mod riscv_report;

pub use action::{Action, set_action};
#[cfg(feature = "keep-report")]
pub use kept::{Record, last, take};

use core::sync::atomic::{AtomicPtr, Ordering};

/// Last words: what hands them, piece by piece, to where they go.
#[cfg(any(all(test, feature = "keep-report"), all(any(feature = "fault", feature = "panic"), target_os = "none")))]
type Words<'a> = dyn Fn(&mut dyn FnMut(&[u8])) + 'a;

/// The board's console, or null.
static CONSOLE: AtomicPtr<()> = AtomicPtr::new(core::ptr::null_mut());

/// Names the function by which the last words also reach the board's console, such as a serial line.
///
/// It is called with interrupts masked, perhaps in a fault handler and in the middle of anything: it must poll, and use
/// neither the kernel nor a lock. From any context; does not block; the last call counts.
pub fn set_console(write: fn(&[u8])) {
    CONSOLE.store(write as *mut (), Ordering::Release);
}

/// Keeps the last words, which `tell` writes piece by piece, then hands them to RTT and to the board's console: one whole
/// text after the other, since a host may show both on one screen. Interrupts are masked for good.
///
/// Not inlined, and `tell` is a pointer: else there would be a copy of each report for each place that it goes to.
#[cfg(all(any(feature = "fault", feature = "panic"), target_os = "none"))]
#[inline(never)]
fn say(tell: &Words<'_>) {
    #[cfg(feature = "keep-report")]
    // SAFETY: as the callers see to.
    unsafe {
        kept::keep(tell);
    }
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
