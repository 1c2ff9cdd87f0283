//! The core model against The RISC-V Instruction Set Manual (Volume I: Unprivileged ISA, version 20191213; Volume II:
//! Privileged Architecture, version 20211203), on bare-metal programs made here.

mod asm;
#[path = "../support/numbers.rs"]
mod numbers;
mod random;
mod rig;

mod counted;
mod engines;
mod float;
mod interrupts;
mod observed;
mod protection;
mod registers;
mod snapshots;
mod stops;
mod traps;
