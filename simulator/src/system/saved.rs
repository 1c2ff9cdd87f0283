//! The system as part of a snapshot.

use bksim_protocol::message::Unmodelled;
use sha2::Sha256;

use super::{Ledger, System};
use crate::cpu::hash_value;

impl System {
    /// Whether another system is that of the same board.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        let place = |system: &Self| -> Vec<(String, u32, u32)> {
            system.slots.iter().map(|slot| (slot.name.clone(), slot.base, slot.size)).collect()
        };
        self.levels.len() == other.levels.len() && place(self) == place(other)
    }

    /// Adds to a hash what decides what is to come: not what was noted for people, nor what only says whose turn it was
    /// and how far that core was told to run.
    pub fn feed(&self, hasher: &mut Sha256) {
        let plain = Self {
            events: self.events.renumbered(),
            ledger: Ledger::new(Unmodelled::Allow),
            sent: Vec::new(),
            attention: false,
            core: 0,
            horizon: 0,
            reached: 0,
            ..self.clone()
        };
        hash_value(hasher, &plain);
    }
}
