//! Small programs, chosen so that what is delicate happens in many orders; and mistakes, to show that they would be found.
//!
//! In each case every task comes to its end, whatever the order: so a lost wake-up shows, too.

mod ceilings;
mod deep;
mod events;
mod tasks;

use super::explore;
use super::program::{Case, EMPTY, Handler, Op, Wrong};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::string::String;

/// Explores a case, with the switch at once and late, and tells how much that was.
fn all(name: &str, case: Case) {
    for late in [false, true] {
        let explored = explore(&Case { late, ..case });
        let switch = if late { "late" } else { "at once" };
        std::println!("{name}, switch {switch}: explored {} schedules, {} states", explored.schedules, explored.states);
    }
}

/// Two waiters of equal priority, one with a time-out; a task and a handler give.
const SEMAPHORE: Case = Case {
    tasks: &[
        (3, &[Op::TakeFor(0, 2), Op::TryTake(0)]),
        (3, &[Op::Take(0)]),
        (1, &[Op::Give(0), Op::TakeFor(0, 1), Op::Give(0), Op::Give(0)]),
    ],
    handlers: &[
        Handler { level: 1, times: 1, does: &[Op::TryTake(0)] },
        Handler { level: 2, times: 1, does: &[Op::Give(0)] },
    ],
    semaphores: &[(0, 2)],
    ..EMPTY
};

/// Handlers that give, take and give nested ones, against a task that waits.
const NESTED: Case = Case {
    tasks: &[(2, &[Op::TakeFor(0, 1), Op::TakeFor(0, 1)]), (1, &[Op::TakeFor(0, 2), Op::Yield])],
    handlers: &[
        Handler { level: 1, times: 2, does: &[Op::Give(0), Op::Yield] },
        Handler { level: 2, times: 1, does: &[Op::TryTake(0), Op::Give(0)] },
    ],
    alarm: 2,
    semaphores: &[(0, 1)],
    ..EMPTY
};

/// A chain of three owners, from below, each wait of it with a time-out or without.
const CHAIN: Case = Case {
    tasks: &[
        (1, &[Op::Lock(0), Op::Sleep(3), Op::Unlock(0)]),
        (2, &[Op::Sleep(1), Op::Lock(1), Op::LockFor(0, 1), Op::Unlock(0), Op::Unlock(1)]),
        (3, &[Op::Sleep(2), Op::Lock(2), Op::Lock(1), Op::Unlock(1), Op::Unlock(2)]),
        (4, &[Op::Sleep(2), Op::LockFor(2, 2), Op::Unlock(2)]),
    ],
    mutexes: &[0, 0, 0],
    ..EMPTY
};

/// Two mutexes of one owner, whose waiters give up or not, while it works and is made to yield.
const TWO_HELD: Case = Case {
    tasks: &[
        (1, &[Op::Lock(0), Op::Lock(1), Op::Give(0), Op::Unlock(0), Op::Yield, Op::Unlock(1)]),
        (2, &[Op::Take(0), Op::LockFor(1, 1), Op::Unlock(1)]),
        (2, &[Op::Yield, Op::Yield]),
        (3, &[Op::Sleep(1), Op::LockFor(0, 1), Op::Unlock(0)]),
    ],
    handlers: &[Handler { level: 1, times: 1, does: &[Op::Yield] }],
    semaphores: &[(0, 1)],
    mutexes: &[0, 0],
    ..EMPTY
};

/// Three tasks lock in a ring: the last one learns of it, wherever the others are just then.
const RING: Case = Case {
    tasks: &[
        (1, &[Op::Lock(0), Op::Sleep(1), Op::Lock(1), Op::Unlock(1), Op::Unlock(0)]),
        (2, &[Op::Lock(1), Op::Sleep(1), Op::Lock(2), Op::Unlock(2), Op::Unlock(1)]),
        (3, &[Op::Lock(2), Op::Sleep(1), Op::Lock(0), Op::Unlock(0), Op::Unlock(2)]),
    ],
    handlers: &[Handler { level: 1, times: 1, does: &[Op::Yield] }],
    mutexes: &[0, 0, 0],
    ..EMPTY
};

/// A ring that one of the waits opens by its time-out, while another task follows it.
const OPENING_RING: Case = Case {
    tasks: &[
        (1, &[Op::Lock(0), Op::Sleep(1), Op::LockFor(1, 2), Op::Unlock(1), Op::Unlock(0)]),
        (2, &[Op::Lock(1), Op::Sleep(1), Op::LockFor(0, 1), Op::Unlock(0), Op::Unlock(1)]),
        (3, &[Op::Sleep(2), Op::Lock(0), Op::Unlock(0)]),
    ],
    mutexes: &[0, 0],
    ..EMPTY
};

/// While the first task follows a chain of owners, a link at a time, the chain behind it changes, and comes to it.
const CHANGING_CHAIN: Case = Case {
    tasks: &[
        (1, &[Op::Lock(0), Op::Lock(1), Op::Unlock(1), Op::Unlock(0)]),
        (2, &[Op::Lock(1), Op::Lock(2), Op::Lock(0), Op::Unlock(0), Op::Unlock(2), Op::Unlock(1)]),
        (3, &[Op::Lock(2), Op::Sleep(2), Op::Unlock(2)]),
    ],
    handlers: &[Handler { level: 1, times: 1, does: &[Op::Yield] }],
    mutexes: &[0, 0, 0],
    ..EMPTY
};

/// More senders than room, a receiver and a handler on each side.
const CHANNEL: Case = Case {
    tasks: &[
        (2, &[Op::SendFor(0, 1, 2), Op::SendFor(0, 2, 1)]),
        (2, &[Op::SendFor(0, 3, 1)]),
        (1, &[Op::ReceiveFor(0, 1), Op::ReceiveFor(0, 1)]),
    ],
    handlers: &[
        Handler { level: 1, times: 1, does: &[Op::TrySend(0, 4)] },
        Handler { level: 2, times: 1, does: &[Op::TryReceive(0)] },
    ],
    channels: &[1],
    ..EMPTY
};

/// Receivers that wait first; two values of room.
const RECEIVERS: Case = Case {
    tasks: &[
        (3, &[Op::ReceiveFor(0, 1), Op::TryReceive(0)]),
        (3, &[Op::Receive(0)]),
        (2, &[Op::SendFor(0, 1, 2), Op::SendFor(0, 2, 1), Op::SendFor(0, 3, 1), Op::SendFor(0, 4, 1)]),
    ],
    handlers: &[Handler { level: 1, times: 2, does: &[Op::TrySend(0, 5)] }],
    alarm: 2,
    channels: &[2],
    ..EMPTY
};

/// Senders that wait for ever, if nobody takes their values.
const SENDERS: Case = Case {
    tasks: &[
        (1, &[Op::Send(0, 1), Op::Send(0, 2)]),
        (1, &[Op::Send(0, 3)]),
        (2, &[Op::Sleep(1), Op::Receive(0), Op::Receive(0), Op::Receive(0)]),
    ],
    handlers: &[Handler { level: 1, times: 1, does: &[Op::TrySend(0, 4), Op::Yield] }],
    channels: &[1],
    ..EMPTY
};

/// Equal deadlines, later and earlier ones set while the alarm is on its way, and a wait that ends before its time.
const TIMERS: Case = Case {
    tasks: &[
        (2, &[Op::Sleep(2), Op::Sleep(1)]),
        (2, &[Op::Sleep(1), Op::Sleep(1)]),
        (3, &[Op::TakeFor(0, 2), Op::Sleep(1)]),
        (1, &[Op::Sleep(3)]),
    ],
    handlers: &[Handler { level: 1, times: 1, does: &[Op::Give(0)] }],
    semaphores: &[(0, 1)],
    ..EMPTY
};

/// An owner that waits for a permit from a handler, with another task's priority or its own.
const MIXED: Case = Case {
    tasks: &[
        (1, &[Op::Lock(0), Op::TakeFor(0, 2), Op::SendFor(0, 1, 1), Op::Unlock(0)]),
        (2, &[Op::TakeFor(0, 1), Op::Yield, Op::ReceiveFor(0, 1)]),
        (3, &[Op::Sleep(1), Op::LockFor(0, 1), Op::Unlock(0)]),
    ],
    handlers: &[Handler { level: 2, times: 1, does: &[Op::Give(0), Op::TryReceive(0)] }],
    semaphores: &[(0, 1)],
    mutexes: &[0],
    channels: &[1],
    ..EMPTY
};

#[test]
fn semaphores() {
    all("semaphore", SEMAPHORE);
    all("semaphore, nested handlers", NESTED);
}

#[test]
fn mutexes_with_inheritance() {
    all("mutex, chain of three", CHAIN);
    all("mutex, two held", TWO_HELD);
}

#[test]
fn mutexes_in_rings() {
    all("mutex, ring", RING);
    all("mutex, opening ring", OPENING_RING);
    all("mutex, changing chain", CHANGING_CHAIN);
}

#[test]
fn channels() {
    all("channel", CHANNEL);
    all("channel, receivers first", RECEIVERS);
    all("channel, senders that wait", SENDERS);
}

#[test]
fn timers() {
    all("timers", TIMERS);
}

#[test]
fn owners_that_wait() {
    all("mutex, semaphore and channel", MIXED);
}

/// Each mistake in a case where it matters, and what is found. That the case is right without it the tests above show.
#[test]
fn mistakes_are_found() {
    for (wrong, case, expected) in [
        (Wrong::WakesWithoutSwitch, SEMAPHORE, "the first one runs"),
        (Wrong::KeepsTimeOut, SEMAPHORE, "the time-outs"),
        (Wrong::StaysInList, SEMAPHORE, "is in the list of a semaphore"),
        (Wrong::SetsNoNextAlarm, TIMERS, "the alarm comes in time"),
        (Wrong::EndsOneWait, TIMERS, "the alarm comes in time"),
        (Wrong::ResumesWithoutSwitch, TIMERS, "the first one runs"),
        (Wrong::LeavesAnyway, SEMAPHORE, "neighbours disagree"),
        (Wrong::ChoosesAmongStale, CHAIN, "no task runs while there is work"),
        (Wrong::WalksOnInOldChain, CHANGING_CHAIN, "waits for ever"),
        (Wrong::WaitsForOldChain, RING, "waits for ever"),
        (Wrong::WaitsUnderAnotherLock, SEMAPHORE, "a permit lies idle while a task waits"),
        (Wrong::LooksAtNobody, events::FLAGS, "waits for ever"),
        (Wrong::HoldsNobodyBack, tasks::SUSPENDED, "state of"),
        (Wrong::SuspendsWithoutSwitch, tasks::SUSPENDED, "the first one runs"),
        (Wrong::KeepsCeiling, ceilings::CEILING, "priority of"),
    ] {
        let found = catch_unwind(AssertUnwindSafe(|| explore(&Case { wrong: Some(wrong), ..case })));
        let Err(found) = found else { panic!("{wrong:?} was not found") };
        let text = found.downcast_ref::<String>().map_or("", String::as_str);
        let text = found.downcast_ref::<&str>().copied().unwrap_or(text);
        assert!(text.contains(expected), "{wrong:?} was found as {text:?}");
    }
}
