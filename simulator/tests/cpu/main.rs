//! The core model against the Armv7-M Architecture Reference Manual (Arm DDI 0403E), on bare-metal programs made here.

mod asm;
mod random;
mod rig;

mod debug;
mod engines;
mod exceptions;
mod faults;
mod garbage;
mod time;
