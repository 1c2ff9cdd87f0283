//! A fault in words, for whoever looks at the run from outside.

use bksim_protocol::message::FaultReport;

use super::Riscv;
use super::csr::Mode;
use super::engine::AccessKind;
use super::trap::Exception;

/// The exception's name (table 3.6).
fn name(exception: Exception) -> &'static str {
    match exception {
        Exception::Misaligned { kind: AccessKind::Fetch, .. } => "Instruction address misaligned",
        Exception::AccessFault { kind: AccessKind::Fetch, .. } => "Instruction access fault",
        Exception::IllegalInstruction { .. } => "Illegal instruction",
        Exception::Breakpoint { .. } => "Breakpoint",
        Exception::Misaligned { kind: AccessKind::Load, .. } => "Load address misaligned",
        Exception::AccessFault { kind: AccessKind::Load, .. } => "Load access fault",
        Exception::Misaligned { kind: AccessKind::Store, .. } => "Store/AMO address misaligned",
        Exception::AccessFault { kind: AccessKind::Store, .. } => "Store/AMO access fault",
        Exception::EnvironmentCall(_) => "Environment call",
    }
}

fn words(exception: Exception, pc: u64) -> String {
    let access = |kind: AccessKind| match kind {
        AccessKind::Load => "load from",
        AccessKind::Store => "store to",
        AccessKind::Fetch => "instruction fetch from",
    };
    match exception {
        Exception::AccessFault { kind: AccessKind::Fetch, address } => {
            format!("instruction fetch from {address:#010x}")
        }
        Exception::AccessFault { kind, address } => format!("{} {address:#010x} by {pc:#010x}", access(kind)),
        Exception::Misaligned { kind, address } => {
            format!("{} {address:#010x}, which is not a multiple of its size, by {pc:#010x}", access(kind))
        }
        Exception::IllegalInstruction { word } => format!("{word:#x} at {pc:#010x}"),
        Exception::Breakpoint { pc } => format!("at {pc:#010x}"),
        Exception::EnvironmentCall(_) => format!("at {pc:#010x}"),
    }
}

fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::User => "U-mode",
        Mode::Supervisor => "S-mode",
        Mode::Machine => "M-mode",
    }
}

impl Riscv {
    /// Writes the report of an exception at `pc`, in front of its handler.
    pub(crate) fn report_fault(&mut self, exception: Exception) {
        let pc = self.engine.pc();
        let cause = exception.cause();
        let mode = mode_name(self.csrs.mode);
        let summary = format!("{} (cause {cause}) in {mode}: {}", name(exception), words(exception, pc));
        let registers = (0..32).map(|index| self.engine.register(index)).collect();
        self.fault = Some(FaultReport { summary, pc, registers, ..FaultReport::default() });
    }

    /// The handler of an exception raises it itself. If it is the handler of another fault, that one is of interest.
    pub(crate) fn report_lockup(&mut self, exception: Exception) {
        if !self.handling_fault {
            self.report_fault(exception);
        }
        let handler = self.engine.pc();
        let report = self.fault.get_or_insert_default();
        report.summary = format!("lockup, the trap handler at {handler:#010x} cannot begin: {}", report.summary);
    }
}
