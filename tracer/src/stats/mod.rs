//! Numbers about a trace: who used the processor, who waited, who was late, and the worst moments.
//!
//! ```text
//! collector.rs  reads what is new, once ─┬─▶ tasks.rs, periodic.rs   spans and jobs of tasks
//!                                        └─▶ handlers.rs             interrupts, marks, asynchronous tasks
//! objects.rs    reads the operations ────▶ locks and queues
//! tracing.rs    reads what tracing cost ─▶ kinds of events, tasks, interrupts
//! report.rs     names everything ─▶ rows.rs (serde, schema bk.trace.stats/1) ─▶ table/ (text)
//! ```
//!
//! [`Statistics`] is what a report holds. [`Collector`] makes it step by step while a trace grows; [`Statistics::of`] and
//! [`Statistics::of_window`] make it at once. Distributions are kept as [`Histogram`]s of bounded size, never as lists.

mod collector;
mod handlers;
mod histogram;
mod level;
mod objects;
mod periodic;
mod report;
mod rows;
mod table;
mod tasks;
mod tracing;
mod worst;

pub use collector::{Collector, Measure};
pub use histogram::{Histogram, Summary};
pub use report::{STATS_SCHEMA, Statistics};
pub use rows::{
    BlockedRow, Cpu, InheritanceRow, InterruptRow, LevelRow, Losses, ObjectHoldRow, ObjectRow, ObjectWaitRow,
    PeriodicRow, StackMoment, TaskRow, Window,
};
pub(crate) use tasks::is_lock;
pub use tracing::{TracingKindRow, TracingLaneRow, TracingRow};
pub use worst::{WorstKind, WorstWindow};
