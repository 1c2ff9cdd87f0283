//! What an object is, by what was done to it and why tasks waited for it: the trace itself does not say.

use bluekernel_abi::{BlockReason, ObjectOp};
use serde::Serialize;

/// A kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ObjectKind {
    /// Only seen as the cause of something.
    Other,
    /// Somebody was told something, and nobody was seen to wait for it: a signal, a timer, a condition variable.
    Notice,
    /// A mutex.
    Mutex,
    /// A reader-writer lock.
    RwLock,
    /// A semaphore.
    Semaphore,
    /// A channel, or something else that items go through.
    Channel,
    /// A message queue.
    Queue,
    /// A pipe.
    Pipe,
    /// Event flags.
    EventFlags,
    /// A signal.
    Signal,
    /// A task, waited for until it ends.
    Task,
    /// A driver.
    Driver,
    /// The releases of periodic work.
    Period,
    /// A condition variable.
    Condvar,
    /// A barrier.
    Barrier,
    /// An initialisation that happens once.
    Once,
    /// A memory pool.
    Pool,
    /// A watch.
    Watch,
}

impl ObjectKind {
    /// What an object is that a task waits for because of `reason`.
    #[must_use]
    pub const fn of_reason(reason: BlockReason) -> Self {
        match reason {
            BlockReason::Mutex => Self::Mutex,
            BlockReason::ReadLock | BlockReason::WriteLock => Self::RwLock,
            BlockReason::Semaphore => Self::Semaphore,
            BlockReason::ChannelFull | BlockReason::ChannelEmpty => Self::Channel,
            BlockReason::QueueFull | BlockReason::QueueEmpty => Self::Queue,
            BlockReason::PipeFull | BlockReason::PipeEmpty => Self::Pipe,
            BlockReason::Event => Self::EventFlags,
            BlockReason::Notify => Self::Signal,
            BlockReason::Join => Self::Task,
            BlockReason::Io => Self::Driver,
            BlockReason::Period => Self::Period,
            BlockReason::Condition => Self::Condvar,
            BlockReason::Barrier => Self::Barrier,
            BlockReason::Once => Self::Once,
            BlockReason::Pool => Self::Pool,
            BlockReason::Watch => Self::Watch,
            BlockReason::Delay | BlockReason::Suspend | BlockReason::Object => Self::Other,
        }
    }

    /// What an object is at least that `op` was done to. A reason, where there is one, says more.
    #[must_use]
    pub const fn of_op(op: ObjectOp) -> Self {
        match op {
            ObjectOp::Lock | ObjectOp::Unlock => Self::Mutex,
            ObjectOp::Give | ObjectOp::Take => Self::Semaphore,
            ObjectOp::Send | ObjectOp::Receive => Self::Channel,
            ObjectOp::Set | ObjectOp::Clear => Self::EventFlags,
            ObjectOp::Notify => Self::Notice,
            ObjectOp::Alloc | ObjectOp::Free => Self::Pool,
        }
    }

    /// Whether tasks own it: [`super::Object::holds`] tells who.
    #[must_use]
    pub const fn is_owned(self) -> bool {
        matches!(self, Self::Mutex | Self::RwLock)
    }

    /// Whether its value is an amount: permits, items, bytes, blocks in use.
    #[must_use]
    pub const fn is_counted(self) -> bool {
        matches!(self, Self::Semaphore | Self::Channel | Self::Queue | Self::Pipe | Self::Pool)
    }

    /// A name in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Other => "object",
            Self::Notice => "notice",
            Self::Mutex => "mutex",
            Self::RwLock => "rw-lock",
            Self::Semaphore => "semaphore",
            Self::Channel => "channel",
            Self::Queue => "queue",
            Self::Pipe => "pipe",
            Self::EventFlags => "event-flags",
            Self::Signal => "signal",
            Self::Task => "task",
            Self::Driver => "driver",
            Self::Period => "period",
            Self::Condvar => "condvar",
            Self::Barrier => "barrier",
            Self::Once => "once",
            Self::Pool => "pool",
            Self::Watch => "watch",
        }
    }
}
