//! The instructions that are the core's: privileged ones, control and status registers, and what the instruction engine
//! does otherwise than the specification says.

use super::csr::{Mode, Now, number};
use super::engine::AccessKind;
use super::instruction::{Csr, CsrOperation, Fetched, Instruction};
use super::trap::Exception;
use super::{CoreStop, Riscv, float};
use crate::bus::{Access, Bus};
use crate::cpu::observed::Observed;

/// The instructions around EBREAK that make it a semihosting call: `slli x0, x0, 0x1f` in front and `srai x0, x0, 7`
/// behind (RISC-V Semihosting 0.4, section 2).
const CALL_BEGINS: u32 = 0x01f0_1013;
const CALL_ENDS: u32 = 0x4070_5013;
const EBREAK: u32 = 0x0010_0073;

/// Why an instruction is not executed.
struct Illegal;

impl Riscv {
    /// Executes the instruction at `pc`, which the engine does not; `Some` goes to the machine.
    pub(crate) fn execute(&mut self, bus: &mut dyn Bus) -> Option<CoreStop> {
        let fetched = self.fetched(self.engine.pc());
        let (mode, status) = (self.csrs.mode, self.csrs.status);
        let executed = match fetched.decode(self.isa) {
            Some(Instruction::Csr(csr)) => self.access(csr, bus),
            Some(Instruction::EnvironmentCall) => {
                self.raise(Exception::EnvironmentCall(mode));
                Ok(())
            }
            Some(Instruction::Breakpoint) => return self.breakpoint(fetched),
            Some(Instruction::MachineReturn) if mode == Mode::Machine => {
                self.machine_return();
                Ok(())
            }
            Some(Instruction::SupervisorReturn)
                if mode == Mode::Machine || mode == Mode::Supervisor && !status.traps_return() =>
            {
                self.supervisor_return();
                Ok(())
            }
            // 3.1.6.5: with TW it is illegal below M-mode, and where there is an S-mode it is in U-mode anyway.
            Some(Instruction::WaitForInterrupt)
                if mode == Mode::Machine || !(status.traps_wait() || self.isa.supervisor && mode == Mode::User) =>
            {
                self.retire();
                self.asleep = true;
                Ok(())
            }
            Some(Instruction::FenceAddresses)
                if mode == Mode::Machine || mode == Mode::Supervisor && !status.traps_translation() =>
            {
                // Nothing is translated.
                self.retire();
                Ok(())
            }
            Some(Instruction::FloatMinMax(operands)) => {
                float::min_max(&mut *self.engine, operands, self.isa);
                self.retire();
                Ok(())
            }
            _ => Err(Illegal),
        };
        if let Err(Illegal) = executed {
            self.illegal(fetched);
        }
        None
    }

    /// The instruction at `pc` needs the floating-point unit, which is trapped.
    pub(crate) fn execute_float(&mut self) {
        if self.csrs.status.float_off() {
            self.illegal(self.fetched(self.engine.pc()));
        } else {
            // 3.1.6.6: Dirty may be reported for any instruction of the unit.
            self.csrs.status.touch_float();
            self.update_float_trap();
        }
    }

    fn illegal(&mut self, fetched: Fetched) {
        self.raise(Exception::IllegalInstruction { word: fetched.0 });
    }

    /// Charges the instruction at `pc` and goes on behind it.
    fn retire(&mut self) {
        let pc = self.engine.pc();
        let length = self.fetched(pc).length();
        self.engine.retire(pc.wrapping_add(length.into()));
    }

    /// The instruction at an address, of which all is memory.
    fn fetched(&self, pc: u64) -> Fetched {
        let half = |address: u64| {
            let mut bytes = [0; 2];
            let read = u32::try_from(address).is_ok_and(|address| self.engine.read_memory(address, &mut bytes));
            if read { u16::from_le_bytes(bytes) } else { 0 }
        };
        Fetched::new(half(pc), half(pc.wrapping_add(2)))
    }

    /// EBREAK: a semihosting call, the end of a fault handler, or an exception.
    fn breakpoint(&mut self, fetched: Fetched) -> Option<CoreStop> {
        let pc = self.engine.pc();
        let [before, behind] = [pc.wrapping_sub(4), pc.wrapping_add(4)].map(|address| self.fetched(address).0);
        if (before, fetched.0, behind) == (CALL_BEGINS, EBREAK, CALL_ENDS) {
            let operation = self.engine.register(10) as u32;
            let parameter = self.engine.register(11);
            self.retire();
            return Some(CoreStop::Semihosting { operation, parameter });
        }
        let exception = Exception::Breakpoint { pc };
        // A handler that is the next instructions answers nobody: the program only keeps a debugger's absence from hurting.
        let goes_on = self.csrs.handler(self.csrs.exception_target(exception.cause())).wrapping_sub(pc) <= 6;
        if self.handling_fault || goes_on || !self.has_handler(exception) {
            return Some(CoreStop::Breakpoint { pc });
        }
        self.raise(exception);
        None
    }

    /// Whether there is code where an exception leads to.
    fn has_handler(&self, exception: Exception) -> bool {
        let handler = u32::try_from(self.csrs.handler(self.csrs.exception_target(exception.cause())));
        handler.is_ok_and(|handler| self.code.iter().any(|(base, size)| handler.wrapping_sub(*base) < *size))
    }

    /// CSRRW, CSRRS, CSRRC and their immediate forms (unprivileged specification, 9.1).
    fn access(&mut self, csr: Csr, bus: &mut dyn Bus) -> Result<(), Illegal> {
        if !self.csrs.permits(csr.number, csr.writes()) {
            return Err(Illegal);
        }
        let mut now = Now { cycle: self.engine.cycle(), instret: self.engine.instructions(), time: None };
        if csr.number & !number::UPPER == number::TIME {
            now.time = self.time(bus);
        }
        let float = csr.is_float().then(|| self.read_float(csr.number));
        let old = float.or_else(|| self.csrs.read(csr.number, now)).ok_or(Illegal)?;
        let operand = if csr.immediate { csr.source.into() } else { self.engine.register(csr.source) };
        self.retire();
        if csr.writes() {
            let modified = self.csrs.read_to_modify(csr.number, old);
            let value = match csr.operation {
                CsrOperation::Write => operand,
                CsrOperation::Set => modified | operand,
                CsrOperation::Clear => modified & !operand,
            };
            let after = Now { cycle: self.engine.cycle(), instret: self.engine.instructions(), time: None };
            if csr.is_float() {
                self.write_float(csr.number, value as u32);
            } else {
                self.csrs.write(csr.number, self.isa.truncate(value), after);
                self.written(csr.number);
            }
        }
        self.engine.set_register(csr.rd, old);
        Ok(())
    }

    /// fcsr or a part of it (unprivileged specification, 11.2).
    fn read_float(&self, number: u16) -> u64 {
        let fcsr = self.engine.fcsr();
        u64::from(match number {
            number::FFLAGS => fcsr & 0x1f,
            number::FRM => fcsr >> 5 & 7,
            _ => fcsr & 0xff,
        })
    }

    fn write_float(&mut self, number: u16, value: u32) {
        let fcsr = self.engine.fcsr();
        self.engine.set_fcsr(match number {
            number::FFLAGS => fcsr & !0x1f | value & 0x1f,
            number::FRM => fcsr & !0xe0 | (value & 7) << 5,
            _ => value & 0xff,
        });
    }

    /// The machine timer's counter, read through the bus in two words at the same cycle.
    fn time(&self, bus: &mut dyn Bus) -> Option<u64> {
        let base = self.mtime?;
        let (cycle, pc) = (self.engine.cycle(), self.engine.pc() as u32);
        let mut word = |offset: u32| {
            let value = bus.read(Access { address: base.wrapping_add(offset), size: 4, cycle, pc }).ok();
            bus.take_attention();
            value
        };
        let (lower, upper) = (word(0)?, word(4)?);
        Some(u64::from(upper) << 32 | u64::from(lower))
    }

    /// What the engine must know of a register that was written.
    fn written(&mut self, number: u16) {
        match number {
            number::SSTATUS | number::MSTATUS => {
                self.update_float_trap();
                self.update_rights();
                // The instruction is retired, and has four bytes.
                self.measure_masked(self.engine.pc().wrapping_sub(4));
            }
            number::MEPC => self.observer.note(self.engine.cycle(), Observed::WayBack),
            number::PMPCFG0..=number::PMPADDR15 => self.engine.set_protection(&self.csrs.protection()),
            _ => {}
        }
    }

    /// An access that is refused, or must be aligned.
    pub(crate) fn refused(&mut self, kind: AccessKind, address: u64, misaligned: bool) {
        self.raise(if misaligned {
            Exception::Misaligned { kind, address }
        } else {
            Exception::AccessFault { kind, address }
        });
    }
}
