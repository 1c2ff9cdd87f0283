//! Priorities are 0 to 31.

#[bluekernel::task(priority = 32, stack = 1024)]
fn eager() {}

#[bluekernel::main]
fn main() {}
