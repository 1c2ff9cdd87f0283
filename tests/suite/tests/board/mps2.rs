//! The MPS2 with AN385 (Cortex-M3), AN386 (M4F) or AN500 (M7), which differ in the core only. On the host, the names of its
//! interrupts.

/// The processor's clock in hertz.
pub const CORE_HZ: u32 = 25_000_000;

bluekernel::interrupts! { 32; PORT0 = 6, PORT1 = 7, TIMER0 = 8 }
bluekernel::time_driver!(CmsdkTimer, base = 0x4000_0000, irq = TIMER0, clock = 0x4000_1000, hz = 25_000_000);
