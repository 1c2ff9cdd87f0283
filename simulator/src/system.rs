//! The system behind the core: the address map, the devices in it, their events and their interrupt lines.

mod ledger;
mod map;
#[cfg(test)]
mod tests;

pub use ledger::Ledger;
pub use map::{SystemError, build};

use bksim_protocol::message::{Unmodelled, UnmodelledAccess};
use serde::{Deserialize, Serialize};

use crate::bus::{Access, Bus, BusError};
use crate::clock::{ClockDomain, Picoseconds};
use crate::devices::{AnyDevice, Context, Effects};
use crate::events::{EventQueue, Owner};

/// Where firmware expects peripherals (Armv7-M ARM, table B3-1): an address here that the board does not name counts as
/// not modelled; anywhere else it is a bus fault.
const PERIPHERAL_REGION: std::ops::Range<u32> = 0x4000_0000..0x6000_0000;

/// A peripheral of the board: where it is, and the model if there is one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Slot {
    name: String,
    base: u32,
    size: u32,
    device: Option<AnyDevice>,
    /// (output of the device, external interrupt) pairs.
    wires: Vec<(u8, u16)>,
    /// The data stream of a UART.
    stream: Option<u8>,
    /// The outputs as they were last seen.
    lines: u32,
}

/// A change of an external interrupt line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineChange {
    /// The external interrupt.
    pub irq: u16,
    /// Its level now.
    pub level: bool,
    /// When it changed.
    pub at: Picoseconds,
}

/// Bytes that left a device, and when the last of them did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The data stream.
    pub stream: u8,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// Everything behind the core, as plain data: it clones and serialises.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct System {
    clock: ClockDomain,
    slots: Vec<Slot>,
    events: EventQueue,
    /// How many outputs hold each external interrupt up: lines are shared, as the overrun interrupt of the UARTs.
    levels: Vec<u16>,
    changes: Vec<LineChange>,
    ledger: Ledger,
    /// An access stopped the run by [`Unmodelled::Fail`].
    refused: Option<UnmodelledAccess>,
    attention: bool,
    /// The core was told to run until here.
    horizon: Picoseconds,
    #[serde(skip)]
    sent: Vec<Sent>,
}

impl System {
    /// The core's clock, which drives the peripherals too.
    #[must_use]
    pub fn clock(&self) -> &ClockDomain {
        &self.clock
    }

    /// The next event's time.
    #[must_use]
    pub fn next_event(&self) -> Option<Picoseconds> {
        self.events.next_time()
    }

    /// Tells how far the core is going to run, so that an access that schedules something earlier stops it.
    pub fn set_horizon(&mut self, horizon: Picoseconds) {
        self.horizon = horizon;
    }

    /// Fires every event that is due at `now`.
    pub fn advance(&mut self, now: Picoseconds) {
        while let Some((time, owner)) = self.events.pop_due(now) {
            self.call(owner, time, |device, context| device.device_mut().fire(context));
        }
    }

    /// The changes of interrupt lines since the last call, in order.
    pub fn take_changes(&mut self) -> Vec<LineChange> {
        std::mem::take(&mut self.changes)
    }

    /// Bytes that left devices since the last call, in order.
    pub fn take_sent(&mut self) -> Vec<Sent> {
        std::mem::take(&mut self.sent)
    }

    /// The access that is not modelled and must end the run.
    pub fn take_refused(&mut self) -> Option<UnmodelledAccess> {
        self.refused.take()
    }

    /// What was touched and is not modelled, by address.
    #[must_use]
    pub fn unmodelled(&self) -> Vec<UnmodelledAccess> {
        self.ledger.list()
    }

    /// Hands bytes from outside to the UART of a stream; `false` if there is none.
    pub fn receive(&mut self, stream: u8, bytes: &[u8], now: Picoseconds) -> bool {
        let Some(owner) = self.slots.iter().position(|slot| slot.stream == Some(stream)) else { return false };
        self.call(owner as Owner, now, |device, context| device.device_mut().receive(bytes, context))
            .is_some_and(|taken| taken)
    }

    /// Whether bytes from outside could raise an interrupt.
    #[must_use]
    pub fn input_can_wake(&self) -> bool {
        self.slots.iter().filter_map(|slot| slot.device.as_ref()).any(|device| device.device().input_can_wake())
    }

    /// The core has stopped for good: lets out what is on its way to the wires.
    pub fn flush(&mut self, now: Picoseconds) {
        for owner in 0..self.slots.len() {
            self.call(owner as Owner, now, |device, context| device.device_mut().flush(context));
        }
    }

    /// Calls a device and follows up on what it did: bytes, interrupt lines, its next deadline. `None` without a model.
    fn call<R>(
        &mut self,
        owner: Owner,
        now: Picoseconds,
        call: impl FnOnce(&mut AnyDevice, &mut Context<'_>) -> R,
    ) -> Option<R> {
        let (result, _) = self.call_noting(owner, now, call)?;
        Some(result)
    }

    /// As [`System::call`]; also says whether the device met something that it does not model.
    fn call_noting<R>(
        &mut self,
        owner: Owner,
        now: Picoseconds,
        call: impl FnOnce(&mut AnyDevice, &mut Context<'_>) -> R,
    ) -> Option<(R, bool)> {
        let slot = self.slots.get_mut(usize::from(owner))?;
        let device = slot.device.as_mut()?;
        let mut effects = Effects::default();
        let result = call(device, &mut Context::new(now, &self.clock, &mut effects));
        let lines = device.device().lines();
        let deadline = device.device().deadline(&self.clock);
        if let Some(stream) = slot.stream.filter(|_| !effects.transmitted.is_empty()) {
            self.sent.push(Sent { stream, bytes: effects.transmitted });
        }
        let changed = std::mem::replace(&mut slot.lines, lines) ^ lines;
        if changed != 0 {
            for &(line, irq) in slot.wires.iter().filter(|(line, _)| changed >> line & 1 != 0) {
                let level = &mut self.levels[usize::from(irq)];
                let before = *level;
                *level = if lines >> line & 1 != 0 { before + 1 } else { before.saturating_sub(1) };
                if (before == 0) != (*level == 0) {
                    self.changes.push(LineChange { irq, level: *level != 0, at: now });
                    self.attention = true;
                }
            }
        }
        self.events.set(owner, deadline);
        if deadline.is_some_and(|at| at < self.horizon) {
            self.attention = true;
        }
        Some((result, effects.unmodelled))
    }

    /// The peripheral that an address lies in. The slots are sorted by base and do not overlap.
    fn find(&self, address: u32) -> Option<Owner> {
        let index = self.slots.partition_point(|slot| slot.base <= address).checked_sub(1)?;
        let slot = &self.slots[index];
        (address - slot.base < slot.size).then_some(index as Owner)
    }

    fn note(&mut self, access: Access, write: bool, owner: Option<Owner>) {
        let peripheral = owner.map(|owner| self.slots[usize::from(owner)].name.clone());
        if let Some(refused) = self.ledger.note(access.address, access.pc, write, peripheral) {
            self.refused.get_or_insert(refused);
            self.attention = true;
        }
    }

    /// An access to the whole word; `value` is what a store writes.
    fn access(&mut self, access: Access, value: Option<u32>) -> Result<u32, BusError> {
        let write = value.is_some();
        let Some(owner) = self.find(access.address) else {
            if !PERIPHERAL_REGION.contains(&access.address) {
                return Err(BusError);
            }
            self.note(access, write, None);
            return Ok(0);
        };
        let now = self.clock.time_of(access.cycle);
        // An instruction that crosses the horizon may look at a device whose deadline has just passed.
        if self.events.next_time().is_some_and(|due| due <= now) {
            self.advance(now);
        }
        let offset = (access.address - self.slots[usize::from(owner)].base) & !3;
        let called = self.call_noting(owner, now, |device, context| match value {
            Some(value) => {
                device.device_mut().write(offset, value, context);
                0
            }
            None => device.device_mut().read(offset, context),
        });
        let (result, unmodelled) = called.unwrap_or((0, true));
        if unmodelled {
            self.note(access, write, Some(owner));
        }
        Ok(result)
    }
}

impl Bus for System {
    fn read(&mut self, access: Access) -> Result<u32, BusError> {
        let word = self.access(access, None)?;
        let lane = word >> (8 * (access.address & 3));
        Ok(match access.size {
            1 => lane & 0xFF,
            2 => lane & 0xFFFF,
            _ => lane,
        })
    }

    /// A narrow store writes the register with zeros around it: the APB peripherals here have no byte strobes.
    fn write(&mut self, access: Access, value: u32) -> Result<(), BusError> {
        let value = match access.size {
            1 => (value & 0xFF) << (8 * (access.address & 3)),
            2 => (value & 0xFFFF) << (8 * (access.address & 3)),
            _ => value,
        };
        self.access(access, Some(value)).map(|_| ())
    }

    fn take_attention(&mut self) -> bool {
        std::mem::take(&mut self.attention)
    }
}

impl System {
    fn new(slots: Vec<Slot>, irqs: u16, hertz: u64, unmodelled: Unmodelled) -> Self {
        Self {
            clock: ClockDomain::new(hertz),
            slots,
            events: EventQueue::default(),
            levels: vec![0; usize::from(irqs)],
            changes: Vec::new(),
            ledger: Ledger::new(unmodelled),
            refused: None,
            attention: false,
            horizon: 0,
            sent: Vec::new(),
        }
    }
}
