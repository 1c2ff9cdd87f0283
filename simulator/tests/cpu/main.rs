//! The core model against the Armv7-M Architecture Reference Manual (Arm DDI 0403E), on bare-metal programs made here.

mod asm;
mod float_asm;
mod random;
mod random_float;
mod rig;

mod engines;
mod exceptions;
mod faults;
mod float_context;
mod float_faults;
mod float_preemption;
mod float_unit;
mod garbage;
mod stops;
mod time;
