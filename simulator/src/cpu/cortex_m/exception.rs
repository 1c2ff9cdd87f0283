//! Exception entry and return (Arm DDI 0403E, B1.5.6-B1.5.8), done between two runs of the engine.
//!
//! The stages of an exception, and the function behind each:
//!
//! ```text
//!  pending ──1──▶ stacking ──2──▶ vector ──3──▶ handler ──4──▶ EXC_RETURN ──5──▶ unstacking ──▶ what was interrupted
//!                 enter()         take()                       exception_return()  │
//!                                   ▲                                              │ another one is takeable
//!                                   └────────────────── tail-chain ◀──6────────────┘
//! ```
//!
//! 1 `Nvic::takeable` said so, or an instruction raised it. 2 pushes eight words, and room for 18 more if there is a
//! floating-point context (see [`super::float`]), 3 charges the entry's cycles. 6 skips
//! unstacking and stacking. On Armv8-M a frame that would lie below its stack's limit is not stored: that is a UsageFault,
//! STKOF (Arm DDI 0553, B3.21). An exception that becomes pending during 2, 3 or 6 and is more important goes first, on the
//! same frame and without further cycles (late arrival, `arrive_late()`); the other one is pending again.

use serde::{Deserialize, Serialize};

use super::CortexM;
use super::config::Architecture;
use super::fault::{Cause, Escalation};
use super::float::{FLOAT_FRAME, FPCA};
use super::nvic::number;
use super::scb::{NONBASETHRDENA, SLEEPONEXIT, STKALIGN, STKOFHFNMIGN};
use crate::cpu::cortex_m::engine::{Masks, Register};
use crate::cpu::cortex_m::thumb::{IT_BITS, T_BIT};
use crate::cpu::observed::Observed;
use crate::cpu::protection::Right;

/// xPSR bit 9 of a frame: the stack pointer was not aligned to 8 bytes.
const REALIGNED: u32 = 1 << 9;
/// xPSR[8:0].
const IPSR: u32 = 0x1ff;
/// CONTROL.nPRIV.
const NPRIV: u8 = 1;
/// CONTROL.SPSEL.
const SPSEL: u8 = 1 << 1;
/// Bytes of a basic frame.
const FRAME: u32 = 32;
/// EXC_RETURN bit 4: the frame is a basic one.
const BASIC: u32 = 1 << 4;

/// The bits of EXC_RETURN that Armv8-M adds (Arm DDI 0553, D1.2, EXC_RETURN). They are ones on the other cores, and so
/// they are here, on entry: what firmware sees that runs in Secure state only. A core without the Security Extension would
/// show S and ES as zeros; that it is given them as ones is unpredictable there (rule R_XLCP), so both are accepted.
mod excret {
    /// The exception's security state.
    pub(super) const ES: u32 = 1;
    /// No frame holds the callee's registers.
    pub(super) const DCRS: u32 = 1 << 5;
    /// The security state of the stack with the frame.
    pub(super) const S: u32 = 1 << 6;
}

/// An exception whose handler's first instruction is still to come.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Entering {
    exception: u16,
    /// EXC_RETURN.
    link: u32,
    /// xPSR of what was interrupted.
    xpsr: u32,
    pended_at: u64,
}

/// What a return from an exception loads: what a basic frame holds, in its order, but for PC and xPSR; and the stack
/// pointer.
const FRAME_REGISTERS: [Register; 7] =
    [Register::R0, Register::R1, Register::R2, Register::R3, Register::R12, Register::Lr, Register::Sp];

impl CortexM {
    /// Takes an exception that became pending at `pended_at`; the interrupted code goes on at `return_address`.
    pub(crate) fn enter(&mut self, exception: u16, return_address: u32, pended_at: u64) {
        let mut registers = [0; 8];
        self.engine.read_registers(
            &[
                Register::R0,
                Register::R1,
                Register::R2,
                Register::R3,
                Register::R12,
                Register::Lr,
                Register::Xpsr,
                Register::Sp,
            ],
            &mut registers,
        );
        let [r0, r1, r2, r3, r12, lr, xpsr, sp] = registers;
        let thread = self.ppb.scb.current == 0;
        // A handler of Armv8-M can set SPSEL, which has no effect but here.
        let spsel = self.ppb.masks.control & SPSEL != 0;
        let process_stack = thread && spsel;
        let extended = self.ppb.masks.control & FPCA != 0;
        let size = FRAME + if extended { FLOAT_FRAME } else { 0 };
        let align = extended || self.ppb.scb.ccr & STKALIGN != 0;
        let unaligned = align && sp & 4 != 0;
        let frame_sp = sp.wrapping_sub(size) & if align { !7 } else { !3 };
        let saved_xpsr = xpsr & !REALIGNED | if unaligned { REALIGNED } else { 0 };
        let room = !self.is_below_limit(frame_sp, process_stack);
        let mut frame = [0; FRAME as usize];
        let words = [r0, r1, r2, r3, r12, lr, return_address & !1, saved_xpsr];
        for (place, word) in frame.chunks_exact_mut(4).zip(words) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        let privileged = self.ppb.privileged();
        let mut stacked = match self.check_frame(frame_sp, FRAME, Right::Write, privileged) {
            _ if !room => Err(Cause::StackOverflow),
            Err(_) => Err(Cause::StackingViolation),
            Ok(()) if self.engine.write_memory(frame_sp, &frame) => Ok(()),
            Ok(()) => Err(Cause::Stacking),
        };
        if extended && (stacked.is_ok() || !room) {
            stacked = stacked.and(self.push_float(frame_sp.wrapping_add(FRAME), room));
        }
        self.engine.set_register(Register::Sp, if room { frame_sp } else { self.stack_limit(process_stack) });
        self.engine.advance(self.costs.exception_entry());
        let frame_bits = u32::from(!extended) << 4 | u32::from(thread) << 3 | u32::from(spsel) << 2;
        let entering = Entering { exception, link: 0xffff_ffe1 | frame_bits, xpsr, pended_at };
        match stacked {
            Ok(()) => self.take(exception, entering.link, xpsr, pended_at),
            Err(cause) => self.stacking_fault(cause, entering, return_address),
        }
    }

    /// MSPLIM or PSPLIM; 0 on a core without them.
    fn stack_limit(&self, process_stack: bool) -> u32 {
        let limits = self.engine.stack_limits();
        if process_stack { limits.process } else { limits.main }
    }

    /// Whether a stack pointer would be below its limit, and whether that counts.
    fn is_below_limit(&self, sp: u32, process_stack: bool) -> bool {
        sp < self.stack_limit(process_stack) && !self.ignores_stack_limits()
    }

    /// CCR.STKOFHFNMIGN: whether stack limits do not count at the priority of what runs (Arm DDI 0553, D1.2, CCR).
    pub(crate) fn ignores_stack_limits(&self) -> bool {
        self.ppb.scb.ccr & STKOFHFNMIGN != 0 && self.ppb.nvic.execution_priority(self.ppb.masks) < 0
    }

    /// The frame of an exception could not be stored: the fault goes first if it is the more important one.
    fn stacking_fault(&mut self, cause: Cause, entering: Entering, pc: u32) {
        let Entering { exception, link, xpsr, pended_at } = entering;
        let now = self.engine.cycle();
        match self.record_fault(cause, pc) {
            Escalation::Lockup => self.lockup = true,
            Escalation::Enter(fault) => {
                let nvic = &mut self.ppb.nvic;
                let (first, second) = if nvic.group_priority(fault) < nvic.group_priority(exception) {
                    (fault, exception)
                } else {
                    (exception, fault)
                };
                if first != second {
                    nvic.pend(second, now);
                }
                let at = if first == exception { pended_at } else { now };
                self.take(first, link, xpsr, at);
            }
        }
    }

    /// Goes to an exception's handler; the frame is on its stack already (B1.5.6, ExceptionTaken).
    fn take(&mut self, exception: u16, link: u32, xpsr: u32, pended_at: u64) {
        let mut vector = [0; 4];
        if !self.engine.read_memory(self.ppb.scb.vtor.wrapping_add(4 * u32::from(exception)), &mut vector) {
            return self.vector_fault(exception, link, xpsr);
        }
        let vector = u32::from_le_bytes(vector);
        let control = self.ppb.masks.control & !(SPSEL | FPCA);
        self.ppb.nvic.activate(exception);
        self.ppb.scb.current = exception;
        self.ppb.masks.control = control;
        self.ppb.event = true;
        let thumb = if vector & 1 != 0 { T_BIT } else { 0 };
        let handler_xpsr = xpsr & !(IPSR | IT_BITS | T_BIT) | thumb | u32::from(exception);
        self.engine.switch(handler_xpsr, control, &[Register::Lr], &[link]);
        self.engine.set_pc(vector);
        self.engine.open_monitor();
        self.entering = Some(Entering { exception, link, xpsr, pended_at });
    }

    /// A more important exception became pending while `first` was stacked: it is taken in its place (B1.5.3).
    pub(crate) fn arrive_late(&mut self, first: Entering, exception: u16, pended_at: u64) {
        self.ppb.nvic.set_active(first.exception, false);
        self.ppb.nvic.pend(first.exception, first.pended_at);
        self.take(exception, first.link, first.xpsr, pended_at);
    }

    /// The handler that was entered last is about to run.
    pub(crate) fn begin_handler(&mut self) {
        if let Some(Entering { exception, pended_at, .. }) = self.entering.take() {
            let now = self.moment();
            self.ppb.measurements.entered(exception, pended_at, now);
            self.ppb.observer.note(now.cycle, Observed::Enter { exception: Some(exception.into()) });
        }
    }

    fn vector_fault(&mut self, exception: u16, link: u32, xpsr: u32) {
        let pc = self.engine.pc();
        match self.record_fault(Cause::Vector(exception), pc) {
            Escalation::Enter(fault) if fault != exception => {
                let now = self.engine.cycle();
                self.take(fault, link, xpsr, now);
            }
            _ => self.lockup = true,
        }
    }

    /// A handler has branched to `value` (B1.5.8).
    pub(crate) fn exception_return(&mut self, value: u32) {
        let leaving = self.ppb.scb.current;
        let valid = self.ppb.nvic.active().has(leaving)
            && match self.ppb.model.architecture() {
                Architecture::V8M => self.is_return_v8m(value),
                Architecture::V6M | Architecture::V7M => self.is_return(value),
            };
        let now = self.engine.cycle();
        self.ppb.catch_up(now);
        self.ppb.nvic.deactivate(leaving, now);
        if leaving != number::NMI && self.ppb.masks.faultmask {
            self.engine.set_register(Register::Faultmask, 0);
            self.ppb.set_masks(self.moment(), Masks { faultmask: false, ..self.ppb.masks });
        }
        self.ppb.measurements.left(leaving, now);
        self.ppb.observer.note(now, Observed::Leave);
        self.clear_on_return();
        if !valid {
            return self.return_fault(Cause::InvalidReturn(value), 0xf000_0000 | value & 0x0fff_ffff);
        }
        if let Some(next) = self.ppb.nvic.takeable(self.ppb.masks) {
            let pended_at = self.ppb.nvic.pended_at(next);
            self.engine.advance(self.costs.tail_chain());
            let xpsr = self.engine.register(Register::Xpsr);
            return self.take(next, value, xpsr, pended_at);
        }
        self.unstack(value);
    }

    /// Whether there is such an EXC_RETURN (table B1-8, and ExceptionReturn).
    fn is_return(&self, value: u32) -> bool {
        let alone = self.ppb.nvic.active().is_single();
        let base = alone || self.ppb.scb.ccr & NONBASETHRDENA != 0;
        let fixed = if self.ppb.float.is_some() { 0x0fff_ffe0 } else { 0x0fff_fff0 };
        value & fixed == fixed
            && match value & 0xf {
                0x1 => !alone,
                0x9 | 0xd => base,
                _ => false,
            }
    }

    /// Whether there is such an EXC_RETURN on Armv8-M (Arm DDI 0553, ValidateExceptionReturn): it may lead from any handler
    /// to the thread, and what it says of the mode is compared with the frame's IPSR.
    fn is_return_v8m(&self, value: u32) -> bool {
        const RESERVED_ONES: u32 = 0x00ff_ff80;
        const RESERVED_ZERO: u32 = 2;
        let basic = if self.ppb.float.is_some() { 0 } else { BASIC };
        let ones = RESERVED_ONES | excret::DCRS | basic;
        let one_state = (value & excret::S != 0) == (value & excret::ES != 0);
        value & (ones | RESERVED_ZERO) == ones && one_state
    }

    /// Loads the frame that `value` names and goes on there.
    fn unstack(&mut self, value: u32) {
        let thread = value & 8 != 0;
        let process_stack = thread && value & 4 != 0;
        let sp = self.engine.register(if process_stack { Register::Psp } else { Register::Sp });
        let privileged = !thread || self.ppb.masks.control & NPRIV == 0;
        let mut frame = [0; FRAME as usize];
        if self.check_frame(sp, FRAME, Right::Read, privileged).is_err() {
            return self.return_fault(Cause::UnstackingViolation, value);
        }
        if !self.engine.read_memory(sp, &mut frame) {
            return self.return_fault(Cause::Unstacking, value);
        }
        let mut words = [0; 8];
        for (word, bytes) in words.iter_mut().zip(frame.chunks_exact(4)) {
            *word = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        }
        let [.., pc, xpsr] = words;
        if thread != (xpsr & IPSR == 0) {
            return self.return_fault(Cause::InvalidReturn(value), 0xf000_0000 | value & 0x0fff_ffff);
        }
        let extended = value & BASIC == 0;
        let kept = self.ppb.masks.control & !(FPCA | SPSEL);
        let control = kept | if extended { FPCA } else { 0 } | if value & 4 != 0 { SPSEL } else { 0 };
        if extended && let Err(cause) = self.pop_float(sp.wrapping_add(FRAME), privileged) {
            return self.return_fault(cause, value);
        }
        let size = FRAME + if extended { FLOAT_FRAME } else { 0 };
        let align = (extended || self.ppb.scb.ccr & STKALIGN != 0) && xpsr & REALIGNED != 0;
        let sp = sp.wrapping_add(size) | if align { 4 } else { 0 };
        let [r0, r1, r2, r3, r12, lr, ..] = words;
        self.engine.switch(xpsr & !REALIGNED, control, &FRAME_REGISTERS, &[r0, r1, r2, r3, r12, lr, sp]);
        self.engine.set_pc(pc);
        self.engine.open_monitor();
        self.engine.advance(self.costs.exception_return());
        self.ppb.masks.control = control;
        self.ppb.scb.current = (xpsr & IPSR) as u16;
        self.ppb.event = true;
        let now = self.engine.cycle();
        self.ppb.measurements.resumed(!thread, now);
        if thread && self.ppb.nvic.active().is_empty() && self.ppb.scb.scr & SLEEPONEXIT != 0 {
            self.sleep = Some(super::Sleep::Interrupt);
        }
    }

    /// The return itself has failed: its fault is taken on the frame that is still there.
    fn return_fault(&mut self, cause: Cause, link: u32) {
        let pc = self.engine.pc();
        match self.record_fault(cause, pc) {
            Escalation::Enter(exception) => {
                let now = self.engine.cycle();
                let xpsr = self.engine.register(Register::Xpsr);
                self.engine.advance(self.costs.tail_chain());
                self.take(exception, link, xpsr, now);
            }
            Escalation::Lockup => self.lockup = true,
        }
    }
}
