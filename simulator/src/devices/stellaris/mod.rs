//! Peripherals of Luminary Micro's, later Texas Instruments', Stellaris of the class Fury.
//!
//! "DS" is the "LM3S6965 Microcontroller Data Sheet", cited by its chapters and registers.

mod gptm;
mod sysctl;

pub use gptm::StellarisGptm;
pub use sysctl::StellarisSysctl;
