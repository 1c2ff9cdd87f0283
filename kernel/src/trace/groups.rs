//! Which groups of events are in the image. A hook of one that is not is nothing.

use bluekernel_abi::wire::group::{ALL, CALLS, INTERRUPTS, JOBS, MEMORY, OBJECTS, POLLS, TIMERS, USER};

/// `group`, if the feature that leaves it out is on.
macro_rules! left_out {
    ($feature:literal, $group:ident) => {
        if cfg!(feature = $feature) { $group } else { 0 }
    };
}

/// Those that are.
pub(super) const COMPILED: u32 = ALL
    & !(left_out!("trace-no-interrupts", INTERRUPTS)
        | left_out!("trace-no-objects", OBJECTS)
        | left_out!("trace-no-timers", TIMERS)
        | left_out!("trace-no-marks", USER)
        | left_out!("trace-no-jobs", JOBS)
        | left_out!("trace-no-memory", MEMORY)
        | if cfg!(feature = "trace-polls") { 0 } else { POLLS }
        | if cfg!(feature = "trace-calls") { 0 } else { CALLS });

/// Whether `group` is.
pub(super) const fn tells(group: u32) -> bool {
    COMPILED & group != 0
}
