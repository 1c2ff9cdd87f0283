//! Peripherals of ST's STM32F4. "RM" is the reference manual RM0090 rev 19, which covers the STM32F405 to F439.

mod exti;
mod flash;
mod gpio;
mod timer;
mod usart;

pub use exti::Stm32Exti;
pub use flash::Stm32f4Flash;
pub use gpio::Stm32Gpio;
pub use timer::Stm32Timer;
pub use usart::Stm32Usart;
