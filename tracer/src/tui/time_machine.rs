//! Going back to a moment: what the viewer asks of whoever can restore the machine that the trace is of.

use std::fmt::Debug;

/// Restores the machine at a moment. The viewer asks and goes on; the answer comes when it is there.
pub trait TimeMachine: Debug + Send {
    /// Begins to go there. A wish that comes before the last one was answered takes its place.
    fn ask(&mut self, wish: Wish);

    /// The answer to the last wish, once; `None` while it is not there. Why it cannot be is one sentence.
    fn answer(&mut self) -> Option<Result<Moment, String>>;
}

/// Where to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// To a time of the trace, in cycles.
    At(u64),
    /// One instruction on.
    Step,
    /// One instruction back.
    StepBack,
}

/// The machine at a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// When, in cycles of the trace.
    pub time: u64,
    /// Where the processor is: the calls, the innermost first.
    pub calls: Vec<String>,
    /// The source around the place where it is.
    pub source: Option<Excerpt>,
    /// Registers by name.
    pub registers: Vec<(String, u64)>,
    /// The tasks, the most important first.
    pub tasks: Vec<TaskLine>,
    /// Objects and what stands in their memory.
    pub objects: Vec<(String, String)>,
}

/// A few lines of a source file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The file.
    pub file: String,
    /// The line that is meant.
    pub line: u32,
    /// Numbers and texts of the lines, that one among them.
    pub lines: Vec<(u32, String)>,
}

/// A task at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskLine {
    /// Its name.
    pub name: String,
    /// What it does, and what it waits for.
    pub state: String,
    /// Of its stack, the most that was used until then and all of it, in bytes.
    pub stack: (Option<u64>, u64),
    /// Where in its code it is.
    pub place: String,
}
