//! The STM32F4DISCOVERY, as it is after reset: nobody sets clocks up, and core and TIM2 run from the internal oscillator
//! (RM0090 rev 19, 7.2.2). The two interrupts are EXTI0 and EXTI1.

/// The processor's clock in hertz.
pub const CORE_HZ: u32 = 16_000_000;

bluekernel::interrupts! { 82; PORT0 = 6, PORT1 = 7, TIM2 = 28 }
bluekernel::time_driver!(
    Stm32Timer,
    base = 0x4000_0000,
    irq = TIM2,
    rcc = 0x4002_3800,
    enable = 0,
    clock_hz = 16_000_000,
    hz = 1_000_000
);
