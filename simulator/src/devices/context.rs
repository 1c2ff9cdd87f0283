//! What a device sees of the world while it is called, and what it does to it.

use serde::{Deserialize, Serialize};

use crate::clock::{ClockDomain, Picoseconds};

/// What a device sees of the world while it is called, and how it acts on it.
#[derive(Debug)]
pub struct Context<'a> {
    /// The time of the access, or of the deadline that has come.
    pub now: Picoseconds,
    /// The clock that drives the peripheral.
    pub clock: &'a ClockDomain,
    /// The bits of the register that a load asks for, or that a store writes: all, but for a narrow load, and for a narrow
    /// store to a device with [`NarrowStore::Lanes`].
    pub lanes: u32,
    /// The core that makes the access; 0 if it is no access.
    pub core: u8,
    effects: &'a mut Effects,
}

/// What becomes of a store of one or two bytes to a register, which has four.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NarrowStore {
    /// The other bytes are written with zeros, as by a bus without byte strobes.
    #[default]
    Zeros,
    /// The value is repeated over the word, as ST's bridge to the APB does it (RM0090 rev 19, 2.3.3).
    Repeat,
    /// Only the bytes stored are written: see [`Context::lanes`].
    Lanes,
}

/// A connection of a device with another, or with the world outside, that is neither an access nor an interrupt line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// The level of a pin has changed, whoever drives it.
    Pin {
        /// 0 is port A.
        port: u8,
        /// 0 to 15, or to 31 where a port has so many.
        pin: u8,
        /// High?
        level: bool,
    },
    /// What is outside the chip drives a pin, or lets go of it.
    Drive {
        /// 0 is port A.
        port: u8,
        /// 0 to 15, or to 31 where a port has so many.
        pin: u8,
        /// `None` leaves the pin to the board's and the chip's resistors.
        level: Option<bool>,
    },
    /// An external-interrupt line listens to another port from now on.
    ExtiPort {
        /// The line, which is the pin's number.
        line: u8,
        /// 0 is port A.
        port: u8,
    },
    /// Stores to the backup domain are let through from now on, or are lost.
    BackupAccess {
        /// Let through?
        open: bool,
    },
    /// The backup domain is reset.
    BackupReset,
}

/// Why a device is reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ResetCause {
    /// The clock controller resets this device and no other.
    Peripheral,
    /// Power has come on.
    Power,
    /// Somebody outside pulls the reset pin, or a debugger does.
    Pin,
    /// Firmware asks for it, by the core's AIRCR.SYSRESETREQ or a register of the chip.
    Software,
    /// An independent watchdog has run out.
    Watchdog,
}

/// What a clock controller does to a peripheral.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// Its clock runs.
    Open,
    /// Its clock stands still: registers read 0 and stores are lost, as on the STM32F4.
    Closed,
    /// It is put in its reset state.
    Reset,
}

/// A frequency that a clock controller has set: `numerator / denominator` hertz.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockChange {
    /// The clock, as chip files name it; [`CORE_CLOCK`] is the core's.
    pub name: &'static str,
    /// See the type.
    pub numerator: u64,
    /// See the type.
    pub denominator: u64,
}

/// The core's clock, and that of every peripheral whose chip file names no other.
pub const CORE_CLOCK: &str = "hclk";

/// A change of memory that the core cannot make by a plain store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MemoryChange {
    /// Bits go from 1 to 0 where `bytes` has zeros.
    Program {
        /// First address, at the memory's base and not at an alias.
        address: u32,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// All bits become 1.
    Erase {
        /// First address, at the memory's base and not at an alias.
        address: u32,
        /// Bytes.
        size: u32,
    },
    /// The chip's option bytes, which outlive a loss of power and a reset as flash memory does, are these now.
    Options {
        /// All of them.
        bytes: Vec<u8>,
    },
}

/// Whom a chip's flash memory is closed to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Protection {
    /// Nobody.
    #[default]
    Open,
    /// A debugger: its accesses to flash memory fail.
    Memory,
    /// A debugger, and with the memory the whole chip.
    Chip,
}

/// What a device did that reaches beyond its registers and interrupt lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// Bytes that left on the wire.
    pub transmitted: Vec<u8>,
    /// The access touched something that the model does not have.
    pub unmodelled: bool,
    /// The access itself fails: a BusFault.
    pub bus_error: bool,
    /// Frequencies from now on.
    pub clocks: Vec<ClockChange>,
    /// What becomes of the peripherals behind these gates ([`super::Device::gate`]).
    pub gates: Vec<(u16, Gate)>,
    /// What other devices are to know.
    pub signals: Vec<Signal>,
    /// Changes of memory.
    pub memory: Vec<MemoryChange>,
    /// The core cannot fetch from memory until then.
    pub stall_until: Option<Picoseconds>,
    /// The bus does not let go of the access until then.
    pub hold_until: Option<Picoseconds>,
    /// [`super::Device::fetch_waits`] is not what it was.
    pub waits: bool,
    /// The whole chip is to be reset.
    pub reset: Option<ResetCause>,
    /// The simulation is to end with this exit code.
    pub exit: Option<i32>,
}

impl<'a> Context<'a> {
    /// A context at a time; what the device does is collected in `effects`.
    pub fn new(now: Picoseconds, clock: &'a ClockDomain, effects: &'a mut Effects) -> Self {
        Self { now, clock, lanes: u32::MAX, core: 0, effects }
    }

    /// Ticks of the peripheral's clock until now.
    #[must_use]
    pub fn ticks(&self) -> u64 {
        self.clock.ticks_at(self.now)
    }

    /// What a register holds behind a store of `value` to it, if all its bits can be written.
    #[must_use]
    pub fn merge(&self, old: u32, value: u32) -> u32 {
        old & !self.lanes | value & self.lanes
    }

    /// A byte leaves the device.
    pub fn transmit(&mut self, byte: u8) {
        self.effects.transmitted.push(byte);
    }

    /// The access touches a register, a bit or a mode that is not modelled.
    pub fn unmodelled(&mut self) {
        self.effects.unmodelled = true;
    }

    /// The access fails; the core takes a BusFault.
    pub fn bus_error(&mut self) {
        self.effects.bus_error = true;
    }

    /// A clock runs at another frequency from now on.
    pub fn set_clock(&mut self, change: ClockChange) {
        self.effects.clocks.push(change);
    }

    /// Opens, closes or resets what is behind a gate.
    pub fn set_gate(&mut self, gate: u16, state: Gate) {
        self.effects.gates.push((gate, state));
    }

    /// Tells the other devices; they hear it before the access is over, in the order of their addresses.
    pub fn signal(&mut self, signal: Signal) {
        self.effects.signals.push(signal);
    }

    /// Changes memory, right behind the instruction that made the access.
    pub fn change_memory(&mut self, change: MemoryChange) {
        self.effects.memory.push(change);
    }

    /// The core waits until then before it fetches another instruction from the memory that changes.
    pub fn stall_until(&mut self, time: Picoseconds) {
        self.effects.stall_until = self.effects.stall_until.max(Some(time));
    }

    /// The bus does not complete the access until then: the core waits, wherever its code is. The device does at once
    /// what it will do then, which nobody can see.
    pub fn hold_until(&mut self, time: Picoseconds) {
        self.effects.hold_until = self.effects.hold_until.max(Some(time));
    }

    /// What [`super::Device::fetch_waits`] says has changed: it holds from the next instruction on.
    pub fn change_waits(&mut self) {
        self.effects.waits = true;
    }

    /// Ends the simulation with an exit code, right behind the instruction that made the access.
    pub fn exit(&mut self, code: i32) {
        self.effects.exit = Some(code);
    }

    /// Resets the chip.
    pub fn reset(&mut self, cause: ResetCause) {
        self.effects.reset = Some(cause);
    }
}
