//! Reads what is new of a trace, once, and hands it to whoever keeps the sums.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::model::{Job, LaneKind, Pages, Trace};

use super::handlers::{HandlerProgress, HandlerSums};
use super::histogram::Histogram;
use super::tasks::{MOST_WAITS, TaskProgress, TaskReader, TaskSums};
use super::worst::Longest;

/// Statistics that grow with a trace: each span is looked at once, however often a view asks.
#[derive(Clone, Debug, Default)]
pub struct Collector {
    lanes: Vec<LaneReader>,
    /// How many steps of jobs were handed to their tasks.
    jobs: usize,
    /// How many switches were counted.
    counted: usize,
    /// What switches cost.
    pub(super) switches: Histogram,
    pub(super) longest: Longest,
    /// How many kinds of waits were found, of all tasks; behind [`MOST_WAITS`] objects are no longer told apart.
    waits: usize,
    pub(super) window: Option<Range<u64>>,
}

/// How far one lane was read, and its sums.
#[derive(Clone, Debug, Default)]
struct LaneReader {
    /// The next span to look at.
    next: usize,
    sums: LaneSums,
}

#[derive(Clone, Debug, Default)]
enum LaneSums {
    /// Of the idle processor there is nothing to sum; of a lane that was not looked at, nothing yet.
    #[default]
    Nothing,
    Task(Box<(TaskProgress, TaskSums)>),
    Handler(Box<(HandlerProgress, HandlerSums)>),
}

/// A distribution that a collector keeps of each task, mark or interrupt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// Of a task: from being woken to running.
    Response,
    /// Of a task: from a job's release, or without jobs from a wake, to where it is done.
    Completion,
    /// Of a task: its own code in that time.
    Execution,
    /// Of a task: ready in that time, while something else ran.
    Ready,
    /// Of a task with jobs: from a job's release to where it begins.
    Late,
    /// From one beginning to the next: of jobs, runs, handlers, marks.
    Interval,
    /// Of a handler, a mark or an asynchronous task: from its beginning to its end.
    Duration,
}

impl Collector {
    /// A collector of the whole trace, however long it grows.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A collector of what ends within `window` (the last cycle of the trace included, if the window reaches it).
    #[must_use]
    pub fn of_window(window: Range<u64>) -> Self {
        Self { window: Some(window), ..Self::default() }
    }

    /// Reads what is new in `trace`, which must be the same trace every time.
    pub fn update(&mut self, trace: &Trace) {
        if self.lanes.len() < trace.lanes().len() {
            self.lanes.resize_with(trace.lanes().len(), Default::default);
        }
        let end = trace.end();
        let window = self.window.clone().unwrap_or(0..u64::MAX);
        let window = if window.end >= end { window.start..u64::MAX } else { window };
        let counts = |time: u64| window.contains(&time);
        // Intervals are those of clocks and pins: they stay what they are if tracing is taken away.
        let recorded = |time: u64| trace.recorded(time);
        let jobs = trace.jobs();
        let steps = by_task(jobs, self.jobs.saturating_sub(trace.jobs_forgotten()));
        self.jobs = trace.jobs_forgotten() + jobs.len();
        for (lane, reader) in trace.lanes().iter().zip(&mut self.lanes) {
            match (lane.kind(), &mut reader.sums) {
                (LaneKind::Task { .. }, sums @ LaneSums::Nothing) => *sums = LaneSums::Task(Box::default()),
                (LaneKind::Idle, _) => continue,
                (_, sums @ LaneSums::Nothing) => *sums = LaneSums::Handler(Box::default()),
                _ => {}
            }
            let spans = lane.spans_from(reader.next, end).take_while(|span| span.start < window.end);
            match (lane.kind(), &mut reader.sums) {
                (LaneKind::Task { number }, LaneSums::Task(task)) => {
                    let (progress, sums) = &mut **task;
                    let (timing, boots, longest) = (trace.task(number).timing, trace.boots(), &mut self.longest);
                    let waits = &mut self.waits;
                    let steps = steps.get(&number).map_or(&[][..], Vec::as_slice);
                    let mut task = TaskReader {
                        number,
                        timing,
                        boots,
                        jobs,
                        steps,
                        progress,
                        sums,
                        longest,
                        waits,
                        recorded: &recorded,
                    };
                    for span in spans {
                        task.span(span, counts);
                        reader.next = span.index + 1;
                    }
                    task.steps(end.min(window.end), &counts);
                }
                (_, LaneSums::Handler(handler)) => {
                    let (progress, sums) = &mut **handler;
                    for span in spans {
                        progress.span(span, counts(span.start), recorded, sums);
                        reader.next = span.index + 1;
                    }
                }
                _ => {}
            }
        }
        for switch in trace.switches(self.counted) {
            self.counted += 1;
            if counts(switch.time) {
                self.switches.add(switch.cycles);
            }
        }
    }

    /// The distribution of `measure` on the lane at place `lane` of [`Trace::lanes`], for drawing.
    #[must_use]
    pub fn histogram(&self, lane: usize, measure: Measure) -> Option<&Histogram> {
        if let Some(task) = self.task(lane) {
            let has_jobs = task.has_jobs();
            return match measure {
                Measure::Response => Some(&task.response),
                Measure::Completion => Some(&task.work().completion),
                Measure::Execution => Some(&task.work().execution),
                Measure::Ready => Some(&task.work().ready),
                Measure::Late => has_jobs.then_some(&task.periodic.late),
                Measure::Interval => Some(if has_jobs { &task.periodic.interval } else { &task.interval }),
                Measure::Duration => None,
            };
        }
        let handler = self.handler(lane)?;
        match measure {
            Measure::Duration => Some(&handler.duration),
            Measure::Interval => Some(&handler.interval),
            _ => None,
        }
    }

    /// The longest of a task's [`Measure::Response`] or [`Measure::Completion`], or of a handler's or a mark's
    /// [`Measure::Duration`], as windows in cycles: longest first, ten at most, those that the trace has forgotten among them.
    #[must_use]
    pub fn slowest(&self, lane: usize, measure: Measure) -> &[(u64, u64)] {
        let slowest = match measure {
            Measure::Response => self.task(lane).map(|task| &task.slowest),
            Measure::Completion => self.task(lane).map(|task| &task.work().slowest),
            Measure::Duration => self.handler(lane).map(|handler| &handler.slowest),
            Measure::Execution | Measure::Ready | Measure::Late | Measure::Interval => None,
        };
        slowest.map_or(&[], |slowest| slowest.windows())
    }

    /// Whether there were more kinds of waits than are told apart.
    pub(super) const fn has_many_waits(&self) -> bool {
        self.waits > MOST_WAITS
    }

    pub(super) fn task(&self, lane: usize) -> Option<&TaskSums> {
        match &self.lanes.get(lane)?.sums {
            LaneSums::Task(task) => Some(&task.1),
            _ => None,
        }
    }

    pub(super) fn handler(&self, lane: usize) -> Option<&HandlerSums> {
        match &self.lanes.get(lane)?.sums {
            LaneSums::Handler(handler) => Some(&handler.1),
            _ => None,
        }
    }
}

/// The places in `jobs` of each task's from the one at `first` on.
fn by_task(jobs: &Pages<Job>, first: usize) -> BTreeMap<u32, Vec<u32>> {
    let mut places: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (job, place) in jobs.range(first..jobs.len()).zip(first..) {
        if let Some(task) = job.task {
            places.entry(task).or_default().push(u32::try_from(place).unwrap_or(u32::MAX));
        }
    }
    places
}
