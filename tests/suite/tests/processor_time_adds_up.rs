//! Each task has the time that it computed, handlers have theirs, and nobody has the rest: together all there was.
// Needs the extras.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Instant, cpu_time, sleep, sleep_until};
use bluekernel_suite::{behaviour, compute, event, event_if};

#[bluekernel::interrupt]
fn PORT0() {
    #[cfg(target_os = "none")]
    compute(Duration::from_millis(5));
}

#[bluekernel::task(priority = 5, stack = 1024)]
fn high() {
    // It interrupts low.
    sleep(Duration::from_millis(10));
    compute(Duration::from_millis(20));
    event("high ends");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn low() {
    board::Interrupt::PORT0.enable();
    for _ in 0..30 {
        compute(Duration::from_millis(1));
    }
    board::Interrupt::PORT0.pend();
    event("low ends");
}

/// Whether `time` is `millis`, but for the kernel's own.
fn is(time: Duration, millis: u64) -> bool {
    let expected = Duration::from_millis(millis);
    time >= expected - Duration::from_millis(1) && time <= expected + Duration::from_millis(1)
}

#[bluekernel::task(priority = 1, stack = 1024)]
fn judge_of_times() {
    sleep_until(Instant::from_micros(100_000));
    event_if(is(high::task().cpu_time(), 20), "high: 20 ms", "high: another time");
    // Computing goes by the clock: of the one millisecond that high interrupted, less was its own.
    event_if(is(low::task().cpu_time(), 30), "low: 30 ms", "low: another time");
    let handlers = if cfg!(target_os = "none") { 5 } else { 0 };
    event_if(is(cpu_time::interrupts(), handlers), "handlers: theirs", "handlers: another time");
    let all = high::task().cpu_time() + low::task().cpu_time() + judge_of_times::task().cpu_time();
    let all = all + cpu_time::idle() + cpu_time::interrupts();
    let now = Instant::now().since(Instant::START);
    // They are read one after the other, and reading takes its time.
    event_if(all + Duration::from_micros(500) >= now && all <= now, "all there was", "more, or less");
}

behaviour!["high ends", "low ends", "high: 20 ms", "low: 30 ms", "handlers: theirs", "all there was"];
