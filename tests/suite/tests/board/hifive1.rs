//! The HiFive1, as it is after reset. PORT0 and PORT1 are pins 0 and 1. Nobody sets clocks up: what counts is that mtime has
//! a crystal of its own (FE310-G000 manual, AON).

/// The processor's clock in hertz.
pub const CORE_HZ: u32 = 16_000_000;

bluekernel::interrupts! { 52; PORT0 = 8, PORT1 = 9 }
bluekernel::time_driver!(Mtime, base = 0x0200_0000, hz = 32_768);
bluekernel::interrupt_controller!(Plic, base = 0x0c00_0000, clint = 0x0200_0000);
