//! From reset to the first task, and the choice of the next one.
#![expect(unsafe_code, reason = "defines what the port calls by name; gives the start-up stack up")]

use crate::kernel::{KERNEL, act, resume, settle_priority};
use crate::lock::{self, Locked};
use crate::table::{Tasks, definitions};
use crate::{clock, trace};
use bluekernel_arch::{Current, Port};
use bluekernel_core::{Decision, Table};

/// Runs `main`, then the tasks. Called by what `#[bluekernel::main]` makes.
///
/// On a target it does not return. On the host it does when nothing can ever happen again: every task has returned or
/// waits for ever.
///
/// # Panics
/// On the host, with the panic of a task.
pub fn start(main: fn()) {
    lock::with(|locked| {
        KERNEL.get(locked).armed.set(u64::MAX);
        Current::init();
        #[cfg(feature = "trace")]
        bluekernel_arch::enable_cycle_counter();
        trace::init(locked, u64::from(clock::core_hz()));
        clock::reset();
        for definition in definitions() {
            definition.start(locked);
        }
    });
    main();
    // Closed, and opened by `idle`: a switch must not interrupt this function, but only the idle loop.
    let _ = Current::mask();
    // Not before `main`, which may have changed the frequency of what drives the clock.
    clock::start();
    // There may be no task at all: then this one switches to nothing, and the trace shows the processor idle.
    Current::request_switch();
    // SAFETY: on a target nothing after this line is reached, and `main`'s frame is gone.
    unsafe { Current::idle() }
}

/// The calling task computes for `duration` of the host's virtual time, which stands still otherwise. Time-outs that
/// fall due meanwhile interrupt it, and the tasks they wake may run. On a target, computing takes time by itself.
#[cfg(not(target_os = "none"))]
pub fn compute(duration: crate::Duration) {
    bluekernel_arch::host::advance(clock::ticks_at(duration.as_micros()));
}

/// Keeps where the registers of the task that ran are, and says where those of the next one are; null to idle.
#[unsafe(no_mangle)]
extern "C" fn __bk_select(saved: *mut u8) -> *mut u8 {
    // SAFETY: the port calls this with the mask closed.
    let locked = unsafe { Locked::assume() };
    let scheduler = &KERNEL.get(locked).scheduler;
    let table = Tasks(locked);
    let previous = scheduler.current();
    if let Some(previous) = previous {
        table.task(previous).set_saved(saved);
    }
    while scheduler.is_stale() {
        settle_priority(locked);
        // Nothing of the kernel's is held here.
        Current::let_handlers_in();
    }
    match scheduler.select(table) {
        Some(task) => {
            trace::select(locked, scheduler.current_number());
            task.saved()
        }
        None => {
            trace::idle(locked);
            core::ptr::null_mut()
        }
    }
}

/// As [`__bk_select`] on behalf of the running task, which yields.
#[unsafe(no_mangle)]
extern "C" fn __bk_yield(saved: *mut u8) -> *mut u8 {
    // SAFETY: the port calls this with the mask closed.
    let locked = unsafe { Locked::assume() };
    let scheduler = &KERNEL.get(locked).scheduler;
    let table = Tasks(locked);
    // There is one: a task asked.
    let Some(id) = scheduler.current() else { return saved };
    table.task(id).set_saved(saved);
    let next = scheduler.yield_and_select(table, id);
    trace::select(locked, scheduler.current_number());
    next.saved()
}

/// The time driver's alarm: ends the waits that are due, each under a lock of its own, and sets the next alarm.
#[unsafe(no_mangle)]
extern "C" fn __bk_alarm() {
    while !lock::with(end_wait) {}
}

/// Ends a wait that is due, or works out a priority that the last one may have made wrong. Returns whether there was
/// nothing to do.
fn end_wait(locked: Locked<'_>) -> bool {
    let kernel = KERNEL.get(locked);
    if kernel.scheduler.is_stale() {
        settle_priority(locked);
        act(locked, Decision::Switch);
    } else {
        let Some(id) = kernel.scheduler.expire(Tasks(locked), clock::now(locked)) else {
            clock::arm_next(locked);
            return true;
        };
        if let Some(leave) = kernel.leave.get() {
            leave(locked, id);
        }
        resume(locked, id);
    }
    false
}

/// What the alarm's interrupt handler does. Called by what `time_driver!` makes.
#[doc(hidden)]
#[cfg(target_os = "none")]
pub fn __alarm_interrupt(driver: &impl bluekernel_arch::time::TimeDriver, exception: u16) {
    trace::isr_enter(exception);
    driver.acknowledge();
    __bk_alarm();
    trace::isr_exit();
}
