//! One lane: the states of a task, an interrupt, the idle processor or a span of the user's, over time.

use std::ops::Range;

use super::pages::Pages;
use super::palette::StateList;
use super::state::{Class, State};
use super::times::{STRIDE, Times};

/// Whose lane it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LaneKind {
    /// An exception handler.
    Interrupt {
        /// The exception number.
        exception: u32,
    },
    /// A task.
    Task {
        /// Its number.
        number: u32,
    },
    /// The processor without work.
    Idle,
    /// A span that user code marks.
    Mark {
        /// Its name in the dictionary.
        id: u32,
    },
    /// An asynchronous task: running while it is polled, ready from when it was woken, else dormant.
    Future {
        /// Its memory, numbered as objects are.
        object: u32,
    },
}

/// How long a lane was in each [`Class`], in cycles, indexed by `Class as usize`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Occupancy(pub [u64; Class::COUNT]);

impl Occupancy {
    /// Cycles in `class`.
    #[must_use]
    pub const fn of(&self, class: Class) -> u64 {
        self.0[class as usize]
    }

    /// All cycles.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    fn add(&mut self, class: Class, cycles: u64) {
        self.0[class as usize] += cycles;
    }

    /// What lies between two sums from the same start.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        Self(std::array::from_fn(|class| self.0[class].saturating_sub(earlier.0[class])))
    }
}

/// A stretch of time in one state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its place in the lane.
    pub index: usize,
    /// The first cycle.
    pub start: u64,
    /// The cycle behind the last; the end of the trace for the last span.
    pub end: u64,
    /// The state.
    pub state: State,
    /// Whether the trace ends within it.
    pub open: bool,
}

/// State changes over time: each takes eight bytes, and the sum of all occupancy before every `STRIDE`th. From that sum a
/// look-up walks sixteen changes on average: this is what makes long stretches as cheap as short ones.
#[derive(Clone, Debug)]
pub struct Lane {
    kind: LaneKind,
    /// When it begins, in cycles.
    begin: u64,
    times: Times,
    states: StateList,
    /// `sums[n]` is the occupancy from the beginning to stop number `n` of `times`.
    sums: Pages<Occupancy>,
}

impl Lane {
    /// A lane that begins at `start` in `state`.
    pub(super) fn new(kind: LaneKind, start: u64, state: State) -> Self {
        let (times, states) = (Times::new(start), StateList::new(state));
        Self { kind, begin: start, times, states, sums: std::iter::once(Occupancy::default()).collect() }
    }

    /// From `time` on the lane is in `state`. A change to the same state is kept: a task that is switched in again was
    /// switched in twice.
    pub(super) fn change(&mut self, time: u64, state: State) {
        let time = time.max(self.times.last());
        if self.times.len().is_multiple_of(STRIDE) {
            self.sums.push(self.occupancy_within(self.times.len() - 1, time));
        }
        self.times.push(time);
        self.states.push(state);
    }

    /// Gives back what lies before `until`, but for up to [`STRIDE`] changes. Later changes keep their places, and sums
    /// from the beginning stay what they are.
    pub(super) fn forget(&mut self, until: u64) {
        if let Some(place) = self.index_at(until) {
            let stops = self.times.forget(place);
            self.states.forget(self.times.first());
            self.sums.forget(stops);
        }
    }

    /// Bytes of what is kept.
    pub(super) const fn bytes(&self) -> usize {
        self.times.bytes() + self.states.bytes() + self.sums.bytes()
    }

    /// Whose it is.
    #[must_use]
    pub const fn kind(&self) -> LaneKind {
        self.kind
    }

    /// How many spans it has, with those that were forgotten ([`super::Trace::forget`]).
    #[must_use]
    pub const fn len(&self) -> usize {
        self.times.len()
    }

    /// Never: a lane begins with a span.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.times.len() == 0
    }

    /// The state now.
    #[must_use]
    pub fn last(&self) -> State {
        self.states.last().unwrap_or(State::Unknown)
    }

    /// Since when it is in that state, in cycles.
    #[must_use]
    pub fn since(&self) -> u64 {
        self.times.last()
    }

    /// The span at `index`, if it is there and not forgotten; `end` is the end of the trace.
    #[must_use]
    pub fn span(&self, index: usize, end: u64) -> Option<Span> {
        let (start, state) = (self.times.get(index)?, self.states.get(index)?);
        let next = self.times.get(index + 1);
        Some(Span { index, start, end: next.unwrap_or(end).max(start), state, open: next.is_none() })
    }

    /// The place of the span that holds `time`: the last change at or before it. `None` before the lane begins, and where
    /// it was forgotten.
    #[must_use]
    pub fn index_at(&self, time: u64) -> Option<usize> {
        let behind = self.times.before(|start| start <= time);
        (behind > self.times.first()).then(|| behind - 1)
    }

    /// The span that holds `time`; `end` is the end of the trace.
    #[must_use]
    pub fn at(&self, time: u64, end: u64) -> Option<Span> {
        self.span(self.index_at(time)?, end)
    }

    /// The spans that touch `window`, in order; `end` is the end of the trace. Spans are whole: the first may begin
    /// before the window and the last end behind it.
    #[must_use]
    pub fn spans(&self, window: Range<u64>, end: u64) -> Spans<'_> {
        let next = self.index_at(window.start).unwrap_or(self.times.first());
        Spans::new(self, next, window.end, end)
    }

    /// The place of the first span that begins at `time` or later; [`Lane::len`] if there is none.
    #[must_use]
    pub fn first_change_at(&self, time: u64) -> usize {
        self.times.before(|start| start < time)
    }

    /// The spans from place `first` on, as far as they are kept; `end` is the end of the trace.
    #[must_use]
    pub fn spans_from(&self, first: usize, end: u64) -> Spans<'_> {
        Spans::new(self, first.max(self.times.first()), u64::MAX, end)
    }

    /// The first change behind `time`.
    #[must_use]
    pub fn next_change(&self, time: u64) -> Option<u64> {
        self.times.get(self.index_at(time).map_or(self.times.first(), |at| at + 1))
    }

    /// The last change before `time`.
    #[must_use]
    pub fn previous_change(&self, time: u64) -> Option<u64> {
        self.first_change_at(time).checked_sub(1).and_then(|at| self.times.get(at))
    }

    /// How long the lane was in each class from its beginning to `time`. Of a time that was forgotten, to the first that was
    /// not.
    #[must_use]
    pub fn occupancy_until(&self, time: u64) -> Occupancy {
        self.sums().until(time)
    }

    /// The same for many times in their order: each look-up begins where the last one ended.
    #[must_use]
    pub const fn sums(&self) -> Sums<'_> {
        Sums { lane: self, stop: 0 }
    }

    /// How long the lane was in each class from its beginning to `time`, which the span at `index` holds.
    fn occupancy_within(&self, index: usize, time: u64) -> Occupancy {
        let stop = index.saturating_sub(self.times.first()) / STRIDE;
        let mut sum = self.sums.get(stop).copied().unwrap_or_default();
        let first = index / STRIDE * STRIDE;
        let mut last: Option<(u64, State)> = None;
        for ((at, state), _) in self.times.on(stop).zip(self.states.run(first)).zip(first..=index) {
            if let Some((since, state)) = last.replace((at, state)) {
                sum.add(state.class(), at - since);
            }
        }
        if let Some((since, state)) = last {
            sum.add(state.class(), time - since);
        }
        sum
    }

    /// How long the lane was in each class within `window`. Exact, whatever the window's length, unless an end of it was
    /// forgotten; from the beginning of the lane it is exact even then.
    #[must_use]
    pub fn occupancy(&self, window: Range<u64>) -> Occupancy {
        self.occupancy_until(window.end).since(&self.occupancy_until(window.start))
    }

    /// How many changes fall into `window`.
    #[must_use]
    pub fn changes(&self, window: Range<u64>) -> usize {
        self.first_change_at(window.end).saturating_sub(self.first_change_at(window.start))
    }
}

/// Sums of a lane at times that grow, made by [`Lane::sums`]. A time that is smaller than the last one is answered too, by
/// searching from the beginning.
#[derive(Clone, Debug)]
pub struct Sums<'a> {
    lane: &'a Lane,
    /// How many stops are at or before the last time that was asked for.
    stop: usize,
}

impl Sums<'_> {
    /// How long the lane was in each class from its beginning to `time`.
    #[must_use]
    pub fn until(&mut self, time: u64) -> Occupancy {
        let stops = self.lane.times.stops();
        let is_before = |at: usize| stops.get(at).is_some_and(|stop| *stop <= time);
        let known = self.stop.checked_sub(1).is_none_or(is_before);
        let mut low = if known { self.stop } else { 0 };
        // What is looked for is near: in steps that double, then between the last two of them.
        let mut step = 1;
        while is_before(low + step - 1) {
            low += step;
            step *= 2;
        }
        let mut high = (low + step).min(stops.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if is_before(middle) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        self.stop = low;
        let Some(stop) = self.stop.checked_sub(1) else {
            let first = self.lane.sums.first().filter(|_| time > self.lane.begin);
            return first.copied().unwrap_or_default();
        };
        let within = self.lane.times.before_on(stop, |start| start <= time);
        within.checked_sub(1).map_or_else(Occupancy::default, |at| self.lane.occupancy_within(at, time))
    }
}

/// Iterator of [`Lane::spans`].
#[derive(Clone, Debug)]
pub struct Spans<'a> {
    lane: &'a Lane,
    next: usize,
    /// When that one begins.
    start: Option<u64>,
    until: u64,
    end: u64,
}

impl<'a> Spans<'a> {
    fn new(lane: &'a Lane, next: usize, until: u64, end: u64) -> Self {
        Self { lane, next, start: lane.times.get(next), until, end }
    }
}

impl Iterator for Spans<'_> {
    type Item = Span;

    fn next(&mut self) -> Option<Span> {
        let (index, start) = (self.next, self.start.filter(|start| *start < self.until)?);
        let state = self.lane.states.get(index)?;
        self.next += 1;
        self.start = self.lane.times.get(self.next);
        Some(Span { index, start, end: self.start.unwrap_or(self.end).max(start), state, open: self.start.is_none() })
    }
}
