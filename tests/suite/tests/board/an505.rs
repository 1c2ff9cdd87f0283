//! The MPS2 with AN505 (Cortex-M33), from Secure state. The two interrupts are those of the Ethernet controller and of
//! DUALTIMER, which stand still.

/// The processor's clock in hertz.
pub const CORE_HZ: u32 = 20_000_000;

bluekernel::interrupts! { 124; TIMER0 = 3, PORT0 = 5, PORT1 = 48 }
bluekernel::time_driver!(CmsdkTimer, base = 0x5000_0000, irq = TIMER0, clock = 0x5000_1000, hz = 20_000_000);
