//! The fast engine: whole translated blocks, and yet every stop at its exact instruction.
//!
//! A hook in front of every block knows the block's cost and lets it run if all of it but its last instruction lies in
//! front of the horizon. The states of a run, and what moves it from one to the next:
//!
//! ```text
//!                  ┌────────────────────────────────────────────────────────────┐
//!                  ▼                                                            │
//!   run() ──▶ 1 Real: blocks run natively                                       │
//!                  │                                                            │
//!                  ├─ a block would reach the horizon ──▶ 2 Tail: alias code ───┤ 3 horizon reached ──▶ Stop::Horizon
//!                  │   hooks::on_block                      tail::run_tail      │
//!                  ├─ a block is in memory that is busy ──▶ Stop::Stalled      │
//!                  ├─ a block has a breakpoint, trapped floating point, an      │
//!                  │   instruction that Armv6-M has not, one that may not be    │
//!                  │   fetched, or demands what the registers may not have:     │
//!                  │   2 Tail, up to there ──▶ Stop::BreakpointUnit, Float, Undefined, Fault, Unaligned, DivideByZero
//!                  ├─ a block is translated that demands alignment: strict ─────┤
//!                  ├─ an access is not aligned, but may be: 2 Tail, that one ───┤ else ──▶ Stop::Unaligned
//!                  ├─ a device access asks for a stop ──▶ 4 Access              │
//!                  │   hooks::guarded_access                │ outside IT, plain store: complete ──▶ Stop::Attention
//!                  │   (inside IT: 4a Frozen, run on,       └ else: 5 Replay of one instruction in the alias,
//!                  │    then thaw)                             answered from the log ──▶ Stop::Attention
//!                  ├─ an access is refused ──▶ thaw, cut at the instruction ──▶ Stop::Fault, Stop::Violation
//!                  ├─ a page is refused, or a load at the edge (see `pages`): try again, or ──▶ Stop::Fault
//!                  ├─ masks written, interrupt takeable (state::settle) ──▶ Stop::Takeable
//!                  ├─ a branch cleared T, or went into the alias (hooks) ──▶ Stop::InvalidState, Stop::Fault
//!                  ├─ SVC, BKPT, EXC_RETURN (hooks::on_interrupt) ──▶ their Stop
//!                  ├─ WFI, WFE, undefined instruction (Unicorn's result) ──▶ their Stop
//!                  └─ YIELD ────────────────────────────────────────────────────┘
//! ```
//!
//! In the tail an instruction that the alias could do otherwise than the real code runs alone in the real code; that is
//! slow, and such instructions are rare.
//!
//! The program counter is kept here and given to Unicorn with each start: changing it from a hook would leave it wrong
//! at a later stop.

use unicorn_engine::uc_error;

use super::super::EngineConfig;
use super::super::blocks::{Blocks, Packed, READ_ONLY};
use super::super::memory::{Aliases, Memory, News};
use super::super::pages::EDGE;
use super::super::shared::Shared;
use super::super::shell::Shell;
use super::armv6m::Armv6m;
use super::checks::Checks;
use super::exclusive::ExclusiveMonitor;
use super::measure::{EXCLUSIVE, Rules};
use super::registers::{clear_thumb, is_privileged_with};
use super::single_state::SingleState;
use super::state::{State, Why};
use super::strict::Strict;
use super::tail::NO_LIMIT;
use super::{EXECUTABLE_SPACE, float_context, saved};
use crate::cpu::WaitRegion;
use crate::cpu::cortex_m::config::CpuError;
use crate::cpu::cortex_m::cycles::{Costs, after};
use crate::cpu::cortex_m::engine::{AccessKind, Engine, EngineState, Register, StackLimits, Stop, System};
use crate::cpu::cortex_m::thumb::T_BIT;
use crate::cpu::cortex_m::thumb::demand::Traps;
use crate::cpu::image::Image;
use crate::cpu::observed::Stretch;
use crate::cpu::protection::ProtectionMap;

/// Unicorn's number for an access that must be aligned and is not (target/arm/cpu.h).
pub(super) const DATA_ABORT: u32 = 4;

/// What an instruction is that Unicorn reports by this number instead of executing it.
pub(super) fn unknown_instruction(number: u32) -> Stop {
    const NO_COPROCESSOR: u32 = 17;
    const STACK_OVERFLOW: u32 = 19;
    match number {
        NO_COPROCESSOR => Stop::NoCoprocessor,
        STACK_OVERFLOW => Stop::StackOverflow,
        _ => Stop::Undefined,
    }
}

/// What a branch to `pc`, an EXC_RETURN without its bit 0, is: that bit has become T.
pub(super) fn exception_return(pc: u32, xpsr: u32) -> Stop {
    if xpsr & 0x1ff == 0 {
        return Stop::Fault { kind: AccessKind::FetchNoExecute, address: pc };
    }
    Stop::ExceptionReturn { value: pc | u32::from(xpsr & T_BIT != 0) }
}

/// The fast engine.
pub struct Fast {
    pub(super) state: Shared<State>,
    pub(super) pc: u32,
    /// Instruction and cycle of the last load that failed at the edge.
    pub(super) edge_load: Option<(u32, u64)>,
    /// Unicorn can be made to check alignment.
    pub(super) strict: Option<Strict>,
    /// The modes in which there were blocks that demand alignment, bit by bit.
    pub(super) modes: u8,
    monitor: Option<ExclusiveMonitor>,
    has_float: bool,
    /// Only an Armv8-M core has it.
    single_state: Option<SingleState>,
    /// What only an Armv6-M core needs; `None` for others.
    pub(super) armv6m: Option<Armv6m>,
    /// The T bit is clear: the next instruction cannot be executed.
    invalid_state: bool,
}

impl Fast {
    /// Builds an engine with zeroed memories and registers.
    ///
    /// # Errors
    /// [`CpuError::Config`] for memories that make no sense, [`CpuError::Engine`] if Unicorn refuses.
    pub fn new(config: &EngineConfig<'_>) -> Result<Self, CpuError> {
        Self::on(config, Memory::new(config.memories, &EXECUTABLE_SPACE, Aliases::OfCode)?)
    }

    /// Builds the engines of several cores, whose memories are the same.
    ///
    /// # Errors
    /// As [`Fast::new`].
    pub fn several(config: &EngineConfig<'_>, cores: u8) -> Result<Vec<Self>, CpuError> {
        let memory = Memory::new(config.memories, &EXECUTABLE_SPACE, Aliases::OfCode)?;
        memory.share(cores.into()).into_iter().map(|memory| Self::on(config, memory)).collect()
    }

    fn on(config: &EngineConfig<'_>, memory: Memory) -> Result<Self, CpuError> {
        let engine = |error: uc_error| CpuError::Engine(error.to_string());
        let shell = Shell::open(config.model).map_err(engine)?;
        let monitor = ExclusiveMonitor::find(&shell);
        let checks = Checks::new(config.model);
        let rules = Rules::new(Costs::new(config.costs), checks);
        let state = Shared::new(State::new(shell, memory, Blocks::new(rules), config));
        // SAFETY: the memory and the state live in `state`, which closes the instance before it frees them; its address
        // does not change.
        unsafe {
            state.memory.map_into(&state.shell).map_err(engine)?;
            state.memory.map_again(&state.shell, EDGE).map_err(engine)?;
            State::install(&state.shell, &state.memory, state.data()).map_err(engine)?;
        }
        let single_state = SingleState::enter(&state.shell, config.model)?;
        let strict = Strict::find(&state.shell, config.model);
        state.blocks.set_checks(Checks { native: strict.is_some(), ..checks });
        float_context::leave_to_host(&state.shell, config.model);
        let armv6m = Armv6m::restrict(&state.shell, config.model)?;
        let mut fast = Self {
            state,
            pc: 0,
            edge_load: None,
            strict,
            modes: 0,
            monitor,
            has_float: config.model.float().is_some(),
            single_state,
            armv6m,
            invalid_state: false,
        };
        fast.forbid(after::FOREIGN, fast.armv6m.is_some());
        // Other cores see an event at the cycle at which it is sent.
        fast.forbid(after::EVENT, fast.state.memory.is_shared());
        fast.set_mode(T_BIT, 0);
        Ok(fast)
    }

    fn run_loop(&mut self, until: u64) -> Stop {
        loop {
            let state = &*self.state;
            if state.now.get() >= until {
                return Stop::Horizon;
            }
            if self.has_left_thumb() {
                self.invalid_state = true;
                return Stop::InvalidState;
            }
            state.horizon.set(until);
            state.why.set(Why::None);
            if !state.told.get() {
                state.fresh.borrow_mut().push(self.pc);
            }
            if !state.fresh.borrow().is_empty() {
                self.translate_strictly();
            }
            let state = &*self.state;
            let error = state.shell.start(self.pc);
            let done = match state.why.get() {
                Why::Fresh(pc) => {
                    state.find_unusual();
                    self.pc = pc;
                    if state.settle(pc) { Err(Stop::Takeable) } else { Ok(()) }
                }
                Why::Horizon => {
                    self.pc = state.block.get();
                    self.run_tail(until, NO_LIMIT)
                }
                Why::Forbidden => {
                    self.pc = state.block.get();
                    self.run_to_forbidden(until)
                }
                Why::Takeable => {
                    self.pc = state.block.get();
                    Err(Stop::Takeable)
                }
                Why::InvalidState => {
                    self.pc = state.block.get();
                    Ok(())
                }
                Why::Astray(address) => self.not_executed(address, Stop::Fault { kind: AccessKind::Fetch, address }),
                Why::Access => self.finish_access(),
                Why::Refused(stop) => Err(self.refused(stop)),
                Why::Interrupt(number) => self.interrupt(number),
                Why::None => self.result(error),
            };
            if let Err(stop) = done {
                return stop;
            }
        }
    }

    /// Whether T is clear. A branch may have cleared it just where the last run was cut; a start sets it.
    fn has_left_thumb(&self) -> bool {
        let branched = self.state.span.get().flags() & after::INTERWORKING != 0;
        self.invalid_state || branched && self.state.shell.read(Register::Xpsr) & T_BIT == 0
    }

    /// Lets blocks with this flag run, or not.
    fn forbid(&self, flag: u16, forbid: bool) {
        let others = self.state.forbidden.get() & !flag;
        self.state.forbidden.set(others | if forbid { flag } else { 0 });
    }

    /// Follows what other cores have done to the memories.
    #[cold]
    fn hear(&self, news: &News) {
        for (address, len) in &news.written {
            self.forget_code(*address, *len);
        }
        if news.pages {
            self.state.shell.flush_pages();
        }
    }

    /// Forgets what was translated from bytes that have changed, wherever they appear.
    fn forget_code(&self, address: u32, len: usize) {
        let state = &*self.state;
        match state.memory.appearances(address, len) {
            // Flash memory is programmed word by word, and translations are worth much more than that.
            Some(places) => {
                for (first, last) in places {
                    state.pages.forget(&state.shell, first, last.wrapping_add(1));
                    state.blocks.forget(first, last - first + 1);
                }
            }
            None => {
                state.shell.forget_all();
                state.blocks.clear();
            }
        }
    }

    /// The instruction at `pc` cannot be executed: `stop`, unless the horizon comes before it or T is clear.
    pub(super) fn not_executed(&mut self, pc: u32, stop: Stop) -> Result<(), Stop> {
        self.back_to(pc);
        if self.state.shell.read(Register::Xpsr) & T_BIT == 0 {
            self.invalid_state = true;
            // The loop sees to it.
            return Ok(());
        }
        // A fetch fails before the block's hook could look at the clock.
        if self.state.now.get() >= self.state.horizon.get() { Ok(()) } else { Err(stop) }
    }

    /// The run has ended in front of `pc`.
    pub(super) fn back_to(&mut self, pc: u32) {
        let state = &*self.state;
        self.pc = pc;
        if (state.block.get()..state.end.get()).contains(&pc) {
            state.cut(pc);
        }
        state.settle(pc);
    }

    /// Unicorn's interrupt hook (target/arm/cpu.h, EXCP_*).
    fn interrupt(&mut self, number: u32) -> Result<(), Stop> {
        const SWI: u32 = 2;
        const BKPT: u32 = 7;
        const EXCEPTION_EXIT: u32 = 8;
        let (pc, xpsr) = self.state.shell.pc_and_xpsr();
        match number {
            SWI => {
                self.pc = pc;
                self.state.settle(pc);
                Err(Stop::SupervisorCall)
            }
            BKPT => {
                self.back_to(pc);
                Err(Stop::Breakpoint { immediate: self.state.memory.halfword(pc) as u8 })
            }
            EXCEPTION_EXIT => {
                // The refill that the branch was charged with is part of what the return costs.
                let span = self.state.span.get();
                let refill = if span.flags() & after::BRANCH != 0 { span.refill() } else { 0 };
                self.state.note_counted(refill != 0);
                self.state.settle(pc);
                self.state.now.set(self.state.now.get() - refill);
                self.pc = pc;
                Err(exception_return(pc, xpsr))
            }
            DATA_ABORT => self.unaligned(pc),
            _ => self.not_executed(pc, unknown_instruction(number)),
        }
    }

    /// Unicorn has refused an access of the instruction at `pc`, which may be in order.
    fn unaligned(&mut self, pc: u32) -> Result<(), Stop> {
        let (first, second) = self.state.memory.instruction(pc);
        let permitted = self.state.blocks.checks().permits(first, second);
        match self.not_executed(pc, Stop::Unaligned) {
            Err(Stop::Unaligned) if permitted => self.run_tail(self.state.now.get() + 1, NO_LIMIT),
            done => done,
        }
    }

    /// Unicorn came back by itself.
    fn result(&mut self, error: uc_error) -> Result<(), Stop> {
        let state = &*self.state;
        let pc = state.shell.pc();
        let flags = state.span.get().flags();
        let at_end = pc == state.end.get();
        match error {
            uc_error::OK => {
                self.pc = pc;
                state.settle(pc);
                Err(Stop::WaitForInterrupt)
            }
            // WFE and YIELD come back like an undefined instruction, with PC behind them.
            uc_error::INSN_INVALID if at_end && flags & (after::WAIT | after::YIELD) != 0 => {
                self.pc = pc;
                state.settle(pc);
                if flags & after::WAIT != 0 { Err(Stop::WaitForEvent) } else { Ok(()) }
            }
            uc_error::EXCEPTION => self.refused_fetch(pc),
            uc_error::READ_PROT => self.edge_load(pc),
            _ => self.not_executed(pc, Stop::Undefined),
        }
    }
}

impl Engine for Fast {
    fn run(&mut self, system: &mut dyn System, until: u64) -> Stop {
        // SAFETY: the engine that owns it is alive until this returns.
        let state = unsafe { self.state.detached() };
        for (first, end) in state.rewritten.take() {
            state.pages.forget(&state.shell, first, end);
        }
        if let Some(news) = state.memory.take_news() {
            self.hear(&news);
        }
        state.system.lend_system(system, || self.run_loop(until))
    }

    fn cycle(&self) -> u64 {
        self.state.now.get()
    }

    fn advance(&mut self, cycles: u64) {
        self.state.now.set(self.state.now.get() + cycles);
    }

    fn retire(&mut self) {
        self.advance(1);
        self.state.count.set(self.state.count.get() + 1);
    }

    fn instructions(&self) -> u64 {
        self.state.count.get()
    }

    fn reset_clock(&mut self) {
        self.state.now.set(0);
        self.state.count.set(0);
    }

    fn pc(&self) -> u32 {
        self.pc
    }

    fn set_pc(&mut self, pc: u32) {
        self.pc = pc & !1;
        self.state.span.set(Packed::default());
        self.state.stand(self.pc);
    }

    fn register(&self, register: Register) -> u32 {
        let mut value = [self.state.shell.read(register)];
        if self.invalid_state {
            clear_thumb(&[register], &mut value);
        }
        value[0]
    }

    fn set_register(&mut self, register: Register, value: u32) {
        if !matches!(register, Register::Xpsr | Register::Control) {
            self.state.shell.write(register, value);
        }
    }

    fn read_registers(&self, registers: &[Register], values: &mut [u32]) {
        self.state.shell.read_batch(registers, values);
        if self.invalid_state {
            clear_thumb(registers, values);
        }
    }

    fn write_registers(&mut self, registers: &[Register], values: &[u32]) {
        self.state.shell.write_batch(registers, values);
    }

    fn set_mode(&mut self, xpsr: u32, control: u8) {
        self.switch(xpsr, control, &[], &[]);
    }

    fn switch(&mut self, xpsr: u32, control: u8, registers: &[Register], values: &[u32]) {
        self.invalid_state = xpsr & T_BIT == 0;
        let state = &*self.state;
        match &self.armv6m {
            Some(core) => {
                core.set_mode(&state.shell, xpsr, control);
                state.shell.write_batch(registers, values);
                state.privileged.set(state.shell.is_privileged());
            }
            None => {
                let old = state.control.replace(control);
                state.shell.switch(old.into(), xpsr, control, registers, values);
                state.privileged.set(is_privileged_with(xpsr, control.into()));
            }
        }
    }

    fn stack_limits(&self) -> StackLimits {
        let ask = |single_state: &SingleState| single_state.stack_limits(&self.state.shell);
        let known = self.state.stack_limits.get();
        let limits = known.unwrap_or_else(|| self.single_state.as_ref().map(ask).unwrap_or_default());
        self.state.stack_limits.set(Some(limits));
        limits
    }

    fn set_stack_limits(&mut self, limits: StackLimits) {
        if let Some(single_state) = &self.single_state {
            single_state.set_stack_limits(&self.state.shell, limits);
            self.state.stack_limits.set(Some(limits));
        }
    }

    fn read_memory(&self, address: u32, buffer: &mut [u8]) -> bool {
        self.state.memory.read(address, buffer)
    }

    fn write_memory(&mut self, address: u32, bytes: &[u8]) -> bool {
        let state = &*self.state;
        state.pages.write_as_core(&state.shell, &state.memory, address, bytes)
    }

    fn set_breakpoints(&mut self, ranges: &[(u32, u32)]) {
        self.state.blocks.set_breakpoints(ranges);
    }

    fn watch(&mut self, ranges: &[(u32, u32)]) {
        self.state.pages.watch(ranges);
        self.state.shell.flush_pages();
    }

    fn count_code(&mut self, code: &[(u32, u32)], called: &[(u32, u32)]) {
        self.state.blocks.set_counted(code, called);
    }

    fn take_ran(&mut self) -> Vec<Stretch> {
        self.state.blocks.counted().take()
    }

    fn trap_float(&mut self, trap: bool) {
        self.forbid(after::FLOAT, trap);
    }

    fn set_traps(&mut self, traps: Traps) {
        let (blocks, checks) = (&self.state.blocks, self.state.blocks.checks());
        if checks.traps != traps {
            blocks.set_checks(Checks { traps, ..checks });
        }
        if checks.traps.unaligned != traps.unaligned {
            self.state.shell.forget_all();
        }
    }

    fn open_monitor(&mut self) {
        if self.state.forbidden.get() & EXCLUSIVE == 0
            && let Some(monitor) = self.monitor
        {
            monitor.open(&self.state.shell);
            self.forbid(EXCLUSIVE, true);
        }
    }

    fn stall_fetches(&mut self, stall: bool) {
        self.forbid(READ_ONLY, stall);
    }

    fn protect(&mut self, map: Option<&ProtectionMap>) {
        let state = &*self.state;
        for page in state.pages.protect(map, &state.memory) {
            state.pages.forget(&state.shell, page, page.saturating_add(state.shell.page_size()));
        }
        state.shell.flush_pages();
        state.find_unusual();
    }

    fn set_waits(&mut self, waits: &[WaitRegion]) {
        let blocks = &self.state.blocks;
        if blocks.costs().borrow_mut().set_waits(waits) {
            // What has been measured does not hold any more.
            blocks.clear();
        }
    }

    fn load_memory(&mut self, address: u32, bytes: &[u8]) -> bool {
        // What the core can write itself needs no more care than its own stores: RTT's offsets are written here often.
        if self.write_memory(address, bytes) {
            return true;
        }
        let state = &*self.state;
        if !state.memory.write(address, bytes) {
            return false;
        }
        self.forget_code(address, bytes.len());
        true
    }

    fn save(&self) -> EngineState {
        let state = &*self.state;
        let mut registers = saved::save(&state.shell, self.monitor, self.has_float);
        if self.has_left_thumb() {
            registers.xpsr &= !T_BIT;
        }
        registers.limits = self.stack_limits();
        EngineState {
            registers,
            pc: self.pc,
            cycle: state.now.get(),
            instructions: state.count.get(),
            single_was_last: state.single_was_last(),
        }
    }

    fn restore(&mut self, saved: &EngineState) {
        let registers = &saved.registers;
        saved::restore_privileged(&self.state.shell, self.monitor, registers);
        self.set_mode(registers.xpsr, registers.control as u8);
        saved::restore_general(&self.state.shell, registers);
        if self.stack_limits() != registers.limits {
            self.set_stack_limits(registers.limits);
        }
        self.forbid(EXCLUSIVE, registers.monitor.is_none() && self.monitor.is_some());
        self.pc = saved.pc;
        self.state.restore(saved);
    }

    fn save_memories(&self) -> Vec<Image> {
        self.state.memory.images()
    }

    fn restore_memories(&mut self, images: &[Image]) -> bool {
        let memory = &self.state.memory;
        if !memory.fit(images) {
            return false;
        }
        for (address, len) in memory.restore(images) {
            let mapping = memory.find(address, len as usize);
            if mapping.is_none_or(|mapping| self.state.pages.may_hold_code(memory, mapping, address, len)) {
                self.forget_code(address, len as usize);
            }
        }
        true
    }
}
