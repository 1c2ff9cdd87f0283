//! Nobody could receive a result.

#[bluekernel::task(priority = 1, stack = 1024)]
fn answering() -> u32 {
    42
}

#[bluekernel::main]
fn main() {}
