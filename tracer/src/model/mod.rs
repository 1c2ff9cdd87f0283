//! What happened, as lanes over time: the one model behind the views, the statistics and the exports.
//!
//! ```text
//! wire::Decoder ─▶ machine.rs  the kernel's state machine, event by event ─▶ lanes, marks, counters, gaps
//! ```
//!
//! [`Trace`] grows as bytes arrive, so a live view and a recording use the same code. A [`Lane`] is a list of state
//! changes; [`Lane::at`] finds the state of a moment by binary search and [`Lane::occupancy`] sums a stretch in the
//! time of two look-ups, so that a column of pixels costs the same over ten microseconds and over ten hours.
//!
//! To walk everything (an exporter does):
//!
//! ```
//! use bluekernel_tracer::model::{LaneKind, State, Trace};
//!
//! fn walk(trace: &Trace) {
//!     for lane in trace.lanes() {
//!         let name = trace.lane_name(lane);
//!         for span in lane.spans(trace.window(), trace.end()) {
//!             // span.start .. span.end in cycles, span.state; State::Unknown where events were lost
//!             if let (LaneKind::Task { .. }, State::Running) = (lane.kind(), span.state) {
//!                 println!("{name} ran {}", span.end - span.start);
//!             }
//!         }
//!     }
//!     for instant in trace.instants() { /* instant.time, .id, .value; trace.header().name(instant.id) */ }
//!     for counter in trace.counters() { /* counter.id, counter.points: (time, value) */ }
//!     for gap in trace.gaps() { /* gap.start .. gap.end: events were lost in between */ }
//! }
//! ```

mod gap;
mod lane;
mod machine;
mod pages;
mod palette;
mod records;
mod state;
mod switches;
mod time_line;
mod times;
mod trace;
mod tracing;
mod track;
mod wake;

pub use gap::Gap;
pub use lane::{Lane, LaneKind, Occupancy, Span, Spans, Sums};
pub use pages::Pages;
pub use records::{
    Fault, HeapPoint, Instant, Job, JobStep, Note, Operation, PriorityChange, StackPoint, Switch, TaskFacts, Timing,
};
pub use state::{Class, State};
pub(crate) use time_line::TimeLine;
pub use trace::{Keyframe, Trace};
pub use tracing::{Cost, Tracing, Who};
pub use track::{CounterTrack, InstantTrack};
pub use wake::{Actor, Wake};
