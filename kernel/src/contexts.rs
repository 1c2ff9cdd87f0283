//! What may be called where, and where its documentation says so.
//!
//! | | task | task, in a critical section | interrupt handler | handler bound `unmasked` | `main` |
//! |---|---|---|---|---|---|
//! | `give`, `try_...`, time-outs of zero, `Instant::now`, `println!`, marks | yes | yes | yes | no | yes |
//! | what waits, and need not: a permit is there, there is room | yes | yes | yes | no | yes |
//! | what waits, and must: [`Semaphore::take`], [`Channel::send`], [`Channel::receive`], [`Mutex::lock`], `..._timeout` | yes | panics | panics | no | panics |
//! | [`sleep`], [`sleep_until`] a moment that is still to come | yes | panics | panics | no | panics |
//! | [`Mutex::lock`] of a free mutex | yes | yes | panics | no | panics |
//! | [`Mutex::try_lock`] | yes | yes | `None` | no | `None` |
//! | [`yield_now`] | yes | does nothing | does nothing | does nothing | does nothing |
//! | [`interrupt::masked`] | yes | yes | yes | no | yes |
//! | [`interrupt::enable`], `disable`, `pend`, `set_priority` | yes | yes | yes | yes | yes |
//! | [`fault::set_console`](crate::fault::set_console), `set_action` | yes | yes | yes | yes | yes |
//! | a critical section | yes | yes | yes | yes | yes |
//!
//! A critical section is that of the `critical-section` crate; for a task that of [`interrupt::masked`], too. A handler that
//! interrupted one is not there: handlers are masked. Those bound [`unmasked`](mod@crate::interrupt#handlers-that-the-kernel-does-not-delay)
//! are masked by the crate's sections, not by `masked` and not by the kernel itself, which they may have interrupted
//! anywhere: *no* is a panic where it is checked, and undefined behaviour where it is not. Below the lines of this table:
//!
//! * A mutex is unlocked by the task that locked it: its guard cannot leave the task, or the program does not compile.
//! * A priority above 31, a stack too small or crooked, a channel without room and a semaphore whose maximum is below its
//!   initial count do not compile either.
//! * More than 254 tasks do not link.
//!
//! # What the documentation of a function says
//! Each has one of these sentences, except a `const fn`, which only computes. A check in the tests reads this table.
//!
//! | it stands | the sentence | may it wait? | where may it be called? |
//! |---|---|---|---|
//! | above | From any context; does not block | no | anywhere |
//! | above | In a task or in `main`; does not block | no | in a task or in `main` |
//! | above | In a task; does not block | no | in a task, also in a critical section |
//! | above | From any context; does not return | no | anywhere |
//! | above | Use it once | no | it declares something, at the root of the program or beside its board |
//! | `# Panics` | If it must wait, outside of a task or inside a critical section | yes | anywhere if it need not wait, else in a task |
//! | `# Panics` | Outside of a task, and inside a critical section | yes | in a task |
//! | `# Panics` | Outside of a task; and, if it must wait, inside a critical section | yes | in a task; in a critical section if it need not wait |
//!
//! `# Panics` may also refer to another function: "As [`Mutex::lock`]". A function with a time-out says what no time does:
//! it does not wait. Does not block means: whoever calls goes on as soon as no more important task is ready.
//!
//! # What is checked
//! The panics are checked always; that costs a comparison where a task must wait anyway. Their text is one and the same,
//! and the report says in whose code it was. With the feature `checks`, and in builds with debug assertions, it also names
//! the call: some 60 bytes of flash for each; and each call of the kernel looks whether it comes from a handler bound
//! `unmasked`, if there may be such (feature `zero-latency`).
//!
//! [`Semaphore::take`]: crate::Semaphore::take
//! [`Channel::send`]: crate::Channel::send
//! [`Channel::receive`]: crate::Channel::receive
//! [`Mutex::lock`]: crate::Mutex::lock
//! [`Mutex::try_lock`]: crate::Mutex::try_lock
//! [`sleep`]: crate::sleep
//! [`sleep_until`]: crate::sleep_until
//! [`yield_now`]: crate::yield_now
//! [`interrupt::enable`]: crate::interrupt::enable
//! [`interrupt::masked`]: crate::interrupt::masked

use bluekernel_abi::BlockReason;

/// A panic for each reason to wait, with a text that the panic report shows: no arguments.
#[cfg(any(feature = "checks", debug_assertions))]
macro_rules! refuse {
    ($reason:expr; $($name:ident => $call:literal,)*) => {
        match $reason {
            $(BlockReason::$name => panic!(concat!($call, ": only a task can wait, outside of critical sections")),)*
        }
    };
}

/// Ends the program: there would have to be a wait for `reason` where nothing can wait.
#[cfg(any(feature = "checks", debug_assertions))]
#[cold]
#[inline(never)]
pub(crate) fn cannot_wait(reason: BlockReason) -> ! {
    refuse!(reason;
        Delay => "sleep",
        Mutex => "Mutex::lock",
        Semaphore => "Semaphore::take",
        ChannelFull => "Channel::send",
        ChannelEmpty => "Channel::receive",
        Event => "a wait for event flags",
        Notify => "a wait for a signal or a future",
        Join => "a wait for the end of a task",
        Io => "a wait for a driver",
        Suspend => "suspending the running task",
        Period => "a wait for the next period",
        Condition => "a wait for a condition variable",
        ReadLock => "read-locking",
        WriteLock => "write-locking",
        Barrier => "a wait at a barrier",
        Once => "a wait for an initialisation",
        Pool => "a wait for a block of a pool",
        QueueFull => "sending to a message queue",
        QueueEmpty => "receiving from a message queue",
        PipeFull => "writing to a pipe",
        PipeEmpty => "reading from a pipe",
        Watch => "a wait for a watch",
        Object => "a wait for an object",
    )
}

/// Ends the program: there would have to be a wait where nothing can wait.
#[cfg(not(any(feature = "checks", debug_assertions)))]
#[cold]
#[inline(never)]
pub(crate) fn cannot_wait(_: BlockReason) -> ! {
    panic!("only a task can wait, outside of critical sections")
}
