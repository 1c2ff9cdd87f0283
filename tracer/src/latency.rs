//! How long interrupts waited for their handlers, and the masks that kept them waiting.
//!
//! No recording holds this: a masked stretch leaves no event, and an interrupt is first heard of when its handler runs. The
//! simulator sees both from outside and tells them when a run ends; whoever has its answer hands it in here. Times are
//! cycles of the core, not of the trace clock.

/// What was seen of one run besides its recording.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Latencies {
    /// Cycles of the core in a second.
    pub core_hz: u64,
    /// The longest stretch that kept an interrupt waiting; `None` if none did.
    pub longest_masked: Option<Masked>,
    /// One entry per exception that was taken.
    pub exceptions: Vec<ExceptionLatency>,
}

/// A stretch with interrupts masked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Masked {
    /// Where the mask was closed, in words.
    pub from: String,
    /// Where it was opened again, in words.
    pub to: String,
    /// How long it was, in cycles of the core.
    pub cycles: u64,
}

/// How long one exception waited, in cycles of the core from pend to the handler's first instruction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExceptionLatency {
    /// The exception number.
    pub exception: u32,
    /// Its name.
    pub name: String,
    /// How often it was taken.
    pub count: u64,
    /// The shortest.
    pub min: u64,
    /// The median.
    pub p50: u64,
    /// The 99th percentile.
    pub p99: u64,
    /// The longest.
    pub max: u64,
    /// The longest of its waits in which the mask was most of what it waited for.
    pub masked: Vec<MaskedWait>,
}

/// A wait for a mask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaskedWait {
    /// How long the exception waited, in cycles of the core.
    pub cycles: u64,
    /// The core's cycle since power came on at which it became pending.
    pub pended_at: u64,
    /// The mask.
    pub mask: Masked,
}
