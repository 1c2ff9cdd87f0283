//! Spans and moments saturate at the ends of their ranges; a wait that is nearly as long as the longest span does not end
//! by itself, on a clock of any rate, and ends when it should.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Instant, Semaphore, sleep};
use bluekernel_suite::{behaviour, event, event_if};

static PERMITS: Semaphore = Semaphore::new(0, 1);
const LONG: Duration = Duration::from_micros(u64::MAX - 1);

/// Whether the rules of saturation hold.
fn ends() -> bool {
    let last = Instant::from_micros(u64::MAX);
    let one = Duration::from_micros(1);
    [
        Duration::MAX + one == Duration::MAX,
        LONG + one == Duration::MAX,
        LONG + LONG == Duration::MAX,
        Duration::ZERO - one == Duration::ZERO,
        one - Duration::MAX == Duration::ZERO,
        Duration::from_secs(u64::MAX) == Duration::MAX,
        Duration::from_millis(u64::MAX) == Duration::MAX,
        // The last whole milliseconds and seconds that fit: 2^64 - 1 = 18,446,744,073,709,551,615.
        Duration::from_millis(18_446_744_073_709_551).as_micros() == 18_446_744_073_709_551_000,
        Duration::from_millis(18_446_744_073_709_552) == Duration::MAX,
        Duration::from_secs(18_446_744_073_709).as_micros() == 18_446_744_073_709_000_000,
        Duration::from_secs(18_446_744_073_710) == Duration::MAX,
        Duration::from_micros(u64::MAX / 2).times(2).as_micros() == u64::MAX - 1,
        Duration::from_micros(u64::MAX / 2 + 1).times(2) == Duration::MAX,
        last + one == last,
        Instant::START + Duration::MAX == last,
        Instant::START - last == Duration::ZERO,
        last - Instant::START == Duration::MAX,
        last.elapsed() == Duration::ZERO,
    ]
    .iter()
    .all(|holds| *holds)
}

#[bluekernel::task(priority = 3, stack = 1024)]
fn waiting() {
    event_if(ends(), "ends", "wrong ends");
    event_if(PERMITS.take_timeout(LONG) == Ok(()), "a permit", "too early");
    event_if(PERMITS.take_timeout(Duration::from_millis(1)).is_err(), "in time", "a permit too many");
    event_if(PERMITS.take_timeout(Duration::from_micros(1 << 63)) == Ok(()), "a permit", "too early");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn sleeper() {
    sleep(Duration::from_millis(1));
    // To beyond the end of time, by any clock.
    sleep(LONG);
    event("slept too little");
}

#[bluekernel::task(priority = 1, stack = 1024)]
fn giver() {
    for _ in 0..2 {
        sleep(Duration::from_millis(10));
        event("give");
        let _ = PERMITS.give();
    }
}

behaviour!["ends", "give", "a permit", "in time", "give", "a permit"];
