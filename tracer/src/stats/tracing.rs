//! What tracing itself cost: by kind of event, and whose time that was.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Serialize;

use crate::model::{LaneKind, Trace, Who};
use crate::wire::Kind;

use super::histogram::{Histogram, Summary};
use super::rows::{InterruptRow, TaskRow};

/// What tracing took of the processor within the window, as a simulator saw it.
///
/// Each event's cost counts where the event happened, and to whoever has the processor right behind it. It is all that ran of
/// tracing since the event before told its cost: what ran before the event's clock was read counts to it, too.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TracingRow {
    /// Whether lost events make the numbers lower bounds.
    pub at_least: bool,
    /// Events that told their cost.
    pub events: u64,
    /// Processor cycles of all of them.
    pub cycles: u64,
    /// The same as a part of the recorded window, 0 to 1.
    pub share: f64,
    /// Cycles of one event.
    pub cost: Summary,
    /// By kind of event, the costliest in all first.
    pub kinds: Vec<TracingKindRow>,
    /// By task, in the order of the tasks.
    pub tasks: Vec<TracingLaneRow>,
    /// By interrupt, in the order of the interrupts.
    pub interrupts: Vec<TracingLaneRow>,
    /// Between two tasks.
    pub kernel_cycles: u64,
    /// On the way to sleep.
    pub idle_cycles: u64,
    /// Behind a loss, of what was lost, too; and where nobody can tell who ran.
    pub unknown_cycles: u64,
}

/// What tracing cost for one kind of event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TracingKindRow {
    /// The kind, as the exports name it; `behind a loss` has to answer for events that were lost, too.
    pub kind: &'static str,
    /// Cycles of all of them.
    pub cycles: u64,
    /// Cycles of one.
    pub cost: Summary,
}

/// What tracing took of one task's or handler's time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TracingLaneRow {
    /// The number of the task, or of the exception.
    pub number: u32,
    /// Its name.
    pub name: String,
    /// Events that happened while it ran.
    pub events: u64,
    /// Tracing's cycles of those.
    pub cycles: u64,
    /// The same as a part of the time for which it was recorded to run, 0 to 1.
    pub share: f64,
}

/// The sums of one lane.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    events: u64,
    cycles: u64,
}

impl Sums {
    fn add(&mut self, cycles: u64) {
        self.events += 1;
        self.cycles = self.cycles.saturating_add(cycles);
    }

    /// The row, if there is anything to tell. `ran` are the cycles for which the lane was seen to run.
    fn row(self, number: u32, name: &str, ran: u64, without: bool) -> Option<TracingLaneRow> {
        let ran = if without { ran.saturating_add(self.cycles) } else { ran };
        let share = if ran == 0 { 0.0 } else { self.cycles as f64 / ran as f64 };
        let Self { events, cycles } = self;
        (events > 0).then(|| TracingLaneRow { number, name: name.to_owned(), events, cycles, share })
    }
}

/// What tracing cost in `window` of `trace`, if the recording tells. `tasks` and `interrupts` are the rows of that window.
pub(super) fn tracing_row(
    trace: &Trace,
    window: &Range<u64>,
    at_least: bool,
    tasks: &[TaskRow],
    interrupts: &[InterruptRow],
) -> Option<TracingRow> {
    let tracing = trace.tracing()?;
    let mut window = trace.recorded_window(window.clone());
    let length = window.end.saturating_sub(window.start);
    // As with all that is counted, the last cycle of the trace is within a window that reaches it.
    if window.end >= trace.recorded(trace.end()) {
        window.end = u64::MAX;
    }
    let (mut kinds, mut lanes) =
        (BTreeMap::<Kind, (u64, Histogram)>::new(), vec![Sums::default(); trace.lanes().len()]);
    let (mut all, mut kernel, mut unknown) = (Sums::default(), Sums::default(), Sums::default());
    for cost in tracing.costs(window) {
        all.add(cost.cycles);
        let (cycles, histogram) = kinds.entry(cost.kind).or_default();
        *cycles = cycles.saturating_add(cost.cycles);
        histogram.add(cost.cycles);
        let sums = match cost.who {
            Who::Lane(place) => lanes.get_mut(place).unwrap_or(&mut unknown),
            Who::Kernel => &mut kernel,
            Who::Unknown => &mut unknown,
        };
        sums.add(cost.cycles);
    }
    let of = |kind: LaneKind| trace.lane_place(kind).and_then(|at| lanes.get(at)).copied().unwrap_or_default();
    let without = trace.is_without_tracing();
    let mut cost = Histogram::default();
    kinds.values().for_each(|(_, histogram)| cost.merge(histogram));
    let mut kinds: Vec<TracingKindRow> = kinds
        .into_iter()
        .map(|(kind, (cycles, histogram))| TracingKindRow { kind: kind.name(), cycles, cost: histogram.summary() })
        .collect();
    kinds.sort_by_key(|row| std::cmp::Reverse(row.cycles));
    Some(TracingRow {
        at_least,
        events: all.events,
        cycles: all.cycles,
        share: if length == 0 { 0.0 } else { all.cycles as f64 / length as f64 },
        cost: cost.summary(),
        kinds,
        tasks: tasks
            .iter()
            .filter_map(|row| {
                of(LaneKind::Task { number: row.number }).row(row.number, &row.name, row.run_cycles, without)
            })
            .collect(),
        interrupts: interrupts
            .iter()
            .filter_map(|row| {
                let sums = of(LaneKind::Interrupt { exception: row.exception });
                sums.row(row.exception, &row.name, row.run_cycles, without)
            })
            .collect(),
        kernel_cycles: kernel.cycles,
        idle_cycles: of(LaneKind::Idle).cycles,
        unknown_cycles: unknown.cycles,
    })
}
