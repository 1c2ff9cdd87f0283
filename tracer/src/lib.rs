//! Reads BlueKernel's trace and shows it: recordings, timelines, statistics, exports, a terminal viewer.
//!
//! ```text
//!             ┌── recording   .bkt files: dictionary + raw stream ◀── import   other tools' recordings
//!             ├── capture     serial lines, memory of dead chips
//! bytes ─▶ wire ─▶ model ─┬─▶ objects  who held and waited for what
//!                         ├─▶ stats    numbers (text, JSON)
//!                         ├─▶ path     why a response took as long as it did
//!                         ├─▶ raster ─▶ text   a timeline for logs
//!                         │         └─▶ tui    a timeline to work with, live or recorded
//!                         ├─▶ export   other tools' formats
//!                         ├─▶ assert   budgets that a recording holds or not
//!                         ├─▶ diff     two recordings side by side
//!                         └─▶ report   one HTML page
//! ```
//!
//! Every part reads plain bytes: what works on the simulator works on a probe and on a file. Times are cycles of the
//! trace clock everywhere; [`time`] alone turns them into seconds.
//!
//! ```no_run
//! use bluekernel_tracer::{model::Trace, recording::Recording, stats::Statistics, text};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let trace = Trace::of(&Recording::open("run.bkt".as_ref())?);
//! println!("{}", Statistics::of(&trace).to_text());
//! println!("{}", text::timeline(&trace, trace.window(), 120, text::Style::Unicode));
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]

pub mod assert;
pub mod capture;
pub mod diff;
pub mod export;
pub mod import;
pub mod label;
pub mod latency;
pub mod lint;
pub mod model;
mod nearest;
pub mod objects;
pub mod path;
pub mod query;
pub mod raster;
pub mod recording;
pub mod report;
pub mod stats;
pub mod text;
pub mod time;
pub mod tui;
pub mod wire;
