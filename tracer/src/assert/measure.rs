//! From a metric to numbers: what the recording shows, and between which bounds the truth lies.

use std::ops::Range;

use crate::lint::Finding;
use crate::model::{Class, JobStep, Lane, LaneKind, Trace};
use crate::stats::{InterruptRow, Statistics, Summary, TaskRow};
use crate::time;

use super::metric::{Metric, OfInterrupt, OfObject, OfTask, Point, Share};
use super::stretch::{Cause, Found, Stretch};

/// What was measured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Measurement {
    /// The truth is not smaller.
    pub(super) least: u64,
    /// The truth is not larger; `None` without a bound.
    pub(super) most: Option<u64>,
    /// Why there is nothing to compare, in words.
    pub(super) nothing: Option<String>,
    /// Where to look, in cycles, and what is to be seen there. Without it the whole window is the place.
    pub(super) place: Option<(Range<u64>, String)>,
}

impl Measurement {
    fn exact(value: u64) -> Self {
        Self { least: value, most: Some(value), ..Self::default() }
    }

    /// `value`, and up to `unknown` more.
    fn up_to(value: u64, unknown: u64) -> Self {
        Self { least: value, most: Some(value.saturating_add(unknown)), ..Self::default() }
    }

    fn nothing(why: impl Into<String>) -> Self {
        Self { nothing: Some(why.into()), ..Self::default() }
    }

    fn at(mut self, place: Option<(Range<u64>, String)>) -> Self {
        self.place = place;
        self
    }
}

/// What is measured in.
pub(super) struct Measuring<'a> {
    pub(super) trace: &'a Trace,
    pub(super) statistics: &'a Statistics,
    pub(super) window: Range<u64>,
    /// What the lints found in the whole recording; nothing if no budget asks.
    pub(super) findings: Vec<Finding>,
}

impl Measuring<'_> {
    /// Whether events were lost in the window.
    fn lost(&self) -> bool {
        self.statistics.losses.gaps > 0
    }

    /// A count or a maximum: with losses the truth may be more.
    fn at_least(&self, value: u64) -> Measurement {
        Measurement { least: value, most: (!self.lost()).then_some(value), ..Measurement::default() }
    }

    /// A percentile or a mean: with losses it may be anything.
    fn typical(&self, value: u64) -> Measurement {
        if self.lost() { Measurement::default() } else { Measurement::exact(value) }
    }

    fn moment(&self, time: u64) -> String {
        time::moment(time, self.trace.clock_hz())
    }

    pub(super) fn measure(&self, metric: &Metric) -> Measurement {
        match metric {
            Metric::Drops => self.drops(),
            Metric::Faults => self.moments(self.trace.faults().iter().map(|fault| fault.time), "the firmware dies"),
            Metric::Resets => {
                // The first start is none, if the recording begins with it.
                let resets = self.trace.boots().iter().copied().filter(|time| *time > self.trace.start());
                self.moments(resets, "the firmware is reset")
            }
            Metric::Lint(which) => {
                // What the lints look at is longer than many a window: a finding counts where its evidence is.
                let inside = |finding: &&Finding| {
                    let place = &finding.evidence.window;
                    place.start <= self.window.end && place.end >= self.window.start
                };
                let found: Vec<&Finding> =
                    self.findings.iter().filter(|finding| which.holds(finding)).filter(inside).collect();
                let place = found.first().map(|finding| (finding.evidence.window.clone(), finding.title.clone()));
                self.at_least(found.len() as u64).at(place)
            }
            Metric::Switch(point) => self.summary(&self.statistics.switch, *point, "the kernel did not switch once"),
            Metric::Object(number, of) => {
                let Some(row) = self.statistics.objects.iter().find(|row| row.id == *number) else {
                    return Measurement::nothing("nothing was done to the object");
                };
                match of {
                    OfObject::Waited(point) => self.summary(&row.waited, *point, "no wait for it ended"),
                    OfObject::Held(point) => self.summary(&row.held, *point, "nobody had it and gave it back"),
                }
            }
            Metric::Cpu(share) => {
                let cpu = &self.statistics.cpu;
                let cycles = match share {
                    Share::Tasks => cpu.tasks,
                    Share::Interrupts => cpu.interrupts,
                    Share::Kernel => cpu.kernel,
                    Share::Idle => cpu.idle,
                };
                Measurement::up_to(cycles, cpu.unknown)
            }
            Metric::Task(number, of) => {
                let row = self.statistics.tasks.iter().find(|row| row.number == *number);
                match (row, self.trace.lane(LaneKind::Task { number: *number })) {
                    (Some(row), Some(lane)) => self.task(row, lane, of),
                    _ => Measurement::nothing("the recording has no events"),
                }
            }
            Metric::Interrupt(exception, of) => {
                let row = self.statistics.interrupts.iter().find(|row| row.exception == *exception);
                match (row, self.trace.lane(LaneKind::Interrupt { exception: *exception })) {
                    (Some(row), Some(lane)) => self.interrupt(row, lane, *of),
                    _ => match of {
                        OfInterrupt::Duration(_) | OfInterrupt::Interval(_) => {
                            Measurement::nothing("the interrupt did not occur")
                        }
                        OfInterrupt::Cpu | OfInterrupt::Count => self.at_least(0),
                    },
                }
            }
        }
    }

    fn task(&self, row: &TaskRow, lane: &Lane, of: &OfTask) -> Measurement {
        match of {
            OfTask::Cpu => Measurement::up_to(row.run_cycles, self.unknown(lane)),
            OfTask::Runs => self.at_least(row.runs),
            OfTask::Switches => self.at_least(row.switches),
            OfTask::Response(point) => {
                let longest = self.longest(lane, Stretch::Response);
                let place = longest.as_ref().map(|found| {
                    let end = if found.open { "has not run by" } else { "runs at" };
                    (found, format!("{} is woken at {} and {end} {}", row.name, self.start(found), self.end(found)))
                });
                self.distribution(&row.response, *point, longest.as_ref())
                    .unwrap_or_else(|| Measurement::nothing(format!("{} was not woken and run once", row.name)))
                    .at(place.map(|(found, words)| (found.span.clone(), words)))
            }
            OfTask::Ready(point) => {
                let longest = self.longest(lane, Stretch::Ready);
                let place = longest.as_ref().map(|found| {
                    let words = format!(
                        "{} is ready and does not run from {} to {}",
                        row.name,
                        self.start(found),
                        self.end(found)
                    );
                    (found.span.clone(), words)
                });
                let measured = match point {
                    Point::Total => Some(Measurement::up_to(row.ready_cycles, self.unknown(lane))),
                    point => self.distribution(&row.ready, *point, longest.as_ref()),
                };
                measured.unwrap_or_else(|| Measurement::nothing(format!("{} was not ready once", row.name))).at(place)
            }
            OfTask::Completion(point) => {
                let place = row.slowest.first().map(|window| {
                    let (start, end) = (self.moment(window.start), self.moment(window.end));
                    (window.start..window.end, format!("{} takes from {start} to {end}", row.name))
                });
                self.summary(&row.completion, *point, &format!("{} was not done once", row.name)).at(place)
            }
            OfTask::Execution(point) => {
                self.summary(&row.execution, *point, &format!("{} was not done once", row.name))
            }
            OfTask::Interval(point) => {
                self.summary(&row.interval, *point, &format!("{} did not begin twice", row.name))
            }
            OfTask::DeadlineMargin => match &row.periodic {
                Some(periodic) if periodic.misses > 0 => Measurement::exact(0),
                Some(periodic) => self.summary(&periodic.margin, Point::Min, "no job was done"),
                None => Measurement::nothing(format!("{} told of no periodic work", row.name)),
            },
            OfTask::Jitter => match &row.periodic {
                Some(periodic) if periodic.late.count > 0 => self.at_least(periodic.jitter),
                _ => Measurement::nothing(format!("{} told of no periodic work", row.name)),
            },
            OfTask::Blocked(cause, point) => self.blocked(row, lane, cause, *point),
            OfTask::StackFree | OfTask::StackUsed => {
                let Some(free) = row.stack_free else {
                    return Measurement::nothing(format!(
                        "the firmware did not tell how much of {}'s stack is free",
                        row.name
                    ));
                };
                // The kernel tells the least so far; with losses it may be less by now.
                let (least, most) = if self.lost() { (0, free) } else { (free, free) };
                match (of, row.stack_bytes) {
                    (OfTask::StackFree, _) => Measurement::up_to(u64::from(least), u64::from(most - least)),
                    (_, Some(bytes)) => {
                        Measurement::up_to(u64::from(bytes.saturating_sub(most)), u64::from(most - least))
                    }
                    (_, None) => {
                        Measurement::nothing(format!("the recording does not tell the size of {}'s stack", row.name))
                    }
                }
            }
            OfTask::DeadlineMisses => self.misses(row),
        }
    }

    fn interrupt(&self, row: &InterruptRow, lane: &Lane, of: OfInterrupt) -> Measurement {
        match of {
            OfInterrupt::Cpu => Measurement::up_to(row.run_cycles, self.unknown(lane)),
            OfInterrupt::Count => self.at_least(row.count),
            OfInterrupt::Interval(point) => self.summary(&row.interval, point, "the interrupt did not occur twice"),
            OfInterrupt::Duration(point) => {
                let longest = self.longest(lane, Stretch::Active);
                let place = longest.as_ref().map(|found| {
                    let words =
                        format!("{}'s handler is active from {} to {}", row.name, self.start(found), self.end(found));
                    (found.span.clone(), words)
                });
                self.distribution(&row.duration, point, longest.as_ref())
                    .unwrap_or_else(|| Measurement::nothing("the interrupt did not occur"))
                    .at(place)
            }
        }
    }

    fn blocked(&self, row: &TaskRow, lane: &Lane, cause: &Cause, point: Point) -> Measurement {
        let object = |object: u32| self.trace.header().object(object);
        let longest = self.longest(lane, Stretch::Blocked(cause));
        let place = longest.as_ref().map(|found| {
            let end = if found.open { "and longer" } else { "and no longer" };
            let words = format!("{} waits from {} to {} {end}", row.name, self.start(found), self.end(found));
            (found.span.clone(), words)
        });
        let measured = match point {
            Point::Count => {
                let fits = |reason: &str, of: Option<&str>| match cause {
                    Cause::Any => true,
                    Cause::Reason(wanted) => reason == wanted.name(),
                    Cause::Object(wanted) => of == Some(wanted),
                };
                let waits = row.blocked.iter().filter(|wait| fits(wait.reason, wait.object.as_deref()));
                self.at_least(waits.map(|wait| wait.duration.count).sum())
            }
            Point::Total => {
                Measurement::up_to(cause.total(lane, &self.window, self.trace.end(), object), self.unknown(lane))
            }
            // Who did not wait waited no longer than nothing.
            _ => self.at_least(longest.map_or(0, |found| found.span.end - found.span.start)),
        };
        measured.at(place)
    }

    /// A number of `summary`; `nothing` says in words that there is none.
    fn summary(&self, summary: &Summary, point: Point, nothing: &str) -> Measurement {
        self.distribution(summary, point, None).unwrap_or_else(|| Measurement::nothing(nothing))
    }

    /// A number of `summary`, whose maximum is not below the `longest` stretch; `None` if there is nothing it could be of.
    fn distribution(&self, summary: &Summary, point: Point, longest: Option<&Found>) -> Option<Measurement> {
        let value = match point {
            Point::Max => {
                let ended = (summary.count > 0).then_some(summary.max);
                let longest = longest.map(|found| found.span.end - found.span.start);
                return ended.max(longest).map(|value| self.at_least(value));
            }
            Point::Count => return Some(self.at_least(summary.count)),
            _ if summary.count == 0 => return None,
            Point::Min if self.lost() => return Some(Measurement::up_to(0, summary.min)),
            Point::Min => summary.min,
            Point::Mean => summary.mean,
            Point::P50 => summary.p50,
            Point::P90 => summary.p90,
            Point::P99 => summary.p99,
            Point::P999 => summary.p999,
            Point::Total => return None,
        };
        Some(self.typical(value))
    }

    fn longest(&self, lane: &Lane, stretch: Stretch<'_>) -> Option<Found> {
        stretch.longest(lane, &self.window, self.trace.end(), |object| self.trace.header().object(object))
    }

    fn start(&self, found: &Found) -> String {
        self.moment(found.span.start)
    }

    fn end(&self, found: &Found) -> String {
        self.moment(found.span.end)
    }

    /// Cycles of the window in which nobody can tell what `lane` did. A recording that begins with the firmware's start
    /// and lost nothing has none: who was not heard of did not exist.
    fn unknown(&self, lane: &Lane) -> u64 {
        let whole = self.trace.boots().first() == Some(&self.trace.start()) && !self.lost();
        if whole { 0 } else { lane.occupancy(self.window.clone()).of(Class::Unknown) }
    }

    fn drops(&self) -> Measurement {
        let gaps = self.trace.gaps_in(self.window.start..self.window.end.saturating_add(1));
        let place = gaps.first().map(|gap| {
            let words = format!("events are missing from {} to {}", self.moment(gap.start), self.moment(gap.end));
            (gap.start..gap.end, words)
        });
        let events = gaps.iter().map(|gap| gap.events).sum();
        let uncounted = gaps.iter().any(|gap| gap.uncounted);
        Measurement { least: events, most: (!uncounted).then_some(events), nothing: None, place }
    }

    /// How many of `times` lie in the window.
    fn moments(&self, times: impl Iterator<Item = u64>, what: &str) -> Measurement {
        let within: Vec<u64> = times.filter(|time| (self.window.start..=self.window.end).contains(time)).collect();
        let place = within.first().map(|time| (*time..*time, format!("{what} at {}", self.moment(*time))));
        self.at_least(within.len() as u64).at(place)
    }

    fn misses(&self, row: &TaskRow) -> Measurement {
        let jobs = || self.trace.jobs().iter().filter(|job| job.task == Some(row.number));
        if jobs().next().is_none() {
            return Measurement::nothing(format!("{} told of no periodic work", row.name));
        }
        let (mut count, mut place, mut released) = (0, None, None);
        for job in jobs() {
            match job.step {
                JobStep::Release(time) => released = Some(time),
                JobStep::Miss(deadline) if (self.window.start..=self.window.end).contains(&job.time) => {
                    count += 1;
                    place.get_or_insert_with(|| {
                        let words = format!(
                            "{} is done at {}, its deadline was at {}",
                            row.name,
                            self.moment(job.time),
                            self.moment(deadline)
                        );
                        (released.unwrap_or(deadline).min(job.time)..job.time, words)
                    });
                }
                JobStep::Miss(_) | JobStep::Done => {}
            }
        }
        self.at_least(count).at(place)
    }
}
