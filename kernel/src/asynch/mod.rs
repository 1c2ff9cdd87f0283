//! Futures and tasks together: what waits in a task for the futures that it polls, and who is told that it can go on.
//!
//! A task polls futures in [`block_on`](crate::block_on) or in an [executor](crate::executor), and while none of them can
//! go on it waits in the kernel, as a task does. So its priority is that of its futures, a more important task pre-empts
//! them at any instruction, and several tasks with executors are several priorities of futures.
//!
//! # Futures that wait for an object
//! Where one of them gets what they wait for, an object keeps [`Waiters`], and whenever an operation leaves something over
//! that no waiting *task* got, it tells the first one ([`Waiters::tell`]): that one tries again when it is polled. So the
//! order is:
//! 1. tasks that wait, in the order of their priority: they are handed what they wait for at once;
//! 2. futures that wait, in the order of the priority of the task that polls them, equals in the order they came;
//! 3. but what is left over is anybody's until the future is polled: a call that does not have to wait takes it. Then the
//!    future keeps its place.
//!
//! Nothing is lost: the attempt and the entry into the list are under one lock; and a future that is dropped leaves the
//! list, or, if it was told and had not tried again, lets the next one be told.
//!
//! Where something happens to all of them, an object keeps [`Listeners`], and tells each one whom it concerns
//! ([`Listeners::tell_all`]), in the same order and behind the tasks that wait.
//!
//! So a future can come too late again and again, if calls of others, which do not wait, always come before its task runs.
//! Nothing is kept for it: that would let a task which is kept from running hold up all the others, the more important ones
//! as well. Among futures of one priority nobody is passed by; and what must not come too late waits as a task.
//!
//! # Without a form for futures
//! A ceiling mutex is for work that does not wait, and locking it does not wait then. A recursive mutex cannot tell two
//! futures of one task apart. A timer calls a function, and that can give to whatever a future waits for.
//!
//! # For the objects
//! Their operations use [`with`] in place of `lock::with` where they tell a future; [`until`] makes the future out of an
//! attempt. What an object does for futures alone is in a file of its own, `futures.rs` beneath the object's. Wakers are
//! other people's code: they are woken behind the lock, one at a time. Without feature `async` all of it is nothing.

#[cfg(feature = "async")]
mod block_on;
#[cfg(feature = "embassy-time")]
mod embassy_time;
#[cfg(feature = "executor")]
pub mod executor;
#[cfg(feature = "async")]
mod listeners;
#[cfg(not(feature = "async"))]
mod off;
#[cfg(feature = "async")]
mod runner;
#[cfg(feature = "async")]
mod timer;
#[cfg(feature = "executor")]
mod timer_items;
#[cfg(feature = "async")]
mod told;
#[cfg(feature = "trace-polls")]
mod traced;
#[cfg(feature = "async")]
mod until;
#[cfg(feature = "async")]
mod waiters;

#[cfg(feature = "async")]
pub use block_on::block_on;
#[cfg(feature = "async")]
pub(crate) use listeners::Listeners;
#[cfg(not(feature = "async"))]
pub(crate) use off::{Listeners, Told, Waiters, in_switch, with, with_mask};
#[cfg(feature = "async")]
pub(crate) use timer::until_tick;
#[cfg(feature = "async")]
pub use timer::{sleep_async, sleep_until_async};
#[cfg(feature = "async")]
pub(crate) use told::{Told, in_switch, with, with_mask};
#[cfg(feature = "async")]
pub(crate) use until::{List, until};
#[cfg(feature = "async")]
pub(crate) use waiters::Waiters;
