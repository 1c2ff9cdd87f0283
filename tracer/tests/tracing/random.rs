//! Random runs of three tasks, two interrupts, a lock and periodic work, told twice: as they are, and with tracing that takes
//! time. The second is not a copy that is longer everywhere: what the processor does comes later, and what comes from outside
//! comes when it comes.

use bluekernel_abi::{BlockReason, Event, ObjectOp};

use super::common::encoder::{BOOT, Encoder};

/// The object that releases ctrl, and the lock.
const TICKS: u32 = 30;
const LOCK: u32 = 7;
const CTRL: usize = 1;
const DEADLINE: u64 = 120;

/// An event, how long behind the one before it comes, and what tracing takes for it.
#[derive(Clone, Debug)]
struct Step {
    event: Event<'static>,
    delta: u64,
    cost: u64,
    /// It ends an idle time: `delta` is of the run as it is, whatever tracing takes.
    outside: bool,
}

/// A run.
#[derive(Clone, Debug)]
pub(super) struct Run {
    steps: Vec<Step>,
}

/// What a run is told as.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) bytes: Vec<u8>,
    /// The time of each step.
    pub(super) times: Vec<u64>,
}

/// The next of the choices, and then zeros.
struct Choices<'a>(std::slice::Iter<'a, u16>);

impl Choices<'_> {
    fn below(&mut self, count: u64) -> u64 {
        u64::from(self.0.next().copied().unwrap_or(0)) % count
    }
}

/// The kernel, as far as a random run needs one.
struct Kernel<'a> {
    choices: Choices<'a>,
    steps: Vec<Step>,
    ready: [bool; 3],
    running: Option<usize>,
    /// Whether ctrl has told of its period, and is in the midst of a job.
    told: bool,
    in_job: bool,
    holds: [bool; 3],
}

impl Kernel<'_> {
    fn step(&mut self, event: Event<'static>) {
        // No two at the same time: then each has its place on both lines.
        let (delta, cost) = (1 + self.choices.below(12), self.choices.below(90));
        self.steps.push(Step { event, delta, cost, outside: false });
    }

    fn wake(&mut self, task: usize) {
        if !self.ready[task] && self.running != Some(task) {
            self.ready[task] = true;
            self.step(Event::Ready { task: task as u32 });
        }
    }

    /// A handler, perhaps with another on top, which wakes whom it wakes.
    fn interrupt(&mut self, outside: bool) {
        self.step(Event::IsrEnter { exception: 24 });
        if outside {
            let first = self.steps.last_mut().unwrap();
            // Longer than all that tracing can take in one stretch of work.
            (first.delta, first.outside) = (20_000 + first.delta * 37, true);
        }
        for task in [2, CTRL, 0] {
            if self.choices.below(2) == 1 {
                self.wake(task);
            }
        }
        if self.choices.below(4) == 0 {
            self.step(Event::IsrEnter { exception: 16 });
            self.wake(0);
            self.step(Event::IsrExit);
        }
        self.step(Event::IsrExit);
    }

    fn switch(&mut self) {
        if let Some(next) = [CTRL, 2, 0].into_iter().find(|task| self.ready[*task]) {
            self.ready[next] = false;
            if let Some(before) = self.running.replace(next) {
                self.ready[before] = true;
            }
            self.step(Event::SwitchIn { task: next as u32 });
        }
    }

    /// What the running task does.
    fn work(&mut self, task: usize) {
        if task == CTRL && !self.told {
            self.told = true;
            self.step(Event::Timing { object: TICKS, period: 20_000, deadline: DEADLINE });
        } else if task == CTRL && !self.in_job {
            self.in_job = true;
            // How late is worked out where the time is known.
            self.step(Event::JobRelease { object: TICKS, late: 0 });
        }
        match self.choices.below(4) {
            0 => self.step(Event::Counter { id: 7, value: 3 }),
            1 if !self.holds.contains(&true) => {
                self.holds[task] = true;
                self.step(Event::Object { op: ObjectOp::Lock, object: LOCK, value: task as u32 + 1 });
            }
            2 if self.holds[task] => {
                self.holds[task] = false;
                self.step(Event::Object { op: ObjectOp::Unlock, object: LOCK, value: 0 });
            }
            _ => self.step(Event::TimerArm { ticks: 5 }),
        }
    }

    fn wait(&mut self, task: usize) {
        let (reason, object) = match self.choices.below(3) {
            _ if task == CTRL && self.in_job => {
                self.in_job = false;
                self.step(Event::JobDone { object: TICKS });
                (BlockReason::Period, TICKS)
            }
            0 => (BlockReason::ChannelEmpty, 9),
            _ => (BlockReason::Delay, 0),
        };
        self.step(Event::Block { reason, object, timeout: 0 });
        self.running = None;
    }

    /// From where the processor has something to do to where it idles.
    fn stretch(&mut self) {
        let mut left = 3 + self.choices.below(40);
        loop {
            match self.running {
                None if !self.ready.contains(&true) => return,
                None => self.switch(),
                Some(task) if left == 0 => self.wait(task),
                Some(task) => {
                    left -= 1;
                    match self.choices.below(6) {
                        0 => self.interrupt(false),
                        1 => self.switch(),
                        2 => self.wait(task),
                        _ => self.work(task),
                    }
                }
            }
        }
    }
}

impl Run {
    /// The run that `choices` make.
    pub(super) fn of(choices: &[u16]) -> Self {
        let choices = Choices(choices.iter());
        let (steps, ready, holds) = (Vec::new(), [false; 3], [false; 3]);
        let mut kernel = Kernel { choices, steps, ready, running: None, told: false, in_job: false, holds };
        for (task, priority) in [(0, 2), (1, 9), (2, 5)] {
            kernel.step(Event::TaskNew { task, priority, stack: 1024 });
            kernel.wake(task as usize);
        }
        for _ in 0..4 {
            let before = kernel.steps.len();
            kernel.stretch();
            // A handler out of idle that wakes nobody goes back to it without a word.
            if kernel.steps[before..].iter().any(|step| matches!(step.event, Event::SwitchIn { .. })) {
                kernel.step(Event::Idle);
            }
            kernel.interrupt(true);
        }
        Self { steps: kernel.steps }
    }

    /// As it is, or with tracing that takes time and tells.
    pub(super) fn told(&self, with_tracing: bool) -> Told {
        let mut encoder = Encoder::new();
        encoder.sync(BOOT);
        let mut times = Vec::new();
        // The time, and that of the run as it is; what ended the last idle time.
        let (mut now, mut plain, mut outside) = (0, 0, 0);
        let mut released = 0;
        let tell = |encoder: &mut Encoder, time: u64, event: &Event<'_>, cost: u64| {
            encoder.event(time - encoder.clock, event);
            if with_tracing {
                encoder.event(0, &Event::Spent { cycles: cost });
            }
        };
        for step in &self.steps {
            plain += step.delta;
            if step.outside {
                assert!(now <= plain, "idle time is long enough");
                (now, outside) = (plain, plain);
            } else {
                now += step.delta;
            }
            times.push(now);
            let event = match &step.event {
                Event::JobRelease { object, .. } => {
                    released = outside;
                    Event::JobRelease { object: *object, late: now - released }
                }
                other => other.clone(),
            };
            tell(&mut encoder, now, &event, step.cost);
            now += if with_tracing { step.cost } else { 0 };
            let done = *times.last().unwrap();
            if let Event::JobDone { object } = event
                && done > released + DEADLINE
            {
                let late = done - released - DEADLINE;
                tell(&mut encoder, now, &Event::DeadlineMiss { object, late: late + (now - done) }, step.cost);
                now += if with_tracing { step.cost } else { 0 };
            }
        }
        Told { bytes: encoder.bytes, times }
    }
}
