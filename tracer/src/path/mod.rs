//! Why a response took as long as it did: every cycle of it has one cause, and the causes sum to all of it.
//!
//! ```text
//! responses.rs  which jobs or runs a task has ─▶ a window
//! cpu.rs        who had the processor in it ──┐
//! objects       who held what ────────────────┴─▶ walk.rs  cycle by cycle ─▶ report.rs (schema bk.trace.path/1) ─▶ text.rs
//! ```
//!
//! A task that waits for a lock is not the end of the answer: what its owner did meanwhile is, and if that waits for a lock too,
//! what that one's owner did. A [`Cause`] is what the last of them did, and [`Attribution::blocked`] is the way there.

mod cause;
mod cpu;
mod report;
mod responses;
mod text;
mod walk;

pub use cause::{Attribution, Blocked, Cause};
pub use report::{PATH_SCHEMA, Path, PathSegment, Share, Why, WhyBlocked};
pub use responses::{Response, responses};
pub use walk::{Segment, walk};
