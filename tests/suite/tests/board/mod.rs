//! The board of the behaviours: on the host only the names of interrupts, on a target the MPS2 with AN385, or AN386, its
//! twin with a floating-point unit. With the feature `stm32f4` it is the STM32F4DISCOVERY, as it is after reset; with
//! `virt` QEMU's RISC-V machine, of 32 or 64 bits; with `hifive1` the HiFive1.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "a board module is as the kit generates it; most behaviours need no interrupt"
)]

/// The processor's clock in hertz.
pub const CORE_HZ: u32 = if cfg!(any(feature = "stm32f4", feature = "hifive1")) {
    16_000_000
} else if cfg!(feature = "virt") {
    125_000_000
} else {
    25_000_000
};

// PORT0 and PORT1: nothing on the board raises them while a behaviour runs; they come when a task pends them. The names
// are the board's, since an image is linked with the board's own table.
#[cfg(not(any(feature = "stm32f4", feature = "virt", feature = "hifive1")))]
bluekernel::interrupts! { 32; PORT0 = 6, PORT1 = 7, TIMER0 = 8 }
#[cfg(not(any(feature = "stm32f4", feature = "virt", feature = "hifive1")))]
bluekernel::time_driver!(CmsdkTimer, base = 0x4000_0000, irq = TIMER0, clock = 0x4000_1000, hz = 25_000_000);

// Here the two are EXTI0 and EXTI1. Nobody sets clocks up: core and TIM2 run from the internal oscillator (RM0090 rev 19,
// 7.2.2).
#[cfg(feature = "stm32f4")]
bluekernel::interrupts! { 82; PORT0 = 6, PORT1 = 7, TIM2 = 28 }
#[cfg(feature = "stm32f4")]
bluekernel::time_driver!(
    Stm32Timer,
    base = 0x4000_0000,
    irq = TIM2,
    rcc = 0x4002_3800,
    enable = 0,
    clock_hz = 16_000_000,
    hz = 1_000_000
);

// Two of the devices that QEMU has if it is told so. mtime counts at what the device tree calls timebase-frequency.
#[cfg(feature = "virt")]
bluekernel::interrupts! { 97; PORT0 = 7, PORT1 = 8 }
#[cfg(feature = "virt")]
bluekernel::time_driver!(Mtime, base = 0x0200_0000, hz = 10_000_000);

// Pins 0 and 1. Nobody sets clocks up: what counts is that mtime has a crystal of its own (FE310-G000 manual, AON).
#[cfg(feature = "hifive1")]
bluekernel::interrupts! { 52; PORT0 = 8, PORT1 = 9 }
#[cfg(feature = "hifive1")]
bluekernel::time_driver!(Mtime, base = 0x0200_0000, hz = 32_768);

#[cfg(any(feature = "virt", feature = "hifive1"))]
bluekernel::interrupt_controller!(Plic, base = 0x0c00_0000, clint = 0x0200_0000);
