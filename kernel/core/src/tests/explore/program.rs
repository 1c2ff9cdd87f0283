//! What tasks and handlers do.

use crate::events::Wanted;

/// One operation on the object of a place. The times are ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    Give(usize),
    Take(usize),
    TakeFor(usize, u64),
    TryTake(usize),
    /// Or learns that this could never end, and goes on without.
    Lock(usize),
    LockFor(usize, u64),
    /// Nothing, if the task did not get the mutex.
    Unlock(usize),
    Send(usize, u32),
    SendFor(usize, u32, u64),
    TrySend(usize, u32),
    Receive(usize),
    ReceiveFor(usize, u64),
    TryReceive(usize),
    Set(usize, u32),
    Clear(usize, u32),
    Await(usize, Want),
    AwaitFor(usize, Want, u64),
    /// Waits for the end of a task.
    Join(usize),
    JoinFor(usize, u64),
    Suspend(usize),
    Resume(usize),
    Sleep(u64),
    /// In a handler: makes the running task yield.
    Yield,
}

/// Which flags a task waits for: what [`Wanted`] means, said once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Want {
    pub(super) flags: u32,
    pub(super) all: bool,
    pub(super) clears: bool,
}

impl Want {
    pub(super) fn wanted(self) -> Wanted {
        let wanted = if self.all { Wanted::all(self.flags) } else { Wanted::any(self.flags) };
        if self.clears { wanted.clear() } else { wanted }
    }

    /// The awaited ones of `flags`, if that is enough.
    pub(super) fn found_in(self, flags: u32) -> Option<u32> {
        let found = flags & self.flags;
        (if self.all { found == self.flags } else { found != 0 }).then_some(found)
    }
}

/// A task: its priority, and what it does from beginning to end.
pub(super) type Task = (u8, &'static [Op]);

/// A handler.
#[derive(Clone, Copy)]
pub(super) struct Handler {
    /// It interrupts handlers of lower levels, and tasks. From 1.
    pub(super) level: u8,
    /// How often it may come.
    pub(super) times: u8,
    /// What it does each time. Nothing that waits.
    pub(super) does: &'static [Op],
}

/// A program, and what it runs on.
#[derive(Clone, Copy)]
pub(super) struct Case {
    pub(super) tasks: &'static [Task],
    pub(super) handlers: &'static [Handler],
    /// The level of the alarm's handler.
    pub(super) alarm: u8,
    /// Initial count and maximum of each semaphore.
    pub(super) semaphores: &'static [(u32, u32)],
    /// The ceiling of each mutex; 0: it has none.
    pub(super) mutexes: &'static [u8],
    /// How many groups of flags there are.
    pub(super) events: usize,
    /// The capacity of each channel.
    pub(super) channels: &'static [usize],
    /// A switch that a task asked for may come one lock section late. So it is on a processor that opens its mask without
    /// a barrier.
    pub(super) late: bool,
    /// What is wrong with the kernel around the algorithms.
    pub(super) wrong: Option<Wrong>,
}

/// A case with nothing in it.
pub(super) const EMPTY: Case = Case {
    tasks: &[],
    handlers: &[],
    alarm: 1,
    semaphores: &[],
    mutexes: &[],
    events: 0,
    channels: &[],
    late: true,
    wrong: None,
};

/// Mistakes, each of which must be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// Waking a task does not ask for a switch.
    WakesWithoutSwitch,
    /// A task that got what it waited for keeps its time-out.
    KeepsTimeOut,
    /// A task whose time is over stays in the list it waited in.
    StaysInList,
    /// The alarm's handler does not set the next alarm.
    SetsNoNextAlarm,
    /// The alarm's handler ends one wait and goes.
    EndsOneWait,
    /// The end of a wait lets nobody run.
    ResumesWithoutSwitch,
    /// A task whose time is over leaves, although a handler was faster and gave it what it waits for.
    LeavesAnyway,
    /// A switch does not wait for the priorities.
    ChoosesAmongStale,
    /// A walk along a chain goes on where it was, although a chain became longer.
    WalksOnInOldChain,
    /// A task waits although a chain became longer since it was seen to end.
    WaitsForOldChain,
    /// A task looks whether there is a permit, and waits under another lock.
    WaitsUnderAnotherLock,
    /// Setting flags wakes nobody.
    LooksAtNobody,
    /// A task whose wait ends runs, although it is suspended.
    HoldsNobodyBack,
    /// Who is suspended runs on.
    SuspendsWithoutSwitch,
    /// Who unlocks a mutex with a ceiling keeps its priority.
    KeepsCeiling,
}
