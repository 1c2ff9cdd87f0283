//! From reset to the first task, and the choice of the next one.
#![expect(unsafe_code, reason = "defines what the port calls by name; gives the start-up stack up")]

#[cfg(feature = "cpu-time")]
use crate::cpu_time;
use crate::kernel::{KERNEL, Leave, end_wait, work};
use crate::lock::{self, Locked};
#[cfg(feature = "round-robin")]
use crate::slice;
use crate::table::{Tasks, definitions};
use crate::{clock, trace};
use bluekernel_arch::{Current, Port};
use bluekernel_core::{Table, TaskId};

/// Runs `main`, then the tasks. Use it once: what `#[bluekernel::main]` makes does.
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
        clock::reset();
        #[cfg(any(feature = "trace", feature = "trace-flight"))]
        clock::start_cycles();
        trace::init(locked, u64::from(clock::core_hz()));
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
/// fall due meanwhile interrupt it, and the tasks they wake may run. On a target, computing takes time by itself. In a
/// task; does not block.
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
    #[cfg(feature = "cpu-time")]
    {
        cpu_time::charge(locked);
        Current::let_handlers_in();
    }
    if let Some(previous) = scheduler.current() {
        table.task(previous).set_saved(saved);
        #[cfg(feature = "round-robin")]
        {
            slice::stop(locked, previous);
            Current::let_handlers_in();
        }
    }
    while scheduler.has_work() {
        Current::let_handlers_in();
        work(locked);
        Current::let_handlers_in();
    }
    match scheduler.select(table) {
        Some(task) => {
            trace::select(locked, scheduler.current_number());
            #[cfg(feature = "round-robin")]
            begin_slice(locked);
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
    // There is one: a task asked. If this returned instead, it would need a frame, which costs six cycles on Cortex-M3.
    let Some(id) = scheduler.current() else { panic!("only a task can yield") };
    table.task(id).set_saved(saved);
    #[cfg(feature = "cpu-time")]
    cpu_time::charge(locked);
    // Read before the trace is told: so nothing else is needed behind it.
    let saved = scheduler.yield_and_select(table, id).saved();
    if scheduler.current() != Some(id) {
        trace::switch_in(locked, scheduler.current_number());
    }
    #[cfg(feature = "round-robin")]
    {
        slice::stop(locked, id);
        begin_slice(locked);
    }
    saved
}

/// The running task is another one, perhaps.
#[cfg(feature = "round-robin")]
fn begin_slice(locked: Locked<'_>) {
    if let Some(id) = KERNEL.get(locked).scheduler.current() {
        slice::begin(locked, id);
    }
}

/// The time driver's alarm: ends the waits that are due and sets the next alarm, a piece at a time under a lock of its own.
#[unsafe(no_mangle)]
extern "C" fn __bk_alarm() {
    let now = lock::with(clock::now);
    #[cfg(feature = "round-robin")]
    lock::with(|locked| slice::expire(locked, now));
    while let Some((id, leave)) = lock::with(|locked| expire(locked, now)) {
        match leave {
            Some(leave) => leave(id),
            None => lock::with(|locked| end_wait(locked, id)),
        }
    }
    lock::with(clock::arm_next);
}

/// A task whose time is over at `now`, and how its wait ends if that may be one in a list.
fn expire(locked: Locked<'_>, now: u64) -> Option<(TaskId, Option<Leave>)> {
    let kernel = KERNEL.get(locked);
    kernel.scheduler.expire(Tasks(locked), now).map(|id| (id, kernel.leave.get()))
}

/// What the alarm's interrupt handler does. Called by what `time_driver!` makes.
#[doc(hidden)]
#[cfg(target_os = "none")]
pub fn __alarm_interrupt(driver: &impl bluekernel_arch::time::TimeDriver, exception: u16) {
    crate::interrupt::enter(exception);
    driver.acknowledge();
    __bk_alarm();
    crate::interrupt::exit();
}
