//! What the kernel's behaviours share: a log of events, and the comparison with the list that a behaviour expects.
//!
//! Each file in `tests/` is one behaviour and one process (or image), since a process has one kernel. Its name says what
//! is specified. The body is the same wherever it runs; [`behaviour!`] makes a `#[test]` of it on the host, and a
//! program that ends with exit code 0 or 1 on a target. [`panics!`] does so for one that must panic.
#![cfg_attr(target_os = "none", no_std)]
#![forbid(unsafe_code)]

pub mod panic;
#[cfg(feature = "trace")]
pub mod trace;

use bluekernel::Duration;
#[cfg(target_os = "none")]
use bluekernel::println;
use core::cell::RefCell;
use critical_section::Mutex;

/// The most events a behaviour may log.
const CAPACITY: usize = 64;

struct Log {
    events: [&'static str; CAPACITY],
    length: usize,
}

static LOG: Mutex<RefCell<Log>> = Mutex::new(RefCell::new(Log { events: [""; CAPACITY], length: 0 }));

/// Logs an event. From any context.
pub fn event(text: &'static str) {
    critical_section::with(|token| {
        let log = &mut *LOG.borrow_ref_mut(token);
        if let Some(slot) = log.events.get_mut(log.length) {
            *slot = text;
        }
        log.length += 1;
    });
}

/// Logs `yes` or `no`.
pub fn event_if(condition: bool, yes: &'static str, no: &'static str) {
    event(if condition { yes } else { no });
}

/// Keeps the processor busy for `duration`.
pub fn compute(duration: Duration) {
    #[cfg(not(target_os = "none"))]
    bluekernel::rt::compute(duration);
    #[cfg(target_os = "none")]
    {
        let start = bluekernel::Instant::now();
        while start.elapsed() < duration {}
    }
}

/// Whether exactly the events of `expected` were logged, in this order; if not, both lists are printed.
#[must_use]
pub fn happened(expected: &[&str]) -> bool {
    // One event at a time: the longest time with interrupts masked is measured over the behaviours, and it is the kernel's.
    let same = length() == expected.len() && expected.iter().enumerate().all(|(at, event)| logged(at) == *event);
    if !same {
        println!("expected:");
        for event in expected {
            println!("  {event}");
        }
        println!("but was:");
        for at in 0..length().min(CAPACITY) {
            println!("  {}", logged(at));
        }
    }
    same
}

/// How many events were logged.
fn length() -> usize {
    critical_section::with(|token| LOG.borrow_ref(token).length)
}

/// The event at a place.
fn logged(at: usize) -> &'static str {
    critical_section::with(|token| LOG.borrow_ref(token).events.get(at).copied().unwrap_or(""))
}

/// How long a behaviour may take on a target before its events are compared.
#[doc(hidden)]
pub const PATIENCE: Duration = Duration::from_secs(2);

/// Turns a file into a behaviour: its tasks run, and then exactly the listed events must have happened, in this order.
///
/// On a target the least important task compares, two seconds after the start; so tasks of a behaviour have priorities
/// from 1, and are done by then.
#[macro_export]
macro_rules! behaviour {
    ($($event:literal),* $(,)?) => {
        const EXPECTED: &[&str] = &[$($event),*];

        #[cfg(not(target_os = "none"))]
        #[test]
        fn behaviour() {
            ::bluekernel::rt::start(|| {});
            assert!($crate::happened(EXPECTED), "other events than expected");
        }

        #[cfg(target_os = "none")]
        #[bluekernel::task(priority = 0, stack = 2048)]
        fn judge() {
            ::bluekernel::sleep($crate::PATIENCE);
            ::bluekernel::exit(if $crate::happened(EXPECTED) { 0 } else { 1 });
        }

        #[cfg(target_os = "none")]
        #[bluekernel::main]
        fn main() {}
    };
}
