//! The MPS2 with AN385, where SysTick is the kernel's clock: 24 bits, which wrap each millisecond.

pub const CORE_HZ: u32 = 25_000_000;

bluekernel::interrupts! { 32; PORT0 = 6, PORT1 = 7, TIMER0 = 8 }
bluekernel::time_driver!(SysTick, hz = 25_000_000);
