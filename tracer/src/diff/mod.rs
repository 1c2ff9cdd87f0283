//! Two recordings side by side: what became slower, and where the schedules part.
//!
//! ```text
//! Statistics of both ─▶ numbers.rs     rows by name, what changed ─┐
//!                                                                   ├─▶ report.rs Diff ─▶ words.rs
//! streams of both ─▶ steps.rs ─▶ divergence.rs  the first step that differs ─┘
//! ```
//!
//! Numbers are compared over the time that both recordings have. Schedules are compared step by step: what happened, to
//! which task and object, by name, since numbers change from build to build. Where events were lost in one of them the
//! other is read on to the same time, and both are laid upon each other again.

mod divergence;
mod numbers;
mod report;
mod steps;
mod words;

pub use divergence::{Divergence, Schedules, ShownStep};
pub use numbers::{Change, Number, Unit};
pub use report::{DIFF_SCHEMA, Diff, Options, Side, Source};
