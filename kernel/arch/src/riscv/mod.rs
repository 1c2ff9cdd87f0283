//! RISC-V in machine mode: one switch routine for RV32 and RV64, with and without floating-point registers.
//!
//! * Tasks run on their own stacks. Handlers, start-up code and the idle loop use the main stack. `mscratch` says which:
//!   where a handler's stack begins while a task executes, else 0.
//! * A switch is a function call ([`switch`]): it keeps what a called function must keep. A task that yields calls it; so
//!   does a task that opens the mask behind a request; and so does a trap on its way out, behind the registers that it
//!   has saved for the interrupted task anyway ([`trap`]).
//! * A requested switch is a flag that these two look at: `tp` is 1. Compilers leave that register alone where there is
//!   no thread-local storage, and a bare-metal program of Rust has none. So a request is one instruction, opening the mask
//!   two. The machine software interrupt would spare the second of those, but a switch would begin and end with a trap,
//!   which must save all registers, where a call need not: some 50 instructions more each time.
//! * Between opening the mask and looking at the flag an interrupt may come: then that trap's exit has switched, and
//!   the flag is down when the task goes on. The flag belongs to the processor, not to the task, so it is never saved.
//! * Handlers run with the mask open ([`nesting`]). The PLIC's threshold is the priority of the one that runs, so the more
//!   important ones interrupt it, and it does not interrupt itself. The time driver's alarm is the least important of all.
//! * There is no idle task. "Nothing ready" empties the main stack and waits for an interrupt; the one that wakes a task
//!   leaves nothing behind of the idle loop.
//! * The physical memory protection can guard the running task's stack, if asked for (feature `stack-guard`).
//! * The mask is mstatus.MIE. No instruction of the A extension is needed.
//!
//! "Priv" is the RISC-V privileged architecture, version 20211203.
#![expect(unsafe_code, reason = "instructions and registers of the processor")]

mod cycles;
mod frame;
#[cfg(guarded)]
pub mod guard;
mod interrupts;
mod nesting;
mod start;
mod switch;
mod trap;

pub use cycles::{cycle_counter, enable_cycle_counter};
pub(crate) use interrupts::enable_timer;
pub use interrupts::{Controller, Handler, Sources, disable, enable, is_enabled, pend, set_priority};

use crate::port::{Port, Run};
use bluekernel_abi::inspect::SavedLayout;
use core::arch::asm;

/// The RISC-V port.
pub struct RiscV;

/// mstatus.MIE (Priv 3.1.6.1).
const MIE: usize = 1 << 3;

// SAFETY: mstatus.MIE stops every interrupt of machine mode, and there is one hart that runs. A switch is a call made with
// the mask closed. The asm blocks that touch the mask are compiler barriers, since they do not claim `nomem`.
unsafe impl Port for RiscV {
    /// mstatus as it was. It can be set again bit by bit: while the mask is closed no bit is taken out of it.
    type Mask = usize;
    const OPEN: usize = MIE;

    #[inline(always)]
    fn mask() -> usize {
        let previous: usize;
        // SAFETY: closing the mask has no effect on memory safety.
        unsafe { asm!("csrrci {}, mstatus, 8", out(reg) previous, options(nostack)) };
        previous
    }

    #[inline(always)]
    unsafe fn unmask(previous: usize) {
        // SAFETY: by contract this restores what `mask` found.
        unsafe {
            asm!(
                "csrs mstatus, {}",
                "bnez tp, {}",
                in(reg) previous,
                label { switch_if_possible(previous) },
                options(nostack),
            );
        }
    }

    #[inline(always)]
    fn was_open(previous: usize) -> bool {
        previous & MIE != 0
    }

    #[inline(always)]
    fn request_switch() {
        // SAFETY: nothing but this port uses the register.
        unsafe { asm!("li tp, 1", options(nostack)) };
    }

    #[inline(always)]
    fn settle() {
        // Opening the mask has done it.
    }

    #[inline(always)]
    fn with_handlers<R>(f: impl FnOnce() -> R) -> R {
        let stack: usize;
        // SAFETY: as of `let_handlers_in`.
        unsafe { asm!("csrrw {}, mscratch, zero", "csrsi mstatus, 8", out(reg) stack, options(nostack)) };
        let result = f();
        // SAFETY: closing the mask has no effect on memory safety, and mscratch is again what it was.
        unsafe { asm!("csrci mstatus, 8", "csrw mscratch, {}", in(reg) stack, options(nostack)) };
        result
    }

    fn let_handlers_in() {
        // They must not take this for a task, and begin where the stack is in use. An interrupt that is pending comes behind
        // the instruction that opens the mask (Priv 3.1.9).
        // SAFETY: the kernel's state is whole here, by the contract of the call, and mscratch is again what it was.
        unsafe {
            asm!(
                "csrrw {0}, mscratch, zero",
                "csrsi mstatus, 8",
                "csrci mstatus, 8",
                "csrw mscratch, {0}",
                out(reg) _,
                options(nostack),
            );
        }
    }

    #[inline(always)]
    fn may_switch() -> bool {
        let status: usize;
        // SAFETY: reads a register. Not `nomem`: it must stay behind what closed or opened the mask.
        unsafe { asm!("csrr {}, mstatus", out(reg) status, options(nostack)) };
        Self::was_open(status) && Self::in_task()
    }

    #[inline(always)]
    fn yield_task() {
        // SAFETY: the caller is a task, with the mask open before and behind this. The routine is a function by the
        // standard's calling convention.
        unsafe {
            asm!(
                "csrci mstatus, 8",
                "call {}",
                "csrsi mstatus, 8",
                sym switch::yield_now,
                clobber_abi("C"),
            );
        }
    }

    #[inline(always)]
    fn in_task() -> bool {
        let stack: usize;
        // SAFETY: reads a register.
        unsafe { asm!("csrr {}, mscratch", out(reg) stack, options(nomem, nostack)) };
        stack != 0
    }

    unsafe fn prepare(stack: *mut u8, bytes: usize, run: Run, argument: *const ()) -> *mut u8 {
        // SAFETY: the caller's contract is the same.
        unsafe { switch::prepare(stack, bytes, run, argument) }
    }

    #[inline(always)]
    fn call(task: impl FnOnce()) {
        task();
    }

    const SAVED_LAYOUT: SavedLayout = frame::SAVED_LAYOUT;

    const MIN_STACK: usize = frame::MIN_STACK;

    fn init() {
        #[cfg(guarded)]
        guard::init();
        interrupts::init();
    }

    unsafe fn idle() {
        // SAFETY: the caller gives up its frames, and a switch was requested.
        unsafe { switch::leave_main_stack() }
    }
}

/// Behind a request, where the mask was opened: in a task it is carried out now. In a handler the trap's exit does it; and
/// where an outer lock is still held, opening that one.
#[inline(always)]
fn switch_if_possible(previous: usize) {
    if RiscV::was_open(previous) {
        switch_in_task();
    }
}

#[cold]
#[inline(never)]
fn switch_in_task() {
    if RiscV::in_task() {
        // SAFETY: a task calls, with the mask open before and behind this. An interrupt may have carried the request out
        // before the mask is closed here: then the routine finds that this task is the one to run.
        unsafe {
            asm!(
                "csrci mstatus, 8",
                "call {}",
                "csrsi mstatus, 8",
                sym switch::switch,
                clobber_abi("C"),
            );
        }
    }
}
