//! BlueKernel's algorithms, free of any processor and of `unsafe`.
//!
//! Tasks are numbered; their control blocks ([`TaskControl`]) live wherever the caller's [`Table`] keeps them, and all
//! lists are made of numbers inside them. Nothing here masks interrupts or switches: the caller holds its lock, and what
//! must happen next comes back as a [`Decision`].
//!
//! | module | owns |
//! |---|---|
//! | [`task`] | control blocks, numbers, the table |
//! | [`priority`] | 0 to 31, as a type |
//! | [`ready`] | 32 first-in-first-out lists, and in `bitmap` which of them are not empty |
//! | [`wait`] | lists of waiting tasks, the most important first |
//! | [`timer`] | time-outs in the order of their deadlines |
//! | [`scheduler`] | who runs: the transitions between the states |
//! | [`mutex`] | ownership and priority inheritance |
//! | [`semaphore`] | a count with a maximum |
//! | [`channel`] | a ring's indices, and who may go on |
//! | [`signal`] | whether there is a value, and who gets it |
//! | [`events`] | 32 flags, and who waits for which |
//! | [`generation`] | tasks that are let go together |
//! | [`barrier`] | how many have come |
//! | [`readers`] | how many read, and the writer that waits for them |
//! | [`pipe`] | a ring of bytes, and who may go on |
//! | [`pool`] | the free blocks |
//! | [`service`] | timers with callbacks, and whose call is next |
//! | [`periodic`] | when periodic work is released, and what is counted of it |
//! | [`waiter`] | lists of waiting futures, told one at a time |
//! | [`listeners`] | lists of waiting futures, all told |
#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

pub mod barrier;
mod bitmap;
pub mod channel;
pub mod events;
pub mod generation;
mod list;
pub mod listeners;
pub mod mutex;
pub mod periodic;
mod periods;
pub mod pipe;
pub mod pool;
pub mod priority;
pub mod readers;
pub mod ready;
pub mod scheduler;
pub mod semaphore;
pub mod service;
pub mod signal;
pub mod task;
#[cfg(test)]
mod tests;
pub mod timer;
pub mod wait;
pub mod waiter;

pub use barrier::BarrierControl;
pub use channel::ChannelControl;
pub use events::EventControl;
pub use generation::Generations;
pub use listeners::Listeners;
pub use mutex::MutexControl;
pub use periodic::PeriodicControl;
pub use pipe::PipeControl;
pub use pool::PoolControl;
pub use priority::Priority;
pub use readers::ReaderControl;
pub use scheduler::{Decision, Limit, Scheduler};
pub use semaphore::SemaphoreControl;
pub use service::{TimerControl, TimerService};
pub use signal::SignalControl;
pub use task::{Outcome, Table, TaskControl, TaskId};
pub use wait::WaitList;
pub use waiter::{Waiter, Waiters};
