//! Nobody could pass an argument.

#[bluekernel::task(priority = 1, stack = 1024)]
fn counting(from: u32) {}

#[bluekernel::main]
fn main() {}
