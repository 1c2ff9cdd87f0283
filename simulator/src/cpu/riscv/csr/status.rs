//! mstatus, and sstatus as a part of it (privileged specification, sections 3.1.6 and 4.1.1).

use serde::{Deserialize, Serialize};

use crate::cpu::riscv::config::Isa;

/// A privilege mode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Mode {
    /// U-mode.
    User = 0,
    /// S-mode.
    Supervisor = 1,
    /// M-mode.
    #[default]
    Machine = 3,
}

const SIE: u64 = 1 << 1;
const MIE: u64 = 1 << 3;
const SPIE: u64 = 1 << 5;
const MPIE: u64 = 1 << 7;
const SPP: u64 = 1 << 8;
const MPP: u64 = 3 << 11;
const FS: u64 = 3 << 13;
const MPRV: u64 = 1 << 17;
const SUM: u64 = 1 << 18;
const MXR: u64 = 1 << 19;
const TVM: u64 = 1 << 20;
const TW: u64 = 1 << 21;
const TSR: u64 = 1 << 22;
/// UXL and SXL say 64 bits.
const UXL: u64 = 2 << 32;
const SXL: u64 = 2 << 34;

/// What S-mode sees of it.
const OF_SUPERVISOR: u64 = SIE | SPIE | SPP | FS | SUM | MXR | 3 << 32;

/// The status register. Bits that the core does not have are zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Status(u64);

impl Status {
    /// As firmware reads it.
    pub(crate) fn read(self, isa: Isa) -> u64 {
        let dirty = if self.0 & FS == FS { 1 << (isa.xlen() - 1) } else { 0 };
        self.0 | dirty | if isa.wide { UXL | SXL } else { 0 }
    }

    /// As S-mode reads it.
    pub(crate) fn read_supervisor(self, isa: Isa) -> u64 {
        self.read(isa) & (OF_SUPERVISOR | 1 << (isa.xlen() - 1))
    }

    /// Writes what can be written.
    pub(crate) fn write(&mut self, value: u64, isa: Isa) {
        self.put(value, MIE | MPIE | MPP | MPRV | TW, isa);
    }

    /// Writes what S-mode can write.
    pub(crate) fn write_supervisor(&mut self, value: u64, isa: Isa) {
        self.put(value, 0, isa);
    }

    fn put(&mut self, value: u64, mut mask: u64, isa: Isa) {
        if isa.float {
            mask |= FS;
        }
        if isa.supervisor {
            mask |= SIE | SPIE | SPP | SUM | MXR;
            mask |= if mask & MIE != 0 { TVM | TSR } else { 0 };
        }
        // MPP keeps a mode that exists.
        let mode = value & MPP;
        if mode == 2 << 11 || mode == 1 << 11 && !isa.supervisor {
            mask &= !MPP;
        }
        self.0 = self.0 & !mask | value & mask;
    }

    fn has(self, bit: u64) -> bool {
        self.0 & bit != 0
    }

    fn set(&mut self, bit: u64, on: bool) {
        self.0 = self.0 & !bit | if on { bit } else { 0 };
    }

    /// MIE.
    pub(crate) fn machine_interrupts(self) -> bool {
        self.has(MIE)
    }

    /// SIE.
    pub(crate) fn supervisor_interrupts(self) -> bool {
        self.has(SIE)
    }

    /// TVM.
    pub(crate) fn traps_translation(self) -> bool {
        self.has(TVM)
    }

    /// TW.
    pub(crate) fn traps_wait(self) -> bool {
        self.has(TW)
    }

    /// TSR.
    pub(crate) fn traps_return(self) -> bool {
        self.has(TSR)
    }

    /// The mode whose rights loads and stores have in `mode`.
    pub(crate) fn data_mode(self, mode: Mode) -> Mode {
        if self.has(MPRV) { self.previous() } else { mode }
    }

    /// Whether FS is Off.
    pub(crate) fn float_off(self) -> bool {
        !self.has(FS)
    }

    /// Whether FS is Dirty.
    pub(crate) fn float_dirty(self) -> bool {
        self.0 & FS == FS
    }

    /// FS becomes Dirty.
    pub(crate) fn touch_float(&mut self) {
        self.0 |= FS;
    }

    fn previous(self) -> Mode {
        match self.0 & MPP {
            0 => Mode::User,
            MPP => Mode::Machine,
            _ => Mode::Supervisor,
        }
    }

    /// A trap from `mode` into M-mode (3.1.6.1).
    pub(crate) fn enter_machine(&mut self, mode: Mode) {
        self.set(MPIE, self.has(MIE));
        self.set(MIE, false);
        self.0 = self.0 & !MPP | (mode as u64) << 11;
    }

    /// A trap from `mode` into S-mode.
    pub(crate) fn enter_supervisor(&mut self, mode: Mode) {
        self.set(SPIE, self.has(SIE));
        self.set(SIE, false);
        self.set(SPP, mode != Mode::User);
    }

    /// MRET; the mode that it returns to.
    pub(crate) fn leave_machine(&mut self) -> Mode {
        let mode = self.previous();
        self.set(MIE, self.has(MPIE));
        self.set(MPIE, true);
        self.set(MPP, false);
        if mode != Mode::Machine {
            self.set(MPRV, false);
        }
        mode
    }

    /// SRET; the mode that it returns to.
    pub(crate) fn leave_supervisor(&mut self) -> Mode {
        let mode = if self.has(SPP) { Mode::Supervisor } else { Mode::User };
        self.set(SIE, self.has(SPIE));
        self.set(SPIE, true);
        self.set(SPP, false);
        self.set(MPRV, false);
        mode
    }
}
