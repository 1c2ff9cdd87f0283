//! The timer of the RISC-V privileged architecture (Priv 3.2.1) as a clock: mtime counts, mtimecmp is the alarm. Both have
//! 64 bits, so nothing is kept in software but where the kernel's time began.
//!
//! They are a hart's own: the alarm is the machine timer interrupt, pending while mtime is not below mtimecmp.
#![expect(unsafe_code, reason = "registers of the timer")]

use super::TimeDriver;
use core::cell::Cell;

/// The clock of mtime and mtimecmp.
pub struct Mtime {
    mtime: usize,
    mtimecmp: usize,
    /// mtime at the start; 0 before it.
    start: Cell<u64>,
}

// SAFETY: `start` is written by `start` alone, once, in start context.
unsafe impl Sync for Mtime {}

impl Mtime {
    /// Offset of the first hart's mtimecmp in a CLINT, where chips and emulators have it.
    pub const CLINT_MTIMECMP: usize = 0x4000;
    /// Offset of mtime in a CLINT.
    pub const CLINT_MTIME: usize = 0xbff8;

    /// The timer whose registers are at these addresses.
    ///
    /// # Safety
    /// They are, nobody else uses them, and the driver is called under the kernel's mask.
    #[must_use]
    pub const unsafe fn new(mtime: usize, mtimecmp: usize) -> Self {
        Self { mtime, mtimecmp, start: Cell::new(0) }
    }

    /// mtime. Its upper half may change between two loads.
    #[cfg(not(target_pointer_width = "64"))]
    #[inline(always)]
    fn read(&self) -> u64 {
        let (low, high) = (self.mtime as *const u32, (self.mtime + 4) as *const u32);
        loop {
            // SAFETY: by the contract of `new` these are the two halves; reading has no side effect.
            let (before, count, behind) = unsafe { (high.read_volatile(), low.read_volatile(), high.read_volatile()) };
            if before == behind {
                return u64::from(before) << 32 | u64::from(count);
            }
        }
    }

    /// mtime.
    #[cfg(target_pointer_width = "64")]
    #[inline(always)]
    fn read(&self) -> u64 {
        // SAFETY: by the contract of `new` this is the register; reading has no side effect.
        unsafe { (self.mtime as *const u64).read_volatile() }
    }

    /// Sets mtimecmp, whose value on the way is neither earlier than the old one nor than the new one.
    #[cfg(not(target_pointer_width = "64"))]
    #[inline(always)]
    fn compare_with(&self, at: u64) {
        let (low, high) = (self.mtimecmp as *mut u32, (self.mtimecmp + 4) as *mut u32);
        // SAFETY: by the contract of `new` these are the two halves.
        unsafe {
            high.write_volatile(u32::MAX);
            low.write_volatile(at as u32);
            high.write_volatile((at >> 32) as u32);
        }
    }

    /// Sets mtimecmp.
    #[cfg(target_pointer_width = "64")]
    #[inline(always)]
    fn compare_with(&self, at: u64) {
        // SAFETY: by the contract of `new` this is the register.
        unsafe { (self.mtimecmp as *mut u64).write_volatile(at) }
    }
}

impl TimeDriver for Mtime {
    fn reset(&self) {
        self.compare_with(u64::MAX);
    }

    fn start(&self) {
        // mtime counts since power came, and 0 is kept for "before the start".
        let mut now = self.read();
        while now == 0 {
            now = self.read();
        }
        self.start.set(now);
        #[cfg(all(any(target_arch = "riscv32", target_arch = "riscv64"), target_os = "none"))]
        crate::riscv::enable_timer();
    }

    #[inline(always)]
    fn now(&self) -> u64 {
        let start = self.start.get();
        if start == 0 { 0 } else { self.read() - start }
    }

    #[inline]
    fn set_alarm(&self, at: u64) {
        self.compare_with(self.start.get().saturating_add(at));
    }

    fn acknowledge(&self) {
        // The request ends when the next alarm is set. Until the handler returns it is not listened to.
    }
}

#[cfg(test)]
mod tests {
    use super::Mtime;
    use crate::time::TimeDriver;
    use core::sync::atomic::{AtomicU64, Ordering};
    use std::boxed::Box;

    /// mtime and mtimecmp.
    fn registers() -> &'static [AtomicU64; 2] {
        Box::leak(Box::new([const { AtomicU64::new(0) }; 2]))
    }

    fn timer(registers: &'static [AtomicU64; 2]) -> Mtime {
        let [mtime, mtimecmp] = registers.each_ref().map(|register| register.as_ptr().expose_provenance());
        // SAFETY: memory that nobody else touches.
        unsafe { Mtime::new(mtime, mtimecmp) }
    }

    #[test]
    fn it_stands_at_nought_until_it_is_started() {
        let registers = registers();
        let timer = timer(registers);
        timer.reset();
        assert_eq!(registers[1].load(Ordering::Relaxed), u64::MAX);
        registers[0].store(1_000, Ordering::Relaxed);
        assert_eq!(timer.now(), 0);
        timer.start();
        assert_eq!(timer.now(), 0);
        registers[0].store(1_000 + (1 << 40), Ordering::Relaxed);
        assert_eq!(timer.now(), 1 << 40);
    }

    #[test]
    fn an_alarm_counts_from_the_start_and_none_is_the_end_of_time() {
        let registers = registers();
        let timer = timer(registers);
        timer.reset();
        registers[0].store(77, Ordering::Relaxed);
        timer.start();
        timer.set_alarm(1 << 33);
        assert_eq!(registers[1].load(Ordering::Relaxed), 77 + (1 << 33));
        timer.set_alarm(u64::MAX);
        assert_eq!(registers[1].load(Ordering::Relaxed), u64::MAX);
    }
}
