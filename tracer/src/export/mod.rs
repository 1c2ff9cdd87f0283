//! A trace for other programs.
//!
//! ```text
//!                  ┌─▶ content.rs  tracks, slices, moments, values ─┬─▶ perfetto   Protocol Buffers, for ui.perfetto.dev
//! model::Trace ────┤                                                └─▶ chrome     JSON, for everything that reads it
//!                  └─▶ changes.rs  all lanes as one sequence ───────┬─▶ vcd        for wave viewers
//!                                                                   └─▶ ctf        with LTTng's names, for Linux' tools
//! the stream ────────▶ events.rs   every event again, as a row ─────┬─▶ ctf        with our names, for babeltrace2
//!                                                                   ├─▶ csv        for spreadsheets
//!                                                                   └─▶ jsonl      for scripts
//! ```
//!
//! What shows states is told by the model, what lists events by the stream; rows ([`schema`]) are the same in every list.
//! CTF counts in cycles of the trace clock. Elsewhere times are nanoseconds from the clock's zero, rounded down, so that
//! neighbours still touch.

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
pub mod vcd;

/// `cycles` of a clock of `clock_hz` in nanoseconds, rounded down.
fn nanoseconds(cycles: u64, clock_hz: u64) -> u64 {
    let time = u128::from(cycles) * 1_000_000_000 / u128::from(clock_hz.max(1));
    u64::try_from(time).unwrap_or(u64::MAX)
}
