//! Larger programs: only where `BK_EXPLORE_DEEP` is set, since they take minutes.

use super::super::program::{Case, EMPTY, Handler, Op, Want};
use super::all;

const A: Want = Want { flags: 1, all: false, clears: true };
const BOTH: Want = Want { flags: 3, all: true, clears: true };

/// A chain of four owners, whose waiters give up at different times, made to yield by a handler.
const CHAIN: Case = Case {
    tasks: &[
        (1, &[Op::Lock(0), Op::Sleep(3), Op::Unlock(0)]),
        (2, &[Op::Sleep(1), Op::Lock(1), Op::LockFor(0, 1), Op::Unlock(0), Op::Unlock(1)]),
        (3, &[Op::Sleep(1), Op::Lock(2), Op::LockFor(1, 2), Op::Unlock(1), Op::Unlock(2)]),
        (4, &[Op::Sleep(2), Op::Lock(3), Op::LockFor(2, 1), Op::Unlock(2), Op::Unlock(3)]),
        (5, &[Op::Sleep(2), Op::LockFor(3, 2), Op::Unlock(3)]),
    ],
    handlers: &[Handler { level: 1, times: 1, does: &[Op::Yield] }],
    mutexes: &[0, 0, 0, 0],
    ..EMPTY
};

/// Flags that three handlers set and clear, each in the midst of the others.
const FLAGS: Case = Case {
    tasks: &[
        (3, &[Op::AwaitFor(0, A, 2), Op::Set(0, 2), Op::AwaitFor(0, BOTH, 1)]),
        (2, &[Op::AwaitFor(0, A, 2)]),
        (2, &[Op::AwaitFor(0, BOTH, 1)]),
        (1, &[Op::Set(0, 1), Op::Set(0, 3)]),
    ],
    handlers: &[
        Handler { level: 1, times: 1, does: &[Op::Set(0, 3)] },
        Handler { level: 2, times: 2, does: &[Op::Set(0, 1)] },
        Handler { level: 3, times: 1, does: &[Op::Clear(0, 1)] },
    ],
    alarm: 2,
    events: 1,
    ..EMPTY
};

/// Two channels, and permits for who may use them.
const CHANNELS: Case = Case {
    tasks: &[
        (3, &[Op::TakeFor(0, 1), Op::SendFor(0, 1, 2), Op::SendFor(1, 2, 1)]),
        (2, &[Op::ReceiveFor(0, 2), Op::SendFor(1, 3, 1), Op::Give(0)]),
        (2, &[Op::ReceiveFor(1, 1), Op::ReceiveFor(1, 1)]),
        (1, &[Op::SendFor(0, 4, 1), Op::ReceiveFor(1, 1)]),
    ],
    handlers: &[
        Handler { level: 1, times: 1, does: &[Op::TrySend(0, 5), Op::Give(0)] },
        Handler { level: 2, times: 1, does: &[Op::TryReceive(1)] },
    ],
    semaphores: &[(0, 1)],
    channels: &[1, 1],
    ..EMPTY
};

/// Suspensions from two handlers and a task, of one that waits, has time-outs and owns a mutex.
const SUSPENDED: Case = Case {
    tasks: &[
        (1, &[Op::Lock(0), Op::TakeFor(0, 2), Op::Unlock(0), Op::Sleep(1)]),
        (2, &[Op::Sleep(1), Op::LockFor(0, 2), Op::Unlock(0)]),
        (3, &[Op::Suspend(0), Op::TakeFor(0, 1), Op::Resume(0), Op::Join(0)]),
    ],
    handlers: &[
        Handler { level: 1, times: 2, does: &[Op::Suspend(1), Op::Give(0), Op::Resume(1)] },
        Handler { level: 2, times: 1, does: &[Op::Suspend(0), Op::Resume(0)] },
    ],
    alarm: 1,
    semaphores: &[(0, 1)],
    mutexes: &[0],
    ..EMPTY
};

#[test]
fn deep() {
    if std::env::var_os("BK_EXPLORE_DEEP").is_none() {
        std::println!("BK_EXPLORE_DEEP is not set: the larger programs are not explored");
        return;
    }
    all("deep: chain of four", CHAIN);
    all("deep: event flags", FLAGS);
    all("deep: two channels and permits", CHANNELS);
    all("deep: suspensions", SUSPENDED);
}
