//! What a lint found, with its proof.

use std::ops::Range;

use serde::Serialize;

/// Which lint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lint {
    /// A task waits for what a less important one has, while one between them runs, or for too long.
    PriorityInversion,
    /// Periodic work was done too late.
    DeadlineMiss,
    /// Tasks wait for each other in a ring.
    Deadlock,
    /// Locks are taken in one order here, and in another there.
    LockOrder,
    /// A task was ready for too long, and others ran.
    Starvation,
    /// A task had to wait because a queue, channel, pipe or pool was full.
    QueueOverflow,
    /// A task was woken for nothing.
    WakeWithoutRun,
    /// An interrupt takes the processor for itself.
    InterruptStorm,
    /// A task's stack was nearly used up.
    StackLow,
    /// Interrupts were masked for too long.
    LongMask,
}

impl Lint {
    /// Every lint, in the order in which findings of the same severity are told.
    pub const ALL: [Self; 10] = [
        Self::PriorityInversion,
        Self::DeadlineMiss,
        Self::Deadlock,
        Self::LockOrder,
        Self::Starvation,
        Self::QueueOverflow,
        Self::WakeWithoutRun,
        Self::InterruptStorm,
        Self::StackLow,
        Self::LongMask,
    ];

    /// Its name in reports and budgets.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PriorityInversion => "priority-inversion",
            Self::DeadlineMiss => "deadline-miss",
            Self::Deadlock => "deadlock",
            Self::LockOrder => "lock-order",
            Self::Starvation => "starvation",
            Self::QueueOverflow => "queue-overflow",
            Self::WakeWithoutRun => "wake-without-run",
            Self::InterruptStorm => "interrupt-storm",
            Self::StackLow => "stack-low",
            Self::LongMask => "long-mask",
        }
    }
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The program is wrong: it failed, or it will on another day.
    Error,
    /// It may be meant so.
    Warning,
}

impl Severity {
    /// In one word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// A task, an object or an interrupt, by its number in the trace and by its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Named {
    /// The task's number, the object's, or the exception's.
    pub number: u32,
    /// Its name in the dictionary.
    pub name: String,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Moment {
    /// When, in cycles.
    pub time: u64,
    /// What, in words.
    pub what: String,
}

/// Why the lint says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// Where to look, in cycles.
    pub window: Range<u64>,
    /// The tasks that it is about: first the one that suffers, then those that it suffers from.
    pub tasks: Vec<Named>,
    /// The objects.
    pub objects: Vec<Named>,
    /// The interrupts.
    pub interrupts: Vec<Named>,
    /// What happened, in order of time.
    pub events: Vec<Moment>,
}

/// What a lint found. The same between the same tasks and objects is one finding, however often it happened; the evidence is
/// that of the worst time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Which lint.
    pub lint: Lint,
    /// How bad it is.
    pub severity: Severity,
    /// What it is, in one line.
    pub title: String,
    /// How it came about, and what helps.
    pub text: String,
    /// How often it happened.
    pub occurrences: u64,
    /// The proof.
    pub evidence: Evidence,
}
