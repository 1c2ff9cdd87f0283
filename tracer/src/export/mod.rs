//! A trace for other programs.
//!
//! ```text
//! model::Trace ─▶ content.rs  tracks, slices, moments, values ─┬─▶ perfetto   Protocol Buffers, for ui.perfetto.dev
//!                                                              └─▶ chrome     JSON, for everything that reads it
//! ```
//!
//! Both formats say the same, because both are told by the same walk over the model: a track for each interrupt, task
//! and user span with a slice a state, moments where the user or the kernel marked one, and values over time. Times are
//! nanoseconds from the trace clock's zero, rounded down, so that neighbours still touch.

mod changes;
pub mod chrome;
mod content;
pub mod csv;
pub mod ctf;
mod events;
pub mod jsonl;
mod names;
pub mod perfetto;
mod protobuf;
mod running;
mod schema;

/// `cycles` of a clock of `clock_hz` in nanoseconds, rounded down.
fn nanoseconds(cycles: u64, clock_hz: u64) -> u64 {
    let time = u128::from(cycles) * 1_000_000_000 / u128::from(clock_hz.max(1));
    u64::try_from(time).unwrap_or(u64::MAX)
}
