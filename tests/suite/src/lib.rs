//! What the kernel's behaviours share: a log of events, and the comparison with the list that a behaviour expects.
//!
//! Each file in `tests/` is one behaviour and one process (or image), since a process has one kernel. Its name says what
//! is specified. The body is the same wherever it runs; [`behaviour!`] makes a `#[test]` of it on the host, and a
//! program that ends with exit code 0 or 1 on a target. [`panics!`] does so for one that must panic.
#![cfg_attr(target_os = "none", no_std)]
#![forbid(unsafe_code)]

pub mod panic;

use bluekernel::Duration;
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
    critical_section::with(|token| {
        let log = LOG.borrow_ref(token);
        let logged = &log.events[..log.length.min(CAPACITY)];
        let same = log.length == expected.len() && logged == expected;
        if !same {
            print("expected", expected);
            print("but was", logged);
        }
        same
    })
}

fn print(title: &str, events: &[&str]) {
    #[cfg(target_os = "none")]
    use bluekernel::println;
    println!("{title}:");
    for event in events {
        println!("  {event}");
    }
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
