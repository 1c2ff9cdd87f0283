//! Periodic work, the heap, and asynchronous tasks: what happens inside a task that runs.

use super::super::lane::LaneKind;
use super::super::records::{HeapPoint, Job, JobStep, Timing};
use super::super::state::State;
use super::{Current, Machine};

impl Machine {
    /// The running task's periodic work; times in microseconds.
    pub(super) fn timing(&mut self, object: u32, period: u64, deadline: u64) {
        let timing = Timing { object, period: self.cycles(period), deadline: self.cycles(deadline) };
        if let Current::Task(number) = self.current
            && let Some(facts) = self.facts(number)
        {
            facts.timing = Some(timing);
        }
    }

    pub(super) fn release(&mut self, time: u64, object: u32, late: u64) {
        let late = self.cycles(late);
        let at = match &self.line {
            None => time.saturating_sub(late),
            // A clock releases it: an idle time in between must not make the job later than it was.
            Some(line) => line.shown(line.now().saturating_sub(late)).max(time.saturating_sub(late)),
        };
        if let (Some(_), Some(task)) = (&self.line, self.task_now()) {
            self.released.insert(task, at);
        }
        self.job(time, object, JobStep::Release(at));
    }

    pub(super) fn done(&mut self, time: u64, object: u32) {
        self.job(time, object, JobStep::Done);
    }

    pub(super) fn miss(&mut self, time: u64, object: u32, late: u64) {
        let late = self.cycles(late);
        let at = match &self.line {
            None => time.saturating_sub(late),
            // The deadline is one of its release, and that lies where it would without tracing.
            Some(line) => {
                let task = self.task_now();
                let deadline = task.and_then(|task| {
                    Some(self.released.get(&task)?.saturating_add(self.tasks.get(&task)?.timing?.deadline))
                });
                deadline.unwrap_or_else(|| line.shown(line.now().saturating_sub(late)))
            }
        };
        // Only tracing made it late.
        if self.line.is_some() && at >= time {
            return;
        }
        self.job(time, object, JobStep::Miss(at));
    }

    fn job(&mut self, time: u64, object: u32, step: JobStep) {
        let task = self.task_now();
        self.jobs.push(Job { time, task, object, step });
    }

    pub(super) fn heap(&mut self, time: u64, used: u32) {
        let task = self.task_now();
        self.heap.push(HeapPoint { time, used, task });
    }

    /// An asynchronous task is polled, was woken, or waits.
    pub(super) fn poll(&mut self, time: u64, object: u32, state: State) {
        let lane = self.lane(LaneKind::Future { object });
        // One that is woken while it is polled will be polled again: it is not ready before this poll ends.
        if !(state == State::Ready && self.last(lane) == State::Running) {
            self.change(lane, time, state);
        }
    }

    /// Microseconds in cycles of the trace clock.
    fn cycles(&self, microseconds: u64) -> u64 {
        let cycles = u128::from(microseconds) * u128::from(self.clock_hz) / 1_000_000;
        u64::try_from(cycles).unwrap_or(u64::MAX)
    }
}
