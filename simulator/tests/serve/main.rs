//! `bksim serve` as other programs meet it: the process, its pipes, and the client.

#[path = "../support/chance.rs"]
mod by_chance;
#[path = "../support/discovery.rs"]
mod discovery;
#[path = "../support/elf.rs"]
mod elf;
#[path = "../support/small.rs"]
mod small;
#[path = "../support/ticker.rs"]
mod ticker;

mod chance;
mod chip;
mod client;
mod determinism;
mod garbage;
mod probe;
mod process;
mod requests;
mod seek;
mod session;
