//! A signal keeps one value, the latest, also while the task that was woken for it has not run yet; nobody takes it from
//! that task. A wait may time out, and a handler may signal.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Signal, TimedOut, sleep};
use bluekernel_suite::{behaviour, event, event_if};
use board::Interrupt;

static SPEED: Signal<u32> = Signal::new();

#[bluekernel::interrupt]
fn PORT0() {
    SPEED.signal(3);
    SPEED.signal(4);
}

#[bluekernel::task(priority = 5, stack = 1024)]
fn waiting() {
    event_if(SPEED.wait() == 2, "the latest", "another");
    event_if(SPEED.wait_timeout(Duration::from_millis(10)) == Err(TimedOut), "nothing more", "one too many");
    event_if(SPEED.wait_timeout(Duration::from_millis(100)) == Ok(4), "from the handler", "another");
    event_if(SPEED.wait_timeout(Duration::ZERO) == Err(TimedOut), "taken", "still there");
}

#[bluekernel::task(priority = 9, stack = 1024)]
fn signalling() {
    sleep(Duration::from_millis(1));
    SPEED.signal(1);
    event_if(SPEED.try_take().is_none(), "promised", "snatched");
    SPEED.signal(2);
    sleep(Duration::from_millis(30));
    Interrupt::PORT0.enable();
    Interrupt::PORT0.pend();
    event("signalled");
}

behaviour!["promised", "the latest", "nothing more", "signalled", "from the handler", "taken"];
