//! The system behind the core: the address map, the devices in it, their events and their interrupt lines.

mod effects;
mod ledger;
mod map;
mod reset;
mod saved;
#[cfg(test)]
mod tests;

pub use ledger::Ledger;
pub use map::{SystemError, build};

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

use bksim_protocol::message::{Unmodelled, UnmodelledAccess};
use serde::{Deserialize, Serialize};

use crate::bus::{Access, Bus, BusError};
use crate::clock::{ClockDomain, Picoseconds};
use crate::cpu::WaitRegion;
use crate::devices::{AnyDevice, Device, MemoryChange, NarrowStore, Protection, ResetCause, Signal};
use crate::events::{EventQueue, Owner};

/// A peripheral of the board: where it is, and the model if there is one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Slot {
    name: String,
    base: u32,
    size: u32,
    device: Option<AnyDevice>,
    /// The model in its reset state.
    pristine: Option<AnyDevice>,
    /// The clock that drives it, where that comes from, and whether it is let through.
    clock: ClockDomain,
    source: String,
    clocked: bool,
    /// What lets it through.
    gate: Option<u16>,
    /// (output of the device, what it leads to) pairs.
    wires: Vec<(u8, Wire)>,
    /// The data stream of a UART.
    stream: Option<u8>,
    /// The outputs as they were last seen.
    lines: u32,
}

/// What an output of a device leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Wire {
    /// An interrupt by its number in the chip's file, maybe shared with other outputs: an external interrupt of the cores,
    /// or a source of the interrupt controller if that is a device.
    Irq(u16),
    /// A line into one core, past the interrupt controller or out of it.
    Core {
        /// Which core.
        core: u8,
        /// As [`crate::cpu::Core::set_irq`] numbers it.
        irq: u16,
    },
}

/// A change of an interrupt line into the cores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineChange {
    /// The core that it leads to; `None` for an external interrupt that reaches all of them.
    pub core: Option<u8>,
    /// The line, as [`crate::cpu::Core::set_irq`] numbers it.
    pub irq: u16,
    /// Its level now.
    pub level: bool,
    /// When it changed.
    pub at: Picoseconds,
}

/// Bytes that left a device, and when the last of them did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// The frequencies of the chip's clocks by name: numerator and denominator of hertz.
    rates: BTreeMap<String, (u64, u64)>,
    slots: Vec<Slot>,
    flash: Vec<FlashWindow>,
    memory_changes: Vec<MemoryChange>,
    stall_until: Option<Picoseconds>,
    hold_until: Option<Picoseconds>,
    waits_changed: bool,
    reset_requested: Option<ResetCause>,
    exit_requested: Option<i32>,
    events: EventQueue,
    /// How many outputs hold each interrupt up: lines are shared, as the overrun interrupt of the UARTs.
    levels: Vec<u16>,
    /// The device that interrupts go to, if they do not go to the cores.
    controller: Option<Owner>,
    /// Where firmware expects peripherals: an address here that the board does not name counts as not modelled; anywhere
    /// else it is a bus fault.
    peripheral_region: Range<u32>,
    changes: VecDeque<LineChange>,
    ledger: Ledger,
    /// An access stopped the run by [`Unmodelled::Fail`].
    refused: Option<UnmodelledAccess>,
    attention: bool,
    /// Whose accesses come.
    core: u8,
    /// The core was told to run until here.
    horizon: Picoseconds,
    /// The core has got here.
    reached: Picoseconds,
    sent: Vec<Sent>,
}

impl System {
    /// The core's clock.
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
        self.reached = self.reached.max(now);
        while let Some((time, owner)) = self.events.pop_due(now) {
            self.call(owner, time, |device, context| device.device_mut().fire(context));
        }
    }

    /// The changes of interrupt lines since the last call, in order.
    pub fn take_changes(&mut self) -> Vec<LineChange> {
        self.changes.drain(..).collect()
    }

    /// The first of them.
    pub fn take_change(&mut self) -> Option<LineChange> {
        self.changes.pop_front()
    }

    /// The changes of memory since the last call, in order. Whoever has the memory makes them.
    pub fn take_memory_changes(&mut self) -> Vec<MemoryChange> {
        std::mem::take(&mut self.memory_changes)
    }

    /// Until when the core cannot fetch from the memory that has changed.
    pub fn take_stall(&mut self) -> Option<Picoseconds> {
        self.stall_until.take()
    }

    /// Until when the bus does not complete the access that was made last.
    pub fn take_hold(&mut self) -> Option<Picoseconds> {
        self.hold_until.take()
    }

    /// Whether what [`System::waits`] says may have changed since the last call.
    pub fn take_waits_changed(&mut self) -> bool {
        std::mem::take(&mut self.waits_changed)
    }

    /// Where instruction fetches have to wait, and how long.
    #[must_use]
    pub fn waits(&self) -> Vec<WaitRegion> {
        let of = |window: &FlashWindow| {
            let waits = self.slots[usize::from(window.owner)].device.as_ref()?.device().fetch_waits()?;
            Some(WaitRegion { base: window.base, size: window.size, waits })
        };
        self.flash.iter().filter_map(of).collect()
    }

    /// The chip's option bytes, if it has a model of what programs them.
    #[must_use]
    pub fn options(&self) -> Option<Vec<u8>> {
        self.devices().find_map(Device::options)
    }

    /// Brings back option bytes that outlived an earlier machine; the devices are in their reset state.
    pub fn load_options(&mut self, bytes: &[u8]) {
        for device in self.slots.iter_mut().flat_map(|slot| slot.device.iter_mut().chain(&mut slot.pristine)) {
            device.device_mut().load_options(bytes);
        }
    }

    /// Whom the chip's flash memory is closed to.
    #[must_use]
    pub fn protection(&self) -> Protection {
        self.devices().map(Device::protection).find(|it| *it != Protection::Open).unwrap_or_default()
    }

    /// Whether there is flash memory at an address that a controller programs.
    #[must_use]
    pub fn is_flash(&self, address: u32) -> bool {
        self.flash_window(address).is_some()
    }

    fn flash_window(&self, address: u32) -> Option<&FlashWindow> {
        self.flash.iter().find(|window| address.wrapping_sub(window.base) < window.size)
    }

    fn devices(&self) -> impl Iterator<Item = &dyn Device> {
        self.slots.iter().filter_map(|slot| slot.device.as_ref()).map(AnyDevice::device)
    }

    /// Why a device asks for a reset of the chip, if one does.
    pub fn take_reset_request(&mut self) -> Option<ResetCause> {
        self.reset_requested.take()
    }

    /// The exit code with which firmware ends the simulation, if it does.
    pub fn take_exit_request(&mut self) -> Option<i32> {
        self.exit_requested.take()
    }

    /// Lets somebody who is not the firmware make an access: it is not listed as one that is not modelled.
    pub fn unlisted<R>(&mut self, access: impl FnOnce(&mut Self) -> R) -> R {
        let ledger = std::mem::replace(&mut self.ledger, Ledger::new(Unmodelled::Allow));
        let result = access(self);
        self.ledger = ledger;
        result
    }

    /// Bytes that left devices since the last call, in order.
    pub fn take_sent(&mut self) -> Vec<Sent> {
        std::mem::take(&mut self.sent)
    }

    /// The same, left where they are.
    #[must_use]
    pub fn sent(&self) -> &[Sent] {
        &self.sent
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
            .is_some_and(|called| called.result)
    }

    /// Whether bytes from outside could raise an interrupt.
    #[must_use]
    pub fn input_can_wake(&self) -> bool {
        self.slots.iter().filter_map(|slot| slot.device.as_ref()).any(|device| device.device().input_can_wake())
    }

    /// The world outside drives a pin, or lets go of it with `None`; port 0 is port A.
    pub fn drive_pin(&mut self, port: u8, pin: u8, level: Option<bool>, now: Picoseconds) {
        self.tell(None, now, Signal::Drive { port, pin, level });
    }

    /// The level of a pin, whoever drives it; `None` if the chip has no such pin.
    #[must_use]
    pub fn pin_level(&self, port: u8, pin: u8) -> Option<bool> {
        self.slots.iter().find_map(|slot| slot.device.as_ref()?.device().pin_level(port, pin))
    }

    /// The core has stopped for good: lets out what is on its way to the wires.
    pub fn flush(&mut self, now: Picoseconds) {
        for owner in 0..self.slots.len() {
            self.call(owner as Owner, now, |device, context| device.device_mut().flush(context));
        }
    }

    /// The peripheral that an address lies in. The slots are sorted by base and do not overlap.
    fn find(&self, address: u32) -> Option<Owner> {
        let index = self.slots.partition_point(|slot| slot.base <= address).checked_sub(1)?;
        let slot = &self.slots[index];
        (address - slot.base < slot.size).then_some(index as Owner)
    }

    fn note(&mut self, access: Access, write: bool, owner: Option<Owner>) {
        let peripheral = owner.map(|owner| self.slots[usize::from(owner)].name.clone());
        self.note_as(access, write, peripheral);
    }

    fn note_as(&mut self, access: Access, write: bool, peripheral: Option<String>) {
        if let Some(refused) = self.ledger.note(access.address, access.pc, write, peripheral) {
            self.refused.get_or_insert(refused);
            self.attention = true;
        }
    }

    /// An access; a load gives the whole word, `value` is what a store of the access's size writes.
    fn access(&mut self, access: Access, value: Option<u32>) -> Result<u32, BusError> {
        let write = value.is_some();
        let Some(owner) = self.find(access.address) else {
            if !self.peripheral_region.contains(&access.address) {
                return Err(BusError);
            }
            self.note(access, write, None);
            return Ok(0);
        };
        let slot = &self.slots[usize::from(owner)];
        if !slot.clocked {
            let name = format!("{}, whose clock is off", slot.name);
            self.note_as(access, write, Some(name));
            return Ok(0);
        }
        let (base, narrow) = (slot.base, slot.device.as_ref().map(|device| device.device().narrow_store()));
        let (value, lanes) = value.map_or((None, lanes(access)), |value| {
            let (value, lanes) = widen(access, value, narrow.unwrap_or_default());
            (Some(value), lanes)
        });
        let now = self.clock.time_of(access.cycle);
        // An instruction that crosses the horizon may look at a device whose deadline has just passed.
        if self.events.next_time().is_some_and(|due| due <= now) {
            self.advance(now);
        }
        let (offset, core) = ((access.address - base) & !3, self.core);
        let called = self.call(owner, now, |device, context| {
            (context.core, context.lanes) = (core, lanes);
            match value {
                Some(value) => {
                    device.device_mut().write(offset, value, context);
                    0
                }
                None => device.device_mut().read(offset, context),
            }
        });
        if called.as_ref().is_none_or(|called| called.unmodelled) {
            self.note(access, write, Some(owner));
        }
        match called {
            Some(called) if called.bus_error => Err(BusError),
            Some(called) => Ok(called.result),
            None => Ok(0),
        }
    }

    /// A store to flash memory, if there is somebody who programs it.
    fn program(&mut self, access: Access, value: u32) -> Option<Result<(), BusError>> {
        let window = self.flash_window(access.address)?;
        let (owner, address) = (window.owner, access.address - window.base + window.home);
        let now = self.clock.time_of(access.cycle);
        if self.events.next_time().is_some_and(|due| due <= now) {
            self.advance(now);
        }
        let called = self.call(owner, now, |device, context| {
            device.device_mut().program(address, access.size, value, context);
        })?;
        if called.unmodelled {
            self.note(access, true, Some(owner));
        }
        Some(if called.bus_error { Err(BusError) } else { Ok(()) })
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

    fn write(&mut self, access: Access, value: u32) -> Result<(), BusError> {
        match self.program(access, value) {
            Some(result) => result,
            None => self.access(access, Some(value)).map(|_| ()),
        }
    }

    fn take_attention(&mut self) -> bool {
        std::mem::take(&mut self.attention)
    }

    fn grant(&mut self, core: u8) {
        self.core = core;
    }
}

/// A range of addresses at which flash memory appears.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct FlashWindow {
    base: u32,
    size: u32,
    /// The first address of the memory itself.
    home: u32,
    /// Its controller.
    owner: Owner,
}

/// The bits of the register that an access is about.
fn lanes(access: Access) -> u32 {
    let mask = match access.size {
        1 => 0xFF,
        2 => 0xFFFF,
        _ => return u32::MAX,
    };
    mask << (8 * (access.address & 3))
}

/// What a store writes to the whole register, and to which of its bits.
fn widen(access: Access, value: u32, narrow: NarrowStore) -> (u32, u32) {
    let (lanes, shift) = (lanes(access), 8 * (access.address & 3));
    if lanes == u32::MAX {
        return (value, lanes);
    }
    let mask = lanes >> shift;
    let value = value & mask;
    match narrow {
        NarrowStore::Zeros => (value << shift, u32::MAX),
        NarrowStore::Repeat => (value * (u32::MAX / mask), u32::MAX),
        NarrowStore::Lanes => (value << shift, lanes),
    }
}
