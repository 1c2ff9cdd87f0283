//! A periodic timer calls at whole periods from its start, however long its calls take; those that come too late are left
//! out.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Instant, Semaphore, Timer, sleep};
use bluekernel_suite::{behaviour, compute, event_if};
use core::sync::atomic::{AtomicU32, Ordering};

static CALLS: AtomicU32 = AtomicU32::new(0);
static DONE: Semaphore = Semaphore::new(0, 1);
static TICK: Timer = Timer::new(|| {
    let calls = CALLS.load(Ordering::Relaxed) + 1;
    CALLS.store(calls, Ordering::Relaxed);
    compute(Duration::from_millis(if calls == 5 { 25 } else { 3 }));
    if calls == 20 {
        TICK.stop();
        let _ = DONE.give();
    }
});

#[bluekernel::task(priority = 7, stack = 1024)]
fn timers() {
    bluekernel::timer::serve()
}

#[bluekernel::task(priority = 3, stack = 1024)]
fn task() {
    sleep(Duration::from_millis(1));
    let start = Instant::now();
    TICK.start_periodic(Duration::from_millis(10));
    DONE.take();
    // The fifth call, at 50 ms, takes until 75 ms, so that those of 60 and 70 ms are left out; the twentieth is the one of
    // 220 ms.
    let late = start.elapsed() - Duration::from_millis(220 + 3);
    event_if(late < Duration::from_millis(1), "20 calls and 2 left out took 22 periods", "drifted");
    sleep(Duration::from_millis(30));
    event_if(CALLS.load(Ordering::Relaxed) == 20, "stopped", "called again");
}

behaviour!["20 calls and 2 left out took 22 periods", "stopped"];
