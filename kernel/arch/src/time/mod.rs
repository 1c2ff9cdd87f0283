//! Clocks. A [`TimeDriver`] is apart from the port: the board file chooses it.

mod cmsdk;
mod counter;
mod mtime;
mod nrf51;
mod scale;
mod stellaris;
mod stm32;
#[cfg(all(target_arch = "arm", target_os = "none"))]
mod systick;

pub use cmsdk::CmsdkTimer;
pub use mtime::Mtime;
pub use nrf51::Nrf51Timer;
pub use scale::Scale;
pub use stellaris::StellarisTimer;
pub use stm32::Stm32Timer;
#[cfg(all(target_arch = "arm", target_os = "none"))]
pub use systick::SysTick;

/// A clock that never goes back and never wraps, and one alarm.
///
/// All functions but [`TimeDriver::reset`] and [`TimeDriver::start`] are called with the kernel's mask closed.
pub trait TimeDriver {
    /// Sets the clock to 0, where it stands still: `main` may still change the frequency of what drives it. *Pre*: start
    /// context, called once, before any other function.
    fn reset(&self);

    /// Lets the clock go on from 0, without an alarm, and enables the alarm's interrupt. *Pre*: start context, called once.
    fn start(&self);

    /// Ticks since [`TimeDriver::start`]. *Post*: never less than an earlier result.
    fn now(&self) -> u64;

    /// Calls `__bk_alarm` in handler context when [`TimeDriver::now`] is `at` or as soon as possible after it.
    ///
    /// Replaces the alarm set before. `u64::MAX` means none. An alarm may come too early (the counter is narrower than
    /// 64 bits): the kernel looks at the clock and sets it again.
    fn set_alarm(&self, at: u64);

    /// Takes back the interrupt request. *Pre*: first in the alarm's handler.
    fn acknowledge(&self);
}
