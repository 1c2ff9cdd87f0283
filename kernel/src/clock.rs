//! The board's clock, as the kernel sees it. The board file names the driver, and `time_driver!` binds it.
#![expect(unsafe_code, reason = "the driver is bound by the linker")]

use crate::kernel::KERNEL;
use crate::lock::Locked;
use crate::table::Tasks;
use crate::time::Duration;
use crate::trace;

#[cfg(target_os = "none")]
mod driver {
    unsafe extern "Rust" {
        pub(crate) fn __bk_time_reset();
        pub(crate) fn __bk_time_start();
        pub(crate) fn __bk_time_now() -> u64;
        pub(crate) fn __bk_time_set_alarm(at: u64);
        pub(crate) safe fn __bk_ticks_at(micros: u64) -> u64;
        pub(crate) safe fn __bk_ticks_for(micros: u64) -> u64;
        pub(crate) safe fn __bk_micros_at(ticks: u64) -> u64;
        pub(super) safe static __BK_TIME_HZ: u32;
        pub(super) safe static __BK_CORE_HZ: u32;
    }
}

/// The host's virtual time.
#[cfg(not(target_os = "none"))]
mod driver {
    use bluekernel_arch::host;
    type Scale = bluekernel_arch::time::Scale<{ host::TICK_HZ }>;

    pub(super) static __BK_TIME_HZ: u32 = host::TICK_HZ;
    pub(super) static __BK_CORE_HZ: u32 = host::TICK_HZ;

    pub(super) unsafe fn __bk_time_reset() {}
    pub(super) unsafe fn __bk_time_start() {}
    pub(super) unsafe fn __bk_time_now() -> u64 {
        host::now()
    }
    pub(super) unsafe fn __bk_time_set_alarm(at: u64) {
        host::set_alarm(at);
    }
    pub(crate) fn __bk_ticks_at(micros: u64) -> u64 {
        Scale::ticks_at(micros)
    }
    pub(crate) fn __bk_ticks_for(micros: u64) -> u64 {
        Scale::ticks_for(micros)
    }
    pub(crate) fn __bk_micros_at(ticks: u64) -> u64 {
        Scale::micros_at(ticks)
    }
}

pub(crate) use driver::{__bk_micros_at as micros_at, __bk_ticks_at as ticks_at};

/// Sets the clock to 0, where it stands still. Once, before `main`.
pub(crate) fn reset() {
    // SAFETY: start context, called once.
    unsafe { driver::__bk_time_reset() }
}

/// Starts the clock. Once, behind `main`.
pub(crate) fn start() {
    // SAFETY: start context, called once.
    unsafe { driver::__bk_time_start() }
}

/// Ticks since the start. One copy of the driver's code: it is needed in many places, and none of them is in a hurry.
#[inline(never)]
pub(crate) fn now(_: Locked<'_>) -> u64 {
    // SAFETY: the lock is held.
    unsafe { driver::__bk_time_now() }
}

/// The ticks that `span` lasts at least.
#[inline]
pub(crate) fn ticks_for(span: Duration) -> u64 {
    driver::__bk_ticks_for(span.as_micros())
}

/// Sets the alarm, if there is none that comes before `deadline`.
#[inline]
pub(crate) fn arm(locked: Locked<'_>, deadline: u64) {
    if deadline < KERNEL.get(locked).armed.get() {
        set_alarm(locked, deadline);
    }
}

/// Sets the alarm for the first deadline; the one that was set has run off.
pub(crate) fn arm_next(locked: Locked<'_>) {
    let deadline = KERNEL.get(locked).scheduler.next_deadline(Tasks(locked));
    #[cfg(feature = "round-robin")]
    let deadline = crate::slice::alarm(locked, deadline);
    set_alarm(locked, deadline);
}

#[inline(never)]
fn set_alarm(locked: Locked<'_>, at: u64) {
    KERNEL.get(locked).armed.set(at);
    let at = if cfg!(any(feature = "trace", feature = "trace-flight")) { traced(locked, at) } else { at };
    // SAFETY: the lock is held.
    unsafe { driver::__bk_time_set_alarm(at) };
}

/// Cycles of the trace clock in a second.
#[inline(always)]
pub(crate) fn core_hz() -> u32 {
    driver::__BK_CORE_HZ
}

/// The trace clock: processor cycles, modulo 2^32.
#[cfg(all(any(feature = "trace", feature = "trace-flight"), not(armv6m)))]
#[inline(always)]
pub(crate) fn cycles(_: Locked<'_>) -> u32 {
    bluekernel_arch::cycle_counter()
}

/// The trace clock: processor cycles, modulo 2^32. Nothing counts them on Armv6-M: they are worked out from the ticks of the
/// kernel's clock, so two events in the same tick have the same time.
#[cfg(all(any(feature = "trace", feature = "trace-flight"), armv6m))]
pub(crate) fn cycles(locked: Locked<'_>) -> u32 {
    let (core, time, now) = (core_hz(), driver::__BK_TIME_HZ, now(locked));
    if core.is_multiple_of(time) {
        (now as u32).wrapping_mul(core / time)
    } else {
        // Whole seconds and the rest: no product of two 32-bit numbers overflows.
        let (seconds, rest) = (now / u64::from(time), now % u64::from(time));
        (seconds as u32).wrapping_mul(core).wrapping_add((rest * u64::from(core) / u64::from(time)) as u32)
    }
}

/// Starts the trace clock. Once, before `main`.
#[cfg(any(feature = "trace", feature = "trace-flight"))]
pub(crate) fn start_cycles() {
    #[cfg(not(armv6m))]
    bluekernel_arch::enable_cycle_counter();
}

/// The trace's clock has 32 bits, and an event must come in each half of its turn: the alarm's interrupt is one.
const HALF_A_TURN: u64 = 1 << 31;

/// Tells the trace of the alarm at `at`. Returns it, or an earlier one if the trace needs that.
fn traced(locked: Locked<'_>, at: u64) -> u64 {
    let (core, time) = (u64::from(core_hz()), u64::from(driver::__BK_TIME_HZ));
    let now = now(locked);
    let ticks = at.saturating_sub(now);
    trace::follow(locked);
    if at != u64::MAX {
        // No product of 32-bit numbers overflows; a wait of more than 2^32 ticks is told as that.
        let whole = ticks.min(u64::from(u32::MAX));
        trace::timer_arm(locked, if core == time { whole } else { whole * core / time });
    }
    if cfg!(target_os = "none") { at.min(now + HALF_A_TURN * time / core) } else { at }
}
