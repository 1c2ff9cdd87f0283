//! mcycle, minstret and who may read them (privileged specification, sections 3.1.10 to 3.1.12).

use serde::{Deserialize, Serialize};

/// Bits of mcounteren, scounteren and mcountinhibit.
const CYCLE: u32 = 1;
const TIME: u32 = 1 << 1;
const INSTRET: u32 = 1 << 2;

/// A counter that runs with the core's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counter {
    /// What is added to the core's own.
    offset: u64,
    /// What it stands at, if it is inhibited.
    frozen: Option<u64>,
}

impl Counter {
    /// Its value when the core's own is `now`.
    pub(crate) fn read(self, now: u64) -> u64 {
        self.frozen.unwrap_or(now.wrapping_add(self.offset))
    }

    /// Gives it a value from the moment on when the core's own is `from`.
    pub(crate) fn write(&mut self, value: u64, from: u64) {
        match &mut self.frozen {
            Some(frozen) => *frozen = value,
            None => self.offset = value.wrapping_sub(from),
        }
    }

    fn inhibit(&mut self, inhibit: bool, now: u64) {
        match self.frozen {
            Some(value) if !inhibit => {
                self.frozen = None;
                self.write(value, now);
            }
            None if inhibit => self.frozen = Some(self.read(now)),
            _ => {}
        }
    }
}

/// The counters and their switches.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counters {
    /// mcycle.
    pub(crate) cycle: Counter,
    /// minstret.
    pub(crate) instret: Counter,
    machine_enable: u32,
    supervisor_enable: u32,
    inhibit: u32,
}

impl Counters {
    /// mcounteren.
    pub(crate) fn machine_enable(&self) -> u32 {
        self.machine_enable
    }

    /// Writes mcounteren.
    pub(crate) fn set_machine_enable(&mut self, value: u32) {
        self.machine_enable = value & (CYCLE | TIME | INSTRET);
    }

    /// scounteren.
    pub(crate) fn supervisor_enable(&self) -> u32 {
        self.supervisor_enable
    }

    /// Writes scounteren.
    pub(crate) fn set_supervisor_enable(&mut self, value: u32) {
        self.supervisor_enable = value & (CYCLE | TIME | INSTRET);
    }

    /// mcountinhibit.
    pub(crate) fn inhibit(&self) -> u32 {
        self.inhibit
    }

    /// Writes mcountinhibit, when the core's own counters are at these values.
    pub(crate) fn set_inhibit(&mut self, value: u32, cycle: u64, instret: u64) {
        self.inhibit = value & (CYCLE | INSTRET);
        self.cycle.inhibit(value & CYCLE != 0, cycle);
        self.instret.inhibit(value & INSTRET != 0, instret);
    }
}
