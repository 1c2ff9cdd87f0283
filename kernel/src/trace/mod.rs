//! The trace: what the kernel does, event by event, on RTT channel 1.
//!
//! ```text
//! kernel ──hooks──▶ on (feature `trace`) ──▶ encoder ──▶ ring ──RTT──▶ host
//!            └────▶ off (empty functions)
//! marks  ──▶ the same, for the user's own spans, moments and counters
//! ```
//!
//! The format is `bluekernel_abi::wire`. An event is a few bytes, about 40 instructions, and never waits: if the host is
//! late, events are lost whole, counted, and the count is sent. Without the feature nothing of this is in the image.

#[cfg(any(test, feature = "trace-filter"))]
mod control;
#[cfg(any(test, feature = "trace"))]
pub(crate) mod encoder;
#[cfg(any(test, feature = "trace-filter"))]
mod filter;
#[cfg(all(feature = "trace", not(any(test, feature = "trace-filter"))))]
#[path = "no_filter.rs"]
mod filter;
#[cfg(feature = "trace")]
mod groups;
mod marks;
mod names;
#[cfg(not(feature = "trace"))]
mod off;
#[cfg(feature = "trace")]
mod on;
#[cfg(any(test, feature = "trace"))]
pub(crate) mod ring;
#[cfg(feature = "trace")]
mod test_ear;

pub use marks::Span;
#[doc(hidden)]
pub use marks::{__counter, __mark, __mark_begin, __mark_end, __name_bytes};
pub use names::{name_object, name_task};
#[cfg(not(feature = "trace"))]
pub(crate) use off::*;
#[cfg(feature = "trace")]
pub(crate) use on::*;
#[doc(hidden)]
#[cfg(feature = "trace")]
pub use test_ear::{__Ear, __say};
