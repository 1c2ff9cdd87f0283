//! What a trace holds besides lanes: moments, values, operations, and remarks about the recording itself.

use bluekernel_abi::{ObjectOp, PriorityCause};

use super::wake::Actor;

/// A moment that user code marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instant {
    /// When, in cycles.
    pub time: u64,
    /// Its name in the dictionary.
    pub id: u32,
    /// The value shown with it.
    pub value: u32,
    /// The task that ran, if one did.
    pub task: Option<u32>,
}

/// Something done to an object without waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// When, in cycles.
    pub time: u64,
    /// What was done.
    pub op: ObjectOp,
    /// The object.
    pub object: u32,
    /// Its value afterwards.
    pub value: u32,
    /// The task that did it; `None` for an interrupt handler or an unknown task.
    pub task: Option<u32>,
    /// The exception number of the interrupt handler that did it; `None` for a task or an unknown handler.
    pub handler: Option<u16>,
}

impl Operation {
    /// Who did it.
    #[must_use]
    pub const fn by(&self) -> Actor {
        match (self.handler, self.task) {
            (Some(exception), _) => Actor::Handler(exception),
            (None, Some(task)) => Actor::Task(task),
            (None, None) => Actor::Unknown,
        }
    }
}

/// An effective priority that changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriorityChange {
    /// When, in cycles.
    pub time: u64,
    /// The task.
    pub task: u32,
    /// The new effective priority.
    pub priority: u32,
    /// Why.
    pub cause: PriorityCause,
    /// The mutex that causes it, 0 if none does.
    pub object: u32,
}

/// A step of periodic work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Job {
    /// When, in cycles.
    pub time: u64,
    /// The task.
    pub task: Option<u32>,
    /// The object that releases it.
    pub object: u32,
    /// What happened.
    pub step: JobStep,
}

/// What happened to a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobStep {
    /// It began; its release was at this time, in cycles.
    Release(u64),
    /// It was done.
    Done,
    /// It was done too late; its deadline was at this time, in cycles.
    Miss(u64),
}

/// How often and how soon periodic work is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// The object that releases it.
    pub object: u32,
    /// Cycles from one release to the next.
    pub period: u64,
    /// Cycles from a release to its deadline.
    pub deadline: u64,
}

/// The heap after it changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeapPoint {
    /// When, in cycles.
    pub time: u64,
    /// Bytes in use.
    pub used: u32,
    /// The task that did it, if one did.
    pub task: Option<u32>,
}

/// The least free stack of a task when it became less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StackPoint {
    /// When the kernel told, in cycles.
    pub time: u64,
    /// The task.
    pub task: u32,
    /// Bytes never touched.
    pub free: u32,
}

/// What it took the kernel to switch to another task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Switch {
    /// When the task was switched in, in cycles.
    pub time: u64,
    /// Cycles from when the last cause was there: the other task waited, this one became ready, or the last handler ended.
    pub cycles: u64,
}

/// The firmware died.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// When, in cycles.
    pub time: u64,
    /// The exception number.
    pub kind: u32,
    /// The address of the faulting instruction.
    pub address: u32,
    /// The task that ran, if one did.
    pub task: Option<u32>,
}

/// What is known of a task besides its states.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TaskFacts {
    /// Its base priority, from the dictionary or the trace.
    pub priority: Option<u32>,
    /// Its effective priority now.
    pub effective_priority: Option<u32>,
    /// Its stack in bytes.
    pub stack_bytes: Option<u32>,
    /// The least free stack that the kernel reported, in bytes.
    pub stack_free: Option<u32>,
    /// Its periodic work, if it told of any.
    pub timing: Option<Timing>,
}

/// A remark about the trace as a whole, for the person who reads it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Note {
    /// The stream was joined after its start.
    #[error("the recording begins in the middle of a run: {bytes} bytes before the first SYNC cannot be read")]
    Attached {
        /// Bytes before the first SYNC.
        bytes: u64,
    },
    /// Bytes that are no trace.
    #[error("{bytes} bytes at {time} cycles cannot be read as a trace")]
    Damaged {
        /// Where, in cycles.
        time: u64,
        /// How many bytes.
        bytes: u64,
    },
    /// Records of a newer kernel.
    #[error("{bytes} bytes are of trace version {version}, which this kit does not know")]
    Version {
        /// The version.
        version: u64,
        /// How many bytes.
        bytes: u64,
    },
    /// The last record is not whole.
    #[error("the recording ends within a record ({bytes} bytes left over)")]
    Truncated {
        /// How many bytes of it there are.
        bytes: u64,
    },
    /// The firmware that spoke is not the one whose names are shown.
    #[error(
        "the trace comes from another build than the names: the firmware says {found:016x}, the ELF {expected:016x}"
    )]
    OtherBuild {
        /// What the firmware says.
        found: u64,
        /// What the dictionary says.
        expected: u64,
    },
    /// The firmware's clock is not the one of the dictionary.
    #[error("the firmware says its trace clock runs at {found} Hz, the recording says {expected} Hz")]
    OtherClock {
        /// What the firmware says.
        found: u64,
        /// What the dictionary says.
        expected: u64,
    },
    /// The firmware was reset while recording.
    #[error("the firmware was reset at {time} cycles; times continue from there")]
    Reset {
        /// When, in cycles of the whole recording.
        time: u64,
    },
    /// Not everything is told.
    #[error("a filter was set while recording: some kinds of events, tasks or objects are missing by intention")]
    Filtered,
    /// More names than any firmware has.
    #[error("more names were told than any firmware has: the later ones are shown as numbers")]
    ManyNames,
    /// The events contradict each other.
    #[error("{count} events contradict what the trace said before them (first at {time} cycles)")]
    Contradiction {
        /// How many.
        count: u64,
        /// The first, in cycles.
        time: u64,
    },
}
