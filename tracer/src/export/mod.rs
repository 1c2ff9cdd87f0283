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

pub mod chrome;
mod content;
pub mod perfetto;
mod protobuf;
