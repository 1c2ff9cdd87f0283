//! mip, mie, mideleg, and which interrupt is taken (privileged specification, sections 3.1.8, 3.1.9 and 4.1.3).

use serde::{Deserialize, Serialize};

use super::status::{Mode, Status};
use crate::cpu::riscv::config::Isa;

/// Interrupts of S-mode: software, timer, external.
const SSI: u64 = 1 << 1;
const STI: u64 = 1 << 5;
const SEI: u64 = 1 << 9;
const OF_SUPERVISOR: u64 = SSI | STI | SEI;

/// Interrupts of M-mode: software, timer, external.
const OF_MACHINE: u64 = 1 << 3 | 1 << 7 | 1 << 11;

/// The order in which they are taken: MEI, MSI, MTI, SEI, SSI, STI.
const ORDER: [u8; 6] = [11, 3, 7, 9, 1, 5];

/// Interrupt lines and what firmware has made of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Interrupts {
    /// Levels of the lines, by the interrupts' numbers.
    lines: u64,
    /// The cycle at which each line last changed.
    since: [u64; 12],
    /// Bits of mip that M-mode has written: those of S-mode.
    written: u64,
    enabled: u64,
    delegated: u64,
}

impl Interrupts {
    /// What a reset does: lines are outside.
    pub(crate) fn reset(&mut self) {
        (self.written, self.enabled, self.delegated) = (0, 0, 0);
    }

    /// The level of a line changes at a cycle.
    pub(crate) fn set_line(&mut self, line: u16, level: bool, at: u64) {
        let exists = u32::from(line) < u64::BITS && (OF_MACHINE | SEI) >> line & 1 != 0;
        if exists {
            let bit = 1 << line;
            self.lines = self.lines & !bit | if level { bit } else { 0 };
            if let Some(since) = self.since.get_mut(usize::from(line)) {
                *since = at;
            }
        }
    }

    /// The cycle at which an interrupt became pending, as far as a line made it so.
    pub(crate) fn pending_since(&self, interrupt: u8) -> Option<u64> {
        let line = self.lines >> interrupt & 1 != 0;
        self.since.get(usize::from(interrupt)).copied().filter(|_| line)
    }

    /// mip.
    pub(crate) fn pending(&self, isa: Isa) -> u64 {
        let lines = self.lines & if isa.supervisor { u64::MAX } else { OF_MACHINE };
        lines | self.written
    }

    /// mip as setting and clearing bits of it starts from: without the line of SEI (3.1.9).
    pub(crate) fn pending_as_written(&self, isa: Isa) -> u64 {
        self.pending(isa) & !SEI | self.written
    }

    /// Writes mip.
    pub(crate) fn write_pending(&mut self, value: u64, isa: Isa) {
        self.written = if isa.supervisor { value & OF_SUPERVISOR } else { 0 };
    }

    /// mie.
    pub(crate) fn enabled(&self) -> u64 {
        self.enabled
    }

    /// Writes mie.
    pub(crate) fn write_enabled(&mut self, value: u64, isa: Isa) {
        self.enabled = value & (OF_MACHINE | if isa.supervisor { OF_SUPERVISOR } else { 0 });
    }

    /// mideleg.
    pub(crate) fn delegated(&self) -> u64 {
        self.delegated
    }

    /// Writes mideleg.
    pub(crate) fn write_delegated(&mut self, value: u64) {
        self.delegated = value & OF_SUPERVISOR;
    }

    /// sip.
    pub(crate) fn supervisor_pending(&self, isa: Isa) -> u64 {
        self.pending(isa) & self.delegated
    }

    /// Writes sip: S-mode can raise and clear its software interrupt, if that is delegated.
    pub(crate) fn write_supervisor_pending(&mut self, value: u64) {
        let mask = SSI & self.delegated;
        self.written = self.written & !mask | value & mask;
    }

    /// sie.
    pub(crate) fn supervisor_enabled(&self) -> u64 {
        self.enabled & self.delegated
    }

    /// Writes sie.
    pub(crate) fn write_supervisor_enabled(&mut self, value: u64) {
        self.enabled = self.enabled & !self.delegated | value & self.delegated;
    }

    /// Whether WFI goes on (3.3.3): whatever mstatus and mideleg say.
    pub(crate) fn wakes(&self, isa: Isa) -> bool {
        self.pending(isa) & self.enabled != 0
    }

    /// The interrupt that is taken in `mode`, and where to.
    pub(crate) fn takeable(&self, isa: Isa, mode: Mode, status: Status) -> Option<(u8, Mode)> {
        let ready = self.pending(isa) & self.enabled;
        if ready == 0 {
            return None;
        }
        let first = |ready: u64| ORDER.into_iter().find(|interrupt| ready >> interrupt & 1 != 0);
        let machine = mode < Mode::Machine || status.machine_interrupts();
        let supervisor = mode < Mode::Supervisor || mode == Mode::Supervisor && status.supervisor_interrupts();
        let of_machine = first(ready & !self.delegated).filter(|_| machine).map(|taken| (taken, Mode::Machine));
        let of_supervisor = first(ready & self.delegated).filter(|_| supervisor);
        of_machine.or_else(|| of_supervisor.map(|taken| (taken, Mode::Supervisor)))
    }
}
