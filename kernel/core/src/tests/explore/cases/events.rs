//! Event flags: any or all of some, cleared or not; flags that are set while others' waiters are still looked at.

use super::super::program::{Case, EMPTY, Handler, Op, Want};
use super::all;

const A: u32 = 1;
const B: u32 = 2;
const C: u32 = 4;

const fn any(flags: u32) -> Want {
    Want { flags, all: false, clears: false }
}

const fn all_of(flags: u32) -> Want {
    Want { flags, all: true, clears: false }
}

const fn cleared(want: Want) -> Want {
    Want { clears: true, ..want }
}

/// Flags that come in several calls, from tasks and a handler, and that another handler takes away.
pub(super) const FLAGS: Case = Case {
    tasks: &[
        (3, &[Op::AwaitFor(0, cleared(all_of(A | B)), 2), Op::AwaitFor(0, any(A), 1)]),
        (2, &[Op::Await(0, any(C))]),
        (1, &[Op::Set(0, A), Op::Set(0, B | C)]),
    ],
    handlers: &[
        Handler { level: 1, times: 1, does: &[Op::Set(0, B)] },
        Handler { level: 2, times: 1, does: &[Op::Clear(0, A)] },
    ],
    events: 1,
    ..EMPTY
};

/// Four calls that find each other's waiters: of a task, of one that it wakes, and of two handlers, one in the other.
const NESTED: Case = Case {
    tasks: &[
        (3, &[Op::AwaitFor(0, cleared(any(A)), 2), Op::Set(0, B)]),
        (2, &[Op::AwaitFor(0, any(A), 2)]),
        (2, &[Op::AwaitFor(0, cleared(all_of(A | B)), 1)]),
        (1, &[Op::Set(0, A)]),
    ],
    handlers: &[
        Handler { level: 1, times: 1, does: &[Op::Set(0, A | B)] },
        Handler { level: 2, times: 1, does: &[Op::Set(0, A)] },
    ],
    alarm: 2,
    events: 1,
    ..EMPTY
};

/// A waiter whose priority changes while the list is gone through: it owns a mutex that another one waits for.
const RAISED: Case = Case {
    tasks: &[
        (1, &[Op::Lock(0), Op::AwaitFor(0, any(A), 3), Op::Unlock(0)]),
        (2, &[Op::AwaitFor(0, cleared(any(A | B)), 2), Op::Set(0, A)]),
        (3, &[Op::Sleep(1), Op::LockFor(0, 1), Op::Unlock(0)]),
    ],
    handlers: &[Handler { level: 1, times: 2, does: &[Op::Set(0, B)] }],
    mutexes: &[0],
    events: 1,
    ..EMPTY
};

#[test]
fn event_flags() {
    all("event flags, any and all", FLAGS);
    all("event flags, nested calls", NESTED);
    all("event flags, a waiter is raised", RAISED);
}
