//! Numbers about a trace: who used the processor, who waited, and the worst moments.
//!
//! [`Statistics`] is what a report holds (serde, schema `bk.trace.stats/1`; a text table). [`Collector`] makes it step
//! by step while a trace grows; [`Statistics::of`] and [`Statistics::of_window`] make it at once. Distributions are kept
//! as [`Histogram`]s of bounded size, never as lists.

mod collector;
mod histogram;
mod report;
mod table;
mod worst;

pub use collector::Collector;
pub use histogram::{Histogram, Summary};
pub use report::{BlockedRow, Cpu, InterruptRow, Losses, STATS_SCHEMA, Statistics, TaskRow, Window};
pub use worst::{WorstKind, WorstWindow};
