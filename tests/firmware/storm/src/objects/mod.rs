//! The objects, one a module, and which of them is used just now.

mod barrier;
mod ceiling;
mod channel;
mod condvar;
pub mod control;
mod events;
mod mutex;
mod once;
mod order;
mod periodic;
mod pipe;
mod place;
mod pool;
mod queue;
mod recursive;
mod rwlock;
mod semaphore;
mod signal;
mod spawn;
pub mod time;
mod timers;
pub mod watch;
mod yields;

pub use ceiling::CEILING;

use crate::crew::Worker;
use crate::handled;
use crate::random::Random;

/// An object of the storm.
pub struct Object {
    /// A task's part: once, and not for ever.
    pub work: fn(&mut Worker),
    /// A handler's part.
    pub strike: fn(usize, &mut Random),
    /// Called by handlers, in a critical section: notes if a task waits for what is there.
    pub look: fn(),
    /// At the end, when nobody uses it any more: whether all is right. Says what happened.
    pub holds: fn() -> bool,
}

/// How many interrupts long most use the same one.
const INTERRUPTS: u32 = 128;

pub static OBJECTS: [Object; 21] = [
    semaphore::OBJECT,
    channel::OBJECT,
    mutex::OBJECT,
    recursive::OBJECT,
    ceiling::OBJECT,
    rwlock::OBJECT,
    condvar::OBJECT,
    events::OBJECT,
    signal::OBJECT,
    watch::OBJECT,
    barrier::OBJECT,
    once::OBJECT,
    pool::OBJECT,
    pipe::OBJECT,
    queue::OBJECT,
    timers::OBJECT,
    periodic::OBJECT,
    time::OBJECT,
    control::OBJECT,
    spawn::OBJECT,
    yields::OBJECT,
];

/// The one whose turn it is.
fn present() -> &'static Object {
    &OBJECTS[(handled() / INTERRUPTS) as usize % OBJECTS.len()]
}

/// An object to use: mostly that whose turn it is.
pub fn pick(random: &mut Random) -> &'static Object {
    if random.one_of(4) { &OBJECTS[random.below(OBJECTS.len() as u32) as usize] } else { present() }
}

/// In a handler: looks at the object whose turn it is.
pub fn look() {
    critical_section::with(|_| (present().look)());
}

/// For objects where there is nothing to look at, or nothing for a handler to do.
fn nothing() {}

/// As [`nothing`].
fn no_strike(_: usize, _: &mut Random) {}
