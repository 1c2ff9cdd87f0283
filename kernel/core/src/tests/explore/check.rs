//! What holds in every state.

use super::super::rig::{circle, held, waiting};
use super::machine::{Machine, Phase, place};
use super::program::Op;
use bluekernel_abi::TaskState;
use std::vec::Vec;

/// Checks a state.
///
/// # Panics
/// With what does not hold.
pub(super) fn state(machine: &Machine<'_>) {
    tasks(machine);
    ready(machine);
    time(machine);
    semaphores(machine);
    channels(machine);
    events(machine);
    joins(machine);
    mutexes(machine);
}

/// Checks what must hold where nothing can happen any more.
pub(super) fn end(machine: &Machine<'_>) {
    for (number, task) in machine.tasks.iter().enumerate() {
        assert_eq!(task.phase, Phase::Ended, "task {number} waits for ever");
    }
}

/// A task is blocked exactly as long as it waits and neither got anything nor ran out of time: no wake-up is lost.
fn tasks(machine: &Machine<'_>) {
    for (number, task) in machine.tasks.iter().enumerate() {
        let over = machine.parts.told[number].over.get();
        let expected = match task.phase {
            Phase::Ended => TaskState::Dormant,
            Phase::Waits if !over => TaskState::Blocked,
            _ if machine.parts.told[number].suspended.get() => TaskState::Suspended,
            _ => TaskState::Ready,
        };
        assert_eq!(machine.parts.tasks[number].state(), expected, "state of {number}");
    }
}

/// The ready tasks are in the queue, in their order; and the first one runs, or a switch is on its way.
fn ready(machine: &Machine<'_>) {
    let table = &machine.parts.tasks[..];
    let queue: Vec<u8> = (0..32).rev().flat_map(|priority| circle(table, machine.scheduler.head(priority))).collect();
    in_order(machine, &queue, |number| machine.parts.told[number].ready.get(), "the ready queue");
    let ready = table.iter().filter(|task| task.state() == TaskState::Ready).count();
    assert_eq!(queue.len(), ready, "every ready task is in the queue");
    if !machine.requested && !machine.is_switching() {
        assert!(!machine.scheduler.has_work(), "no task runs while there is work");
        assert_eq!(machine.scheduler.current().map(|id| id.number()), queue.first().copied(), "the first one runs");
    }
}

/// The most important first; equals as they came.
fn in_order(machine: &Machine<'_>, numbers: &[u8], came: impl Fn(usize) -> i64, what: &str) {
    let rank = |number: u8| {
        let number = usize::from(number);
        (core::cmp::Reverse(machine.parts.tasks[number].priority()), came(number))
    };
    assert!(numbers.is_sorted_by_key(|number| rank(*number)), "the order of {what}: {numbers:?}");
}

/// Every deadline is in the queue, and the alarm comes in time for the first.
fn time(machine: &Machine<'_>) {
    let table = &machine.parts.tasks[..];
    let told = |number: u8| &machine.parts.told[usize::from(number)];
    let deadline = |number: u8| told(number).deadline.get();
    let timers = machine.scheduler.timers(table);
    assert!(
        timers.is_sorted_by_key(|number| (deadline(*number), told(*number).limited.get())),
        "the order of the deadlines: {timers:?}"
    );
    let limited = (0..table.len() as u8).filter(|number| deadline(*number).is_some()).count();
    assert!(timers.iter().all(|number| deadline(*number).is_some()) && timers.len() == limited, "the time-outs");
    let next = machine.scheduler.next_deadline(table);
    if let Some(first) = timers.first() {
        assert_eq!(Some(next), deadline(*first), "the first deadline");
    }
    if !machine.ringing && !machine.is_alarm_active() && !machine.is_arming() {
        assert!(machine.armed <= next && machine.alarm <= next, "the alarm comes in time");
    }
}

/// The tasks that wait in the list of an object are those whose operation says so.
fn waiters(machine: &Machine<'_>, numbers: &[u8], wants: impl Fn(Op) -> bool, what: &str) {
    in_order(machine, numbers, |number| machine.parts.told[number].came.get(), what);
    for (number, task) in machine.tasks.iter().enumerate() {
        let blocked = machine.parts.tasks[number].state() == TaskState::Blocked;
        let op = machine.case.tasks[number].1.get(task.done);
        let waits = blocked && !machine.parts.told[number].timed_out.get() && op.is_some_and(|op| wants(*op));
        assert_eq!(numbers.contains(&(number as u8)), waits, "whether {number} is in the list of {what}");
    }
}

fn semaphores(machine: &Machine<'_>) {
    for (at, semaphore) in machine.parts.semaphores.iter().enumerate() {
        let numbers = waiting(&machine.parts.tasks, semaphore.list());
        waiters(machine, &numbers, |op| matches!(op, Op::Take(on) | Op::TakeFor(on, _) if on == at), "a semaphore");
        assert_eq!(machine.given[at], machine.taken[at] + semaphore.count(), "permits");
        assert!(numbers.is_empty() || semaphore.count() == 0, "a permit lies idle while a task waits");
    }
}

fn channels(machine: &Machine<'_>) {
    for (at, channel) in machine.parts.channels.iter().enumerate() {
        let numbers = waiting(&machine.parts.tasks, channel.list());
        let sends = |op: Op| matches!(op, Op::Send(on, _) | Op::SendFor(on, ..) if on == at);
        let receives = |op: Op| matches!(op, Op::Receive(on) | Op::ReceiveFor(on, _) if on == at);
        waiters(machine, &numbers, |op| sends(op) || receives(op), "a channel");
        assert_eq!(channel.len(), machine.values[at].len(), "values");
        for number in numbers {
            let task = &machine.tasks[usize::from(number)];
            let op = machine.case.tasks[usize::from(number)].1[task.done];
            assert!(!receives(op) || channel.is_empty(), "a value lies idle while a task waits");
            assert!(!sends(op) || channel.len() == machine.case.channels[at], "room lies idle while a task waits");
        }
    }
}

/// Outside of a walk everyone has got the flags it was to get, and nobody waits for what is set.
fn events(machine: &Machine<'_>) {
    for (at, events) in machine.parts.events.iter().enumerate() {
        let numbers = waiting(&machine.parts.tasks, events.list());
        waiters(machine, &numbers, |op| matches!(op, Op::Await(on, _) | Op::AwaitFor(on, ..) if on == at), "flags");
        assert_eq!(events.flags(), machine.flags[at], "flags");
        for number in numbers.into_iter().map(usize::from).filter(|_| !events.is_walking()) {
            assert_eq!(machine.parts.told[number].owed.get(), None, "flags that {number} was to get");
            let found = machine.want_of(number).and_then(|want| want.found_in(events.flags()));
            assert_eq!(found, None, "flags lie idle while a task waits");
        }
    }
}

/// Nobody waits for the end of a task that is over, as soon as the next task was chosen.
fn joins(machine: &Machine<'_>) {
    for (number, task) in machine.parts.tasks.iter().enumerate() {
        let numbers = waiting(&machine.parts.tasks, task.joiners());
        waiters(machine, &numbers, |op| matches!(op, Op::Join(on) | Op::JoinFor(on, _) if on == number), "an end");
        let is_over = task.state() == TaskState::Dormant && !machine.scheduler.has_work();
        assert!(!is_over || numbers.is_empty(), "a task waits for the end of {number}, which is over");
    }
}

fn mutexes(machine: &Machine<'_>) {
    let parts = machine.parts;
    for (at, mutex) in parts.mutexes.iter().enumerate() {
        let numbers = waiting(&parts.tasks, mutex.list());
        waiters(machine, &numbers, |op| matches!(op, Op::Lock(on) | Op::LockFor(on, _) if on == at), "a mutex");
        assert!(mutex.owner().is_some() || numbers.is_empty(), "a free mutex that a task waits for");
        if let Some(inside) = machine.inside[at] {
            assert_eq!(mutex.owner().map(place), Some(inside), "who is inside owns it");
        }
    }
    if !machine.scheduler.has_work() {
        priorities(machine);
    }
}

/// The rule: a task is as important as the most important one that waits for a mutex it owns, and as the ceilings of those
/// it was raised to, at least.
fn priorities(machine: &Machine<'_>) {
    let parts = machine.parts;
    let mut wanted: Vec<u8> = parts.tasks.iter().map(|task| task.base_priority()).collect();
    // Where a mutex was handed over, and its new owner has not run: it may have been raised on others' account.
    let mut most = wanted.clone();
    for _ in 0..wanted.len() {
        for (at, mutex) in parts.mutexes.iter().enumerate() {
            let Some(owner) = mutex.owner().map(place) else { continue };
            if machine.raised[at] {
                wanted[owner] = wanted[owner].max(mutex.ceiling());
            }
            most[owner] = most[owner].max(mutex.ceiling());
            for waiter in waiting(&parts.tasks, mutex.list()).into_iter().map(usize::from) {
                wanted[owner] = wanted[owner].max(wanted[waiter]);
                most[owner] = most[owner].max(most[waiter]);
            }
        }
    }
    for (number, task) in parts.tasks.iter().enumerate() {
        let priority = task.priority();
        // One that has released a mutex is about to be lowered.
        if machine.tasks[number].phase == Phase::Lowers {
            most[number] = most[number].max(priority);
        }
        assert!(
            (wanted[number]..=most[number]).contains(&priority),
            "priority of {number}: {priority}, not {} to {}",
            wanted[number],
            most[number]
        );
        let owned = |at: &usize| parts.mutexes[*at].owner().map(place) == Some(number);
        let contended = |at: &usize| machine.raised[*at] || !parts.mutexes[*at].is_uncontended();
        let contended: Vec<usize> = (0..parts.mutexes.len()).filter(owned).filter(contended).collect();
        let mut held = held(task, &parts.mutexes);
        held.sort_unstable();
        // One with a ceiling may stay when the last one that waited gave up.
        held.retain(|at| contended.contains(at) || parts.mutexes[*at].ceiling() == 0);
        assert_eq!(held, contended, "held by {number}");
    }
}
