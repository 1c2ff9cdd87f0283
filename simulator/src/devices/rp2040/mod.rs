//! Raspberry Pi's peripherals of the RP2040: those that two cores need to work together.
//!
//! "RP" is the RP2040 Datasheet, cited by its chapters.

mod sio;

pub use sio::Rp2040Sio;
