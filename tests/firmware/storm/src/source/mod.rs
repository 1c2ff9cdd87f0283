//! Where the interrupts come from: a timer at random, and two that its handler makes pending.
#![expect(unsafe_code, reason = "registers of the timer; states of handlers")]

#[cfg_attr(feature = "microbit", path = "nrf51.rs")]
#[cfg_attr(any(target_arch = "riscv32", target_arch = "riscv64"), path = "shared.rs")]
#[cfg_attr(feature = "systick", path = "cmsdk.rs")]
#[cfg_attr(
    not(any(feature = "microbit", feature = "systick", target_arch = "riscv32", target_arch = "riscv64")),
    path = "systick.rs"
)]
mod timer;

use crate::board::Interrupt;
use crate::random::Random;
use crate::{OVER, Settings, handled, strike};
use bluekernel::interrupt;
use core::cell::UnsafeCell;

/// Priorities of the three. The alarm's is 0, the most important.
const LESS: u8 = 0xc0;
const TIMER: u8 = 0x80;
const MORE: u8 = 0x40;

/// Cycles from one interrupt of the timer to the next: so few that handlers often wait for handlers, and on average so many
/// that the least important task gets on. A Cortex-M0 needs more for the same.
const SHORTEST: u32 = 300;
const SPREAD: u32 = if cfg!(feature = "microbit") { 16_000 } else { 9_000 };

/// A handler's own numbers.
struct Own(UnsafeCell<Option<Random>>);

// SAFETY: each static of this type is used by one handler, which does not interrupt itself.
unsafe impl Sync for Own {}

impl Own {
    const fn new() -> Self {
        Self(UnsafeCell::new(None))
    }

    /// # Safety
    /// Called by the one handler that this belongs to, and not inside of `f`.
    unsafe fn with<R>(&self, context: u32, f: impl FnOnce(&mut Random) -> R) -> R {
        // SAFETY: the caller's.
        f(unsafe { &mut *self.0.get() }.get_or_insert_with(|| Random::new(context)))
    }
}

/// Sets priorities. In `main`.
pub fn prepare() {
    timer::prepare(TIMER);
    interrupt::set_priority(Interrupt::PORT0 as u16, LESS);
    interrupt::set_priority(Interrupt::PORT1 as u16, MORE);
    Interrupt::PORT0.enable();
    Interrupt::PORT1.enable();
}

/// The storm begins.
pub fn start() {
    timer::next(SHORTEST);
}

/// The timer's handler.
///
/// # Safety
/// Called by that handler alone.
pub unsafe fn ran_off() {
    static OWN: Own = Own::new();
    // SAFETY: the one handler.
    unsafe {
        OWN.with(1, |random| {
            if handled() >= Settings::read().interrupts {
                timer::stop();
                let _ = OVER.give();
                return;
            }
            timer::next(SHORTEST + random.below(SPREAD));
            // Before, in between, and behind what this one does itself.
            let which = random.below(8);
            if which & 1 != 0 {
                interrupt::pend(Interrupt::PORT0 as u16);
            }
            if which & 2 != 0 {
                interrupt::pend(Interrupt::PORT1 as u16);
            }
            strike(0, random);
            if which & 4 != 0 {
                interrupt::pend(Interrupt::PORT1 as u16);
            }
        });
    }
}

#[bluekernel::interrupt]
fn PORT0() {
    static OWN: Own = Own::new();
    // SAFETY: the one handler.
    unsafe { OWN.with(2, |random| strike(1, random)) };
}

#[bluekernel::interrupt]
fn PORT1() {
    static OWN: Own = Own::new();
    // SAFETY: the one handler.
    unsafe { OWN.with(3, |random| strike(2, random)) };
}
