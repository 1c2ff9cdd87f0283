//! Reads a task's spans and jobs in order of time and keeps the sums.

use std::collections::BTreeMap;

use bluekernel_abi::BlockReason;

use crate::model::{Job, JobStep, Pages, Span, State, Timing};

use super::histogram::Histogram;
use super::periodic::PeriodicSums;
use super::worst::{Longest, Slowest, Wait, WorstKind};

/// The sums of one task.
#[derive(Clone, Debug, Default)]
pub(super) struct TaskSums {
    pub(super) switches: u64,
    pub(super) runs: u64,
    /// From being woken to running.
    pub(super) response: Histogram,
    /// The longest of those.
    pub(super) slowest: Slowest,
    /// From one wake that begins a run to the next.
    pub(super) interval: Histogram,
    /// Finished waits by reason and object.
    pub(super) blocked: BTreeMap<(u8, u32), Histogram>,
    /// From a wake to where the task waits for time or data again.
    pub(super) run: Work,
    /// Periodic work, if the task tells of any.
    pub(super) periodic: PeriodicSums,
}

impl TaskSums {
    /// Whether the task told of jobs.
    pub(super) const fn has_jobs(&self) -> bool {
        self.periodic.late.count() > 0
    }

    /// Its jobs, or without any its runs.
    pub(super) const fn work(&self) -> &Work {
        if self.has_jobs() { &self.periodic.work } else { &self.run }
    }
}

/// What was done between two moments of a task.
#[derive(Clone, Debug, Default)]
pub(super) struct Work {
    /// All of the time.
    pub(super) completion: Histogram,
    /// The task's own code.
    pub(super) execution: Histogram,
    /// Ready, while something else ran.
    pub(super) ready: Histogram,
    /// The longest.
    pub(super) slowest: Slowest,
}

/// No firmware has so many pairs of tasks and objects: a bound for damaged bytes. Behind it the reason alone is told.
pub(super) const MOST_WAITS: usize = 1 << 14;

impl Work {
    fn add(&mut self, since: &Moment, now: &Moment) {
        self.completion.add(now.time.saturating_sub(since.time));
        self.execution.add(now.ran - since.ran);
        self.ready.add(now.ready - since.ready);
        self.slowest.add(since.time, now.time);
    }
}

/// A moment of a task, and how long it had run and been ready until then.
#[derive(Clone, Copy, Debug, Default)]
struct Moment {
    time: u64,
    ran: u64,
    ready: u64,
}

/// How far a task was read, and what is pending.
#[derive(Clone, Debug, Default)]
pub(super) struct TaskProgress {
    /// The state that lasts, and since when.
    state: Option<State>,
    since: u64,
    now: Moment,
    /// Since when the task is ready after a wake-up.
    woken: Option<u64>,
    /// The wake that began the run that lasts.
    run: Option<Moment>,
    /// The last wake that began a run, in the time of the recording.
    last_wake: Option<u64>,
    /// The wake behind which no job was done yet.
    job_wake: Option<Moment>,
    /// The job that lasts.
    job: Option<Moment>,
}

/// A reader of one task, for as long as one look at the trace lasts.
pub(super) struct TaskReader<'a> {
    pub(super) number: u32,
    pub(super) timing: Option<Timing>,
    /// Times at which the firmware was reset: what seems to end there did not.
    pub(super) boots: &'a [u64],
    /// Steps of jobs, of all tasks.
    pub(super) jobs: &'a Pages<Job>,
    /// The places in `jobs` of this task's new ones that spans have not come to.
    pub(super) steps: &'a [u32],
    pub(super) progress: &'a mut TaskProgress,
    pub(super) sums: &'a mut TaskSums,
    pub(super) longest: &'a mut Longest,
    /// The time of the recording at a time of the trace.
    pub(super) recorded: &'a dyn Fn(u64) -> u64,
    /// How many distributions of waits there are, of all tasks.
    pub(super) waits: &'a mut usize,
}

impl TaskReader<'_> {
    /// A span begins; whatever ends there is counted, if `counts`.
    pub(super) fn span(&mut self, span: Span, counts: impl Fn(u64) -> bool) {
        self.steps(span.start, &counts);
        let count =
            counts(span.start) && !(span.state == State::Dormant && self.boots.binary_search(&span.start).is_ok());
        let previous = self.progress.state;
        self.move_to(span.start);
        if let Some(State::Blocked { reason, object }) = previous {
            self.unblocked(span, reason, object, count);
        }
        match span.state {
            State::Running | State::Interrupted
                if !previous.is_some_and(State::is_on_cpu) || previous == Some(span.state) =>
            {
                self.switched_in(span.start, count);
            }
            State::Running | State::Interrupted => {}
            State::Ready => self.ready(span.start, previous, count),
            State::Blocked { reason, .. } => {
                self.progress.woken = None;
                // Who waits for a lock is in the midst of its work.
                if !is_lock(reason) {
                    self.end_run(count);
                }
            }
            State::Dormant => {
                self.progress.woken = None;
                self.end_run(count);
                (self.progress.job, self.progress.job_wake) = (None, None);
            }
            State::Unknown => self.forget(),
        }
        (self.progress.state, self.progress.since) = (Some(span.state), span.start);
    }

    /// Reads the steps of jobs up to `time`.
    pub(super) fn steps(&mut self, time: u64, counts: &impl Fn(u64) -> bool) {
        while let Some((place, rest)) = self.steps.split_first()
            && let Some(step) = self.jobs.get(*place as usize).filter(|step| step.time <= time)
        {
            self.steps = rest;
            self.move_to(step.time);
            let count = counts(step.time);
            match step.step {
                JobStep::Release(release) => {
                    // The job's time is from its release; its work from when the task woke for it.
                    let since = self.progress.job_wake.take().unwrap_or(self.progress.now);
                    self.progress.job = Some(Moment { time: release, ..since });
                    let recorded = ((self.recorded)(release), (self.recorded)(step.time));
                    self.sums.periodic.release(release, step.time, recorded, self.timing, count);
                }
                JobStep::Done => {
                    self.progress.job_wake = None;
                    if let Some(since) = self.progress.job.take()
                        && count
                    {
                        self.sums.periodic.work.add(&since, &self.progress.now);
                        self.sums.periodic.done(self.progress.now.time.saturating_sub(since.time), self.timing);
                    }
                }
                JobStep::Miss(deadline) if count => self.sums.periodic.miss(step.time.saturating_sub(deadline)),
                JobStep::Miss(_) => {}
            }
        }
    }

    /// Time passes in the state that lasts.
    fn move_to(&mut self, time: u64) {
        let now = &mut self.progress.now;
        let passed = time.saturating_sub(now.time);
        match self.progress.state {
            Some(State::Running) => now.ran += passed,
            Some(State::Ready) => now.ready += passed,
            _ => {}
        }
        now.time = time.max(now.time);
    }

    fn switched_in(&mut self, time: u64, count: bool) {
        self.sums.switches += u64::from(count);
        if let Some(since) = self.progress.woken.take()
            && count
        {
            self.sums.runs += 1;
            self.sums.response.add(time - since);
            self.sums.slowest.add(since, time);
            self.longest.add(Wait { task: self.number, kind: WorstKind::Response, object: 0, start: since, end: time });
        }
    }

    fn ready(&mut self, time: u64, previous: Option<State>, count: bool) {
        let in_work = match previous {
            Some(State::Blocked { reason, .. }) => is_lock(reason) && self.progress.run.is_some(),
            Some(State::Dormant) => false,
            _ => return,
        };
        self.progress.woken = Some(time);
        if in_work {
            return;
        }
        let now = (self.recorded)(time);
        if let Some(last) = self.progress.last_wake.replace(now)
            && count
        {
            self.sums.interval.add(now - last);
        }
        self.progress.run = Some(self.progress.now);
        if self.progress.job.is_none() {
            self.progress.job_wake = Some(self.progress.now);
        }
    }

    fn end_run(&mut self, count: bool) {
        if let Some(since) = self.progress.run.take()
            && count
        {
            self.sums.run.add(&since, &self.progress.now);
        }
    }

    fn unblocked(&mut self, span: Span, reason: BlockReason, object: u32, count: bool) {
        if !count || span.state == State::Unknown {
            return;
        }
        let start = self.progress.since;
        let mut kind = (reason as u8, object);
        if !self.sums.blocked.contains_key(&kind) {
            *self.waits += 1;
            if *self.waits > MOST_WAITS {
                kind.1 = 0;
            }
        }
        self.sums.blocked.entry(kind).or_default().add(span.start - start);
        if reason == BlockReason::Mutex {
            self.longest.add(Wait { task: self.number, kind: WorstKind::Mutex, object, start, end: span.start });
        }
    }

    /// Events were lost: whatever lasts has no known end.
    fn forget(&mut self) {
        *self.progress = TaskProgress { now: self.progress.now, ..TaskProgress::default() };
        self.sums.periodic.forget();
    }
}

/// Whether a wait for this is one for something that another task holds.
pub(crate) const fn is_lock(reason: BlockReason) -> bool {
    matches!(reason, BlockReason::Mutex | BlockReason::ReadLock | BlockReason::WriteLock | BlockReason::Once)
}
