//! What one task does with another: waits for its end, suspends and resumes it.

use super::super::program::{Case, EMPTY, Handler, Op};
use super::all;

/// Two that wait for the same end, one of them not long, and one end after the other.
const JOIN: Case = Case {
    tasks: &[
        (3, &[Op::Join(2), Op::Join(2)]),
        (2, &[Op::JoinFor(2, 1), Op::JoinFor(3, 2)]),
        (1, &[Op::Yield, Op::Sleep(1)]),
        (1, &[Op::Sleep(2)]),
    ],
    handlers: &[Handler { level: 1, times: 1, does: &[Op::Yield] }],
    ..EMPTY
};

/// A task that suspends itself, and one that is suspended while it waits, runs, or is about to.
pub(super) const SUSPENDED: Case = Case {
    tasks: &[
        (3, &[Op::Suspend(0), Op::TakeFor(0, 1)]),
        (2, &[Op::TakeFor(0, 2), Op::Yield]),
        (1, &[Op::Resume(0), Op::Suspend(1), Op::Give(0), Op::Resume(1)]),
    ],
    handlers: &[
        Handler { level: 1, times: 1, does: &[Op::Suspend(1), Op::Resume(1)] },
        Handler { level: 2, times: 1, does: &[Op::Give(0)] },
    ],
    semaphores: &[(0, 1)],
    ..EMPTY
};

/// A mutex' owner is suspended while others wait for the mutex, and hand their priority on to it.
const SUSPENDED_OWNER: Case = Case {
    tasks: &[
        (1, &[Op::Lock(0), Op::Yield, Op::Unlock(0)]),
        (2, &[Op::Sleep(1), Op::LockFor(0, 1), Op::Unlock(0)]),
        (3, &[Op::Sleep(1), Op::Suspend(0), Op::Sleep(1), Op::Resume(0), Op::Lock(0), Op::Unlock(0)]),
    ],
    handlers: &[Handler { level: 1, times: 1, does: &[Op::Suspend(1), Op::Resume(1)] }],
    mutexes: &[0],
    ..EMPTY
};

#[test]
fn joins() {
    all("join", JOIN);
}

#[test]
fn suspensions() {
    all("suspend and resume", SUSPENDED);
    all("suspend a mutex' owner", SUSPENDED_OWNER);
}
