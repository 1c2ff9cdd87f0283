//! The events of a trace: one model, whatever wire they came over.

/// One thing that happened in the kernel. Times are not part of the event: the wire carries them beside it.
///
/// Tasks are numbered by their place in the task table, objects by [`crate::wire::ObjectNumbers`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// `task` starts to run.
    SwitchIn {
        /// The task.
        task: u32,
    },
    /// `task` became ready.
    Ready {
        /// The task.
        task: u32,
    },
    /// An exception handler starts; `exception` is the architecture's number (Cortex-M: 16 + interrupt number).
    IsrEnter {
        /// The exception number.
        exception: u32,
    },
    /// The innermost exception handler ends.
    IsrExit,
    /// Nothing is ready; the processor sleeps.
    Idle,
    /// The running task waits.
    Block {
        /// What for.
        reason: BlockReason,
        /// The object waited for, 0 if there is none.
        object: u32,
        /// The longest wait in microseconds plus 1; 0 means for ever.
        timeout: u64,
    },
    /// A task exists from now on.
    TaskNew {
        /// The task.
        task: u32,
        /// Its priority, 31 the most important.
        priority: u32,
        /// Its stack in bytes.
        stack: u32,
    },
    /// The running task returned.
    TaskExit {
        /// The task.
        task: u32,
    },
    /// The effective priority of a task changed.
    Priority {
        /// The task.
        task: u32,
        /// The new effective priority.
        priority: u32,
        /// Why.
        cause: PriorityCause,
        /// The mutex that causes it, 0 if none does.
        object: u32,
    },
    /// The running task did something to an object without waiting.
    Object {
        /// What.
        op: ObjectOp,
        /// The object.
        object: u32,
        /// The object's value afterwards: count, depth, or owner + 1.
        value: u32,
    },
    /// The next wake-up was programmed, `ticks` trace-clock cycles from now.
    TimerArm {
        /// Trace-clock cycles from now; of a while, in whole [`crate::wire::TIMER_ARM_UNIT`]s.
        ticks: u64,
    },
    /// A time-out of `task` ran off.
    TimerFire {
        /// The task.
        task: u32,
    },
    /// A span of the user's begins.
    MarkBegin {
        /// Its name in the dictionary.
        id: u32,
    },
    /// A span of the user's ends.
    MarkEnd {
        /// Its name in the dictionary.
        id: u32,
    },
    /// A moment of the user's.
    MarkInstant {
        /// Its name in the dictionary.
        id: u32,
        /// A value to show.
        value: u32,
    },
    /// A value of the user's over time.
    Counter {
        /// Its name in the dictionary.
        id: u32,
        /// The value, zigzag-decoded.
        value: i64,
    },
    /// The least free stack seen of a task, in bytes.
    Stack {
        /// The task.
        task: u32,
        /// Bytes never touched.
        free: u32,
    },
    /// The firmware died of a fault; `kind` is the exception number.
    Fault {
        /// The exception number.
        kind: u32,
        /// The address of the faulting instruction.
        address: u32,
    },
    /// Events were lost here.
    Drops {
        /// How many.
        count: u64,
    },
    /// Who speaks: sent after every reset, behind the first SYNC.
    Info {
        /// The first eight bytes (little endian) of the ELF's build id, 0 if it has none.
        build_id: u64,
        /// Trace-clock cycles in a second.
        clock_hz: u64,
    },
    /// The running task begins periodic work: sent before its first release, and again after every SYNC that was asked for.
    Timing {
        /// The object that releases it.
        object: u32,
        /// Microseconds from one release to the next.
        period: u64,
        /// Microseconds from a release to when the job must be done.
        deadline: u64,
    },
    /// The running task begins a job of its periodic work.
    JobRelease {
        /// The object that released it.
        object: u32,
        /// Microseconds since the release.
        late: u64,
    },
    /// The running task has done its job, and comes to wait for the next release. If it gives that wait up, which only a
    /// future's can be, the job goes on and is told to be done again: the last time before the next release counts.
    JobDone {
        /// The object that releases it.
        object: u32,
    },
    /// The job that the running task has just done came after its deadline. Right behind its JOB_DONE.
    DeadlineMiss {
        /// The object that releases it.
        object: u32,
        /// Microseconds since the deadline.
        late: u64,
    },
    /// A call that may wait begins. Only with the level of detail that asks for calls.
    SysEnter {
        /// What will be done.
        op: ObjectOp,
        /// The object.
        object: u32,
    },
    /// The innermost such call ends.
    SysExit,
    /// Memory was taken from the heap.
    HeapAlloc {
        /// Bytes asked for.
        bytes: u32,
        /// Bytes in use afterwards.
        used: u32,
    },
    /// Memory came back to the heap.
    HeapFree {
        /// Bytes given back.
        bytes: u32,
        /// Bytes in use afterwards.
        used: u32,
    },
    /// What the heap holds.
    HeapStat {
        /// Bytes in use.
        used: u32,
        /// The most that ever were.
        peak: u32,
        /// Bytes of the heap.
        size: u32,
    },
    /// The trace clock stood still while the processor slept: so many cycles passed and are not in any delta. (They are in
    /// the cycles of the next SYNC.)
    ///
    /// The kernel does not send it. Its clocks go on: on Armv6-M and on the host it is the kernel's own clock, QEMU's and
    /// bksim's machines count in sleep, and so does a chip that a debugger is connected to. Where the counter's clock stops
    /// with the processor's, as on an STM32F4 without a debugger (RM0090, DBGMCU_CR.DBG_SLEEP), the firmware sets that bit;
    /// or its time is that in which the processor was awake.
    SleepJump {
        /// Cycles.
        cycles: u64,
    },
    /// The running task polls an asynchronous task.
    PollBegin {
        /// The asynchronous task's memory, numbered as objects are.
        object: u32,
    },
    /// The poll ends.
    PollEnd {
        /// The asynchronous task's memory.
        object: u32,
    },
    /// An asynchronous task was woken.
    PollReady {
        /// The asynchronous task's memory.
        object: u32,
    },
    /// From here on only these groups of events are told. Sent when that changes, behind the first SYNC and those that were
    /// asked for if it is less than [`crate::wire::group::USUAL`] or something is muted, and as an answer
    /// ([`crate::control`]).
    Filter {
        /// [`crate::wire::group`]s, one bit each.
        groups: u32,
        /// How many tasks, objects and marks are muted.
        muted: u32,
    },
    /// What tracing cost the processor for the event before it: all that ran of it since the `Spent` before. A simulator
    /// puts it there ([`crate::wire::head::SPENT`]), no time later; a target cannot know.
    Spent {
        /// Processor cycles.
        cycles: u64,
    },
    /// A name made at run time.
    Name {
        /// What it names.
        of: Named,
        /// The number of what it names.
        id: u32,
        /// The name, in UTF-8 (what is not is the reader's to repair).
        name: &'a [u8],
    },
    /// A head of a newer version, skipped by its length.
    Unknown {
        /// The head.
        head: u8,
        /// What it carried.
        payload: &'a [u8],
    },
}

/// Why a task waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum BlockReason {
    /// `sleep` or `sleep_until`.
    Delay = 1,
    /// A mutex that another task holds.
    Mutex = 2,
    /// A semaphore without a permit.
    Semaphore = 3,
    /// A channel that is full.
    ChannelFull = 4,
    /// A channel that is empty.
    ChannelEmpty = 5,
    /// Event flags.
    Event = 6,
    /// A notification.
    Notify = 7,
    /// The end of another task.
    Join = 8,
    /// A driver.
    Io = 9,
    /// Suspended by a call.
    Suspend = 10,
    /// The next release of a periodic task.
    Period = 11,
    /// A condition variable.
    Condition = 12,
    /// A reader-writer lock that somebody writes under.
    ReadLock = 13,
    /// A reader-writer lock that somebody reads or writes under.
    WriteLock = 14,
    /// The others at a barrier.
    Barrier = 15,
    /// An initialisation that another task carries out.
    Once = 16,
    /// A memory pool without a free block.
    Pool = 17,
    /// A message queue that is full.
    QueueFull = 18,
    /// A message queue that is empty.
    QueueEmpty = 19,
    /// A pipe without room.
    PipeFull = 20,
    /// A pipe without bytes.
    PipeEmpty = 21,
    /// A new value of a watch.
    Watch = 22,
    /// An object of a kind that is not known: whoever tells of the wait saw it from outside. No kernel sends it.
    Object = 23,
}

impl BlockReason {
    /// Every reason.
    pub const ALL: [Self; 23] = [
        Self::Delay,
        Self::Mutex,
        Self::Semaphore,
        Self::ChannelFull,
        Self::ChannelEmpty,
        Self::Event,
        Self::Notify,
        Self::Join,
        Self::Io,
        Self::Suspend,
        Self::Period,
        Self::Condition,
        Self::ReadLock,
        Self::WriteLock,
        Self::Barrier,
        Self::Once,
        Self::Pool,
        Self::QueueFull,
        Self::QueueEmpty,
        Self::PipeFull,
        Self::PipeEmpty,
        Self::Watch,
        Self::Object,
    ];

    /// The reason of wire value `value`.
    #[must_use]
    pub fn from_wire(value: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| *reason as u64 == value)
    }

    /// A short name in lower case, for views and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Delay => "delay",
            Self::Mutex => "mutex",
            Self::Semaphore => "semaphore",
            Self::ChannelFull => "channel-full",
            Self::ChannelEmpty => "channel-empty",
            Self::Event => "event",
            Self::Notify => "notify",
            Self::Join => "join",
            Self::Io => "io",
            Self::Suspend => "suspend",
            Self::Period => "period",
            Self::Condition => "condition",
            Self::ReadLock => "read-lock",
            Self::WriteLock => "write-lock",
            Self::Barrier => "barrier",
            Self::Once => "once",
            Self::Pool => "pool",
            Self::QueueFull => "queue-full",
            Self::QueueEmpty => "queue-empty",
            Self::PipeFull => "pipe-full",
            Self::PipeEmpty => "pipe-empty",
            Self::Watch => "watch",
            Self::Object => "object",
        }
    }
}

/// What a name made at run time names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Named {
    /// A task.
    Task = 1,
    /// An object.
    Object = 2,
    /// A mark or a counter.
    Mark = 3,
}

impl Named {
    /// The kind of wire value `value`.
    #[must_use]
    pub const fn from_wire(value: u64) -> Option<Self> {
        Some(match value {
            1 => Self::Task,
            2 => Self::Object,
            3 => Self::Mark,
            _ => return None,
        })
    }
}

/// Why an effective priority changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum PriorityCause {
    /// A call asked for it.
    Call = 1,
    /// A more important task waits for a mutex this task holds.
    Inherit = 2,
    /// That is over.
    Disinherit = 3,
}

impl PriorityCause {
    /// The cause of wire value `value`.
    #[must_use]
    pub const fn from_wire(value: u64) -> Option<Self> {
        Some(match value {
            1 => Self::Call,
            2 => Self::Inherit,
            3 => Self::Disinherit,
            _ => return None,
        })
    }
}

/// What was done to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ObjectOp {
    /// A semaphore was given; the value is its count.
    Give = 1,
    /// A semaphore was taken; the value is its count.
    Take = 2,
    /// A mutex was locked; the value is the owner's number + 1.
    Lock = 3,
    /// A mutex was unlocked; the value is the new owner's number + 1, 0 if free.
    Unlock = 4,
    /// An item went into a channel; the value is its depth.
    Send = 5,
    /// An item came out of a channel; the value is its depth.
    Receive = 6,
    /// Event flags were set; the value is the flags.
    Set = 7,
    /// Event flags were cleared; the value is the flags.
    Clear = 8,
    /// Somebody was told: a signal, a watch, a condition variable; the value is the object's.
    Notify = 9,
    /// A block came out of a pool; the value is how many are in use.
    Alloc = 10,
    /// A block came back to a pool; the value is how many are in use.
    Free = 11,
}

impl ObjectOp {
    /// The operation of wire value `value`.
    #[must_use]
    pub const fn from_wire(value: u64) -> Option<Self> {
        Some(match value {
            1 => Self::Give,
            2 => Self::Take,
            3 => Self::Lock,
            4 => Self::Unlock,
            5 => Self::Send,
            6 => Self::Receive,
            7 => Self::Set,
            8 => Self::Clear,
            9 => Self::Notify,
            10 => Self::Alloc,
            11 => Self::Free,
            _ => return None,
        })
    }

    /// A short name in lower case, for views and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Give => "give",
            Self::Take => "take",
            Self::Lock => "lock",
            Self::Unlock => "unlock",
            Self::Send => "send",
            Self::Receive => "receive",
            Self::Set => "set",
            Self::Clear => "clear",
            Self::Notify => "notify",
            Self::Alloc => "alloc",
            Self::Free => "free",
        }
    }
}
