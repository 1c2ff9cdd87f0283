//! Random schedules of tasks that take locks which raise nobody, and what a look at every moment of them finds.

use std::collections::BTreeSet;

use bluekernel_abi::{BlockReason, Event, ObjectOp};
use bluekernel_tracer::lint::{Lint, Severity};
use proptest::prelude::*;

use super::*;

const TASKS: usize = 5;
const LOCKS: [u32; 3] = [STATE, LOG, GATE];

/// What a task does at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doing {
    Ready,
    Sleeping { until: u64 },
    Waiting { lock: usize },
}

/// Five tasks, of which the highest number that is ready runs: the header gives them priorities in this order.
struct Machine {
    script: Script,
    now: u64,
    tasks: [Doing; TASKS],
    owners: [Option<usize>; LOCKS.len()],
    running: Option<usize>,
    /// Who waits, for whom, for what, and something between runs.
    inverted: BTreeSet<(u32, u32, u32)>,
}

impl Machine {
    fn new() -> Self {
        let mut script = Script { encoder: Encoder::new() };
        script.encoder.sync(BOOT);
        (0..5).for_each(|task| {
            script.at(0, Event::Ready { task });
        });
        let mut machine = Self {
            script,
            now: 0,
            tasks: [Doing::Ready; TASKS],
            owners: [None; LOCKS.len()],
            running: None,
            inverted: BTreeSet::new(),
        };
        machine.schedule();
        machine
    }

    fn schedule(&mut self) {
        let next = (0..TASKS).rev().find(|task| self.tasks[*task] == Doing::Ready);
        if next != self.running {
            self.running = next;
            let event = next.map_or(Event::Idle, |task| Event::SwitchIn { task: task as u32 });
            self.script.at(self.now, event);
        }
    }

    /// The owner of what `task` waits for.
    fn owner(&self, task: usize) -> Option<usize> {
        match self.tasks[task] {
            Doing::Waiting { lock } => self.owners[lock],
            _ => None,
        }
    }

    /// `steps` microseconds pass.
    fn pass(&mut self, steps: u64) {
        for _ in 0..steps {
            // This moment, before anybody wakes at its end.
            for (waiter, doing) in self.tasks.into_iter().enumerate() {
                let (Doing::Waiting { lock }, Some(runs)) = (doing, self.running) else { continue };
                let owner = self.owners[lock].expect("somebody has it");
                let root = (0..TASKS).fold(owner, |root, _| self.owner(root).unwrap_or(root));
                if self.tasks[root] == Doing::Ready && root < runs && runs < waiter && runs != owner {
                    self.inverted.insert((waiter as u32, owner as u32, LOCKS[lock]));
                }
            }
            self.now += 1;
            for task in 0..TASKS {
                if matches!(self.tasks[task], Doing::Sleeping { until } if until <= self.now) {
                    self.tasks[task] = Doing::Ready;
                    self.script.at(self.now, Event::Ready { task: task as u32 });
                }
            }
            self.schedule();
        }
    }

    /// The running task does something to a lock, or sleeps.
    fn act(&mut self, what: u8, long: u64) {
        let Some(task) = self.running else { return };
        let owner = task as u32 + 1;
        match usize::from(what).checked_sub(1).and_then(|lock| self.owners.get(lock).map(|held| (lock, *held))) {
            Some((lock, None)) => {
                self.owners[lock] = Some(task);
                self.script.op(self.now, ObjectOp::Lock, LOCKS[lock], owner);
            }
            Some((lock, Some(other))) if other == task => {
                let waits = |task: &usize| self.tasks[*task] == Doing::Waiting { lock };
                let next = (0..TASKS).rev().find(waits);
                self.owners[lock] = next;
                self.script.op(self.now, ObjectOp::Unlock, LOCKS[lock], next.map_or(0, |next| next as u32 + 1));
                if let Some(next) = next {
                    self.tasks[next] = Doing::Ready;
                    self.script.at(self.now, Event::Ready { task: next as u32 });
                }
            }
            Some((lock, Some(_))) => {
                self.tasks[task] = Doing::Waiting { lock };
                self.script.at(self.now, block(BlockReason::Mutex, LOCKS[lock]));
            }
            None => {
                self.tasks[task] = Doing::Sleeping { until: self.now + long };
                self.script.at(self.now, block(BlockReason::Delay, 0));
            }
        }
        self.schedule();
    }

    /// The tasks of a ring of waits.
    fn ring(&self) -> BTreeSet<u32> {
        let comes_back = |task: usize| {
            let path = std::iter::successors(self.owner(task), |next| self.owner(*next));
            path.take(TASKS).any(|next| next == task)
        };
        (0..TASKS).filter(|task| comes_back(*task)).map(|task| task as u32).collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn inversions_and_deadlocks_are_those_of_brute_force(
        steps in proptest::collection::vec((1_u64..6, 0_u8..5, 1_u64..20), 1..80),
    ) {
        let mut machine = Machine::new();
        for (time, what, long) in steps {
            machine.pass(time);
            machine.act(what, long);
        }
        machine.pass(5);
        let (ring, now) = (machine.ring(), machine.now);
        let found = findings(&mut machine.script, now);
        let number = |all: &[Named], at: usize| all.get(at).map_or(u32::MAX, |named| named.number);
        let inverted: BTreeSet<(u32, u32, u32)> = found
            .iter()
            .filter(|finding| (finding.lint, finding.severity) == (Lint::PriorityInversion, Severity::Error))
            .map(|finding| {
                let evidence = &finding.evidence;
                (number(&evidence.tasks, 0), number(&evidence.tasks, 1), number(&evidence.objects, 0))
            })
            .collect();
        prop_assert_eq!(inverted, machine.inverted);
        let stuck: Vec<_> = found.iter().filter(|finding| finding.lint == Lint::Deadlock).collect();
        let tasks = stuck.iter().flat_map(|finding| finding.evidence.tasks.iter().map(|task| task.number));
        prop_assert_eq!(tasks.collect::<BTreeSet<u32>>(), ring.clone());
        // Who meets in a ring has taken locks in different orders before.
        prop_assert!(ring.is_empty() || found.iter().any(|finding| finding.lint == Lint::LockOrder));
    }
}
