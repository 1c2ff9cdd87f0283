//! The Stellaris LM3S6965 board (Cortex-M3), as it is after reset: from its internal oscillator of 12 MHz. The two
//! interrupts are those of the ports A and B.

/// The processor's clock in hertz.
pub const CORE_HZ: u32 = 12_000_000;

bluekernel::interrupts! { 44; PORT0 = 0, PORT1 = 1, TIMER0A = 19 }
bluekernel::time_driver!(
    StellarisTimer,
    base = 0x4003_0000,
    irq = TIMER0A,
    enable = 16,
    clock = 0x4003_1000,
    clock_enable = 17,
    control = 0x400f_e000,
    hz = 12_000_000
);
