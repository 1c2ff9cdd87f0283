//! One event in words.

use bluekernel_abi::{BlockReason, Event, PriorityCause};

use crate::model::{Class, Gap, LaneKind, State};
use crate::query::{Facts, Op};
use crate::raster::Row;
use crate::time;
use crate::tui::state::Session;
use crate::wire::Sync;

/// A line of the list.
#[derive(Clone, Debug)]
pub(super) struct EventLine {
    /// The number of the event, from 0; `None` for a loss.
    pub(super) number: Option<u64>,
    /// When, in cycles.
    pub(super) time: u64,
    /// Cycles since the event before; `None` for the first that was decoded.
    pub(super) since: Option<u64>,
    /// Whose it is.
    pub(super) who: String,
    /// What happened, in a word.
    pub(super) what: &'static str,
    /// More about it.
    pub(super) detail: String,
    /// The state that begins with it, for its colour.
    pub(super) class: Option<Class>,
    /// Whether it must not be overlooked.
    pub(super) alarms: bool,
    /// What a filter may ask.
    pub(super) facts: Facts,
}

impl EventLine {
    /// A stretch in which events were lost.
    pub(super) fn lost(gap: &Gap) -> Self {
        let bytes = if gap.uncounted { format!(" and {} unreadable bytes", gap.bytes) } else { String::new() };
        Self {
            number: None,
            time: gap.end,
            since: Some(gap.end - gap.start),
            who: String::new(),
            what: "LOST",
            detail: format!("{} events{bytes}", gap.events),
            class: None,
            alarms: true,
            facts: Facts::default(),
        }
    }

    /// The row that the event is about.
    pub(super) fn row(&self, session: &Session) -> Option<Row> {
        let trace = &session.trace;
        match (self.facts.lane, self.facts.name) {
            (_, Some(id)) if self.facts.counts => {
                trace.counters().iter().position(|track| track.id == id).map(Row::Counter)
            }
            (_, Some(id)) => {
                let instant = trace.instant_tracks().iter().position(|track| track.id == id).map(Row::Instants);
                session.row_of(LaneKind::Mark { id }).or(instant)
            }
            (Some(lane), None) => Some(Row::Lane(lane)),
            (None, None) => None,
        }
    }
}

/// Who has the processor, event by event.
#[derive(Debug, Default)]
pub(super) struct Context {
    running: Option<u32>,
    handlers: Vec<u32>,
}

/// Handlers nest as deep as there are priorities; damaged bytes may claim more.
const DEEPEST: usize = 256;

impl Context {
    /// What a keyframe tells.
    pub(super) fn sync(&mut self, sync: &Sync) {
        if sync.is_boot() || self.handlers.is_empty() {
            self.running = sync.running;
            self.handlers.clear();
        }
    }

    /// Whose processor it is.
    fn actor(&self) -> Option<LaneKind> {
        let handler = self.handlers.last().map(|exception| LaneKind::Interrupt { exception: *exception });
        handler.or_else(|| self.running.map(|number| LaneKind::Task { number }))
    }

    /// `event` in words, and what follows from it for those behind it.
    pub(super) fn line(
        &mut self,
        session: &Session,
        number: u64,
        time: u64,
        since: Option<u64>,
        event: &Event<'_>,
    ) -> EventLine {
        let header = session.trace.header();
        let mut line = EventLine {
            number: Some(number),
            time,
            since,
            who: String::new(),
            what: "",
            detail: String::new(),
            class: None,
            alarms: false,
            facts: Facts::default(),
        };
        let task = |number: u32| Some(LaneKind::Task { number });
        let micros = |value: u64| microseconds(value);
        let mut kind = self.actor();
        let mut state = None;
        (line.what, line.detail) = match *event {
            Event::SwitchIn { task: number } => {
                self.running = Some(number);
                (kind, state) = (task(number), Some(State::Running));
                ("runs", String::new())
            }
            Event::Ready { task: number } => {
                let by = self.actor().and_then(|kind| session.trace.lane(kind));
                (kind, state) = (task(number), Some(State::Ready));
                ("ready", by.map_or_else(String::new, |lane| format!("by {}", session.trace.lane_name(lane))))
            }
            Event::IsrEnter { exception } => {
                if self.handlers.len() < DEEPEST {
                    self.handlers.push(exception);
                }
                (kind, state) = (Some(LaneKind::Interrupt { exception }), Some(State::Running));
                ("enters", String::new())
            }
            Event::IsrExit => {
                self.handlers.pop();
                ("leaves", String::new())
            }
            Event::Idle => {
                self.running = None;
                (kind, state) = (Some(LaneKind::Idle), Some(State::Running));
                ("idles", String::new())
            }
            Event::Block { reason, object, timeout } => {
                self.running = None;
                state = Some(State::Blocked { reason, object });
                line.facts.object = Some(object).filter(|object| *object != 0);
                let limit = match timeout.checked_sub(1) {
                    Some(limit) if reason != BlockReason::Period => format!(", at most {}", micros(limit)),
                    _ => String::new(),
                };
                ("blocks", format!("{} {}{limit}", reason.name(), header.object(object)))
            }
            Event::TaskNew { task: number, priority, stack } => {
                kind = task(number);
                ("is made", format!("priority {priority}, stack {stack} bytes"))
            }
            Event::TaskExit { task: number } => {
                if self.running == Some(number) {
                    self.running = None;
                }
                (kind, state) = (task(number), Some(State::Dormant));
                ("ends", String::new())
            }
            Event::Priority { task: number, priority, cause, object } => {
                kind = task(number);
                line.facts.object = Some(object).filter(|object| *object != 0);
                let because = match cause {
                    PriorityCause::Call => "by a call".to_owned(),
                    PriorityCause::Inherit => format!("inherited because of {}", header.object(object)),
                    PriorityCause::Disinherit => format!("no longer because of {}", header.object(object)),
                };
                ("priority", format!("{priority} {because}"))
            }
            Event::Object { op, object, value } => {
                line.facts.object = Some(object);
                line.facts.op = Some(Op::Object(op));
                line.facts.value = Some(value.into());
                (op.name(), format!("{}, value {value}", header.object(object)))
            }
            Event::TimerArm { ticks } => ("timer", format!("in {}", time::duration(ticks, header.clock_hz))),
            Event::TimerFire { task: number } => {
                kind = task(number);
                ("time-out", String::new())
            }
            Event::MarkBegin { id } => {
                (line.facts.name, state) = (Some(id), Some(State::Running));
                ("begins", header.name(id))
            }
            Event::MarkEnd { id } => {
                line.facts.name = Some(id);
                ("ends", header.name(id))
            }
            Event::MarkInstant { id, value } => {
                (line.facts.name, line.facts.value) = (Some(id), Some(value.into()));
                ("marks", format!("{} with {value}", header.name(id)))
            }
            Event::Counter { id, value } => {
                (line.facts.name, line.facts.counts, line.facts.value) = (Some(id), true, Some(value));
                ("counts", format!("{} = {value}", header.name(id)))
            }
            Event::Stack { task: number, free } => {
                kind = task(number);
                ("stack", format!("{free} bytes never used"))
            }
            Event::Fault { kind, address } => {
                line.alarms = true;
                ("FAULT", format!("{} at {address:#010x}", header.exception(kind)))
            }
            Event::Drops { count } => {
                line.alarms = true;
                kind = None;
                ("LOST", format!("{count} events"))
            }
            Event::Info { build_id, clock_hz } => ("info", format!("build {build_id:016x}, clock {clock_hz} Hz")),
            Event::Timing { object, period, deadline } => {
                line.facts.object = Some(object);
                ("timing", format!("every {}, deadline {}", micros(period), micros(deadline)))
            }
            Event::JobRelease { object, late } => {
                (line.facts.object, line.facts.op) = (Some(object), Some(Op::Release));
                ("begins", format!("job of {}, released {} ago", header.object(object), micros(late)))
            }
            Event::JobDone { object } => {
                (line.facts.object, line.facts.op) = (Some(object), Some(Op::Done));
                ("is done", format!("job of {}", header.object(object)))
            }
            Event::DeadlineMiss { object, late } => {
                (line.facts.object, line.facts.op) = (Some(object), Some(Op::Miss));
                line.alarms = true;
                ("MISSES", format!("deadline of {} by {}", header.object(object), micros(late)))
            }
            Event::SysEnter { op, object } => {
                line.facts.object = Some(object);
                ("calls", format!("{} {}", op.name(), header.object(object)))
            }
            Event::SysExit => ("returns", String::new()),
            Event::HeapAlloc { bytes, used } => ("allocates", format!("{bytes} bytes, {used} in use")),
            Event::HeapFree { bytes, used } => ("frees", format!("{bytes} bytes, {used} in use")),
            Event::HeapStat { used, peak, size } => ("heap", format!("{used} of {size} bytes in use, {peak} at most")),
            Event::SleepJump { cycles } => {
                ("slept", format!("{} that the clock did not count", time::duration(cycles, header.clock_hz)))
            }
            Event::PollBegin { object } => {
                (kind, state) = (Some(LaneKind::Future { object }), Some(State::Running));
                ("is polled", String::new())
            }
            Event::PollEnd { object } => {
                kind = Some(LaneKind::Future { object });
                ("waits", String::new())
            }
            Event::PollReady { object } => {
                (kind, state) = (Some(LaneKind::Future { object }), Some(State::Ready));
                ("is woken", String::new())
            }
            Event::Filter { groups, muted } => ("filter", format!("groups {groups:#x}, {muted} muted")),
            Event::Spent { cycles } => ("tracing", format!("took {cycles} cycles")),
            Event::Name { id, name, .. } => ("is named", format!("{id}: {}", String::from_utf8_lossy(name))),
            Event::Unknown { head, payload } => ("unknown", format!("head {head:#04x}, {} bytes", payload.len())),
            _ => ("unknown", String::new()),
        };
        self.facts(session, kind, state, &mut line);
        line
    }

    /// Fills in what a filter may ask.
    fn facts(&self, session: &Session, kind: Option<LaneKind>, state: Option<State>, line: &mut EventLine) {
        let trace = &session.trace;
        line.facts.lane = kind.and_then(|kind| trace.lane_place(kind));
        line.facts.state = state;
        line.class = state.map(State::class);
        let lane = line.facts.lane.and_then(|place| trace.lanes().get(place));
        line.who = lane.map_or_else(String::new, |lane| trace.lane_name(lane));
        // The stretch that begins here, if one does: a mark's is on its own lane.
        let own = line.facts.name.and_then(|id| trace.lane(LaneKind::Mark { id })).or(lane);
        if state.is_some()
            && let Some(span) = own.and_then(|lane| lane.at(line.time, trace.end()))
            && span.start == line.time
        {
            line.facts.duration = Some(span.end - span.start);
        }
    }
}

/// Microseconds for people.
fn microseconds(value: u64) -> String {
    time::duration(value, 1_000_000)
}
