//! The next and the previous thing in a trace that matches.
//!
//! Lanes and lists are walked from where one stands, each no further than the nearest match found so far: looking for
//! what is near costs little, however long the trace is.

use crate::model::{JobStep, Lane, LaneKind, State, Trace};

use super::matcher::{Facts, Matcher};
use super::term::Op;

/// Where a thing is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A stretch of the lane at this place in [`Trace::lanes`].
    Lane(usize),
    /// A moment of the track at this place in [`Trace::instant_tracks`].
    Instants(usize),
    /// A value of the track at this place in [`Trace::counters`].
    Counter(usize),
    /// [`Trace::operations`].
    Operations,
    /// [`Trace::jobs`].
    Jobs,
}

/// Where a search stands. Things are in the order of their places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// When it begins, in cycles.
    pub time: u64,
    /// Where it is found.
    pub source: Source,
    /// Its number there.
    pub index: usize,
}

impl Place {
    /// In front of everything that begins at `time`.
    #[must_use]
    pub const fn before(time: u64) -> Self {
        Self { time, source: Source::Lane(0), index: 0 }
    }

    /// Behind everything that begins at `time`.
    #[must_use]
    pub const fn behind(time: u64) -> Self {
        Self { time, source: Source::Jobs, index: usize::MAX }
    }
}

/// Something that matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Where it is.
    pub place: Place,
    /// The cycle behind its last; its beginning for what takes no time.
    pub end: u64,
    /// Whose it is, a place in [`Trace::lanes`], if it is a lane's.
    pub lane: Option<usize>,
}

impl Matcher {
    /// The first match behind `place`.
    pub fn next(&mut self, trace: &Trace, place: Place) -> Option<Hit> {
        let mut best: Option<Hit> = None;
        for source in sources(trace) {
            let mut index = first_at(trace, source, place.time);
            while let Some(start) = start(trace, source, index) {
                let here = Place { time: start, source, index };
                if best.is_some_and(|best| best.place < here) {
                    break;
                }
                if here > place
                    && let Some(hit) = self.hit(trace, here)
                {
                    best = Some(hit);
                    break;
                }
                index += 1;
            }
        }
        best
    }

    /// The last match before `place`.
    pub fn previous(&mut self, trace: &Trace, place: Place) -> Option<Hit> {
        let mut best: Option<Hit> = None;
        for source in sources(trace) {
            let mut index = first_at(trace, source, place.time.saturating_add(1));
            while let Some(at) = index.checked_sub(1) {
                index = at;
                // What is before it was forgotten.
                let Some(start) = start(trace, source, index) else { break };
                let here = Place { time: start, source, index };
                if best.is_some_and(|best| best.place > here) {
                    break;
                }
                if here < place
                    && let Some(hit) = self.hit(trace, here)
                {
                    best = Some(hit);
                    break;
                }
            }
        }
        best
    }

    /// The thing at `place`, if it is one and matches.
    fn hit(&mut self, trace: &Trace, place: Place) -> Option<Hit> {
        let (facts, end) = match place.source {
            Source::Lane(lane) => self.stretch(trace, lane, place.index)?,
            Source::Instants(track) => {
                let track = trace.instant_tracks().get(track)?;
                let (time, value) = *track.points.get(place.index)?;
                (Facts { name: Some(track.id), value: Some(value.into()), ..Facts::default() }, time)
            }
            Source::Counter(track) => {
                let track = trace.counters().get(track)?;
                let (time, value) = *track.points.get(place.index)?;
                let facts = Facts { name: Some(track.id), counts: true, value: Some(value), ..Facts::default() };
                (facts, time)
            }
            Source::Operations => {
                let operation = trace.operations().get(place.index)?;
                let facts = Facts {
                    lane: task_lane(trace, operation.task),
                    object: Some(operation.object),
                    op: Some(Op::Object(operation.op)),
                    value: Some(operation.value.into()),
                    ..Facts::default()
                };
                (facts, operation.time)
            }
            Source::Jobs => {
                let job = trace.jobs().get(place.index)?;
                let op = match job.step {
                    JobStep::Release(_) => Op::Release,
                    JobStep::Done => Op::Done,
                    JobStep::Miss(_) => Op::Miss,
                };
                let lane = task_lane(trace, job.task);
                (Facts { lane, object: Some(job.object), op: Some(op), ..Facts::default() }, job.time)
            }
        };
        self.matches(trace, &facts).then_some(Hit { place, end, lane: facts.lane })
    }

    /// The stretch of a lane at `index` with its end. A handler and a mark count from entry to exit, whatever interrupts
    /// them; and nobody looks for what is dormant without saying so.
    fn stretch(&self, trace: &Trace, at: usize, index: usize) -> Option<(Facts, u64)> {
        let lane = trace.lanes().get(at)?;
        let span = lane.span(index, trace.end())?;
        let mut end = span.end;
        if !self.asks_for_states() {
            if matches!(span.state, State::Dormant | State::Unknown) {
                return None;
            }
            if matches!(lane.kind(), LaneKind::Interrupt { .. } | LaneKind::Mark { .. }) {
                if index.checked_sub(1).and_then(|before| state(lane, before)).is_some_and(State::is_on_cpu) {
                    return None;
                }
                end = active_until(trace, lane, index);
            }
        }
        let object = match span.state {
            State::Blocked { object, .. } if object != 0 => Some(object),
            _ => None,
        };
        let duration = Some(end - span.start);
        Some((Facts { lane: Some(at), state: Some(span.state), object, duration, ..Facts::default() }, end))
    }
}

/// When the handler that was entered at `index` is left.
fn active_until(trace: &Trace, lane: &Lane, index: usize) -> u64 {
    let mut end = trace.end();
    for at in index.. {
        let Some(span) = lane.span(at, trace.end()).filter(|span| span.state.is_on_cpu()) else { break };
        end = span.end;
    }
    end
}

fn state(lane: &Lane, index: usize) -> Option<State> {
    lane.span(index, u64::MAX).map(|span| span.state)
}

/// The place of a task's lane.
fn task_lane(trace: &Trace, task: Option<u32>) -> Option<usize> {
    let kind = LaneKind::Task { number: task? };
    trace.lane_place(kind)
}

fn sources(trace: &Trace) -> impl Iterator<Item = Source> + use<> {
    let lanes = (0..trace.lanes().len()).map(Source::Lane);
    let instants = (0..trace.instant_tracks().len()).map(Source::Instants);
    let counters = (0..trace.counters().len()).map(Source::Counter);
    lanes.chain(instants).chain(counters).chain([Source::Operations, Source::Jobs])
}

/// The number of the first thing of `source` that begins at `time` or later.
fn first_at(trace: &Trace, source: Source, time: u64) -> usize {
    match source {
        Source::Lane(lane) => trace.lanes().get(lane).map_or(0, |lane| lane.first_change_at(time)),
        Source::Instants(track) => {
            trace.instant_tracks().get(track).map_or(0, |track| track.points.partition_point(|(at, _)| *at < time))
        }
        Source::Counter(track) => {
            trace.counters().get(track).map_or(0, |track| track.points.partition_point(|(at, _)| *at < time))
        }
        Source::Operations => trace.operations().partition_point(|operation| operation.time < time),
        Source::Jobs => trace.jobs().partition_point(|job| job.time < time),
    }
}

/// When the thing number `index` of `source` begins.
fn start(trace: &Trace, source: Source, index: usize) -> Option<u64> {
    match source {
        Source::Lane(lane) => trace.lanes().get(lane)?.span(index, u64::MAX).map(|span| span.start),
        Source::Instants(track) => trace.instant_tracks().get(track)?.points.get(index).map(|(time, _)| *time),
        Source::Counter(track) => trace.counters().get(track)?.points.get(index).map(|(time, _)| *time),
        Source::Operations => trace.operations().get(index).map(|operation| operation.time),
        Source::Jobs => trace.jobs().get(index).map(|job| job.time),
    }
}
