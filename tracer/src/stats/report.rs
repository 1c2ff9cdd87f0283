//! The report: what a person or a program reads.

use std::ops::Range;

use bluekernel_abi::BlockReason;
use serde::Serialize;

use crate::latency::Latencies;
use crate::model::{Class, Lane, LaneKind, Trace};

use super::collector::Collector;
use super::handlers::HandlerSums;
use super::histogram::Summary;
use super::objects::{inheritance_rows, object_rows};
use super::rows::{
    BlockedRow, Cpu, InheritanceRow, InterruptRow, Losses, ObjectRow, PeriodicRow, StackMoment, TaskRow, Window,
};
use super::tasks::TaskSums;
use super::tracing::{TracingRow, tracing_row};
use super::worst::{WorstKind, WorstWindow};

/// The schema name that the JSON carries.
pub const STATS_SCHEMA: &str = "bk.trace.stats/1";

/// Statistics of a trace or a window of it. All times are cycles of the trace clock.
///
/// Where `at_least` is true, events were lost within the window: the true counts and times are not smaller.
///
/// # Without tracing
/// Of [`Trace::without_tracing`] the numbers are as if tracing took no time:
///
/// | what | is taken away of it |
/// |---|---|
/// | run, execution, duration of a handler: what one did itself | the tracing of events within, while it ran |
/// | response, completion, ready, lateness, holds, waits for what others have, switch: what the processor worked at, whoever ran | all tracing within; if the processor idled in between, that since it last did: what ended the idle time did not come earlier |
/// | waits for time or for the world outside | longer by what the work before them became shorter |
/// | idle | longer by what the work before became shorter |
/// | intervals | nothing: clocks and pins have their own time |
/// | deadlines, margins, overruns | follow from the completion: who was late only because of tracing was not |
///
/// Where events were lost nothing is taken away.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Statistics {
    /// [`STATS_SCHEMA`].
    pub schema: &'static str,
    /// The board's name.
    pub board: String,
    /// Cycles in a second.
    pub clock_hz: u64,
    /// What was looked at.
    pub window: Window,
    /// Events of the whole trace.
    pub events: u64,
    /// What was lost within the window.
    pub losses: Losses,
    /// Where the time went.
    pub cpu: Cpu,
    /// Tasks, from the most important down.
    pub tasks: Vec<TaskRow>,
    /// Interrupts, by number.
    pub interrupts: Vec<InterruptRow>,
    /// What the kernel takes to switch to another task: from the last cause (the other task waits, this one becomes ready, the
    /// last handler ends) to where the task runs.
    pub switch: Summary,
    /// Objects that something was done to, or that a finished wait was for, by number. Not of a collector alone.
    pub objects: Vec<ObjectRow>,
    /// When tasks had others' priorities. Not of a collector alone.
    pub inheritance: Vec<InheritanceRow>,
    /// What tracing cost, if the recording tells. Not of a collector alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracing: Option<TracingRow>,
    /// How long interrupts waited for their handlers, if the simulator's answer was given: who has it sets it. It is of the
    /// whole run, as it was, whatever the window, and in cycles of the core.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latencies: Option<Latencies>,
    /// Whether what tracing cost is taken away from all other numbers.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub without_tracing: bool,
    /// Remarks about the trace.
    pub notes: Vec<String>,
    /// The longest waits; [`Statistics::worst`] gives the first of them.
    pub worst: Vec<WorstWindow>,
}

impl Statistics {
    /// Of everything.
    #[must_use]
    pub fn of(trace: &Trace) -> Self {
        Self::of_all(trace, Collector::new())
    }

    /// Of `window`, in cycles of `trace`. Waits and runs count where they end.
    #[must_use]
    pub fn of_window(trace: &Trace, window: Range<u64>) -> Self {
        Self::of_all(trace, Collector::of_window(window))
    }

    fn of_all(trace: &Trace, mut collector: Collector) -> Self {
        collector.update(trace);
        let mut all = Self::from_collector(trace, &collector);
        all.objects = object_rows(trace, &collector, all.window.start..all.window.end);
        all.inheritance = inheritance_rows(trace, all.window.start..all.window.end);
        let window = all.window.start..all.window.end;
        all.tracing = tracing_row(trace, &window, all.losses.gaps > 0, &all.tasks, &all.interrupts);
        all
    }

    /// Of what `collector` has read of `trace`: all but what is told by object, which takes a look at every operation.
    #[must_use]
    pub fn from_collector(trace: &Trace, collector: &Collector) -> Self {
        // What was forgotten is in the sums.
        let whole = trace.first()..trace.end();
        let window = match &collector.window {
            Some(window) => window.start.clamp(whole.start, whole.end)..window.end.clamp(whole.start, whole.end),
            None => whole,
        };
        let look =
            Look { trace, length: window.end.saturating_sub(window.start), losses: losses(trace, &window), window };
        let (mut tasks, mut interrupts, mut cpu) = (Vec::new(), Vec::new(), Cpu::default());
        for at in trace.display_order() {
            let Some(lane) = trace.lanes().get(at) else { continue };
            let run_cycles = lane.occupancy(look.window.clone()).of(Class::Running);
            match lane.kind() {
                LaneKind::Task { number } => {
                    cpu.tasks += run_cycles;
                    tasks.extend(collector.task(at).map(|sums| look.task(lane, number, sums)));
                }
                LaneKind::Interrupt { exception } => {
                    cpu.interrupts += run_cycles;
                    interrupts.extend(collector.handler(at).map(|sums| look.interrupt(lane, exception, sums)));
                }
                LaneKind::Idle => {
                    cpu.idle += run_cycles;
                    cpu.unknown += lane.occupancy(look.window.clone()).of(Class::Unknown);
                }
                LaneKind::Mark { .. } | LaneKind::Future { .. } => {}
            }
        }
        let known = cpu.tasks + cpu.interrupts + cpu.idle;
        cpu.unknown = cpu.unknown.min(look.length.saturating_sub(known));
        cpu.kernel = look.length.saturating_sub(known + cpu.unknown);
        Self {
            schema: STATS_SCHEMA,
            board: trace.header().board.clone(),
            clock_hz: trace.clock_hz(),
            window: Window { start: look.window.start, end: look.window.end },
            events: trace.events(),
            losses: look.losses,
            cpu,
            tasks,
            interrupts,
            switch: collector.switches.summary(),
            objects: Vec::new(),
            inheritance: Vec::new(),
            tracing: None,
            latencies: None,
            without_tracing: trace.is_without_tracing(),
            notes: notes(trace, collector),
            worst: collector.longest.iter().map(|wait| wait.named(trace.header())).collect(),
        }
    }

    /// The `count` longest waits: from being woken to running, or for a mutex that another task held. Longest first, of
    /// equals the earlier first. Waits for time or for data are not among them: the program asked for those.
    #[must_use]
    pub fn worst(&self, count: usize) -> &[WorstWindow] {
        self.worst.get(..count).unwrap_or(&self.worst)
    }

    /// The `count` longest waits of one kind.
    #[must_use]
    pub fn worst_of(&self, kind: WorstKind, count: usize) -> Vec<&WorstWindow> {
        self.worst.iter().filter(|worst| worst.kind == kind).take(count).collect()
    }

    /// The same with windows and moments as the recording has them: to look them up there. They are the same anyhow unless
    /// what tracing cost is taken away; then lengths (`cycles`) stay what they are.
    #[must_use]
    pub fn in_recorded_time(mut self, trace: &Trace) -> Self {
        let map = |window: &mut Window| *window = window.recorded(trace);
        map(&mut self.window);
        for worst in &mut self.worst {
            (worst.start, worst.end) = (trace.recorded(worst.start), trace.recorded(worst.end));
        }
        for row in &mut self.tasks {
            row.slowest.iter_mut().for_each(map);
            row.stack_history.iter_mut().for_each(|point| point.time = trace.recorded(point.time));
        }
        self
    }

    /// Keeps the `count` longest waits only (for JSON).
    pub fn keep_worst(&mut self, count: usize) {
        self.worst.truncate(count);
    }
}

/// One look at a trace.
struct Look<'a> {
    trace: &'a Trace,
    window: Range<u64>,
    length: u64,
    losses: Losses,
}

impl Look<'_> {
    fn share(&self, cycles: u64) -> f64 {
        if self.length == 0 { 0.0 } else { cycles as f64 / self.length as f64 }
    }

    fn task(&self, lane: &Lane, number: u32, sums: &TaskSums) -> TaskRow {
        let (trace, facts) = (self.trace, self.trace.task(number));
        let occupancy = lane.occupancy(self.window.clone());
        let (run_cycles, work) = (occupancy.of(Class::Running), sums.work());
        let interval = if sums.has_jobs() { &sums.periodic.interval } else { &sums.interval };
        let blocked = sums.blocked.iter().map(|((reason, object), histogram)| BlockedRow {
            reason: BlockReason::from_wire(u64::from(*reason)).map_or("unknown", BlockReason::name),
            object: (*object != 0).then(|| trace.header().object(*object)),
            duration: histogram.summary(),
        });
        let within = |time: u64| self.window.start <= time && time <= self.window.end;
        let stacks = trace.stacks().iter().filter(|point| point.task == number && within(point.time));
        TaskRow {
            number,
            name: trace.lane_name(lane),
            priority: facts.priority,
            state: lane.at(self.window.end, trace.end()).map_or("unknown", |span| span.state.name()),
            at_least: self.losses.gaps > 0,
            run_cycles,
            cpu: self.share(run_cycles),
            switches: sums.switches,
            runs: sums.runs,
            ready_cycles: occupancy.of(Class::Ready),
            response: sums.response.summary(),
            completion: work.completion.summary(),
            execution: work.execution.summary(),
            ready: work.ready.summary(),
            interval: interval.summary(),
            slowest: work.slowest.windows().iter().map(|(start, end)| Window { start: *start, end: *end }).collect(),
            periodic: sums.has_jobs().then(|| {
                let (sums, late) = (&sums.periodic, sums.periodic.late.summary());
                PeriodicRow {
                    period: facts.timing.map(|timing| timing.period),
                    deadline: facts.timing.map(|timing| timing.deadline),
                    jobs: sums.work.completion.count(),
                    late,
                    jitter: late.max - late.min,
                    misses: sums.misses,
                    worst_late: sums.latest,
                    margin: sums.margin.summary(),
                    overruns: sums.overruns,
                    skipped: sums.skipped,
                }
            }),
            interrupted_cycles: occupancy.of(Class::Interrupted),
            waiting_cycles: occupancy.of(Class::Waiting),
            sleeping_cycles: occupancy.of(Class::Sleeping),
            blocked: blocked.collect(),
            stack_bytes: facts.stack_bytes,
            stack_free: facts.stack_free,
            stack_history: stacks.map(|point| StackMoment { time: point.time, free: point.free }).collect(),
        }
    }

    fn interrupt(&self, lane: &Lane, exception: u32, sums: &HandlerSums) -> InterruptRow {
        let occupancy = lane.occupancy(self.window.clone());
        let run_cycles = occupancy.of(Class::Running);
        InterruptRow {
            exception,
            name: self.trace.lane_name(lane),
            at_least: self.losses.gaps > 0,
            count: sums.count,
            run_cycles,
            cpu: self.share(run_cycles),
            duration: sums.duration.summary(),
            interval: sums.interval.summary(),
            interrupted: sums.interrupted,
            interrupted_cycles: occupancy.of(Class::Interrupted),
        }
    }
}

/// The trace's remarks, and the collector's.
fn notes(trace: &Trace, collector: &Collector) -> Vec<String> {
    let many = "tasks waited for more objects than any firmware has: later waits are told without their object";
    let own = collector.has_many_waits().then(|| many.to_owned());
    trace.notes().iter().map(ToString::to_string).chain(own).collect()
}

fn losses(trace: &Trace, window: &Range<u64>) -> Losses {
    let mut losses = Losses::default();
    for gap in trace.gaps_in(window.start..window.end.saturating_add(1)) {
        losses.gaps += 1;
        losses.events += gap.events;
        losses.bytes += gap.bytes;
        losses.cycles += gap.end.min(window.end).saturating_sub(gap.start.max(window.start));
    }
    losses
}
