//! The control and status registers, and who may do what with them (privileged specification 20211203).
//!
//! | registers | here |
//! |---|---|
//! | mstatus, sstatus | [`status`] |
//! | mip, mie, mideleg, sip, sie | [`interrupts`] |
//! | mcycle, minstret, cycle, instret, counter switches | [`counters`] |
//! | mtvec, mscratch, mepc, mcause, mtval, and those of S-mode | [`TrapRegisters`] |
//! | pmpcfg, pmpaddr | [`super::pmp`] |
//! | misa, mvendorid, marchid, mimpid, mconfigptr | constant; the identities are 0, "not implemented" |
//! | menvcfg, senvcfg | FIOM can be written; every access is in order here |
//! | satp | 0: there is no address translation |
//! | mhpmcounter, mhpmevent | 0 |
//! | fflags, frm, fcsr | the instruction engine's: [`super::system`] |

mod counters;
mod interrupts;
pub(crate) mod number;
mod status;

use serde::{Deserialize, Serialize};

use counters::Counters;
pub(crate) use interrupts::Interrupts;
pub(crate) use status::{Mode, Status};

use super::config::{Isa, RiscvConfig};
use super::pmp::{self, MOST_ENTRIES};

/// Exceptions that can be delegated (3.1.8): all up to the page faults, but ECALL from M-mode and what is reserved.
const DELEGABLE: u64 = 0xb3ff;

/// What a mode keeps of a trap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TrapRegisters {
    vector: u64,
    scratch: u64,
    epc: u64,
    cause: u64,
    value: u64,
}

impl TrapRegisters {
    /// A trap is taken: keeps what it is about, and tells where its handler is (3.1.7).
    pub(crate) fn enter(&mut self, epc: u64, cause: u64, interrupt: Option<u8>, value: u64) -> u64 {
        (self.epc, self.cause, self.value) = (epc, cause, value);
        self.handler(interrupt)
    }

    /// Where the handler of an interrupt is, or of exceptions.
    fn handler(&self, interrupt: Option<u8>) -> u64 {
        let vectored = self.vector & 3 == 1;
        let base = self.vector & !3;
        interrupt.filter(|_| vectored).map_or(base, |number| base.wrapping_add(4 * u64::from(number)))
    }

    /// Where the trap returns to.
    pub(crate) fn return_address(&self) -> u64 {
        self.epc
    }
}

/// What the core's own counters stand at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Now {
    /// Cycles.
    pub(crate) cycle: u64,
    /// Instructions.
    pub(crate) instret: u64,
    /// The machine timer's counter; `None` if the core does not see it.
    pub(crate) time: Option<u64>,
}

/// All of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Csrs {
    isa: Isa,
    hart: u32,
    pmp_entries: usize,
    /// The present mode.
    pub(crate) mode: Mode,
    pub(crate) status: Status,
    pub(crate) interrupts: Interrupts,
    pub(crate) machine: TrapRegisters,
    pub(crate) supervisor: TrapRegisters,
    delegated: u64,
    counters: Counters,
    machine_environment: u64,
    supervisor_environment: u64,
    pub(crate) pmp: pmp::Registers,
}

impl Csrs {
    pub(crate) fn new(config: &RiscvConfig) -> Self {
        Self {
            isa: config.model.isa(),
            hart: config.hart,
            pmp_entries: usize::from(config.pmp_entries).min(MOST_ENTRIES),
            mode: Mode::Machine,
            status: Status::default(),
            interrupts: Interrupts::default(),
            machine: TrapRegisters::default(),
            supervisor: TrapRegisters::default(),
            delegated: 0,
            counters: Counters::default(),
            machine_environment: 0,
            supervisor_environment: 0,
            pmp: pmp::Registers::default(),
        }
    }

    /// Whether these are the registers of a hart that was built as this one's.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        (self.isa, self.hart, self.pmp_entries) == (other.isa, other.hart, other.pmp_entries)
    }

    /// A reset (3.4). Registers whose value is not said begin at 0.
    pub(crate) fn reset(&mut self) {
        let mut interrupts = std::mem::take(&mut self.interrupts);
        interrupts.reset();
        *self = Self {
            isa: self.isa,
            hart: self.hart,
            pmp_entries: self.pmp_entries,
            mode: Mode::Machine,
            status: Status::default(),
            interrupts,
            machine: TrapRegisters::default(),
            supervisor: TrapRegisters::default(),
            delegated: 0,
            counters: Counters::default(),
            machine_environment: 0,
            supervisor_environment: 0,
            pmp: pmp::Registers::default(),
        };
    }

    /// What memory protection permits.
    pub(crate) fn protection(&self) -> pmp::Protection {
        self.pmp.protection(self.pmp_entries)
    }

    /// The mode that takes an exception of `mode` (3.1.8).
    pub(crate) fn exception_target(&self, cause: u64) -> Mode {
        let delegated = self.mode != Mode::Machine && self.delegated >> cause & 1 != 0;
        if delegated { Mode::Supervisor } else { Mode::Machine }
    }

    /// Where a mode's exceptions lead.
    pub(crate) fn handler(&self, mode: Mode) -> u64 {
        let registers = if mode == Mode::Machine { &self.machine } else { &self.supervisor };
        registers.handler(None)
    }

    /// Whether the present mode may access a register at all (2.1).
    pub(crate) fn permits(&self, number: u16, writes: bool) -> bool {
        let mode = match number >> 8 & 3 {
            0 => Mode::User,
            1 => Mode::Supervisor,
            _ => Mode::Machine,
        };
        let traps = number == number::SATP && self.mode == Mode::Supervisor && self.status.traps_translation();
        self.mode >= mode && !(writes && number >> 10 == 3) && !traps
    }

    /// Reads a register; `None` if it does not exist, or not for the present mode.
    pub(crate) fn read(&self, number: u16, now: Now) -> Option<u64> {
        let value = match number {
            number::SSTATUS..=number::SATP => self.read_supervisor(number)?,
            number::MSTATUS..=number::MIP => self.read_machine(number)?,
            number::PMPCFG0..=number::PMPADDR15 => self.read_protection(number)?,
            number::MCYCLE..=number::HPMCOUNTER31 => self.read_counter(number, now)?,
            number::MVENDORID | number::MARCHID | number::MIMPID | number::MCONFIGPTR => 0,
            number::MHARTID => self.hart.into(),
            _ if (number::MCYCLE + number::UPPER..=number::HPMCOUNTER31 + number::UPPER).contains(&number) => {
                self.read_counter(number, now)?
            }
            _ => return None,
        };
        Some(self.isa.truncate(value))
    }

    /// What setting and clearing bits starts from, where that is not what is read.
    pub(crate) fn read_to_modify(&self, number: u16, value: u64) -> u64 {
        if number == number::MIP { self.interrupts.pending_as_written(self.isa) } else { value }
    }

    fn read_supervisor(&self, number: u16) -> Option<u64> {
        let registers = &self.supervisor;
        Some(match number {
            _ if !self.isa.supervisor => return None,
            number::SSTATUS => self.status.read_supervisor(self.isa),
            number::SIE => self.interrupts.supervisor_enabled(),
            number::SIP => self.interrupts.supervisor_pending(self.isa),
            number::SCOUNTEREN => self.counters.supervisor_enable().into(),
            number::SENVCFG => self.supervisor_environment,
            number::STVEC => registers.vector,
            number::SSCRATCH => registers.scratch,
            number::SEPC => registers.epc,
            number::SCAUSE => registers.cause,
            number::STVAL => registers.value,
            number::SATP => 0,
            _ => return None,
        })
    }

    fn read_machine(&self, number: u16) -> Option<u64> {
        let registers = &self.machine;
        Some(match number {
            number::MSTATUS => self.status.read(self.isa),
            number::MISA => self.misa(),
            number::MEDELEG if self.isa.supervisor => self.delegated,
            number::MIDELEG if self.isa.supervisor => self.interrupts.delegated(),
            number::MIE => self.interrupts.enabled(),
            number::MIP => self.interrupts.pending(self.isa),
            number::MCOUNTEREN => self.counters.machine_enable().into(),
            number::MCOUNTINHIBIT => self.counters.inhibit().into(),
            number::MENVCFG => self.machine_environment,
            number::MSTATUSH | number::MENVCFGH if !self.isa.wide => 0,
            number::MHPMEVENT3..=number::MHPMEVENT31 => 0,
            number::MTVEC => registers.vector,
            number::MSCRATCH => registers.scratch,
            number::MEPC => registers.epc,
            number::MCAUSE => registers.cause,
            number::MTVAL => registers.value,
            _ => return None,
        })
    }

    /// misa (3.1.1): what the core is, which cannot be changed.
    fn misa(&self) -> u64 {
        let letter = |letter: u8, has: bool| u64::from(has) << (letter - b'A');
        let isa = self.isa;
        let always = letter(b'C', true) | letter(b'I', true) | letter(b'M', true) | letter(b'U', true);
        let base = if isa.wide { 2 << 62 } else { 1 << 30 };
        base | always
            | letter(b'A', isa.atomic)
            | letter(b'D', isa.double)
            | letter(b'F', isa.float)
            | letter(b'S', isa.supervisor)
    }

    fn read_protection(&self, number: u16) -> Option<u64> {
        if self.pmp_entries == 0 {
            return None;
        }
        match number {
            number::PMPCFG0..=number::PMPCFG3 => {
                let (first, count) = self.configuration(number)?;
                Some(self.pmp.config(first, count))
            }
            number::PMPADDR0..=number::PMPADDR15 => Some(self.pmp.address(usize::from(number - number::PMPADDR0))),
            _ => None,
        }
    }

    /// The entries that a configuration register is about: the first, and how many. Where registers are of 64 bits, odd
    /// ones do not exist.
    fn configuration(&self, number: u16) -> Option<(usize, usize)> {
        let first = usize::from(number - number::PMPCFG0) * 4;
        match self.isa.wide {
            true if first % 8 != 0 => None,
            true => Some((first, 8)),
            false => Some((first, 4)),
        }
    }

    fn read_counter(&self, number: u16, now: Now) -> Option<u64> {
        let upper = number & number::UPPER != 0;
        if upper && self.isa.wide {
            return None;
        }
        let lower = number & !number::UPPER;
        // 3.1.11, 4.1.5: what a mode may read, those above it decide.
        if number >= number::CYCLE {
            let bit = 1 << (lower & 31);
            let machine = self.mode == Mode::Machine || self.counters.machine_enable() & bit != 0;
            let user = self.mode == Mode::User && self.isa.supervisor;
            if !machine || user && self.counters.supervisor_enable() & bit == 0 {
                return None;
            }
        }
        let value = match lower {
            number::MCYCLE | number::CYCLE => self.counters.cycle.read(now.cycle),
            number::MINSTRET | number::INSTRET => self.counters.instret.read(now.instret),
            number::TIME => now.time?,
            number::MHPMCOUNTER3..=number::MHPMCOUNTER31 => 0,
            _ if lower > number::INSTRET && lower <= number::HPMCOUNTER31 => 0,
            _ => return None,
        };
        Some(if upper { value >> 32 } else { value })
    }

    /// Writes a register that can be read; what it cannot hold is changed to what it can. `after` is what the counters
    /// stand at behind the instruction that writes.
    pub(crate) fn write(&mut self, number: u16, value: u64, after: Now) {
        let isa = self.isa;
        match number {
            number::SSTATUS => self.status.write_supervisor(value, isa),
            number::SIE => self.interrupts.write_supervisor_enabled(value),
            number::SIP => self.interrupts.write_supervisor_pending(value),
            number::SCOUNTEREN => self.counters.set_supervisor_enable(value as u32),
            number::SENVCFG => self.supervisor_environment = value & 1,
            number::STVEC..=number::STVAL => {
                write_trap_register(&mut self.supervisor, number - number::SSTATUS, value);
            }
            number::MSTATUS => self.status.write(value, isa),
            number::MEDELEG => self.delegated = value & DELEGABLE,
            number::MIDELEG => self.interrupts.write_delegated(value),
            number::MIE => self.interrupts.write_enabled(value, isa),
            number::MIP => self.interrupts.write_pending(value, isa),
            number::MCOUNTEREN => self.counters.set_machine_enable(value as u32),
            number::MCOUNTINHIBIT => self.counters.set_inhibit(value as u32, after.cycle, after.instret),
            number::MENVCFG => self.machine_environment = value & 1,
            number::MTVEC..=number::MTVAL => {
                write_trap_register(&mut self.machine, number - number::MSTATUS, value);
            }
            number::PMPCFG0..=number::PMPCFG3 => {
                if let Some((first, count)) = self.configuration(number) {
                    self.pmp.set_config(first, count, value, self.pmp_entries);
                }
            }
            number::PMPADDR0..=number::PMPADDR15 => {
                let bits = if isa.wide { 54 } else { 32 };
                self.pmp.set_address(usize::from(number - number::PMPADDR0), value, bits, self.pmp_entries);
            }
            _ => self.write_counter(number, value, after),
        }
    }

    fn write_counter(&mut self, number: u16, value: u64, after: Now) {
        let upper = number & number::UPPER != 0;
        // The writer of either half of minstret is not counted in the other.
        let (counter, now, old) = match number & !number::UPPER {
            number::MCYCLE => (&mut self.counters.cycle, after.cycle, after.cycle),
            number::MINSTRET => (&mut self.counters.instret, after.instret, after.instret.wrapping_sub(1)),
            _ => return,
        };
        let old = counter.read(old);
        let new = match (self.isa.wide, upper) {
            (true, _) => value,
            (false, false) => old & !0xffff_ffff | value & 0xffff_ffff,
            (false, true) => old & 0xffff_ffff | value << 32,
        };
        counter.write(new, now);
    }
}

/// Writes one of a mode's trap registers, by its number within the mode.
fn write_trap_register(registers: &mut TrapRegisters, number: u16, value: u64) {
    match number + number::MSTATUS {
        // Of the modes, 0 and 1 exist.
        number::MTVEC => registers.vector = value & !2,
        number::MSCRATCH => registers.scratch = value,
        number::MEPC => registers.epc = value & !1,
        number::MCAUSE => registers.cause = value,
        number::MTVAL => registers.value = value,
        _ => {}
    }
}
