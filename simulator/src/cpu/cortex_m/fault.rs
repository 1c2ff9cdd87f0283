//! Faults (Arm DDI 0403E, B1.5.14 and B3.2.15-19): their status bits, escalation, lockup, and what happened in words.

use bksim_protocol::message::FaultReport;

use super::CortexM;
use super::config::Architecture;
use super::nvic::number;
use super::statistics::name;
use crate::cpu::cortex_m::engine::Register;

/// Bits of the Configurable Fault Status Register.
mod cfsr {
    pub(super) const IACCVIOL: u32 = 1;
    pub(super) const MMARVALID: u32 = 1 << 7;
    pub(super) const IBUSERR: u32 = 1 << 8;
    pub(super) const PRECISERR: u32 = 1 << 9;
    pub(super) const UNSTKERR: u32 = 1 << 11;
    pub(super) const STKERR: u32 = 1 << 12;
    pub(super) const LSPERR: u32 = 1 << 13;
    pub(super) const BFARVALID: u32 = 1 << 15;
    pub(super) const UNDEFINSTR: u32 = 1 << 16;
    pub(super) const INVSTATE: u32 = 1 << 17;
    pub(super) const INVPC: u32 = 1 << 18;
    pub(super) const NOCP: u32 = 1 << 19;
    pub(super) const STKOF: u32 = 1 << 20;
    pub(super) const UNALIGNED: u32 = 1 << 24;
}

/// Bits of the HardFault Status Register.
const VECTTBL: u32 = 1 << 1;
const FORCED: u32 = 1 << 30;
const DEBUGEVT: u32 = 1 << 31;

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// An instruction that the core does not have.
    Undefined,
    /// The T bit is clear.
    InvalidState,
    /// An EXC_RETURN that does not fit, or a frame that does not.
    InvalidReturn(u32),
    /// An instruction for a coprocessor that is not there, or is off.
    NoCoprocessor,
    /// An access that must be aligned.
    Unaligned,
    /// A stack pointer below its limit.
    StackOverflow,
    /// Nothing answered a load or store.
    Data(u32),
    /// Nothing answered an instruction fetch.
    Instruction,
    /// An instruction fetch from where execution is not permitted.
    NoExecute,
    /// Exception entry could not store its frame.
    Stacking,
    /// Exception return could not load its frame.
    Unstacking,
    /// Lazy saving could not store floating-point registers, at this address.
    LazyStacking(u32),
    /// The vector of an exception could not be read.
    Vector(u16),
    /// SVC where its exception may not be taken.
    SupervisorCall,
    /// BKPT, and no debugger takes it.
    Breakpoint,
}

impl Cause {
    /// The exception that it belongs to. Armv6-M has but one for all of them (Arm DDI 0419, B1.5.1).
    fn exception(self, architecture: Architecture) -> u16 {
        match self {
            _ if architecture == Architecture::V6M => number::HARD_FAULT,
            Self::Undefined
            | Self::InvalidState
            | Self::InvalidReturn(_)
            | Self::NoCoprocessor
            | Self::Unaligned
            | Self::StackOverflow => number::USAGE_FAULT,
            Self::Data(_) | Self::Instruction | Self::Stacking | Self::Unstacking | Self::LazyStacking(_) => {
                number::BUS_FAULT
            }
            Self::NoExecute => number::MEM_MANAGE,
            Self::Vector(_) | Self::Breakpoint => number::HARD_FAULT,
            Self::SupervisorCall => number::SV_CALL,
        }
    }

    fn status(self) -> u32 {
        match self {
            Self::Undefined => cfsr::UNDEFINSTR,
            Self::InvalidState => cfsr::INVSTATE,
            Self::InvalidReturn(_) => cfsr::INVPC,
            Self::NoCoprocessor => cfsr::NOCP,
            Self::Unaligned => cfsr::UNALIGNED,
            Self::StackOverflow => cfsr::STKOF,
            Self::Data(_) => cfsr::PRECISERR | cfsr::BFARVALID,
            Self::Instruction => cfsr::IBUSERR,
            Self::NoExecute => cfsr::IACCVIOL,
            Self::Stacking => cfsr::STKERR,
            Self::Unstacking => cfsr::UNSTKERR,
            Self::LazyStacking(_) => cfsr::LSPERR,
            Self::Vector(_) | Self::SupervisorCall | Self::Breakpoint => 0,
        }
    }

    fn words(self, pc: u32) -> String {
        match self {
            Self::Undefined => format!("undefined instruction at {pc:#010x}"),
            Self::InvalidState => {
                format!("not in Thumb state at {pc:#010x}: a branch to an even address, or a vector without bit 0")
            }
            Self::InvalidReturn(value) => format!("invalid exception return {value:#010x}"),
            Self::NoCoprocessor => {
                format!("no coprocessor for the instruction at {pc:#010x}: is the floating-point unit on?")
            }
            Self::Unaligned => format!("unaligned access by {pc:#010x}"),
            Self::StackOverflow => format!("stack overflow: the stack pointer went below its limit at {pc:#010x}"),
            Self::Data(address) => format!("precise data access to {address:#010x} by {pc:#010x}"),
            Self::Instruction => format!("instruction fetch from {pc:#010x}"),
            Self::NoExecute => format!("execution is not permitted at {pc:#010x}"),
            Self::Stacking => format!("exception entry could not write its stack frame, at {pc:#010x}"),
            Self::Unstacking => format!("exception return could not read its stack frame, at {pc:#010x}"),
            Self::LazyStacking(address) => {
                format!("lazy saving could not write floating-point registers to {address:#010x}, before {pc:#010x}")
            }
            Self::Vector(exception) => format!("the vector of {} could not be read", name(exception)),
            Self::SupervisorCall => format!("SVC before {pc:#010x} at a priority that does not permit it"),
            Self::Breakpoint => format!("breakpoint at {pc:#010x} without a debugger"),
        }
    }
}

/// What follows from a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Escalation {
    /// This exception is to be entered.
    Enter(u16),
    /// There is none: the core locks up.
    Lockup,
}

impl CortexM {
    /// Sets the status registers, writes the report and says which exception follows. `pc` is the instruction's.
    pub(crate) fn record_fault(&mut self, cause: Cause, pc: u32) -> Escalation {
        let escalation = self.escalate(cause);
        self.report_fault(cause, pc, escalation);
        escalation
    }

    /// Sets the status registers and writes the report.
    pub(crate) fn report_fault(&mut self, cause: Cause, pc: u32, escalation: Escalation) {
        let architecture = self.ppb.model.architecture();
        let scb = &mut self.ppb.scb;
        // In Armv6-M there is no status.
        if architecture != Architecture::V6M {
            scb.cfsr |= cause.status();
            if let Cause::Data(address) = cause {
                scb.bfar = address;
            }
            match cause {
                Cause::Vector(_) => scb.hfsr |= VECTTBL,
                Cause::Breakpoint => scb.hfsr |= DEBUGEVT,
                _ if escalation == Escalation::Enter(number::HARD_FAULT) => scb.hfsr |= FORCED,
                _ => {}
            }
        }
        if let Escalation::Enter(exception) = escalation {
            self.ppb.debug.fault(cause, exception);
        }
        let own = name(cause.exception(architecture));
        let words = cause.words(pc);
        let summary = match escalation {
            Escalation::Enter(exception) if exception == cause.exception(architecture) => format!("{own}: {words}"),
            Escalation::Enter(exception) => format!("{}, escalated from {own}: {words}", name(exception)),
            Escalation::Lockup => format!("lockup, {own} in {}: {words}", name(scb.current)),
        };
        let valid = |bit: u32, address: u32| (scb.cfsr & bit != 0).then_some(address);
        let (cfsr, hfsr) = (scb.cfsr, scb.hfsr);
        let (mmfar, bfar) = (valid(cfsr::MMARVALID, scb.mmfar), valid(cfsr::BFARVALID, scb.bfar));
        let registers =
            (0..15).filter_map(Register::general).map(|register| u64::from(self.engine.register(register))).collect();
        self.fault = Some(FaultReport { summary, pc: u64::from(pc), registers, cfsr, hfsr, mmfar, bfar });
    }

    /// A fault is taken if it is enabled and important enough, else HardFault; else there is nothing left (B1.5.14).
    fn escalate(&self, cause: Cause) -> Escalation {
        let now = self.ppb.nvic.execution_priority(self.ppb.masks);
        let takes =
            |exception: u16| self.ppb.nvic.is_enabled(exception) && self.ppb.nvic.group_priority(exception) < now;
        let own = cause.exception(self.ppb.model.architecture());
        if takes(own) {
            Escalation::Enter(own)
        } else if takes(number::HARD_FAULT) {
            Escalation::Enter(number::HARD_FAULT)
        } else {
            Escalation::Lockup
        }
    }

    /// An instruction has faulted at `pc`; its exception, if there is one, returns to `return_address`.
    pub(crate) fn instruction_fault(&mut self, cause: Cause, pc: u32, return_address: u32) {
        match self.record_fault(cause, pc) {
            Escalation::Enter(exception) => {
                let now = self.engine.cycle();
                self.enter(exception, return_address, now);
            }
            Escalation::Lockup => self.lockup = true,
        }
    }
}
