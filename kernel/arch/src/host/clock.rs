//! Virtual time. It moves in two ways: the idle loop jumps to the next alarm, and a task says that it computes.

use super::{__bk_alarm, interrupts};
use core::sync::atomic::{AtomicU64, Ordering};

/// Ticks of the virtual time in a second.
pub const TICK_HZ: u32 = 1_000_000;

static NOW: AtomicU64 = AtomicU64::new(0);
/// `u64::MAX`: none.
static ALARM: AtomicU64 = AtomicU64::new(u64::MAX);

/// The virtual time in ticks.
#[must_use]
pub fn now() -> u64 {
    NOW.load(Ordering::Relaxed)
}

/// Sets the alarm, in place of the one before; `u64::MAX` means none.
pub fn set_alarm(at: u64) {
    ALARM.store(at, Ordering::Relaxed);
}

/// The processor computes for `ticks`: alarms that fall due meanwhile interrupt, and the switches they cause happen.
///
/// Call it from a task. It returns when the virtual time is `ticks` later, however little of it the task got.
pub fn advance(ticks: u64) {
    let end = now().saturating_add(ticks);
    while now() < end {
        let alarm = ALARM.load(Ordering::Relaxed);
        if alarm > end {
            NOW.store(end, Ordering::Relaxed);
        } else {
            ring(alarm);
            // SAFETY: the kernel defines it.
            interrupts::interrupt(|| unsafe { __bk_alarm() });
        }
    }
}

/// Moves the time to the next alarm and takes the alarm back. `false` if none is set.
pub(super) fn jump_to_alarm() -> bool {
    let alarm = ALARM.load(Ordering::Relaxed);
    if alarm == u64::MAX {
        return false;
    }
    ring(alarm);
    true
}

fn ring(alarm: u64) {
    set_alarm(u64::MAX);
    NOW.store(now().max(alarm), Ordering::Relaxed);
}
