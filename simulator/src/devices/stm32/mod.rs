//! Peripherals of ST's STM32F4. "RM" is the reference manual RM0090 rev 19, which covers the STM32F405 to F439, "DS" the
//! data sheet of the STM32F405 and F407, DocID022152 rev 8.

mod dbgmcu;
mod exti;
mod flash;
mod gpio;
mod iwdg;
mod pwr;
mod rcc;
mod signature;
mod syscfg;
mod timer;
mod usart;

pub use dbgmcu::Stm32Dbgmcu;
pub use exti::Stm32Exti;
pub use flash::Stm32f4Flash;
pub use gpio::Stm32Gpio;
pub use iwdg::Stm32Iwdg;
pub use pwr::Stm32f4Pwr;
pub use rcc::Stm32f4Rcc;
pub use signature::Stm32Signature;
pub(super) use signature::fnv_1a;
pub use syscfg::Stm32f4Syscfg;
pub use timer::Stm32Timer;
pub use usart::Stm32Usart;
