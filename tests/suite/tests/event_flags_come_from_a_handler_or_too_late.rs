//! A wait for flags ends in time with an error, and clears none. A handler sets flags; the task runs behind it. No time
//! does not wait.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, EventFlags, TimedOut, Wanted, sleep};
use bluekernel_suite::{behaviour, event, event_if};
use board::Interrupt;

static EVENTS: EventFlags = EventFlags::new();
const FLAG: Wanted = Wanted::any(0b100).clear();

#[bluekernel::interrupt]
fn PORT0() {
    event_if(EVENTS.try_wait(Wanted::all(0b11)).is_none(), "handler: not both", "handler: both");
    EVENTS.set(0b100);
    event("handler ends");
}

#[bluekernel::task(priority = 5, stack = 1024)]
fn waiting() {
    EVENTS.set(0b001);
    let soon = Duration::from_millis(10);
    event_if(EVENTS.wait_timeout(Wanted::all(0b11).clear(), soon) == Err(TimedOut), "timed out", "flags");
    event_if(EVENTS.clear(0b001) == 0b001, "not cleared by that", "cleared by that");
    event_if(EVENTS.wait_timeout(FLAG, Duration::from_millis(100)) == Ok(0b100), "in time", "too late");
    event_if(EVENTS.wait_timeout(FLAG, Duration::ZERO) == Err(TimedOut), "cleared", "not cleared");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn interrupted() {
    sleep(Duration::from_millis(20));
    Interrupt::PORT0.enable();
    Interrupt::PORT0.pend();
    event("behind");
}

behaviour!["timed out", "not cleared by that", "handler: not both", "handler ends", "in time", "cleared", "behind",];
