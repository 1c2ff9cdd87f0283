//! The host: every task is a thread, and exactly one of them runs.
//!
//! It is cooperative: a task runs until it calls the kernel. Time is virtual: it stands still while tasks run and jumps
//! to the next alarm when all of them wait, so a run is the same every time. Interrupts are calls of
//! [`interrupt`]: the handler runs on the caller's thread, at once or when the mask is opened.
//!
//! The thread that called [`Port::idle`] is the idle loop. [`Port::idle`] returns when nothing is left to do, and with
//! it the panic of a task, if there was one.
#![expect(unsafe_code, reason = "calls the kernel by name, as the assembly of other ports does")]

mod baton;
mod clock;
mod interrupts;
mod mask;
#[cfg(test)]
mod tests;

pub use clock::{TICK_HZ, advance, now, set_alarm};
pub use interrupts::{bind, bind_unmasked, disable, enable, in_unmasked_handler, interrupt, is_enabled, pend};

use crate::port::{Port, Run};
use bluekernel_abi::inspect::SavedLayout;
use core::sync::atomic::{AtomicBool, Ordering};

/// The host port.
pub struct Host;

unsafe extern "C" {
    fn __bk_select(saved: *mut u8) -> *mut u8;
    fn __bk_yield(saved: *mut u8) -> *mut u8;
    fn __bk_alarm();
}

/// A switch was asked for and has not happened yet. Under the mask.
static SWITCH_REQUESTED: AtomicBool = AtomicBool::new(false);

// SAFETY: the mask is a lock with an owner, so between `mask` and `unmask` no other thread is in kernel code, and its
// acquire/release pair publishes what was written.
unsafe impl Port for Host {
    /// Whether this thread did not hold the lock before.
    type Mask = bool;
    const OPEN: bool = true;

    fn mask() -> bool {
        mask::close()
    }

    unsafe fn unmask(previous: bool) {
        if previous {
            interrupts::run_pending();
            switch_if_requested();
            mask::open();
        }
    }

    fn was_open(previous: bool) -> bool {
        previous
    }

    fn mask_all() -> bool {
        mask::close_for_all()
    }

    unsafe fn unmask_all() {
        let was_open = mask::open_for_all();
        interrupts::run_unmasked();
        // SAFETY: the state of the mask before it was closed for everything.
        unsafe { Self::unmask(was_open) };
    }

    fn request_switch() {
        SWITCH_REQUESTED.store(true, Ordering::Relaxed);
    }

    fn settle() {}

    fn let_handlers_in() {
        interrupts::run_pending();
    }

    fn may_switch() -> bool {
        !mask::is_mine() && Self::in_task()
    }

    fn yield_task() {
        let Some(me) = baton::my_slot() else { return };
        Self::mask();
        // What is pending comes first, with the switch that it asks for.
        interrupts::run_pending();
        switch_if_requested();
        // SAFETY: the kernel defines it; the mask is closed.
        switch_to(me, unsafe { __bk_yield(baton::handle(me)) });
        mask::open();
    }

    fn in_task() -> bool {
        baton::my_slot().is_some_and(|slot| slot != baton::IDLE) && !interrupts::in_handler()
    }

    unsafe fn prepare(_stack: *mut u8, _bytes: usize, run: Run, argument: *const ()) -> *mut u8 {
        baton::spawn(run, argument)
    }

    fn call(task: impl FnOnce()) {
        baton::call(task);
    }

    const SAVED_LAYOUT: SavedLayout = SavedLayout::Host;

    const MIN_STACK: usize = 128;

    fn init() {
        baton::become_idle();
    }

    unsafe fn idle() {
        loop {
            // A requested switch happens when the mask opens, and comes back here when nothing is ready.
            Self::mask();
            // SAFETY: closed by this call or, the first time, by the caller.
            unsafe { Self::unmask(true) };
            baton::resume_panic();
            if !clock::jump_to_alarm() {
                return;
            }
            // SAFETY: the kernel defines it, and here no handler is active and the mask is open.
            interrupt(|| unsafe { __bk_alarm() });
        }
    }
}

/// Carries a requested switch out. Under the mask, which is open for others while this thread waits for its turn.
fn switch_if_requested() {
    let Some(me) = baton::my_slot() else { return };
    if interrupts::in_handler() || std::thread::panicking() {
        return;
    }
    if SWITCH_REQUESTED.swap(false, Ordering::Relaxed) {
        // SAFETY: the kernel defines it; the mask is closed.
        switch_to(me, unsafe { __bk_select(baton::handle(me)) });
    }
}

/// Gives the turn to the thread of the handle `next`: what `baton::spawn` made, or null. Comes back when it is the turn of
/// this one, which is `me`. Under the mask, which is open meanwhile.
fn switch_to(me: usize, next: *mut u8) {
    let next = baton::slot_of(next);
    if next != me {
        mask::open();
        baton::pass(me, next);
        mask::close();
    }
}

/// Virtual processor cycles, modulo 2^32: the virtual time in ticks.
#[must_use]
pub fn cycle_counter() -> u32 {
    now() as u32
}

/// Nothing to enable.
pub fn enable_cycle_counter() {}
