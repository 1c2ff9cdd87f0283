//! Peripherals of Nordic's nRF51 series. "RM" is the nRF51 Series Reference Manual 3.0, "PS" the nRF51822 Product
//! Specification 3.1.
//!
//! A peripheral has tasks, which are triggered by writing 1, events, which are cleared by writing 0, and registers (RM 10).
//! What would let an event of one trigger a task of another, the PPI, is not modelled.

mod clock;
mod events;
mod gpio;
mod information;
mod nvmc;
mod rng;
mod rtc;
mod timer;
mod uart;

pub use clock::Nrf51Clock;
pub use gpio::Nrf51Gpio;
pub use information::Nrf51Information;
pub use nvmc::Nrf51Nvmc;
pub use rng::Nrf51Rng;
pub use rtc::Nrf51Rtc;
pub use timer::Nrf51Timer;
pub use uart::Nrf51Uart;

/// What triggers a task.
const TRIGGER: u32 = 1;
