//! The micro:bit (Cortex-M0). The two interrupts are SWI0 and SWI1, which no device has; TIMER1 is the storm's.

/// The processor's clock in hertz.
pub const CORE_HZ: u32 = 16_000_000;

bluekernel::interrupts! { 32; TIMER0 = 8, TIMER1 = 9, PORT0 = 20, PORT1 = 21 }
bluekernel::time_driver!(Nrf51Timer, base = 0x4000_8000, irq = TIMER0, hz = 16_000_000);
