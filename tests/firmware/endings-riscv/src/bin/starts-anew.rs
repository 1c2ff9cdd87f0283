//! Panics twice, each time in a task whose stack is guarded, and starts anew: the third run ends well. The stack is in memory
//! that start-up code clears.
#![no_std]
#![no_main]

#[path = "../board.rs"]
mod board;

use bluekernel::fault::Action;
use bluekernel::task::{Slot, Stack};
use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicU32, Ordering};

/// Start-up code leaves it alone, and QEMU and bksim have cleared the memory.
#[unsafe(link_section = ".uninit.runs")]
static RUNS: AtomicU32 = AtomicU32::new(0);

struct Lent(UnsafeCell<Stack<2048>>);

// SAFETY: `main` lends the stack out once.
unsafe impl Sync for Lent {}

static LENT: Lent = Lent(UnsafeCell::new(Stack::new()));

#[bluekernel::slot]
static CARELESS: Slot<0>;

#[bluekernel::main]
fn main() {
    bluekernel::fault::set_console(endings_riscv::write);
    bluekernel::fault::set_action(Action::Reset);
    // SAFETY: the only reference to the stack.
    CARELESS.spawn_on(unsafe { &mut *LENT.0.get() }, 5, careless).expect("the slot is free");
}

fn careless() {
    let runs = RUNS.load(Ordering::Relaxed) + 1;
    RUNS.store(runs, Ordering::Relaxed);
    if runs == 3 {
        bluekernel::exit(0);
    }
    panic!("once more");
}
