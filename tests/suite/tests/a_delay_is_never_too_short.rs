//! The delays of `embedded-hal`: at least as long as asked for; the blocking ones let others run if they are not short.
// Needs the extras.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Delay, Duration, Instant, block_on, sleep};
use bluekernel_suite::{behaviour, event, event_if};

/// Logs whether what `delay` did took at least `micros` microseconds, and at most 1.5 ms more.
fn measured(micros: u64, name: &'static str, delay: impl FnOnce()) {
    let start = Instant::now();
    delay();
    let took = start.elapsed().as_micros();
    event_if(took >= micros && took < micros + 1_500, name, "too short or too long");
}

#[bluekernel::task(priority = 4, stack = 2048)]
fn delaying() {
    {
        use embedded_hal::delay::DelayNs;
        measured(0, "none", || Delay.delay_ns(0));
        measured(1, "1 ns", || Delay.delay_ns(1));
        measured(19, "19 us", || Delay.delay_us(19));
        measured(3_000, "3 ms", || Delay.delay_ms(3));
    }
    {
        use embedded_hal_async::delay::DelayNs;
        measured(1, "1 ns, async", || block_on(Delay.delay_ns(1)));
        measured(500, "500 us, async", || block_on(Delay.delay_us(500)));
        measured(3_000, "3 ms, async", || block_on(Delay.delay_ms(3)));
    }
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn other() {
    event("other runs");
    sleep(Duration::from_millis(4));
    event("other runs again");
}

behaviour![
    "none",
    "1 ns",
    "19 us",
    "other runs",
    "3 ms",
    "1 ns, async",
    "500 us, async",
    "other runs again",
    "3 ms, async",
];
