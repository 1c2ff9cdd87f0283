//! A critical section is a real lock on the host, too: of several threads, one is inside. (A lock that does nothing
//! would give safe code two unique references at once; under Miri this test finds the data race.)
#![cfg(not(target_os = "none"))]

// The implementation behind the crate.
use bluekernel as _;
use critical_section::Mutex;
use std::cell::Cell;
use std::thread;

static COUNT: Mutex<Cell<u32>> = Mutex::new(Cell::new(0));
const ROUNDS: u32 = if cfg!(miri) { 20 } else { 10_000 };

#[test]
fn behaviour() {
    let count = || {
        for _ in 0..ROUNDS {
            critical_section::with(|outer| {
                let seen = COUNT.borrow(outer).get();
                critical_section::with(|_| thread::yield_now());
                COUNT.borrow(outer).set(seen + 1);
            });
        }
    };
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(count);
        }
    });
    assert_eq!(critical_section::with(|token| COUNT.borrow(token).get()), 4 * ROUNDS);
}
