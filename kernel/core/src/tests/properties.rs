//! Random programs: the algorithms do what the reference does, step by step, down to the order of every list.

use super::model::{CAPACITY, For, MAXIMUM, Model};
use super::rig::{block, circle, expire, held, limit, settle, tasks, unlock, waiting, wake_first, would_deadlock};
use crate::channel::{Receive, Send};
use crate::mutex::Attempt;
use crate::semaphore::Given;
use crate::{ChannelControl, MutexControl, Outcome, Scheduler, SemaphoreControl, TaskControl, TaskId};
use bluekernel_abi::TaskState;
use proptest::prelude::*;
use std::vec::Vec;

/// Semaphores, mutexes and channels: so many of each.
const OBJECTS: usize = 3;

/// One step. What a task cannot do just now is left out.
#[derive(Clone, Copy, Debug)]
enum Step {
    Yield,
    Sleep(u64),
    /// Also from handlers, and while the processor idles.
    Give(usize),
    Take(usize, Option<u64>),
    Lock(usize, Option<u64>),
    Unlock(usize),
    Send(usize, u32, Option<u64>),
    Receive(usize, Option<u64>),
    Advance(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let object = 0..OBJECTS;
    let timeout = prop::option::of(1..20_u64);
    prop_oneof![
        1 => Just(Step::Yield),
        2 => (1..20_u64).prop_map(Step::Sleep),
        3 => object.clone().prop_map(Step::Give),
        2 => (object.clone(), timeout.clone()).prop_map(|(at, timeout)| Step::Take(at, timeout)),
        5 => (object.clone(), timeout.clone()).prop_map(|(at, timeout)| Step::Lock(at, timeout)),
        4 => object.clone().prop_map(Step::Unlock),
        3 => (object.clone(), any::<u32>(), timeout.clone()).prop_map(|(at, value, timeout)| Step::Send(at, value, timeout)),
        3 => (object, timeout).prop_map(|(at, timeout)| Step::Receive(at, timeout)),
        5 => (1..10_u64).prop_map(Step::Advance),
    ]
}

/// The algorithms, with the little that a kernel adds around them.
struct Kernel<'a> {
    table: &'a [TaskControl<'a>],
    scheduler: Scheduler,
    semaphores: &'a [SemaphoreControl],
    mutexes: &'a [MutexControl<'a>],
    channels: &'a [ChannelControl],
    /// The channels' slots, and the value that each task sends or has received.
    slots: Vec<[u32; CAPACITY]>,
    sends: Vec<u32>,
    got: Vec<Option<u32>>,
    now: u64,
}

impl<'a> Kernel<'a> {
    fn deadline(&self, timeout: Option<u64>) -> u64 {
        timeout.map_or(u64::MAX, |timeout| self.now + timeout)
    }

    fn reschedule(&self) {
        settle(&self.scheduler, self.table);
        if self.scheduler.decision() == crate::Decision::Switch {
            let _ = self.scheduler.select(self.table);
        }
    }

    fn block(&self, task: TaskId, list: Option<&'a crate::WaitList>, deadline: u64) {
        let _ = block(&self.scheduler, self.table, task.number(), list, deadline);
        self.reschedule();
    }

    fn step(&mut self, step: Step) {
        let current = self.scheduler.current();
        match (step, current) {
            (Step::Yield, Some(task)) => {
                let _ = self.scheduler.yield_now(self.table, task);
                self.reschedule();
            }
            (Step::Sleep(ticks), Some(task)) => self.block(task, None, self.now + ticks),
            (Step::Give(at), _) => {
                if let Ok(Given::ToWaiter(_)) = self.semaphores[at].give() {
                    let _ = wake_first(&self.scheduler, self.table, self.semaphores[at].list());
                }
                self.reschedule();
            }
            (Step::Take(at, timeout), Some(task)) => {
                if !self.semaphores[at].try_take() {
                    self.block(task, Some(self.semaphores[at].list()), self.deadline(timeout));
                }
            }
            (Step::Lock(at, timeout), Some(task)) => {
                if self.mutexes[at].try_lock(task) != Attempt::Locked {
                    let deadline = self.deadline(timeout);
                    let _ = self.mutexes[at].wait(&self.scheduler, self.table, task);
                    limit(&self.scheduler, self.table, task.number(), deadline);
                    self.reschedule();
                }
            }
            (Step::Unlock(at), Some(_)) => {
                unlock(&self.scheduler, self.table, &self.mutexes[at]);
                self.reschedule();
            }
            (Step::Send(at, value, timeout), Some(task)) => match self.channels[at].send(CAPACITY) {
                Send::Deliver(receiver) => {
                    self.got[usize::from(receiver.number())] = Some(value);
                    let _ = wake_first(&self.scheduler, self.table, self.channels[at].list());
                    self.reschedule();
                }
                Send::Store(slot) => self.slots[at][slot] = value,
                Send::Full => {
                    self.sends[usize::from(task.number())] = value;
                    self.block(task, Some(self.channels[at].list()), self.deadline(timeout));
                }
            },
            (Step::Receive(at, timeout), Some(task)) => {
                let place = usize::from(task.number());
                match self.channels[at].receive(CAPACITY) {
                    Receive::Take(slot) => self.got[place] = Some(self.slots[at][slot]),
                    Receive::TakeAndRefill(slot, sender) => {
                        self.got[place] = Some(self.slots[at][slot]);
                        self.slots[at][slot] = self.sends[usize::from(sender.number())];
                        let _ = wake_first(&self.scheduler, self.table, self.channels[at].list());
                        self.reschedule();
                    }
                    Receive::Empty => {
                        self.got[place] = None;
                        self.block(task, Some(self.channels[at].list()), self.deadline(timeout));
                    }
                }
            }
            (Step::Advance(ticks), _) => {
                self.now += ticks;
                while expire(&self.scheduler, self.table, self.now).is_some() {
                    settle(&self.scheduler, self.table);
                }
                self.reschedule();
            }
            (_, None) => {}
        }
    }

    /// The slots that hold values, oldest first, seen through a copy of the ring.
    fn values(&self, at: usize) -> Vec<u32> {
        let (head, length) = self.channels[at].ring();
        (0..length).map(|offset| self.slots[at][(head + offset) % CAPACITY]).collect()
    }
}

/// The same step by the reference. `false`: a task would never do this.
fn reference(model: &mut Model, step: Step) -> bool {
    let until = |model: &Model, timeout: Option<u64>| timeout.map(|timeout| model.now + timeout);
    match step {
        Step::Yield => model.yield_now(),
        Step::Sleep(ticks) => model.sleep(model.now + ticks),
        Step::Give(at) => {
            model.give(at);
        }
        Step::Take(at, timeout) => model.take(at, until(model, timeout)),
        Step::Lock(at, timeout) => {
            if model.current().is_some_and(|task| model.would_deadlock(task, at)) {
                return false;
            }
            model.lock(at, until(model, timeout));
        }
        Step::Unlock(at) => {
            if model.current().is_none() || model.mutexes[at].0 != model.current() {
                return false;
            }
            model.unlock(at);
        }
        Step::Send(at, value, timeout) => model.send_or_wait(at, value, until(model, timeout)),
        Step::Receive(at, timeout) => model.receive_or_wait(at, until(model, timeout)),
        Step::Advance(ticks) => model.advance(ticks),
    }
    true
}

fn numbers(places: &[usize]) -> Vec<u8> {
    places.iter().map(|place| *place as u8).collect()
}

fn compare(kernel: &Kernel<'_>, model: &Model) {
    assert_eq!(kernel.scheduler.current().map(|id| usize::from(id.number())), model.current(), "who runs");
    for (place, (task, expected)) in kernel.table.iter().zip(&model.tasks).enumerate() {
        assert_eq!(task.state(), expected.state, "state of {place}");
        assert_eq!(task.priority(), expected.priority, "priority of {place}");
        if expected.waits.is_none() {
            assert_eq!(task.outcome.get() == Outcome::TimedOut, expected.timed_out, "outcome of {place}");
            assert_eq!(kernel.got[place], expected.got, "received by {place}");
        }
        let mut contended: Vec<usize> =
            (0..OBJECTS).filter(|at| model.mutexes[*at].0 == Some(place) && !model.mutexes[*at].1.is_empty()).collect();
        let mut actual = held(task, kernel.mutexes);
        contended.sort_unstable();
        actual.sort_unstable();
        assert_eq!(actual, contended, "held by {place}");
    }
    let ready: Vec<u8> =
        (0..32).rev().flat_map(|priority| circle(kernel.table, kernel.scheduler.head(priority))).collect();
    assert_eq!(ready, numbers(&model.ready), "ready queue");
    // That of a task that was woken is there until the task goes on.
    let mut timers = kernel.scheduler.timers(kernel.table);
    timers.retain(|number| kernel.table[usize::from(*number)].state() == TaskState::Blocked);
    assert_eq!(timers, numbers(&model.timers), "timers");
    for at in 0..OBJECTS {
        assert_eq!(kernel.semaphores[at].count(), model.semaphores[at].0, "count");
        assert_eq!(waiting(kernel.table, kernel.semaphores[at].list()), numbers(&model.semaphores[at].1), "semaphore");
        assert_eq!(kernel.mutexes[at].owner().map(|id| usize::from(id.number())), model.mutexes[at].0, "owner");
        assert_eq!(waiting(kernel.table, kernel.mutexes[at].list()), numbers(&model.mutexes[at].1), "mutex");
        assert_eq!(kernel.values(at), model.channels[at].0, "channel's values");
        assert_eq!(waiting(kernel.table, kernel.channels[at].list()), numbers(&model.channels[at].1), "channel");
    }
    if let Some(current) = model.current() {
        for at in 0..OBJECTS {
            let expected = model.would_deadlock(current, at);
            assert_eq!(would_deadlock(&kernel.mutexes[at], kernel.table, current as u8), expected, "deadlock");
        }
    }
    let waits = model.tasks.iter().filter(|task| matches!(task.waits, Some(For::Mutex(_)))).count();
    assert_eq!(waits, model.mutexes.iter().map(|mutex| mutex.1.len()).sum::<usize>(), "the reference itself");
}

fn check(priorities: &[u8], steps: &[Step]) {
    let mutexes: Vec<MutexControl<'_>> = (0..OBJECTS).map(|_| MutexControl::new()).collect();
    let semaphores: Vec<_> = (0..OBJECTS).map(|_| SemaphoreControl::new(0, MAXIMUM)).collect();
    let channels: Vec<_> = (0..OBJECTS).map(|_| ChannelControl::new()).collect();
    let table = tasks(priorities.len());
    let mut kernel = Kernel {
        table: &table,
        scheduler: super::rig::started(&table, priorities),
        semaphores: &semaphores,
        mutexes: &mutexes,
        channels: &channels,
        slots: std::vec![[0; CAPACITY]; OBJECTS],
        sends: std::vec![0; priorities.len()],
        got: std::vec![None; priorities.len()],
        now: 0,
    };
    let mut model = Model::new(priorities, OBJECTS);
    compare(&kernel, &model);
    for step in steps {
        model.ask();
        if let Some(id) = kernel.scheduler.current() {
            let _ = kernel.scheduler.end_limit(&table[..], id);
        }
        if reference(&mut model, *step) {
            kernel.step(*step);
        }
        compare(&kernel, &model);
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if cfg!(miri) { 2 } else { 2_000 },
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_step_is_the_references(
        priorities in prop::collection::vec(0..32_u8, 1..7),
        steps in prop::collection::vec(step(), 1..if cfg!(miri) { 20 } else { 150 }),
    ) {
        check(&priorities, &steps);
    }

    /// Few priorities, so that the order among equals matters.
    #[test]
    fn every_step_is_the_references_among_equals(
        priorities in prop::collection::vec(0..3_u8, 3..8),
        steps in prop::collection::vec(step(), 1..if cfg!(miri) { 20 } else { 150 }),
    ) {
        check(&priorities, &steps);
    }
}
