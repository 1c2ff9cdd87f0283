//! The trace: what the kernel does, event by event, on RTT channel 1, or in a flight recorder.
//!
//! ```text
//! kernel ──hooks──▶ on (feature `trace`) ──▶ encoder ──▶ ring ──RTT──▶ host
//!            ├────▶ flight (feature `trace-flight`) ──▶ ring that stays in RAM
//!            └────▶ off (empty functions)
//! marks  ──▶ the same, for the user's own spans, moments and counters
//! ```
//!
//! The format is `bluekernel_abi::wire`. An event is a few bytes, some 50 instructions, and never waits: if the host is
//! late, events are lost whole, counted, and the count is sent. Without the feature nothing of this is in the image.
//!
//! With `trace-uart` too, a driver can send the stream over a serial line: `trace::uart`.
//!
//! With `trace-flight` in its place, the last 511 events stay in RAM (`bluekernel_abi::flight`), about 20 instructions each,
//! and no host need be there: a debugger's memory dump, or a core file, shows them after the chip died, and after a reset.

#[cfg(any(test, feature = "trace-filter"))]
mod control;
#[cfg(any(test, feature = "trace"))]
pub(crate) mod encoder;
#[cfg(any(test, feature = "trace-filter"))]
mod filter;
#[cfg(all(feature = "trace", not(any(test, feature = "trace-filter"))))]
#[path = "no_filter.rs"]
mod filter;
#[cfg(all(feature = "trace-flight", not(feature = "trace")))]
mod flight;
#[cfg(feature = "trace")]
mod groups;
#[cfg(any(feature = "trace", feature = "trace-flight"))]
mod identity;
mod marks;
mod names;
#[cfg(any(feature = "trace", feature = "trace-flight"))]
mod objects;
#[cfg(not(any(feature = "trace", feature = "trace-flight")))]
mod off;
#[cfg(feature = "trace")]
mod on;
#[cfg(any(test, feature = "trace", feature = "trace-flight"))]
mod opaque;
#[cfg(any(test, feature = "trace"))]
pub(crate) mod ring;
#[cfg(feature = "trace")]
mod test_ear;
#[cfg(feature = "trace-uart")]
pub mod uart;
#[cfg(not(feature = "trace"))]
mod untold;

#[cfg(all(feature = "trace-flight", not(feature = "trace")))]
pub(crate) use flight::*;
pub use marks::Span;
#[doc(hidden)]
pub use marks::{__counter, __mark, __mark_begin, __mark_end, __name_bytes};
pub use names::{name_object, name_task};
#[cfg(not(any(feature = "trace", feature = "trace-flight")))]
pub(crate) use off::*;
#[cfg(feature = "trace")]
pub(crate) use on::*;
#[doc(hidden)]
#[cfg(feature = "trace")]
pub use test_ear::{__Ear, __say};
#[cfg(not(feature = "trace"))]
pub(crate) use untold::*;
