//! The report's rows: what a person or a program reads about each task, interrupt and object.

use serde::Serialize;

use crate::model::Trace;
use crate::objects::ObjectKind;

use super::histogram::Summary;

/// What was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Window {
    /// The first cycle.
    pub start: u64,
    /// The cycle behind the last.
    pub end: u64,
}

impl Window {
    /// The same in the time of the recording, of a window of `trace`.
    #[must_use]
    pub fn recorded(&self, trace: &Trace) -> Self {
        Self { start: trace.recorded(self.start), end: trace.recorded(self.end) }
    }
}

/// What was lost within the window.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Losses {
    /// How many gaps.
    pub gaps: u64,
    /// Events that the kernel counted as dropped.
    pub events: u64,
    /// Bytes that could not be read.
    pub bytes: u64,
    /// Cycles within gaps.
    pub cycles: u64,
}

/// Where the time went, in cycles. The five sum to the window, or to what is left of it without tracing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Cpu {
    /// Tasks' own code.
    pub tasks: u64,
    /// Interrupt handlers.
    pub interrupts: u64,
    /// Nothing to do.
    pub idle: u64,
    /// Between two tasks, and before the first.
    pub kernel: u64,
    /// Where events were lost and nobody can tell.
    pub unknown: u64,
}

impl Cpu {
    /// The five together.
    #[must_use]
    pub const fn whole(&self) -> u64 {
        self.tasks + self.interrupts + self.idle + self.kernel + self.unknown
    }
}

/// One task.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TaskRow {
    /// Its number.
    pub number: u32,
    /// Its name.
    pub name: String,
    /// Its base priority, 31 the most important.
    pub priority: Option<u32>,
    /// Its state at the end of the window.
    pub state: &'static str,
    /// Whether lost events make the numbers of this row lower bounds.
    pub at_least: bool,
    /// Cycles it ran, interrupts on top of it not counted.
    pub run_cycles: u64,
    /// The same as a part of the window, 0 to 1.
    pub cpu: f64,
    /// How often it was switched in.
    pub switches: u64,
    /// How often it was woken and then ran; being pre-empted in between does not count again.
    pub runs: u64,
    /// Cycles it was ready and something more important ran.
    pub ready_cycles: u64,
    /// From being woken to running.
    pub response: Summary,
    /// Of each job from its release to where it is done; of a task without jobs from each wake to where it waits for time or
    /// data again. Waits for locks are a part of it.
    pub completion: Summary,
    /// Its own code in that time.
    pub execution: Summary,
    /// Ready in that time, while something else ran.
    pub ready: Summary,
    /// From where a job (without jobs: a wake) begins to where the next one does.
    pub interval: Summary,
    /// The longest of `completion`, longest first.
    pub slowest: Vec<Window>,
    /// Its periodic work, if it tells of any.
    pub periodic: Option<PeriodicRow>,
    /// Cycles that handlers ran on top of it.
    pub interrupted_cycles: u64,
    /// Cycles it waited for objects.
    pub waiting_cycles: u64,
    /// Cycles it waited for time.
    pub sleeping_cycles: u64,
    /// Its finished waits by reason and object.
    pub blocked: Vec<BlockedRow>,
    /// Its stack in bytes.
    pub stack_bytes: Option<u32>,
    /// The least free stack that the kernel reported, in bytes.
    pub stack_free: Option<u32>,
    /// How that came to be: each time it became less, within the window.
    pub stack_history: Vec<StackMoment>,
}

/// The least free stack of a task at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct StackMoment {
    /// When the kernel told, in cycles.
    pub time: u64,
    /// Bytes never touched.
    pub free: u32,
}

/// Whether a task's jobs begin and end when they should.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PeriodicRow {
    /// Cycles from one release to the next; `None` if the trace begins behind the event that tells.
    pub period: Option<u64>,
    /// Cycles from a release to its deadline.
    pub deadline: Option<u64>,
    /// Jobs that were done.
    pub jobs: u64,
    /// From a release to where its job begins.
    pub late: Summary,
    /// The activation jitter: the largest of `late` without the smallest.
    pub jitter: u64,
    /// Jobs done after their deadlines.
    pub misses: u64,
    /// The most cycles that one of those was late.
    pub worst_late: u64,
    /// What jobs that were in time left until their deadlines.
    pub margin: Summary,
    /// Jobs done after the next release.
    pub overruns: u64,
    /// Releases that no job was made for, because the one before was not done.
    pub skipped: u64,
}

/// The waits of one task for one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BlockedRow {
    /// Why it waited.
    pub reason: &'static str,
    /// For what; `None` without an object.
    pub object: Option<String>,
    /// How long.
    pub duration: Summary,
}

/// One interrupt.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InterruptRow {
    /// The exception number.
    pub exception: u32,
    /// Its name.
    pub name: String,
    /// Whether lost events make the numbers of this row lower bounds.
    pub at_least: bool,
    /// How often its handler was entered.
    pub count: u64,
    /// Cycles in the handler itself, nested handlers not counted.
    pub run_cycles: u64,
    /// The same as a part of the window, 0 to 1.
    pub cpu: f64,
    /// From entry to exit, nested handlers included.
    pub duration: Summary,
    /// From one entry to the next.
    pub interval: Summary,
    /// How often another handler interrupted it.
    pub interrupted: u64,
    /// Cycles that those took.
    pub interrupted_cycles: u64,
}

/// One object.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ObjectRow {
    /// Its number.
    pub id: u32,
    /// Its name.
    pub name: String,
    /// What it is, by what was done to it and why tasks waited for it.
    pub kind: ObjectKind,
    /// Whether lost events make the numbers of this row lower bounds.
    pub at_least: bool,
    /// Operations on it.
    pub operations: u64,
    /// Finished waits for it, of all tasks.
    pub waited: Summary,
    /// The same by task and reason.
    pub waits: Vec<ObjectWaitRow>,
    /// How long a task owned it, of all tasks; each counts where it ends.
    pub held: Summary,
    /// The same by task.
    pub holds: Vec<ObjectHoldRow>,
    /// Cycles in which somebody owned it; of readers each counts.
    pub held_cycles: u64,
    /// How many items, permits or blocks it held over time.
    pub level: Option<LevelRow>,
}

/// The waits of one task for one object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ObjectWaitRow {
    /// The task's number.
    pub task: u32,
    /// Its name.
    pub name: String,
    /// Why it waited.
    pub reason: &'static str,
    /// How long.
    pub duration: Summary,
}

/// How long one task owned one object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ObjectHoldRow {
    /// The task's number.
    pub task: u32,
    /// Its name.
    pub name: String,
    /// How long.
    pub duration: Summary,
}

/// How many items, permits, bytes or blocks in use an object held over time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LevelRow {
    /// The fewest.
    pub min: u32,
    /// The mean by time.
    pub mean: f64,
    /// The most.
    pub max: u32,
    /// Cycles in which the value is known: from the first operation on, without losses.
    pub known_cycles: u64,
    /// Of those, with none.
    pub empty_cycles: u64,
    /// Of those, full. `None` if nobody was seen to wait because it was full: then the trace does not tell how many it can hold.
    pub full_cycles: Option<u64>,
}

/// How often and how long a task had another's priority because of a mutex.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InheritanceRow {
    /// The task's number.
    pub task: u32,
    /// Its name.
    pub name: String,
    /// Its priority without that.
    pub from: Option<u32>,
    /// The priority it had instead.
    pub to: u32,
    /// The mutex; `None` if the trace does not tell.
    pub mutex: Option<String>,
    /// How long.
    pub duration: Summary,
}
