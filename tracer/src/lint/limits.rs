//! From where on something is worth a word.

/// The thresholds of the lints. Times are microseconds, so that they mean the same on every board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long a task may wait for a lock that a less important one has, if nobody between them runs meanwhile. What a
    /// priority-inheritance mutex costs is shorter: one critical section. Default: 5 ms.
    pub bounded_inversion_us: u64,
    /// How long a task may be ready while others run. Default: 100 ms, what a person begins to notice.
    pub starvation_us: u64,
    /// How late a job may be done: what comes this much behind its deadline is no miss yet. Default: 0.
    pub deadline_late_us: u64,
    /// The stretch of time in which an interrupt's share of the processor is measured. Default: 10 ms.
    pub storm_window_us: u64,
    /// How much of that stretch an interrupt's handler may take, in percent. Default: 50.
    pub storm_percent: u64,
    /// How short a run behind a wake-up is one for nothing, if the task then waits for the same condition again. Default:
    /// 50 us.
    pub idle_wake_us: u64,
    /// How many of them in a row are worth a word. Default: 10.
    pub idle_wakes: u64,
    /// How few free bytes of a stack are few. Default: 104, one more exception frame with floating-point registers
    /// (Armv7-M Architecture Reference Manual, B1.5.7).
    pub stack_free_bytes: u32,
    /// How long interrupts may be masked, where one has to wait for it. Default: 86 us. After 87 the next byte of a serial
    /// line at 115,200 baud is there (ten bits), and a receiver that holds one has lost the first.
    pub long_mask_us: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bounded_inversion_us: 5_000,
            starvation_us: 100_000,
            deadline_late_us: 0,
            storm_window_us: 10_000,
            storm_percent: 50,
            idle_wake_us: 50,
            idle_wakes: 10,
            stack_free_bytes: 104,
            long_mask_us: 86,
        }
    }
}
