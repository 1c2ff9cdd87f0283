//! Ends a run inside a block, at an exact instruction, without touching translated code; and runs code that Unicorn may
//! not fetch as a whole.
//!
//! The instructions up to the horizon run in the *code alias*: other addresses of the same bytes, with a hook on every
//! instruction that costs the real code nothing. An instruction that reads the program counter as a value would see the
//! alias's: it is executed here.

use super::super::blocks::{READ_ONLY, Span};
use super::boxes::Substitutes;
use super::fast::Fast;
use super::measure::append;
use super::state::{View, Why};
use crate::cpu::riscv::cycles::after;
use crate::cpu::riscv::engine::{AccessKind, Stop};
use crate::cpu::riscv::instruction::Instruction;

/// No instruction's address.
const NO_LIMIT: u32 = u32::MAX;

impl Fast {
    /// Runs the block up to `until`, or to the first instruction of it that is not for Unicorn.
    pub(super) fn run_to_forbidden(&mut self, until: u64) -> Result<(), Stop> {
        let (memory, forbidden) = (&self.state.memory, self.state.forbidden.get());
        let start = self.pc as u32;
        if forbidden & READ_ONLY != 0 && memory.find(start, 2).is_some_and(|mapping| !mapping.writable()) {
            return Err(Stop::Stalled);
        }
        let mut limit = start;
        while self.flags(limit) & forbidden == 0 && memory.find(limit, 2).is_some() {
            limit = limit.wrapping_add(memory.fetched(limit).length());
        }
        self.run_tail(until, limit)?;
        if self.pc != u64::from(limit) || self.state.now.get() >= until {
            return Ok(());
        }
        if self.flags(limit) & (forbidden & !after::CONDITIONAL) == 0 {
            return self.run_conditional();
        }
        Err(self.not_for_unicorn(limit))
    }

    /// Runs the SC that comes next.
    fn run_conditional(&mut self) -> Result<(), Stop> {
        let pc = self.pc as u32;
        match self.state.operand(pc) {
            Some((_, operand, address)) if !address.is_multiple_of(operand.size.into()) => {
                Err(Stop::Misaligned { kind: AccessKind::Store, address })
            }
            _ => self.run_alias(pc.wrapping_add(self.state.memory.fetched(pc).length())),
        }
    }

    /// Runs the instruction of single precision that comes next: its operands as they count, its result boxed.
    fn run_boxed(&mut self) -> Result<(), Stop> {
        let (pc, isa) = (self.pc as u32, self.state.blocks.costs().isa);
        let fetched = self.state.memory.fetched(pc);
        let substitutes = Substitutes::put(&self.state.shell, fetched, isa);
        let done = self.run_alias(pc.wrapping_add(fetched.length()));
        substitutes.take_back(&self.state.shell, self.pc != u64::from(pc));
        done
    }

    /// The stop in front of an instruction that Unicorn is not to execute.
    fn not_for_unicorn(&self, pc: u32) -> Stop {
        let trapped = self.flags(pc) & self.state.forbidden.get() & after::FLOAT != 0;
        if trapped { Stop::Float } else { Stop::Instruction }
    }

    /// What must be known of an instruction.
    fn flags(&self, pc: u32) -> u16 {
        self.state.blocks.costs().instruction(self.state.memory.fetched(pc)).after
    }

    /// Runs straight-line code up to the first instruction boundary at or behind `until`.
    pub(super) fn run_until(&mut self, until: u64) -> Result<(), Stop> {
        self.run_tail(until, NO_LIMIT)
    }

    fn run_tail(&mut self, until: u64, limit: u32) -> Result<(), Stop> {
        while self.state.now.get() < until && self.pc != u64::from(limit) {
            let end = self.stretch(until, limit);
            if u64::from(end) != self.pc {
                self.run_alias(end)?;
            } else if self.flags(self.pc as u32) & after::BOXES != 0 {
                self.run_boxed()?;
            } else if !self.execute_here() {
                return Err(Stop::Instruction);
            }
        }
        Ok(())
    }

    /// The end of the longest stretch from here that may run in the alias as it is: not behind `until` or `limit`, and
    /// nothing in it reads the program counter. Here, if there is none.
    fn stretch(&self, until: u64, limit: u32) -> u32 {
        let state = &*self.state;
        let (costs, room) = (state.blocks.costs(), until - state.now.get());
        let mut span = Span::default();
        let mut at = self.pc as u32;
        while u64::from(span.cycles) < room && at != limit {
            let fetched = state.memory.fetched(at);
            let boxes = costs.instruction(fetched).after & after::BOXES != 0;
            if boxes || fetched.decode(costs.isa).is_none_or(is_ours) {
                break;
            }
            append(&mut span, *costs, fetched);
            at = at.wrapping_add(fetched.length());
        }
        at
    }

    /// Runs code of a page that Unicorn may not fetch from, or whose last instruction it cannot, up to `until`, the next
    /// branch or the end of the page.
    pub(super) fn run_carefully(&mut self, until: u64) -> Result<(), Stop> {
        let page = self.pc >> 12;
        while self.state.now.get() < until && self.pc >> 12 == page {
            let pc = self.pc as u32;
            self.fetchable(self.pc)?;
            let flags = self.flags(pc);
            if flags & (self.state.forbidden.get() & !after::CONDITIONAL | after::TRAPS) != 0 {
                return Err(self.not_for_unicorn(pc));
            }
            let fetched = self.state.memory.fetched(pc);
            if flags & after::BOXES != 0 {
                self.run_boxed()?;
            } else if flags & after::CONDITIONAL != 0 {
                self.run_conditional()?;
            } else if self.execute_here() {
                if self.pc != u64::from(pc.wrapping_add(fetched.length())) {
                    break;
                }
            } else {
                self.run_alias(pc.wrapping_add(fetched.length()))?;
            }
        }
        Ok(())
    }

    /// Whether the core may fetch the instruction at `pc`.
    pub(super) fn fetchable(&self, pc: u64) -> Result<(), Stop> {
        let state = &*self.state;
        let fetch = |address: u64| {
            let mapped = u32::try_from(address).ok().and_then(|address| state.memory.find(address, 2));
            let executable = mapped.is_some_and(|mapping| mapping.executable());
            let refused = state.translation.refusal(AccessKind::Fetch, address, 2).is_some();
            if executable && !refused { Ok(()) } else { Err(Stop::Fault { kind: AccessKind::Fetch, address }) }
        };
        fetch(pc)?;
        if state.memory.fetched(pc as u32).length() == 4 { fetch(pc + 2) } else { Ok(()) }
    }

    /// Executes the instruction at `pc` if it is one whose meaning depends on where it is, or that orders code behind
    /// stores.
    fn execute_here(&mut self) -> bool {
        let state = &*self.state;
        let (pc, isa) = (self.pc, state.blocks.costs().isa);
        let fetched = state.memory.fetched(pc as u32);
        let behind = pc + u64::from(fetched.length());
        let next = match fetched.decode(isa) {
            Some(Instruction::AddToPc { rd, offset }) => {
                state.shell.set_integer(rd, pc.wrapping_add_signed(offset.into()));
                behind
            }
            Some(Instruction::Jump { rd, offset }) => {
                state.shell.set_integer(rd, behind);
                pc.wrapping_add_signed(offset.into())
            }
            Some(Instruction::JumpRegister { rd, rs1, offset }) => {
                let target = state.shell.integer(rs1).wrapping_add_signed(offset.into()) & !1;
                state.shell.set_integer(rd, behind);
                target
            }
            Some(Instruction::Branch { condition, rs1, rs2, offset }) => {
                let taken = is_taken(condition, state.shell.integer(rs1), state.shell.integer(rs2), isa.wide);
                if taken { pc.wrapping_add_signed(offset.into()) } else { behind }
            }
            Some(Instruction::FenceInstructions) => {
                state.forget_changed();
                behind
            }
            _ => return false,
        };
        state.enter_span(pc as u32, behind as u32);
        self.pc = isa.truncate(next);
        state.settle(self.pc);
        true
    }

    /// Runs the instructions from here to `end` in the alias.
    pub(super) fn run_alias(&mut self, end: u32) -> Result<(), Stop> {
        let state = &*self.state;
        let begin = self.pc as u32;
        let Some(delta) = state.memory.find(begin, 2).and_then(|mapping| mapping.code_delta()) else {
            return Err(Stop::Fault { kind: AccessKind::Fetch, address: self.pc });
        };
        state.enter_span(begin, end);
        let single = begin.wrapping_add(state.memory.fetched(begin).length()) == end;
        let target = end.wrapping_add(delta);
        state.view.set(View::Alias { delta, target, single });
        state.why.set(Why::None);
        state.shell.start_at(u64::from(begin.wrapping_add(delta)));
        let pc = state.shell.program_counter();
        let view = state.view.replace(View::Real);
        let why = state.why.get();
        match why {
            Why::Refused(stop) => return Err(self.refused(stop)),
            Why::Access if !single => return self.finish_access(),
            Why::Page(AccessKind::Load | AccessKind::Store) => return Err(self.refused_page(view.real(pc))),
            Why::Exception(number) => return self.exception(number, view.real(pc.wrapping_sub(4))),
            _ => self.pc = view.real(pc),
        }
        state.settle(self.pc);
        if why == Why::Access { Err(self.attention()) } else { Ok(()) }
    }

    /// A device access ended the run of Unicorn in the middle of its instruction: completes that instruction. The
    /// device is not asked again: what it has answered is replayed from the log.
    pub(super) fn finish_access(&mut self) -> Result<(), Stop> {
        let pc = self.state.access_pc.get();
        self.state.cut(pc);
        self.state.mend_float();
        self.pc = u64::from(pc);
        let fetched = self.state.memory.fetched(pc);
        let end = pc.wrapping_add(fetched.length());
        let store = matches!(fetched.decode(self.state.blocks.costs().isa), Some(Instruction::Store { .. }));
        if store && self.state.log.is_one_store() {
            self.state.enter_span(pc, end);
            self.state.note_counted(None);
            self.pc = u64::from(end);
            return Err(self.attention());
        }
        // SAFETY: the engine that owns it is alive until this returns.
        let log = unsafe { &self.state.detached().log };
        log.replay(|| self.run_alias(end))?;
        Err(self.attention())
    }

    fn attention(&self) -> Stop {
        self.state.log.clear();
        Stop::Attention
    }
}

/// Whether an instruction must not run in the alias.
fn is_ours(instruction: Instruction) -> bool {
    matches!(
        instruction,
        Instruction::AddToPc { .. }
            | Instruction::Jump { .. }
            | Instruction::JumpRegister { .. }
            | Instruction::Branch { .. }
            | Instruction::FenceInstructions
    )
}

/// Whether a branch is taken.
pub(super) fn is_taken(condition: u8, left: u64, right: u64, wide: bool) -> bool {
    let extend = |value: u64| if wide { value.cast_signed() } else { i64::from((value as u32).cast_signed()) };
    let holds = match condition >> 1 {
        0 => left == right,
        2 => extend(left) < extend(right),
        _ => left < right,
    };
    holds != (condition & 1 != 0)
}
