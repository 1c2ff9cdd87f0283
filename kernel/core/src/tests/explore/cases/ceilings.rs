//! Mutexes with ceilings, alone and with others.

use super::super::program::{Case, EMPTY, Handler, Op};
use super::all;

/// The owner does not wait: nobody else that locks it runs meanwhile.
pub(super) const CEILING: Case = Case {
    tasks: &[
        (1, &[Op::Lock(0), Op::Give(0), Op::Unlock(0), Op::Yield]),
        (3, &[Op::Take(0), Op::Lock(0), Op::Unlock(0)]),
        (2, &[Op::Sleep(1), Op::Lock(0), Op::Unlock(0)]),
    ],
    handlers: &[Handler { level: 1, times: 1, does: &[Op::Yield] }],
    semaphores: &[(0, 1)],
    mutexes: &[3],
    ..EMPTY
};

/// The owner waits, so others do: it is handed over, in time or not, and two end in any order.
const HANDED_OVER: Case = Case {
    tasks: &[
        (1, &[Op::Lock(0), Op::Sleep(2), Op::Unlock(0)]),
        (2, &[Op::Sleep(1), Op::LockFor(0, 1), Op::Unlock(0)]),
        (3, &[Op::Sleep(1), Op::Lock(0), Op::Lock(1), Op::Unlock(0), Op::Unlock(1)]),
        (2, &[Op::Sleep(2), Op::LockFor(1, 1), Op::Unlock(1)]),
    ],
    mutexes: &[4, 3],
    ..EMPTY
};

/// A ceiling and inheritance at once.
const BOTH: Case = Case {
    tasks: &[
        (1, &[Op::Lock(0), Op::Lock(1), Op::Sleep(1), Op::Unlock(0), Op::Unlock(1)]),
        (2, &[Op::Sleep(1), Op::LockFor(0, 1), Op::Unlock(0)]),
        (4, &[Op::Sleep(1), Op::LockFor(1, 1), Op::Unlock(1)]),
    ],
    handlers: &[Handler { level: 1, times: 1, does: &[Op::Yield] }],
    mutexes: &[3, 0],
    ..EMPTY
};

#[test]
fn mutexes_with_ceilings() {
    all("ceiling", CEILING);
    all("ceiling, handed over", HANDED_OVER);
    all("ceiling and inheritance", BOTH);
}
