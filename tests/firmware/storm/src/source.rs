//! Where the interrupts come from: SysTick at random, and two that it makes pending.
#![expect(unsafe_code, reason = "registers of SysTick and its priority; states of handlers")]

use crate::board::Interrupt;
use crate::random::Random;
use crate::{OVER, Settings, handled, strike};
use bluekernel::interrupt;
use core::cell::UnsafeCell;

/// SysTick Control and Status, Reload Value, Current Value (Armv7-M ARM, B3.3.3 to B3.3.5).
const CSR: *mut u32 = 0xe000_e010 as *mut u32;
const RVR: *mut u32 = 0xe000_e014 as *mut u32;
const CVR: *mut u32 = 0xe000_e018 as *mut u32;
/// System Handler Priority Register 3 (B3.2.12): SysTick in bits 24..32.
const SHPR3: *mut u32 = 0xe000_ed20 as *mut u32;
/// CSR: processor clock, interrupt, enable.
const RUN: u32 = 0b111;

/// Priorities of the three. The alarm's is 0, the most important.
const LESS: u8 = 0xc0;
const TIMER: u8 = 0x80;
const MORE: u8 = 0x40;

/// Cycles from one interrupt of the timer to the next: so few that handlers often wait for handlers, and on average so many
/// that the least important task gets on.
const SHORTEST: u32 = 300;
const SPREAD: u32 = 7_200;

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
    // SAFETY: the firmware's own SysTick; the kernel's time is another timer's here.
    unsafe { SHPR3.write_volatile(SHPR3.read_volatile() & 0x00ff_ffff | u32::from(TIMER) << 24) };
    interrupt::set_priority(Interrupt::PORT0 as u16, LESS);
    interrupt::set_priority(Interrupt::PORT1 as u16, MORE);
    Interrupt::PORT0.enable();
    Interrupt::PORT1.enable();
}

/// The storm begins.
pub fn start() {
    // SAFETY: as above.
    unsafe {
        RVR.write_volatile(SHORTEST);
        CVR.write_volatile(0);
        CSR.write_volatile(RUN);
    }
}

#[unsafe(no_mangle)]
extern "C" fn SysTick() {
    static OWN: Own = Own::new();
    // SAFETY: the one handler.
    unsafe {
        OWN.with(1, |random| {
            if handled() >= Settings::read().interrupts {
                CSR.write_volatile(0);
                let _ = OVER.give();
                return;
            }
            RVR.write_volatile(SHORTEST + random.below(SPREAD));
            CVR.write_volatile(0);
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
