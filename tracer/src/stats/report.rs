//! The report: what a person or a program reads.

use std::ops::Range;

use bluekernel_abi::BlockReason;
use serde::Serialize;

use crate::model::{Class, LaneKind, Trace};

use super::collector::Collector;
use super::histogram::Summary;
use super::worst::{WorstKind, WorstWindow};

/// The schema name that the JSON carries.
pub const STATS_SCHEMA: &str = "bk.trace.stats/1";

/// Statistics of a trace or a window of it. All times are cycles of the trace clock.
///
/// Where `at_least` is true, events were lost within the window: the true counts and times are not smaller.
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
    /// Remarks about the trace.
    pub notes: Vec<String>,
    /// The longest waits; [`Statistics::worst`] gives the first of them.
    pub worst: Vec<WorstWindow>,
}

/// What was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Window {
    /// The first cycle.
    pub start: u64,
    /// The cycle behind the last.
    pub end: u64,
}

/// What was lost within the window.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Losses {
    /// How many gaps.
    pub gaps: u64,
    /// Events that the kernel counted as dropped.
    pub events: u64,
    /// Bytes that could not be read.
    pub bytes: u64,
    /// Cycles within gaps.
    pub cycles: u64,
}

/// Where the time went, in cycles. The five sum to the window.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Cpu {
    /// Tasks' own code.
    pub tasks: u64,
    /// Interrupt handlers.
    pub interrupts: u64,
    /// Nothing to do.
    pub idle: u64,
    /// Between two tasks, and before the first.
    pub kernel: u64,
    /// Where events were lost and nobody can tell.
    pub unknown: u64,
}

/// One task.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TaskRow {
    /// Its number.
    pub number: u32,
    /// Its name.
    pub name: String,
    /// Its base priority, 31 the most important.
    pub priority: Option<u32>,
    /// Its state at the end of the window.
    pub state: &'static str,
    /// Whether lost events make the numbers of this row lower bounds.
    pub at_least: bool,
    /// Cycles it ran, interrupts on top of it not counted.
    pub run_cycles: u64,
    /// The same as a part of the window, 0 to 1.
    pub cpu: f64,
    /// How often it was switched in.
    pub switches: u64,
    /// How often it was woken and then ran; being pre-empted in between does not count again.
    pub runs: u64,
    /// Cycles it was ready and something more important ran.
    pub ready_cycles: u64,
    /// From being woken to running.
    pub response: Summary,
    /// Cycles it waited for objects.
    pub waiting_cycles: u64,
    /// Cycles it waited for time.
    pub sleeping_cycles: u64,
    /// Its finished waits by reason and object.
    pub blocked: Vec<BlockedRow>,
    /// Its stack in bytes.
    pub stack_bytes: Option<u32>,
    /// The least free stack that the kernel reported, in bytes.
    pub stack_free: Option<u32>,
}

/// The waits of one task for one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BlockedRow {
    /// Why it waited.
    pub reason: &'static str,
    /// For what; `None` without an object.
    pub object: Option<String>,
    /// How long.
    pub duration: Summary,
}

/// One interrupt.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InterruptRow {
    /// The exception number.
    pub exception: u32,
    /// Its name.
    pub name: String,
    /// Whether lost events make the numbers of this row lower bounds.
    pub at_least: bool,
    /// How often its handler was entered.
    pub count: u64,
    /// Cycles in the handler itself, nested handlers not counted.
    pub run_cycles: u64,
    /// The same as a part of the window, 0 to 1.
    pub cpu: f64,
    /// From entry to exit, nested handlers included.
    pub duration: Summary,
}

impl Statistics {
    /// Of everything.
    #[must_use]
    pub fn of(trace: &Trace) -> Self {
        let mut collector = Collector::new();
        collector.update(trace);
        Self::from_collector(trace, &collector)
    }

    /// Of `window`, in cycles. Waits and runs count where they end.
    #[must_use]
    pub fn of_window(trace: &Trace, window: Range<u64>) -> Self {
        let mut collector = Collector::of_window(window);
        collector.update(trace);
        Self::from_collector(trace, &collector)
    }

    /// Of what `collector` has read of `trace`.
    #[must_use]
    pub fn from_collector(trace: &Trace, collector: &Collector) -> Self {
        let whole = trace.window();
        let window = match &collector.window {
            Some(window) => window.start.clamp(whole.start, whole.end)..window.end.clamp(whole.start, whole.end),
            None => whole,
        };
        let length = window.end.saturating_sub(window.start);
        let share = |cycles: u64| if length == 0 { 0.0 } else { cycles as f64 / length as f64 };
        let mut losses = Losses::default();
        for gap in trace.gaps_in(window.start..window.end.saturating_add(1)) {
            losses.gaps += 1;
            losses.events += gap.events;
            losses.bytes += gap.bytes;
            losses.cycles += gap.end.min(window.end).saturating_sub(gap.start.max(window.start));
        }
        let at_least = losses.gaps > 0;
        let (mut tasks, mut interrupts, mut cpu) = (Vec::new(), Vec::new(), Cpu::default());
        for at in trace.display_order() {
            let (Some(lane), Some(sums)) = (trace.lanes().get(at), collector.sums(at)) else { continue };
            let name = trace.lane_name(lane);
            let occupancy = lane.occupancy(window.clone());
            let run_cycles = occupancy.of(Class::Running);
            match lane.kind() {
                LaneKind::Task { number } => {
                    let facts = trace.task(number);
                    cpu.tasks += run_cycles;
                    tasks.push(TaskRow {
                        number,
                        name,
                        priority: facts.priority,
                        state: lane.at(window.end, trace.end()).map_or("unknown", |span| span.state.name()),
                        at_least,
                        run_cycles,
                        cpu: share(run_cycles),
                        switches: sums.switches,
                        runs: sums.runs,
                        ready_cycles: occupancy.of(Class::Ready),
                        response: sums.response.summary(),
                        waiting_cycles: occupancy.of(Class::Waiting),
                        sleeping_cycles: occupancy.of(Class::Sleeping),
                        blocked: sums
                            .blocked
                            .iter()
                            .map(|((reason, object), histogram)| BlockedRow {
                                reason: BlockReason::from_wire(u64::from(*reason)).map_or("unknown", BlockReason::name),
                                object: (*object != 0).then(|| trace.header().object(*object)),
                                duration: histogram.summary(),
                            })
                            .collect(),
                        stack_bytes: facts.stack_bytes,
                        stack_free: facts.stack_free,
                    });
                }
                LaneKind::Interrupt { exception } => {
                    cpu.interrupts += run_cycles;
                    interrupts.push(InterruptRow {
                        exception,
                        name,
                        at_least,
                        count: sums.switches,
                        run_cycles,
                        cpu: share(run_cycles),
                        duration: sums.active.summary(),
                    });
                }
                LaneKind::Idle => {
                    cpu.idle += run_cycles;
                    cpu.unknown += occupancy.of(Class::Unknown);
                }
                LaneKind::Mark { .. } | LaneKind::Future { .. } => {}
            }
        }
        let known = cpu.tasks + cpu.interrupts + cpu.idle;
        cpu.unknown = cpu.unknown.min(length.saturating_sub(known));
        cpu.kernel = length.saturating_sub(known + cpu.unknown);
        let worst = collector
            .longest
            .iter()
            .map(|wait| WorstWindow {
                task: wait.task,
                name: trace.header().task(wait.task),
                kind: wait.kind,
                object: (wait.object != 0).then(|| trace.header().object(wait.object)),
                start: wait.start,
                end: wait.end,
                cycles: wait.end - wait.start,
            })
            .collect();
        Self {
            schema: STATS_SCHEMA,
            board: trace.header().board.clone(),
            clock_hz: trace.clock_hz(),
            window: Window { start: window.start, end: window.end },
            events: trace.events(),
            losses,
            cpu,
            tasks,
            interrupts,
            notes: trace.notes().iter().map(ToString::to_string).collect(),
            worst,
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

    /// Keeps the `count` longest waits only (for JSON).
    pub fn keep_worst(&mut self, count: usize) {
        self.worst.truncate(count);
    }
}
