//! A reset of the chip behind the core.

use super::System;
use crate::clock::Picoseconds;
use crate::devices::AnyDevice;
use crate::events::Owner;

impl System {
    /// Puts every device in its reset state and the clocks to what they are then. Time goes on: a counter that runs by
    /// itself shows the time since power came on.
    pub fn reset(&mut self, now: Picoseconds) {
        for owner in 0..self.slots.len() {
            if let Some(pristine) = self.slots[owner].pristine.clone() {
                self.call(owner as Owner, now, |device, context| device.reset(&pristine, context));
            }
            let slot = &mut self.slots[owner];
            if slot.gate.is_some() {
                slot.clocked = false;
                slot.clock.stop(now);
            }
        }
        (self.stall_until, self.hold_until, self.reset_requested) = (None, None, false);
        let clocks = self.slots.iter().find_map(|slot| slot.device.as_ref().map(AnyDevice::device)?.clocks());
        for change in clocks.into_iter().flatten() {
            self.change_clock(now, change);
        }
        for owner in 0..self.slots.len() {
            self.follow_up(owner as Owner, now);
        }
        self.attention = false;
    }
}
