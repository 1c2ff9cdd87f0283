//! What an export holds, whatever its format.

use std::collections::BTreeMap;
use std::io;

use bluekernel_abi::ObjectOp;

use super::labels::{Label, Labels, What};
use crate::model::{LaneKind, Trace};

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
        let handlers = trace.operations().iter().filter(|operation| operation.task.is_none());
        moments.extend(handlers.map(|operation| (operation.time, What::operation(operation))));
        if moments.is_empty() {
            return Ok(());
        }
        let track = self.track("kernel", TrackKind::Slices)?;
        self.moments(&track, moments)
    }

    /// Tells what happened at moments, in order of time.
    fn moments(&mut self, track: &Track, mut moments: Vec<(u64, What)>) -> io::Result<()> {
        moments.sort_by_key(|(time, _)| *time);
        for (time, what) in moments {
            let time = self.nanoseconds(time);
            if let Some(label) = self.labels.get(what, self.sink) {
                self.sink.instant(track, time, label)?;
            }
        }
        Ok(())
    }

    /// Interrupts, tasks, idle and user spans, a slice a state.
    fn lanes(&mut self) -> io::Result<()> {
        let trace = self.trace;
        let mut moments: BTreeMap<u32, Vec<(u64, What)>> = BTreeMap::new();
        for operation in trace.operations() {
            let Some(task) = operation.task else { continue };
            moments.entry(task).or_default().push((operation.time, What::operation(operation)));
        }
        for change in trace.priority_changes() {
            moments.entry(change.task).or_default().push((change.time, What::priority(change)));
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
                if start == end {
                    continue;
                }
                if let Some(label) = self.labels.get(What::State(lane.kind(), span.state), self.sink) {
                    self.sink.slice(&track, start, end, label)?;
                }
            }
            if let LaneKind::Task { number } = lane.kind() {
                self.moments(&track, moments.remove(&number).unwrap_or_default())?;
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
        self.moments(&track, trace.instants().iter().map(|instant| (instant.time, What::instant(instant))).collect())
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
