//! Traps: exceptions, interrupts, and the way back from them (privileged specification 20211203, sections 3.1.6 to
//! 3.1.16, 3.3.2 and 4.1).

use super::super::masked::Moment;
use super::super::observed::Observed;
use super::Riscv;
use super::csr::Mode;
use super::engine::AccessKind;

/// A synchronous exception (table 3.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exception {
    /// Nothing answers, or it is not permitted.
    AccessFault {
        /// What was wanted.
        kind: AccessKind,
        /// Where.
        address: u64,
    },
    /// It must be aligned.
    Misaligned {
        /// What was wanted.
        kind: AccessKind,
        /// Where.
        address: u64,
    },
    /// The core does not have this instruction, or the mode may not execute it.
    IllegalInstruction {
        /// Its word.
        word: u32,
    },
    /// EBREAK.
    Breakpoint {
        /// Its address.
        pc: u64,
    },
    /// ECALL.
    EnvironmentCall(Mode),
}

impl Exception {
    /// The code in mcause.
    pub(crate) fn cause(self) -> u64 {
        match self {
            Self::Misaligned { kind: AccessKind::Fetch, .. } => 0,
            Self::AccessFault { kind: AccessKind::Fetch, .. } => 1,
            Self::IllegalInstruction { .. } => 2,
            Self::Breakpoint { .. } => 3,
            Self::Misaligned { kind: AccessKind::Load, .. } => 4,
            Self::AccessFault { kind: AccessKind::Load, .. } => 5,
            Self::Misaligned { kind: AccessKind::Store, .. } => 6,
            Self::AccessFault { kind: AccessKind::Store, .. } => 7,
            Self::EnvironmentCall(mode) => 8 + mode as u64,
        }
    }

    /// What mtval is set to (3.1.16).
    pub(crate) fn value(self) -> u64 {
        match self {
            Self::AccessFault { address, .. } | Self::Misaligned { address, .. } => address,
            Self::IllegalInstruction { word } => word.into(),
            Self::Breakpoint { pc } => pc,
            Self::EnvironmentCall(_) => 0,
        }
    }

    /// Whether it is a mistake of the program, and no request.
    pub(crate) fn is_fault(self) -> bool {
        !matches!(self, Self::Breakpoint { .. } | Self::EnvironmentCall(_))
    }
}

impl Riscv {
    /// The instruction at `pc` raises an exception, and has had no other effect.
    pub(crate) fn raise(&mut self, exception: Exception) {
        let (pc, from) = (self.engine.pc(), self.csrs.mode);
        let target = self.csrs.exception_target(exception.cause());
        // The first instruction of its handler raises it, and would do so for ever.
        self.lockup = from == target && self.csrs.handler(target) == pc;
        if self.lockup {
            self.report_lockup(exception);
        } else if exception.is_fault() {
            self.report_fault(exception);
        }
        self.handling_fault |= exception.is_fault();
        self.enter(target, exception.cause(), None, exception.value());
    }

    /// Takes an interrupt in front of the next instruction.
    pub(crate) fn interrupt(&mut self, number: u8, target: Mode) {
        let now = self.engine.cycle();
        let pending_since = self.csrs.interrupts.pending_since(number).unwrap_or(now);
        self.enter(target, number.into(), Some(number), 0);
        let now = Moment { cycle: self.engine.cycle(), pc: self.engine.pc() };
        self.measurements.entered(number, pending_since, now);
    }

    fn enter(&mut self, target: Mode, cause: u64, interrupt: Option<u8>, value: u64) {
        let (pc, from) = (self.engine.pc(), self.csrs.mode);
        let interrupt_bit = if interrupt.is_some() { 1 << (self.isa.xlen() - 1) } else { 0 };
        let registers = match target {
            Mode::Machine => {
                self.csrs.status.enter_machine(from);
                &mut self.csrs.machine
            }
            _ => {
                self.csrs.status.enter_supervisor(from);
                &mut self.csrs.supervisor
            }
        };
        let handler = registers.enter(pc, cause | interrupt_bit, interrupt, self.isa.truncate(value));
        self.go_on_in(target, handler);
        self.measure_masked(handler);
        self.engine.advance(self.costs.trap());
        self.observer.note(self.engine.cycle(), Observed::Enter { exception: interrupt.map(u32::from) });
    }

    /// MRET, which the mode may execute.
    pub(crate) fn machine_return(&mut self) {
        let mode = self.csrs.status.leave_machine();
        self.leave(mode, self.csrs.machine.return_address());
    }

    /// SRET, which the mode may execute.
    pub(crate) fn supervisor_return(&mut self) {
        let mode = self.csrs.status.leave_supervisor();
        self.leave(mode, self.csrs.supervisor.return_address());
    }

    fn leave(&mut self, mode: Mode, address: u64) {
        if std::mem::take(&mut self.handling_fault) {
            // Whoever returns has mended it.
            self.fault = None;
        }
        let at = self.engine.pc();
        self.observer.note(self.engine.cycle(), Observed::Leave);
        self.engine.retire(address);
        self.go_on_in(mode, address);
        self.measure_masked(at);
    }

    fn go_on_in(&mut self, mode: Mode, address: u64) {
        self.csrs.mode = mode;
        self.engine.set_pc(address);
        self.update_rights();
    }

    /// M-mode keeps interrupts waiting that are enabled, or does not any more, since the code at `pc`.
    pub(super) fn measure_masked(&mut self, pc: u64) {
        let masked = self.csrs.mode == Mode::Machine && !self.csrs.status.machine_interrupts();
        let now = Moment { cycle: self.engine.cycle(), pc };
        self.measurements.mask(masked && self.csrs.interrupts.enabled() != 0, now);
    }
}
