//! Events as tables: a name and named fields for each, the same in every format that lists events.
//!
//! An event is known by its head on the wire ([`bluekernel_abi::wire::head`]; one that carries a number in the head by
//! the first of its range). Two rows are not on the wire: [`GAP`], where events were lost, and [`UNKNOWN`], for heads of
//! newer kernels.

use bluekernel_abi::Event;
use bluekernel_abi::wire::head;

use crate::model::Gap;
use crate::wire::Kind as EventKind;

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

/// The name of the row `head`.
pub(super) const fn name(head: u8) -> &'static str {
    if head == GAP { "gap" } else { EventKind::of_head(head).name() }
}

/// The fields of the row `head`.
pub(super) const fn fields(head: u8) -> &'static [Field] {
    use Kind::*;
    match head {
        GAP => &[("events", Number), ("bytes", Number), ("at_least", Flag), ("since_cycles", Number)],
        head::SWITCH_IN => &[("task", Task)],
        head::READY => &[("task", Task)],
        head::ISR_ENTER => &[("exception", Exception)],
        head::ISR_EXIT => &[],
        head::IDLE => &[],
        head::BLOCK => &[("reason", Reason), ("object", Object), ("timeout_us", Signed)],
        head::TASK_NEW => &[("task", Task), ("priority", Number), ("stack_bytes", Number)],
        head::TASK_EXIT => &[("task", Task)],
        head::PRIORITY => &[("task", Task), ("priority", Number), ("cause", Cause), ("object", Object)],
        head::OBJECT => &[("op", Op), ("object", Object), ("value", Number)],
        head::TIMER_ARM => &[("cycles_ahead", Number)],
        head::TIMER_FIRE => &[("task", Task)],
        head::MARK_BEGIN => &[("mark", Mark)],
        head::MARK_END => &[("mark", Mark)],
        head::MARK_INSTANT => &[("mark", Mark), ("value", Number)],
        head::COUNTER => &[("mark", Mark), ("value", Signed)],
        head::STACK => &[("task", Task), ("free_bytes", Number)],
        head::FAULT => &[("exception", Exception), ("address", Hex)],
        head::DROPS => &[("events", Number)],
        head::TIMING => &[("object", Object), ("period_us", Number), ("deadline_us", Number)],
        head::JOB_RELEASE => &[("object", Object), ("late_us", Number)],
        head::JOB_DONE => &[("object", Object)],
        head::DEADLINE_MISS => &[("object", Object), ("late_us", Number)],
        head::SYS_ENTER => &[("op", Op), ("object", Object)],
        head::SYS_EXIT => &[],
        head::HEAP_ALLOC => &[("bytes", Number), ("used_bytes", Number)],
        head::HEAP_FREE => &[("bytes", Number), ("used_bytes", Number)],
        head::HEAP_STAT => &[("used_bytes", Number), ("peak_bytes", Number), ("size_bytes", Number)],
        head::SLEEP_JUMP => &[("cycles_asleep", Number)],
        head::POLL_BEGIN => &[("object", Object)],
        head::POLL_END => &[("object", Object)],
        head::POLL_READY => &[("object", Object)],
        head::FILTER => &[("groups", Hex), ("muted", Number)],
        head::SPENT => &[("spent_cycles", Number)],
        head::INFO => &[("build_id", Hex), ("clock_hz", Number)],
        head::NAME => &[("of", Of), ("id", Number), ("name", Text)],
        _ => &[("head", Hex), ("payload", Bytes)],
    }
}

/// One line of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Row<'a> {
    /// Which row of [`fields`].
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
        let head = EventKind::of(event).head();
        let numbers = match *event {
            Event::SwitchIn { task } => [u(task), 0, 0, 0],
            Event::Ready { task } => [u(task), 0, 0, 0],
            Event::IsrEnter { exception } => [u(exception), 0, 0, 0],
            Event::IsrExit => [0; 4],
            Event::Idle => [0; 4],
            // The wire counts time-outs from 1, 0 is for ever: here -1 is.
            Event::Block { reason, object, timeout } => [reason as u64, u(object), timeout.wrapping_sub(1), 0],
            Event::TaskNew { task, priority, stack } => [u(task), u(priority), u(stack), 0],
            Event::TaskExit { task } => [u(task), 0, 0, 0],
            Event::Priority { task, priority, cause, object } => [u(task), u(priority), cause as u64, u(object)],
            Event::Object { op, object, value } => [op as u64, u(object), u(value), 0],
            Event::TimerArm { ticks } => [ticks, 0, 0, 0],
            Event::TimerFire { task } => [u(task), 0, 0, 0],
            Event::MarkBegin { id } => [u(id), 0, 0, 0],
            Event::MarkEnd { id } => [u(id), 0, 0, 0],
            Event::MarkInstant { id, value } => [u(id), u(value), 0, 0],
            Event::Counter { id, value } => [u(id), value.cast_unsigned(), 0, 0],
            Event::Stack { task, free } => [u(task), u(free), 0, 0],
            Event::Fault { kind, address } => [u(kind), u(address), 0, 0],
            Event::Drops { count } => [count, 0, 0, 0],
            Event::Timing { object, period, deadline } => [u(object), period, deadline, 0],
            Event::JobRelease { object, late } => [u(object), late, 0, 0],
            Event::JobDone { object } => [u(object), 0, 0, 0],
            Event::DeadlineMiss { object, late } => [u(object), late, 0, 0],
            Event::SysEnter { op, object } => [op as u64, u(object), 0, 0],
            Event::SysExit => [0; 4],
            Event::HeapAlloc { bytes, used } => [u(bytes), u(used), 0, 0],
            Event::HeapFree { bytes, used } => [u(bytes), u(used), 0, 0],
            Event::HeapStat { used, peak, size } => [u(used), u(peak), u(size), 0],
            Event::SleepJump { cycles } => [cycles, 0, 0, 0],
            Event::PollBegin { object } => [u(object), 0, 0, 0],
            Event::PollEnd { object } => [u(object), 0, 0, 0],
            Event::PollReady { object } => [u(object), 0, 0, 0],
            Event::Filter { groups, muted } => [u(groups), u(muted), 0, 0],
            Event::Spent { cycles } => [cycles, 0, 0, 0],
            Event::Info { build_id, clock_hz } => [build_id, clock_hz, 0, 0],
            Event::Name { of, id, name } => {
                return Self { head: head::NAME, numbers: [of as u64, u(id), 0, 0], bytes: name };
            }
            Event::Unknown { head, payload } => {
                return Self { head: UNKNOWN, numbers: [u64::from(head), 0, 0, 0], bytes: payload };
            }
            // Events are added to the model before anybody sends them; `tests/export_events.rs` finds one without a row.
            _ => [0; 4],
        };
        Self::new(head, numbers)
    }

    /// The row's name.
    pub(super) const fn name(&self) -> &'static str {
        name(self.head)
    }

    /// The fields with what they hold.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&'static str, Kind, u64)> {
        fields(self.head).iter().zip(self.numbers).map(|((name, kind), number)| (*name, *kind, number))
    }
}
