//! What devices do to memory and to the core's time there: the machine has both, the devices have neither.
//!
//! How long the core waits for each line of instructions is part of what instructions cost: it changes behind the store that
//! sets it, and with a reset.
//!
//! A flash controller that programs or erases asks for three things. Memory changes, right behind the instruction that
//! asked for it; fetches from flash memory stall until the operation is over; and an access that comes too early holds
//! the bus, and the core with it, until it is accepted.

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::Machine;
use crate::chip::{Chip, ChipError};
use crate::clock::Picoseconds;
use crate::devices::{MemoryChange, Protection};

/// What the core waits for at the flash memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Wait {
    /// Until then its last access is on the bus.
    held_until: Option<Picoseconds>,
    /// Until then it can fetch nothing from flash memory.
    stalled_until: Option<Picoseconds>,
}

impl Wait {
    /// Whether the core was told that it can fetch nothing from flash memory.
    pub(super) fn stalls_fetches(self) -> bool {
        self.stalled_until.is_some()
    }

    /// What of it is still to come at a time.
    pub(super) fn since(self, now: Picoseconds) -> Self {
        Self { held_until: self.held_until.filter(|until| *until > now), ..self }
    }
}

impl Machine {
    /// Whether the chip's read protection keeps a debugger from this address.
    pub(super) fn is_closed(&self, address: u32) -> bool {
        match self.system.protection() {
            Protection::Open => false,
            Protection::Memory => self.system.is_flash(address),
            Protection::Chip => true,
        }
    }

    /// A system reset: it ends what was under way.
    pub(super) fn reset_wait(&mut self) {
        self.wait = Wait::default();
    }

    /// As [`Machine::settle_memory`], behind an access of a debugger: for the bus that it would have held, it waits alone.
    pub(super) fn settle_debugger_access(&mut self) {
        let _ = self.system.take_hold();
        self.settle_memory();
    }

    /// Carries out what devices have done to memory. Whoever lets something access a device calls this right behind it.
    pub(super) fn settle_memory(&mut self) {
        for change in self.system.take_memory_changes() {
            self.change_memory(&change);
        }
        if self.system.take_waits_changed() {
            self.settle_waits();
        }
        if let Some(until) = self.system.take_hold() {
            self.wait.held_until = self.wait.held_until.max(Some(until));
        }
        if let Some(until) = self.system.take_stall() {
            self.wait.stalled_until = self.wait.stalled_until.max(Some(until));
            self.core.stall_fetches(true);
        }
    }

    /// Tells the core where its fetches wait.
    pub(super) fn settle_waits(&mut self) {
        self.core.set_waits(&self.system.waits());
    }

    fn change_memory(&mut self, change: &MemoryChange) {
        let (address, mut bytes) = match change {
            MemoryChange::Program { address, bytes } => {
                // Programming clears bits and sets none.
                let mut now = vec![0; bytes.len()];
                if !self.core.peek(*address, &mut now) {
                    return;
                }
                now.iter_mut().zip(bytes).for_each(|(now, byte)| *now &= byte);
                (*address, now)
            }
            MemoryChange::Erase { address, size } => (*address, vec![0xFF; *size as usize]),
            MemoryChange::Options { bytes } => return self.keep(|chip| chip.write_options(bytes)),
        };
        if let Some(chip) = &self.chip {
            chip.wear(address.into(), &mut bytes);
        }
        if self.core.poke(address, &bytes) {
            self.keep(|chip| chip.write(address.into(), &bytes));
        }
    }

    /// Writes to the chip's files, if there are any, and unless they know it already.
    fn keep(&mut self, write: impl FnOnce(&mut Chip) -> Result<(), ChipError>) {
        if let Some(chip) = self.chip.as_mut().filter(|_| !self.repeats)
            && let Err(error) = write(chip)
        {
            self.chip_failure.get_or_insert(error);
        }
    }

    /// Makes the chip's files what the chip holds now.
    pub(super) fn keep_chip(&mut self) {
        let places = self.chip.as_ref().map_or_else(Vec::new, Chip::places);
        for (base, size) in places {
            let bytes = self.read(base, size);
            self.keep(|chip| chip.write(base, &bytes));
        }
        if let Some(options) = self.system.options() {
            self.keep(|chip| chip.write_options(&options));
        }
    }

    /// Why the chip's files are not what its memory is any more: a run must not go on then.
    pub fn take_chip_failure(&mut self) -> Option<ChipError> {
        self.chip_failure.take()
    }

    /// Lets a core whose last access is still on the bus wait, to `horizon` at most; `false` if it need not.
    pub(super) fn wait_for_bus(&mut self, horizon: Picoseconds) -> bool {
        let Some(until) = self.wait.held_until.filter(|until| *until > self.now) else {
            self.wait.held_until = None;
            return false;
        };
        self.wait_until(until.min(horizon));
        true
    }

    /// The core has come to an instruction in flash memory: lets it wait, to `horizon` at most, or go on. Until it comes
    /// there, the end of an operation is no reason to stop it.
    pub(super) fn wait_for_fetch(&mut self, horizon: Picoseconds) {
        match self.wait.stalled_until.filter(|until| *until > self.now) {
            Some(until) => self.wait_until(until.min(horizon)),
            None => {
                self.wait.stalled_until = None;
                self.core.stall_fetches(false);
            }
        }
    }

    /// Lets the core's clock run without an instruction.
    fn wait_until(&mut self, time: Picoseconds) {
        self.core.stand_until(self.system.clock().tick_from(time));
        self.now = self.system.clock().time_of(self.core.cycles());
    }
}
