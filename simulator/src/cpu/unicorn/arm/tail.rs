//! Ends a run inside a block, at an exact instruction, without touching translated code.
//!
//! The instructions up to the horizon run in the *code alias*: the same bytes at other addresses, with a hook on every
//! instruction that costs the real code nothing. The alias never runs a block's last instruction, so no branch, SVC or
//! MSR; what remains to be told apart is little:
//!
//! - An instruction that reads the program counter as a value would see the alias's: it is done here.
//! - What is unpredictable about the program counter or IT runs where it is, alone and slowly.
//! - Unicorn cannot stop inside an IT block: each instruction there runs alone, as if it were the last of its block, and
//!   ITSTATE is kept here. IT itself is done here.

use unicorn_engine::uc_error;

use super::super::blocks::{READ_ONLY, Span};
use super::fast::{DATA_ABORT, Fast, unknown_instruction};
use super::measure::{append, instructions};
use super::rounding;
use super::state::{State, View, Why};
use crate::cpu::cortex_m::cycles::after;
use crate::cpu::cortex_m::engine::{AccessKind, Register, Stop};
use crate::cpu::cortex_m::thumb::entry::{EntryDemands, at_entry};
use crate::cpu::cortex_m::thumb::{self, PcReader, PcValue, T_BIT};
use crate::cpu::protection::Right;

/// No instruction's address.
pub(super) const NO_LIMIT: u32 = u32::MAX;

/// A straight run of instructions from where the core stands.
struct Stretch {
    end: u32,
    span: Span,
    /// One of them demands something of the registers.
    demands: bool,
}

impl Fast {
    /// Runs the block up to `until`, or to the first instruction of it that has a breakpoint, is trapped, or demands
    /// something that is ours to look at.
    pub(super) fn run_to_forbidden(&mut self, until: u64) -> Result<(), Stop> {
        let memory = &self.state.memory;
        let busy = self.state.forbidden.get() & READ_ONLY != 0;
        if busy && memory.find(self.pc, 2).is_some_and(|mapping| !mapping.writable()) {
            return Err(Stop::Stalled);
        }
        let mut limit = self.pc;
        while !self.is_forbidden(limit) {
            limit = limit.wrapping_add(thumb::length(memory.halfword(limit)));
        }
        self.run_tail(until, limit)?;
        if self.pc != limit || self.state.now.get() >= until {
            return Ok(());
        }
        if !self.may_fetch(limit) {
            return Err(Stop::Fault { kind: AccessKind::FetchNoExecute, address: limit });
        }
        if self.state.blocks.has_breakpoint(limit) {
            return Err(Stop::BreakpointUnit);
        }
        if self.sends_event(limit) {
            return self.run_tail(self.state.now.get() + 1, NO_LIMIT);
        }
        if self.armv6m.is_some() {
            return self.run_foreign();
        }
        if self.is_trapped(limit) && self.is_executed(thumb::it_of(self.state.shell.read(Register::Xpsr))) {
            return Err(Stop::Float);
        }
        // Its IT block skips it, or it demands something.
        self.run_tail(self.state.now.get() + 1, NO_LIMIT)
    }

    /// Whether no IT block skips the next instruction, with this ITSTATE.
    fn is_executed(&self, it: u8) -> bool {
        it == 0 || thumb::condition_holds(it >> 4, self.state.shell.read(Register::Xpsr))
    }

    /// The next instruction is not one that Unicorn may execute for an Armv6-M core.
    fn run_foreign(&mut self) -> Result<(), Stop> {
        let (first, second) = self.state.memory.instruction(self.pc);
        let done = self.armv6m.as_ref().is_some_and(|core| core.execute(&self.state.shell, first, second));
        if !done {
            return Err(Stop::Undefined);
        }
        self.commit(self.pc.wrapping_add(thumb::length(first)));
        if self.state.settle(self.pc) { Err(Stop::Takeable) } else { Ok(()) }
    }

    /// Whether an instruction may not run, unless its IT block skips it.
    fn is_forbidden(&self, pc: u32) -> bool {
        let (first, second) = self.state.memory.instruction(pc);
        let checks = self.state.blocks.checks();
        self.is_trapped(pc)
            || !self.may_fetch(pc)
            || checks.demand(first, second).is_some_and(|demand| checks.is_ours(demand))
            || checks.has_it() && thumb::is_isb(first, second)
            || rounding::is_misrounded(&self.state.shell, first, second)
            || self.state.blocks.has_breakpoint(pc)
    }

    fn is_trapped(&self, pc: u32) -> bool {
        let (first, second) = self.state.memory.instruction(pc);
        let flags = self.state.blocks.costs().borrow().instruction(pc, first, second).after;
        flags & self.state.forbidden.get() != 0
    }

    /// Whether an instruction is a SEV that stops the engine.
    fn sends_event(&self, pc: u32) -> bool {
        let (first, second) = self.state.memory.instruction(pc);
        let flags = self.state.blocks.costs().borrow().instruction(pc, first, second).after;
        flags & self.state.forbidden.get() & after::EVENT != 0
    }

    /// Whether all of an instruction is executable.
    fn may_fetch(&self, pc: u32) -> bool {
        let length = thumb::length(self.state.memory.halfword(pc));
        let privileged = self.state.privileged.get();
        self.state.pages.check(pc, length, Right::Execute, privileged).is_ok()
    }

    /// Runs straight-line code up to the first instruction boundary at or behind `until`, or to `limit`.
    pub(super) fn run_tail(&mut self, until: u64, limit: u32) -> Result<(), Stop> {
        let mut it = thumb::it_of(self.state.shell.read(Register::Xpsr));
        while self.state.now.get() < until && self.pc != limit {
            let stretch = self.stretch(it, until, limit);
            if stretch.end != self.pc {
                self.run_alias(&stretch)?;
                it = 0;
                continue;
            }
            let (first, second) = self.state.memory.instruction(self.pc);
            let end = self.pc.wrapping_add(thumb::length(first));
            let refusal = self.state.blocks.checks().refusal(first, second, |index| self.state.shell.general(index));
            if let Some(stop) = refusal.filter(|_| self.is_executed(it)) {
                return Err(stop);
            }
            if self.is_odd(self.pc, it, first, second) {
                self.run_alone(end)?;
                it = thumb::it_of(self.state.shell.read(Register::Xpsr));
                continue;
            }
            if it == 0 && thumb::is_it(first) {
                it = first as u8;
                self.commit(end);
            } else {
                let done = if let Some(reader) = thumb::pc_reader(first, second) {
                    if self.is_executed(it) {
                        self.read_pc(reader);
                    }
                    self.commit(end);
                    Ok(())
                } else {
                    if it != 0 {
                        // As the last of its block: its condition, mask 1000.
                        self.state.shell.write_execution_state(T_BIT | thumb::it_bits(it & 0xf0 | 8));
                    }
                    let mode = rounding::to_nearest(&self.state.shell, first, second);
                    let done = self.run_alias(&self.one(end));
                    rounding::back(&self.state.shell, mode);
                    done
                };
                // With any other stop the instruction has not been executed.
                if let Err(stop) = done
                    && !matches!(stop, Stop::Attention | Stop::Takeable)
                {
                    self.state.shell.write_execution_state(T_BIT | thumb::it_bits(it));
                    return Err(stop);
                }
                it = thumb::advance_it(it);
                self.state.shell.write_execution_state(T_BIT | thumb::it_bits(it));
                done?;
                continue;
            }
            self.state.shell.write_execution_state(T_BIT | thumb::it_bits(it));
        }
        Ok(())
    }

    /// What only the real code does as the real code does: PC misused, IT inside an IT block (both unpredictable), a
    /// literal that is not in the same memory.
    fn is_odd(&self, pc: u32, it: u8, first: u16, second: u16) -> bool {
        let memory = &self.state.memory;
        let base = |address: u32, len: usize| memory.find(address, len).map(|mapping| mapping.base);
        let far = |literal: u32| base(literal, 8) != base(pc, 2);
        thumb::may_misuse_pc(first, second)
            || it != 0 && thumb::is_it(first)
            || thumb::literal(pc, first, second).is_some_and(far)
    }

    /// Whether one look at the registers shows that the instructions from here to `end` will have what they demand.
    fn complies(&self, end: u32) -> bool {
        let (memory, checks) = (&self.state.memory, self.state.blocks.checks());
        let all = instructions(memory, self.pc, end.wrapping_sub(self.pc));
        let hold = |demands: EntryDemands| demands.hold(|index| self.state.shell.general(index));
        at_entry(all, |demand| checks.counts(demand)).is_some_and(hold)
    }

    /// The longest stretch from here that may run in the alias as it is: it ends outside IT, not behind `until` or
    /// `limit`, nothing in it reads the program counter, and it gets what it demands. An empty one, if there is none.
    fn stretch(&self, it: u8, until: u64, limit: u32) -> Stretch {
        let stretch = self.straight(it, until, limit, true);
        if !stretch.demands || self.complies(stretch.end) {
            return stretch;
        }
        self.straight(it, until, limit, false)
    }

    /// [`Fast::stretch`], whatever it demands; or, not `demanding`, up to an instruction that demands something.
    fn straight(&self, mut it: u8, until: u64, limit: u32, demanding: bool) -> Stretch {
        let state = &*self.state;
        let (costs, checks) = (state.blocks.costs().borrow(), state.blocks.checks());
        let room = until - state.now.get();
        let mut stretch = Stretch { end: self.pc, span: self.empty_span(), demands: false };
        let (mut at, mut span, mut demands) = (self.pc, stretch.span, false);
        while u64::from(span.cycles) < room && at != limit {
            let (first, second) = state.memory.instruction(at);
            if thumb::is_load_exclusive(first, second) {
                state.mark_exclusive();
            }
            demands |= checks.demand(first, second).is_some();
            let forgets_it = it != 0 && thumb::is_isb(first, second);
            let reads_pc = thumb::pc_reader(first, second).is_some();
            let misrounded = rounding::is_misrounded(&state.shell, first, second);
            let avoided = demands && !demanding;
            if forgets_it || reads_pc || misrounded || self.is_odd(at, it, first, second) || avoided {
                break;
            }
            if it != 0 {
                it = thumb::advance_it(it);
            } else if thumb::is_it(first) {
                it = first as u8;
            }
            append(&mut span, &costs, at, first, second);
            at = at.wrapping_add(thumb::length(first));
            if it == 0 {
                stretch = Stretch { end: at, span, demands };
            }
        }
        stretch
    }

    /// The instruction from here to `end`.
    fn one(&self, end: u32) -> Stretch {
        let mut span = self.empty_span();
        let (first, second) = self.state.memory.instruction(self.pc);
        append(&mut span, &self.state.blocks.costs().borrow(), self.pc, first, second);
        Stretch { end, span, demands: false }
    }

    /// What has been measured in front of the first instruction.
    fn empty_span(&self) -> Span {
        let after = if self.state.single_was_last() { after::SINGLE } else { 0 };
        Span { after, ..Span::default() }
    }

    /// Charges the instructions from here to `end`, which the engine's host side has done.
    fn commit(&mut self, end: u32) {
        self.state.enter_span(self.pc, end);
        self.state.note_counted(false);
        self.pc = end;
    }

    /// Runs a stretch of instructions, which begins here, in the alias.
    fn run_alias(&mut self, stretch: &Stretch) -> Result<(), Stop> {
        let state = &*self.state;
        let (begin, end) = (self.pc, stretch.end);
        let Some(delta) = state.memory.find(begin, 2).and_then(|mapping| mapping.code_delta()) else {
            return Err(Stop::Undefined);
        };
        state.enter_measured(begin, end, &stretch.span);
        let single = stretch.span.count == 1;
        let target = end.wrapping_add(delta);
        state.view.set(View::Alias { delta, target, single });
        state.alias_next.set(0);
        state.find_unusual();
        state.why.set(Why::None);
        let error = Self::start_alias(state, begin.wrapping_add(delta));
        let pc = state.shell.pc();
        let view = state.view.replace(View::Real);
        state.find_unusual();

        // The one instruction may have loaded PC from a device: then it is a real address, and whether anything can be
        // executed there is the next start's business.
        let (first_alias, last_alias) = state.memory.alias_range;
        let branched = !(first_alias..=last_alias).contains(&pc) && pc != target;
        let pc = if branched { pc } else { view.real(pc) };

        match state.why.get() {
            Why::Refused(stop) => return Err(self.refused(stop)),
            Why::Access if !single => return self.finish_access(),
            Why::None | Why::Access if branched || error == uc_error::OK => self.pc = pc,
            Why::Interrupt(_) if branched => self.pc = pc,
            Why::Interrupt(DATA_ABORT) => return self.not_executed(pc, Stop::Unaligned).and(Err(Stop::Horizon)),
            Why::Interrupt(number) => {
                return self.not_executed(pc, unknown_instruction(number)).and(Err(Stop::Horizon));
            }
            _ => return self.not_executed(pc, Stop::Undefined).and(Err(Stop::Horizon)),
        }
        let takeable = state.settle(self.pc);
        if state.why.get() == Why::Access {
            return Err(Stop::Attention);
        }
        if takeable { Err(Stop::Takeable) } else { Ok(()) }
    }

    /// Starts Unicorn in the alias, and again where a load from the edge has failed: as it was, and if that is not enough,
    /// with every load checked. See [`pages`](super::super::pages).
    fn start_alias(state: &State, begin: u32) -> uc_error {
        let (mut at, mut tries) = (begin, 0);
        loop {
            let error = state.shell.start(at);
            let failed = error == uc_error::READ_PROT && state.why.get() == Why::None;
            if !failed {
                if tries > 1 {
                    state.pages.set_exact(false);
                    state.shell.flush_pages();
                }
                return error;
            }
            tries = if state.shell.pc() == at { tries + 1 } else { 1 };
            at = state.shell.pc();
            state.alias_next.set(0);
            if tries > 1 {
                state.pages.set_exact(true);
                state.shell.flush_pages();
            }
        }
    }

    /// Runs one instruction where it really is, in a block of its own. Slow: its translation is made and dropped.
    fn run_alone(&mut self, end: u32) -> Result<(), Stop> {
        let state = &*self.state;
        state.pages.forget(&state.shell, self.pc, end);
        state.shell.set_exits(&[u64::from(end)]);
        state.view.set(View::Alone);
        state.why.set(Why::None);
        let error = state.shell.start(self.pc);
        state.view.set(View::Real);
        state.shell.set_exits(&[]);
        state.pages.forget(&state.shell, self.pc, end);
        let pc = state.shell.pc();
        match state.why.get() {
            Why::Refused(stop) => Err(self.refused(stop)),
            Why::Access => self.finish_access(),
            Why::None if error == uc_error::OK && pc == end => {
                self.pc = end;
                if state.settle(end) { Err(Stop::Takeable) } else { Ok(()) }
            }
            Why::None if error == uc_error::EXCEPTION => self.refused_fetch(pc),
            // A load from the edge: see `start_alias`.
            Why::None if error == uc_error::READ_PROT => {
                state.cut(pc);
                state.pages.set_exact(true);
                state.shell.flush_pages();
                let done = self.run_alone(end);
                self.state.pages.set_exact(false);
                self.state.shell.flush_pages();
                done
            }
            _ => self.not_executed(pc, Stop::Undefined).and(Err(Stop::Horizon)),
        }
    }

    fn read_pc(&self, reader: PcReader) {
        let Some(destination) = Register::general(reader.destination) else { return };
        let pc = self.pc.wrapping_add(4);
        let value = match reader.value {
            PcValue::Aligned(offset) => (pc & !3).wrapping_add_signed(offset),
            PcValue::Plain => pc,
            PcValue::PlusDestination => self.state.shell.read(destination).wrapping_add(pc),
        };
        self.state.shell.write(destination, value);
    }

    /// A device access ended the run of Unicorn in the middle of its instruction: completes that instruction. The
    /// device is not asked again: what it has answered is replayed from the log.
    pub(super) fn finish_access(&mut self) -> Result<(), Stop> {
        let pc = self.state.access_pc.get();
        self.state.thaw();
        self.state.cut(pc);
        self.pc = pc;
        let (first, second) = self.state.memory.instruction(pc);
        let whole =
            !self.state.access_in_it.get() && self.state.log.is_one_store() && thumb::is_plain_store(first, second);
        if whole {
            self.commit(pc.wrapping_add(thumb::length(first)));
            return Err(self.attention());
        }
        // SAFETY: the engine that owns it is alive until this returns.
        let log = unsafe { &self.state.detached().log };
        log.replay(|| self.run_tail(self.state.now.get() + 1, NO_LIMIT))?;
        Err(self.attention())
    }

    fn attention(&self) -> Stop {
        self.state.log.clear();
        Stop::Attention
    }
}
