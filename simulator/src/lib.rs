//! Instruction-level simulator of microcontroller boards in exact virtual time.

pub mod bus;
pub mod clock;
pub mod cpu;
pub mod devices;
pub mod events;
pub mod system;
