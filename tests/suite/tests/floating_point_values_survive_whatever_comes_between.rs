//! Floating-point values that a task holds survive more important tasks that use such values and come at any instruction,
//! and the turns of an equal one.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;

use bluekernel::{Duration, sleep, yield_now};
use bluekernel_suite::{behaviour, event_if};
use core::hint::black_box;
use core::sync::atomic::{AtomicBool, Ordering};

static ENOUGH: AtomicBool = AtomicBool::new(false);

/// Counts up and down in four pairs of values, which a compiler keeps in registers: each pair's sum is 0 at any time,
/// and all values are whole numbers, so all sums are exact.
fn pairs_stay_even(step: f64) -> bool {
    let (mut up, mut down) = ([0.0_f64; 4], [0.0_f64; 4]);
    while !ENOUGH.load(Ordering::Relaxed) {
        for pair in 0..4 {
            up[pair] += step;
            down[pair] -= step;
        }
        // On the host time only passes where a task says so.
        #[cfg(not(target_os = "none"))]
        bluekernel_suite::compute(Duration::from_millis(1));
    }
    up[0] > 0.0 && (0..4).all(|pair| up[pair] + down[pair] == 0.0)
}

/// The product of ten factors, 1.5 each, is 3^10 / 2^10.
fn power() -> f64 {
    (0..10).fold(black_box(1.0), |product, _| product * black_box(1.5))
}

#[bluekernel::task(priority = 1, stack = 1024)]
fn counting() {
    event_if(pairs_stay_even(black_box(1.0)), "pairs stayed even", "a pair is uneven");
}

/// Comes twenty times, at instructions that nobody chose.
#[bluekernel::task(priority = 2, stack = 1024)]
fn interrupting() {
    let mut right = true;
    for _ in 0..20 {
        sleep(Duration::from_millis(1));
        right &= power() == 59049.0 / 1024.0;
    }
    event_if(right, "powers were right", "a power is wrong");
    ENOUGH.store(true, Ordering::Relaxed);
}

/// Two tasks add up in turns.
fn in_turns(step: f64) -> f64 {
    (0..100).fold(0.0, |sum, _| {
        yield_now();
        sum + step
    })
}

#[bluekernel::task(priority = 3, stack = 1024)]
fn halves() {
    event_if(in_turns(black_box(0.5)) == 50.0, "halves", "wrong halves");
}

#[bluekernel::task(priority = 3, stack = 1024)]
fn quarters() {
    event_if(in_turns(black_box(0.25)) == 25.0, "quarters", "wrong quarters");
}

// The equals are more important, and the first of them takes its turns first.
behaviour!["halves", "quarters", "powers were right", "pairs stayed even"];
