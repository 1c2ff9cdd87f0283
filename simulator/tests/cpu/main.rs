//! The core model against the Armv7-M Architecture Reference Manual (Arm DDI 0403E), and flash memory behind it, on
//! bare-metal programs made here.

mod asm;
mod bit_band;
#[path = "../support/discovery.rs"]
mod discovery;
#[path = "../support/elf.rs"]
#[expect(dead_code, reason = "what `serve` and the unit tests need of it is more")]
mod elf;
mod random;
mod rig;

mod debug;
mod engines;
mod exceptions;
mod faults;
mod flash;
mod garbage;
mod private_bus;
mod programming;
mod time;
