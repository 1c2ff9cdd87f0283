//! The kernel's state machine, seen from outside: each event changes the lanes as it changed the tasks.
//!
//! ```text
//!            READY            SWITCH_IN            ISR_ENTER
//!  Dormant ─────────▶ Ready ────────────▶ Running ───────────▶ Interrupted
//!  Blocked ─────────▶   ▲                  │ │ │ ◀───────────    ISR_EXIT
//!     ▲                 └── other SWITCH_IN┘ │ │
//!     └───────────────────────── BLOCK ──────┘ └── TASK_EXIT ─▶ Dormant
//! ```
//!
//! Between BLOCK (or TASK_EXIT) and the next SWITCH_IN or IDLE no lane runs: that is the kernel's own time. Where events
//! were lost every lane is `Unknown` from the last record that arrived, until an event or a SYNC speaks of it again.

mod cost;
mod forget;
mod jobs;
mod keyframe;
mod spent;
mod user;

use std::collections::HashMap;

use bluekernel_abi::Event;
use bluekernel_abi::wire::group;

use crate::recording::Header;
use crate::wire::{Item, Kind, Record};

use super::gap::Gap;
use super::lane::{Lane, LaneKind};
use super::pages::Pages;
use super::records::{Fault, HeapPoint, Instant, Job, Note, Operation, PriorityChange, StackPoint, TaskFacts};
use super::state::State;
use super::switches::SwitchList;
use super::time_line::TimeLine;
use super::tracing::Tracing;
use super::track::{CounterTrack, InstantTrack};
use super::wake::{Actor, Wake, WakeList};

/// More lanes than any kernel has: 254 tasks, 496 exceptions, idle and marks.
const MAX_LANES: usize = 1024;

/// Who has the processor, handlers aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Current {
    /// Nobody can tell.
    Unknown,
    /// The kernel, between two tasks, or code before the first.
    Kernel,
    /// Nobody: the processor sleeps.
    Idle,
    /// A task.
    Task(u32),
}

/// The lanes and lists, and where the kernel stands.
#[derive(Clone, Debug)]
pub(super) struct Machine {
    pub(super) lanes: Vec<Lane>,
    pub(super) index: HashMap<LaneKind, usize>,
    pub(super) tasks: HashMap<u32, TaskFacts>,
    pub(super) gaps: Vec<Gap>,
    pub(super) instants: Pages<Instant>,
    pub(super) instant_tracks: Vec<InstantTrack>,
    pub(super) counters: Vec<CounterTrack>,
    pub(super) operations: Pages<Operation>,
    pub(super) priorities: Pages<PriorityChange>,
    pub(super) faults: Vec<Fault>,
    pub(super) jobs: Pages<Job>,
    /// How many jobs there were before the first of `jobs`.
    pub(super) jobs_forgotten: usize,
    pub(super) heap: Pages<HeapPoint>,
    pub(super) heap_size: Option<u32>,
    pub(super) wakes: WakeList,
    pub(super) switches: SwitchList,
    pub(super) stacks: Vec<StackPoint>,
    pub(super) boots: Vec<u64>,
    /// How many boots there were before the first of `boots`.
    pub(super) resets_forgotten: usize,
    pub(super) notes: Vec<Note>,
    fading: Option<forget::Fading>,
    pub(super) events: u64,
    /// What tracing cost, if the recording tells.
    pub(super) tracing: Option<Box<Tracing>>,
    /// Where the records stand without that; `None` if they stay where they are.
    pub(super) line: Option<Box<TimeLine>>,
    /// The kind of the last event, and whether it stands first behind a loss.
    kind: Kind,
    is_behind_loss: bool,
    /// The release of each task's last job. Only on a line without tracing.
    released: HashMap<u32, u64>,
    /// The time of the first record.
    pub(super) first: u64,
    /// From when on everything is kept.
    pub(super) start: u64,
    pub(super) end: u64,
    begun: bool,
    /// Whether the first record tells of the firmware's start.
    booted: bool,
    current: Current,
    /// The task that waits, while the switch away from it has not happened yet.
    leaving: Option<u32>,
    /// The task whose time-out ran off last, until it is ready.
    fired: Option<u32>,
    /// The last time at which the last handler ended.
    quiet: u64,
    /// When the task that runs, or the last one that did, was switched in, or waited. `None` before the first.
    turned: Option<u64>,
    /// The active handlers, innermost last; `None` for one that was entered while events were lost.
    handlers: Vec<Option<usize>>,
    /// Whether `handlers` is all of them.
    handlers_known: bool,
    /// How often each open span of the user's was begun.
    depths: HashMap<u32, u32>,
    /// Names that stand in the firmware more than once, `mark_begin!("x")` and `mark_end!("x")`: each but the first id
    /// of a name, and that first id.
    same_name: HashMap<u32, u32>,
    /// Events lost since reset that gaps account for.
    accounted: u64,
    /// Events and bytes that all gaps tell of.
    pub(super) lost_events: u64,
    lost_bytes: u64,
    expected_build: Option<u64>,
    clock_hz: u64,
}

impl Machine {
    pub(super) fn new(header: &Header) -> Self {
        let mut machine = Self {
            lanes: Vec::new(),
            index: HashMap::new(),
            tasks: HashMap::new(),
            gaps: Vec::new(),
            instants: Pages::new(),
            instant_tracks: Vec::new(),
            counters: Vec::new(),
            operations: Pages::new(),
            priorities: Pages::new(),
            faults: Vec::new(),
            jobs: Pages::new(),
            jobs_forgotten: 0,
            heap: Pages::new(),
            heap_size: None,
            wakes: WakeList::default(),
            switches: SwitchList::default(),
            stacks: Vec::new(),
            boots: Vec::new(),
            resets_forgotten: 0,
            first: 0,
            notes: Vec::new(),
            fading: None,
            events: 0,
            tracing: None,
            line: None,
            kind: Kind::UNKNOWN,
            is_behind_loss: false,
            released: HashMap::new(),
            start: 0,
            end: 0,
            begun: false,
            booted: false,
            current: Current::Unknown,
            leaving: None,
            fired: None,
            quiet: 0,
            turned: None,
            handlers: Vec::new(),
            handlers_known: false,
            depths: HashMap::new(),
            same_name: same_names(header),
            accounted: 0,
            lost_events: 0,
            lost_bytes: 0,
            expected_build: header.build_id.as_deref().and_then(first_eight),
            clock_hz: header.clock_hz,
        };
        for task in &header.tasks {
            let facts = TaskFacts {
                priority: Some(task.priority),
                effective_priority: Some(task.priority),
                stack_bytes: Some(task.stack_bytes),
                stack_free: None,
                timing: None,
            };
            machine.tasks.insert(task.number, facts);
        }
        machine
    }

    /// Takes in one record. Records come in order of time.
    pub(super) fn record(&mut self, record: &Record<'_>) {
        let time = match &mut self.line {
            None => record.time,
            Some(line) => line.advance(record).unwrap_or(self.end),
        };
        match &record.item {
            Item::Lost(lost) => self.lost(*lost),
            Item::Sync(sync) => self.sync(time, sync),
            Item::Event(Event::Spent { cycles }) => self.spent(record.time, *cycles),
            Item::Event(event) => {
                let before = self.end;
                self.end = time.max(self.end);
                self.events += 1;
                self.event(before, time, event);
                self.kind = Kind::of(event);
            }
        }
    }

    fn event(&mut self, before: u64, time: u64, event: &Event<'_>) {
        self.stay(event);
        match *event {
            Event::SwitchIn { task } => self.switch_in(time, task),
            Event::Ready { task } => {
                let lane = self.lane(LaneKind::Task { number: task });
                if !matches!(self.last(lane), State::Running | State::Interrupted | State::Ready) {
                    let timed_out = self.fired == Some(task);
                    self.fired = self.fired.filter(|_| !timed_out);
                    self.wakes.push(Wake { time, task, by: self.actor(), timed_out });
                    self.change(lane, time, State::Ready);
                }
            }
            Event::TimerFire { task } => self.fired = Some(task),
            Event::IsrEnter { exception } => self.isr_enter(time, exception),
            Event::IsrExit => self.isr_exit(time),
            Event::Idle => self.idle(time),
            Event::Block { reason, object, .. } => match self.current {
                Current::Task(number) => {
                    let lane = self.lane(LaneKind::Task { number });
                    self.change(lane, time, State::Blocked { reason, object });
                    self.current = Current::Kernel;
                    self.leaving = Some(number);
                    self.turned = Some(time);
                }
                Current::Unknown => {}
                Current::Kernel | Current::Idle => self.contradiction(time),
            },
            Event::TaskNew { task, priority, stack } => {
                let lane = self.lane(LaneKind::Task { number: task });
                if let Some(facts) = self.facts(task) {
                    facts.priority = Some(priority);
                    facts.effective_priority = Some(priority);
                    facts.stack_bytes = Some(stack);
                }
                if self.last(lane) == State::Unknown {
                    self.change(lane, time, State::Dormant);
                }
            }
            Event::TaskExit { task } => {
                let lane = self.lane(LaneKind::Task { number: task });
                self.change(lane, time, State::Dormant);
                if self.current == Current::Task(task) {
                    self.current = Current::Kernel;
                    self.turned = Some(time);
                }
            }
            Event::Priority { task, priority, cause, object } => {
                self.lane(LaneKind::Task { number: task });
                if let Some(facts) = self.facts(task) {
                    facts.effective_priority = Some(priority);
                    self.priorities.push(PriorityChange { time, task, priority, cause, object });
                }
            }
            Event::Object { op, object, value } => {
                let (task, handler) = (self.task_now(), self.handler_now());
                self.operations.push(Operation { time, op, object, value, task, handler });
            }
            Event::MarkBegin { id } => self.mark(time, self.first_id(id), true),
            Event::MarkEnd { id } => self.mark(time, self.first_id(id), false),
            Event::MarkInstant { id, value } => self.instant(time, self.first_id(id), value),
            Event::Counter { id, value } => self.counter(time, self.first_id(id), value),
            Event::Stack { task, free } => {
                if let Some(facts) = self.facts(task)
                    && facts.stack_free.is_none_or(|least| free < least)
                {
                    facts.stack_free = Some(free);
                    self.stacks.push(StackPoint { time, task, free });
                }
            }
            Event::Fault { kind, address } => {
                let task = self.task_now();
                self.faults.push(Fault { time, kind, address, task });
            }
            Event::Drops { count } => {
                self.accounted = self.accounted.saturating_add(count);
                self.gap(before, count, 0, false);
            }
            Event::Info { build_id, clock_hz } => self.info(build_id, clock_hz),
            Event::Timing { object, period, deadline } => self.timing(object, period, deadline),
            Event::JobRelease { object, late } => self.release(time, object, late),
            Event::JobDone { object } => self.done(time, object),
            Event::DeadlineMiss { object, late } => self.miss(time, object, late),
            Event::HeapAlloc { used, .. } | Event::HeapFree { used, .. } => self.heap(time, used),
            Event::HeapStat { used, size, .. } => {
                self.heap_size = Some(size);
                self.heap(time, used);
            }
            Event::PollBegin { object } => self.poll(time, object, State::Running),
            Event::PollReady { object } => self.poll(time, object, State::Ready),
            Event::PollEnd { object } => self.poll(time, object, State::Dormant),
            Event::Filter { groups, muted } if groups & group::USUAL != group::USUAL || muted > 0 => {
                self.note_once(Note::Filtered);
            }
            // Arming a timer changes no lane; unknown events are those of newer kernels.
            _ => {}
        }
    }

    /// What is known of `task`, to be added to; of one more than any kernel has, nothing is kept.
    fn facts(&mut self, task: u32) -> Option<&mut TaskFacts> {
        let has_room = self.tasks.len() < MAX_LANES || self.tasks.contains_key(&task);
        has_room.then(|| self.tasks.entry(task).or_default())
    }

    /// The id under which the name of `id` is shown.
    fn first_id(&self, id: u32) -> u32 {
        self.same_name.get(&id).copied().unwrap_or(id)
    }

    /// A task that waits can be woken by a handler before the switch away from it; then it goes on, and no SWITCH_IN
    /// tells. The first event that only a task can cause does.
    fn stay(&mut self, event: &Event<'_>) {
        let by_a_task = matches!(
            event,
            Event::Block { .. }
                | Event::TaskExit { .. }
                | Event::Object { .. }
                | Event::MarkBegin { .. }
                | Event::MarkEnd { .. }
                | Event::MarkInstant { .. }
                | Event::Counter { .. }
                | Event::JobRelease { .. }
                | Event::JobDone { .. }
                | Event::PollBegin { .. }
                | Event::PollEnd { .. }
        );
        let (Some(number), Current::Kernel, true) = (self.leaving, self.current, by_a_task) else { return };
        let lane = self.lane(LaneKind::Task { number });
        if self.handlers.is_empty() && self.last(lane) == State::Ready {
            // It went on when the handler ended, or soon after.
            self.change(lane, self.quiet, State::Running);
            self.current = Current::Task(number);
            self.leaving = None;
        }
    }

    fn switch_in(&mut self, time: u64, task: u32) {
        self.leaving = None;
        self.cost(time, task);
        self.turned = Some(time);
        match self.current {
            Current::Task(other) if other != task => {
                let lane = self.lane(LaneKind::Task { number: other });
                if self.last(lane).is_on_cpu() {
                    self.change(lane, time, State::Ready);
                }
            }
            Current::Idle => self.stop_idle(time),
            Current::Unknown => {
                // Whoever had the processor was not idle and is not now.
                if let Some(idle) = self.index.get(&LaneKind::Idle).copied() {
                    self.change(idle, time, State::Dormant);
                }
            }
            Current::Task(_) | Current::Kernel => {}
        }
        let lane = self.lane(LaneKind::Task { number: task });
        self.change(lane, time, self.on_cpu());
        self.current = Current::Task(task);
    }

    fn idle(&mut self, time: u64) {
        self.leaving = None;
        match self.current {
            Current::Idle => return,
            Current::Task(number) => {
                // A task that runs does not become idle without BLOCK or TASK_EXIT.
                let lane = self.lane(LaneKind::Task { number });
                if self.last(lane).is_on_cpu() {
                    self.contradiction(time);
                    self.change(lane, time, State::Unknown);
                }
            }
            Current::Kernel | Current::Unknown => {}
        }
        let idle = self.lane(LaneKind::Idle);
        self.change(idle, time, self.on_cpu());
        self.current = Current::Idle;
    }

    fn stop_idle(&mut self, time: u64) {
        let idle = self.lane(LaneKind::Idle);
        self.change(idle, time, State::Dormant);
    }

    fn isr_enter(&mut self, time: u64, exception: u32) {
        let lane = self.lane(LaneKind::Interrupt { exception });
        match self.handlers.last().copied() {
            Some(Some(outer)) => self.change(outer, time, State::Interrupted),
            Some(None) => {}
            None => self.below(time, State::Interrupted),
        }
        self.change(lane, time, State::Running);
        self.handlers.push(Some(lane));
    }

    fn isr_exit(&mut self, time: u64) {
        self.quiet = time;
        match self.handlers.pop() {
            Some(Some(lane)) => self.change(lane, time, State::Dormant),
            Some(None) => {}
            None => {
                if self.handlers_known {
                    self.contradiction(time);
                }
            }
        }
        match self.handlers.last().copied() {
            Some(Some(outer)) => self.change(outer, time, State::Running),
            Some(None) => {}
            None => self.below(time, State::Running),
        }
    }

    /// Moves what lies below the handlers between `Running` and `Interrupted`.
    fn below(&mut self, time: u64, state: State) {
        let kind = match self.current {
            Current::Task(number) => LaneKind::Task { number },
            Current::Idle => LaneKind::Idle,
            Current::Kernel | Current::Unknown => return,
        };
        let lane = self.lane(kind);
        let last = self.last(lane);
        if last.is_on_cpu() && last != state {
            self.change(lane, time, state);
        }
    }

    fn info(&mut self, build_id: u64, clock_hz: u64) {
        if let Some(expected) = self.expected_build
            && build_id != 0
            && build_id != expected
        {
            self.note_once(Note::OtherBuild { found: build_id, expected });
        }
        if clock_hz != 0 && clock_hz != self.clock_hz {
            self.note_once(Note::OtherClock { found: clock_hz, expected: self.clock_hz });
        }
    }

    pub(super) fn note_once(&mut self, note: Note) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    fn contradiction(&mut self, at: u64) {
        for note in &mut self.notes {
            if let Note::Contradiction { count, .. } = note {
                *count += 1;
                return;
            }
        }
        self.notes.push(Note::Contradiction { count: 1, time: at });
    }

    fn on_cpu(&self) -> State {
        if self.handlers.is_empty() { State::Running } else { State::Interrupted }
    }

    fn task_now(&self) -> Option<u32> {
        match self.current {
            Current::Task(number) if self.handlers.is_empty() => Some(number),
            _ => None,
        }
    }

    /// The handler on top, by its exception number.
    fn handler_now(&self) -> Option<u16> {
        let lane = self.lanes.get(self.handlers.last().copied().flatten()?)?;
        match lane.kind() {
            LaneKind::Interrupt { exception } => u16::try_from(exception).ok(),
            _ => None,
        }
    }

    /// Whose doing this is. What the kernel puts off until it has left a task is that task's doing.
    fn actor(&self) -> Actor {
        match (self.handlers.last(), self.current) {
            (Some(_), _) => self.handler_now().map_or(Actor::Unknown, Actor::Handler),
            (None, Current::Task(number)) => Actor::Task(number),
            (None, Current::Kernel) => self.leaving.map_or(Actor::Kernel, Actor::Task),
            (None, Current::Idle) => Actor::Kernel,
            (None, Current::Unknown) => Actor::Unknown,
        }
    }

    fn last(&self, lane: usize) -> State {
        self.lanes.get(lane).map_or(State::Unknown, Lane::last)
    }

    fn change(&mut self, lane: usize, time: u64, state: State) {
        if let Some(lane) = self.lanes.get_mut(lane) {
            lane.change(time, state);
        }
    }

    /// The lane of `kind`; makes one whose past is what follows from the rest.
    fn lane(&mut self, kind: LaneKind) -> usize {
        if let Some(at) = self.index.get(&kind) {
            return *at;
        }
        // Damaged bytes may name anything: beyond this many, lanes have no place and are not drawn.
        if self.lanes.len() >= MAX_LANES {
            self.contradiction(self.end);
            return usize::MAX;
        }
        // A handler or a mark that was never heard of was not active, except while nobody could hear of it.
        let quiet = match kind {
            LaneKind::Interrupt { .. } | LaneKind::Mark { .. } | LaneKind::Future { .. } => State::Dormant,
            LaneKind::Task { .. } | LaneKind::Idle if self.booted => State::Dormant,
            LaneKind::Task { .. } | LaneKind::Idle => State::Unknown,
        };
        let mut lane = Lane::new(kind, self.start, quiet);
        for gap in self.gaps.iter().filter(|gap| gap.end > self.start) {
            lane.change(gap.start, State::Unknown);
            if quiet == State::Dormant && !matches!(kind, LaneKind::Task { .. } | LaneKind::Idle) {
                lane.change(gap.end, State::Dormant);
            }
        }
        let at = self.lanes.len();
        self.lanes.push(lane);
        self.index.insert(kind, at);
        at
    }
}

/// For each id whose name another, lower id has too: that other id.
fn same_names(header: &Header) -> HashMap<u32, u32> {
    let mut first = HashMap::new();
    let ids = header.names.iter().map(|(id, name)| (*id, *first.entry(name).or_insert(*id)));
    ids.filter(|(id, first)| id != first).collect()
}

/// The first eight bytes of a build id in hex, as the firmware sends them (little endian).
fn first_eight(hex: &str) -> Option<u64> {
    let byte = |at: usize| hex.get(at * 2..at * 2 + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    (0..8).rev().try_fold(0_u64, |value, at| Some(value << 8 | u64::from(byte(at)?)))
}
