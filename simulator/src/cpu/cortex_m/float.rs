//! The floating-point context (Arm DDI 0403E, B1.4.7, B1.5.7 and B3.2.20-22): who may use the unit, whose registers are in
//! it, and when they are saved.
//!
//! The engine executes floating-point instructions, but decides nothing: it stops in front of one for as long as there is
//! something to decide, [`Ppb::traps_float`]. What follows then, [`CortexM::float_instruction`], is the manual's
//! ExecuteFPCheck:
//!
//! ```text
//!  CPACR refuses ──────────────▶ UsageFault, NOCP
//!  FPCCR.LSPACT is set ────────▶ S0-S15 and FPSCR go to FPCAR, LSPACT is cleared (PreserveFPState), and on:
//!  ASPEN set, FPCA clear ──────▶ FPSCR's modes come from FPDSCR, FPCA is set: a new context
//! ```
//!
//! What an exception does to it, with FPCA set at its entry (otherwise the frame is a basic one, as on a core without
//! floating point), and what EXC_RETURN bit 4 is then:
//!
//! | | FPCCR.LSPEN set | clear |
//! |---|---|---|
//! | entry | the frame's upper 18 words are reserved, FPCAR points there, LSPACT is set | they are stored |
//! | handler's first floating-point instruction | they are stored, LSPACT is cleared | nothing |
//! | return, bit 4 clear | LSPACT still set: it is cleared, nothing is loaded; else they are loaded | they are loaded |
//! | return, bit 4 set | nothing; LSPACT stays for whom it is | nothing |

use serde::{Deserialize, Serialize};

use super::CortexM;
use super::config::{Architecture, CoreModel};
use super::fault::{Cause, Escalation};
use super::nvic::number;
use super::ppb::Ppb;
use crate::cpu::cortex_m::engine::Register;
use crate::cpu::cortex_m::thumb::float::{self, Extension};

/// CONTROL.FPCA: there is a floating-point context.
pub(crate) const FPCA: u8 = 1 << 2;
/// Bytes of a frame's floating-point part: S0-S15, FPSCR and a word that nobody uses.
pub(crate) const FLOAT_FRAME: u32 = 72;
/// What is stored of it.
const STORED: [Register; 17] = [
    Register::S(0),
    Register::S(1),
    Register::S(2),
    Register::S(3),
    Register::S(4),
    Register::S(5),
    Register::S(6),
    Register::S(7),
    Register::S(8),
    Register::S(9),
    Register::S(10),
    Register::S(11),
    Register::S(12),
    Register::S(13),
    Register::S(14),
    Register::S(15),
    Register::Fpscr,
];

/// FPCCR bits (B3.2.21); those of Armv8-M alone are marked so (Arm DDI 0553, D1.2, FPCCR).
mod fpccr {
    pub(super) const ASPEN: u32 = 1 << 31;
    pub(super) const LSPEN: u32 = 1 << 30;
    /// Armv8-M: an exception return clears what the handler has left in the registers.
    pub(super) const CLRONRET: u32 = 1 << 28;
    /// Armv8-M.
    pub(super) const UFRDY: u32 = 1 << 10;
    /// Armv8-M: there is no room for the registers above the stack limit, so they are never stored.
    pub(super) const SPLIMVIOL: u32 = 1 << 9;
    pub(super) const MONRDY: u32 = 1 << 8;
    pub(super) const BFRDY: u32 = 1 << 6;
    pub(super) const MMRDY: u32 = 1 << 5;
    pub(super) const HFRDY: u32 = 1 << 4;
    pub(super) const THREAD: u32 = 1 << 3;
    pub(super) const USER: u32 = 1 << 1;
    pub(super) const LSPACT: u32 = 1;
    /// What UpdateFPCCR sets or clears.
    pub(super) const OF_FRAME: u32 = MONRDY | BFRDY | MMRDY | HFRDY | THREAD | USER | LSPACT;
    /// Likewise, on Armv8-M only.
    pub(super) const OF_FRAME_V8M: u32 = UFRDY | SPLIMVIOL;
}

/// CP10 and CP11 of CPACR.
const ACCESS: u32 = 0xf << 20;
/// FPDSCR, and what a new context takes from it: AHP, DN, FZ, RMode.
const MODES: u32 = 0x1f << 22;

/// MVFR0, MVFR1 and MVFR2 (Arm DDI 0439D, table 7-4; DDI 0489, Cortex-M7 with double precision; 100230, Cortex-M33).
const fn features(extension: Extension) -> [u32; 3] {
    match extension {
        Extension::V4Single => [0x1011_0021, 0x1100_0011, 0],
        Extension::V5Single => [0x1011_0021, 0x1100_0011, 0x0000_0040],
        Extension::V5Double => [0x1011_0221, 0x1200_0011, 0x0000_0040],
    }
}

/// The registers of the unit that are not the engine's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FloatRegisters {
    extension: Extension,
    /// The bits of FPCCR that are Armv8-M's.
    v8m: bool,
    cpacr: u32,
    fpccr: u32,
    fpcar: u32,
    fpdscr: u32,
}

impl FloatRegisters {
    /// After reset (Arm DDI 0439D, table 7-4); `None` if the core has no such unit.
    pub(crate) fn of(model: CoreModel) -> Option<Self> {
        let extension = model.float()?;
        let v8m = model.architecture() == Architecture::V8M;
        Some(Self { extension, v8m, cpacr: 0, fpccr: fpccr::ASPEN | fpccr::LSPEN, fpcar: 0, fpdscr: 0 })
    }

    /// What an exception's entry sets or clears in FPCCR.
    fn of_frame(&self) -> u32 {
        fpccr::OF_FRAME | if self.v8m { fpccr::OF_FRAME_V8M } else { 0 }
    }

    /// A word, by its address in the System Control Space.
    pub(crate) fn read(&self, address: u32) -> u32 {
        match address & 0xfff {
            0xd88 => self.cpacr,
            0xf34 => self.fpccr,
            0xf38 => self.fpcar,
            0xf3c => self.fpdscr,
            offset @ (0xf40 | 0xf44 | 0xf48) => features(self.extension)[(offset as usize - 0xf40) / 4],
            _ => 0,
        }
    }

    /// Writes the bits `mask` of a word.
    pub(crate) fn write(&mut self, address: u32, value: u32, mask: u32) {
        let v8m = if self.v8m { fpccr::CLRONRET } else { 0 };
        let fpccr = fpccr::ASPEN | fpccr::LSPEN | self.of_frame() | v8m;
        let (register, writable) = match address & 0xfff {
            0xd88 => (&mut self.cpacr, ACCESS),
            0xf34 => (&mut self.fpccr, fpccr),
            0xf38 => (&mut self.fpcar, !7),
            0xf3c => (&mut self.fpdscr, MODES),
            _ => return,
        };
        *register = (*register & !mask | value & mask) & writable;
    }

    /// CP10 decides; firmware that sets CP11 otherwise is unpredictable (B3.2.20), and so is the value 2.
    fn permits(&self, privileged: bool) -> bool {
        match self.cpacr >> 20 & 3 {
            1 => privileged,
            3 => true,
            _ => false,
        }
    }

    fn has(&self, bits: u32) -> bool {
        self.fpccr & bits == bits
    }
}

impl Ppb {
    /// Whether there is something to decide in front of a floating-point instruction.
    pub(crate) fn traps_float(&self) -> bool {
        self.float.as_ref().is_none_or(|float| {
            let begins_context = float.has(fpccr::ASPEN) && self.masks.control & FPCA == 0;
            begins_context || float.has(fpccr::LSPACT) || !float.permits(self.privileged())
        })
    }

    /// Whether the engine's trap is not as it should be: it must come back.
    pub(crate) fn float_trap_is_stale(&self) -> bool {
        self.traps_float() != self.float_trapped
    }
}

impl CortexM {
    /// Sets the engine's trap as it should be.
    pub(crate) fn update_float_trap(&mut self) {
        if self.ppb.float_trap_is_stale() {
            self.ppb.float_trapped = self.ppb.traps_float();
            self.engine.trap_float(self.ppb.float_trapped);
        }
    }

    /// After reset the registers are unknown (B1.4.7); here they are zero, so that runs do not depend on what was before.
    pub(crate) fn reset_float(&mut self) {
        if self.ppb.float.is_some() {
            for register in (0..32).map(Register::S).chain([Register::Fpscr]) {
                self.engine.set_register(register, 0);
            }
        }
    }

    /// The instruction at `pc`, which has not begun, is one of the floating-point unit (ExecuteFPCheck).
    pub(crate) fn float_instruction(&mut self, pc: u32) {
        let privileged = self.ppb.privileged();
        let Some(registers) = self.ppb.float.as_ref().filter(|float| float.permits(privileged)) else {
            return self.instruction_fault(Cause::NoCoprocessor, pc, pc);
        };
        let (lazy, begins_contexts, fpdscr) =
            (registers.has(fpccr::LSPACT), registers.has(fpccr::ASPEN), registers.fpdscr);
        let extension = registers.extension;
        let mut bytes = [0; 4];
        let instruction = self.engine.read_memory(pc, &mut bytes).then_some(bytes);
        let exists = instruction.map(|[a, b, c, d]| (u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d])));
        if exists.and_then(|(first, second)| float::class(extension, first, second)).is_none() {
            return self.instruction_fault(Cause::Undefined, pc, pc);
        }
        if lazy && !self.save_lazily(pc) {
            return;
        }
        let control = self.ppb.masks.control;
        if begins_contexts && control & FPCA == 0 {
            let fpscr = self.engine.register(Register::Fpscr);
            self.engine.set_register(Register::Fpscr, fpscr & !MODES | fpdscr);
            let xpsr = self.engine.register(Register::Xpsr);
            self.engine.set_mode(xpsr, control | FPCA);
            self.ppb.masks.control = control | FPCA;
        }
    }

    /// Stores the registers where an exception's entry has left room for them (PreserveFPState). `false`: an exception is
    /// to be taken first, or there is nothing left.
    fn save_lazily(&mut self, pc: u32) -> bool {
        let Some(float) = &self.ppb.float else { return false };
        let (address, room) = (float.fpcar, !float.has(fpccr::SPLIMVIOL));
        self.engine.advance(self.costs.float_context());
        let taken_first = room && !self.store_float(address) && self.lazy_fault(pc, address);
        if let Some(float) = self.ppb.float.as_mut().filter(|_| !taken_first) {
            float.fpccr &= !fpccr::LSPACT;
        }
        !taken_first
    }

    /// Lazy saving has failed: whether its fault can become pending, and as which, was noted when the frame was made
    /// (TakePreserveFPException). `true`: it comes before the instruction at `pc`; else that goes on, its context lost.
    fn lazy_fault(&mut self, pc: u32, address: u32) -> bool {
        let ready = |bit: u32| self.ppb.float.as_ref().is_some_and(|float| float.has(bit));
        let exception = if ready(fpccr::BFRDY) { number::BUS_FAULT } else { number::HARD_FAULT };
        let nvic = &self.ppb.nvic;
        let pre_empts =
            nvic.is_enabled(exception) && nvic.group_priority(exception) < nvic.execution_priority(self.ppb.masks);
        let escalation =
            if pre_empts || ready(fpccr::HFRDY) { Escalation::Enter(exception) } else { Escalation::Lockup };
        self.report_fault(Cause::LazyStacking(address), pc, escalation);
        if escalation == Escalation::Lockup {
            self.lockup = true;
            return true;
        }
        let now = self.engine.cycle();
        self.ppb.nvic.pend(exception, now);
        pre_empts
    }

    fn store_float(&mut self, address: u32) -> bool {
        let mut words = [0; STORED.len()];
        self.engine.read_registers(&STORED, &mut words);
        let mut bytes = [0; 4 * STORED.len()];
        for (place, word) in bytes.chunks_exact_mut(4).zip(words) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        self.engine.write_memory(address, &bytes)
    }

    /// The floating-point part, at `address`, of the frame of an exception that is being entered: stores it, or notes that
    /// it is to be stored (PushStack, UpdateFPCCR). `room`: the frame is not below the stack limit.
    pub(crate) fn push_float(&mut self, address: u32, room: bool) -> Result<(), Cause> {
        let privileged = self.ppb.privileged();
        let (nvic, thread) = (&self.ppb.nvic, self.ppb.scb.current == 0);
        let Some(float) = &mut self.ppb.float else { return Ok(()) };
        if !float.has(fpccr::LSPEN) {
            if !float.permits(privileged) {
                return Err(Cause::NoCoprocessor);
            }
            self.engine.advance(self.costs.float_context());
            return if !room || self.store_float(address) { Ok(()) } else { Err(Cause::Stacking) };
        }
        let now = nvic.execution_priority(self.ppb.masks);
        let ready = |exception: u16| nvic.is_enabled(exception) && nvic.group_priority(exception) < now;
        let bits = [
            (true, fpccr::LSPACT),
            (!privileged, fpccr::USER),
            (thread, fpccr::THREAD),
            (ready(number::HARD_FAULT), fpccr::HFRDY),
            (ready(number::MEM_MANAGE), fpccr::MMRDY),
            (ready(number::BUS_FAULT), fpccr::BFRDY),
            (ready(number::DEBUG_MONITOR), fpccr::MONRDY),
            (ready(number::USAGE_FAULT), fpccr::UFRDY),
            (!room, fpccr::SPLIMVIOL),
        ];
        let set = bits.iter().filter(|(holds, _)| *holds).fold(0, |set, (_, bit)| set | bit);
        let of_frame = float.of_frame();
        float.fpccr = float.fpccr & !of_frame | set & of_frame;
        float.fpcar = address & !7;
        Ok(())
    }

    /// A handler with a context of its own returns: with FPCCR.CLRONRET nobody is to see what it has computed.
    pub(crate) fn clear_on_return(&mut self) {
        let Some(float) = &self.ppb.float else { return };
        let owes = float.has(fpccr::LSPACT);
        if float.has(fpccr::CLRONRET) && !owes && self.ppb.masks.control & FPCA != 0 {
            self.engine.write_registers(&STORED, &[0; STORED.len()]);
        }
    }

    /// The floating-point part, at `address`, of the frame that an exception returns to, `privileged` code or other:
    /// loads it, unless the registers have not been anybody else's (PopStack).
    pub(crate) fn pop_float(&mut self, address: u32, privileged: bool) -> Result<(), Cause> {
        let Some(float) = &mut self.ppb.float else { return Ok(()) };
        if float.has(fpccr::LSPACT) {
            float.fpccr &= !fpccr::LSPACT;
            return Ok(());
        }
        if !float.permits(privileged) {
            return Err(Cause::NoCoprocessor);
        }
        let mut bytes = [0; 4 * STORED.len()];
        if !self.engine.read_memory(address, &mut bytes) {
            return Err(Cause::Unstacking);
        }
        let mut words = [0; STORED.len()];
        for (word, bytes) in words.iter_mut().zip(bytes.chunks_exact(4)) {
            *word = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        }
        self.engine.write_registers(&STORED, &words);
        self.engine.advance(self.costs.float_context());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registers_keep_what_they_have() {
        // B3.2.20-22; reset values and MVFR0, MVFR1: Arm DDI 0439D, table 7-4.
        let mut float = FloatRegisters::of(CoreModel::CortexM4F).unwrap();
        let after_reset = [(0xe000_ef34, 0xc000_0000), (0xe000_ef3c, 0), (0xe000_ed88, 0)];
        let features = [(0xe000_ef40, 0x1011_0021), (0xe000_ef44, 0x1100_0011), (0xe000_ef48, 0)];
        for (address, value) in after_reset.into_iter().chain(features) {
            assert_eq!(float.read(address), value, "{address:#x}");
        }
        let all = [(0xe000_ed88, 0x00f0_0000), (0xe000_ef34, 0xc000_017b), (0xe000_ef38, 0xffff_fff8)];
        for (address, value) in all.into_iter().chain([(0xe000_ef3c, 0x07c0_0000)]).chain(features) {
            float.write(address, u32::MAX, u32::MAX);
            assert_eq!(float.read(address), value, "{address:#x}");
        }
        float.write(0xe000_ed88, 0, 0x00ff_0000);
        assert_eq!(float.read(0xe000_ed88), 0, "by bytes too");
    }

    #[test]
    fn access_is_by_privilege() {
        for (cpacr, privileged, others) in [(0, false, false), (5, true, false), (0xf, true, true), (0xa, false, false)]
        {
            let float = FloatRegisters { cpacr: cpacr << 20, ..FloatRegisters::of(CoreModel::CortexM4F).unwrap() };
            assert_eq!((float.permits(true), float.permits(false)), (privileged, others), "CPACR {cpacr:x}");
        }
    }
}
