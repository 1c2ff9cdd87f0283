//! The board of the behaviours: on the host only the names of interrupts, on a target the MPS2 with AN385.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "a board module is as the kit generates it; most behaviours need no interrupt"
)]

/// The processor's clock in hertz.
pub const CORE_HZ: u32 = 25_000_000;

// PORT0 and PORT1: nothing on the board raises them while a behaviour runs; they come when a task pends them. The names
// are the board's, since an image is linked with the board's own table.
bluekernel::interrupts! { 32; PORT0 = 6, PORT1 = 7, TIMER0 = 8 }
bluekernel::time_driver!(CmsdkTimer, base = 0x4000_0000, irq = TIMER0, clock = 0x4000_1000, hz = 25_000_000);
