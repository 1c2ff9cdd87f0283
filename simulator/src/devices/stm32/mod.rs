//! ST's peripherals, one a file. Section numbers are those of the reference manual RM0090 rev 19 unless another is named.

mod flash;

pub use flash::Stm32f4Flash;
