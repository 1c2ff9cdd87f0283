//! Stacks end where the processor wants them to.

#[bluekernel::task(priority = 1, stack = 1001)]
fn odd() {}

#[bluekernel::main]
fn main() {}
