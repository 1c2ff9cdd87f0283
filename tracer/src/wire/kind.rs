//! Which kind of event an event is, in one byte: for whoever counts by kind.

use bluekernel_abi::Event;
use bluekernel_abi::wire::head;

/// A kind of event: all SWITCH_INs are one, whatever the task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind(u8);

impl Kind {
    /// Of a head that this version does not know.
    pub const UNKNOWN: Self = Self(0xff);
    /// What stands first behind a loss: it has to answer for the events that were lost, too.
    pub const BEHIND_LOSS: Self = Self(0);

    /// Of a head as it stands in [`head`]: one that carries a number is the first of its range.
    pub(crate) const fn of_head(head: u8) -> Self {
        Self(head)
    }

    /// That head.
    pub(crate) const fn head(self) -> u8 {
        self.0
    }

    /// The kind of `event`.
    #[must_use]
    pub const fn of(event: &Event<'_>) -> Self {
        Self(match event {
            Event::SwitchIn { .. } => head::SWITCH_IN,
            Event::Ready { .. } => head::READY,
            Event::IsrEnter { .. } => head::ISR_ENTER,
            Event::IsrExit => head::ISR_EXIT,
            Event::Idle => head::IDLE,
            Event::Block { .. } => head::BLOCK,
            Event::TaskNew { .. } => head::TASK_NEW,
            Event::TaskExit { .. } => head::TASK_EXIT,
            Event::Priority { .. } => head::PRIORITY,
            Event::Object { .. } => head::OBJECT,
            Event::TimerArm { .. } => head::TIMER_ARM,
            Event::TimerFire { .. } => head::TIMER_FIRE,
            Event::MarkBegin { .. } => head::MARK_BEGIN,
            Event::MarkEnd { .. } => head::MARK_END,
            Event::MarkInstant { .. } => head::MARK_INSTANT,
            Event::Counter { .. } => head::COUNTER,
            Event::Stack { .. } => head::STACK,
            Event::Fault { .. } => head::FAULT,
            Event::Drops { .. } => head::DROPS,
            Event::Timing { .. } => head::TIMING,
            Event::JobRelease { .. } => head::JOB_RELEASE,
            Event::JobDone { .. } => head::JOB_DONE,
            Event::DeadlineMiss { .. } => head::DEADLINE_MISS,
            Event::SysEnter { .. } => head::SYS_ENTER,
            Event::SysExit => head::SYS_EXIT,
            Event::HeapAlloc { .. } => head::HEAP_ALLOC,
            Event::HeapFree { .. } => head::HEAP_FREE,
            Event::HeapStat { .. } => head::HEAP_STAT,
            Event::SleepJump { .. } => head::SLEEP_JUMP,
            Event::PollBegin { .. } => head::POLL_BEGIN,
            Event::PollEnd { .. } => head::POLL_END,
            Event::PollReady { .. } => head::POLL_READY,
            Event::Filter { .. } => head::FILTER,
            Event::Spent { .. } => head::SPENT,
            Event::Info { .. } => head::INFO,
            Event::Name { .. } => head::NAME,
            _ => return Self::UNKNOWN,
        })
    }

    /// Its name, as the exports have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.0 {
            0 => "behind a loss",
            head::SWITCH_IN => "switch_in",
            head::READY => "ready",
            head::ISR_ENTER => "isr_enter",
            head::ISR_EXIT => "isr_exit",
            head::IDLE => "idle",
            head::BLOCK => "block",
            head::TASK_NEW => "task_new",
            head::TASK_EXIT => "task_exit",
            head::PRIORITY => "priority",
            head::OBJECT => "object",
            head::TIMER_ARM => "timer_arm",
            head::TIMER_FIRE => "timer_fire",
            head::MARK_BEGIN => "mark_begin",
            head::MARK_END => "mark_end",
            head::MARK_INSTANT => "mark_instant",
            head::COUNTER => "counter",
            head::STACK => "stack",
            head::FAULT => "fault",
            head::DROPS => "drops",
            head::TIMING => "timing",
            head::JOB_RELEASE => "job_release",
            head::JOB_DONE => "job_done",
            head::DEADLINE_MISS => "deadline_miss",
            head::SYS_ENTER => "sys_enter",
            head::SYS_EXIT => "sys_exit",
            head::HEAP_ALLOC => "heap_alloc",
            head::HEAP_FREE => "heap_free",
            head::HEAP_STAT => "heap_stat",
            head::SLEEP_JUMP => "sleep_jump",
            head::POLL_BEGIN => "poll_begin",
            head::POLL_END => "poll_end",
            head::POLL_READY => "poll_ready",
            head::FILTER => "filter",
            head::SPENT => "spent",
            head::INFO => "info",
            head::NAME => "name",
            _ => "unknown",
        }
    }
}
