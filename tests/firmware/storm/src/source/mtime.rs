//! The RISC-V boards: QEMU's machine virt and the HiFive1. They have one timer, so the kernel's clock, a driver of its own
//! around the kernel's, rings for the storm as well.
#![expect(unsafe_code, reason = "binds a clock, as the kernel's macro does")]

use bluekernel::__private::{Mtime, TimeDriver};
use core::cell::Cell;

#[cfg(feature = "hifive1")]
mod numbers {
    pub const CORE_HZ: u32 = 16_000_000;
    pub const TIME_HZ: u32 = 32_768;
    bluekernel::interrupts! { 52; PORT0 = 8, PORT1 = 9 }
}
#[cfg(feature = "virt")]
mod numbers {
    pub const CORE_HZ: u32 = 125_000_000;
    pub const TIME_HZ: u32 = 10_000_000;
    bluekernel::interrupts! { 97; PORT0 = 7, PORT1 = 8 }
}

pub use numbers::{CORE_HZ, Interrupt, TIME_HZ};

bluekernel::interrupt_controller!(Plic, base = 0x0c00_0000, clint = 0x0200_0000);

/// The clock that the kernel and the storm share.
pub struct Shared {
    clock: Mtime,
    /// When it rings for the kernel, and for the storm.
    kernel: Cell<u64>,
    storm: Cell<u64>,
}

// SAFETY: used under the kernel's mask, and in handlers, which do not interrupt each other.
unsafe impl Sync for Shared {}

impl Shared {
    /// Rings for the storm in so many ticks; `u64::MAX`: not at all.
    pub fn ring_after(&self, ticks: u64) {
        critical_section::with(|_| {
            self.storm.set(self.now().saturating_add(ticks));
            self.arm();
        });
    }

    fn arm(&self) {
        self.clock.set_alarm(self.kernel.get().min(self.storm.get()));
    }

    /// Whether a moment has come. Then it is gone.
    fn has_come(&self, moment: &Cell<u64>) -> bool {
        let has_come = moment.get() <= self.now();
        if has_come {
            moment.set(u64::MAX);
            self.arm();
        }
        has_come
    }
}

impl TimeDriver for Shared {
    fn reset(&self) {
        self.clock.reset();
    }

    fn start(&self) {
        self.clock.start();
    }

    fn now(&self) -> u64 {
        self.clock.now()
    }

    fn set_alarm(&self, at: u64) {
        self.kernel.set(at);
        self.arm();
    }

    fn acknowledge(&self) {
        self.clock.acknowledge();
    }
}

// SAFETY: the timer's address in QEMU's machine virt and in the FE310-G000 manual; the kernel and the storm call under the
// kernel's mask.
pub static CLOCK: Shared = Shared {
    clock: unsafe { Mtime::new(0x0200_0000 + Mtime::CLINT_MTIME, 0x0200_0000 + Mtime::CLINT_MTIMECMP) },
    kernel: Cell::new(u64::MAX),
    storm: Cell::new(u64::MAX),
};

const _: () = {
    use CLOCK as DRIVER;
    bluekernel::time_driver!(@bind TIME_HZ);
};

#[unsafe(no_mangle)]
extern "C" fn MachineTimer() {
    if CLOCK.has_come(&CLOCK.storm) {
        // SAFETY: the handler.
        unsafe { crate::source::ran_off() };
    }
    if CLOCK.has_come(&CLOCK.kernel) {
        bluekernel::rt::__alarm_interrupt(&CLOCK, 7);
    }
}
