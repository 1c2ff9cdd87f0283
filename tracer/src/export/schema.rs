//! Events as tables: a name and named fields for each, the same in every format that lists events.
//!
//! An event is known by its head on the wire ([`bluekernel_abi::wire::head`]; one that carries a number in the head by
//! the first of its range). Two rows are not on the wire: [`GAP`], where events were lost, and [`UNKNOWN`], for heads of
//! newer kernels.

use bluekernel_abi::Event;
use bluekernel_abi::wire::head;

use crate::model::Gap;

/// The row of a gap: no head is 0.
pub(super) const GAP: u8 = 0x00;

/// The row of an event that this version does not know.
pub(super) const UNKNOWN: u8 = 0xff;

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    /// The number of a task.
    Task,
    /// The number of an object, 0 for none.
    Object,
    /// The number of an exception.
    Exception,
    /// The number of a name that user code gave.
    Mark,
    /// A [`bluekernel_abi::BlockReason`].
    Reason,
    /// A [`bluekernel_abi::ObjectOp`].
    Op,
    /// A [`bluekernel_abi::PriorityCause`].
    Cause,
    /// A [`bluekernel_abi::Named`].
    Of,
    /// 0 or 1.
    Flag,
    /// A number.
    Number,
    /// A number below zero or above: the bits of an `i64`.
    Signed,
    /// A number that people read in hexadecimal digits.
    Hex,
    /// The row's bytes, as text.
    Text,
    /// The row's bytes.
    Bytes,
}

/// A field: its name, with its unit, and what it holds.
pub(super) type Field = (&'static str, Kind);

/// The name of the row `head`, and its fields.
pub(super) const fn schema(head: u8) -> (&'static str, &'static [Field]) {
    use Kind::*;
    match head {
        GAP => ("gap", &[("events", Number), ("bytes", Number), ("at_least", Flag), ("since_cycles", Number)]),
        head::SWITCH_IN => ("switch_in", &[("task", Task)]),
        head::READY => ("ready", &[("task", Task)]),
        head::ISR_ENTER => ("isr_enter", &[("exception", Exception)]),
        head::ISR_EXIT => ("isr_exit", &[]),
        head::IDLE => ("idle", &[]),
        head::BLOCK => ("block", &[("reason", Reason), ("object", Object), ("timeout_us", Signed)]),
        head::TASK_NEW => ("task_new", &[("task", Task), ("priority", Number), ("stack_bytes", Number)]),
        head::TASK_EXIT => ("task_exit", &[("task", Task)]),
        head::PRIORITY => ("priority", &[("task", Task), ("priority", Number), ("cause", Cause), ("object", Object)]),
        head::OBJECT => ("object", &[("op", Op), ("object", Object), ("value", Number)]),
        head::TIMER_ARM => ("timer_arm", &[("cycles_ahead", Number)]),
        head::TIMER_FIRE => ("timer_fire", &[("task", Task)]),
        head::MARK_BEGIN => ("mark_begin", &[("mark", Mark)]),
        head::MARK_END => ("mark_end", &[("mark", Mark)]),
        head::MARK_INSTANT => ("mark_instant", &[("mark", Mark), ("value", Number)]),
        head::COUNTER => ("counter", &[("mark", Mark), ("value", Signed)]),
        head::STACK => ("stack", &[("task", Task), ("free_bytes", Number)]),
        head::FAULT => ("fault", &[("exception", Exception), ("address", Hex)]),
        head::DROPS => ("drops", &[("events", Number)]),
        head::TIMING => ("timing", &[("object", Object), ("period_us", Number), ("deadline_us", Number)]),
        head::JOB_RELEASE => ("job_release", &[("object", Object), ("late_us", Number)]),
        head::JOB_DONE => ("job_done", &[("object", Object)]),
        head::DEADLINE_MISS => ("deadline_miss", &[("object", Object), ("late_us", Number)]),
        head::SYS_ENTER => ("sys_enter", &[("op", Op), ("object", Object)]),
        head::SYS_EXIT => ("sys_exit", &[]),
        head::HEAP_ALLOC => ("heap_alloc", &[("bytes", Number), ("used_bytes", Number)]),
        head::HEAP_FREE => ("heap_free", &[("bytes", Number), ("used_bytes", Number)]),
        head::HEAP_STAT => ("heap_stat", &[("used_bytes", Number), ("peak_bytes", Number), ("size_bytes", Number)]),
        head::SLEEP_JUMP => ("sleep_jump", &[("cycles_asleep", Number)]),
        head::POLL_BEGIN => ("poll_begin", &[("object", Object)]),
        head::POLL_END => ("poll_end", &[("object", Object)]),
        head::POLL_READY => ("poll_ready", &[("object", Object)]),
        head::FILTER => ("filter", &[("groups", Hex), ("muted", Number)]),
        head::SPENT => ("spent", &[("spent_cycles", Number)]),
        head::INFO => ("info", &[("build_id", Hex), ("clock_hz", Number)]),
        head::NAME => ("name", &[("of", Of), ("id", Number), ("name", Text)]),
        _ => ("unknown", &[("head", Hex), ("payload", Bytes)]),
    }
}

/// One line of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Row<'a> {
    /// Which row of [`schema`].
    pub(super) head: u8,
    /// The fields in their order; of a field of text or bytes the number is 0.
    pub(super) numbers: [u64; 4],
    /// What the field of text or bytes holds.
    pub(super) bytes: &'a [u8],
}

impl<'a> Row<'a> {
    const fn new(head: u8, numbers: [u64; 4]) -> Self {
        Self { head, numbers, bytes: &[] }
    }

    /// Where events were lost. It is told at the gap's end.
    pub(super) fn of_gap(gap: &Gap) -> Self {
        Self::new(GAP, [gap.events, gap.bytes, u64::from(gap.uncounted), gap.start])
    }

    /// An event.
    pub(super) fn of_event(event: &Event<'a>) -> Self {
        let u = u64::from;
        let (head, numbers) = match *event {
            Event::SwitchIn { task } => (head::SWITCH_IN, [u(task), 0, 0, 0]),
            Event::Ready { task } => (head::READY, [u(task), 0, 0, 0]),
            Event::IsrEnter { exception } => (head::ISR_ENTER, [u(exception), 0, 0, 0]),
            Event::IsrExit => (head::ISR_EXIT, [0; 4]),
            Event::Idle => (head::IDLE, [0; 4]),
            // The wire counts time-outs from 1, 0 is for ever: here -1 is.
            Event::Block { reason, object, timeout } => {
                (head::BLOCK, [reason as u64, u(object), timeout.wrapping_sub(1), 0])
            }
            Event::TaskNew { task, priority, stack } => (head::TASK_NEW, [u(task), u(priority), u(stack), 0]),
            Event::TaskExit { task } => (head::TASK_EXIT, [u(task), 0, 0, 0]),
            Event::Priority { task, priority, cause, object } => {
                (head::PRIORITY, [u(task), u(priority), cause as u64, u(object)])
            }
            Event::Object { op, object, value } => (head::OBJECT, [op as u64, u(object), u(value), 0]),
            Event::TimerArm { ticks } => (head::TIMER_ARM, [ticks, 0, 0, 0]),
            Event::TimerFire { task } => (head::TIMER_FIRE, [u(task), 0, 0, 0]),
            Event::MarkBegin { id } => (head::MARK_BEGIN, [u(id), 0, 0, 0]),
            Event::MarkEnd { id } => (head::MARK_END, [u(id), 0, 0, 0]),
            Event::MarkInstant { id, value } => (head::MARK_INSTANT, [u(id), u(value), 0, 0]),
            Event::Counter { id, value } => (head::COUNTER, [u(id), value.cast_unsigned(), 0, 0]),
            Event::Stack { task, free } => (head::STACK, [u(task), u(free), 0, 0]),
            Event::Fault { kind, address } => (head::FAULT, [u(kind), u(address), 0, 0]),
            Event::Drops { count } => (head::DROPS, [count, 0, 0, 0]),
            Event::Timing { object, period, deadline } => (head::TIMING, [u(object), period, deadline, 0]),
            Event::JobRelease { object, late } => (head::JOB_RELEASE, [u(object), late, 0, 0]),
            Event::JobDone { object } => (head::JOB_DONE, [u(object), 0, 0, 0]),
            Event::DeadlineMiss { object, late } => (head::DEADLINE_MISS, [u(object), late, 0, 0]),
            Event::SysEnter { op, object } => (head::SYS_ENTER, [op as u64, u(object), 0, 0]),
            Event::SysExit => (head::SYS_EXIT, [0; 4]),
            Event::HeapAlloc { bytes, used } => (head::HEAP_ALLOC, [u(bytes), u(used), 0, 0]),
            Event::HeapFree { bytes, used } => (head::HEAP_FREE, [u(bytes), u(used), 0, 0]),
            Event::HeapStat { used, peak, size } => (head::HEAP_STAT, [u(used), u(peak), u(size), 0]),
            Event::SleepJump { cycles } => (head::SLEEP_JUMP, [cycles, 0, 0, 0]),
            Event::PollBegin { object } => (head::POLL_BEGIN, [u(object), 0, 0, 0]),
            Event::PollEnd { object } => (head::POLL_END, [u(object), 0, 0, 0]),
            Event::PollReady { object } => (head::POLL_READY, [u(object), 0, 0, 0]),
            Event::Filter { groups, muted } => (head::FILTER, [u(groups), u(muted), 0, 0]),
            Event::Spent { cycles } => (head::SPENT, [cycles, 0, 0, 0]),
            Event::Info { build_id, clock_hz } => (head::INFO, [build_id, clock_hz, 0, 0]),
            Event::Name { of, id, name } => {
                return Self { head: head::NAME, numbers: [of as u64, u(id), 0, 0], bytes: name };
            }
            Event::Unknown { head, payload } => {
                return Self { head: UNKNOWN, numbers: [u64::from(head), 0, 0, 0], bytes: payload };
            }
            // Events are added to the model before anybody sends them; `tests/export_events.rs` finds one without a row.
            _ => (UNKNOWN, [0; 4]),
        };
        Self::new(head, numbers)
    }

    /// The row's name.
    pub(super) const fn name(&self) -> &'static str {
        schema(self.head).0
    }

    /// The fields with what they hold.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&'static str, Kind, u64)> {
        schema(self.head).1.iter().zip(self.numbers).map(|((name, kind), number)| (*name, *kind, number))
    }
}
