//! What stands on slices and at moments.

use std::collections::HashMap;

use bluekernel_abi::{ObjectOp, PriorityCause};

use super::content::Sink;
use super::nanoseconds;
use crate::model::{Instant, LaneKind, Operation, PriorityChange, State, Trace};

/// A value beside a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Detail {
    /// A number.
    Number(u64),
    /// Text.
    Text(String),
}

/// What stands on a slice or at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Label {
    /// The text to see.
    pub(super) text: String,
    /// What to see on a closer look.
    pub(super) details: Vec<(&'static str, Detail)>,
}

impl Label {
    fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), details: Vec::new() }
    }

    fn number(mut self, name: &'static str, value: impl Into<u64>) -> Self {
        self.details.push((name, Detail::Number(value.into())));
        self
    }

    fn text(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.details.push((name, Detail::Text(value.into())));
        self
    }
}

/// What a label tells of, without its time: the same again has the same label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum What {
    Reset,
    /// By its place in [`Trace::gaps`].
    Gap(usize),
    /// By its place in [`Trace::faults`].
    Fault(usize),
    State(LaneKind, State),
    Operation {
        op: ObjectOp,
        object: u32,
        value: u32,
    },
    Priority {
        cause: PriorityCause,
        priority: u32,
        object: u32,
    },
    Mark {
        id: u32,
        value: u32,
        task: Option<u32>,
    },
}

impl What {
    pub(super) const fn operation(operation: &Operation) -> Self {
        Self::Operation { op: operation.op, object: operation.object, value: operation.value }
    }

    pub(super) const fn priority(change: &PriorityChange) -> Self {
        Self::Priority { cause: change.cause, priority: change.priority, object: change.object }
    }

    pub(super) const fn instant(instant: &Instant) -> Self {
        Self::Mark { id: instant.id, value: instant.value, task: instant.task }
    }
}

/// The most labels that are kept. Values differ without end where nobody would see them twice.
const KEPT: usize = 1 << 12;

/// Labels as a format writes them. A trace shows few different ones, and each very often: they are kept.
pub(super) struct Labels<'a> {
    trace: &'a Trace,
    known: HashMap<What, Option<Vec<u8>>>,
}

impl<'a> Labels<'a> {
    /// Those of `trace`.
    pub(super) fn new(trace: &'a Trace) -> Self {
        Self { trace, known: HashMap::new() }
    }

    /// The label of `what` as `sink` writes it; `None` for a lane that does nothing.
    pub(super) fn get(&mut self, what: What, sink: &dyn Sink) -> Option<&[u8]> {
        if self.known.len() >= KEPT {
            self.known.clear();
        }
        let trace = self.trace;
        let known = self.known.entry(what).or_insert_with(|| label(trace, what).map(|label| sink.label(&label)));
        known.as_deref()
    }
}

fn label(trace: &Trace, what: What) -> Option<Label> {
    Some(match what {
        What::Reset => Label::new("reset"),
        What::Gap(place) => {
            let gap = trace.gaps().get(place)?;
            let at_least = if gap.uncounted { "at least " } else { "" };
            Label::new(format!("{at_least}{} events lost", gap.events))
                .number("events", gap.events)
                .number("unreadable bytes", gap.bytes)
                .number("until_ns", nanoseconds(gap.end, trace.clock_hz()))
        }
        What::Fault(place) => {
            let fault = trace.faults().get(place)?;
            let header = trace.header();
            Label::new(format!("fault: {}", header.exception(fault.kind)))
                .text("address", format!("{:#010x}", fault.address))
                .text("task", fault.task.map_or_else(|| "none".to_owned(), |task| header.task(task)))
        }
        What::State(kind, state) => return of_state(trace, kind, state),
        What::Operation { op, object, value } => of_operation(trace, op, object, value),
        What::Priority { cause, priority, object } => of_priority(trace, cause, priority, object),
        What::Mark { id, value, task } => {
            let label = Label::new(trace.header().name(id)).number("value", value);
            match task {
                Some(task) => label.text("task", trace.header().task(task)),
                None => label,
            }
        }
    })
}

fn of_state(trace: &Trace, kind: LaneKind, state: State) -> Option<Label> {
    Some(match (state, kind) {
        (State::Dormant, _) => return None,
        (State::Unknown, _) => Label::new("unknown").text("why", "events were lost, or none spoke of it yet"),
        (State::Running, LaneKind::Task { .. }) => Label::new("running"),
        (State::Running, _) => Label::new(trace.lane(kind).map(|lane| trace.lane_name(lane)).unwrap_or_default()),
        (State::Interrupted, _) => Label::new("interrupted"),
        (State::Ready, _) => Label::new("ready"),
        (State::Blocked { reason, object: 0 }, _) => {
            Label::new(format!("blocked: {}", reason.name())).text("reason", reason.name())
        }
        (State::Blocked { reason, object }, _) => {
            let object = trace.header().object(object);
            Label::new(format!("blocked: {} {object}", reason.name()))
                .text("reason", reason.name())
                .text("object", object)
        }
    })
}

fn of_operation(trace: &Trace, op: ObjectOp, object: u32, value: u32) -> Label {
    let header = trace.header();
    let object = header.object(object);
    let label = Label::new(format!("{} {object}", op.name())).text("object", object);
    match op {
        ObjectOp::Lock | ObjectOp::Unlock => {
            let owner = value.checked_sub(1).map_or_else(|| "nobody".to_owned(), |task| header.task(task));
            label.text("owner", owner)
        }
        ObjectOp::Give | ObjectOp::Take => label.number("count", value),
        ObjectOp::Send | ObjectOp::Receive => label.number("items", value),
        ObjectOp::Alloc | ObjectOp::Free => label.number("used", value),
        ObjectOp::Set | ObjectOp::Clear => label.number("flags", value),
        ObjectOp::Notify => label,
    }
}

fn of_priority(trace: &Trace, cause: PriorityCause, priority: u32, object: u32) -> Label {
    let why = match cause {
        PriorityCause::Call => "by a call",
        PriorityCause::Inherit => "inherited",
        PriorityCause::Disinherit => "given back",
    };
    let label = Label::new(format!("priority {priority} {why}")).number("priority", priority);
    if object == 0 { label } else { label.text("object", trace.header().object(object)) }
}
