//! A task has a priority; there is no default that could be forgotten.

#[bluekernel::task(stack = 1024)]
fn plain() {}

#[bluekernel::main]
fn main() {}
