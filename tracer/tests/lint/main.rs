//! Lints on traces made by hand: each fires exactly where it should, with the right names and window, and not on what comes
//! close. One cycle is one microsecond.

#[path = "../common/mod.rs"]
mod common;

mod brute;
mod deadline;
mod deadlock;
mod inversion;
mod mask;
mod order;
mod overflow;
mod report;
mod stack;
mod starvation;
mod storm;
mod wake;

use bluekernel_abi::{BlockReason, Event, ObjectOp};
use bluekernel_tracer::lint::{Finding, Lints, Named};
use bluekernel_tracer::model::Trace;
use bluekernel_tracer::recording::{Header, TaskEntry};

use common::encoder::{BOOT, Encoder};
use common::scenario::{HZ, Script, block};

const LOGGER: u32 = 0;
const WORKER: u32 = 1;
const FILTER: u32 = 2;
const SENSOR: u32 = 3;
const FLOW: u32 = 4;
const STATE: u32 = 10;
const LOG: u32 = 20;
const GATE: u32 = 30;
const TIMER: u32 = 24;

fn header() -> Header {
    let mut header = Header::new("0.1.0", "test-board", HZ);
    let names = [("logger", 1), ("worker", 3), ("filter", 5), ("sensor", 7), ("flow", 9)];
    header.tasks = (0..)
        .zip(names)
        .map(|(number, (name, priority))| TaskEntry { number, name: name.to_owned(), priority, stack_bytes: 512 })
        .collect();
    header.exceptions.insert(TIMER, "TIMER0".to_owned());
    for (object, name) in [(STATE, "app::STATE"), (LOG, "app::LOG"), (GATE, "app::GATE")] {
        header.objects.insert(object, name.to_owned());
    }
    header
}

/// A firmware that has just started: at 10 us `tasks` are ready, and the first of them runs.
fn started(tasks: &[u32]) -> Script {
    let mut script = Script { encoder: Encoder::new() };
    script.encoder.sync(BOOT);
    for task in tasks {
        script.at(10, Event::Ready { task: *task });
    }
    script.at(10, Event::SwitchIn { task: tasks[0] });
    script
}

/// The same, and all but the last have run and wait for their next period: the last runs at 100 us.
fn settled(tasks: &[u32]) -> Script {
    let mut script = started(tasks);
    for (place, task) in (1..).zip(&tasks[1..]) {
        script.at(10 * place, block(BlockReason::Period, 0));
        script.at(10 * place + 5, Event::SwitchIn { task: *task });
    }
    script.at(100, Event::TimerArm { ticks: 1 });
    script
}

impl Script {
    /// `task` becomes ready and runs at once.
    fn runs(&mut self, time: u64, task: u32) -> &mut Self {
        self.at(time, Event::Ready { task }).at(time, Event::SwitchIn { task })
    }

    fn switch(&mut self, time: u64, task: u32) -> &mut Self {
        self.at(time, Event::SwitchIn { task })
    }

    fn op(&mut self, time: u64, op: ObjectOp, object: u32, value: u32) -> &mut Self {
        self.at(time, Event::Object { op, object, value })
    }

    /// The running task waits, and `next` runs.
    fn waits(&mut self, time: u64, reason: BlockReason, object: u32, next: u32) -> &mut Self {
        self.at(time, block(reason, object)).at(time, Event::SwitchIn { task: next })
    }
}

/// What the lints find, with the trace ending at `end`.
fn findings(script: &mut Script, end: u64) -> Vec<Finding> {
    Lints::default().run(&trace(script, end))
}

fn trace(script: &mut Script, end: u64) -> Trace {
    script.at(end, Event::TimerArm { ticks: 1 });
    let mut trace = Trace::new(header());
    trace.push(&script.encoder.bytes);
    trace.finish();
    trace
}

/// The one thing that they find.
#[track_caller]
fn only(mut findings: Vec<Finding>) -> Finding {
    assert_eq!(findings.len(), 1, "{findings:#?}");
    findings.remove(0)
}

fn names(all: &[Named]) -> Vec<&str> {
    all.iter().map(|named| named.name.as_str()).collect()
}

/// The moments of the evidence.
fn story(finding: &Finding) -> Vec<(u64, &str)> {
    finding.evidence.events.iter().map(|event| (event.time, event.what.as_str())).collect()
}
