//! A key that does not exist.

#[bluekernel::task(prio = 1, stack = 1024)]
fn short() {}

#[bluekernel::main]
fn main() {}
