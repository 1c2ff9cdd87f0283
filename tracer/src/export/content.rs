//! What an export holds, whatever its format.

use std::collections::BTreeMap;
use std::io;

use bluekernel_abi::ObjectOp;

use super::labels::{Label, Labels, What};
use crate::model::{LaneKind, Operation, Trace};

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

/// A format. It is told each track before what is on it; times are in nanoseconds.
pub(super) trait Sink {
    /// `label` as the format writes it on slices and at moments: asked for once, used a million times.
    fn label(&self, label: &Label) -> Vec<u8>;
    /// A track. Its slices follow in order of time and do not overlap.
    fn track(&mut self, track: &Track) -> io::Result<()>;
    /// A stretch of time on a track.
    fn slice(&mut self, track: &Track, start: u64, end: u64, label: &[u8]) -> io::Result<()>;
    /// A moment on a track.
    fn instant(&mut self, track: &Track, time: u64, label: &[u8]) -> io::Result<()>;
    /// A value from a moment on.
    fn value(&mut self, track: &Track, time: u64, value: i64) -> io::Result<()>;
}

/// Tells `sink` all of `trace`.
pub(super) fn tell(trace: &Trace, sink: &mut dyn Sink) -> io::Result<()> {
    let mut teller = Teller { trace, sink, tracks: 0, labels: Labels::new(trace) };
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
    labels: Labels<'a>,
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
        let mut moments: Vec<(u64, What)> = trace.boots().iter().map(|boot| (*boot, What::Reset)).collect();
        moments.extend(trace.gaps().iter().enumerate().map(|(place, gap)| (gap.start, What::Gap(place))));
        moments.extend(trace.faults().iter().enumerate().map(|(place, fault)| (fault.time, What::Fault(place))));
        moments.sort_by_key(|(time, _)| *time);
        let mut handlers = trace.operations().iter().filter(|operation| operation.task.is_none()).peekable();
        if moments.is_empty() && handlers.peek().is_none() {
            return Ok(());
        }
        let track = self.track("kernel", TrackKind::Slices)?;
        self.moments(&track, moments, handlers.map(|operation| (operation.time, What::operation(operation))))
    }

    /// Tells what happened at moments; both lists are in order of time. At the same time what is of `first` comes first.
    fn moments(
        &mut self,
        track: &Track,
        first: impl IntoIterator<Item = (u64, What)>,
        second: impl IntoIterator<Item = (u64, What)>,
    ) -> io::Result<()> {
        let mut first = first.into_iter().peekable();
        for (time, what) in second {
            while let Some(earlier) = first.next_if(|(earlier, _)| *earlier <= time) {
                self.moment(track, earlier)?;
            }
            self.moment(track, (time, what))?;
        }
        first.try_for_each(|moment| self.moment(track, moment))
    }

    fn moment(&mut self, track: &Track, (time, what): (u64, What)) -> io::Result<()> {
        let time = self.nanoseconds(time);
        match self.labels.get(what, self.sink) {
            Some(label) => self.sink.instant(track, time, label),
            None => Ok(()),
        }
    }

    /// Interrupts, tasks, idle and user spans, a slice a state.
    fn lanes(&mut self) -> io::Result<()> {
        let trace = self.trace;
        let (operations, changes) = (trace.operations(), trace.priority_changes());
        let operations_of = places(operations.iter().map(|operation| operation.task));
        let changes_of = places(changes.iter().map(|change| Some(change.task)));
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
                if start == end {
                    continue;
                }
                if let Some(label) = self.labels.get(What::State(lane.kind(), span.state), self.sink) {
                    self.sink.slice(&track, start, end, label)?;
                }
            }
            if let LaneKind::Task { number } = lane.kind() {
                let own = operations_of.get(&number).into_iter().flatten();
                let own = own.filter_map(|place| operations.get(*place as usize));
                let changed = changes_of.get(&number).into_iter().flatten();
                let changed = changed.filter_map(|place| changes.get(*place as usize));
                self.moments(
                    &track,
                    own.map(|operation| (operation.time, What::operation(operation))),
                    changed.map(|change| (change.time, What::priority(change))),
                )?;
            }
        }
        Ok(())
    }

    /// The user's moments.
    fn marks(&mut self) -> io::Result<()> {
        let trace = self.trace;
        if trace.instants().is_empty() {
            return Ok(());
        }
        let track = self.track("marks", TrackKind::Slices)?;
        self.moments(&track, trace.instants().iter().map(|instant| (instant.time, What::instant(instant))), [])
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
        let operations = self.trace.operations();
        let track_of = |operation: &Operation| {
            let unit = match operation.op {
                ObjectOp::Give | ObjectOp::Take => "count",
                ObjectOp::Send | ObjectOp::Receive => "items",
                ObjectOp::Alloc | ObjectOp::Free => "used",
                ObjectOp::Lock | ObjectOp::Unlock | ObjectOp::Set | ObjectOp::Clear | ObjectOp::Notify => return None,
            };
            Some((operation.object, unit))
        };
        for ((object, unit), own) in places(operations.iter().map(track_of)) {
            let name = format!("{} ({unit})", self.trace.header().object(object));
            let track = self.track(name, TrackKind::Value)?;
            for operation in own.into_iter().filter_map(|place| operations.get(place as usize)) {
                self.sink.value(&track, self.nanoseconds(operation.time), i64::from(operation.value))?;
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

/// The places of those that have a key, by that key. A list of places is a small copy of a list of millions.
fn places<K: Ord>(keys: impl Iterator<Item = Option<K>>) -> BTreeMap<K, Vec<u32>> {
    let mut all: BTreeMap<K, Vec<u32>> = BTreeMap::new();
    for (key, place) in keys.zip(0..) {
        if let Some(key) = key {
            all.entry(key).or_default().push(place);
        }
    }
    all
}
