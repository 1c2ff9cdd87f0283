//! The trace: lanes and lists, and the questions that views ask.

use std::ops::Range;

use bluekernel_abi::Event;

use crate::recording::{Header, Recording};
use crate::wire::{Decoder, Item};

use super::gap::Gap;
use super::lane::{Lane, LaneKind};
use super::machine::Machine;
use super::pages::Pages;
use super::records::{Fault, HeapPoint, Instant, Job, Note, Operation, PriorityChange, StackPoint, Switch, TaskFacts};
use super::time_line::TimeLine;
use super::tracing::Tracing;
use super::track::{CounterTrack, InstantTrack};
use super::wake::Wake;

/// Everything that is known of a run so far.
#[derive(Clone, Debug)]
pub struct Trace {
    header: Header,
    decoder: Decoder,
    machine: Machine,
    keyframes: Vec<Keyframe>,
    /// How many events were forgotten.
    forgotten: u64,
}

/// A place in the stream from which it can be read anew: a SYNC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keyframe {
    /// Its time, in cycles.
    pub time: u64,
    /// Where it is, in bytes since the first byte of the stream.
    pub offset: u64,
    /// How many events stand before it.
    pub events: u64,
}

impl Trace {
    /// A trace without events.
    #[must_use]
    pub fn new(header: Header) -> Self {
        let machine = Machine::new(&header);
        Self { header, decoder: Decoder::new(), machine, keyframes: Vec::new(), forgotten: 0 }
    }

    /// The trace of a whole recording.
    #[must_use]
    pub fn of(recording: &Recording) -> Self {
        let mut trace = Self::new(recording.header.clone());
        trace.push(&recording.stream);
        trace.finish();
        trace
    }

    /// The trace of a whole recording as it would be if tracing took no time: every record is earlier by what tracing took since
    /// the processor last idled, or events were lost. Idle time lasts until it ends in the recording, for what ends it comes
    /// from outside; a deadline that was missed only because of tracing is not missed. `None` if the recording does not tell
    /// what tracing cost.
    ///
    /// All its times are of that line; [`Trace::recorded`] gives those of the recording.
    #[must_use]
    pub fn without_tracing(recording: &Recording) -> Option<Self> {
        let mut trace = Self::new(recording.header.clone());
        trace.machine.line = Some(Box::new(TimeLine::new(&recording.stream)));
        trace.push(&recording.stream);
        trace.finish();
        trace.machine.tracing.is_some().then_some(trace)
    }

    /// Takes in bytes of the stream, in pieces of any size.
    pub fn push(&mut self, bytes: &[u8]) {
        // In pieces, so that the decoder's buffer stays small next to a whole recording.
        for piece in bytes.chunks(64 << 10) {
            self.decoder.push(piece);
            while let Some(record) = self.decoder.next() {
                if let Item::Event(Event::Name { of, id, name }) = record.item
                    && !self.header.rename(of, id, &String::from_utf8_lossy(name))
                {
                    self.machine.note_once(Note::ManyNames);
                }
                let events = self.machine.events;
                self.machine.record(&record);
                if let Item::Sync(_) = record.item {
                    let time = if self.machine.line.is_some() { self.machine.end } else { record.time };
                    self.keyframes.push(Keyframe { time, offset: record.offset, events });
                }
            }
        }
    }

    /// No bytes will follow: what could not be read at the end becomes a note.
    pub fn finish(&mut self) {
        if let Some(record) = self.decoder.finish() {
            self.machine.record(&record);
        }
    }

    /// Gives back the single events before the last keyframe at or before `until`, and returns where in the stream that
    /// keyframe is; behind the end of the trace, all of them. Lanes, lists and keyframes then begin there; sums
    /// ([`Lane::occupancy`] from [`Trace::first`] on, [`Trace::events`], [`Trace::dropped`]) are of the whole run as before,
    /// and places of lanes, spans, jobs and switches stay what they were.
    ///
    /// For a run that is watched for hours: [`Trace::bytes`] says when.
    pub fn forget(&mut self, until: u64) -> u64 {
        let offset = self.begin_to_forget(until);
        self.forget_some(usize::MAX);
        offset
    }

    /// The same in steps that are short enough for whoever draws in between: says what is to be forgotten, and returns what
    /// [`Trace::forget`] does. From now on nobody asks for what lies before; [`Trace::forget_some`] gives its memory back.
    pub fn begin_to_forget(&mut self, until: u64) -> u64 {
        let place = self.keyframes.partition_point(|key| key.time <= until).saturating_sub(1);
        let Some(key) = self.keyframes.get(place).copied() else { return 0 };
        self.keyframes.drain(..place);
        let all = until > self.end();
        self.machine.begin_to_forget(if all { until } else { key.time });
        self.forgotten = if all { self.events() } else { key.events };
        key.offset
    }

    /// A step of forgetting: it gives back `bytes` of memory, or what one list has to give.
    pub fn forget_some(&mut self, bytes: usize) {
        self.machine.forget_some(bytes);
    }

    /// Whether something that is to be forgotten still takes memory.
    #[must_use]
    pub const fn is_forgetting(&self) -> bool {
        self.machine.is_forgetting()
    }

    /// How many events were forgotten.
    #[must_use]
    pub const fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// Bytes of memory, about, that lanes and lists take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.machine.bytes() + size_of_val(self.keyframes.as_slice())
    }

    /// The dictionary.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// Trace-clock cycles in a second.
    #[must_use]
    pub const fn clock_hz(&self) -> u64 {
        self.header.clock_hz
    }

    /// From when on everything is known, in cycles: the time of the first record, unless its time was forgotten.
    #[must_use]
    pub const fn start(&self) -> u64 {
        self.machine.start
    }

    /// The time of the first record, in cycles.
    #[must_use]
    pub const fn first(&self) -> u64 {
        self.machine.first
    }

    /// The time of the last record, in cycles.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.machine.end
    }

    /// The whole trace as a window.
    #[must_use]
    pub const fn window(&self) -> Range<u64> {
        self.machine.start..self.machine.end
    }

    /// How many events were read (SYNCs not counted).
    #[must_use]
    pub const fn events(&self) -> u64 {
        self.machine.events
    }

    /// Where the stream can be read anew, in order of time.
    #[must_use]
    pub fn keyframes(&self) -> &[Keyframe] {
        &self.keyframes
    }

    /// What tracing itself cost, if the recording tells. Its times are those of the recording, always.
    #[must_use]
    pub fn tracing(&self) -> Option<&Tracing> {
        self.machine.tracing.as_deref()
    }

    /// Whether what tracing cost is taken away ([`Trace::without_tracing`]).
    #[must_use]
    pub const fn is_without_tracing(&self) -> bool {
        self.machine.line.is_some()
    }

    /// The time of the recording at `time` of this trace: the same, unless what tracing cost is taken away.
    #[must_use]
    pub fn recorded(&self, time: u64) -> u64 {
        self.machine.line.as_ref().map_or(time, |line| line.recorded(time))
    }

    /// The same of both ends of `window`.
    #[must_use]
    pub fn recorded_window(&self, window: Range<u64>) -> Range<u64> {
        self.recorded(window.start)..self.recorded(window.end)
    }

    /// The window of this trace that `window` of the recording is.
    #[must_use]
    pub fn shown_window(&self, window: Range<u64>) -> Range<u64> {
        let shown = |time: u64| self.machine.line.as_ref().map_or(time, |line| line.shown(time));
        shown(window.start)..shown(window.end)
    }

    /// Every lane, in the order in which they were first heard of: the tasks of the dictionary come first. A lane keeps
    /// its place for ever.
    #[must_use]
    pub fn lanes(&self) -> &[Lane] {
        &self.machine.lanes
    }

    /// The lane of `kind`, if there is one.
    #[must_use]
    pub fn lane(&self, kind: LaneKind) -> Option<&Lane> {
        self.machine.index.get(&kind).and_then(|at| self.machine.lanes.get(*at))
    }

    /// The place in [`Trace::lanes`] of the lane of `kind`.
    #[must_use]
    pub fn lane_place(&self, kind: LaneKind) -> Option<usize> {
        self.machine.index.get(&kind).copied()
    }

    /// The lanes as people expect them: interrupts by number, tasks from the most important down, idle, asynchronous tasks,
    /// the user's spans. Gives places in [`Trace::lanes`].
    #[must_use]
    pub fn display_order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.machine.lanes.len()).collect();
        order.sort_by_key(|at| match self.machine.lanes[*at].kind() {
            LaneKind::Interrupt { exception } => (0, 0, exception),
            LaneKind::Task { number } => {
                let priority = self.task(number).priority.unwrap_or(0);
                (1, u32::MAX - priority, number)
            }
            LaneKind::Idle => (2, 0, 0),
            LaneKind::Future { object } => (3, 0, object),
            LaneKind::Mark { id } => (4, 0, id),
        });
        order
    }

    /// The name of a lane.
    #[must_use]
    pub fn lane_name(&self, lane: &Lane) -> String {
        match lane.kind() {
            LaneKind::Interrupt { exception } => self.header.exception(exception),
            LaneKind::Task { number } => self.header.task(number),
            LaneKind::Idle => "idle".to_owned(),
            LaneKind::Mark { id } => self.header.name(id),
            LaneKind::Future { object } => self.header.object(object),
        }
    }

    /// What is known of task `number`.
    #[must_use]
    pub fn task(&self, number: u32) -> TaskFacts {
        self.machine.tasks.get(&number).copied().unwrap_or_default()
    }

    /// Where events were lost, in order of time; no two overlap.
    #[must_use]
    pub fn gaps(&self) -> &[Gap] {
        &self.machine.gaps
    }

    /// The gaps that touch `window`.
    #[must_use]
    pub fn gaps_in(&self, window: Range<u64>) -> &[Gap] {
        let gaps = &self.machine.gaps;
        let from = gaps.partition_point(|gap| gap.end < window.start);
        let to = gaps.partition_point(|gap| gap.start < window.end).max(from);
        &gaps[from..to]
    }

    /// Moments of the user's, in order of time.
    #[must_use]
    pub const fn instants(&self) -> &Pages<Instant> {
        &self.machine.instants
    }

    /// Moments of the user's by name, in the order in which the names were first heard of.
    #[must_use]
    pub fn instant_tracks(&self) -> &[InstantTrack] {
        &self.machine.instant_tracks
    }

    /// Values of the user's.
    #[must_use]
    pub fn counters(&self) -> &[CounterTrack] {
        &self.machine.counters
    }

    /// Operations on objects, in order of time.
    #[must_use]
    pub const fn operations(&self) -> &Pages<Operation> {
        &self.machine.operations
    }

    /// Tasks that became ready, in order of time.
    pub fn wakes(&self) -> impl Iterator<Item = Wake> {
        self.wakes_since(0)
    }

    /// The same from `time` on, in cycles.
    pub fn wakes_since(&self, time: u64) -> impl Iterator<Item = Wake> {
        self.machine.wakes.since(time)
    }

    /// What the switches to other tasks cost, in order of time, from the one at place `first` on. A switch is among them if
    /// the trace shows what made it necessary.
    pub fn switches(&self, first: usize) -> impl Iterator<Item = Switch> {
        self.machine.switches.from(first)
    }

    /// The least free stacks, each time one became less, in order of time.
    #[must_use]
    pub fn stacks(&self) -> &[StackPoint] {
        &self.machine.stacks
    }

    /// Changes of effective priorities, in order of time.
    #[must_use]
    pub const fn priority_changes(&self) -> &Pages<PriorityChange> {
        &self.machine.priorities
    }

    /// Faults, in order of time.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.machine.faults
    }

    /// Steps of periodic work, in order of time.
    #[must_use]
    pub const fn jobs(&self) -> &Pages<Job> {
        &self.machine.jobs
    }

    /// How many steps of periodic work were forgotten.
    #[must_use]
    pub(crate) const fn jobs_forgotten(&self) -> usize {
        self.machine.jobs_forgotten
    }

    /// How full the heap was, in order of time.
    #[must_use]
    pub const fn heap(&self) -> &Pages<HeapPoint> {
        &self.machine.heap
    }

    /// Bytes of the heap, if the firmware told.
    #[must_use]
    pub const fn heap_size(&self) -> Option<u32> {
        self.machine.heap_size
    }

    /// Times at which the firmware started, in cycles of the whole trace.
    #[must_use]
    pub fn boots(&self) -> &[u64] {
        &self.machine.boots
    }

    /// How often the firmware started, in the whole run.
    #[must_use]
    pub const fn starts(&self) -> usize {
        self.machine.resets_forgotten + self.machine.boots.len()
    }

    /// Remarks about the trace as a whole.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        &self.machine.notes
    }

    /// Events that the kernel dropped, in all.
    #[must_use]
    pub const fn dropped(&self) -> u64 {
        self.machine.lost_events
    }

    /// The effective priority of task `number` at `time`.
    #[must_use]
    pub fn priority_at(&self, number: u32, time: u64) -> Option<u32> {
        let changes = &self.machine.priorities;
        let until = changes.partition_point(|change| change.time <= time);
        let last = changes.range(0..until).rev().take(4096).find(|change| change.task == number);
        last.map(|change| change.priority).or_else(|| self.task(number).priority)
    }
}
