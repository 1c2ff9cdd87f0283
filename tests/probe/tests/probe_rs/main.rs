//! The real probe-rs, unmodified, on a chip that bksim simulates: it reaches it as a Glasgow probe, over a socket.
//!
//! The board is one that has a generic target in probe-rs; what needs a particular chip, its flash memory above all, has
//! its own file for that chip.

#[path = "../../../../simulator/tests/support/elf.rs"]
mod elf;
mod firmware;
mod rig;
#[path = "../../../../simulator/tests/support/ticker.rs"]
mod ticker;

mod breakpoints;
mod connections;
mod control;
mod flash;
mod float;
mod memory;
mod resets;
mod rtt;
