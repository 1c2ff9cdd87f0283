//! A recording as steps of its schedule: what happened, to whom, by name.

use std::collections::HashMap;

use bluekernel_abi::{BlockReason, Event, ObjectOp, PriorityCause};

use crate::model::{TimeLine, Trace};
use crate::recording::{Header, Recording};
use crate::wire::{Decoder, Item};

/// Bytes that are decoded at a time.
const PIECE: usize = 64 << 10;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    SwitchIn,
    Ready,
    IsrEnter,
    IsrExit,
    Idle,
    Block(BlockReason),
    TaskNew,
    TaskExit,
    Priority(PriorityCause),
    Object(ObjectOp),
    MarkBegin,
    MarkEnd,
    MarkInstant,
    Counter,
    JobRelease,
    JobDone,
    DeadlineMiss,
    PollBegin,
    PollEnd,
    PollReady,
    Fault,
}

/// A name, numbered: equal names have equal numbers in both recordings. 0 is no name.
type Name = u32;

/// One step. Two steps are the same if all but their times are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    /// In cycles of its recording.
    pub(super) time: u64,
    kind: Kind,
    name: Name,
    object: Name,
    /// Who had the processor; not compared, since after a loss nobody knows.
    by: Name,
}

impl Step {
    /// Whether the same happened to the same.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        (self.kind, self.name, self.object) == (other.kind, other.name, other.object)
    }
}

/// The names of both recordings.
#[derive(Debug, Default)]
pub(super) struct Names {
    numbers: HashMap<String, Name>,
    names: Vec<String>,
}

impl Names {
    fn number(&mut self, name: String) -> Name {
        if name.is_empty() {
            return 0;
        }
        if let Some(number) = self.numbers.get(&name) {
            return *number;
        }
        self.names.push(name.clone());
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.numbers.insert(name, number);
        number
    }

    fn name(&self, number: Name) -> &str {
        let at = (number as usize).checked_sub(1);
        at.and_then(|at| self.names.get(at)).map_or("", String::as_str)
    }

    /// `step` in words.
    pub(super) fn words(&self, step: &Step) -> String {
        let (name, object) = (self.name(step.name), self.name(step.object));
        let by = if step.by == 0 { "somebody" } else { self.name(step.by) };
        match step.kind {
            Kind::SwitchIn => format!("{name} runs"),
            Kind::Ready => format!("{name} becomes ready"),
            Kind::IsrEnter => format!("{name} enters"),
            Kind::IsrExit => "the handler ends".to_owned(),
            Kind::Idle => "idle".to_owned(),
            Kind::Block(reason) => match object {
                "" => format!("{by} waits ({})", reason.name()),
                object => format!("{by} waits ({}) for {object}", reason.name()),
            },
            Kind::TaskNew => format!("{name} is made"),
            Kind::TaskExit => format!("{name} ends"),
            Kind::Priority(cause) => {
                let cause = match cause {
                    PriorityCause::Call => "by a call",
                    PriorityCause::Inherit => "by inheritance",
                    PriorityCause::Disinherit => "back, inheritance is over",
                };
                let through = if object.is_empty() { String::new() } else { format!(" ({object})") };
                format!("{name}'s priority changes {cause}{through}")
            }
            Kind::Object(op) => format!("{by}: {} {object}", op.name()),
            Kind::MarkBegin => format!("{name} begins"),
            Kind::MarkEnd => format!("{name} ends"),
            Kind::MarkInstant => format!("moment {name}"),
            Kind::Counter => format!("value {name}"),
            Kind::JobRelease => format!("{by} begins a job of {object}"),
            Kind::JobDone => format!("{by} has done a job of {object}"),
            Kind::DeadlineMiss => format!("{by} missed a deadline of {object}"),
            Kind::PollBegin => format!("{object} is polled"),
            Kind::PollEnd => format!("the poll of {object} ends"),
            Kind::PollReady => format!("{object} is woken"),
            Kind::Fault => "the firmware dies".to_owned(),
        }
    }
}

/// Reads the steps of one recording.
pub(super) struct Steps<'a> {
    rest: &'a [u8],
    decoder: Decoder,
    header: Header,
    trace: &'a Trace,
    /// The first gap that is not passed yet.
    gap: usize,
    running: Name,
    /// Numbers of names that were asked for before.
    known: HashMap<(Of, u32), Name>,
    /// A step behind a gap that was told first.
    held: Option<Step>,
    /// Where the steps stand without what tracing cost; `None` if they stay where they are.
    line: Option<TimeLine>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Of {
    Task,
    Interrupt,
    Object,
    Mark,
}

/// What [`Steps::next`] found.
#[derive(Clone, Copy, Debug)]
pub(super) enum Found {
    /// The next step.
    Step(Step),
    /// Events were lost until this time, in cycles.
    Lost(u64),
    /// Nothing is left.
    End,
}

impl<'a> Steps<'a> {
    pub(super) fn new(recording: &'a Recording, trace: &'a Trace) -> Self {
        Self {
            rest: &recording.stream,
            decoder: Decoder::new(),
            header: recording.header.clone(),
            trace,
            gap: 0,
            running: 0,
            known: HashMap::new(),
            held: None,
            line: trace.is_without_tracing().then(|| TimeLine::new(&recording.stream)),
        }
    }

    pub(super) fn next(&mut self, names: &mut Names) -> Found {
        if let Some(step) = self.held.take() {
            return Found::Step(step);
        }
        let Some(step) = self.step(names) else { return Found::End };
        let mut lost = None;
        while let Some(gap) = self.trace.gaps().get(self.gap)
            && gap.end <= step.time
        {
            lost = Some(gap.end);
            self.gap += 1;
        }
        match lost {
            None => Found::Step(step),
            Some(until) => {
                self.held = Some(step);
                Found::Lost(until)
            }
        }
    }

    fn step(&mut self, names: &mut Names) -> Option<Step> {
        loop {
            let Self { decoder, header, known, running, line, .. } = self;
            while let Some(record) = decoder.next() {
                let time = line.as_mut().map_or(Some(record.time), |line| line.advance(&record));
                let Some(time) = time else { continue };
                let event = match record.item {
                    Item::Event(event) => event,
                    Item::Lost(_) => {
                        *running = 0;
                        continue;
                    }
                    Item::Sync(sync) => {
                        if *running == 0
                            && let Some(task) = sync.running
                        {
                            *running = numbered(known, names, header, Of::Task, task);
                        }
                        continue;
                    }
                };
                if let Event::Name { of, id, name } = event {
                    header.rename(of, id, &String::from_utf8_lossy(name));
                    known.clear();
                }
                let mut number = |of, id| numbered(known, names, header, of, id);
                if let Some((kind, name, object)) = read(&event, &mut number) {
                    let by = *running;
                    match kind {
                        Kind::SwitchIn => *running = name,
                        Kind::Idle => *running = 0,
                        _ => {}
                    }
                    return Some(Step { time, kind, name, object, by });
                }
            }
            if self.rest.is_empty() {
                return None;
            }
            let (piece, rest) = self.rest.split_at(self.rest.len().min(PIECE));
            self.rest = rest;
            self.decoder.push(piece);
        }
    }
}

fn numbered(known: &mut HashMap<(Of, u32), Name>, names: &mut Names, header: &Header, of: Of, id: u32) -> Name {
    *known.entry((of, id)).or_insert_with(|| {
        names.number(match of {
            Of::Task => header.task(id),
            Of::Interrupt => header.exception(id),
            Of::Object => header.object(id),
            Of::Mark => header.name(id),
        })
    })
}

/// The step that `event` is: what, whose, which object. Not among them is what only tells of the recording or of memory,
/// and when the next tick was programmed: that moves with every cycle.
fn read(event: &Event<'_>, number: &mut impl FnMut(Of, u32) -> Name) -> Option<(Kind, Name, Name)> {
    Some(match *event {
        Event::SwitchIn { task } => (Kind::SwitchIn, number(Of::Task, task), 0),
        Event::Ready { task } => (Kind::Ready, number(Of::Task, task), 0),
        Event::IsrEnter { exception } => (Kind::IsrEnter, number(Of::Interrupt, exception), 0),
        Event::IsrExit => (Kind::IsrExit, 0, 0),
        Event::Idle => (Kind::Idle, 0, 0),
        Event::Block { reason, object, .. } => (Kind::Block(reason), 0, number(Of::Object, object)),
        Event::TaskNew { task, .. } => (Kind::TaskNew, number(Of::Task, task), 0),
        Event::TaskExit { task } => (Kind::TaskExit, number(Of::Task, task), 0),
        Event::Priority { task, cause, object, .. } => {
            (Kind::Priority(cause), number(Of::Task, task), number(Of::Object, object))
        }
        Event::Object { op, object, .. } => (Kind::Object(op), 0, number(Of::Object, object)),
        Event::MarkBegin { id } => (Kind::MarkBegin, number(Of::Mark, id), 0),
        Event::MarkEnd { id } => (Kind::MarkEnd, number(Of::Mark, id), 0),
        Event::MarkInstant { id, .. } => (Kind::MarkInstant, number(Of::Mark, id), 0),
        Event::Counter { id, .. } => (Kind::Counter, number(Of::Mark, id), 0),
        Event::JobRelease { object, .. } => (Kind::JobRelease, 0, number(Of::Object, object)),
        Event::JobDone { object } => (Kind::JobDone, 0, number(Of::Object, object)),
        Event::DeadlineMiss { object, .. } => (Kind::DeadlineMiss, 0, number(Of::Object, object)),
        Event::PollBegin { object } => (Kind::PollBegin, 0, number(Of::Object, object)),
        Event::PollEnd { object } => (Kind::PollEnd, 0, number(Of::Object, object)),
        Event::PollReady { object } => (Kind::PollReady, 0, number(Of::Object, object)),
        Event::Fault { .. } => (Kind::Fault, 0, 0),
        _ => return None,
    })
}
