//! Panics twice, each time in a task whose stack is guarded, and starts anew: the third run ends well.
#![no_std]
#![no_main]

#[path = "../board.rs"]
mod board;

use bluekernel::fault::Action;
use core::sync::atomic::{AtomicU32, Ordering};

/// Start-up code leaves it alone, and QEMU and bksim have cleared the memory.
#[unsafe(link_section = ".uninit.runs")]
static RUNS: AtomicU32 = AtomicU32::new(0);

#[bluekernel::main]
fn main() {
    bluekernel::fault::set_console(endings_riscv::write);
    bluekernel::fault::set_action(Action::Reset);
}

#[bluekernel::task(priority = 5, stack = 2048)]
fn careless() {
    let runs = RUNS.load(Ordering::Relaxed) + 1;
    RUNS.store(runs, Ordering::Relaxed);
    if runs == 3 {
        bluekernel::exit(0);
    }
    panic!("once more");
}
