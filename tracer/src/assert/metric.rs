//! What can be measured, and in which quantity it is told.

use crate::lint::{Finding, Lint, Severity};

use super::quantity::Quantity;
use super::stretch::Cause;

/// Something that a recording tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Metric {
    Drops,
    Faults,
    Resets,
    /// The longest mask that kept an interrupt waiting.
    Masked,
    Lint(Findings),
    /// What the kernel takes to switch to another task.
    Switch(Point),
    Object(u32, OfObject),
    Cpu(Share),
    Task(u32, OfTask),
    Interrupt(u32, OfInterrupt),
    /// What tracing itself took of the recorded window.
    Tracing,
    /// What tracing took for one event.
    TracingCost(Point),
}

/// Which findings of the lints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Findings {
    Severity(Severity),
    Of(Lint),
}

impl Findings {
    pub(super) fn holds(self, finding: &Finding) -> bool {
        match self {
            Self::Severity(severity) => finding.severity == severity,
            Self::Of(lint) => finding.lint == lint,
        }
    }
}

/// Where the processor's time goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Share {
    Tasks,
    Interrupts,
    Kernel,
    Idle,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum OfTask {
    Cpu,
    Runs,
    Switches,
    Response(Point),
    Completion(Point),
    Execution(Point),
    Ready(Point),
    Interval(Point),
    Blocked(Cause, Point),
    StackFree,
    StackUsed,
    DeadlineMisses,
    DeadlineMargin,
    Jitter,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OfInterrupt {
    Cpu,
    Count,
    Duration(Point),
    Interval(Point),
    /// From pend to the handler's first instruction.
    Latency(Point),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OfObject {
    Waited(Point),
    Held(Point),
}

/// A number of a distribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Point {
    Count,
    Total,
    Min,
    Mean,
    P50,
    P90,
    P99,
    P999,
    Max,
}

impl OfTask {
    /// Whether only a task with periodic work has it.
    pub(super) const fn is_of_periodic_work(&self) -> bool {
        matches!(self, Self::DeadlineMisses | Self::DeadlineMargin | Self::Jitter)
    }
}

impl Metric {
    pub(super) const fn quantity(&self) -> Quantity {
        match self {
            Self::Drops | Self::Faults | Self::Resets | Self::Lint(_) => Quantity::Count,
            Self::Cpu(_) | Self::Tracing | Self::Task(_, OfTask::Cpu) | Self::Interrupt(_, OfInterrupt::Cpu) => {
                Quantity::Share
            }
            Self::Task(_, OfTask::Runs | OfTask::Switches | OfTask::DeadlineMisses)
            | Self::Interrupt(_, OfInterrupt::Count) => Quantity::Count,
            Self::Masked | Self::Task(_, OfTask::DeadlineMargin | OfTask::Jitter) => Quantity::Time,
            Self::Switch(point)
            | Self::TracingCost(point)
            | Self::Object(_, OfObject::Waited(point) | OfObject::Held(point))
            | Self::Task(
                _,
                OfTask::Response(point)
                | OfTask::Completion(point)
                | OfTask::Execution(point)
                | OfTask::Ready(point)
                | OfTask::Interval(point)
                | OfTask::Blocked(_, point),
            )
            | Self::Interrupt(
                _,
                OfInterrupt::Duration(point) | OfInterrupt::Interval(point) | OfInterrupt::Latency(point),
            ) => match point {
                Point::Count => Quantity::Count,
                _ => Quantity::Time,
            },
            Self::Task(_, OfTask::StackFree | OfTask::StackUsed) => Quantity::Bytes,
        }
    }
    /// Whether its times are cycles of the core, and of the whole run: what the simulator told.
    pub(super) const fn is_of_core(&self) -> bool {
        matches!(self, Self::Masked | Self::Interrupt(_, OfInterrupt::Latency(_)))
    }
}
