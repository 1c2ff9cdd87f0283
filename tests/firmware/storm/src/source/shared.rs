//! The kernel's own clock, which rings for the storm, too: see the board's module.

use crate::board::{CLOCK, CORE_HZ, TIME_HZ};

/// Its priority is the alarm's.
pub fn prepare(_: u8) {}

/// The next interrupt comes after so many cycles.
pub fn next(cycles: u32) {
    let ticks = u64::from(cycles) * u64::from(TIME_HZ) / u64::from(CORE_HZ);
    CLOCK.ring_after(ticks.max(1));
}

/// No interrupt comes any more.
pub fn stop() {
    CLOCK.ring_after(u64::MAX);
}
