//! What an export holds, whatever its format.

use std::collections::BTreeMap;
use std::io;

use bluekernel_abi::{ObjectOp, PriorityCause};

use crate::model::{LaneKind, State, Trace};

/// What a track shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TrackKind {
    /// Slices and moments.
    Slices,
    /// A value over time.
    Value,
}

/// A line of a timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Track {
    /// Its number, from 1, in the order of display.
    pub(super) id: u64,
    /// Its name.
    pub(super) name: String,
    /// What it shows.
    pub(super) kind: TrackKind,
}

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

/// A format. It is told each track before what is on it; times are in nanoseconds.
pub(super) trait Sink {
    /// A track. Its slices follow in order of time and do not overlap.
    fn track(&mut self, track: &Track) -> io::Result<()>;
    /// A stretch of time on a track.
    fn slice(&mut self, track: &Track, start: u64, end: u64, label: &Label) -> io::Result<()>;
    /// A moment on a track.
    fn instant(&mut self, track: &Track, time: u64, label: &Label) -> io::Result<()>;
    /// A value from a moment on.
    fn value(&mut self, track: &Track, time: u64, value: i64) -> io::Result<()>;
}

/// Tells `sink` all of `trace`.
pub(super) fn tell(trace: &Trace, sink: &mut dyn Sink) -> io::Result<()> {
    let mut teller = Teller { trace, sink, tracks: 0 };
    teller.kernel()?;
    teller.lanes()?;
    teller.marks()?;
    teller.counters()?;
    teller.objects()?;
    teller.priorities()
}

struct Teller<'a> {
    trace: &'a Trace,
    sink: &'a mut dyn Sink,
    tracks: u64,
}

impl Teller<'_> {
    fn track(&mut self, name: impl Into<String>, kind: TrackKind) -> io::Result<Track> {
        self.tracks += 1;
        let track = Track { id: self.tracks, name: name.into(), kind };
        self.sink.track(&track)?;
        Ok(track)
    }

    fn nanoseconds(&self, cycles: u64) -> u64 {
        super::nanoseconds(cycles, self.trace.clock_hz())
    }

    /// Where events were lost, resets, faults, and what interrupt handlers did to objects.
    fn kernel(&mut self) -> io::Result<()> {
        let trace = self.trace;
        let header = trace.header();
        let mut moments: Vec<(u64, Label)> = Vec::new();
        for boot in trace.boots() {
            moments.push((*boot, Label::new("reset")));
        }
        for gap in trace.gaps() {
            let at_least = if gap.uncounted { "at least " } else { "" };
            let label = Label::new(format!("{at_least}{} events lost", gap.events))
                .number("events", gap.events)
                .number("unreadable bytes", gap.bytes)
                .number("until_ns", self.nanoseconds(gap.end));
            moments.push((gap.start, label));
        }
        for fault in trace.faults() {
            let label = Label::new(format!("fault: {}", header.exception(fault.kind)))
                .text("address", format!("{:#010x}", fault.address))
                .text("task", fault.task.map_or_else(|| "none".to_owned(), |task| header.task(task)));
            moments.push((fault.time, label));
        }
        for operation in trace.operations().iter().filter(|operation| operation.task.is_none()) {
            moments.push((operation.time, self.operation(operation.op, operation.object, operation.value)));
        }
        if moments.is_empty() {
            return Ok(());
        }
        moments.sort_by_key(|(time, _)| *time);
        let track = self.track("kernel", TrackKind::Slices)?;
        for (time, label) in moments {
            self.sink.instant(&track, self.nanoseconds(time), &label)?;
        }
        Ok(())
    }

    /// Interrupts, tasks, idle and user spans, a slice a state.
    fn lanes(&mut self) -> io::Result<()> {
        let trace = self.trace;
        let mut operations: BTreeMap<u32, Vec<(u64, Label)>> = BTreeMap::new();
        for operation in trace.operations() {
            let Some(task) = operation.task else { continue };
            let label = self.operation(operation.op, operation.object, operation.value);
            operations.entry(task).or_default().push((operation.time, label));
        }
        for change in trace.priority_changes() {
            operations
                .entry(change.task)
                .or_default()
                .push((change.time, self.priority(change.cause, change.priority, change.object)));
        }
        for index in trace.display_order() {
            let Some(lane) = trace.lanes().get(index) else { continue };
            let name = trace.lane_name(lane);
            let title = match lane.kind() {
                LaneKind::Interrupt { exception } => format!("{name} (exception {exception})"),
                LaneKind::Task { number } => match trace.task(number).priority {
                    Some(priority) => format!("{name} (priority {priority})"),
                    None => name.clone(),
                },
                LaneKind::Idle => name.clone(),
                LaneKind::Mark { .. } => format!("{name} (mark)"),
                LaneKind::Future { .. } => format!("{name} (async)"),
            };
            let track = self.track(title, TrackKind::Slices)?;
            for span in lane.spans(trace.window(), trace.end()) {
                let (start, end) = (self.nanoseconds(span.start), self.nanoseconds(span.end));
                if let Some(label) = self.state(lane.kind(), &name, span.state).filter(|_| end > start) {
                    self.sink.slice(&track, start, end, &label)?;
                }
            }
            if let LaneKind::Task { number } = lane.kind() {
                let mut moments = operations.remove(&number).unwrap_or_default();
                moments.sort_by_key(|(time, _)| *time);
                for (time, label) in moments {
                    self.sink.instant(&track, self.nanoseconds(time), &label)?;
                }
            }
        }
        Ok(())
    }

    /// The label of a state; `None` for a lane that does nothing.
    fn state(&self, kind: LaneKind, name: &str, state: State) -> Option<Label> {
        let header = self.trace.header();
        Some(match (state, kind) {
            (State::Dormant, _) => return None,
            (State::Unknown, _) => Label::new("unknown").text("why", "events were lost, or none spoke of it yet"),
            (State::Running, LaneKind::Task { .. }) => Label::new("running"),
            (State::Running, _) => Label::new(name),
            (State::Interrupted, _) => Label::new("interrupted"),
            (State::Ready, _) => Label::new("ready"),
            (State::Blocked { reason, object: 0 }, _) => {
                Label::new(format!("blocked: {}", reason.name())).text("reason", reason.name())
            }
            (State::Blocked { reason, object }, _) => {
                let object = header.object(object);
                Label::new(format!("blocked: {} {object}", reason.name()))
                    .text("reason", reason.name())
                    .text("object", object)
            }
        })
    }

    fn operation(&self, op: ObjectOp, object: u32, value: u32) -> Label {
        let header = self.trace.header();
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

    fn priority(&self, cause: PriorityCause, priority: u32, object: u32) -> Label {
        let why = match cause {
            PriorityCause::Call => "by a call",
            PriorityCause::Inherit => "inherited",
            PriorityCause::Disinherit => "given back",
        };
        let label = Label::new(format!("priority {priority} {why}")).number("priority", priority);
        if object == 0 { label } else { label.text("object", self.trace.header().object(object)) }
    }

    /// The user's moments.
    fn marks(&mut self) -> io::Result<()> {
        let trace = self.trace;
        if trace.instants().is_empty() {
            return Ok(());
        }
        let track = self.track("marks", TrackKind::Slices)?;
        for instant in trace.instants() {
            let mut label = Label::new(trace.header().name(instant.id)).number("value", instant.value);
            if let Some(task) = instant.task {
                label = label.text("task", trace.header().task(task));
            }
            self.sink.instant(&track, self.nanoseconds(instant.time), &label)?;
        }
        Ok(())
    }

    /// The user's values.
    fn counters(&mut self) -> io::Result<()> {
        let trace = self.trace;
        for counter in trace.counters() {
            let track = self.track(trace.header().name(counter.id), TrackKind::Value)?;
            for (time, value) in &counter.points {
                self.sink.value(&track, self.nanoseconds(*time), *value)?;
            }
        }
        Ok(())
    }

    /// Permits of semaphores, items in channels and used blocks of pools, over time.
    fn objects(&mut self) -> io::Result<()> {
        let mut values: BTreeMap<(u32, &str), Vec<(u64, i64)>> = BTreeMap::new();
        for operation in self.trace.operations() {
            let unit = match operation.op {
                ObjectOp::Give | ObjectOp::Take => "count",
                ObjectOp::Send | ObjectOp::Receive => "items",
                ObjectOp::Alloc | ObjectOp::Free => "used",
                ObjectOp::Lock | ObjectOp::Unlock | ObjectOp::Set | ObjectOp::Clear | ObjectOp::Notify => continue,
            };
            values.entry((operation.object, unit)).or_default().push((operation.time, i64::from(operation.value)));
        }
        for ((object, unit), points) in values {
            let name = format!("{} ({unit})", self.trace.header().object(object));
            let track = self.track(name, TrackKind::Value)?;
            for (time, value) in points {
                self.sink.value(&track, self.nanoseconds(time), value)?;
            }
        }
        Ok(())
    }

    /// Effective priorities of the tasks whose priority changed.
    fn priorities(&mut self) -> io::Result<()> {
        let trace = self.trace;
        let mut values: BTreeMap<u32, Vec<(u64, i64)>> = BTreeMap::new();
        for change in trace.priority_changes() {
            let points = values.entry(change.task).or_insert_with(|| {
                let base = trace.task(change.task).priority;
                base.map(|priority| (trace.start(), i64::from(priority))).into_iter().collect()
            });
            points.push((change.time, i64::from(change.priority)));
        }
        for (task, points) in values {
            let track = self.track(format!("{} (effective priority)", trace.header().task(task)), TrackKind::Value)?;
            for (time, value) in points {
                self.sink.value(&track, self.nanoseconds(time), value)?;
            }
        }
        Ok(())
    }
}
