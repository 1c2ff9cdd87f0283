//! A stack has room for the registers of a task that does not run, and for an interrupt.

#[bluekernel::task(priority = 1, stack = 64)]
fn small() {}

#[bluekernel::main]
fn main() {}
