//! Walks through a window of a task and says of every cycle what it was spent on.

use std::ops::Range;

use bluekernel_abi::BlockReason;

use crate::model::{LaneKind, State, Trace};
use crate::objects::{Object, Objects};
use crate::stats::{Histogram, is_lock};

use super::cause::{Attribution, Blocked, Cause};
use super::cpu::{Cpu, Who};

/// A stretch of time with one attribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The first cycle.
    pub start: u64,
    /// The cycle behind the last.
    pub end: u64,
    /// What it was spent on.
    pub why: Attribution,
}

/// More owners in a row than any program has: a bound for damaged bytes.
const MAX_CHAIN: usize = 32;

/// What every cycle of `window` was spent on, from the view of `task`: segments in order, without holes. `objects` are those of
/// `trace`.
#[must_use]
pub fn walk(trace: &Trace, objects: &Objects, task: u32, window: Range<u64>) -> Vec<Segment> {
    let mut costs = Histogram::default();
    trace.switches(0).for_each(|switch| costs.add(switch.cycles));
    let cpu = Cpu::of(trace, &window);
    let mut walker = Walker { trace, objects, cpu, switch: costs.percentile(500), root: task, segments: Vec::new() };
    walker.task(task, window, &mut Vec::new());
    walker.segments
}

struct Walker<'a> {
    trace: &'a Trace,
    objects: &'a Objects,
    cpu: Cpu,
    /// What a switch takes in this trace: the median.
    switch: u64,
    root: u32,
    segments: Vec<Segment>,
}

impl Walker<'_> {
    /// What `task` was about in `window`. `blocked` leads from the task in question to it.
    fn task(&mut self, task: u32, window: Range<u64>, blocked: &mut Vec<Blocked>) {
        let trace = self.trace;
        let mut from = window.start;
        let spans = trace.lane(LaneKind::Task { number: task }).map(|lane| lane.spans(window.clone(), trace.end()));
        for span in spans.into_iter().flatten() {
            let part = span.start.clamp(from, window.end)..span.end.clamp(from, window.end);
            // Before it was first heard of.
            self.push(from..part.start, blocked, Cause::Lost);
            from = part.end;
            match span.state {
                State::Running | State::Interrupted => self.on_cpu(task, part, blocked),
                State::Ready => self.ready(task, part, blocked),
                State::Blocked { reason, object } if is_lock(reason) => {
                    self.locked(task, part, reason, object, blocked)
                }
                State::Blocked { reason, object } => self.push(part, blocked, Cause::Waiting { reason, object }),
                State::Dormant => self.push(part, blocked, Cause::Dormant),
                State::Unknown => self.push(part, blocked, Cause::Lost),
            }
        }
        self.push(from..window.end, blocked, Cause::Lost);
    }

    fn on_cpu(&mut self, task: u32, part: Range<u64>, blocked: &[Blocked]) {
        let stretches: Vec<_> = self.cpu.within(part).collect();
        for (stretch, who) in stretches {
            let cause = match who {
                Some(Who::Task(who)) if who == task => Cause::Own,
                Some(Who::Handler(exception)) => Cause::Interrupt { exception },
                // A handler that was entered while events were lost.
                _ => Cause::Lost,
            };
            self.push(stretch, blocked, cause);
        }
    }

    fn ready(&mut self, task: u32, part: Range<u64>, blocked: &[Blocked]) {
        let stretches: Vec<_> = self.cpu.within(part).collect();
        for (stretch, who) in stretches {
            match who {
                Some(Who::Task(by)) if by == task => self.push(stretch, blocked, Cause::Own),
                Some(Who::Task(by)) if self.is_more_important(task, by, stretch.start) => {
                    // It runs until the switch happens. What is long for a switch is none.
                    let switch = if stretch.end - stretch.start > self.switch.saturating_mul(2) {
                        stretch.start + self.switch
                    } else {
                        stretch.end
                    };
                    self.push(stretch.start..switch, blocked, Cause::Kernel);
                    self.push(switch..stretch.end, blocked, Cause::Masked { by });
                }
                Some(Who::Task(by)) => self.push(stretch, blocked, Cause::Preempted { by }),
                Some(Who::Handler(exception)) => self.push(stretch, blocked, Cause::Interrupt { exception }),
                Some(Who::Idle) | None => self.push(stretch, blocked, Cause::Kernel),
            }
        }
    }

    fn is_more_important(&self, task: u32, other: u32, time: u64) -> bool {
        let priority = |task| self.trace.priority_at(task, time);
        priority(task).zip(priority(other)).is_some_and(|(task, other)| task > other)
    }

    /// `task` waits for a lock: what its owner is about counts.
    fn locked(&mut self, task: u32, part: Range<u64>, reason: BlockReason, object: u32, blocked: &mut Vec<Blocked>) {
        let mut from = part.start;
        while from < part.end {
            let until = self.objects.next_change(object, from).map_or(part.end, |next| next.min(part.end));
            let stretch = from..until;
            from = until;
            let holds =
                || self.objects.get(object).into_iter().flat_map(|object: &Object| object.holds_at(stretch.start));
            // A reader-writer lock's writer owns it while readers are there that it waits for: they keep it waiting.
            let holder = holds().filter(|hold| hold.task != task).last().map(|hold| hold.task);
            match holder {
                // It is its own already, and it will be ready at once.
                None if holds().next().is_some() => self.push(stretch, blocked, Cause::Kernel),
                None => self.push(stretch, blocked, Cause::Waiting { reason, object }),
                Some(holder) if holder == self.root || blocked.iter().any(|blocked| blocked.holder == holder) => {
                    self.push(stretch, blocked, Cause::Deadlock);
                }
                Some(_) if blocked.len() >= MAX_CHAIN => self.push(stretch, blocked, Cause::Waiting { reason, object }),
                Some(holder) => {
                    let object = self.objects.get(object).map_or(object, |object| object.id);
                    blocked.push(Blocked { object, holder });
                    self.task(holder, stretch, blocked);
                    blocked.pop();
                }
            }
        }
    }

    fn push(&mut self, part: Range<u64>, blocked: &[Blocked], cause: Cause) {
        if part.is_empty() {
            return;
        }
        match self.segments.last_mut() {
            Some(last) if last.end == part.start && last.why.cause == cause && last.why.blocked == blocked => {
                last.end = part.end;
            }
            _ => {
                let why = Attribution { blocked: blocked.to_vec(), cause };
                self.segments.push(Segment { start: part.start, end: part.end, why });
            }
        }
    }
}
