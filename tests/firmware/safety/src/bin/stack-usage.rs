//! Tasks that take room on their stacks, and one that measures it: exactly what was never written counts as unused.
#![no_std]
#![no_main]

#[path = "../../../board/board.rs"]
mod board;

use bluekernel::task::Task;
use bluekernel::{Duration, println, sleep, stack};
use core::sync::atomic::{AtomicUsize, Ordering};

/// The lowest address that `deep` has written.
static LOWEST: AtomicUsize = AtomicUsize::new(0);

#[bluekernel::main]
fn main() {}

/// Takes 512 bytes below its stack pointer, and writes the lowest word of them.
#[bluekernel::task(priority = 5, stack = 1024)]
fn deep() {
    let lowest: usize;
    // SAFETY: the room is the task's, and free; the stack pointer is back afterwards.
    unsafe {
        core::arch::asm!(
            "sub sp, #512",
            "mov {0}, sp",
            "str {0}, [sp]",
            "add sp, #512",
            out(reg) lowest,
        );
    }
    LOWEST.store(lowest, Ordering::Relaxed);
}

/// Never runs: its stack holds the 8 words that a first interrupt return takes off it. What is below them in the first
/// context nobody has written.
#[bluekernel::task(priority = 0, stack = 256)]
fn never() {}

#[bluekernel::task(priority = 1, stack = 1024)]
fn judge() {
    let (deep, never) = (stack::usage(0), stack::usage(1));
    let lowest = LOWEST.load(Ordering::Relaxed);
    let mut right = deep.is_some_and(|stack| stack.bytes == 1024 && stack.start + stack.unused == lowest);
    right &= never.is_some_and(|stack| stack.bytes == 256 && stack.used() == 8 * 4);
    right &= stack::usage(3).is_none();
    right &= (0..3).zip(["deep", "never", "judge"]).all(|(number, name)| bluekernel::task::name(number) == Some(name));
    right &= Task::current().map(Task::number) == Some(2);
    if !right {
        println!("{deep:?}, of which {lowest:#x} was written, {never:?}");
        sleep(Duration::from_millis(10));
    }
    bluekernel::exit(if right { 0 } else { 1 });
}
