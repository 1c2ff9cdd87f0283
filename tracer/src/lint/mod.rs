//! Lints: what goes wrong between tasks, found in a trace and proved by it.
//!
//! ```text
//! Trace ─┬─▶ objects ─▶ locks.rs      who had which lock (semaphores used as one: semaphore.rs)
//!        ├─▶ priorities.rs, runs.rs   who was how important, and had the processor
//!        └──────────▶ case.rs ─▶ one file a lint ─▶ Finding ─▶ report.rs
//! ```
//!
//! Each finding names the tasks and objects that it is about, a window of time to look at, and what happened there. What the
//! trace cannot tell is not guessed: nothing is concluded across a loss of events. How long interrupts were masked is not
//! in a trace: with [`Lints::latencies`], what the simulator saw, that is looked at too. From where on something counts is in
//! [`Limits`].
//!
//! ```
//! use bluekernel_tracer::lint::{Lints, Severity};
//! use bluekernel_tracer::model::Trace;
//!
//! fn is_sound(trace: &Trace) -> bool {
//!     Lints::default().run(trace).iter().all(|finding| finding.severity != Severity::Error)
//! }
//! ```

mod case;
mod deadline;
mod deadlock;
mod finding;
mod inversion;
mod limits;
mod locks;
mod mask;
mod order;
mod overflow;
mod priorities;
mod report;
mod runs;
mod semaphore;
mod setting;
mod stack;
mod starvation;
mod storm;
mod wake;

pub use finding::{Evidence, Finding, Lint, Moment, Named, Severity};
pub use limits::Limits;
pub use report::{LINT_SCHEMA, LintReport};
pub use setting::LimitError;

use crate::latency::Latencies;
use crate::model::Trace;
use crate::objects::Objects;

use case::Case;

/// All lints.
#[derive(Clone, Debug, Default)]
pub struct Lints {
    /// From where on something is worth a word.
    pub limits: Limits,
    /// What was seen of the run besides its recording; without it no mask is found.
    pub latencies: Option<Latencies>,
}

impl Lints {
    /// What is wrong in `trace`: errors first, then by lint, then by time.
    #[must_use]
    pub fn run(&self, trace: &Trace) -> Vec<Finding> {
        self.run_with(trace, &Objects::of(trace))
    }

    /// The same for whoever has the history of the trace's objects already: of a long trace it is large.
    #[must_use]
    pub fn run_with(&self, trace: &Trace, objects: &Objects) -> Vec<Finding> {
        let case = Case::new(trace, objects, &self.limits);
        let mut findings = Vec::new();
        inversion::find(&case, &mut findings);
        deadline::find(&case, &mut findings);
        deadlock::find(&case, &mut findings);
        order::find(&case, &mut findings);
        starvation::find(&case, &mut findings);
        overflow::find(&case, &mut findings);
        wake::find(&case, &mut findings);
        storm::find(&case, &mut findings);
        stack::find(&case, &mut findings);
        mask::find(&case, self.latencies.as_ref(), &mut findings);
        findings.sort_by_key(|finding| (finding.severity, finding.lint, finding.evidence.window.start));
        findings
    }
}
