//! From a metric to numbers: what the recording shows, and between which bounds the truth lies.

use std::ops::Range;

use crate::latency::Latencies;
use crate::lint::Finding;
use crate::model::{Class, Lane, LaneKind, Trace};
use crate::stats::{InterruptRow, Statistics, Summary};
use crate::time;

use super::metric::{Metric, OfInterrupt, OfObject, Point, Share};
use super::stretch::{Found, Stretch};

/// Why there is nothing to compare.
const NOT_TOLD: &str =
    "the recording does not tell what tracing cost; one of bkctl sim --trace RUN.bkt --trace-cost does";

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
    pub(super) fn exact(value: u64) -> Self {
        Self { least: value, most: Some(value), ..Self::default() }
    }

    /// `value`, and up to `unknown` more.
    pub(super) fn up_to(value: u64, unknown: u64) -> Self {
        Self { least: value, most: Some(value.saturating_add(unknown)), ..Self::default() }
    }

    pub(super) fn nothing(why: impl Into<String>) -> Self {
        Self { nothing: Some(why.into()), ..Self::default() }
    }

    pub(super) fn at(mut self, place: Option<(Range<u64>, String)>) -> Self {
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
    /// What was seen of the run besides its recording.
    pub(super) latencies: Option<&'a Latencies>,
}

impl Measuring<'_> {
    /// Whether events were lost in the window.
    pub(super) fn lost(&self) -> bool {
        self.statistics.losses.gaps > 0
    }

    /// A count or a maximum: with losses the truth may be more.
    pub(super) fn at_least(&self, value: u64) -> Measurement {
        Measurement { least: value, most: (!self.lost()).then_some(value), ..Measurement::default() }
    }

    /// A percentile or a mean: with losses it may be anything.
    fn typical(&self, value: u64) -> Measurement {
        if self.lost() { Measurement::default() } else { Measurement::exact(value) }
    }

    /// A moment of the recording, in words.
    pub(super) fn moment(&self, time: u64) -> String {
        time::moment(self.trace.recorded(time), self.trace.clock_hz())
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
            Metric::Masked => self.masked(),
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
            Metric::Tracing => match &self.statistics.tracing {
                Some(row) => self.at_least(row.cycles),
                None => Measurement::nothing(NOT_TOLD),
            },
            Metric::TracingCost(point) => match &self.statistics.tracing {
                Some(row) => self.summary(&row.cost, *point, "no event told its cost"),
                None => Measurement::nothing(NOT_TOLD),
            },
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
                        OfInterrupt::Latency(point) => self.latency(*exception, *point),
                        OfInterrupt::Duration(_) | OfInterrupt::Interval(_) => {
                            Measurement::nothing("the interrupt did not occur")
                        }
                        OfInterrupt::Cpu | OfInterrupt::Count => self.at_least(0),
                    },
                }
            }
        }
    }

    fn interrupt(&self, row: &InterruptRow, lane: &Lane, of: OfInterrupt) -> Measurement {
        match of {
            OfInterrupt::Cpu => Measurement::up_to(row.run_cycles, self.unknown(lane)),
            OfInterrupt::Count => self.at_least(row.count),
            OfInterrupt::Interval(point) => self.summary(&row.interval, point, "the interrupt did not occur twice"),
            OfInterrupt::Latency(point) => self.latency(row.exception, point),
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

    /// A number of `summary`; `nothing` says in words that there is none.
    pub(super) fn summary(&self, summary: &Summary, point: Point, nothing: &str) -> Measurement {
        self.distribution(summary, point, None).unwrap_or_else(|| Measurement::nothing(nothing))
    }

    /// A number of `summary`, whose maximum is not below the `longest` stretch; `None` if there is nothing it could be of.
    pub(super) fn distribution(&self, summary: &Summary, point: Point, longest: Option<&Found>) -> Option<Measurement> {
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

    pub(super) fn longest(&self, lane: &Lane, stretch: Stretch<'_>) -> Option<Found> {
        stretch.longest(lane, &self.window, self.trace.end(), |object| self.trace.header().object(object))
    }

    pub(super) fn start(&self, found: &Found) -> String {
        self.moment(found.span.start)
    }

    pub(super) fn end(&self, found: &Found) -> String {
        self.moment(found.span.end)
    }

    /// Cycles of the window in which nobody can tell what `lane` did. A recording that begins with the firmware's start
    /// and lost nothing has none: who was not heard of did not exist.
    pub(super) fn unknown(&self, lane: &Lane) -> u64 {
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
}
