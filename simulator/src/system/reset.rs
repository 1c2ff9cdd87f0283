//! A reset of the chip behind the core.

use super::System;
use crate::clock::Picoseconds;
use crate::devices::ResetCause;
use crate::events::Owner;

impl System {
    /// Puts every device in its reset state, but for what outlives a reset of this cause; the clock controller brings
    /// clocks and gates to what they are then. Time goes on, and so do the ticks of all clocks.
    pub fn reset(&mut self, now: Picoseconds, cause: ResetCause) {
        let controller = self.controller;
        let others = (0..self.slots.len() as Owner).filter(|owner| Some(*owner) != controller);
        // The interrupt controller comes last: what was asked for by devices that are in their reset state now, it forgets.
        for owner in others.chain(controller) {
            self.reset_device(owner, now, cause);
        }
        (self.stall_until, self.hold_until, self.reset_requested, self.exit_requested) = (None, None, None, None);
        self.attention = false;
    }
}
