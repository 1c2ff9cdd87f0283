//! What firmware and host tools must agree on, and nothing else.
//!
//! Everything that crosses the border between a running kernel and the tools that watch it is written down here once:
//! the trace wire ([`wire`]), the same over a serial line ([`uart`]), the flight recorder ([`flight`]), the events that all of
//! them carry ([`event`]), what a host says to the trace ([`control`]), the states a task can be in ([`TaskState`]) and the
//! table by which a tool finds the kernel's own memory ([`inspect`]). Encoder and decoder share these definitions and no
//! code, so that each checks the other.
#![no_std]
#![forbid(unsafe_code)]

pub mod control;
pub mod event;
pub mod flight;
pub mod inspect;
mod task;
pub mod uart;
pub mod wire;

pub use event::{BlockReason, Event, Named, ObjectOp, PriorityCause};
pub use task::TaskState;

/// The number of task priorities: 0 (least important) to 31 (most important).
pub const PRIORITIES: usize = 32;

/// The task number that stands for "no task": the processor idles.
pub const NO_TASK: u8 = 0xff;
