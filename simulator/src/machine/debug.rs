//! The machine as a debugger finds it: its accesses, the reset pin, and what time does while the core stands still.

#[cfg(test)]
mod tests;

use super::{Machine, SLICE};
use crate::clock::{MILLISECOND, Picoseconds};
use crate::devices::ResetCause;
use crate::probe::{Chip, Refused};

/// How much virtual time a batch of a debugger's commands takes while the core stands still. At any other time the core's
/// own run is what takes time. A fixed amount, so that the host's speed, and the debugger's, change nothing; about what
/// one transfer of 46 bits takes on a wire of 4.6 MHz.
pub const BATCH: Picoseconds = MILLISECOND / 100;

impl Machine {
    /// Puts a debug probe to the chip's pins, for good. From now on the machine does what a chip on a desk does: a run
    /// goes on through resets, lockup and endless sleep, since somebody may come and look; a breakpoint without a
    /// debugger is a fault; and RTT is left to whoever reads it by the probe.
    pub fn wire_probe(&mut self) {
        self.probe_wired = true;
        self.core.wire_probe();
        self.rtt.make_passive();
    }

    /// A run begins: whether anything can happen is to be seen anew.
    pub fn begin_run(&mut self) {
        self.still = false;
    }

    /// Whether nothing can happen until the debugger, or somebody else from outside, does something.
    #[must_use]
    pub fn stands_still(&self) -> bool {
        self.still
    }

    /// A system reset: devices and core in their reset state, RAM and time as they are.
    pub(super) fn reset(&mut self, cause: ResetCause) {
        self.poll_rtt(self.now);
        self.rtt.chip_reset();
        self.system.reset(self.now, cause);
        // The lines that fall are down before the interrupt controller looks at them.
        self.deliver();
        self.settle_waits();
        self.core.system_reset();
        self.asleep = false;
        self.reset_wait();
    }

    /// Does what the access of the debugger has asked for beyond itself.
    fn end_access(&mut self) {
        // There is no instruction to stop behind.
        let _ = crate::bus::Bus::take_attention(&mut self.system);
        self.settle_debugger_access();
        // Both are asked, so that both are cleared.
        let core = self.core.take_reset_request().then_some(ResetCause::Software);
        if let Some(cause) = self.system.take_reset_request().or(core) {
            self.reset(cause);
        }
    }

    /// Lets time pass for a core that stands still.
    fn pass(&mut self, span: Picoseconds) {
        let end = self.now.saturating_add(span);
        while self.now < end {
            let next = self.system.next_event().map_or(end, |event| event.clamp(self.now, end));
            self.core.stand_until(self.system.clock().tick_from(next));
            self.now = self.system.clock().time_of(self.core.cycles()).max(next);
            self.system.advance(self.now);
            self.deliver();
            if let Some(cause) = self.system.take_reset_request() {
                self.reset(cause);
            }
        }
        while self.cut <= self.now {
            self.collect(self.cut);
            self.cut += SLICE;
        }
    }
}

impl Chip for Machine {
    fn load(&mut self, address: u32, size: u8) -> Result<u32, Refused> {
        if self.is_closed(address) {
            return Err(Refused);
        }
        let core = &mut self.core;
        let value = self.system.unlisted(|system| core.debugger_read(system, address, size));
        self.end_access();
        value.map_err(|_| Refused)
    }

    fn store(&mut self, address: u32, size: u8, value: u32) -> Result<(), Refused> {
        if self.is_closed(address) {
            return Err(Refused);
        }
        // It may move an offset of RTT: what is there up to it has been seen then.
        self.poll_rtt(self.now);
        let core = &mut self.core;
        let done = self.system.unlisted(|system| core.debugger_write(system, address, size, value));
        self.end_access();
        done.map_err(|_| Refused)
    }

    fn set_reset(&mut self, asserted: bool) {
        if asserted != self.held_in_reset {
            self.held_in_reset = asserted;
            // At the end once more: the vectors are read then.
            self.reset(ResetCause::Pin);
        }
    }

    fn end_batch(&mut self) {
        if self.still || self.held_in_reset || self.core.is_halted() {
            self.pass(BATCH);
        }
        (self.still, self.asleep) = (false, false);
    }
}
