//! A trace for other programs.
//!
//! ```text
//!                  ┌─▶ content.rs  tracks, slices, moments, values ─┬─▶ perfetto   Protocol Buffers, for ui.perfetto.dev
//! model::Trace ────┤                                                └─▶ chrome     JSON, for everything that reads it
//!                  └─▶ changes.rs  all lanes as one sequence ───────┬─▶ vcd        for wave viewers (with points.rs)
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
mod digits;
mod events;
pub mod jsonl;
mod labels;
mod names;
pub mod perfetto;
mod points;
mod protobuf;
mod running;
mod schema;
pub mod vcd;

/// Nanoseconds in a second.
const SECOND: u64 = 1_000_000_000;

/// `cycles` of a clock of `clock_hz` in nanoseconds, rounded down.
fn nanoseconds(cycles: u64, clock_hz: u64) -> u64 {
    let hz = clock_hz.max(1);
    let (seconds, rest) = (cycles / hz, cycles % hz);
    // Clocks above 18 GHz alone need 128 bits here, and an export does this once an event or more.
    let below = match rest.checked_mul(SECOND) {
        Some(product) => product / hz,
        None => (u128::from(rest) * u128::from(SECOND) / u128::from(hz)) as u64,
    };
    seconds.saturating_mul(SECOND).saturating_add(below)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The definition, in numbers that cannot overflow.
        #[test]
        fn nanoseconds_are_cycles_over_hertz(cycles: u64, shift in 0..64_u32, hz: u64, slower in 0..64_u32) {
            let (cycles, hz) = (cycles >> shift, hz >> slower);
            let exact = u128::from(cycles) * 1_000_000_000 / u128::from(hz.max(1));
            prop_assert_eq!(nanoseconds(cycles, hz), u64::try_from(exact).unwrap_or(u64::MAX));
        }
    }
}
