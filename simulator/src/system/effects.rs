//! What follows from what a device has done: interrupt lines, events, clocks, other devices.

use super::{LineChange, Sent, System, Wire};
use crate::clock::Picoseconds;
use crate::devices::{AnyDevice, CORE_CLOCK, ClockChange, Context, Effects, Gate, MemoryChange, ResetCause, Signal};
use crate::events::Owner;

/// What came of a call of a device.
pub(super) struct Called<R> {
    pub(super) result: R,
    /// It met something that it does not model.
    pub(super) unmodelled: bool,
    /// The access fails.
    pub(super) bus_error: bool,
}

impl System {
    /// Calls a device and follows up on what it did. `None` without a model.
    pub(super) fn call<R>(
        &mut self,
        owner: Owner,
        now: Picoseconds,
        call: impl FnOnce(&mut AnyDevice, &mut Context<'_>) -> R,
    ) -> Option<Called<R>> {
        let slot = self.slots.get_mut(usize::from(owner))?;
        let device = slot.device.as_mut()?;
        let mut effects = Effects::default();
        let result = call(device, &mut Context::new(now, &slot.clock, &mut effects));
        if let Some(stream) = slot.stream.filter(|_| !effects.transmitted.is_empty()) {
            self.sent.push(Sent { stream, bytes: std::mem::take(&mut effects.transmitted) });
        }
        let called = Called { result, unmodelled: effects.unmodelled, bus_error: effects.bus_error };
        self.follow_up(owner, now);
        self.spread(owner, now, effects);
        Some(called)
    }

    /// Brings a device's interrupt lines and its event up to date.
    pub(super) fn follow_up(&mut self, owner: Owner, now: Picoseconds) {
        let Some(slot) = self.slots.get_mut(usize::from(owner)) else { return };
        let Some(device) = slot.device.as_ref().map(AnyDevice::device) else { return };
        let lines = device.lines();
        // A clock that stands still has its next tick at the end of time.
        let deadline = device.deadline(&slot.clock).filter(|at| *at != Picoseconds::MAX);
        let changed = std::mem::replace(&mut slot.lines, lines) ^ lines;
        self.events.set(owner, deadline);
        if deadline.is_some_and(|at| at < self.horizon) {
            self.attention = true;
        }
        if changed != 0 {
            // The interrupt controller may be called on the way, so nothing of the slot is held.
            for place in 0..self.slots[usize::from(owner)].wires.len() {
                let (line, wire) = self.slots[usize::from(owner)].wires[place];
                if changed >> line & 1 != 0 {
                    self.drive(wire, lines >> line & 1 != 0, now);
                }
            }
        }
    }

    /// An output has changed.
    fn drive(&mut self, wire: Wire, level: bool, now: Picoseconds) {
        let irq = match wire {
            Wire::Core { core, irq } => return self.change_line(LineChange { core: Some(core), irq, level, at: now }),
            Wire::Irq(irq) => irq,
        };
        let holders = &mut self.levels[usize::from(irq)];
        let before = *holders;
        *holders = if level { before + 1 } else { before.saturating_sub(1) };
        if (before == 0) == (*holders == 0) {
            return;
        }
        match self.controller {
            Some(owner) => {
                self.call(owner, now, |device, context| device.device_mut().source(irq, level, context));
            }
            None => self.change_line(LineChange { core: None, irq, level, at: now }),
        }
    }

    fn change_line(&mut self, change: LineChange) {
        self.changes.push_back(change);
        self.attention = true;
    }

    /// Carries to the rest of the chip what reaches beyond the device.
    fn spread(&mut self, owner: Owner, now: Picoseconds, effects: Effects) {
        for change in effects.clocks {
            self.change_clock(now, change);
        }
        for (gate, state) in effects.gates {
            self.change_gate(now, gate, state);
        }
        for signal in effects.signals {
            self.tell(Some(owner), now, signal);
        }
        if !effects.memory.is_empty() {
            let pristine = self.slots[usize::from(owner)].pristine.as_mut();
            let options = effects.memory.iter().rev().find_map(|change| match change {
                MemoryChange::Options { bytes } => Some(bytes),
                _ => None,
            });
            if let (Some(device), Some(bytes)) = (pristine, options) {
                device.device_mut().load_options(bytes);
            }
            self.memory_changes.extend(effects.memory);
            self.attention = true;
        }
        if effects.stall_until.is_some() {
            self.stall_until = self.stall_until.max(effects.stall_until);
            self.attention = true;
        }
        if effects.hold_until.is_some() {
            self.hold_until = self.hold_until.max(effects.hold_until);
            self.attention = true;
        }
        if effects.waits {
            (self.waits_changed, self.attention) = (true, true);
        }
        if effects.reset.is_some() {
            self.reset_requested = effects.reset;
            self.attention = true;
        }
        if effects.exit.is_some() {
            self.exit_requested = effects.exit;
            self.attention = true;
        }
    }

    pub(super) fn change_clock(&mut self, now: Picoseconds, change: ClockChange) {
        let ClockChange { name, numerator, denominator } = change;
        if self.rates.insert(name.to_owned(), (numerator, denominator)) == Some((numerator, denominator)) {
            return;
        }
        // The instruction that crossed the horizon has gone on with the old clock: what it has counted stays counted.
        let now = now.max(self.reached);
        if name == CORE_CLOCK {
            self.clock.rebase(now, numerator, denominator);
            // The horizon was reckoned in cycles of the old length.
            self.attention = true;
        }
        for owner in 0..self.slots.len() {
            let slot = &mut self.slots[owner];
            if slot.source == name && slot.clocked {
                slot.clock.rebase(now, numerator, denominator);
                self.follow_up(owner as Owner, now);
            }
        }
    }

    pub(super) fn change_gate(&mut self, now: Picoseconds, gate: u16, state: Gate) {
        for owner in 0..self.slots.len() {
            let slot = &mut self.slots[owner];
            if slot.gate != Some(gate) {
                continue;
            }
            match state {
                Gate::Reset => {
                    self.reset_device(owner as Owner, now, ResetCause::Peripheral);
                    continue;
                }
                Gate::Open if slot.clocked => continue,
                Gate::Open => {
                    slot.clocked = true;
                    let (numerator, denominator) = self.rates.get(&slot.source).copied().unwrap_or((1, 1));
                    slot.clock.rebase(now, numerator, denominator);
                }
                Gate::Closed if !slot.clocked => continue,
                Gate::Closed => {
                    slot.clocked = false;
                    slot.clock.stop(now);
                }
            }
            self.follow_up(owner as Owner, now);
        }
    }

    /// Puts one device in its reset state.
    pub(super) fn reset_device(&mut self, owner: Owner, now: Picoseconds, cause: ResetCause) {
        if let Some(pristine) = self.slots[usize::from(owner)].pristine.clone() {
            self.call(owner, now, |device, context| device.reset(&pristine, cause, context));
        }
    }

    /// Tells all devices that listen, but not the one that speaks.
    pub(super) fn tell(&mut self, teller: Option<Owner>, now: Picoseconds, signal: Signal) {
        for owner in 0..self.slots.len() as Owner {
            let device = self.slots[usize::from(owner)].device.as_ref();
            if Some(owner) != teller && device.is_some_and(|device| device.device().listens(signal)) {
                self.call(owner, now, |device, context| device.device_mut().hear(signal, context));
            }
        }
    }
}
