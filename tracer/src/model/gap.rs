//! Where events are missing.

/// A stretch of time in which events were lost. Both ends are known exactly: it lies between two records that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The time of the last record before the loss, in cycles.
    pub start: u64,
    /// The time of the first record behind it.
    pub end: u64,
    /// Events that the kernel counted as dropped.
    pub events: u64,
    /// Bytes of the stream that could not be read.
    pub bytes: u64,
    /// Whether more may be missing than `events`: bytes that could not be read hold an unknown number of events.
    pub uncounted: bool,
}
