//! Instruction-level simulator of microcontroller boards in exact virtual time.

pub mod bus;
pub mod cpu;
